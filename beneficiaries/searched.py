"""Which records of this room can be found."""

from beneficiaries.models import CertifiedProduct, Facility
from khuyencong.search_index import register

register(2, Facility)
register(9, CertifiedProduct)
