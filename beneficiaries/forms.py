"""Forms of the register of facilities: the filter of its list and the entry form."""

from django import forms
from django.db.models import Sum

from beneficiaries.models import Facility, Industry, LegalForm
from khuyencong.forms import UnitField, VersionedFormMixin, VnDateField, VndField
from khuyencong.units import units_within

SORTS = {
    "ten": ("sort_key", "pk"),
    "mst": ("tax_code", "pk"),
    "lao-dong": ("labour_count", "sort_key", "pk"),
    "dia-ban": ("unit__sort_key", "sort_key", "pk"),
}


class FacilityFilterForm(forms.Form):
    """Owns the filter, its words for chips and Excel heads, and the order of the list."""

    hides_optional = True
    q = forms.CharField(
        label="Tìm", required=False, max_length=200, widget=forms.TextInput(attrs={"type": "search"}),
        help_text="Tên, mã số thuế, số đăng ký, sản phẩm, địa danh cũ hoặc mới; không cần gõ dấu.",
    )  # fmt: skip
    hinh_thuc = forms.ChoiceField(
        label="Hình thức pháp lý", required=False, choices=[("", "Tất cả"), *LegalForm.choices]
    )
    nganh = forms.ModelChoiceField(
        label="Ngành, nghề", required=False, queryset=Industry.objects.all(), empty_label="Tất cả", to_field_name="code"
    )
    dia_ban = UnitField(label="Địa bàn", required=False, takes_best=True)
    sap_xep = forms.CharField(required=False, widget=forms.HiddenInput)

    LABELS = {"q": "Tìm", "hinh_thuc": "Hình thức", "nganh": "Ngành", "dia_ban": "Địa bàn"}

    def __init__(self, data=None, **kwargs):
        super().__init__(data, **kwargs)
        self.fields["nganh"].label_from_instance = lambda industry: industry.short_name

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
        return facilities.order_by(*self._order())

    def _order(self):
        key = self.data.get("sap-xep", "")
        fields = SORTS.get(key.removeprefix("-"), SORTS["ten"])
        return [f"-{field}" for field in fields] if key.startswith("-") else list(fields)

    def describe(self):
        """[(field name, words)] of the filters in use."""
        if not self.is_valid():
            return []
        shown = {"hinh_thuc": lambda value: LegalForm(value).label, "nganh": lambda value: value.short_name}
        return [
            (name, f"{label}: {shown.get(name, str)(self.cleaned_data[name])}")
            for name, label in self.LABELS.items()
            if self.cleaned_data.get(name)
        ]


def facility_totals(facilities):
    """Number of facilities and of workers, for the head of the list."""
    return {
        "count": facilities.count(),
        "labour": facilities.order_by().aggregate(sum=Sum("labour_count"))["sum"] or 0,
    }


class FacilityForm(VersionedFormMixin, forms.ModelForm):
    unit = UnitField(
        label="Xã, phường", levels=("commune",),
        help_text="Gõ tên mới hoặc cũ, có dấu hay không đều được, rồi chọn trong gợi ý. Ví dụ: mo cay.",
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

    def __init__(self, data=None, *args, user, **kwargs):
        super().__init__(data, *args, **kwargs)
        self.user = user
        self.look_alikes = []
        self.fields["legal_form"].choices = [("", "Chọn hình thức"), *LegalForm.choices]
        self.fields["industry"].empty_label = "Chưa chọn"
        self.fields["cluster"].empty_label = "Không ở trong cụm công nghiệp"
        for name in ("established_year", "labour_count"):
            self.fields[name].widget = forms.TextInput(attrs={"class": "input input--short", "inputmode": "numeric"})

    def clean_name(self):
        name = self.cleaned_data["name"]
        if not any(letter.isalnum() for letter in name):
            raise forms.ValidationError("Nhập tên cơ sở đúng như giấy đăng ký.")
        return name

    def clean(self):
        super().clean()
        name, unit = self.cleaned_data.get("name"), self.cleaned_data.get("unit")
        if name and unit and not self.cleaned_data.get("confirmed"):
            twins = Facility.objects.visible_to(self.user).looking_like(name=name, unit=unit)
            self.look_alikes = list(twins.exclude(pk=self.instance.pk).select_related("unit")[:5])
            if self.look_alikes:
                self.fields["confirmed"].widget = forms.CheckboxInput()
                self.add_error("confirmed", "Đánh dấu để lưu, nếu đây thật sự là một cơ sở khác.")
        return self.cleaned_data
