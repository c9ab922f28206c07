"""Forms of the parts of a project; each saves on its own, complete or not."""

from decimal import Decimal

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.forms import formset_factory

from beneficiaries.models import Facility
from beneficiaries.views import facility_label
from khuyencong.forms import (
    LookupField,
    UnitField,
    VersionedFormMixin,
    VnDateField,
    VnDecimalField,
    VndField,
)
from khuyencong.models import Organisation
from khuyencong.money import vnd
from khuyencong.permissions import family_q
from khuyencong.templatetags.vietnamese import percent
from programs.models import ActivityContent, AnnualPlan, FundingSource, SourceCategory
from projects.models import Project

MAX_ROWS = 200


def content_choices(day=None):
    """Kinds of activity under the contents of Điều 4, as a select with groups."""
    contents = ActivityContent.objects.select_related("parent")
    if day:
        contents = contents.valid_on(day)
    groups = {}
    for content in contents:
        if content.parent:
            groups.setdefault(content.parent.short_name or content.parent.name, []).append((content.pk, content.name))
    return [("", "Chọn nội dung"), *groups.items()]


class NewProjectForm(forms.ModelForm):
    """What a draft starts from; everything else comes part by part."""

    class Meta:
        model = Project
        fields = ("plan", "kind", "name", "content")
        widgets = {"name": forms.Textarea(attrs={"rows": 2})}
        error_messages = {"name": {"required": "Nhập tên đề án."}}

    def __init__(self, data=None, *args, user, **kwargs):
        super().__init__(data, *args, **kwargs)
        plans = AnnualPlan.objects.visible_to(user).open().filter(family_q(user))
        self.fields["plan"].queryset = plans.order_by("-year", "round_no")
        self.fields["plan"].empty_label = "Chọn kế hoạch"
        self.fields["plan"].help_text = "Chỉ hiện kế hoạch đang dự thảo hoặc bị trả lại của cơ quan ông/bà."
        self.fields["content"].choices = content_choices()


class GeneralForm(VersionedFormMixin, forms.ModelForm):
    needed = ("name", "content", "implementing_unit", "starts_on", "ends_on")
    unit = UnitField(
        label="Địa điểm", required=False, levels=("commune",),
        help_text="Xã, phường, gõ tên mới hoặc cũ; để trống khi ở nhiều nơi và đã nêu ở đơn vị thụ hưởng.",
    )  # fmt: skip

    class Meta:
        model = Project
        fields = (
            "name", "kind", "content", "industry", "group", "target_mode", "is_key", "implementing_unit",
            "coordinating_units", "investor", "unit", "place_note", "starts_on", "ends_on", "source_note",
        )  # fmt: skip
        field_classes = {"starts_on": VnDateField, "ends_on": VnDateField}
        widgets = {"name": forms.Textarea(attrs={"rows": 2})}

    def __init__(self, data=None, *args, **kwargs):
        super().__init__(data, *args, **kwargs)
        project = self.instance
        self.fields["content"].choices = content_choices()
        self.fields["group"].queryset = project.plan.groups.all()
        self.fields["group"].empty_label = "Không thuộc nhóm nào"
        self.fields["industry"].empty_label = "Chưa chọn"
        self.fields["implementing_unit"].queryset = bodies_around(project)
        self.fields["implementing_unit"].empty_label = "Chọn đơn vị"


def bodies_around(project):
    """Bodies that could carry the project out: of the owner's house, or working in its province."""
    owner = project.owner
    house = Q(pk__in=[owner.pk, owner.parent_id or owner.pk]) | Q(parent__in=[owner.pk, owner.parent_id or owner.pk])
    near = Q(areas=project.province_id) if project.province_id else Q(areas__in=owner.areas.all())
    return Organisation.objects.filter(house | near).distinct()


class TextPartForm(VersionedFormMixin, forms.ModelForm):
    class Meta:
        model = Project
        fields = ()


def text_form(names, hints, needed_names):
    """A form of long texts of the dossier (Thông tư 36/2013/TT-BCT, Điều 5), with a hint for each."""

    class Form(TextPartForm):
        needed = needed_names

        class Meta(TextPartForm.Meta):
            fields = names
            widgets = {name: forms.Textarea(attrs={"rows": 5}) for name in names}
            help_texts = hints

    return Form


ContentForm = text_form(
    ("necessity", "objective", "scale", "activities", "arrangement"),
    {
        "necessity": "Vì sao cần làm; căn cứ chương trình, kế hoạch, quy hoạch.",
        "objective": "Đạt được gì, đo bằng số nào.",
        "scale": "Công nghệ, máy móc, sản phẩm; điểm nổi bật.",
        "activities": "Ai làm gì, từ tháng nào đến tháng nào.",
        "arrangement": "Đơn vị chủ trì, phối hợp, giám sát.",
    },
    ("necessity", "objective", "activities"),
)
EffectForm = text_form(
    ("economic_effect", "social_effect", "environmental_effect", "lasting_effect"),
    {
        "economic_effect": "Doanh thu, năng suất, chi phí, so với trước khi hỗ trợ.",
        "social_effect": "Việc làm, thu nhập, ngành nghề của địa phương.",
        "environmental_effect": "Nước thải, khí thải, nguyên liệu, năng lượng.",
        "lasting_effect": "Duy trì sau khi hết hỗ trợ, khả năng nhân rộng.",
    },
    ("economic_effect",),
)


class VersionForm(forms.Form):
    """Carries the version that the person saw, for parts made of rows."""

    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    @property
    def expected_version(self):
        return self.cleaned_data.get("version")


