"""Name a deputy for a period, and take the delegation back (Nghị định 30/2020/NĐ-CP, Điều 13)."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from khuyencong.audit import field_changes, record
from khuyencong.dates import short_date, today
from khuyencong.models import Delegation, Organisation, Role, User
from khuyencong.permissions import require

DEPUTIES = (Role.OFFICER, Role.REVIEWER)
FIELDS = (
    "deputy", "capacity", "valid_from", "valid_to", "document_number", "document_on", "scope_note",
)  # fmt: skip


def deputies_of(director):
    """Whom a director may name: officers and heads of unit of the same department and its centres."""
    house = Organisation.objects.filter(pk=director.organisation_id) | Organisation.objects.filter(
        parent=director.organisation_id
    )
    return User.objects.filter(role__in=DEPUTIES, is_active=True, organisation__in=house).select_related("organisation")


@transaction.atomic
def delegate(delegation, *, by):
    """Name a deputy; one at a time, so that it is always clear who signs. Raises PermissionDenied, ValidationError."""
    require(by.role == Role.DIRECTOR, "Chỉ Giám đốc Sở giao quyền ký.")
    # The row lock makes two tabs wait for each other.
    delegation.director = User.objects.select_for_update(of=("self",)).get(pk=by.pk)
    delegation.full_clean()
    if delegation.deputy not in deputies_of(by):
        raise ValidationError({"deputy": "Chọn chuyên viên hoặc lãnh đạo phòng, Trung tâm của Sở đang làm việc."})
    if delegation.valid_to < today():
        raise ValidationError({"valid_to": "Thời gian giao quyền đã qua; chọn ngày kết thúc từ hôm nay trở đi."})
    overlapping = by.delegations_given.filter(
        revoked_at=None, valid_from__lte=delegation.valid_to, valid_to__gte=delegation.valid_from
    ).first()
    if overlapping:
        raise ValidationError(
            f"Đã giao quyền cho {overlapping.deputy} từ {short_date(overlapping.valid_from)} đến "
            f"{short_date(overlapping.valid_to)}; thu hồi trước, hoặc chọn thời gian khác."
        )
    delegation.save()
    record(by, "delegation.create", "Giao quyền ký", delegation, changes=field_changes(None, delegation, FIELDS))
    return delegation


@transaction.atomic
def revoke_delegation(delegation, *, by):
    """Take a delegation back from now on; twice changes nothing. Raises PermissionDenied."""
    delegation = Delegation.objects.select_for_update(of=("self",)).get(pk=delegation.pk)
    require(by.pk == delegation.director_id, "Chỉ người giao quyền thu hồi được.")
    if delegation.revoked_at is None:
        delegation.revoked_at = timezone.now()
        delegation.save(update_fields=["revoked_at"])
        record(by, "delegation.revoke", "Thu hồi quyền ký", delegation)
    return delegation
