"""Forms of final accounts: the dossier with an amount per project and source, its vouchers, return, liquidation."""

from django import forms

from khuyencong.filters import FilterForm
from khuyencong.forms import (
    CleanTextMixin,
    ListedField,
    ReasonField,
    TypedMixin,
    UnreadMixin,
    VersionedFormMixin,
    VnDateField,
    VndField,
)
from khuyencong.rows import RowForm, RowFormSet, Table, formset_of
from projects.forms.rows import source_name
from projects.models import Liquidation, Settlement, Voucher
from projects.services.settlement import accounts_of, voucher_line

# All rows of one dossier together stay below DATA_UPLOAD_MAX_NUMBER_FIELDS.
MOST_VOUCHERS = 300
PASTED_COLUMNS = ("number", "dated_on", "content", "payee", "amount", "note")
DATE_MISSING = "Ghi ngày chứng từ, ví dụ 05/09/2026."


def amount_name(account):
    """The field that holds what is put up of one source of a project."""
    return f"amount-{account.project.pk}-{account.source.pk}"


class SettlementForm(TypedMixin, UnreadMixin, CleanTextMixin, VersionedFormMixin, forms.ModelForm):
    """The head of a dossier and what is put up per project and source, at first what was accepted."""

    # Asked for when the dossier is put up.
    needed = ("number", "dated_on")
    dated_on = VnDateField(label="Ngày công văn", required=False, help_text="Ví dụ 05/12/2026.")

    class Meta:
        model = Settlement
        fields = ("number", "dated_on", "includes_other_sources")
        help_texts = {"number": "Ví dụ 45/TTKC-KT. Để trống được cho đến khi gửi đề nghị."}

    def __init__(self, *args, accounts, **kwargs):
        super().__init__(*args, **kwargs)
        self.accounts = accounts
        self.fields["number"].label = "Số công văn đề nghị quyết toán"
        self.fields["includes_other_sources"].label = "Kê cả nguồn khác (Mẫu 8b)"
        names = [amount_name(account) for account in accounts]
        is_stored = self.instance.pk is not None
        for name, account in zip(names, accounts, strict=True):
            setattr(self.instance, name, account.put_up)
            self.fields[name] = VndField(
                label=f"{account.project.code}, {source_name(account.source)}", required=False, with_words=False,
                initial=account.put_up if is_stored else account.accepted, show_hidden_initial=is_stored,
            )  # fmt: skip
        self.compared += names
        if is_stored and self.is_bound:
            self._take_theirs()

    @property
    def figures(self):
        """[(Account, its field, đồng typed or None)] in the order of the accounts."""
        return [(account, self[amount_name(account)], self.typed(amount_name(account))) for account in self.accounts]

    @property
    def amounts(self):
        """{(project pk, source pk): đồng} of a valid form; what was left empty is not put up."""
        values = {
            (account.project.pk, account.source.pk): self.cleaned_data.get(amount_name(account))
            for account in self.accounts
        }
        return {key: amount for key, amount in values.items() if amount is not None}

    def show_conflicts(self, current):
        for account in accounts_of(current.contract):
            name = amount_name(account)
            setattr(current, name, account.put_up)
            setattr(self.instance, name, self.cleaned_data.get(name))
        super().show_conflicts(current)


