"""Forms of the parts of a project made of fields; each saves on its own, complete or not."""

from datetime import date

from django import forms
from django.core.validators import MaxLengthValidator
from django.db.models import Case, Q, When

from khuyencong.forms import (
    CleanTextMixin,
    PlaceField,
    UnreadMixin,
    VersionedFormMixin,
    VnDateField,
    posted,
    same_lines,
    stored_value,
)
from khuyencong.models import Organisation
from khuyencong.permissions import family_q
from khuyencong.text import nfc
from programs.models import ActivityContent, AnnualPlan
from projects.models import Project

LONGEST_TEXT = 20_000


def in_force(catalogue, plan, kept=None):
    """The entries of a catalogue valid at some time of the plan year, and the one that the record has already."""
    days = (date(plan.year, 1, 1), date(plan.year, 12, 31))
    valid = catalogue.valid_on(days[0]) | catalogue.valid_on(days[1])
    return valid | catalogue.filter(pk=kept) if kept else valid


def content_choices(contents):
    """Contents of Điều 4 as groups of a select: each as a whole, then its kinds of activity."""
    groups = {}
    for content in contents.select_related("parent"):
        heading = content.heading
        label = content.name if content.parent else "Chung, nhiều loại hoạt động"
        groups.setdefault(heading.short_name or heading.name, []).append((content.pk, label))
    return [("", "Chọn nội dung"), *groups.items()]


KIND_HELP = "Đề án hỗ trợ cơ sở hoặc nhóm cơ sở; nhiệm vụ do cơ quan khuyến công tự làm."
CONTENT_HELP = "Quyết định mức hỗ trợ, giấy tờ phải có và mẫu biên bản (NĐ 45/2012, Điều 4)."


class NewProjectForm(CleanTextMixin, forms.ModelForm):
    """What a draft starts from; everything else comes part by part."""

    # Shown, to be ticked, once the plan turns out to hold a project of the name.
    is_another = forms.BooleanField(required=False, widget=forms.HiddenInput, label="Đây là đề án khác, vẫn lập")
    needed = ("content",)

    class Meta:
        model = Project
        fields = ("plan", "kind", "name", "content")
        widgets = {"name": forms.Textarea(attrs={"rows": 2})}
        help_texts = {
            "plan": "Chỉ hiện kế hoạch đang dự thảo hoặc bị trả lại của cơ quan ông/bà.",
            "name": "Ví dụ: Ứng dụng máy móc tiên tiến trong sản xuất kẹo dừa.",
            "kind": KIND_HELP,
            "content": CONTENT_HELP,
        }
        error_messages = {
            "plan": {"required": "Chọn kế hoạch.", "invalid_choice": "Chọn kế hoạch đang dự thảo của cơ quan."},
            "name": {"required": "Nhập tên đề án."},
        }

    def __init__(self, data=None, *, user, **kwargs):
        super().__init__(data, **kwargs)
        plans = AnnualPlan.objects.visible_to(user).open().filter(family_q(user))
        self.fields["plan"].queryset = plans.order_by("-year", "round_no")
        self.fields["plan"].empty_label = "Chọn kế hoạch"
        self.fields["content"].choices = content_choices(ActivityContent.objects.all())

    def clean_name(self):
        return nfc(self.cleaned_data["name"])

    def ask_whether_another(self):
        self.fields["is_another"].widget = forms.CheckboxInput()

    @property
    def given(self):
        names = ("plan", "kind", "name", "content")
        return {name: self.cleaned_data[name] for name in names} | {"refuses_twin": not self.cleaned_data["is_another"]}


class PartForm(UnreadMixin, CleanTextMixin, VersionedFormMixin, forms.ModelForm):
    """Fields of a project that one page of the entry shows; `pairs` stand side by side."""

    pairs = {}

    @property
    def rows(self):
        """Bound fields in the order of the page, those side by side together."""
        second = set(self.pairs.values())
        shown = [name for name in self._meta.fields if name not in second]
        return [[self[name], *([self[self.pairs[name]]] if name in self.pairs else [])] for name in shown]

    def is_untouched_in(self, current):
        """Whether nobody else changed a field of this part since the page was opened."""
        return all(
            same_lines(
                self.data.get(self[name].html_initial_name), posted(self.fields[name], stored_value(current, name))
            )
            for name in self.compared
        )

    def on(self, current):
        """The values of this part, put on the row as it stands now."""
        for name in self._meta.fields:
            setattr(current, name, self.cleaned_data[name])
        return current


