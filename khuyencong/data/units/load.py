"""Fill the tables of administrative units from the three files of this folder; README.md says what they hold.

Works on the models of a migration, so the columns that models fill in `save()` are computed here.
"""

import csv
import gzip
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from django.db.models import F

from khuyencong.text import sort_key
from khuyencong.unit_names import name_in_sentence, unit_search_key

FOLDER = Path(__file__).resolve().parent
# A parent, and the province of today, before what lies in it.
INSERTED = [("new", "province"), ("old", "province"), ("old", "district"), ("old", "commune"), ("new", "commune")]
BATCH_SIZE = 1000
LEVEL_ABOVE = {("old", "district"): "province", ("old", "commune"): "district", ("new", "commune"): "province"}
# Said of a unit that ended in the mergers of 2023-2025 when another took over its full name.
BEFORE_MERGER = "trước khi sắp xếp"


class Key(NamedTuple):
    division: str
    level: str
    code: str


class UnitTables:
    """The three files, read and linked.

    `rows` is {Key: row} with a unit's parent before the unit, `links` are rows with the keys `old` and `new`,
    `aliases` are rows with the keys `unit` and `parent` (None for a province).
    """

    def __init__(self):
        self.rows = {Key(row["version"], row["level"], row["code"]): row for row in read("administrative_units.csv.gz")}
        self.links = [
            row
            | {"old": Key("old", row["kind"], row["old_code"]), "new": Key("new", row["new_level"], row["new_code"])}
            for row in read("successions.csv.gz")
        ]
        self.aliases = []
        for row in read("other_names.csv"):
            unit = Key(row["version"], row["level"], row["code"])
            parent = self.parent(unit)
            self.aliases.append(row | {"unit": unit, "parent": parent and parent._replace(code=row["parent_code"])})

    @cached_property
    def above(self) -> dict[Key, tuple[Key, ...]]:
        """The units that hold each unit, from the nearest up."""
        above = {}
        for key, row in self.rows.items():
            level = LEVEL_ABOVE.get(key[:2])
            parent = Key(key.division, level, row["parent_code"])
            above[key] = (parent, *above[parent]) if level else ()
        return above

    def parent(self, key: Key) -> Key | None:
        return next(iter(self.above[key]), None)

    @cached_property
    def aliases_of(self) -> Mapping[Key, list[dict]]:
        found = defaultdict(list)
        for alias in self.aliases:
            found[alias["unit"]].append(alias)
        return found

    @cached_property
    def labels(self) -> dict[Key, str]:
        """The full name of each unit, no two alike."""
        labels = {key: self._full_name(key) for key in self.rows}
        counts = Counter(labels.values())
        for key, label in labels.items():
            if counts[label] > 1 and self.rows[key]["cut"] == "earlier":
                labels[key] = f"{label} ({BEFORE_MERGER})"
        return labels

    def _full_name(self, key: Key) -> str:
        if key[:2] == ("old", "province"):
            return f"{self.rows[key]['name']} (cũ)"
        # A unit that ended before June 2025 stood in a district, in a province, of the name of then.
        name_then = self._earlier_names if self.rows[key]["cut"] == "earlier" else {}
        names_above = [name_then.get(parent, self.rows[parent]["name"]) for parent in self.above[key]]
        return ", ".join([self.rows[key]["name"], *map(name_in_sentence, names_above)])

    @cached_property
    def _earlier_names(self) -> dict[Key, str]:
        return {alias["unit"]: alias["name"] for alias in self.aliases if alias["relation"] == "earlier"}

    @cached_property
    def todays_province(self) -> dict[Key, Key]:
        """The province of today on the ground of each unit."""
        heirs = {link["old"]: link["new"] for link in self.links if link["old"].level == "province"}
        found = {}
        for key in self.rows:
            top = [key, *self.above[key]][-1]
            found[key] = heirs.get(top, top)
        return found

    def aliases_above(self, key: Key) -> list[str]:
        return [alias["name"] for parent in self.above[key] for alias in self.aliases_of.get(parent, ())]

    def search_key(self, key: Key) -> str:
        aliases = [alias["name"] for alias in self.aliases_of.get(key, ())]
        return unit_search_key(
            self.rows[key]["name"],
            self.labels[key],
            aliases=sorted(set(aliases)),
            aliases_above=sorted(set(self.aliases_above(key))),
        )

    def related_names(self, key: Key) -> str:
        """By what other names a person may look for what lies in this unit."""
        relatives = self._relatives.get(key, ())
        names = chain(
            self._other_names(key),
            (self.labels[relative] for relative in relatives),
            chain.from_iterable(map(self._other_names, relatives)),
        )
        return "; ".join(dict.fromkeys(names))

    @cached_property
    def _relatives(self) -> Mapping[Key, list[Key]]:
        """Units of the other division on the same ground: of the same level, or else the nearest above."""
        relatives = defaultdict(list)
        with_heirs = {link["old"] for link in self.links if link["old"].level == link["new"].level}
        for link in self.links:
            old, new = link["old"], link["new"]
            # A district whose whole ground became one commune, as the islands did, counts as its predecessor.
            same_ground = old.level == new.level or (new.level == "commune" and link["part"] == "whole")
            if same_ground:
                relatives[new].append(old)
            if same_ground or (new.level == "province" and old not in with_heirs):
                relatives[old].append(new)
        return relatives

    def _other_names(self, key: Key) -> Iterator[str]:
        for alias in self.aliases_of.get(key, ()):
            moved = alias["parent"] != self.parent(key)
            yield f"{alias['name']}, {name_in_sentence(self.rows[alias['parent']]['name'])}" if moved else alias["name"]
        yield from self.aliases_above(key)