class VoucherForm(TypedMixin, RowForm):
    telling = ("number", "dated_on", "content", "payee", "amount", "note")
    dated_on = VnDateField(label="Ngày", required=False)
    amount = VndField(label="Số tiền", required=False, with_words=False)
    project = ListedField(label="Đề án", required=False, label_of=lambda project: project.code)
    source = ListedField(label="Nguồn", required=False, label_of=source_name)
    cost_item = ListedField(label="Hạng mục dự toán", required=False, empty_label="Khác")

    class Meta:
        model = Voucher
        fields = ("number", "dated_on", "content", "payee", "amount", "project", "source", "cost_item", "note")

    def __init__(self, *args, projects, sources, cost_items, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["project"].offer(projects)
        self.fields["source"].offer(sources)
        # One project is no choice; of the sources khuyến công money comes first, as most vouchers are of it.
        self.fields["source"].choices = self.fields["source"].choices[1:]
        if len(projects) == 1:
            self.fields["project"].choices = self.fields["project"].choices[1:]
        self.fields["cost_item"].label_of = (lambda item: item.name) if len(projects) == 1 else _item_of_project
        self.fields["cost_item"].offer(cost_items)
        for name, label in (("number", "Số chứng từ"), ("content", "Nội dung chi"), ("payee", "Đơn vị bán, nhận")):
            self.fields[name].label, self.fields[name].required = label, False

    def clean(self):
        cleaned = super().clean()
        missing = {
            "number": "Ghi số chứng từ.", "dated_on": DATE_MISSING, "content": "Ghi nội dung chi.",
            "payee": "Ghi đơn vị bán, người nhận.", "amount": "Ghi số tiền lớn hơn 0.", "project": "Chọn đề án.",
            "source": "Chọn nguồn.",
        }  # fmt: skip
        for name, text in missing.items():
            if name not in self.errors and not cleaned.get(name):
                self.add_error(name, text)
        item, project = cleaned.get("cost_item"), cleaned.get("project")
        if item and project and item.project_id != project.pk:
            self.add_error("cost_item", f"Chọn hạng mục của đề án {project.code}, hoặc để “Khác”.")
        return cleaned


def _item_of_project(item):
    return f"{item.project.code}: {item.name}"


class VoucherFormSet(RowFormSet):
    noun = "Chứng từ"

    def clean(self):
        """The same voucher twice is told at the second."""
        seen = {}
        for number, form in enumerate(self.forms, 1):
            if form.is_valid() and form.has_changed():
                names = ("project", "source", "number", "dated_on", "payee")
                key = tuple(form.cleaned_data.get(name) for name in names)
                if key in seen:
                    form.add_error("number", f"Chứng từ này đã kê ở dòng {seen[key]}: gộp hai dòng hoặc sửa lại.")
                seen.setdefault(key, number)

    def sums(self):
        """{(project pk, source pk): đồng} of what stands in the rows, read without saying what is wrong."""
        found = {}
        for form in self.forms:
            project, source, amount = (form.typed(name) for name in ("project", "source", "amount"))
            if project and source and amount:
                found[project.pk, source.pk] = found.get((project.pk, source.pk), 0) + amount
        return found


VOUCHERS = Table(
    "vouchers", "Bảng kê chứng từ", formset_of(VoucherForm, VoucherFormSet, MOST_VOUCHERS), voucher_line,
    pasted_columns=PASTED_COLUMNS, pasted_with=("project", "source"),
)  # fmt: skip


class SettlementReturnForm(CleanTextMixin, forms.Form):
    reason = ReasonField(label="Lý do trả lại")


class ReconciliationFilterForm(FilterForm):
    don_vi = forms.TypedChoiceField(label="Đơn vị thực hiện", required=False, coerce=int, empty_value=None)

    def __init__(self, data=None, *, implementers, **kwargs):
        super().__init__(data, **kwargs)
        self.fields["don_vi"].choices = [("", "Tất cả"), *((row.pk, str(row)) for row in implementers)]


class LiquidationForm(CleanTextMixin, forms.ModelForm):
    signed_on = VnDateField(label="Ngày thanh lý", help_text="Ngày hai bên ký biên bản. Ví dụ 15/12/2026.")

    class Meta:
        model = Liquidation
        fields = ("number", "signed_on", "is_force_majeure", "explanation")
        help_texts = {
            "number": "Để trống thì cổng lấy số tiếp theo trong dãy biên bản của bên A; số đã gõ giữ nguyên.",
        }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["number"].required = False
        self.fields["is_force_majeure"].label = "Do bất khả kháng, chưa đạt mục tiêu"
        self.fields[
            "explanation"
        ].help_text = "Bất khả kháng thì giải trình và nêu biên bản xác nhận khối lượng của Sở, UBND cấp xã."

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("is_force_majeure") and not cleaned.get("explanation"):
            self.add_error("explanation", "Nêu giải trình và biên bản xác nhận khối lượng.")
        return cleaned
