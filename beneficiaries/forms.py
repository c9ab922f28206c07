"""Forms of the register of facilities: the filter of its list and the entry form."""

from django import forms
from django.db.models import Count, Sum
from django.db.models.functions import Coalesce

from beneficiaries.models import MAY_LACK_TAX_CODE, Facility, Industry, LegalForm
from khuyencong.dates import FIRST_YEAR, LAST_YEAR
from khuyencong.filters import FilterForm
from khuyencong.forms import (
    LONGEST_SEARCH,
    CleanTextMixin,
    LookupField,
    ReasonField,
    UnitField,
    VersionedFormMixin,
    VnDateField,
    VndField,
)
from khuyencong.tax_code import clean_tax_code
from khuyencong.units import own_provinces, units_within


class IndustryField(forms.ModelChoiceField):
    """A trade by its short name."""

    def __init__(self, **kwargs):
        super().__init__(queryset=Industry.objects.all(), **kwargs)

    def label_from_instance(self, industry):
        return industry.short_name


def facility_label(facility):
    """What a look-up field shows and reads back: name, tax code, place."""
    return " – ".join(filter(None, [facility.name, facility.tax_code, str(facility.unit)]))


class FacilityField(LookupField):
    """A facility of the given ones, by name, tax code or place."""

    def __init__(self, **kwargs):
        super().__init__(search_url="beneficiaries:options", label_of=facility_label, **kwargs)


def check_facility_name(name):
    if not any(letter.isalnum() for letter in name):
        raise forms.ValidationError("Nhập tên cơ sở đúng như giấy đăng ký.")


def code_is_taken(facility):
    """Who has a tax code already; None for a facility that the person does not see."""
    where = f"cơ sở “{facility}”" if facility else "một cơ sở ngoài địa bàn của ông/bà"
    return f"Mã số thuế này đã có ở {where}; so lại với giấy đăng ký."


NEEDS_TAX_CODE = "Nhập mã số thuế: doanh nghiệp, hợp tác xã phải có."


class FacilityFilterForm(FilterForm):
    q = forms.CharField(
        label="Tìm", required=False, max_length=LONGEST_SEARCH, widget=forms.TextInput(attrs={"type": "search"}),
        help_text="Tên, mã số thuế, số đăng ký, sản phẩm, địa danh cũ hoặc mới; không cần gõ dấu.",
    )  # fmt: skip
    hinh_thuc = forms.ChoiceField(
        label="Hình thức pháp lý", required=False, choices=[("", "Tất cả"), *LegalForm.choices]
    )
    nganh = IndustryField(label="Ngành, nghề", required=False, empty_label="Tất cả", to_field_name="code")
    dia_ban = UnitField(label="Địa bàn", required=False, takes_best=True)

    LABELS = {"hinh_thuc": "Hình thức", "nganh": "Ngành"}
    SORTS = {
        "ten": ("sort_key", "pk"),
        "mst": ("tax_code", "pk"),
        "lao-dong": ("labour_count", "sort_key", "pk"),
        "dia-ban": ("unit__sort_key", "sort_key", "pk"),
    }
    EMPTY_LAST = ("tax_code", "labour_count")

    def __init__(self, data=None, *, user=None, **kwargs):
        super().__init__(data, **kwargs)
        if user:
            self.fields["dia_ban"].put_first(own_provinces(user))

    def filter(self, facilities):
        """The facilities that the form asks for, in its order; none when a filter cannot be read."""
        if not self.is_valid():
            return facilities.none()
        asked = self.cleaned_data
        if asked["q"]:
            facilities = facilities.matching(asked["q"])
        if asked["hinh_thuc"]:
            facilities = facilities.filter(legal_form=asked["hinh_thuc"])
        if asked["nganh"]:
            facilities = facilities.filter(industry=asked["nganh"])
        if asked["dia_ban"]:
            facilities = facilities.filter(unit__in=units_within(asked["dia_ban"]))
        return self.ordered(facilities)


def facility_totals(facilities):
    """Number of facilities and of workers, for the head of the list."""
    return facilities.order_by().aggregate(count=Count("pk"), labour=Coalesce(Sum("labour_count"), 0))


