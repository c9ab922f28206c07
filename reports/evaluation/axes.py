"""What figures are divided by: one expression for each axis, the same for a table and for the rows behind its cells.

Places: known is only which units went into which, never a share of land. A place of the other division counts where
all of its ground lies in one unit; else it is left without a place, which the table says.
"""

from django.db.models import BigIntegerField, Case, CharField, Count, Exists, F, Min, OuterRef, Q, Subquery, Value, When
from django.db.models.functions import Coalesce

from khuyencong.models import Division, UnitLevel, UnitSuccession
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


def _legal_form(rows, selection):
    return F(at(rows.facility, "legal_form")) if rows.facility else NO_WORDS


def _industry(rows, selection):
    own = F(at(rows.project, "industry__code"))
    return Coalesce(F(at(rows.facility, "industry__code")), own) if rows.facility else own


def _province(rows, selection):
    unit = _unit(rows)
    if selection.division == Division.NEW:
        return F(f"{unit}__province")
    old = _case(
        When(**{f"{unit}__level": UnitLevel.COMMUNE}, then=F(f"{unit}__parent__parent")),
        When(**{f"{unit}__level": UnitLevel.DISTRICT}, then=F(f"{unit}__parent")),
        default=F(unit),
    )
    province = _case(
        When(predecessor__level=UnitLevel.COMMUNE, then=F("predecessor__parent__parent")),
        When(predecessor__level=UnitLevel.DISTRICT, then=F("predecessor__parent")),
        default=F("predecessor"),
    )
    return _case(When(**{f"{unit}__division": Division.OLD}, then=old), default=_only_one("successor", unit, province))


def _place(rows, selection):
    """The commune of 2025, or the district of before."""
    unit = _unit(rows)
    level, division = f"{unit}__level", f"{unit}__division"
    if selection.division == Division.NEW:
        own = When(Q(**{division: Division.NEW, level: UnitLevel.COMMUNE}), then=F(unit))
        return _case(own, default=_only_one("predecessor", unit, F("successor"), successor__level=UnitLevel.COMMUNE))
    old = Q(**{division: Division.OLD})
    district = _case(
        When(predecessor__level=UnitLevel.DISTRICT, then=F("predecessor")), default=F("predecessor__parent")
    )
    return _case(
        When(old & Q(**{level: UnitLevel.COMMUNE}), then=F(f"{unit}__parent")),
        When(old & Q(**{level: UnitLevel.DISTRICT}), then=F(unit)),
        When(old, then=NO_UNIT),
        default=_only_one("successor", unit, district, predecessor__level__in=(UnitLevel.COMMUNE, UnitLevel.DISTRICT)),
    )


def _case(*cases, default):
    return Case(*cases, default=default, output_field=BigIntegerField())


def _unit(rows):
    return rows.unit or at(rows.facility or rows.project, "unit")


def _only_one(side, unit, other, **conditions):
    """The unit on the other side of the successions of a unit, when it is the only one."""
    links = UnitSuccession.objects.filter(**{side: OuterRef(unit)}, **conditions).order_by().annotate(other=other)
    counted = links.values(side).annotate(count=Count("other", distinct=True), only=Min("other"))
    return Subquery(counted.filter(count=1).values("only"))


AXES = {
    YEAR: lambda rows, selection: F(rows.year),
    CONTENT: lambda rows, selection: heading_path(rows.project),
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
