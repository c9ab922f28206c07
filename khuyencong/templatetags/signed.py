"""The signed copies of an issued paper, wherever its page shows them."""

from django import template

from khuyencong.documents.scans import keeps
from khuyencong.documents.signatures import is_set_up, sign_refusal
from khuyencong.models import CopyOrigin

register = template.Library()


@register.inclusion_tag("scans/_signed_copies.html")
def signed_copies(document, user):
    """What came back signed, with the files, and what the person may add to it."""
    copies = list(document.signed_copies.filter(is_current=True).select_related("file", "made_by"))
    signed_here = any(copy.origin == CopyOrigin.SIGNED_HERE for copy in copies)
    return {
        "document": document,
        "copies": copies,
        "can_add": keeps(user, document),
        "can_sign": is_set_up() and document.is_in_force and not signed_here and sign_refusal(user, document) is None,
    }
