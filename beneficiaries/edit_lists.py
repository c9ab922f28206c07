"""The register of facilities as a list that may travel."""

from beneficiaries import permissions, services
from beneficiaries.forms import FacilityFilterForm, FacilityForm
from beneficiaries.models import Facility, Industry, LegalForm
from khuyencong.exports.edit_columns import EditColumn
from khuyencong.exports.edit_lists import EditList, errors_in, require_valid, typed

ONLY_OWN_STAFF = "Chỉ chuyên viên của tỉnh có cơ sở được sửa."
LOOKS_ALIKE = "Nơi đó đã có cơ sở cùng tên; nếu là cơ sở khác, đổi tên trên trang của cơ sở."
RELATED = ("unit", "cluster", "industry", "owner", "updated_by")


def columns():
    return (
        EditColumn("name", "Tên cơ sở", width=34),
        EditColumn("short_name", "Tên viết tắt"),
        EditColumn("legal_form", "Hình thức pháp lý", "choice", 22, lambda: LegalForm.choices),
        EditColumn("tax_code", "Mã số thuế", "code"),
        EditColumn("license_number", "Số giấy đăng ký", "code"),
        EditColumn("license_on", "Ngày cấp", "date", 12),
        EditColumn("license_issuer", "Nơi cấp", width=24),
        EditColumn("address", "Số nhà, đường, ấp", width=26),
        EditColumn("unit", "Xã, phường", "place", 30),
        EditColumn("industry", "Ngành, nghề", "choice", 24, _industries),
        EditColumn("products", "Sản phẩm chính", width=28),
        EditColumn("established_year", "Năm thành lập", "year", 10),
        EditColumn("representative", "Người đại diện", width=22),
        EditColumn("representative_position", "Chức vụ"),
        EditColumn("phone", "Điện thoại", "code"),
        EditColumn("email", "Thư điện tử", width=24),
        EditColumn("labour_count", "Lao động", "count", 10),
        EditColumn("capital", "Tổng nguồn vốn (đồng)", "money", 18),
        EditColumn("revenue", "Doanh thu (đồng)", "money", 18),
        EditColumn("is_cleaner_production", "Sản xuất sạch hơn", "flag", 10),
        EditColumn("is_exporter", "Hàng xuất khẩu", "flag", 10),
        EditColumn("uses_local_material", "Nguyên liệu trong tỉnh", "flag", 10),
    )


def _industries():
    return [(industry.pk, industry.short_name) for industry in Industry.objects.all()]


def rows(user, query):
    form = FacilityFilterForm(query, user=user)
    facilities = form.filter(Facility.objects.visible_to(user)).select_related(*RELATED)
    return [facility for facility in facilities if permissions.can_edit_facility(user, facility)]


def find(user, keys):
    return Facility.objects.visible_to(user).select_related(*RELATED).in_bulk(keys)


def refusal(user, facility):
    return None if permissions.can_edit_facility(user, facility) else ONLY_OWN_STAFF


def values(facility):
    return {name: getattr(facility, name) for name in FacilityForm.Meta.fields}


def _form(facility, changes, user):
    return FacilityForm(
        typed(FacilityForm(instance=facility, user=user), facility, changes), instance=facility, user=user
    )


def errors(facility, changes, user):
    found = errors_in(_form(facility, changes, user))
    if "confirmed" in found:
        found["name"] = LOOKS_ALIKE
        del found["confirmed"]
    return found


def save(facility, changes, by):
    version = facility.version
    form = _form(facility, changes, by)
    require_valid(form)
    services.save_facility(form.instance, by=by, expected_version=version)


FACILITIES = EditList(
    kind="facilities", title="Cơ sở công nghiệp nông thôn", noun="cơ sở", filename="co-so-sua-ngoai-may",
    columns=columns, rows=rows, find=find, refusal=refusal, values=values, errors=errors, save=save,
)  # fmt: skip
