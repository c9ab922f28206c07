"""The tables of rows on the pages of a handover: people, items, contracts, papers.

Rows are posted whole and replace the stored ones. Adding, removing, filling and pasting rows are submits that change
what was posted and show it again, so that all of it works without script and nothing typed is lost.
"""

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from django import forms
from django.forms.utils import ErrorDict

from khuyencong.forms import Conflict, UnitField, VnDateField, VnDecimalField, VndField, posted
from khuyencong.money import format_vnd
from khuyencong.text import nfc
from projects.models import (
    HandoverContract,
    HandoverItem,
    HandoverPaper,
    HandoverPerson,
    ItemKind,
    Side,
)
from projects.services.handover import contract_line, item_line, paper_line, person_line

# All rows of one paper together stay below DATA_UPLOAD_MAX_NUMBER_FIELDS.
MOST_ITEMS = 250
MOST_ROWS = 100
MOST_PEOPLE = 30
READ_ROWS = 1000
PASTED_COLUMNS = ("name", "specification", "unit_name", "quantity", "amount", "condition", "note")
ACT = re.compile(r"(?P<prefix>[a-z]+)-(?P<verb>add|paste|remove-(?P<number>\d{1,4}))")


class UnreadMixin:
    """A form that is shown again as typed, without being read and without errors, when `unread` is set."""

    unread = False

    def full_clean(self):
        if not self.unread:
            return super().full_clean()
        self._errors, self.cleaned_data = ErrorDict(), {}
        return None


class CleanTextMixin:
    """Text is stored as Vietnamese is composed, without what cannot be seen; paragraphs keep their lines."""

    def clean(self):
        cleaned = super().clean() or self.cleaned_data
        for name, value in cleaned.items():
            if isinstance(value, str):
                cleaned[name] = "\n".join(map(nfc, value.splitlines())) if "\n" in value else nfc(value)
        return cleaned


class PlaceField(UnitField):
    """A place; the full label, as suggestions give it, is read without a search."""

    def clean(self, value):
        found = self.queryset.filter(label=nfc(value or "")).first()
        return found or super().clean(value)


class ListedSourceField(forms.ChoiceField):
    """A source of money out of a list that all rows share, so that rows cost no query."""

    def offer(self, sources):
        self.sources = {str(source.pk): source for source in sources}
        self.choices = [("", ""), *((key, source.short_name or source.name) for key, source in self.sources.items())]

    def clean(self, value):
        key = super().clean(value)
        return self.sources[key] if key else None

    def prepare_value(self, value):
        return getattr(value, "pk", value)


class RowForm(UnreadMixin, CleanTextMixin, forms.ModelForm):
    """One row of a table. A row in which none of `telling` is filled counts as not there."""

    telling = ()
    unlike = ()

    def has_changed(self):
        return any(str(self[name].data or "").strip() for name in self.telling)


class RowFormSet(forms.BaseFormSet):
    noun = "Dòng"
    unread = False

    def __init__(self, *args, unread=False, **kwargs):
        self.unread = unread
        super().__init__(*args, **kwargs)
        self.error_messages["too_many_forms"] = "Tối đa %(num)d dòng: bớt dòng, hoặc gộp các dòng giống nhau."

    def get_form_kwargs(self, index):
        return super().get_form_kwargs(index) | {"empty_permitted": True, "use_required_attribute": False}

    def add_fields(self, form, index):
        """Every cell says its row and column, on the list of errors and to screen readers."""
        form.unread = self.unread
        for cell in form.fields.values():
            cell.label = f"{self.noun} {index + 1}, {cell.label[:1].lower()}{cell.label[1:]}"
            cell.widget.attrs |= {"aria-label": cell.label, "class": "cell"}
        if self.unread and index + 1 == self.total_form_count() and not form.has_changed():
            form.fields[form.telling[0]].widget.attrs["autofocus"] = True

    def clean(self):
        """Two rows that may not be alike are told at the second."""
        for name in self.form.unlike:
            seen = {}
            for number, form in enumerate(self.forms, 1):
                value = form.cleaned_data.get(name) if form.is_valid() else None
                if value and value in seen:
                    form.add_error(name, f"Đã ghi ở dòng {seen[value]}: gộp hai dòng hoặc sửa lại.")
                seen.setdefault(value, number)

    @property
    def filled(self):
        return [form for form in self.forms if form.has_changed()]

    @property
    def rows(self):
        """What the service takes: the unsaved instances of the rows that are filled."""
        return [form.instance for form in self.filled]


class PersonForm(RowForm):
    telling = ("name", "title", "body")

    class Meta:
        model = HandoverPerson
        fields = ("side", "salutation", "name", "title", "body", "signs", "signing_mode", "signing_capacity")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if "side" in self.fields:
            self.fields["side"].choices = [(side.value, side.label) for side in (Side.GIVER, Side.WITNESS)]
        self.fields["salutation"].choices = [("", ""), ("Ông", "Ông"), ("Bà", "Bà")]


