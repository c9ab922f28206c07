"""What a body prints at head and foot of its papers: letterheads and signers with their dates, kept by administrators.

A setting that stands on an issued paper is history: it is ended, never changed.
"""

from datetime import timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import DateField, Max, Q
from django.db.models.functions import Coalesce, TruncDate

from khuyencong.audit import field_changes, record
from khuyencong.dates import short_date
from khuyencong.models import IssuedDocument, Letterhead, Organisation, Role, Signer
from khuyencong.permissions import require

FIELDS = {
    Letterhead: ("parent_lines", "name_lines", "place", "valid_from", "valid_to"),
    Signer: ("kind", "name", "post", "mode", "capacity", "valid_from", "valid_to"),
}
ONLY_ADMINISTRATORS = "Mẫu văn bản do quản trị của cơ quan đặt; ông/bà xem được, không sửa được."


def house_of(user):
    """The bodies whose settings a person reads: the own body, its parent and the bodies below these.

    An administrator of the whole installation, who belongs to no body, has them all.
    """
    body = user.organisation
    if body is None:
        return Organisation.objects.all() if user.is_superuser else Organisation.objects.none()
    family = [pk for pk in (body.pk, body.parent_id) if pk]
    return Organisation.objects.filter(Q(pk__in=family) | Q(parent__in=family))


def may_set(user, organisation: Organisation | None) -> bool:
    """Whether the person keeps the settings of a body; None stands for the wording of everyone."""
    if user.role != Role.ADMIN:
        return False
    if organisation is None:
        return user.organisation is None and user.is_superuser
    return house_of(user).filter(pk=organisation.pk).exists()


def require_setter(user, organisation):
    require(may_set(user, organisation), ONLY_ADMINISTRATORS)


@transaction.atomic
def save_setting(setting, *, by):
    """Add a letterhead or signer, or change one that no issued paper carries.

    Raises PermissionDenied, ValidationError.
    """
    stored = _locked(setting, by)
    if stored:
        _require_unused(stored)
    return _save(setting, stored, by)


@transaction.atomic
def end_setting(setting, last_day, *, by):
    """Let a setting end with a day, not before the last issued paper that carries it. Raises as `save_setting`."""
    stored = _locked(setting, by)
    used = last_use(stored)
    if used and last_day < used:
        raise ValidationError(
            {
                "valid_to": f"Văn bản ngày {short_date(used)} đã phát hành theo dòng này: chọn ngày "
                f"{short_date(used)} hoặc sau đó."
            }
        )
    setting.refresh_from_db()
    setting.valid_to = last_day
    return _save(setting, stored, by)


@transaction.atomic
def remove_setting(setting, *, by):
    """Take away a row that no issued paper carries, such as a slip. Raises PermissionDenied, ValidationError."""
    stored = _locked(setting, by)
    _require_unused(stored)
    changes = [(label, old, "") for label, _new, old in field_changes(None, stored, FIELDS[type(stored)])]
    record(by, f"{_name(stored)}.remove", f"Bỏ {stored._meta.verbose_name}", stored, changes=changes)
    stored.delete()


def last_use(setting):
    """The day of the last paper of the body that was issued while the setting counted; None when there is none."""
    return last_uses([setting])[setting.pk]


def last_uses(settings):
    """{pk: `last_use`} of rows of one body and one kind of setting, with one query for them all."""
    if not settings:
        return {}
    body = settings[0].organisation
    names = [body.name, *(row.name for row in body.names.all())]
    papers = IssuedDocument.objects.filter(Q(series__startswith=f"{body.pk}:") | Q(issuer_name__in=names))
    day = Coalesce("dated_on", TruncDate("issued_at"), output_field=DateField())
    last = {f"row_{row.pk}": Max("day", filter=_counted(row)) for row in settings}
    found = papers.annotate(day=day).aggregate(**last)
    return {row.pk: found[f"row_{row.pk}"] for row in settings}


def _counted(setting):
    """The papers for which a setting of their body counts."""
    papers = Q(day__isnull=False)
    if setting.valid_from:
        papers &= Q(day__gte=setting.valid_from)
    if setting.valid_to:
        papers &= Q(day__lte=setting.valid_to)
    if getattr(setting, "kind", ""):
        papers &= Q(kind=setting.kind)
    return papers


def check_setting(setting):
    """Raise ValidationError when the row is not in order, or another one of the body counts on one of its days."""
    setting.full_clean()
    others = type(setting).objects.filter(organisation=setting.organisation).exclude(pk=setting.pk)
    if isinstance(setting, Signer):
        others = others.filter(kind=setting.kind)
    if setting.valid_to:
        others = others.filter(Q(valid_from=None) | Q(valid_from__lte=setting.valid_to))
    if setting.valid_from:
        others = others.filter(Q(valid_to=None) | Q(valid_to__gte=setting.valid_from))
    if other := others.first():
        raise ValidationError(_overlap_sentence(setting, other))


def period_of(setting) -> str:
    """“từ 01/07/2025 đến hết 31/12/2026”, “từ trước đến nay” with both ends open."""
    begin = f"từ {short_date(setting.valid_from)}" if setting.valid_from else "từ trước"
    return f"{begin} đến hết {short_date(setting.valid_to)}" if setting.valid_to else f"{begin} đến nay"


def line_of(setting) -> str:
    """A setting in one line, without the name of its body."""
    return str(setting) if isinstance(setting, Signer) else setting.name_lines.replace("|", " ")


def _overlap_sentence(setting, other):
    said = f"Cơ quan đã có {setting._meta.verbose_name} “{line_of(other)}” {period_of(other)}."
    if setting.valid_from and (other.valid_from is None or other.valid_from < setting.valid_from):
        before = short_date(setting.valid_from - timedelta(days=1))
        return f"{said} Cho dòng đó hết hiệu lực sau ngày {before} trước, hoặc chọn ngày khác."
    return f"{said} Chọn ngày khác để hai dòng không chồng nhau."


def _locked(setting, by):
    """The stored row, None for a new one; everyone who changes the settings of a body waits for the body's row."""
    body = Organisation.objects.select_for_update(of=("self",)).get(pk=setting.organisation_id)
    require_setter(by, body)
    return type(setting).objects.filter(pk=setting.pk).first() if setting.pk else None


def _require_unused(stored):
    if used := last_use(stored):
        raise ValidationError(
            f"Đã có văn bản phát hành theo dòng này (gần nhất ngày {short_date(used)}) nên không sửa, không bỏ được. "
            "Cho dòng hết hiệu lực từ một ngày sau đó, rồi thêm dòng mới."
        )


def _save(setting, stored, by):
    check_setting(setting)
    setting.save()
    changes = field_changes(stored, setting, FIELDS[type(setting)])
    if changes:
        act, word = ("edit", "Sửa") if stored else ("create", "Thêm")
        record(by, f"{_name(setting)}.{act}", f"{word} {setting._meta.verbose_name}", setting, changes=changes)
    return setting


def _name(setting):
    return setting._meta.model_name