class FacilityForm(VersionedFormMixin, forms.ModelForm):
    """Entry of a facility. It knows the facility that has the tax code already (`same_code`) and those that carry
    the name in the same place (`look_alikes`), as far as the person may see them."""

    tax_code = forms.CharField(
        label="Mã số thuế", required=False, max_length=40, empty_value=None,
        help_text="10, 12 hoặc 13 số. Hộ kinh doanh chưa có thì để trống.",
    )  # fmt: skip
    unit = UnitField(
        label="Xã, phường", levels=("commune",),
        help_text="Gõ tên mới hoặc cũ, có dấu hay không đều được, rồi chọn trong gợi ý. Ví dụ: mo cay.",
    )  # fmt: skip
    industry = IndustryField(
        label="Ngành, nghề", required=False, empty_label="Chưa chọn",
        help_text="Ngành làm ra doanh thu lớn nhất; danh mục theo NĐ 45/2012, Điều 5.",
    )  # fmt: skip
    # Its own limits: those of the column differ from one database to the next.
    established_year = forms.IntegerField(
        label="Năm thành lập", required=False, min_value=FIRST_YEAR, max_value=LAST_YEAR,
        help_text="Ví dụ 2015.",
        error_messages=dict.fromkeys(("min_value", "max_value"), "Năm thành lập trong khoảng 1900-2100."),
    )  # fmt: skip
    confirmed = forms.BooleanField(required=False, widget=forms.HiddenInput, label="Đây là cơ sở khác, vẫn lưu")
    needed = ("tax_code",)

    class Meta:
        model = Facility
        fields = (
            "name", "short_name", "legal_form", "tax_code", "license_number", "license_on", "license_issuer",
            "unit", "address", "cluster", "industry", "products", "established_year", "representative",
            "representative_position", "phone", "email", "labour_count", "capital", "revenue",
            "is_cleaner_production", "is_exporter", "uses_local_material", "is_outside_province", "note", "source_note",
        )  # fmt: skip
        field_classes = {"license_on": VnDateField, "capital": VndField, "revenue": VndField}
        widgets = {"note": forms.Textarea(attrs={"rows": 3})}
        help_texts = {
            "name": "Như trên giấy đăng ký. Ví dụ: Công ty TNHH Kẹo dừa Bến Tre.",
            "short_name": "Tên thường gọi, thương hiệu; cũng tìm được theo tên này.",
            "legal_form": "Như trên giấy đăng ký kinh doanh; mã số thuế bắt buộc với mọi hình thức trừ hộ kinh doanh.",
            "license_number": "Giấy đăng ký doanh nghiệp, hợp tác xã hoặc hộ kinh doanh; hộ thường khác mã số thuế.",
            "license_on": "Ví dụ 15/02/2021.",
            "license_issuer": "Ví dụ: Phòng Đăng ký kinh doanh, Sở Tài chính.",
            "address": "Nơi sản xuất. Ví dụ: số 12, ấp Phước Hậu.",
            "cluster": "Chọn khi nơi sản xuất nằm trong cụm công nghiệp.",
            "products": "Cách nhau bằng dấu phẩy. Ví dụ: kẹo dừa, bánh tráng.",
            "representative": "Người ký hợp đồng, biên bản. Ví dụ: Nguyễn Văn An.",
            "representative_position": "Ví dụ: Giám đốc, chủ hộ, chủ nhiệm.",
            "phone": "Ví dụ 0270 3822 123 hoặc 0912 345 678.",
            "email": "Ví dụ ten@congty.vn.",
            "labour_count": "Đang làm việc tại cơ sở. Ví dụ 25.",
            "capital": "Gõ được 1,5 tỷ, 500tr hoặc 500.000.000.",
            "revenue": "Theo báo cáo tài chính hoặc tờ khai thuế gần nhất. Gõ được 2,3 tỷ, 800tr.",
            "is_cleaner_production": "Đã đánh giá hoặc áp dụng tại cơ sở.",
            "is_exporter": "Thuộc nhóm ưu tiên (NĐ 45/2012, Điều 6 khoản 2).",
            "uses_local_material": "Thuộc nhóm ưu tiên (NĐ 45/2012, Điều 6 khoản 2).",
            "note": "Điều đồng nghiệp cần biết về cơ sở; không in ra văn bản.",
        }

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["unit"].put_first(own_provinces(user))
        self.user = user
        self.same_code = None
        self.look_alikes = []
        self.fields["legal_form"].choices = [("", "Chọn hình thức"), *LegalForm.choices]
        self.fields["cluster"].empty_label = "Không ở trong cụm công nghiệp"
        for name in ("established_year", "labour_count"):
            self.fields[name].widget = forms.TextInput(attrs={"class": "input input--short", "inputmode": "numeric"})

    def clean_name(self):
        check_facility_name(self.cleaned_data["name"])
        return self.cleaned_data["name"]

    def clean_tax_code(self):
        if not self.cleaned_data["tax_code"]:
            return None
        tax_code = clean_tax_code(self.cleaned_data["tax_code"])
        others = Facility.objects.filter(tax_code=tax_code).exclude(pk=self.instance.pk)
        if found := others.first():
            # The code of a record that went into another leads to that other.
            kept = Facility.objects.visible_to(self.user).select_related("unit")
            self.same_code = kept.filter(pk__in=[found.pk, found.merged_into_id]).first()
            raise forms.ValidationError(code_is_taken(self.same_code), code="unique")
        return tax_code

    def clean(self):
        super().clean()
        self._ask_for_tax_code()
        self._ask_about_look_alikes()
        return self.cleaned_data

    def _ask_for_tax_code(self):
        legal_form = self.cleaned_data.get("legal_form")
        if legal_form and legal_form not in MAY_LACK_TAX_CODE and self.cleaned_data.get("tax_code", "") is None:
            self.add_error("tax_code", NEEDS_TAX_CODE)

    def _ask_about_look_alikes(self):
        """A name that is there already needs a word, unless the facility has been kept under it before."""
        name, unit = self.cleaned_data.get("name"), self.cleaned_data.get("unit")
        if not name or not unit:
            return
        twins = Facility.objects.visible_to(self.user).looking_like(name=name, unit=unit)
        self.look_alikes = list(twins.exclude(pk=self.instance.pk).select_related("unit")[:5])
        is_kept = self.instance.pk and not {"name", "unit"} & set(self.changed_data)
        if not self.look_alikes or is_kept:
            return
        self.fields["confirmed"].widget = forms.CheckboxInput()
        if not self.cleaned_data.get("confirmed"):
            self.add_error("confirmed", "Xem cơ sở đã có; đánh dấu ô này nếu cơ sở đang nhập là cơ sở khác.")


