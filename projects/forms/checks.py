"""Forms of the page on conditions and levels of support: let a support go over a norm, take that back."""

from django import forms

from khuyencong.forms import CleanTextMixin, ReasonField


def choice_of(finding):
    """What a checkbox sends for a finding: its norm and, per facility, the beneficiary."""
    return f"{finding.norm.pk}-{finding.beneficiary_id or ''}"


class OverNormForm(CleanTextMixin, forms.Form):
    """Which of the supports over their norm go on, and why; one reason for all that are ticked."""

    chosen = forms.MultipleChoiceField(
        label="Mục vượt mức", widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Đánh dấu ít nhất một mục.", "invalid_choice": "Mục này không còn vượt mức."},
    )  # fmt: skip
    reason = ReasonField(
        label="Lý do vượt mức", help_text="Lý do hiện ở đề án, ở kế hoạch và trong danh mục in kèm quyết định."
    )

    def __init__(self, data=None, *, findings):
        super().__init__(data)
        self.findings = {choice_of(finding): finding for finding in findings}
        self.fields["chosen"].choices = [(key, _label(finding)) for key, finding in self.findings.items()]

    @property
    def given(self):
        """The findings that are ticked."""
        return [self.findings[key] for key in self.cleaned_data["chosen"]]


def _label(finding):
    whose = f"{finding.subject}: " if finding.subject else ""
    return f"{whose}{finding.text}"


class WithdrawForm(CleanTextMixin, forms.Form):
    reason = ReasonField(label="Lý do thôi cho vượt mức")
