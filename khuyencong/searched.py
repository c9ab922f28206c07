"""Which records of this room can be found."""

from khuyencong.models import IssuedDocument
from khuyencong.search_index import register

register(8, IssuedDocument)
