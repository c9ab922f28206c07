"""Support that a facility may be receiving twice: same facility, same content of Điều 4, within the years of the rule.

Over national and local money and over merged provinces, also in projects that the reader may not open: the commitment
of the applicant is that no money of the State pays for the same content (TTLT 26/2014/TTLT-BTC-BCT, Điều 7 khoản 4).
"""

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import NamedTuple

from django.db.models import F, Q
from django.db.models.functions import Abs, Coalesce

from beneficiaries.models import Facility, FacilityAlias
from khuyencong.models import UnitSuccession
from khuyencong.together import together
from programs.models import RuleFigure, RuleFigureKey
from projects.models import Beneficiary, Project, ProjectStatus
from projects.questions import SUPPORTED
from projects.services.norms import norm_day

# What is read of another name of a facility.
ALIAS = {"facility": "facility_id", "tax_code": "tax_code", "name_key": "name_key"}


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


class Known(NamedTuple):
    """What a facility is recognised by, without the rest of its record."""

    pk: int
    tax_code: str | None
    name_key: str
    unit_id: int

    @classmethod
    def of(cls, facility: Facility) -> "Known":
        return cls(facility.pk, facility.tax_code, facility.name_key, facility.unit_id)


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
    repeated = _repeated(projects)
    rows = _read({key for _project, _facility, key, _why in repeated})
    facilities = _facilities(projects, {facility for _project, facility, _key, _why in repeated})
    visible = _visible([row.project_id for row in rows.values()], user)
    found = {project.pk: [] for project in projects}
    for project, facility, key, why in repeated:
        found[project.pk].append(Duplicate(facilities[facility], rows[key], why, rows[key].project_id in visible))
    return found


def duplicate_counts(projects) -> dict[int, int]:
    """{project pk: how many duplicates} of projects of one plan, where nothing more of them is shown."""
    counts = Counter(project.pk for project, _facility, _key, _why in _repeated(projects))
    return {project.pk: counts[project.pk] for project in projects}


def _repeated(projects):
    """[(project, key of its facility, key of the other support, why)] of projects of one plan."""
    if not projects:
        return []
    given = _given(projects)
    if not given["supported"] or (years := _nearest(given["years"])) is None:
        return []
    own, facilities = defaultdict(list), {}
    for key, facility in given["supported"]:
        own[key].append(facility.pk)
        facilities[facility.pk] = facility
    candidates = _candidates(facilities.values(), given["aliases"])
    found = _beside(candidates, {**candidates, **facilities}.values(), projects[0].plan.year, years)
    identities = _identities({**candidates, **facilities}.values(), found["aliases"], found["links"])
    alike = _alike(facilities, identities)
    supports = _by_content(found["supports"])
    return [
        (project, facility, row.pk, why)
        for project in projects
        for facility in own[project.pk]
        for row, why in _shared(project, alike[facility], supports)
    ]


def _shared(project, alike, supports):
    """[(support, why)] of other projects for the content of this one, to whoever is `alike`, the newest first."""
    heading = project.content.heading.pk if project.content else None
    found = [(row, why) for place, why in alike.items() for row in supports.get((heading, place), ())]
    found = [pair for pair in found if pair[0].project != project.pk]
    return sorted(found, key=lambda pair: (-pair[0].year, pair[0].code, pair[0].pk))


def _given(projects):
    """`supported` [(project pk, Known)] of the facilities of today, their `aliases`, the `years` of the rule."""
    rows = Beneficiary.objects.filter(project__in=[project.pk for project in projects], withdrawn_by=None)
    plan = projects[0].plan
    asked = {
        "years": (
            _year_rules(projects[0], norm_day(plan)),
            {"owner_id": "owner_id", "valid_from": "valid_from", "value": "value"},
        ),
        "aliases": (FacilityAlias.objects.filter(facility__in=rows.order_by().values("facility")), ALIAS),
    }
    if (read := _rows_read(projects)) is not None:
        return together(asked) | {"supported": [(row.project_id, Known.of(row.facility)) for row in read]}
    facts = {"project": "project_id", **{name: f"facility__{name}" for name in Known._fields}}
    found = together(asked | {"supported": (rows, facts)})
    supported = [
        (row.project, Known(*(getattr(row, name) for name in Known._fields)))
        for row in sorted(found["supported"], key=lambda row: (row.project, row.pk))
    ]
    return found | {"supported": supported}


