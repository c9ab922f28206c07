"""How many approved projects of a year lie where: in the communes of a province, or in provinces.

A project lies where the list filtered by that place finds it: by its own place or that of a facility, old or new
(`Project.objects.in_place`); one with facilities in several places counts in each.
"""

from collections import defaultdict
from dataclasses import dataclass
from typing import NamedTuple

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet

from khuyencong.models import Division, UnitLevel, UnitPart
from projects.models import DONE_PROJECT, Beneficiary

# Of the places those that are seen at once; the rest is folded.
SHOWN = 10


@dataclass(frozen=True)
class Place:
    """`key` is None for projects whose place is not known so far down."""

    key: int | None
    name: str
    label: str
    planned: int
    done: int

    @property
    def open(self):
        return self.planned - self.done


class ByPlace(NamedTuple):
    """The places of a plan year as the first page shows them, most projects first; drawn once for the same figures."""

    places: tuple[Place, ...]
    year: int
    by_province: bool

    @property
    def first(self):
        return self.places[:SHOWN]

    @property
    def others(self):
        return self.places[SHOWN:]

    @property
    def most(self):
        """What every bar is drawn against."""
        return max((place.planned for place in self.places), default=0)


def commune_questions(projects: QuerySet) -> dict:
    """Pairs of a project and a commune of today, for `together`; the same pair may come twice."""
    return {
        "own_today": _in_today(projects, "unit"),
        "own_before": _in_heirs(projects, "unit"),
        "held_today": _in_today(projects, "beneficiaries__facility__unit"),
        "held_before": _in_heirs(projects, "beneficiaries__facility__unit"),
    }


def _in_today(projects, unit):
    rows = projects.filter(**{f"{unit}__division": Division.NEW, f"{unit}__level": UnitLevel.COMMUNE})
    return _pairs(rows, unit)


def _in_heirs(projects, unit):
    links = f"{unit}__later_links"
    on_its_ground = Q(**{f"{unit}__level": UnitLevel.COMMUNE}) | Q(**{f"{links}__part": UnitPart.WHOLE})
    rows = projects.filter(on_its_ground, **{f"{links}__successor__level": UnitLevel.COMMUNE})
    return _pairs(rows, f"{links}__successor")


def _pairs(rows, unit):
    return rows, {"project": "pk", "status": "status", **_named(unit)}


def _named(unit):
    paths = {"place": unit, "name": f"{unit}__name", "label": f"{unit}__label", "order": f"{unit}__sort_key"}
    return {name: F(path) for name, path in paths.items()}


def communes(found: dict, planned: int, done: int) -> list[Place]:
    """Of the answers of `commune_questions`, most projects first; the last is what is not known by commune."""
    holds, names, known = defaultdict(dict), {}, {}
    for rows in found.values():
        for row in rows:
            names[row.place] = row
            holds[row.place][row.project] = known[row.project] = row.status in DONE_PROJECT
    places = [_place(names[key], len(held), sum(held.values())) for key, held in holds.items()]
    return _with_rest(_sorted(places, names), planned - len(known), done - sum(known.values()))


OF_PROVINCES = ("held", "alone", "known")


def province_questions(projects: QuerySet) -> dict:
    """Numbers by province of today: of projects with a facility there, and of the others that lie there themselves.

    And by status of all that lie somewhere. Each by the `province` that keeps the projects.
    """
    held = Beneficiary.objects.filter(project__in=projects.values("pk"))
    same = Beneficiary.objects.filter(project=OuterRef("pk"), facility__unit__province=OuterRef("unit__province"))
    alone = projects.filter(~Exists(same), unit__isnull=False)
    somewhere = Beneficiary.objects.filter(project=OuterRef("pk"), facility__unit__province__isnull=False)
    # What lies nowhere is the rest: asked for itself, it would be sought among the projects of all years.
    known = projects.filter(Q(unit__isnull=False) | Exists(somewhere)).values("province", "status")
    return {
        "held": _by_province(held, "facility__unit__province", "project"),
        "alone": _by_province(alone, "unit__province", ""),
        "known": (
            known.annotate(known_count=Count("pk")),
            {"province": "province", "status": "status", "count": "known_count"},
        ),
    }


def _by_province(rows, province, project):
    status, keeper = (f"{project}__status", f"{project}__province") if project else ("status", "province")
    what = project or "pk"
    rows = rows.order_by().values(keeper, *(path.name for path in _named(province).values())).annotate(
        planned_count=Count(what, distinct=True),
        done_count=Count(what, distinct=True, filter=Q(**{f"{status}__in": DONE_PROJECT})),
    )  # fmt: skip
    counts = {"planned": F("planned_count"), "done": F("done_count")}
    return rows, {"province": F(keeper), **counts, **_named(province)}


def provinces(found: dict, planned: int, done: int) -> list[Place]:
    """Of the answers of `province_questions`, most projects first; the last is what is not known by province."""
    planned_there, done_there, names = defaultdict(int), defaultdict(int), {}
    for row in (*found["held"], *found["alone"]):
        planned_there[row.place] += row.planned
        done_there[row.place] += row.done
        names[row.place] = row
    places = [_place(names[key], planned_there[key], done_there[key]) for key in planned_there]
    known = sum(row.count for row in found["known"])
    known_done = sum(row.count for row in found["known"] if row.status in DONE_PROJECT)
    return _with_rest(_sorted(places, names), planned - known, done - known_done)


def _place(row, planned, done):
    return Place(row.place, row.name, row.label, planned, done)


def _sorted(places, names):
    return sorted(places, key=lambda place: (-place.planned, names[place.key].order, place.key))


def _with_rest(places, planned, done):
    return [*places, Place(None, "Không ghi địa bàn", "", planned, done)] if planned else places
