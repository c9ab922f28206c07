"""Forms of contracts: the filter of the list, the contract with its projects and amounts, appendix, facilities'."""

from django import forms

from khuyencong.filters import FilterForm
from khuyencong.forms import LONGEST_SEARCH, CleanTextMixin, ReasonField, VersionedFormMixin, VnDateField, VndField
from khuyencong.models import Organisation
from projects.forms.handover import organisation_field, own_house_first
from projects.forms.rows import source_name
from projects.models import (
    Amendment,
    AmendmentStatus,
    Contract,
    ContractAppendix,
    ContractStatus,
    SupportContract,
)
from projects.services.contracts import amount_key

ALL = ("", "Tất cả")


class ContractFilterForm(FilterForm):
    q = forms.CharField(
        label="Tìm", required=False, max_length=LONGEST_SEARCH, widget=forms.TextInput(attrs={"type": "search"}),
        help_text="Số hợp đồng, bên ký, mã hoặc tên đề án; không cần gõ dấu.",
    )  # fmt: skip
    nam = forms.TypedChoiceField(label="Năm kế hoạch", required=False, coerce=int, empty_value=None)
    trang_thai = forms.ChoiceField(label="Trạng thái", required=False, choices=[ALL, *ContractStatus.choices])
    don_vi = organisation_field(label="Đơn vị thực hiện", required=False, takes_best=True)

    LABELS = {"nam": "Năm"}
    SORTS = {
        "-ngay": ("-signed_on", "-pk"),
        "ngay": ("signed_on", "pk"),
        "so": ("number", "pk"),
        "han": ("ends_on", "pk"),
        "trang-thai": ("status", "-signed_on", "pk"),
        "gia-tri": ("contracted_total", "pk"),
        "da-chi": ("paid_total", "pk"),
    }

    def __init__(self, data=None, *, user, **kwargs):
        super().__init__(data, user=user, **kwargs)
        self.fields["don_vi"].queryset = own_house_first(Organisation.objects.all(), user)
        contracts = Contract.objects.visible_to(user)
        years = self.kept_of(
            contracts,
            "years",
            lambda: list(contracts.values_list("plan__year", flat=True).distinct().order_by("-plan__year")),
        )
        self.fields["nam"].choices = [ALL, *((year, str(year)) for year in years)]

    def ordered(self, rows):
        """As any list; money is summed only when it orders."""
        word = self.data.get(self.add_prefix("sap_xep"), "").removeprefix("-")
        return super().ordered(rows.with_amounts() if word in ("gia-tri", "da-chi") else rows)

    def filter(self, contracts):
        """The contracts that the form asks for; none when a filter cannot be read."""
        if not self.is_valid():
            return contracts.none()
        asked = self.cleaned_data
        if asked["q"]:
            contracts = contracts.matching(asked["q"])
        if asked["nam"]:
            contracts = contracts.filter(plan__year=asked["nam"])
        if asked["trang_thai"]:
            contracts = contracts.filter(status=asked["trang_thai"])
        if asked["don_vi"]:
            contracts = contracts.filter(party_b=asked["don_vi"])
        return contracts


class AmountsMixin:
    """One field of money per project and source, beside what was approved.

    `add_amounts(projects)` takes projects with prefetched `funding_lines__source`; `shown(line)` is what stands in a
    field at first.
    """

    def add_amounts(self, projects, shown):
        self.projects = projects
        for project in projects:
            for line in project.funding_lines.all():
                self.fields[amount_key(project.pk, line.source_id)] = VndField(
                    label=f"{project.code}, {source_name(line.source)}", required=False, with_words=False,
                    initial=shown(line),
                )  # fmt: skip

    @property
    def project_rows(self):
        """[(project, its box or None, [(line, field)])] in the order of the page."""
        boxes = list(self["projects"]) if "projects" in self.fields else [None] * len(self.projects)
        return [
            (
                project,
                box,
                [(line, self[amount_key(project.pk, line.source_id)]) for line in project.funding_lines.all()],
            )
            for project, box in zip(self.projects, boxes, strict=True)
        ]

    def amounts_of(self, projects):
        """{(project pk, source pk): đồng}; an emptied field is nothing contracted."""
        return {
            (project.pk, line.source_id): self.cleaned_data.get(amount_key(project.pk, line.source_id)) or 0
            for project in self.projects
            if project in projects
            for line in project.funding_lines.all()
        }


