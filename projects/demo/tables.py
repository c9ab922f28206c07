"""The data files of the demo: facilities, projects, works and machines that are too many for code."""

import csv
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from khuyencong.models import AdministrativeUnit

FOLDER = Path(__file__).parent / "data"
MILLION = 1_000_000
SOURCE_COLUMNS = ("KCQG", "KCDP", "COUNTERPART")


def read(name) -> list[dict[str, str]]:
    with (FOLDER / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def unit(division, level, code) -> AdministrativeUnit:
    return AdministrativeUnit.objects.select_related("province").get(division=division, level=level, code=code)


def day(text) -> date | None:
    return date.fromisoformat(text) if text else None


def split(amount, parts) -> list[int]:
    """An amount in đồng in equal parts of whole millions; the first takes the rest."""
    part = amount // parts // MILLION * MILLION
    return [amount - part * (parts - 1), *[part] * (parts - 1)]


@dataclass(frozen=True)
class Sketch:
    """A project as a story tells it. `amounts` are {source code: đồng}, `shares` the same for each facility.

    `fate` is the state it comes to; `more` holds what only one story asks for.
    """

    plan: str
    name: str
    content: str
    fate: str
    starts_on: date
    ends_on: date
    amounts: dict[str, int]
    facilities: tuple[str, ...] = ()
    shares: tuple[dict[str, int], ...] = ()
    items: tuple[str, ...] = ()
    kind: str = "project"
    accepted_on: date | None = None
    more: dict[str, str] | None = None

    @classmethod
    def from_row(cls, row):
        """A line of a `*_projects` file: facilities share equally and buy the same unless the line says how."""
        amounts = {code: int(row[code.lower()]) for code in SOURCE_COLUMNS if row[code.lower()]}
        facilities = tuple(row["facilities"].split())
        return cls(
            plan=row["plan"],
            name=row["name"],
            content=row["content"],
            fate=row["fate"],
            starts_on=day(row["starts_on"]),
            ends_on=day(row["ends_on"]),
            amounts=amounts,
            facilities=facilities,
            shares=_shares_of(row, amounts, len(facilities)),
            items=_items_of(row, len(facilities)),
            kind=row["kind"],
            accepted_on=day(row["accepted_on"]),
            more=row,
        )


def _items_of(row, count):
    items = row["item"].split("|")
    return tuple(items if len(items) == count else items * count)


def _shares_of(row, amounts, count):
    if row.get("shares"):
        pairs = [pair.split(":") for pair in row["shares"].split()]
        return tuple({"KCDP": int(support), "COUNTERPART": int(own)} for support, own in pairs)
    parts = {code: split(amount, count) for code, amount in amounts.items()} if count else {}
    return tuple({code: parts[code][number] for code in parts} for number in range(count))


def envelope(sketches) -> dict[str, int]:
    """What the lines ask of each source of the State: {source code: đồng}."""
    total = {}
    for sketch in sketches:
        for code in ("KCQG", "KCDP"):
            total[code] = total.get(code, 0) + sketch.amounts.get(code, 0)
    return {code: amount for code, amount in total.items() if amount}
