"""What projects and facilities were on a past day where they are something else today: content, place, legal form,
industry, whether outside the province.

Of an approved project decisions changed these, and each keeps what stood before it; of a facility the trail tells.
Words lead back to the rows of the catalogues, whose names are each their own; words that no row bears any longer leave
things as they are today. What was entered only after the day counts as entered.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property

from beneficiaries.models import Facility, Industry, LegalForm
from khuyencong.models import AdministrativeUnit, AuditEntry
from programs.models import ActivityContent, AmendmentKind
from projects.models import Amendment, AmendmentStatus, Beneficiary, Project


@dataclass(frozen=True)
class Formerly:
    """Each is {key: what stood then} of those that changed since; headings, industries and units may be None.

    `headings` and `project_units` are of projects, the rest of facilities; industries by code.
    """

    headings: Mapping[int, int | None] = field(default_factory=dict)
    project_units: Mapping[int, int | None] = field(default_factory=dict)
    legal_forms: Mapping[int, str] = field(default_factory=dict)
    industries: Mapping[int, str | None] = field(default_factory=dict)
    units: Mapping[int, int | None] = field(default_factory=dict)
    outside: Mapping[int, bool] = field(default_factory=dict)

    @cached_property
    def was_outside(self) -> list[int]:
        return [key for key, was in self.outside.items() if was]

    @cached_property
    def was_inside(self) -> list[int]:
        return [key for key, was in self.outside.items() if not was]

    @cached_property
    def kept(self) -> dict:
        """Room for what is worked out of these once."""
        return {}


NOTHING_CHANGED = Formerly()


def formerly(day: date, end: datetime) -> Formerly:
    """As things stood at the end of a day, `end` being the first moment after it. Five questions at most."""
    contents, project_units = _told_by_decisions(day)
    of_facilities = _told_by_trail(end)
    labels = {*project_units.values(), *of_facilities["unit"].values()}
    units = dict(AdministrativeUnit.objects.filter(label__in=labels).values_list("label", "pk")) if labels else {}
    headings = _headings() if contents else {}
    industries = dict(Industry.objects.values_list("name", "code")) if of_facilities["industry"] else {}
    forms = {label: value for value, label in LegalForm.choices}
    return Formerly(
        headings=_looked_up(contents, headings),
        project_units=_looked_up(project_units, units),
        legal_forms=_looked_up(of_facilities["legal_form"], forms),
        industries=_looked_up(of_facilities["industry"], industries),
        units=_looked_up(of_facilities["unit"], units),
        outside={key: word == "có" for key, word in of_facilities["is_outside_province"].items()},
    )


def _looked_up(told, rows):
    return {key: rows.get(word) for key, word in told.items() if not word or word in rows}


def _headings():
    rows = ActivityContent.objects.values_list("name", "parent", "pk")
    return {name: parent or pk for name, parent, pk in rows}


def _told_by_decisions(day):
    """({project: content in words}, {project: place in words}) before the first decision after the day."""
    paths = {AmendmentKind.CONTENT: "content", AmendmentKind.PLACE: "unit"}
    labels = {kind: str(Project._meta.get_field(name).verbose_name) for kind, name in paths.items()}
    told = {kind: {} for kind in paths}
    rows = Amendment.objects.filter(status=AmendmentStatus.APPROVED, decision_on__gt=day, kind__in=list(paths))
    for kind, project, changes in rows.order_by("number").values_list("kind", "project", "changes"):
        for label, before, _after in changes:
            if label == labels[kind]:
                told[kind].setdefault(project, before)
    return told[AmendmentKind.CONTENT], told[AmendmentKind.PLACE]


def _told_by_trail(end):
    """{field: {facility: words before its first change}}; without facilities that were entered later."""
    names = ("legal_form", "industry", "unit", "is_outside_province")
    fields = {str(Facility._meta.get_field(name).verbose_name): name for name in names}
    told, entered = {name: {} for name in names}, set()
    entries = AuditEntry.objects.filter(subject_type=Facility._meta.label_lower, at__gte=end)
    entries = entries.exclude(action="facility.create").order_by("pk")
    for facility, changes in entries.values_list("subject_id", "changes"):
        found = {fields[label]: before for label, before, _after in changes if label in fields}
        if found.get("legal_form") == "":
            entered.add(facility)
        if facility not in entered:
            for name, before in found.items():
                told[name].setdefault(facility, before)
    return told


def moved_into(then: Formerly, places: Callable[[], set[int]]) -> tuple[set[int], set[int]]:
    """(projects whose place, or that of a facility, is another today; those of them that then lay in the places)."""
    rows = Beneficiary.objects.filter(facility__in=list(then.units)).values_list("project", flat=True)
    moved = {*then.project_units, *(rows.distinct() if then.units else ())}
    if not moved:
        return set(), set()
    within, inside = places(), set()
    for project, unit in Project.objects.filter(pk__in=moved).values_list("pk", "unit"):
        if then.project_units.get(project, unit) in within:
            inside.add(project)
    held = Beneficiary.objects.filter(project__in=moved).values_list("project", "facility", "facility__unit")
    inside |= {project for project, facility, unit in held if then.units.get(facility, unit) in within}
    return moved, inside