class ContractForm(AmountsMixin, CleanTextMixin, VersionedFormMixin, forms.ModelForm):
    projects = forms.ModelMultipleChoiceField(
        label="Đề án", queryset=None, widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Chọn ít nhất một đề án.", "invalid_choice": "Đề án này không ký chung được."},
    )  # fmt: skip
    signed_on = VnDateField(label="Ngày ký", help_text="Ví dụ 15/02/2026.")
    starts_on = VnDateField(label="Thực hiện từ", required=False, help_text="Để trống là từ ngày ký.")
    ends_on = VnDateField(label="Đến hết ngày", help_text="Ví dụ 30/11/2026; cổng nhắc hạn theo ngày này.")
    party_a = organisation_field(label="Bên A", help_text="Cơ quan giao; gõ vài chữ của tên rồi chọn.")

    class Meta:
        model = Contract
        fields = (
            "kind", "number", "signed_on", "starts_on", "ends_on", "party_a", "party_a_signer", "party_b_signer",
            "issues_invoice", "note", "source_note",
        )  # fmt: skip
        widgets = {"note": forms.Textarea(attrs={"rows": 2})}

    def __init__(self, *args, projects, **kwargs):
        super().__init__(*args, **kwargs)
        contract, choices = self.instance, self.fields["projects"]
        choices.queryset = type(projects[0]).objects.filter(pk__in=[row.pk for row in projects]).order_by("code")
        choices.initial = [row.pk for row in projects if contract.pk is None or row.contract_id == contract.pk]
        self.fields["number"].help_text = "Ví dụ 15/HĐ-KC; mỗi số dùng một lần trong năm."
        for name in ("party_a_signer", "party_b_signer"):
            self.fields[name].help_text = "Họ tên, chức vụ."
        self.add_amounts(projects, _contracted_or_approved)

    @property
    def chosen(self):
        return list(self.cleaned_data["projects"])

    @property
    def amounts(self):
        return self.amounts_of(self.chosen)


def _contracted_or_approved(line):
    return line.approved_amount if line.contracted_amount is None else line.contracted_amount


class CancelForm(forms.Form):
    reason = ReasonField(label="Lý do hủy")


class AmendmentField(forms.ModelChoiceField):
    def label_from_instance(self, amendment):
        return f"{amendment.project.code}: {amendment}, {amendment.decision_number}"


class AppendixForm(AmountsMixin, CleanTextMixin, forms.ModelForm):
    signed_on = VnDateField(label="Ngày ký", help_text="Từ ngày ký hợp đồng đến hôm nay. Ví dụ 20/06/2026.")
    amendment = AmendmentField(
        label="Theo quyết định điều chỉnh", queryset=None, required=False, empty_label="Hai bên thỏa thuận",
        help_text="Đổi kinh phí, đơn vị thụ hưởng thì chọn quyết định đã ghi trên cổng.",
    )  # fmt: skip

    class Meta:
        model = ContractAppendix
        fields = ("number", "signed_on", "amendment", "content")
        widgets = {"content": forms.Textarea(attrs={"rows": 3})}
        help_texts = {"content": "Đổi điều gì của hợp đồng. Ví dụ: gia hạn đến 30/11/2026 (Điều 3)."}

    def __init__(self, *args, projects, **kwargs):
        super().__init__(*args, **kwargs)
        decided = Amendment.objects.filter(project__in=projects, status=AmendmentStatus.APPROVED)
        self.fields["amendment"].queryset = decided.select_related("project")
        self.fields["number"].help_text = "Ví dụ PL01."
        self.add_amounts(projects, lambda line: line.contracted_amount)

    def _get_validation_exclusions(self):
        # The contract and the person are given by the service, which checks the whole.
        return super()._get_validation_exclusions() | {"contract", "recorded_by"}

    @property
    def given(self):
        names = ("number", "signed_on", "content", "amendment")
        return {name: self.cleaned_data[name] for name in names} | {"amounts": self.amounts_of(self.projects)}


class SupportContractForm(CleanTextMixin, forms.ModelForm):
    signed_on = VnDateField(label="Ngày ký", help_text="Ví dụ 20/02/2026.")
    ends_on = VnDateField(label="Đến hết ngày", required=False, help_text="Ví dụ 30/11/2026.")

    class Meta:
        model = SupportContract
        fields = ("beneficiary", "number", "signed_on", "ends_on", "note")
        help_texts = {
            "beneficiary": "Cơ sở đã có trong phần “Đơn vị thụ hưởng” của đề án.",
            "number": "Ví dụ 07/HĐHT-TTKC.",
            "note": "Ví dụ: cơ sở ký qua người được ủy quyền.",
        }

    def __init__(self, *args, project, **kwargs):
        super().__init__(*args, **kwargs)
        rows = project.beneficiaries.filter(withdrawn_by=None).select_related("facility")
        self.fields["beneficiary"].queryset = rows
        self.fields["beneficiary"].empty_label = "Chọn cơ sở"
        if self.instance.pk:
            del self.fields["beneficiary"]
