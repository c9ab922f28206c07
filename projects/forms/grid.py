"""Read what was typed or pasted into the sheet of a plan: texts into values, each refusal at its cell."""

import json

from django import forms
from django.core.exceptions import ValidationError

from beneficiaries.forms import FacilityField
from beneficiaries.models import Facility
from khuyencong.dates import short_date
from khuyencong.forms import MAX_AMOUNT, PlaceField, VnDateField, VndField
from khuyencong.money import format_vnd
from khuyencong.text import fold, nfc, quoted, search_words
from khuyencong.together import Question
from khuyencong.units import own_provinces
from programs.models import ActivityContent
from projects.forms.entry import bodies_around, in_force
from projects.models import Place, Project
from projects.services.grid import FACILITY, PLACE, TOTAL, Cell, TypedRow

MOST_ROWS = 500
LONGEST_NAME = Project._meta.get_field("name").max_length


class NamedField(forms.Field):
    """One of a short list, by name, shorter name, beginning, or words that it alone has; accents or not."""

    def __init__(self, rows, *, label_of=str, others_of=lambda row: (), **kwargs):
        super().__init__(required=False, **kwargs)
        self.label_of = label_of
        self.rows = [(label_of(row), {fold(text) for text in others_of(row) if text}, row) for row in rows]

    def to_python(self, value):
        text = nfc(value or "")
        if not text:
            return None
        folded, words = fold(text), search_words(text)
        tests = (
            lambda label, others: label == text,
            lambda label, others: fold(label) == folded,
            lambda label, others: folded in others,
            lambda label, others: fold(label).startswith(folded),
            lambda label, others: words and all(word in fold(label) for word in words),
        )
        for test in tests:
            found = [row for label, others, row in self.rows if test(label, others)]
            if len(found) == 1:
                return found[0]
            if found:
                names = "; ".join(self.label_of(row) for row in found[:4])
                raise ValidationError(f"{quoted(text)} có thể là: {names}. Ghi rõ một tên.")
        names = "; ".join(label for label, _others, _row in self.rows[:4])
        raise ValidationError(f"Danh mục không có {quoted(text)}" + (f"; ví dụ: {names}." if names else "."))


class NameField(forms.CharField):
    def to_python(self, value):
        return nfc(super().to_python(value) or "")


CONTENTS = Question(
    "contents of sheet",
    lambda plan: in_force(ActivityContent.objects.all(), plan).select_related("parent"),
    keys=None,
)
BODIES = Question(
    "bodies of sheet",
    lambda plan: bodies_around(Project(owner=plan.owner, province_id=plan.province_id)),
    keys=None,
)
GROUPS = Question("groups of sheet", lambda plan: plan.groups.all())
QUESTIONS = (CONTENTS, BODIES, GROUPS)


class SheetReader:
    """The fields of the sheet of one plan for one person; equal texts are looked up once."""

    def __init__(self, plan, user, columns):
        self.plan, self.user = plan, user
        self.columns = {column.key: column for column in columns}
        self.contents, self.bodies, self.groups = CONTENTS.of(plan), BODIES.of(plan), GROUPS.of(plan)
        self.fields = self._fields()
        self.known = {}

    def _fields(self):
        facilities = Facility.objects.visible_to(self.user).select_related("unit")
        place = PlaceField(required=False, levels=("commune",))
        place.put_first(own_provinces(self.user))
        fields = {
            "name": NameField(required=False, max_length=LONGEST_NAME),
            "content": NamedField(self.contents, others_of=lambda row: (row.short_name, row.code)),
            FACILITY: FacilityField(required=False, queryset=facilities),
            "unit": place,
            "implementing_unit": NamedField(self.bodies, label_of=lambda row: row.name),
            "group": NamedField(self.groups, others_of=lambda row: (str(row.number),)),
            "starts_on": VnDateField(required=False),
            "ends_on": VnDateField(required=False),
            TOTAL: VndField(required=False, max_value=MAX_AMOUNT, with_words=False),
            PLACE: NamedField(Place, label_of=lambda row: row.label),
        }
        money = {key for key, column in self.columns.items() if column.is_money} - {TOTAL}
        return fields | {key: VndField(required=False, with_words=False) for key in money}

    def cell(self, key, seen, text):
        """A typed cell, read; its text as it will be shown once saved."""
        kept = self.known.get((key, text))
        if kept is None:
            try:
                value = self.fields[key].clean(text)
                kept = (self._shown(key, value), value, "")
            except ValidationError as refusal:
                kept = (nfc(text), None, " ".join(refusal.messages))
            self.known[key, text] = kept
        shown, value, error = kept
        if key == PLACE and value is None and not error:
            error = "Chọn: trong kế hoạch, dự phòng hoặc ngoài kế hoạch."
        return Cell(seen, shown, value, error)

    def _shown(self, key, value):
        if not value:
            return ""
        kind = self.columns[key].kind
        if kind == "money":
            return format_vnd(value)
        if kind == "date":
            return short_date(value)
        if kind == "mark":
            return value.label
        if kind in ("place", "facility"):
            return self.fields[key].label_of(value) if kind == "facility" else value.label
        return value if kind == "text" else value.name

    def rows(self, sent):
        """TypedRows out of what the script sent; ValidationError for what it never sends."""
        if not isinstance(sent, list) or not all(isinstance(row, dict) for row in sent):
            raise ValidationError("Không đọc được bảng gửi lên; tải lại trang.")
        if len(sent) > MOST_ROWS:
            raise ValidationError(f"Mỗi lần lưu tối đa {MOST_ROWS} dòng.")
        return [self._row(row) for row in sent]

    def _row(self, row):
        pk, version, cells = row.get("pk"), row.get("version"), row.get("cells") or {}
        is_read = isinstance(cells, dict) and all(_is_pair(pair) for pair in cells.values())
        if not is_read or not all(item is None or type(item) is int for item in (pk, version)):
            raise ValidationError("Không đọc được dòng gửi lên; tải lại trang.")
        typed = {key: self.cell(key, *pair) for key, pair in cells.items() if key in self.columns}
        return TypedRow(str(row.get("key") or ""), pk, typed, row.get("drop") is True, version)


def _is_pair(pair):
    return isinstance(pair, list) and len(pair) == 2 and all(isinstance(text, str) for text in pair)


def posted_rows(reader, data, count):
    """TypedRows out of the form without script: the cells that differ from what the page showed."""
    rows = []
    for number in range(min(count, MOST_ROWS)):
        was = read_object(data.get(f"row-{number}-was", ""))
        cells = {}
        for key in reader.columns:
            text, seen = data.get(f"row-{number}-{key}"), str(was.get(key, ""))
            if data.get(f"keep-{number}-{key}") == "theirs":
                text = seen
            if text is not None and nfc(text) != seen:
                cells[key] = reader.cell(key, seen, text)
        pk = was.get("pk")
        key = str(was.get("key") or f"n{number}")
        rows.append(TypedRow(key, pk if type(pk) is int else None, cells))
    return rows


def read_object(text):
    """What a page or its script sent as JSON; {} for what is no object."""
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
