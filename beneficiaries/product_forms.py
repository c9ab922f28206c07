"""Forms of certified products: the filter of their list and the entry form."""

from django import forms
from django.db.models import Count, Q

from beneficiaries.forms import FacilityField
from beneficiaries.models import CertificateLevel, CertifiedProduct, Facility, ProductGroup
from khuyencong.dates import today
from khuyencong.filters import FilterForm
from khuyencong.forms import LONGEST_SEARCH, CleanTextMixin, UnitField, VersionedFormMixin, VnDateField
from khuyencong.units import own_provinces, units_within

VALID, ENDED = "con", "het"


class ProductFilterForm(FilterForm):
    q = forms.CharField(
        label="Tìm", required=False, max_length=LONGEST_SEARCH, widget=forms.TextInput(attrs={"type": "search"}),
        help_text="Tên sản phẩm, cơ sở, số quyết định; không cần gõ dấu.",
    )  # fmt: skip
    cap = forms.ChoiceField(label="Cấp", required=False, choices=[("", "Tất cả"), *CertificateLevel.choices])
    nhom = forms.ChoiceField(label="Nhóm", required=False, choices=[("", "Tất cả"), *ProductGroup.choices])
    nam = forms.TypedChoiceField(label="Năm bình chọn", required=False, coerce=int, empty_value=None)
    hieu_luc = forms.ChoiceField(
        label="Hiệu lực hôm nay", required=False,
        choices=[("", "Tất cả"), (VALID, "Còn hiệu lực"), (ENDED, "Đã hết hiệu lực")],
    )  # fmt: skip
    dia_ban = UnitField(label="Địa bàn", required=False, takes_best=True)

    LABELS = {"nam": "Năm"}
    SORTS = {
        "-nam": ("-year", "facility__sort_key", "name", "pk"),
        "nam": ("year", "facility__sort_key", "name", "pk"),
        "ten": ("name", "pk"),
        "co-so": ("facility__sort_key", "name", "pk"),
        "het-han": ("valid_until", "name", "pk"),
    }

    def __init__(self, data=None, *, user, **kwargs):
        super().__init__(data, **kwargs)
        self.fields["dia_ban"].put_first(own_provinces(user))
        years = CertifiedProduct.objects.visible_to(user).order_by("-year").values_list("year", flat=True).distinct()
        self.fields["nam"].choices = [("", "Tất cả"), *((year, str(year)) for year in years)]

    def filter(self, products):
        """The products that the form asks for, in its order; none when a filter cannot be read."""
        if not self.is_valid():
            return products.none()
        asked = self.cleaned_data
        plain = {"level": asked["cap"], "group": asked["nhom"], "year": asked["nam"]}
        products = products.filter(**{field: value for field, value in plain.items() if value})
        if asked["q"]:
            products = products.matching(asked["q"])
        if asked["hieu_luc"]:
            valid = Q(valid_until__gte=today())
            products = products.filter(valid if asked["hieu_luc"] == VALID else ~valid)
        if asked["dia_ban"]:
            products = products.filter(facility__unit__in=units_within(asked["dia_ban"]))
        return self.ordered(products)


def product_totals(products):
    """Of exactly these products: `count`, `facilities` each counted once, `valid` those still certified today."""
    return products.order_by().aggregate(
        count=Count("pk"), facilities=Count("facility", distinct=True),
        valid=Count("pk", filter=Q(valid_until__gte=today())),
    )  # fmt: skip


class ProductForm(CleanTextMixin, VersionedFormMixin, forms.ModelForm):
    facility = FacilityField(
        label="Cơ sở có sản phẩm", queryset=Facility.objects.none(), help_text="Gõ tên hoặc mã số thuế rồi chọn."
    )

    class Meta:
        model = CertifiedProduct
        fields = (
            "facility", "name", "is_set", "group", "level", "year", "decision_number", "decision_on", "valid_until",
            "note", "source_note",
        )  # fmt: skip
        field_classes = {"decision_on": VnDateField, "valid_until": VnDateField}
        help_texts = {
            "name": "Như trên giấy chứng nhận. Ví dụ: Kẹo dừa sầu riêng lá dứa.",
            "year": "Năm có kỳ bình chọn. Ví dụ 2025.",
            "decision_number": "Ví dụ 2187/QĐ-UBND.",
            "decision_on": "Ví dụ 15/10/2025.",
            "note": "Điều đồng nghiệp cần biết về sản phẩm; không in ra văn bản.",
        }

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["facility"].queryset = Facility.objects.visible_to(user).select_related("unit", "owner")
        self.fields["group"].choices = [("", "Chọn nhóm"), *ProductGroup.choices]
        self.fields["level"].choices = [("", "Chọn cấp"), *CertificateLevel.choices]
        self.fields["year"].widget = forms.TextInput(attrs={"class": "input input--short", "inputmode": "numeric"})
        self.fields["valid_until"].required = False
        self.fields[
            "valid_until"
        ].help_text = "Để trống: 31/12 của năm thứ ba, kể cả năm cấp (Thông tư 26/2014/TT-BCT, Điều 17)."
