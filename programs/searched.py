"""Which records of this room can be found."""

from khuyencong.search_index import register
from programs.models import AnnualPlan, Program

register(3, AnnualPlan)
register(4, Program)
