"""Facilities out of and back into the admin, through the same rules as the form."""

from django import forms
from django.core.exceptions import ValidationError
from import_export import resources
from import_export.fields import Field

from beneficiaries import services
from beneficiaries.models import Facility, Industry, LegalForm
from khuyencong.exchange import FieldWidget, NameWidget, TextWidget
from khuyencong.forms import UnitField, VnDateField, VndField
from khuyencong.models import Organisation
from khuyencong.versions import save_record

KEY = "Số trên cổng"


def _organisations():
    return ((organisation, organisation.name) for organisation in Organisation.objects.all())


def _industries():
    return ((industry, industry.short_name) for industry in Industry.objects.all())


def _whole_number():
    return forms.IntegerField(required=False, min_value=0)


class FacilityResource(resources.ModelResource):
    """One row a facility, found again by its number on the portal; a row without one is a new facility.

    Who keeps a record is said once, when it comes in: the person's own body unless the file names another.
    """

    id = Field("id", KEY, FieldWidget(_whole_number()))
    name = Field("name", "Tên cơ sở", TextWidget())
    short_name = Field("short_name", "Tên viết tắt", TextWidget())
    legal_form = Field("legal_form", "Hình thức pháp lý", NameWidget("hình thức pháp lý", lambda: LegalForm.choices))
    tax_code = Field("tax_code", "Mã số thuế", TextWidget(empty=None))
    license_number = Field("license_number", "Số giấy đăng ký", TextWidget())
    license_on = Field("license_on", "Ngày cấp", FieldWidget(VnDateField(required=False)))
    address = Field("address", "Số nhà, đường, ấp", TextWidget())
    unit = Field("unit", "Xã, phường", FieldWidget(UnitField(levels=("commune",))))
    industry = Field("industry", "Ngành, nghề", NameWidget("ngành, nghề", _industries))
    products = Field("products", "Sản phẩm chính", TextWidget())
    established_year = Field("established_year", "Năm thành lập", FieldWidget(_whole_number()))
    representative = Field("representative", "Người đại diện", TextWidget())
    phone = Field("phone", "Điện thoại", TextWidget())
    email = Field("email", "Thư điện tử", TextWidget())
    labour_count = Field("labour_count", "Số lao động", FieldWidget(_whole_number()))
    capital = Field("capital", "Tổng nguồn vốn (đồng)", FieldWidget(VndField(required=False)))
    revenue = Field("revenue", "Doanh thu năm gần nhất (đồng)", FieldWidget(VndField(required=False)))
    owner = Field("owner", "Cơ quan quản lý", NameWidget("cơ quan", _organisations))

    class Meta:
        model = Facility
        fields = (
            "id", "name", "short_name", "legal_form", "tax_code", "license_number", "license_on", "address", "unit",
            "industry", "products", "established_year", "representative", "phone", "email", "labour_count", "capital",
            "revenue", "owner",
        )  # fmt: skip
        import_id_fields = ("id",)
        clean_model_instances = True
        skip_unchanged = True
        report_skipped = True

    def __init__(self, user=None):
        super().__init__()
        self.user = user

    def get_queryset(self):
        facilities = Facility.objects.select_related("unit", "industry", "owner")
        return facilities.visible_to(self.user) if self.user else facilities.none()

    def after_init_instance(self, instance, new, row, **kwargs):
        if not new:
            return
        if row.get(KEY):
            raise ValidationError(f"Không có cơ sở số {row[KEY]} trong địa bàn; bỏ trống ô “{KEY}” để thêm mới.")
        instance.created_by = instance.updated_by = self.user
        instance.owner = self.user.organisation

    def import_field(self, field, instance, row, is_m2m=False, **kwargs):
        if field.attribute == "owner" and (instance.pk or not row.get(field.column_name)):
            return
        super().import_field(field, instance, row, is_m2m, **kwargs)

    def do_instance_save(self, instance, is_create):
        """Through the one door that validates, raises the version and writes the audit trail."""
        save_record(
            instance, by=self.user, action="facility.import", label="Nhập từ tệp", fields=services.FACILITY_FIELDS
        )
