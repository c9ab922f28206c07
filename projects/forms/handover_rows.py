"""The tables of rows on the pages of a handover: people, items, contracts, papers."""

from django import forms

from khuyencong.forms import ListedField, PlaceField, VnDateField, VnDecimalField, VndField
from khuyencong.rows import RowForm, RowFormSet, Table, formset_of
from projects.forms.rows import SourceCellsMixin, SourceTable, source_name
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
PASTED_COLUMNS = ("name", "specification", "unit_name", "quantity", "amount", "condition", "note")


class PersonForm(RowForm):
    telling = ("name", "title", "body")

    class Meta:
        model = HandoverPerson
        fields = ("side", "salutation", "name", "title", "body", "signs", "signing_mode", "signing_capacity")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if "side" in self.fields:
            self.fields["side"].choices = [(side.value, side.label) for side in (Side.GIVER, Side.WITNESS)]
        self.fields["salutation"].choices = [("", "–"), ("Ông", "Ông"), ("Bà", "Bà")]


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
    source = ListedField(label="Nguồn vốn", required=False, label_of=source_name)
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


class ContractForm(SourceCellsMixin, RowForm):
    """A contract with one cell of money per source; one that the portal keeps may be named."""

    unlike = ("number", "contract")
    signed_on = VnDateField(label="Ngày ký", required=False)
    contract = ListedField(label="Hợp đồng trên cổng", required=False, empty_label="Không có trên cổng")

    class Meta:
        model = HandoverContract
        fields = ("beneficiary", "number", "signed_on", "contract", "note")

    def __init__(self, *args, contracts, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["contract"].offer(contracts)
        self.add_source_cells(with_words=False)


class ContractFormSet(RowFormSet):
    noun = "Hợp đồng"

    @property
    def rows(self):
        """[(unsaved contract, {FundingSource: đồng})]."""
        return [
            (form.instance, {key: amount for key, amount in form.amounts.items() if amount}) for form in self.filled
        ]


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


PEOPLE_OF_EVENT = Table(
    "people", "Thành phần bên giao, chứng kiến", formset_of(PersonForm, PersonFormSet, MOST_PEOPLE), person_line
)
PEOPLE = Table("people", "Người đại diện", formset_of(ReceiverPersonForm, PersonFormSet, MOST_PEOPLE), person_line)
ITEMS = Table(
    "items", "Nội dung bàn giao", formset_of(ItemForm, RowFormSet, MOST_ITEMS), item_line,
    pasted_columns=PASTED_COLUMNS, pasted_with=("kind",),
)  # fmt: skip
CONTRACTS = SourceTable(
    "contracts", "Hợp đồng chuyển giao", formset_of(ContractForm, ContractFormSet, MOST_ROWS), contract_line
)
PAPERS = Table("papers", "Hồ sơ, tài liệu", formset_of(PaperForm, PaperFormSet, MOST_ROWS), paper_line)
