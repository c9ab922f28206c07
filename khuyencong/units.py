"""Administrative units as people ask for them: by name old or new, where a unit is now, what lies in it.

The reform of 1 July 2025 (Nghị quyết 202/2025/QH15) left 34 provinces and no districts. Records keep the unit of
their own date, so every question is answered over both divisions.
"""

from collections.abc import Collection, Sequence

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet

from khuyencong.dates import short_date
from khuyencong.models.units import (
    AdministrativeUnit,
    AliasRelation,
    UnitAlias,
    UnitLevel,
    UnitPart,
    UnitSuccession,
)
from khuyencong.unit_names import name_in_sentence


def find_units(
    text: str,
    *,
    levels: Sequence[str] | None = None,
    division: str | None = None,
    near: Collection[int] = (),
    limit: int = 20,
) -> list[AdministrativeUnit]:
    """Units that match the text, best first, ready for `describe_today` and `other_names`; at most 4 queries.

    Of equal names those in the provinces of today in `near` (ids) come first.
    """
    units = AdministrativeUnit.objects.matching(text, near)
    if levels is not None:
        units = units.filter(level__in=levels)
    if division is not None:
        units = units.filter(division=division)
    return list(with_relatives(units)[:limit])


def with_relatives(units: QuerySet) -> QuerySet:
    """Units fetched together with what `describe_today` and `other_names` tell of them."""
    names = UnitAlias.objects.select_related("parent").prefetch_related("successors")
    links = UnitSuccession.objects.select_related("successor")
    return units.select_related("parent", "province").prefetch_related(
        Prefetch("later_links", links), Prefetch("aliases", names)
    )


def own_provinces(user) -> Collection[int]:
    """Ids of the provinces whose places come first for a person; none for somebody who works in all of them."""
    return () if user.sees_all_provinces else user.province_ids


def current_province(unit: AdministrativeUnit) -> AdministrativeUnit:
    """The province of today on the unit's ground; of a province of today, itself."""
    return unit.province


def describe_today(unit: AdministrativeUnit) -> str:
    """Where a unit of the old division is now, as a sentence; "" for a unit of today.

    Huyện Trà Cú -> "Nay thuộc tỉnh Vĩnh Long: xã Đại An, xã Hàm Giang, ...".
    """
    if unit.is_current:
        return ""
    province = name_in_sentence(current_province(unit).name)
    communes = _names(_commune_heirs(unit))
    if not communes:
        verb = "là" if unit.name == current_province(unit).name else "thuộc"
        return f"Nay {verb} {province}."
    if unit.level == UnitLevel.DISTRICT:
        return f"Nay thuộc {province}: {', '.join(communes)}."
    parts = {link.part for link in unit.later_links.all()}
    if UnitPart.PARTIAL in parts:
        return f"Đã chia về {_joined(communes, 'và')}, {province}."
    if UnitPart.UNKNOWN in parts:
        # It ended before June 2025; known is only which commune took it, or most of it, then.
        return f"Nay thuộc {_joined(communes, 'hoặc')}, {province} (toàn bộ hoặc phần lớn)."
    verb = "là" if communes == [name_in_sentence(unit.name)] else "thuộc"
    return f"Nay {verb} {communes[0]}, {province}."


def other_names(unit: AdministrativeUnit) -> list[str]:
    """What the unit was called before June 2025 or is called since a change after July 2025, a phrase for each.

    A change that only one list tells of, its act unseen, says so.
    """
    return [_describe_alias(unit, alias) for alias in unit.aliases.all()]


def units_within(unit: AdministrativeUnit) -> QuerySet[AdministrativeUnit]:
    """Units of both divisions whose records count as lying in `unit`, for `unit__in=units_within(unit)`.

    The unit, what it holds, and the communes of the other division on its ground. Nothing is known of shares, so a
    commune that lies in the unit in part counts too: records of a divided commune count in each of its heirs.
    """
    units = AdministrativeUnit.objects
    if unit.is_current and unit.level == UnitLevel.PROVINCE:
        return units.filter(province=unit)
    held = [units.filter(pk=unit.pk), units.filter(parent=unit), units.filter(parent__parent=unit)]
    elsewhere = _predecessors_within(unit) if unit.is_current else _heirs_within(unit)
    # A union of small look-ups: as one condition with OR, every unit of the country would be tried.
    first, *others = [part.order_by().values("pk") for part in held] + elsewhere
    return units.filter(pk__in=first.union(*others))


def _predecessors_within(commune):
    # A district is larger than the communes it went into; the islands are not.
    on_its_ground = Q(predecessor__level=UnitLevel.COMMUNE) | Q(part=UnitPart.WHOLE)
    return [UnitSuccession.objects.filter(on_its_ground, successor=commune).values("predecessor")]


def _heirs_within(unit):
    to_communes = UnitSuccession.objects.filter(successor__level=UnitLevel.COMMUNE)
    to_province = UnitSuccession.objects.filter(predecessor__level=UnitLevel.PROVINCE)
    merged_with_others = to_province.filter(successor=OuterRef("successor")).exclude(predecessor=unit)
    return [
        to_communes.filter(predecessor=unit).values("successor"),
        to_communes.filter(predecessor__parent=unit).values("successor"),
        to_province.filter(~Exists(merged_with_others), predecessor=unit).values("successor"),
        # Units that lay in it before June 2025.
        UnitAlias.objects.filter(parent=unit).order_by().values("unit"),
    ]


def _commune_heirs(unit):
    successors = {link.successor for link in unit.later_links.all()}
    return {successor for successor in successors if successor.level == UnitLevel.COMMUNE}


def _names(units):
    return [name_in_sentence(unit.name) for unit in sorted(units, key=lambda unit: (unit.sort_key, unit.pk))]


def _joined(names, word):
    """The names as in a sentence: "a, b và c"."""
    *first, last = names
    return f"{', '.join(first)} {word} {last}" if first else last


def _describe_alias(unit, alias):
    name = name_in_sentence(alias.name)
    if alias.relation == AliasRelation.LATER:
        since = f"từ {short_date(alias.valid_from)} " if alias.valid_from else ""
        doubt = "; mới biết qua một nguồn, cần đối chiếu văn bản" if alias.needs_check else ""
        return f"{since}là {name} theo {alias.act}{doubt}"
    if alias.relation == AliasRelation.ABSORBED:
        return f"gồm cả {name} cũ"
    place = name_in_sentence(alias.parent.name) if alias.parent_id != unit.parent_id else ""
    called = f"thuộc {place}" if alias.name == unit.name else ", ".join(filter(None, [f"là {name}", place]))
    until = f" đến {short_date(alias.valid_to)}" if alias.valid_to else ""
    heirs = set(alias.successors.all())
    had_other_ground = heirs and heirs != _commune_heirs(unit)
    today = f" (nay là {_joined(_names(heirs), 'và')})" if had_other_ground else ""
    return f"trước {called}{until}{today}"
