"""Places as sheets name them, found without a question to the database for each row."""

from collections import defaultdict

from django.core.exceptions import ValidationError

from khuyencong.forms import UnitField
from khuyencong.models import AdministrativeUnit
from khuyencong.text import fold, search_words
from khuyencong.unit_names import KINDS, short_name_of, spelled_out
from khuyencong.units import own_provinces

COMMUNE_KINDS = tuple(fold(kind) for kind in KINDS if kind in ("Thị trấn", "Đặc khu", "Phường", "Xã"))

WHAT_TO_WRITE = "Ghi đủ tên xã, phường và tỉnh; tên trước 01/07/2025 ghi thêm huyện."


class Places:
    """Communes by name, old or new, those of the person's provinces first; what they lack, the form's field finds."""

    def __init__(self, user):
        near = own_provinces(user)
        units = AdministrativeUnit.objects.communes()
        if near:
            units = units.filter(province__in=near)
        self.named, self.labels, self.known = defaultdict(list), {}, {}
        for unit in units.only("pk", "division", "name", "label", "province_id", "related_names"):
            self.labels[fold(unit.label)] = unit
            for name in {unit.name, short_name_of(unit.name)}:
                self.named[_key(name)].append(unit)
        self.field = UnitField(levels=("commune",))
        self.field.put_first(near)

    def find(self, text):
        """The commune. Raises ValueError that says what to write instead."""
        if text not in self.known:
            self.known[text] = self._find(text)
        found = self.known[text]
        if isinstance(found, str):
            raise ValueError(found)
        return found

    def _find(self, text):
        if found := self.labels.get(fold(text)):
            return found
        name, *around = [part.strip() for part in spelled_out(text).split(",") if part.strip()] or [""]
        units = [unit for unit in self.named.get(_key(name), ()) if _lies_in(unit, around)]
        for narrowed in (
            units,
            [unit for unit in units if fold(unit.name) == fold(name)],
            [unit for unit in units if unit.is_current],
        ):
            if len(narrowed) == 1:
                return narrowed[0]
            units = narrowed or units
        try:
            return self.field.clean(text)
        except ValidationError as refusal:
            # The field's own sentence goes on to tell of suggestions, which a sheet does not have.
            return f"{refusal.messages[0].partition(' Gõ ')[0]} {WHAT_TO_WRITE}"

    def in_address(self, address):
        """(what stands before the commune, the commune) of a whole address, or None where it names none."""
        parts = [part.strip() for part in address.replace(";", ",").replace(" - ", ",").split(",") if part.strip()]
        for at, part in enumerate(parts):
            if fold(spelled_out(part)).startswith(tuple(f"{kind} " for kind in COMMUNE_KINDS)):
                try:
                    return ", ".join(parts[:at]), self.find(", ".join(parts[at:]))
                except ValueError:
                    continue
        return None


def _key(name):
    return " ".join(search_words(name))


def _lies_in(unit, around):
    """Whether the unit's full name holds the places that are written around it."""
    label = f" {_key(unit.label)} "
    return all(f" {_key(short_name_of(part.capitalize()))} " in label or f" {_key(part)} " in label for part in around)