class GeneralForm(PartForm):
    pairs = {"kind": "target_mode", "industry": "group", "unit": "place_note", "starts_on": "ends_on"}
    needed = ("name", "content", "implementing_unit", "starts_on", "ends_on")
    unit = PlaceField(
        label="Địa điểm", required=False, levels=("commune",),
        help_text="Xã, phường, gõ tên mới hoặc cũ; để trống khi ở nhiều nơi và đã nêu ở đơn vị thụ hưởng.",
    )  # fmt: skip

    class Meta:
        model = Project
        fields = (
            "name", "kind", "content", "industry", "group", "target_mode", "is_key", "implementing_unit",
            "coordinating_units", "investor", "unit", "place_note", "starts_on", "ends_on", "is_priority",
            "priority_note", "norm_quantity", "source_note",
        )  # fmt: skip
        field_classes = {"starts_on": VnDateField, "ends_on": VnDateField}
        widgets = {"name": forms.Textarea(attrs={"rows": 2})}
        labels = {"starts_on": "Ngày bắt đầu", "ends_on": "Ngày hoàn thành"}
        help_texts = {
            "name": "Ví dụ: Ứng dụng máy móc tiên tiến trong sản xuất kẹo dừa.",
            "kind": KIND_HELP,
            "content": CONTENT_HELP,
            "industry": "Của sản phẩm được hỗ trợ; quyết định ngành nghề ưu tiên (NĐ 45/2012, Điều 6 khoản 2).",
            "group": "Nhóm của kế hoạch mà dòng này đứng dưới.",
            "implementing_unit": "Ký hợp đồng và chịu trách nhiệm thực hiện. Ví dụ: Trung tâm Khuyến công.",
            "place_note": "Ví dụ: ấp Phước Hậu, cạnh chợ.",
            "starts_on": "Ví dụ 01/03/2026.",
            "ends_on": "Ví dụ 30/11/2026.",
            "coordinating_units": "Các đơn vị cách nhau bằng dấu chấm phẩy.",
            "investor": "Với công trình hạ tầng, xử lý ô nhiễm.",
            "priority_note": "Địa bàn hay ngành nghề nào, theo văn bản nào.",
        }
        error_messages = {"name": {"required": "Nhập tên đề án."}}

    def __init__(self, data=None, *, instance):
        super().__init__(data, instance=instance)
        plan = instance.plan
        contents = in_force(ActivityContent.objects.all(), plan, instance.content_id)
        self.fields["content"].queryset = contents
        self.fields["content"].choices = content_choices(contents)
        self.fields["group"].queryset = plan.groups.all()
        self.fields["group"].empty_label = "Không thuộc nhóm nào"
        self.fields["industry"].empty_label = "Chưa chọn"
        self.fields["implementing_unit"].queryset = bodies_around(instance)
        self.fields["implementing_unit"].empty_label = "Chọn đơn vị"

    def clean_name(self):
        return nfc(self.cleaned_data["name"])

    def clean(self):
        cleaned = super().clean()
        starts_on, ends_on = cleaned.get("starts_on"), cleaned.get("ends_on")
        if starts_on and ends_on and ends_on < starts_on:
            self.add_error("ends_on", "Ngày hoàn thành phải sau ngày bắt đầu.")
        if cleaned.get("is_priority") and not cleaned.get("priority_note") and "priority_note" not in self.errors:
            self.add_error("priority_note", "Nêu căn cứ: địa bàn hoặc ngành nghề ưu tiên nào.")
        return cleaned


def bodies_around(project):
    """Bodies that could carry the project out: those of the owner's house, then others working in its province."""
    owner = project.owner
    house = Q(pk__in=[owner.pk, owner.parent_id or owner.pk]) | Q(parent__in=[owner.pk, owner.parent_id or owner.pk])
    areas = [project.province_id] if project.province_id else owner.areas.order_by().values("pk")
    near = Q(pk__in=Organisation.objects.filter(areas__in=areas).order_by().values("pk"))
    bodies = Organisation.objects.filter(house | near | Q(pk=project.implementing_unit_id))
    return bodies.order_by(Case(When(house, then=0), default=1), "name")


class TextPartForm(PartForm):
    """Long texts of the dossier (Thông tư 36/2013/TT-BCT, Điều 5)."""

    def __init__(self, data=None, *, instance):
        super().__init__(data, instance=instance)
        for name in self._meta.fields:
            self.fields[name].widget.attrs["rows"] = 5
            self.fields[name].validators.append(MaxLengthValidator(LONGEST_TEXT))


class ContentForm(TextPartForm):
    needed = ("necessity", "objective", "activities")

    class Meta:
        model = Project
        fields = ("necessity", "objective", "scale", "activities", "arrangement")
        help_texts = {
            "necessity": "Vì sao cần làm; căn cứ chương trình, kế hoạch, quy hoạch. (Điều 5 khoản 2)",
            "objective": "Đạt được gì, đo bằng số nào. (Điều 5 khoản 3)",
            "scale": "Công nghệ, máy móc, sản phẩm; điểm nổi bật. (Điều 5 khoản 4)",
            "activities": "Từng việc, ai làm, từ tháng nào đến tháng nào. (Điều 5 khoản 5)",
            "arrangement": "Đơn vị chủ trì, phối hợp, giám sát; trách nhiệm từng bên. (Điều 5 khoản 7)",
        }


class EffectForm(TextPartForm):
    needed = ("economic_effect",)

    class Meta:
        model = Project
        fields = ("economic_effect", "social_effect", "environmental_effect", "lasting_effect")
        help_texts = {
            "economic_effect": "Doanh thu, năng suất, chi phí, so với trước khi hỗ trợ. (Điều 5 khoản 8)",
            "social_effect": "Việc làm, thu nhập, ngành nghề của địa phương.",
            "environmental_effect": "Nước thải, khí thải, nguyên liệu, năng lượng.",
            "lasting_effect": "Duy trì sau khi hết hỗ trợ, khả năng nhân rộng.",
        }
