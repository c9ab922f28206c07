"""Forms of taking spreadsheets in: the file, its sheet, its columns, doubtful lines, the confirmation."""

from django import forms

from khuyencong.models import Decision, ImportMode

ENDINGS = ".xlsx,.xls,.ods,.csv"
UNITS = [(1, "đồng"), (1_000, "nghìn đồng"), (1_000_000, "triệu đồng"), (1_000_000_000, "tỷ đồng")]
NOT_TAKEN = "Không lấy"


class UploadForm(forms.Form):
    file = forms.FileField(
        label="Tệp bảng tính", widget=forms.FileInput(attrs={"accept": ENDINGS}),
        help_text="Bấm để chọn, hoặc kéo tệp thả vào ô. Nhận .xlsx, .xls, .ods, .csv đến 30 MB, 100.000 dòng.",
        error_messages={"required": "Chọn tệp.", "empty": "Tệp rỗng. Mở thử trên máy rồi chọn lại đúng tệp."},
    )  # fmt: skip


class SheetForm(forms.Form):
    """Which sheet, and which table on it where there are several."""

    sheet = forms.ChoiceField(label="Trang", widget=forms.RadioSelect)
    head_row = forms.TypedChoiceField(label="Bảng trên trang", required=False, coerce=int, empty_value=None)

    def __init__(self, data=None, *, taken, **kwargs):
        super().__init__(data, initial={"sheet": taken.sheet_name, "head_row": taken.layout.get("head_row")}, **kwargs)
        self.fields["sheet"].choices = [
            (name, f"{name} ({length} dòng{', đang ẩn' if is_hidden else ''})")
            for name, length, is_hidden in taken.sheets
        ]
        tables = taken.layout.get("tables", [])
        if len(tables) > 1:
            self.fields["head_row"].choices = [
                ("", "Bảng cổng tự chọn"), *((row, f"Bảng có tiêu đề ở dòng {row}") for row in tables)
            ]  # fmt: skip
        else:
            del self.fields["head_row"]


class ColumnsForm(forms.Form):
    """One choice per column of the sheet, and the unit of the money."""

    hides_optional = True
    money_unit = forms.TypedChoiceField(label="Đơn vị tiền trong tệp", choices=UNITS, coerce=int)

    def __init__(self, data=None, *, taken, kind, **kwargs):
        super().__init__(data, initial={"money_unit": taken.money_unit}, **kwargs)
        choices = [("", NOT_TAKEN), *((column.key, column.label) for column in kind.columns)]
        source = taken.layout["unit_source"]
        told = f"Cổng đọc từ {source}." if source else "Tệp không ghi đơn vị tiền: xem lại cho đúng."
        self.fields["money_unit"].help_text = f"{told} Cột có đơn vị riêng trong tiêu đề thì theo tiêu đề."
        self.columns = taken.layout["columns"]
        for column in self.columns:
            said = taken.mapping.get(str(column["index"]), column["field"] or "")
            self.fields[self._name(column)] = forms.ChoiceField(
                label=f"Cột {column['letter']}", required=False, choices=choices, initial=said
            )

    @staticmethod
    def _name(column):
        return f"cot{column['index']}"

    @property
    def rows(self):
        """[(column of the layout, bound field)]."""
        return [(column, self[self._name(column)]) for column in self.columns]

    @property
    def mapping(self):
        """{column index: field key or ""}."""
        return {column["index"]: self.cleaned_data[self._name(column)] for column in self.columns}


class DecisionsForm(forms.Form):
    """What a person says of the doubtful lines of a page; those left unanswered stay as they are."""

    hides_optional = True

    def __init__(self, data=None, *, lines, **kwargs):
        super().__init__(data, **kwargs)
        self.lines = list(lines)
        for line in self.lines:
            known = [
                (f"{Decision.SAME}-{pk}", f"Là hồ sơ đã có: {name} ({why})") for pk, name, why in line.candidates if pk
            ]
            within = [f"Giống {name}: {why}." for pk, name, why in line.candidates if not pk]
            others = [(Decision.NEW, "Hồ sơ khác: thêm mới"), (Decision.LEAVE, "Bỏ qua dòng này")]
            initial = f"{line.decision}-{line.chosen_id}" if line.decision == Decision.SAME else line.decision
            self.fields[f"dong{line.number}"] = forms.ChoiceField(
                label=f"Dòng {line.number}: {line.label}", required=False, choices=[*known, *others],
                widget=forms.RadioSelect, initial=initial, help_text=" ".join(within),
            )  # fmt: skip

    @property
    def rows(self):
        return [(line, self[f"dong{line.number}"]) for line in self.lines]

    @property
    def decisions(self):
        """{line number: (Decision, pk or None)} of the lines that were answered."""
        found = {}
        for line in self.lines:
            if said := self.cleaned_data.get(f"dong{line.number}"):
                word, _, pk = said.partition("-")
                found[line.number] = (word, int(pk) if pk else None)
        return found


class ConfirmForm(forms.Form):
    mode = forms.ChoiceField(label="Cách ghi", choices=ImportMode, widget=forms.RadioSelect, initial=ImportMode.GOOD)
