"""Which records of this room can be found, and by whose words."""

from khuyencong.search_index import Link, register
from reports.models import Evaluation

register(7, Evaluation, Link("reports_evaluation", "id", "program_id", "programs_program"))
