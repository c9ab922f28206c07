"""What figures are divided by: one expression for each axis, the same for a table and for the rows behind its cells.

Places: known is only which units went into which, never a share of land. A place of the other division counts where
all of its ground lies in one unit; else it is left without a place, which the table says.
"""

from collections import defaultdict

from django.db.models import BigIntegerField, Case, CharField, Count, Exists, F, Min, OuterRef, Q, Subquery, Value, When
from django.db.models.functions import Coalesce

from khuyencong.models import AdministrativeUnit, Division, UnitLevel, UnitSuccession
from programs.models import Scope, SourceCategory
from projects.models import FundingLine
from reports.evaluation.facts import Rows, heading_path
from reports.evaluation.selection import Selection

# Names in addresses.
YEAR, CONTENT, KIND, SCOPE, KEY_PROJECT, PROJECT = "nam", "noi-dung", "loai", "nguon-goc", "diem", "de-an"
ORGANISATION = "don-vi"
SOURCE, CATEGORY = "nguon", "nhom-nguon"
LEGAL_FORM, INDUSTRY, PRIORITY, PROVINCE, PLACE = "loai-hinh", "nganh", "uu-tien", "tinh", "dia-ban"
# Facilities have these; a project stands there by its facilities, or by itself when it names none.
OF_FACILITIES = (LEGAL_FORM, INDUSTRY, PROVINCE, PLACE)
# Of what projects and facilities state.
INDICATOR, VERIFIED, ROUND = "chi-tieu", "kiem-chung", "lan"
NONE = "khong"
NO_WORDS, NO_UNIT = Value(None, CharField()), Value(None, BigIntegerField())


def axis_of(name: str, rows: Rows, selection: Selection):
    """The expression of an axis over these rows; its value is None where a row has none. KeyError for no axis."""
    return AXES[name](rows, selection)


def at(path: str, field: str) -> str:
    return f"{path}__{field}" if path else field


def _of_project(field):
    return lambda rows, selection: F(at(rows.project, field))


def _of_source(field):
    def expression(rows, selection):
        if not rows.source:
            raise KeyError(field)
        return F(at(rows.source, field))

    return expression


def _scope(rows, selection):
    """National when national money goes into the project."""
    lines = FundingLine.objects.filter(
        project=OuterRef(at(rows.project, "pk")), source__category=SourceCategory.NATIONAL
    )
    national = When(Exists(lines), then=Value(Scope.NATIONAL.value))
    return Case(national, default=Value(Scope.LOCAL.value), output_field=CharField())


def _content(rows, selection):
    return _as_then(rows.project, selection.formerly.headings, heading_path(rows.project))


def _as_then(path, then, now, output=BigIntegerField):
    """What stood then of those that changed since, {key: value}, beside what the others have now."""
    if not then:
        return now
    keys = defaultdict(list)
    for key, value in then.items():
        keys[value].append(key)
    whens = [When(**{f"{path or 'pk'}__in": found}, then=Value(value, output())) for value, found in keys.items()]
    return Case(*whens, default=now, output_field=output())


def _legal_form(rows, selection):
    if not rows.facility:
        return NO_WORDS
    return _as_then(rows.facility, selection.formerly.legal_forms, F(at(rows.facility, "legal_form")), CharField)


def _industry(rows, selection):
    own = F(at(rows.project, "industry__code"))
    if not rows.facility:
        return own
    of_facility = F(at(rows.facility, "industry__code"))
    return Coalesce(_as_then(rows.facility, selection.formerly.industries, of_facility, CharField), own)


def _province(rows, selection):
    return _where(PROVINCE, rows, selection)


def _place(rows, selection):
    """The commune of 2025, or the district of before."""
    return _where(PLACE, rows, selection)


def _where(name, rows, selection):
    """Where rows lie, as their units then lay."""
    now = OF_UNITS[name](_unit(rows), selection.division)
    then = selection.formerly.units if rows.facility else selection.formerly.project_units
    if rows.unit or not then:
        return now
    return _as_then(rows.facility or rows.project, _places_of(name, then, selection), now)


