"""Two records of one facility become one: everything that names the one is moved to the other, and can be moved back.

What names a facility is asked of the models themselves, so that a table added later in any room is moved as well.
"""

from dataclasses import dataclass
from datetime import timedelta

from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils import timezone

from beneficiaries.models import Facility, FacilityAlias, FacilityMerge
from beneficiaries.permissions import can_merge_facilities
from khuyencong.audit import record
from khuyencong.dates import short_date
from khuyencong.permissions import require

# Later, too much rests on the merged record.
UNDO_DAYS = 30
ONLY_HEADS = "Chỉ lãnh đạo phòng, Giám đốc Trung tâm của tỉnh có cả hai cơ sở gộp được, hoàn tác được."
OWN = (Facility, FacilityMerge)


@dataclass(frozen=True)
class Moved:
    """Rows of one table that name the facility: `key` is “app.model.column”."""

    key: str
    label: str
    rows: models.QuerySet

    @property
    def count(self):
        return self.rows.count()


def references(facility) -> list[Moved]:
    """Everything that names the facility, table by table; its own chain of merges apart."""
    found = []
    for relation in Facility._meta.get_fields(include_hidden=True):
        if not (relation.one_to_many and relation.auto_created) or relation.related_model in OWN:
            continue
        model, field = relation.related_model, relation.field
        key = f"{model._meta.label_lower}.{field.name}"
        found.append(Moved(key, str(model._meta.verbose_name), model._base_manager.filter(**{field.name: facility})))
    return found


def conflicts(gone, keeper) -> list[str]:
    """Why the rows of both cannot stand under one facility, a sentence each."""
    sentences = []
    for moved in references(gone):
        model, name = moved.rows.model, moved.key.rpartition(".")[2]
        if model is FacilityAlias:  # an earlier name that both have stays where it is
            continue
        for constraint in model._meta.constraints:
            if not isinstance(constraint, models.UniqueConstraint) or name not in constraint.fields:
                continue
            others = [field for field in constraint.fields if field != name]
            taken = set(model._base_manager.filter(**{name: keeper}).values_list(*others))
            twins = [
                row for row in moved.rows if tuple(getattr(row, _column(model, field)) for field in others) in taken
            ]
            sentences += [_twin_sentence(row, moved.label) for row in twins if model is not FacilityAlias]
    return sentences


def _column(model, field):
    return model._meta.get_field(field).attname


def _twin_sentence(row, label):
    where = getattr(row, "project", None) or row
    return f"Cả hai cơ sở cùng có ở “{where}” ({label}): bỏ một trong hai ở đó trước khi gộp."


def preview(gone) -> list[tuple[str, int]]:
    """[(what, how many rows will move)] of the tables that have any."""
    return [(moved.label, count) for moved in references(gone) if (count := moved.count)]


@transaction.atomic
def merge_facilities(gone, keeper, *, by, reason):
    """Move everything of `gone` to `keeper`, which keeps its name and tax code as an earlier one.

    Raises PermissionDenied, ValidationError.
    """
    gone, keeper = _locked(gone, keeper)
    require(can_merge_facilities(by, gone) and can_merge_facilities(by, keeper), ONLY_HEADS)
    _require_sound(gone, keeper)
    if refusals := conflicts(gone, keeper):
        raise ValidationError(refusals)
    known, moved = _known_aliases(gone, keeper), {}
    for reference in references(gone):
        rows = reference.rows.exclude(pk__in=known) if reference.rows.model is FacilityAlias else reference.rows
        moved[reference.key] = list(rows.values_list("pk", flat=True))
        _move(rows, reference.key, keeper)
    alias = FacilityAlias.objects.filter(facility=keeper, name=gone.name, tax_code=gone.tax_code or "").first()
    made = None if alias else FacilityAlias.objects.create(
        facility=keeper, name=gone.name, tax_code=gone.tax_code or "", note="Từ cơ sở đã gộp vào"
    )  # fmt: skip
    merge = FacilityMerge.objects.create(
        keeper=keeper, gone=gone, moved=moved, alias=made, reason=reason.strip(), merged_by=by
    )
    gone.merged_into = keeper
    _save(gone, keeper, by=by)
    _tell(merge, by, "facility.merge", "Gộp cơ sở", reason)
    return merge


def _move(rows, key, facility):
    """Row by row: what a row derives from its facility, and how it is found, follows."""
    for row in rows.order_by("pk").select_for_update(of=("self",)):
        setattr(row, key.rpartition(".")[2], facility)
        row.save()


