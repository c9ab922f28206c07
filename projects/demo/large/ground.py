"""The bodies of 34 provinces and their people, who all share the public password of the demo."""

import math
from dataclasses import dataclass, field
from functools import cached_property

from django.contrib.auth.hashers import make_password

from khuyencong.models import AdministrativeUnit, Division, Organisation, OrganisationKind, Role, UnitLevel, User
from khuyencong.text import fold
from khuyencong.unit_names import name_in_sentence
from projects.demo import cast
from projects.demo.large import words

POSITIONS = {
    "chuyenvien": (Role.OFFICER, "Chuyên viên"),
    "chuyenvien2": (Role.OFFICER, "Chuyên viên"),
    "truongphong": (Role.REVIEWER, "Trưởng phòng Quản lý công nghiệp"),
    "giamdoc": (Role.DIRECTOR, "Giám đốc Sở"),
    "ketoan": (Role.ACCOUNTANT, "Kế toán trưởng"),
}
OF_THE_CENTRE = ("chuyenvien", "chuyenvien2", "ketoan")


@dataclass(frozen=True)
class Place:
    """A commune; `key` is its part of a search key."""

    pk: int
    label: str
    related_names: str

    @cached_property
    def key(self) -> str:
        return fold(f"{self.label} {self.related_names}")


@dataclass
class House:
    """A department with its centre, people and ground; `weight` is its part of the country."""

    unit: AdministrativeUnit
    department: Organisation
    centre: Organisation
    people: dict[str, User]
    old_places: list[Place]
    new_places: list[Place]
    weight: float
    facilities: list = field(default_factory=list)

    @property
    def title(self) -> str:
        """“tỉnh Vĩnh Long”."""
        return name_in_sentence(self.unit.name)


def settle(rng, trail) -> list[House]:
    """The ministry's department and its leader, the administrator, then house after house."""
    password = make_password(cast.PASSWORD)
    agency = _body(OrganisationKind.MINISTRY_DEPT, cast.BODIES["cuc"].name, symbol="ĐCK", place="Hà Nội")
    admin = _person("quantri", Role.ADMIN, "Quản trị hệ thống", words.person(rng), password, is_superuser=True)
    _person("lanhdao", Role.VIEWER, "Phó Cục trưởng", words.person(rng), password, organisation=agency)
    places = _places()
    provinces = AdministrativeUnit.objects.provinces().order_by("code")
    houses = [_house(rng, unit, places, password) for unit in provinces]
    for house in houses:
        for body in (house.department, house.centre):
            trail.now("organisation.create", "Thêm cơ quan, tổ chức", body, admin.pk)
        for user in house.people.values():
            trail.now("user.create", "Thêm người dùng", user, admin.pk)
    return houses


def _house(rng, unit, places, password):
    name = unit.short_name
    title = name_in_sentence(unit.name)
    department = _body(
        OrganisationKind.PROVINCIAL_DEPT, f"Sở Công Thương {title}", symbol="SCT", place=name, area=unit,
        letterhead="Sở Công Thương",
    )  # fmt: skip
    centre = _body(
        OrganisationKind.PROVINCIAL_CENTRE, f"Trung tâm Khuyến công và Tư vấn phát triển công nghiệp {title}",
        symbol="TTKC", place=name, area=unit, parent=department, short_name=f"Trung tâm Khuyến công {name}",
        letterhead="Trung tâm Khuyến công|và Tư vấn phát triển công nghiệp",
    )  # fmt: skip
    people = {
        key: _person(
            f"{key}.{unit.code}", role, position, words.person(rng), password,
            organisation=centre if key in OF_THE_CENTRE else department,
        )
        for key, (role, position) in POSITIONS.items()
    }  # fmt: skip
    old, new = places[Division.OLD, unit.pk], places[Division.NEW, unit.pk]
    rng.shuffle(old), rng.shuffle(new)
    # Large provinces have more than their share, and luck plays its part.
    weight = math.pow(len(new), 1.6) * rng.uniform(0.6, 1.6)
    return House(unit, department, centre, people, old, new, weight)


def _body(kind, name, *, area=None, **fields):
    body = Organisation.objects.create(kind=kind, name=name, is_sample=True, note=words.SAMPLE, **fields)
    if area:
        body.areas.set([area])
    return body


def _person(username, role, position, full_name, password, **fields):
    return User.objects.create(
        username=username, role=role, position=position, full_name=full_name, password=password, is_demo=True,
        is_staff=role == Role.ADMIN, **fields,
    )  # fmt: skip


def _places():
    """{(division, province of today): communes}"""
    rows = AdministrativeUnit.objects.filter(level=UnitLevel.COMMUNE, province__isnull=False).order_by("pk")
    found = {}
    for division, province, *place in rows.values_list("division", "province", "pk", "label", "related_names"):
        found.setdefault((Division(division), province), []).append(Place(*place))
    return found