def _places_of(name, then, selection):
    """{key: where the unit lies that stood there then}; one question for all tables of a selection."""
    found = selection.formerly.kept.setdefault((name, selection.division), {})
    if unknown := set(then.values()) - {None, *found}:
        units = AdministrativeUnit.objects.filter(pk__in=unknown)
        found |= dict(units.annotate(lies=OF_UNITS[name]("", selection.division)).values_list("pk", "lies"))
    return {key: found.get(unit) for key, unit in then.items()}


def _province_of(unit, division):
    """`unit` is the path to the unit, "" of the unit itself."""
    if division == Division.NEW:
        return F(at(unit, "province"))
    old = _case(
        When(**{at(unit, "level"): UnitLevel.COMMUNE}, then=F(at(unit, "parent__parent"))),
        When(**{at(unit, "level"): UnitLevel.DISTRICT}, then=F(at(unit, "parent"))),
        default=F(unit or "pk"),
    )
    province = _case(
        When(predecessor__level=UnitLevel.COMMUNE, then=F("predecessor__parent__parent")),
        When(predecessor__level=UnitLevel.DISTRICT, then=F("predecessor__parent")),
        default=F("predecessor"),
    )
    return _case(When(**{at(unit, "division"): Division.OLD}, then=old), default=_only_one("successor", unit, province))


def _place_of(unit, division):
    level, of_division = at(unit, "level"), at(unit, "division")
    if division == Division.NEW:
        own = When(Q(**{of_division: Division.NEW, level: UnitLevel.COMMUNE}), then=F(unit or "pk"))
        return _case(own, default=_only_one("predecessor", unit, F("successor"), successor__level=UnitLevel.COMMUNE))
    old = Q(**{of_division: Division.OLD})
    district = _case(
        When(predecessor__level=UnitLevel.DISTRICT, then=F("predecessor")), default=F("predecessor__parent")
    )
    return _case(
        When(old & Q(**{level: UnitLevel.COMMUNE}), then=F(at(unit, "parent"))),
        When(old & Q(**{level: UnitLevel.DISTRICT}), then=F(unit or "pk")),
        When(old, then=NO_UNIT),
        default=_only_one("successor", unit, district, predecessor__level__in=(UnitLevel.COMMUNE, UnitLevel.DISTRICT)),
    )


OF_UNITS = {PROVINCE: _province_of, PLACE: _place_of}


def _case(*cases, default):
    return Case(*cases, default=default, output_field=BigIntegerField())


def _unit(rows):
    return rows.unit or at(rows.facility or rows.project, "unit")


def _only_one(side, unit, other, **conditions):
    """The unit on the other side of the successions of a unit, when it is the only one."""
    links = (
        UnitSuccession.objects.filter(**{side: OuterRef(unit or "pk")}, **conditions).order_by().annotate(other=other)
    )
    counted = links.values(side).annotate(count=Count("other", distinct=True), only=Min("other"))
    return Subquery(counted.filter(count=1).values("only"))


AXES = {
    YEAR: lambda rows, selection: F(rows.year),
    CONTENT: _content,
    KIND: _of_project("kind"),
    SCOPE: _scope,
    KEY_PROJECT: _of_project("is_key"),
    PRIORITY: _of_project("is_priority"),
    PROJECT: _of_project("pk"),
    ORGANISATION: _of_project("implementing_unit"),
    SOURCE: _of_source("code"),
    CATEGORY: _of_source("category"),
    LEGAL_FORM: _legal_form,
    INDUSTRY: _industry,
    PROVINCE: _province,
    PLACE: _place,
    INDICATOR: lambda rows, selection: F("indicator__code"),
    VERIFIED: lambda rows, selection: F("verified_then" if selection.is_of_the_past else "is_verified"),
    ROUND: lambda rows, selection: F("follow_up__round"),
}