def _locked(*facilities):
    """Both rows under lock, in the order of their keys whoever asks; `facilities` in the order given."""
    rows = Facility.objects.select_for_update(of=("self",)).select_related("owner", "unit").order_by("pk")
    by_pk = {row.pk: row for row in rows.filter(pk__in=[facility.pk for facility in facilities])}
    return [by_pk[facility.pk] for facility in facilities]


def _require_sound(gone, keeper):
    if gone == keeper:
        raise ValidationError("Chọn một cơ sở khác: không gộp cơ sở vào chính nó.")
    if gone.merged_into_id or keeper.merged_into_id:
        raise ValidationError("Một trong hai cơ sở đã được gộp vào cơ sở khác: tải lại trang rồi chọn lại.")
    if gone.tax_code and keeper.tax_code and gone.province_id != keeper.province_id:
        raise ValidationError("Hai cơ sở có mã số thuế khác nhau ở hai tỉnh khác nhau: không phải một cơ sở.")


def _known_aliases(gone, keeper):
    """Earlier names that the kept one has, too: they stay where they are."""
    known = set(keeper.aliases.values_list("tax_code", "name"))
    return [row.pk for row in gone.aliases.all() if (row.tax_code, row.name) in known]


def _save(*rows, by):
    for row in rows:
        row.version += 1
        row.updated_by = by
        row.save()


def _tell(merge, by, action, label, reason):
    count = sum(map(len, merge.moved.values()))
    for subject, other in ((merge.keeper, merge.gone), (merge.gone, merge.keeper)):
        told = [("Cơ sở giữ lại", "", str(merge.keeper)), ("Cơ sở gộp vào", "", str(merge.gone)),
                ("Số dòng chuyển", "", str(count))]  # fmt: skip
        record(by, action, f"{label}: {other}"[:100], subject, reason=reason, changes=told)


def undo_refusals(merge) -> list[str]:
    """Why a merge cannot be taken back any more, a sentence each; empty while it can."""
    if merge.undone_at:
        return ["Lần gộp này đã được hoàn tác."]
    last = merge.merged_at + timedelta(days=UNDO_DAYS)
    if timezone.now() > last:
        return [f"Chỉ hoàn tác được trong {UNDO_DAYS} ngày, đến hết {short_date(timezone.localdate(last))}."]
    if merge.keeper.merged_into_id:
        return [f"{merge.keeper} đã được gộp tiếp vào {merge.keeper.merged_into}: hoàn tác lần gộp đó trước."]
    return [
        f"{len(keys) - count} {label} trong số đã chuyển nay đã bị bỏ hoặc đổi sang cơ sở khác."
        for label, keys, count in _still_there(merge) if count != len(keys)
    ]  # fmt: skip


def _still_there(merge):
    """(label, keys that were moved, how many of them the keeper still has)."""
    for key, keys in merge.moved.items():
        model, name = _model_and_field(key)
        rows = model._base_manager.filter(pk__in=keys, **{name: merge.keeper_id})
        yield str(model._meta.verbose_name), keys, rows.count()


def _model_and_field(key):
    label, _, name = key.rpartition(".")
    return apps.get_model(label), name


def undo_preview(merge):
    """(rows that go back [(what, how many)], rows that came since and stay with the keeper [(what, how many)])."""
    back, stay = [], []
    for moved in references(merge.keeper):
        keys = merge.moved.get(moved.key, [])
        if keys:
            back.append((moved.label, len(keys)))
        kept = moved.rows.exclude(pk__in=keys)
        if count := (kept.exclude(pk=merge.alias_id) if moved.rows.model is FacilityAlias else kept).count():
            stay.append((moved.label, count))
    return back, stay


@transaction.atomic
def undo_merge(merge, *, by):
    """Move everything back that the merge moved; what came since stays. Raises PermissionDenied, ValidationError."""
    merge = FacilityMerge.objects.select_for_update(of=("self",)).get(pk=merge.pk)
    gone, keeper = _locked(merge.gone, merge.keeper)
    require(can_merge_facilities(by, gone) and can_merge_facilities(by, keeper), ONLY_HEADS)
    merge.gone, merge.keeper = gone, keeper
    if refusals := undo_refusals(merge):
        raise ValidationError(refusals)
    if merge.alias:
        merge.alias.delete()
        merge.alias = None
    for key, keys in merge.moved.items():
        model, _name = _model_and_field(key)
        _move(model._base_manager.filter(pk__in=keys), key, gone)
    gone.merged_into = None
    _save(gone, keeper, by=by)
    merge.undone_at = timezone.now()
    merge.save(update_fields=["alias", "undone_at"])
    _tell(merge, by, "facility.unmerge", "Hoàn tác gộp cơ sở", "")
    return merge