def _rows_read(projects):
    """The beneficiaries of today that the page has read already, or None."""
    if all("beneficiaries" in getattr(project, "_prefetched_objects_cache", {}) for project in projects):
        return [row for project in projects for row in project.beneficiaries.all() if row.withdrawn_by_id is None]
    return SUPPORTED.read(projects[0]) if len(projects) == 1 else None


def _facilities(projects, keys):
    """{pk: Facility} of the few that are shown."""
    if (rows := _rows_read(projects)) is not None:
        return {row.facility_id: row.facility for row in rows}
    return Facility.objects.select_related("unit").in_bulk(keys)


def _candidates(facilities, aliases):
    """{pk: Known} of everything that could be one of the facilities under another record."""
    keys, codes, names = [row.pk for row in facilities], _codes(facilities), {row.name_key for row in facilities}
    for alias in aliases:
        codes.add(alias.tax_code)
        names.add(alias.name_key)
    codes.discard("")
    names.discard("")
    same = Q(pk__in=keys) | Q(tax_code__in=codes) | Q(name_key__in=names)
    by_alias = FacilityAlias.objects.filter(Q(tax_code__in=codes) | Q(name_key__in=names)).values("facility")
    found = Facility.objects.filter(same | Q(pk__in=by_alias)).order_by().values_list(*Known._fields)
    return {pk: Known(pk, *values) for pk, *values in found}


def _codes(facilities):
    return {row.tax_code for row in facilities if row.tax_code}


def _beside(candidates, facilities, year, years):
    """Of all the facilities their `aliases` and the `links` of their places; the `supports` of the candidates.

    Supports of plans no further than `years` from the `year`; turned down and withdrawn ones apart.
    """
    units = {row.unit_id for row in facilities}
    links = UnitSuccession.objects.filter(Q(predecessor__in=units) | Q(successor__in=units))
    # By facility, which has few of them: asked for by year itself, a database may read all plans of those years.
    supports = Beneficiary.objects.filter(facility__in=candidates, withdrawn_by=None, project__content__isnull=False)
    supports = supports.alias(apart=Abs(F("project__plan__year") - year)).filter(apart__lte=years)
    facts = {
        "pk": "pk", "project": "project_id", "facility": "facility_id", "year": "project__plan__year",
        "code": "project__code", "heading": Coalesce("project__content__parent", "project__content"),
    }  # fmt: skip
    return together(
        {
            "aliases": (FacilityAlias.objects.filter(facility__in=[row.pk for row in facilities]), ALIAS),
            "links": (links, {"old": "predecessor_id", "new": "successor_id"}),
            "supports": (supports.exclude(project__status=ProjectStatus.REJECTED), facts),
        }
    )


def _identities(facilities, aliases, links):
    identities = {
        row.pk: Identity(row.pk, {row.tax_code} - {None}, {row.name_key}, {row.unit_id}) for row in facilities
    }
    for alias in aliases:
        identities[alias.facility].codes |= {alias.tax_code} - {""}
        identities[alias.facility].names |= {alias.name_key} - {""}
    linked = defaultdict(set)
    for link in links:
        linked[link.old].add(link.new)
        linked[link.new].add(link.old)
    for row in facilities:
        identities[row.pk].units |= linked[row.unit_id]
    return identities


def _alike(facilities, identities):
    """{facility: {other: what they have in common}} of the facilities; only who shares a code or a name is compared."""
    known_by = defaultdict(set)
    for identity in identities.values():
        for word in identity.codes | identity.names:
            known_by[word].add(identity.pk)
    alike = {}
    for pk in facilities:
        own = identities[pk]
        near = {pk}.union(*(known_by[word] for word in own.codes | own.names))
        alike[pk] = {other: why for other in near if (why := own.shared_with(identities[other]))}
    return alike


def _by_content(supports):
    """{(content of Điều 4, facility): supports}."""
    found = defaultdict(list)
    for row in supports:
        found[row.heading, row.facility].append(row)
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
