"""Rows of the entry of a project: facilities with their money, machines and pieces of work."""

from django.core.exceptions import ValidationError

from beneficiaries.forms import FacilityField
from beneficiaries.models import Facility
from khuyencong.forms import MAX_AMOUNT, ListedField, TypedMixin, VnDecimalField, VndField
from khuyencong.money import format_vnd, vnd
from khuyencong.rows import LabelledRowFormSet, RowForm, RowFormSet, Table, formset_of
from projects.forms.rows import SourceCellsMixin, SourceTable, cell_of
from projects.models import Beneficiary, CostItem
from projects.models.funding import cost_amount
from projects.services.entry import beneficiary_line, cost_line

MOST_ROWS = 200


class BeneficiaryRowForm(TypedMixin, SourceCellsMixin, RowForm):
    """A facility with its part of the money per source."""

    unlike = ("facility",)

    class Meta:
        model = Beneficiary
        fields = ("facility", "item")

    def __init__(self, *args, facilities, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["facility"] = FacilityField(
            label="Cơ sở", required=False, queryset=facilities,
            help_text="Gõ tên, mã số thuế hoặc địa danh rồi chọn; không cần gõ dấu.",
        )  # fmt: skip
        self.fields["item"].help_text = "Ví dụ: máy nấu chân không."
        self.add_source_cells()

    def clean(self):
        cleaned = super().clean()
        if not cleaned.get("facility") and "facility" not in self.errors:
            self.add_error("facility", "Chọn cơ sở, hoặc bỏ dòng này.")
        return cleaned

    @property
    def by_category(self):
        """{category of sources: đồng as typed}."""
        sums = {}
        for source in self.sources:
            sums[source.category] = sums.get(source.category, 0) + (self.typed(cell_of(source)) or 0)
        return sums


class BeneficiaryFormSet(LabelledRowFormSet):
    noun = "Cơ sở"

    @property
    def rows(self):
        """[(unsaved Beneficiary, {FundingSource: đồng or None})]."""
        return [(form.instance, form.amounts) for form in self.filled]

    def by_facility(self):
        """[(beneficiary pk or None, “Cơ sở 1”, {category of sources: đồng as typed})]."""
        return [
            (form.instance.pk, f"{self.noun} {number}", form.by_category) for number, form in enumerate(self.forms, 1)
        ]

    def sums(self, lines):
        """[{source, line, typed, left}] per source, in đồng; `lines` is {FundingSource: requested}."""
        rows = []
        for source in self.form_kwargs["sources"]:
            typed = sum(form.typed(cell_of(source)) or 0 for form in self.forms)
            line = lines.get(source, 0)
            rows.append({"source": source, "line": line, "typed": typed, "left": line - typed, "over": typed - line})
        return rows


class CostItemRowForm(TypedMixin, RowForm):
    """A machine or piece of work: quantity × unit price."""

    telling = ("name", "specification", "unit_name", "quantity", "unit_price")
    quantity = VnDecimalField(
        label="Số lượng", required=False, max_digits=12, decimal_places=2, min_value=0,
        error_messages={
            "min_value": "Số lượng phải lớn hơn 0.",
            "max_digits": "Số quá lớn: tối đa 10 chữ số trước dấu phẩy.",
            "max_whole_digits": "Số quá lớn: tối đa 10 chữ số trước dấu phẩy.",
            "max_decimal_places": "Tối đa 2 chữ số sau dấu phẩy.",
        },
    )  # fmt: skip
    unit_price = VndField(label="Đơn giá", required=False, with_words=False)
    beneficiary = ListedField(label="Của cơ sở", required=False, empty_label="Chung")

    class Meta:
        model = CostItem
        fields = ("name", "specification", "unit_name", "quantity", "unit_price", "beneficiary")

    def __init__(self, *args, beneficiaries, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["name"].required = False
        self.fields["beneficiary"].offer(beneficiaries)

    def clean(self):
        cleaned = super().clean()
        wanted = {
            "name": (cleaned.get("name"), "Nhập tên máy móc, hạng mục."),
            "quantity": (cleaned.get("quantity"), "Nhập số lượng lớn hơn 0."),
            "unit_price": (cleaned.get("unit_price") is not None, "Nhập đơn giá."),
        }
        for name, (given, text) in wanted.items():
            if not given and name not in self.errors:
                self.add_error(name, text)
        if (self.amount or 0) > MAX_AMOUNT:
            self.add_error("unit_price", f"Thành tiền quá lớn; tối đa {vnd(MAX_AMOUNT)}.")
        return cleaned

    def _post_clean(self):
        # An unreadable row has no figures for the model to check; what is wrong is told already.
        if not self.errors:
            super()._post_clean()

    @property
    def amount(self):
        """Quantity × unit price of what is typed, None until both can be read."""
        quantity, price = self.typed("quantity"), self.typed("unit_price")
        return None if quantity is None or price is None else cost_amount(quantity, price)


class CostItemFormSet(RowFormSet):
    noun = "Hạng mục"

    @property
    def total(self):
        return sum(form.amount or 0 for form in self.forms)


def beneficiary_table(user, stored, sources):
    """Rows of facilities that the person sees, or that stand in the project already."""
    kept = [beneficiary.facility_id for beneficiary, _amounts in stored]
    facilities = Facility.objects.visible_to(user) | Facility.objects.filter(pk__in=kept)
    kwargs = {"facilities": facilities.select_related("unit"), "sources": sources}
    formset = formset_of(BeneficiaryRowForm, BeneficiaryFormSet, MOST_ROWS)
    return BeneficiaryTable("row", "Đơn vị thụ hưởng", formset, _line_of_beneficiary, kwargs)


def _line_of_beneficiary(row):
    beneficiary, amounts = row
    return beneficiary_line((beneficiary.facility, beneficiary.item, amounts))


def cost_table(project):
    beneficiaries = list(project.beneficiaries.select_related("facility"))
    formset = formset_of(CostItemRowForm, CostItemFormSet, MOST_ROWS)
    return Table("row", "Máy móc, hạng mục", formset, cost_line, {"beneficiaries": beneficiaries})


class BeneficiaryTable(SourceTable):
    """Facilities with their money, which a button fills up."""

    def fill(self, data, number, left):
        """Put what is left per source, {FundingSource: đồng}, into the row of that number, beside what it holds."""
        rows = self.typed(data)
        if number >= len(rows):
            return
        cells = self.formset.form(**self.form_kwargs).fields
        for source, amount in left.items():
            name = cell_of(source)
            try:
                typed = cells[name].clean(rows[number].get(name)) or 0
            except ValidationError:
                continue
            rows[number][name] = format_vnd(typed + amount)
        self.write(data, rows)