def read(filename: str) -> list[dict]:
    data = (FOLDER / filename).read_bytes()
    if filename.endswith(".gz"):
        data = gzip.decompress(data)
    return list(csv.DictReader(data.decode().splitlines()))


def load_units(apps, schema_editor) -> None:
    """Insert every unit, succession and alias; the operation of a migration."""
    tables = UnitTables()
    connection = schema_editor.connection
    ids = insert_units(connection, apps.get_model("khuyencong", "AdministrativeUnit"), tables)
    insert(
        connection, apps.get_model("khuyencong", "UnitSuccession"), [link_columns(link, ids) for link in tables.links]
    )
    insert_aliases(apps.get_model("khuyencong", "UnitAlias"), tables, ids)


def insert(connection, model, rows: Sequence[Mapping]) -> None:
    """Insert rows of {column: value}, many to a statement: model instances would take three times as long."""
    columns = rows[0].keys()
    into = f"{model._meta.db_table} ({', '.join(columns)})"
    placeholders = f"({', '.join(['%s'] * len(columns))})"
    with connection.cursor() as cursor:
        for start in range(0, len(rows), BATCH_SIZE):
            batch = rows[start : start + BATCH_SIZE]
            values = list(chain.from_iterable(row.values() for row in batch))
            cursor.execute(f"INSERT INTO {into} VALUES {', '.join([placeholders] * len(batch))}", values)


def insert_units(connection, model, tables: UnitTables) -> dict[Key, int]:
    """Insert level by level, since a unit needs the ids of its parent and its province; {Key: id}."""
    ids = {}
    for division, level in INSERTED:
        rows = [unit_columns(tables, ids, key) for key in tables.rows if key[:2] == (division, level)]
        insert(connection, model, rows)
        inserted = model.objects.filter(division=division, level=level)
        if (division, level) == ("new", "province"):
            inserted.update(province_id=F("pk"))
        ids |= {Key(division, level, code): pk for code, pk in inserted.values_list("code", "pk")}
    return ids


def unit_columns(tables: UnitTables, ids: Mapping[Key, int], key: Key) -> dict:
    row = tables.rows[key]
    return {
        "division": key.division,
        "level": key.level,
        "code": key.code,
        "name": row["name"],
        "short_name": row["short_name"],
        "kind": row["kind"],
        "parent_id": (parent := tables.parent(key)) and ids[parent],
        "province_id": ids.get(tables.todays_province[key]),  # a province of today gets its own afterwards
        "valid_from": row["valid_from"] or None,
        "valid_to": row["valid_to"] or None,
        "has_ended": key.division == "old",
        "label": tables.labels[key],
        "search_key": tables.search_key(key),
        "related_names": tables.related_names(key),
        "sort_key": sort_key(row["short_name"]),
    }


def link_columns(link: Mapping, ids: Mapping[Key, int]) -> dict:
    return {
        "predecessor_id": ids[link["old"]],
        "successor_id": ids[link["new"]],
        "part": link["part"],
        "source": link["source"],
    }


def insert_aliases(model, tables: UnitTables, ids: Mapping[Key, int]) -> None:
    aliases = model.objects.bulk_create(
        model(
            unit_id=ids[alias["unit"]],
            name=alias["name"],
            relation=alias["relation"],
            parent_id=alias["parent"] and ids[alias["parent"]],
            valid_from=alias["valid_from"] or None,
            valid_to=alias["valid_to"] or None,
            act=alias["act"],
            source=alias["source"],
            # An act without a date of effect is known from one list only.
            needs_check=alias["relation"] == "later" and not alias["valid_from"],
        )
        for alias in tables.aliases
    )
    places = model.successors.through
    places.objects.bulk_create(
        places(unitalias_id=alias.pk, administrativeunit_id=ids["new", "commune", code])
        for alias, row in zip(aliases, tables.aliases, strict=True)
        for code in row["new_codes"].split()
    )


def unload_units(apps, schema_editor) -> None:
    """Take out what `load_units` put in; refused while a record stands on a unit."""
    unit_model = apps.get_model("khuyencong", "AdministrativeUnit")
    apps.get_model("khuyencong", "UnitAlias").objects.all().delete()
    apps.get_model("khuyencong", "UnitSuccession").objects.all().delete()
    # Units point at each other; no order of deletion would do.
    unit_model.objects.update(parent=None, province=None)
    unit_model.objects.all().delete()
