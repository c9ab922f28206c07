"""Forms of the papers' pages: issue, revoke, and the filter of the register."""

from django import forms

from khuyencong.dates import today
from khuyencong.documents.kinds import KINDS
from khuyencong.documents.letterheads import deputies_signing
from khuyencong.filters import FilterForm
from khuyencong.forms import LONGEST_SEARCH, ReasonField, VnDateField
from khuyencong.models import DocumentStatus, IssuedDocument

ALL = ("", "Tất cả")


class IssueForm(forms.Form):
    """Number, day, signer and reason; a field is there only where the paper leaves the choice."""

    number_text = forms.CharField(label="Số ghi tay", required=False, max_length=40)
    counts_on = forms.BooleanField(
        label="Từ nay đếm tiếp sau số ghi tay", required=False,
        help_text="Dùng một lần khi các số trước đó trong năm đã cấp ngoài cổng.",
    )  # fmt: skip
    dated_on = VnDateField(label="Ngày văn bản", help_text="Ngày in trên văn bản. Ví dụ 22/11/2026.")
    signer = forms.ChoiceField(label="Người ký", required=False)
    reason = ReasonField(label="Lý do thay bản đang hiệu lực")

    def __init__(self, data=None, *, kind, record, number_ahead, current):
        super().__init__(data, initial={"dated_on": today()})
        organisation, day = kind.issuer(record), kind.day(record)
        if kind.own_number(record) or not number_ahead:
            del self.fields["number_text"], self.fields["counts_on"]
        else:
            self.fields["number_text"].help_text = f"Để trống thì lấy số tiếp theo của dãy, bây giờ là {number_ahead}."
        if day:
            del self.fields["dated_on"]
        self.deputies = deputies_signing(organisation, day or today()) if organisation else []
        if self.deputies:
            deputies = [(str(index), f"{row.mode}. {row}") for index, row in enumerate(self.deputies)]
            self.fields["signer"].choices = [("", "Người ký theo thiết lập"), *deputies]
        else:
            del self.fields["signer"]
        if current is None:
            del self.fields["reason"]

    @property
    def order(self):
        """What is asked for, as keyword arguments of `issue`."""
        asked = {
            "number_text": self.cleaned_data.get("number_text", ""),
            "counts_on": self.cleaned_data.get("counts_on", False),
            "dated_on": self.cleaned_data.get("dated_on"),
            "reason": self.cleaned_data.get("reason", ""),
        }
        index = self.cleaned_data.get("signer")
        return {**asked, "signer": self.deputies[int(index)] if index else None}


class RevokeForm(forms.Form):
    reason = ReasonField(
        label="Lý do thu hồi", help_text="Ghi ở trang chi tiết và nhật ký; trang kiểm tra công khai không hiện."
    )


class RegisterFilterForm(FilterForm):
    q = forms.CharField(
        label="Tìm", required=False, max_length=LONGEST_SEARCH, widget=forms.TextInput(attrs={"type": "search"}),
        help_text="Số, trích yếu, đề án, cơ sở, mã tra cứu; không cần gõ dấu.",
    )  # fmt: skip
    loai = forms.ChoiceField(label="Loại văn bản", required=False)
    nam = forms.TypedChoiceField(label="Năm", required=False, coerce=int, empty_value=None)
    trang_thai = forms.ChoiceField(label="Trạng thái", required=False, choices=[ALL, *DocumentStatus.choices])
    tu_ngay = VnDateField(label="Từ ngày", required=False)
    den_ngay = VnDateField(label="Đến ngày", required=False)

    LABELS = {"loai": "Loại"}
    SORTS = {
        "phat-hanh": ("issued_at", "pk"),
        "so": ("year", "series", "number", "version", "pk"),
        "ngay": ("dated_on", "pk"),
        "loai": ("kind_label", "pk"),
    }
    EMPTY_LAST = ("dated_on", "number")

    def __init__(self, data=None, *, user, **kwargs):
        super().__init__(data, user=user, **kwargs)
        papers = IssuedDocument.objects.visible_to(user)
        years = self.kept_of(
            papers, "years", lambda: list(papers.order_by("-year").values_list("year", flat=True).distinct())
        )
        self.fields["nam"].choices = [ALL, *((year, str(year)) for year in years)]
        kinds = sorted(KINDS.values(), key=lambda kind: kind.label)
        self.fields["loai"].choices = [ALL, *((kind.key, kind.label) for kind in kinds)]

    @property
    def default_sort(self):
        return "-phat-hanh"

    def ordered(self, rows):
        """The latest issued first, without a wish."""
        word = self.data.get(self.add_prefix("sap_xep"), "")
        if word.removeprefix("-") not in self.SORTS:
            return rows.order_by("-issued_at", "-pk")
        return super().ordered(rows)

    def clean(self):
        data = super().clean()
        first, last = data.get("tu_ngay"), data.get("den_ngay")
        if first and last and first > last:
            self.add_error("den_ngay", "Nhập ngày từ “Từ ngày” trở đi.")
        return data

    def filter(self, documents):
        """The papers that the form asks for, in its order; none when a filter cannot be read."""
        if not self.is_valid():
            return documents.none()
        asked = self.cleaned_data
        plain = {
            "kind": asked["loai"],
            "year": asked["nam"],
            "status": asked["trang_thai"],
            "dated_on__gte": asked["tu_ngay"],
            "dated_on__lte": asked["den_ngay"],
        }
        documents = documents.filter(**{field: value for field, value in plain.items() if value})
        if asked["q"]:
            documents = documents.matching(asked["q"])
        return self.ordered(documents)