class AliasForm(CleanTextMixin, forms.Form):
    """An earlier tax code or name; one of the two is enough."""

    tax_code = forms.CharField(label="Mã số thuế cũ", required=False, max_length=40, help_text="10, 12 hoặc 13 số.")
    name = forms.CharField(
        label="Tên cũ, tên khác", required=False, max_length=250, help_text="Như trên hồ sơ, biên bản cũ."
    )
    note = forms.CharField(
        label="Ghi chú", required=False, max_length=200, help_text="Ví dụ: đổi tên năm 2021; gộp từ hồ sơ trùng."
    )


class MergeForm(forms.Form):
    """Into which facility another one goes, and why."""

    keeper = FacilityField(
        label="Gộp vào cơ sở", queryset=Facility.objects.none(),
        help_text="Cơ sở giữ lại. Gõ tên hoặc mã số thuế rồi chọn.", error_messages={"required": "Chọn cơ sở giữ lại."},
    )  # fmt: skip
    reason = ReasonField(label="Lý do gộp", max_length=300, help_text="Ví dụ: nhập hai lần, tên viết khác nhau.")

    def __init__(self, data=None, *, user, gone, initial=None):
        super().__init__(data, initial=initial)
        self.fields["keeper"].queryset = Facility.objects.visible_to(user).exclude(pk=gone.pk).select_related("unit")
