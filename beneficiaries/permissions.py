"""Who may do what with facilities."""

from khuyencong.models import Role
from khuyencong.permissions import belongs_to

EDITORS = (Role.OFFICER, Role.REVIEWER)


def can_create_facility(user) -> bool:
    return user.role in EDITORS and user.organisation is not None


def can_edit_facility(user, facility) -> bool:
    """Officers of the body that keeps the record, or of the facility's own province.

    A regional centre reads the registers of its provinces and changes only what it entered itself.
    """
    if user.role not in EDITORS or user.organisation is None:
        return False
    in_own_province = facility.province_id in user.province_ids and not user.organisation.spans_provinces
    return belongs_to(user, facility) or in_own_province


def can_merge_facilities(user, facility) -> bool:
    """Heads of office, in whose province it stands: what is moved is the base of figures already reported."""
    return user.role == Role.REVIEWER and can_edit_facility(user, facility)
