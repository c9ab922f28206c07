"""Forms of the dossier: one paper with its scan, taking one back, photos of a visit."""

from django import forms

from khuyencong.forms import CleanTextMixin, FilesField, ReasonField, VnDateField
from khuyencong.text import nfc
from programs.models import PaperStep
from projects.models import Paper
from projects.services.papers import paper_mark

ACCEPTED = ".pdf,.jpg,.jpeg,.png,.docx,.xlsx"


class PaperForm(CleanTextMixin, forms.ModelForm):
    """One paper. `what` is “rule-<pk>” for a paper of the list, “step-<step>” for another one of that step."""

    what = forms.ChoiceField(label="Giấy tờ")
    name = forms.CharField(
        label="Tên giấy tờ", max_length=300, required=False,
        help_text="Để trống thì lấy tên trong danh mục ở trên; giấy khác thì ghi tên.",
    )  # fmt: skip
    dated_on = VnDateField(label="Ngày", required=False, help_text="Ngày ghi trên giấy, ví dụ 05/03/2026.")
    files = FilesField(label="Bản quét", required=False, accept=ACCEPTED)
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    class Meta:
        model = Paper
        fields = ("name", "number", "dated_on", "copy_kind", "beneficiary")
        labels = {"copy_kind": "Bản đang giữ"}
        help_texts = {
            "number": "Ví dụ 12/TTKC-KH.",
            "copy_kind": "Bản chụp không thay được bản chính, bản sao hợp lệ.",
        }

    field_order = ("what", "name", "number", "dated_on", "copy_kind", "beneficiary", "files", "seen")

    def __init__(self, *args, project, steps, limit, **kwargs):
        super().__init__(*args, **kwargs)
        self.rules = {f"rule-{need.rule.pk}": need.rule for step in steps for need in step.needs}
        self.fields["what"].choices = [
            (step.step.label, [*((f"rule-{need.rule.pk}", need.rule.name) for need in step.needs), other_of(step.step)])
            for step in steps
        ]
        held = self.instance.rule
        if held and f"rule-{held.pk}" not in self.rules:  # a rule of an earlier day stays with its paper
            self.rules[f"rule-{held.pk}"] = held
            self.fields["what"].choices += [(f"rule-{held.pk}", held.name)]
        self.fields["beneficiary"].queryset = project.beneficiaries.select_related("facility")
        self.fields["beneficiary"].empty_label = "Cả đề án"
        if self.instance.pk:
            self.fields["files"].label = "Thay bản quét"
            self.fields["files"].widget.attrs["multiple"] = False
            self.initial["what"] = f"rule-{held.pk}" if held else f"step-{self.instance.step}"
            self.initial["seen"] = paper_mark(self.instance)
        self.fields["files"].help_text = (
            f"PDF, JPG, PNG, DOCX, XLSX, mỗi tệp tối đa {limit} MB."
            + (" Tệp cũ vẫn được giữ trong kho." if self.instance.pk else " Nhiều tệp thì mỗi tệp thành một dòng.")
        )  # fmt: skip

    def clean(self):
        cleaned = super().clean()
        what = cleaned.get("what", "")
        rule = self.rules.get(what)
        self.instance.rule = rule
        self.instance.step = rule.step if rule else what.removeprefix("step-") or self.instance.step
        if what and not cleaned.get("name") and "name" not in self.errors:
            if rule is None:
                self.add_error("name", "Ghi tên giấy tờ.")
            else:
                cleaned["name"] = nfc(rule.name)
        if self.instance.pk and len(cleaned.get("files") or []) > 1:
            self.add_error("files", "Chọn một tệp để thay.")
        return cleaned

    def _get_validation_exclusions(self):
        return super()._get_validation_exclusions() | {"step", "rule", "project", "added_by"}


def other_of(step):
    return f"step-{step}", f"Giấy khác: {PaperStep(step).label.lower()}"


class RemovePaperForm(forms.Form):
    reason = ReasonField(label="Lý do bỏ", max_length=300)
    seen = forms.CharField(required=False, widget=forms.HiddenInput)


class PhotosForm(forms.Form):
    files = FilesField(label="Ảnh, biên bản quét", accept=ACCEPTED)

    def __init__(self, *args, limit, most, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields[
            "files"
        ].help_text = (
            f"JPG, PNG, PDF…, mỗi tệp tối đa {limit} MB, mỗi lần tối đa {most} tệp. Tệp đã có thì được bỏ qua."
        )
