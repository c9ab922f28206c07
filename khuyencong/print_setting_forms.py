"""Forms of letterheads, signers, and the wording of papers."""

from django import forms

from khuyencong.documents.drafting import MOST_LETTERS
from khuyencong.documents.kinds import KINDS
from khuyencong.forms import CleanTextMixin, VnDateField
from khuyencong.models import Letterhead, Signer, Wording
from khuyencong.text import nfc

TEXT_HELP = f"Xuống dòng là sang đoạn mới. Nhiều nhất {MOST_LETTERS} ký tự."
LIST_HELP = (
    "Mỗi mục một dòng; dấu chấm phẩy, dấu chấm do bản in tự đặt. Dòng có ô điền mà hồ sơ chưa có gì thì không in."
)


class LetterheadForm(CleanTextMixin, forms.ModelForm):
    valid_from = VnDateField(label="Dùng từ ngày", required=False, help_text="Trống: từ trước.")
    valid_to = VnDateField(label="Hết hiệu lực sau ngày", required=False, help_text="Trống: chưa biết.")

    class Meta:
        model = Letterhead
        fields = ("parent_lines", "name_lines", "place", "valid_from", "valid_to")


class SignerForm(CleanTextMixin, forms.ModelForm):
    kind = forms.ChoiceField(label="Loại văn bản", required=False)
    valid_from = VnDateField(label="Ký từ ngày", required=False, help_text="Trống: từ trước.")
    valid_to = VnDateField(label="Thôi ký sau ngày", required=False, help_text="Trống: chưa biết.")

    class Meta:
        model = Signer
        fields = ("kind", "name", "post", "mode", "capacity", "valid_from", "valid_to")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        kinds = [(kind.key, kind.label) for kind in KINDS.values()]
        self.fields["kind"].choices = [("", "Mọi loại chưa có người ký riêng"), *kinds]


class EndForm(forms.Form):
    valid_to = VnDateField(label="Hết hiệu lực sau ngày", help_text="Ngày cuối cùng còn dùng.")


class WordingForm(forms.ModelForm):
    """The text keeps its lines; everything else about it is asked by `drafting.check_text`."""

    text = forms.CharField(label="Lời văn", required=False, strip=False, widget=forms.Textarea(attrs={"rows": 10}))
    valid_from = VnDateField(
        label="Dùng từ ngày", help_text="Văn bản đề ngày từ hôm ấy dùng lời mới. Ví dụ 01/01/2027."
    )
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    class Meta:
        model = Wording
        fields = ("text", "valid_from")

    def __init__(self, *args, slot, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["version"].initial = self.instance.version if self.instance.pk else None
        self.fields["text"].help_text = LIST_HELP if slot.is_list else TEXT_HELP
        if slot.help:
            self.fields["text"].help_text = f"{slot.help} {self.fields['text'].help_text}"

    def clean_text(self):
        """Vietnamese as it is composed; lines stay lines, empty ones at the ends go."""
        return "\n".join(nfc(line) for line in self.cleaned_data["text"].splitlines()).strip("\n")