class FundingForm(VersionForm):
    """The estimate and its split over the sources in force."""

    needed = ("total_cost",)
    total_cost = VndField(
        label="Tổng dự toán", required=False,
        help_text="Gõ được 300tr, 0,3 tỷ hoặc 300.000.000. Theo Mẫu số 1, phần A và B.",
    )  # fmt: skip

    def __init__(self, data=None, *, project, **kwargs):
        lines = {line.source_id: line.requested_amount for line in project.funding_lines.all()}
        self.sources = list(FundingSource.objects.filter(Q(valid_to=None) | Q(pk__in=lines)))
        initial = {"version": project.version, "total_cost": project.total_cost}
        initial |= {f"source-{source.pk}": lines.get(source.pk) for source in self.sources}
        super().__init__(data, initial=initial, **kwargs)
        for source in self.sources:
            self.fields[f"source-{source.pk}"] = VndField(label=source.name, required=False)
        self.order_fields(["version", "total_cost"])

    @property
    def source_fields(self):
        return [(source, self[f"source-{source.pk}"]) for source in self.sources]

    @property
    def amounts(self):
        return {source: self.cleaned_data.get(f"source-{source.pk}") for source in self.sources}

    def allocation(self):
        """What is typed, readable or not: total, sum of the sources, what is left, share of each source."""
        total = self._typed("total_cost") or 0
        parts = [(source, self._typed(f"source-{source.pk}") or 0) for source in self.sources]
        allocated = sum(amount for _source, amount in parts)
        shares = [(source, amount, percent(Decimal(amount * 100) / total) if total else "") for source, amount in parts]
        left = total - allocated
        return {"total": total, "allocated": allocated, "left": left, "over": max(-left, 0), "shares": shares}

    def _typed(self, name):
        try:
            return self.fields[name].clean(self[name].value())
        except ValidationError:
            return None

    def with_rest_in_counterpart(self):
        """The same form with what is left put into the facility's own money; unchanged when nothing is left."""
        left = self.allocation()["left"]
        own = next((source for source in self.sources if source.category == SourceCategory.COUNTERPART), None)
        if own is None or left <= 0:
            return self
        name = f"source-{own.pk}"
        data = self.data.copy()
        data[name] = (self._typed(name) or 0) + left
        self.data = data
        self.full_clean()
        return self


class BeneficiaryRowForm(forms.Form):
    """A facility with its part of the money per source."""

    hides_optional = True
    item = forms.CharField(label="Hạng mục", required=False, max_length=250)

    def __init__(self, *args, user, sources, **kwargs):
        super().__init__(*args, **kwargs)
        facilities = Facility.objects.visible_to(user).select_related("unit")
        self.fields["facility"] = LookupField(
            label="Cơ sở",
            required=False,
            queryset=facilities,
            search_url="beneficiaries:options",
            label_of=facility_label,
        )
        self.order_fields(["facility", "item"])
        self.sources = sources
        for source in sources:
            self.fields[f"source-{source.pk}"] = VndField(label=source.short_name, required=False, with_words=False)

    @property
    def source_fields(self):
        return [self[f"source-{source.pk}"] for source in self.sources]

    def clean(self):
        data = super().clean()
        typed = [data.get("item"), *(data.get(f"source-{source.pk}") for source in self.sources)]
        if any(typed) and not data.get("facility") and "facility" not in self.errors:
            self.add_error("facility", "Chọn cơ sở, hoặc xóa hết dòng này.")
        return data

    @property
    def row(self):
        """(facility, item, {source: đồng}), or None for an empty or dropped row."""
        data = self.cleaned_data
        if not data.get("facility") or data.get("DELETE"):
            return None
        return data["facility"], data["item"], {source: data.get(f"source-{source.pk}") for source in self.sources}


class CostItemRowForm(forms.Form):
    """A machine or piece of work: quantity × unit price."""

    hides_optional = True
    name = forms.CharField(label="Máy móc, hạng mục", required=False, max_length=300)
    specification = forms.CharField(label="Quy cách, xuất xứ", required=False, max_length=300)
    unit_name = forms.CharField(label="Đơn vị tính", required=False, max_length=30)
    quantity = VnDecimalField(
        label="Số lượng", required=False, max_digits=12, decimal_places=2, min_value=0,
        error_messages={"min_value": "Số lượng phải lớn hơn 0."},
    )  # fmt: skip
    unit_price = VndField(label="Đơn giá", required=False, with_words=False)

    def __init__(self, *args, beneficiaries, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["beneficiary"] = forms.ModelChoiceField(
            label="Của cơ sở", required=False, queryset=beneficiaries, empty_label="Chung"
        )

    def clean(self):
        data = super().clean()
        if not any(data.get(name) for name in ("name", "specification", "quantity", "unit_price")):
            return data
        wanted = {
            "name": "Nhập tên máy móc, hạng mục.",
            "quantity": "Nhập số lượng lớn hơn 0.",
            "unit_price": "Nhập đơn giá.",
        }  # fmt: skip
        for name, text in wanted.items():
            missing = data.get(name) is None if name == "unit_price" else not data.get(name)
            if missing and name not in self.errors:
                self.add_error(name, text)
        amount = (data.get("quantity") or 0) * (data.get("unit_price") or 0)
        if amount > 999_999_999_999_999:
            self.add_error("unit_price", f"Thành tiền quá lớn; tối đa {vnd(999_999_999_999_999)}.")
        return data

    @property
    def row(self):
        data = self.cleaned_data
        if not data.get("name") or data.get("DELETE"):
            return None
        names = ("name", "specification", "unit_name", "quantity", "unit_price", "beneficiary")
        return {name: data[name] for name in names}


def rows_formset(form_class):
    return formset_factory(form_class, extra=1, can_delete=True, max_num=MAX_ROWS, validate_max=True)


BeneficiaryFormSet = rows_formset(BeneficiaryRowForm)
CostItemFormSet = rows_formset(CostItemRowForm)
