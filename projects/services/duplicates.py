"""Support that a facility may be receiving twice: same facility, same content of Điều 4, within the years of the rule.

Over national and local money and over merged provinces, also in projects that the reader may not open: the commitment
of the applicant is that no money of the State pays for the same content (TTLT 26/2014/TTLT-BTC-BCT, Điều 7 khoản 4).
"""

from collections import defaultdict
from dataclasses import dataclass

from django.db.models import F, Q
from django.db.models.functions import Coalesce

from beneficiaries.models import Facility, FacilityAlias
from khuyencong.models import UnitSuccession
from khuyencong.together import rows_together
from programs.models import RuleFigure, RuleFigureKey
from projects.models import Beneficiary, Project, ProjectStatus
from projects.questions import SUPPORTED
from projects.services.norms import norm_day


@dataclass(frozen=True)
class Duplicate:
    """A facility of the project and the other support; `may_open` tells whether the reader may see that project."""

    facility: Facility
    other: Beneficiary
    why: str
    may_open: bool

    @property
    def project(self):
        return self.other.project


@dataclass
class Identity:
    """What one facility is known by: its key, tax codes and folded names, now and before, and where it stands."""

    pk: int
    codes: set
    names: set
    units: set

    def shared_with(self, other):
        """In words, what two have in common; "" when they are two."""
        if self.pk == other.pk:
            return "cùng cơ sở"
        if codes := self.codes & other.codes:
            return f"cùng mã số thuế {min(codes)}"
        if self.names & other.names and self.units & other.units:
            return "tên giống nhau, cùng địa bàn"
        return ""


def duplicate_years(project, on) -> int | None:
    """Within how many years a support counts as repeated; None where no rule is kept."""
    return _nearest(_year_rules(project, on))


def _year_rules(project, on):
    return RuleFigure.objects.in_force(on, project.owner).filter(key=RuleFigureKey.DUPLICATE_YEARS)


def _nearest(rows):
    rows = sorted(rows, key=lambda row: (row.owner_id is not None, row.valid_from is not None, row.valid_from))
    return rows[-1].value if rows else None


def duplicates(project, *, user=None) -> list[Duplicate]:
    """Other supports of the project's facilities for the same content, newest first; `user` is who reads them."""
    return duplicates_of([project], user=user)[project.pk]


def duplicates_of(projects, *, user=None) -> dict[int, list[Duplicate]]:
    """{project pk: duplicates} of projects of one plan, in a constant number of queries."""
    found = {project.pk: [] for project in projects}
    own = defaultdict(list)
    for row in _beneficiaries(projects):
        own[row.project_id].append(row.facility)
    facilities = {facility.pk: facility for group in own.values() for facility in group}
    if not facilities:
        return found
    given = rows_together(
        {
            "years": _year_rules(projects[0], norm_day(projects[0].plan)),
            "aliases": FacilityAlias.objects.filter(facility__in=facilities),
        }
    )
    if (years := _nearest(given["years"])) is None:
        return found
    candidates = _candidates(facilities.values(), given["aliases"])
    identities = _identities({**candidates, **facilities}.values())
    by_heading = _by_heading(candidates, projects, years)
    repeated = [
        (project, facility, key, why)
        for project in projects
        for facility in own[project.pk]
        for key, other, place in by_heading[project.content.heading.pk if project.content else None]
        if other != project.pk and (why := identities[facility.pk].shared_with(identities[place]))
    ]
    rows = _read({key for _project, _facility, key, _why in repeated})
    visible = _visible([row.project_id for row in rows.values()], user)
    for project, facility, key, why in repeated:
        found[project.pk].append(Duplicate(facility, rows[key], why, rows[key].project_id in visible))
    return found


def _beneficiaries(projects):
    """Those of today, from what the page has read already where it has."""
    if all("beneficiaries" in getattr(project, "_prefetched_objects_cache", {}) for project in projects):
        return [row for project in projects for row in project.beneficiaries.all() if row.withdrawn_by_id is None]
    if len(projects) == 1:
        return SUPPORTED.of(projects[0])
    return Beneficiary.objects.filter(project__in=projects, withdrawn_by=None).select_related("facility")


def _candidates(facilities, aliases):
    """{pk: Facility} of everything that could be one of the facilities under another record."""
    keys, codes, names = [row.pk for row in facilities], _codes(facilities), {row.name_key for row in facilities}
    for alias in aliases:
        codes.add(alias.tax_code)
        names.add(alias.name_key)
    codes.discard("")
    names.discard("")
    same = Q(pk__in=keys) | Q(tax_code__in=codes) | Q(name_key__in=names)
    by_alias = FacilityAlias.objects.filter(Q(tax_code__in=codes) | Q(name_key__in=names)).values("facility")
    found = Facility.objects.filter(same | Q(pk__in=by_alias)).only("tax_code", "name_key", "unit")
    return {row.pk: row for row in found}


def _codes(facilities):
    return {row.tax_code for row in facilities if row.tax_code}


def _identities(facilities):
    identities = {
        row.pk: Identity(row.pk, {row.tax_code} - {None}, {row.name_key}, {row.unit_id}) for row in facilities
    }
    units = {row.unit_id for row in facilities}
    found = rows_together(
        {
            "aliases": FacilityAlias.objects.filter(facility__in=identities),
            "links": UnitSuccession.objects.filter(Q(predecessor__in=units) | Q(successor__in=units)),
        }
    )
    for alias in found["aliases"]:
        identities[alias.facility_id].codes |= {alias.tax_code} - {""}
        identities[alias.facility_id].names |= {alias.name_key} - {""}
    linked = defaultdict(set)
    for link in found["links"]:
        linked[link.predecessor_id].add(link.successor_id)
        linked[link.successor_id].add(link.predecessor_id)
    for row in facilities:
        identities[row.pk].units |= linked[row.unit_id]
    return identities


def _by_heading(candidates, projects, years):
    """{content of Điều 4: [(key, project, facility)]} of the candidates' supports around the plan's year.

    Turned down and withdrawn ones apart, the newest first. A facility has few of them: asked for by year, too, a
    database may read all plans of those years instead.
    """
    rows = Beneficiary.objects.filter(facility__in=candidates, withdrawn_by=None)
    facts = rows.annotate(
        heading=Coalesce("project__content__parent", "project__content"),
        year=F("project__plan__year"), code=F("project__code"), status=F("project__status"),
    ).values_list("year", "code", "pk", "project_id", "facility_id", "heading", "status", named=True)  # fmt: skip
    found, year = defaultdict(list), projects[0].plan.year
    for row in sorted(facts, key=lambda row: (-row.year, row.code, row.pk)):
        if row.heading and abs(row.year - year) <= years and row.status != ProjectStatus.REJECTED:
            found[row.heading].append((row.pk, row.project_id, row.facility_id))
    return found


def _read(keys):
    """{key: support} of the few that are shown, with all that is shown of them."""
    if not keys:
        return {}
    related = ("facility__unit", "project__plan", "project__content__parent", "project__owner")
    return {row.pk: row for row in Beneficiary.objects.filter(pk__in=keys).with_amounts().select_related(*related)}


def _visible(keys, user):
    if user is None:
        return set()
    return set(Project.objects.visible_to(user).filter(pk__in=keys).values_list("pk", flat=True))
