"""Forms with tables of rows: people, items, contracts, papers, machines.

Rows are posted whole and replace the stored ones. Adding, removing, filling and pasting rows are submits that change
what was posted and show it again, so that all of it works without script and nothing typed is lost.
"""

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from django import forms
from django.contrib import messages

from khuyencong.forms import CleanTextMixin, Conflict, UnreadMixin, VndField, posted
from khuyencong.money import format_vnd
from khuyencong.templatetags.vietnamese import lower_first
from khuyencong.text import nfc

READ_ROWS = 1000
ACT = re.compile(r"(?P<prefix>[a-z]+)-(?P<verb>add|paste|remove-(?P<number>\d{1,4}))")


class RowForm(UnreadMixin, CleanTextMixin, forms.ModelForm):
    """One row of a table. A row in which none of `telling` is filled counts as not there.

    No two filled rows may have the same value in a field of `unlike`.
    """

    telling = ()
    unlike = ()

    def has_changed(self):
        return any(str(self[name].data or "").strip() for name in self.telling)


class RowFormSet(forms.BaseFormSet):
    """Rows in the cells of a table; `noun` names one in lists of errors and to screen readers."""

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
            cell.label = f"{self.noun} {index + 1}, {lower_first(cell.label)}"
            cell.help_text = ""  # cells have no room for hints; the table has one above
            if not cell.widget.is_hidden:
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


class LabelledRowFormSet(RowFormSet):
    """Rows of labelled fields: the short label is for the eye, the full one for lists of errors."""

    def add_fields(self, form, index):
        shown = {name: (cell.label, cell.help_text, dict(cell.widget.attrs)) for name, cell in form.fields.items()}
        super().add_fields(form, index)
        for name, (label, help_text, attrs) in shown.items():
            form.fields[name].short_label, form.fields[name].help_text = label, help_text
            form.fields[name].widget.attrs = attrs


def formset_of(form, formset, most):
    """The formset class of at most that many rows."""
    return forms.formset_factory(form, formset, extra=0, max_num=most, validate_max=True, absolute_max=READ_ROWS)


@dataclass(frozen=True)
class ListName:
    """Stands where a conflict names its field: a whole table is kept or given up."""

    label: str
    html_name: str


@dataclass(frozen=True)
class Table:
    """A table of a page: its rows shown, read, changed by buttons, compared when two people saved.

    `line` reads a row as the service takes it into one line of text. Lines of a spreadsheet are pasted into
    `pasted_columns`, all with the one value that `paste-<name>` holds for each of `pasted_with`.
    """

    prefix: str
    label: str
    formset: type
    line: Callable
    form_kwargs: dict = field(default_factory=dict)
    pasted_columns: tuple = ()
    pasted_with: tuple = ()

    def given(self, **form_kwargs):
        """The same table with what its forms need, for instance the sources that their cells of money offer."""
        return replace(self, form_kwargs=form_kwargs)

    def show(self, rows):
        """Unbound, with the rows and at least one to fill."""
        values = [self.values_of(row) for row in rows] or [{}]
        return self.formset(initial=values, prefix=self.prefix, form_kwargs=self.form_kwargs)

    def read(self, data, *, unread=False):
        """Bound to posted data, whose number of rows is put right where it names rows that have no cell."""
        if _is_number(data.get(f"{self.prefix}-TOTAL_FORMS")):
            data[f"{self.prefix}-TOTAL_FORMS"] = str(self.count(data) or 1)
        return self.formset(data, prefix=self.prefix, form_kwargs=self.form_kwargs, unread=unread)

    def values_of(self, row):
        """{field: stored value} of a row as the service takes it."""
        return {name: getattr(row, name) for name in self.formset.form._meta.fields}

    def typed(self, data):
        """[{field: posted text}], unread."""
        cells = self._blank().fields
        return [
            {
                name: cell.widget.value_from_datadict(data, {}, f"{self.prefix}-{number}-{name}")
                for name, cell in cells.items()
            }
            for number in range(self.count(data))
        ]

    def count(self, data):
        """Number of rows in posted data: as it says itself, but no further than its cells reach."""
        count = data.get(f"{self.prefix}-TOTAL_FORMS")
        if not _is_number(count):
            return 0
        cells = (re.match(rf"{self.prefix}-(\d{{1,4}})-", name) for name in data)
        return min(int(count), READ_ROWS, max((int(cell[1]) + 1 for cell in cells if cell), default=0))

    def write(self, data, rows):
        """Put rows of {field: posted text or stored value} into posted data, in the place of those there."""
        for name in [name for name in data if re.match(rf"{self.prefix}-\d+-", name)]:
            del data[name]
        data[f"{self.prefix}-TOTAL_FORMS"], data[f"{self.prefix}-INITIAL_FORMS"] = str(len(rows)), "0"
        cells = self._blank().fields
        first = self._blank().telling[0]
        for number, row in enumerate(rows):
            data[f"{self.prefix}-{number}-{first}"] = ""  # an empty row is a row, too
            for name, value in row.items():
                if text := _text_of(cells[name], value):
                    data[f"{self.prefix}-{number}-{name}"] = text

    def add(self, data, rows):
        """Add rows as the service takes them behind those posted, except those whose first cell stands there."""
        kept = [row for row in self.typed(data) if self.is_filled(row)]
        name = self._blank().telling[0]
        names = {nfc(str(row.get(name) or "")) for row in kept}
        new = [self.values_of(row) for row in rows]
        new = [row for row in new if nfc(str(row[name])) not in names]
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


def _is_number(posted):
    return bool(re.fullmatch(r"\d{1,99}", str(posted), re.ASCII))


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
    shared = {name: data.get(f"paste-{name}", "") for name in table.pasted_with}
    rows = [
        shared | dict(zip(table.pasted_columns, map(nfc, line.split("\t")), strict=False)) for line in lines[:READ_ROWS]
    ]
    kept = [row for row in table.typed(data) if table.is_filled(row)]
    table.write(data, kept + rows or [{}])
    data["paste"] = ""
    return f"Đã thêm {len(rows)} dòng dán vào, chưa lưu." if rows else "Dán ít nhất một dòng vào ô trước khi thêm."


# On a page


def posted_rows(request, tables, rows):
    """The posted data with the tables put back that the person gave up in a conflict; None before posting.

    `rows` are the stored rows by prefix of the table.
    """
    if request.method != "POST":
        return None
    data = request.POST.copy()
    for table in tables:
        if data.get(f"keep-{table.prefix}") == "theirs":
            table.write(data, [table.values_of(row) for row in rows.get(table.prefix, [])])
    return data


def show_conflicts(form, current, tables):
    """`tables` are (table, stored rows, formset with the person's rows)."""
    form.show_conflicts(current)
    for table, stored, formset in tables:
        if conflict := table.conflict(form.data, stored=stored, mine=formset.rows):
            form.conflicts.append(conflict)


def tell(request, text):
    if text:
        messages.info(request, text)