class ReceiverPersonForm(PersonForm):
    telling = ("name", "title")

    class Meta(PersonForm.Meta):
        fields = ("salutation", "name", "title", "signs", "signing_mode", "signing_capacity")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.instance.side = Side.RECEIVER


class ItemForm(RowForm):
    telling = ("name", "specification", "unit_name", "quantity", "amount", "place", "condition", "note")
    quantity = VnDecimalField(
        label="Số lượng", required=False, max_digits=14, decimal_places=2, min_value=0,
        error_messages={
            "min_value": "Số lượng không thể âm.",
            "max_digits": "Số quá lớn: tối đa 12 chữ số trước dấu phẩy.",
            "max_whole_digits": "Số quá lớn: tối đa 12 chữ số trước dấu phẩy.",
            "max_decimal_places": "Tối đa 2 chữ số sau dấu phẩy.",
        },
    )  # fmt: skip
    amount = VndField(label="Giá trị", required=False, with_words=False)
    source = ListedSourceField(label="Nguồn vốn", required=False)
    place = PlaceField(label="Địa điểm", required=False)

    class Meta:
        model = HandoverItem
        fields = (
            "kind", "name", "specification", "unit_name", "quantity", "amount", "is_at_least", "source", "place",
            "condition", "note",
        )  # fmt: skip

    def __init__(self, *args, sources, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["source"].offer(sources)
        # Up to the comma: the cell is narrow.
        self.fields["kind"].choices = [(kind.value, kind.label.partition(",")[0]) for kind in ItemKind]


class ContractForm(RowForm):
    """A contract with one cell of money per source."""

    unlike = ("number",)
    signed_on = VnDateField(label="Ngày ký", required=False)

    class Meta:
        model = HandoverContract
        fields = ("beneficiary", "number", "signed_on", "note")

    def __init__(self, *args, sources, **kwargs):
        super().__init__(*args, **kwargs)
        self.sources = sources
        for source in sources:
            self.fields[self.cell_of(source)] = VndField(label=source.name, required=False, with_words=False)
        self.telling = tuple(self.fields)

    @staticmethod
    def cell_of(source):
        return f"amount_{source.pk}"

    @property
    def money_cells(self):
        return [self[self.cell_of(source)] for source in self.sources]

    @property
    def amounts(self):
        given = {source: self.cleaned_data.get(self.cell_of(source)) for source in self.sources}
        return {source: amount for source, amount in given.items() if amount}


class ContractFormSet(RowFormSet):
    noun = "Hợp đồng"

    @property
    def rows(self):
        """[(unsaved contract, {FundingSource: đồng})]."""
        return [(form.instance, form.amounts) for form in self.filled]


class PaperForm(RowForm):
    telling = ("name", "number", "dated_on", "sheet_count")
    dated_on = VnDateField(label="Ngày", required=False)
    sheet_count = forms.IntegerField(
        label="Số tờ", required=False, min_value=1, max_value=1_000_000, widget=forms.TextInput,
        error_messages={
            "min_value": "Số tờ từ 1.", "max_value": "Số tờ quá lớn.", "invalid": "Gõ một số nguyên, ví dụ 12.",
        },
    )  # fmt: skip

    class Meta:
        model = HandoverPaper
        fields = ("name", "number", "dated_on", "sheet_count", "copy_kind")


class PersonFormSet(RowFormSet):
    noun = "Người"


class PaperFormSet(RowFormSet):
    noun = "Hồ sơ"


def formset_of(form, formset, most):
    return forms.formset_factory(form, formset, extra=0, max_num=most, validate_max=True, absolute_max=READ_ROWS)


@dataclass(frozen=True)
class ListName:
    """Stands where a conflict names its field: a whole table is kept or given up."""

    label: str
    html_name: str


@dataclass(frozen=True)
class Table:
    """A table of a page. `line` reads a row as the service takes it into one line of text."""

    prefix: str
    label: str
    formset: type
    line: Callable
    form_kwargs: dict = field(default_factory=dict)

    def given(self, sources):
        """The same table with the sources that its cells of money offer."""
        return replace(self, form_kwargs={"sources": sources})

    def show(self, rows):
        """Unbound, with the rows and at least one to fill."""
        values = [self.values_of(row) for row in rows] or [{}]
        return self.formset(initial=values, prefix=self.prefix, form_kwargs=self.form_kwargs)

    def read(self, data, *, unread=False):
        return self.formset(data, prefix=self.prefix, form_kwargs=self.form_kwargs, unread=unread)

    def values_of(self, row):
        """{field: stored value} of a row as the service takes it."""
        instance, amounts = row if isinstance(row, tuple) else (row, {})
        values = {name: getattr(instance, name) for name in self.formset.form._meta.fields}
        return values | {ContractForm.cell_of(source): amount for source, amount in amounts.items()}

    def typed(self, data):
        """[{field: posted text}], unread."""
        count = data.get(f"{self.prefix}-TOTAL_FORMS", "")
        count = min(int(count), READ_ROWS) if count.isascii() and count.isdigit() else 0
        cells = self._blank().fields
        return [
            {
                name: cell.widget.value_from_datadict(data, {}, f"{self.prefix}-{number}-{name}")
                for name, cell in cells.items()
            }
            for number in range(count)
        ]

    def write(self, data, rows):
        """Put rows of {field: posted text or stored value} into posted data, in the place of those there."""
        for name in [name for name in data if re.match(rf"{self.prefix}-\d+-", name)]:
            del data[name]
        data[f"{self.prefix}-TOTAL_FORMS"], data[f"{self.prefix}-INITIAL_FORMS"] = str(len(rows)), "0"
        cells = self._blank().fields
        for number, row in enumerate(rows):
            for name, value in row.items():
                if text := _text_of(cells[name], value):
                    data[f"{self.prefix}-{number}-{name}"] = text

    def add(self, data, rows):
        """Add rows as the service takes them behind those posted, except what stands there already."""
        kept = [row for row in self.typed(data) if self.is_filled(row)]
        names = {nfc(str(row.get("name") or "")) for row in kept}
        new = [self.values_of(row) for row in rows]
        new = [row for row in new if nfc(row["name"]) not in names]
        self.write(data, kept + new or [{}])
        return len(new)

    def digest(self, rows):
        """What the rows say, for telling whether somebody changed them meanwhile."""
        return hashlib.sha256("\n".join(map(self.line, rows)).encode()).hexdigest()

    def conflict(self, data, *, stored, mine):
        """The choice between two states of the table when somebody else changed it meanwhile, else None."""
        seen, now = data.get(f"seen-{self.prefix}"), self.digest(stored)
        data[f"seen-{self.prefix}"] = now
        own = self.digest(mine)
        if now in (seen, own):
            return None
        theirs = [self.line(row) for row in stored]
        return Conflict(
            ListName(self.label, self.prefix),
            _differences([self.line(row) for row in mine], theirs),
            _differences(theirs, [self.line(row) for row in mine]),
            "theirs" if own == seen else "mine",
        )

    def _blank(self):
        return self.formset.form(**self.form_kwargs)

    def is_filled(self, row):
        return any(str(row.get(name) or "").strip() for name in self._blank().telling)


def _text_of(cell, value):
    """A stored value, or what was posted already, as a browser would post it; empty for what it would leave out."""
    if isinstance(value, bool):
        return "on" if value else ""
    return format_vnd(value) if isinstance(cell, VndField) and isinstance(value, int) else posted(cell, value)


def _differences(lines, others):
    """A table in short: how many rows, and those that the other one has not."""
    own = [line for line in lines if line not in others]
    return f"{len(lines)} dòng" + (f", khác ở: {'; '.join(own)}" if own else "")


def change_rows(tables, data, act):
    """Do what a button for rows asks: `<prefix>-add`, `<prefix>-remove-3`, `<prefix>-paste`.

    Changes the posted data; returns what to tell the person, or "".
    """
    match = ACT.fullmatch(act)
    table = next((table for table in tables if match and table.prefix == match["prefix"]), None)
    if table is None:
        return ""
    rows = table.typed(data)
    if match["verb"] == "add":
        rows.append({})
    elif match["verb"] == "paste":
        return _paste(table, data)
    elif int(match["number"]) < len(rows):
        del rows[int(match["number"])]
    table.write(data, rows or [{}])
    return ""


def _paste(table, data):
    """Rows out of a spreadsheet: one line each, cells divided by tabs."""
    lines = [line for line in data.get("paste", "").splitlines() if line.strip()]
    kind = data.get("paste-kind", "")
    rows = [
        {"kind": kind} | dict(zip(PASTED_COLUMNS, map(nfc, line.split("\t")), strict=False))
        for line in lines[:READ_ROWS]
    ]
    kept = [row for row in table.typed(data) if table.is_filled(row)]
    table.write(data, kept + rows or [{}])
    data["paste"] = ""
    return f"Đã thêm {len(rows)} dòng dán vào, chưa lưu." if rows else "Dán ít nhất một dòng vào ô trước khi thêm."


PEOPLE_OF_EVENT = Table(
    "people", "Thành phần bên giao, chứng kiến", formset_of(PersonForm, PersonFormSet, MOST_PEOPLE), person_line
)
PEOPLE = Table("people", "Người đại diện", formset_of(ReceiverPersonForm, PersonFormSet, MOST_PEOPLE), person_line)
ITEMS = Table("items", "Nội dung bàn giao", formset_of(ItemForm, RowFormSet, MOST_ITEMS), item_line)
CONTRACTS = Table(
    "contracts", "Hợp đồng chuyển giao", formset_of(ContractForm, ContractFormSet, MOST_ROWS), contract_line
)
PAPERS = Table("papers", "Hồ sơ, tài liệu", formset_of(PaperForm, PaperFormSet, MOST_ROWS), paper_line)
