"""Facilities out of spreadsheets: the columns that people write, and who may bring them."""

from django import forms
from django.urls import reverse

from beneficiaries import permissions
from beneficiaries.import_rules import TRAITS, FacilityExaminer
from beneficiaries.models import Facility, IndustrialCluster, Industry, LegalForm
from khuyencong.imports.kinds import Column, ImportKind, register
from khuyencong.sheets import Field


class FixedForm(forms.Form):
    """What the sheet does not say, for all of its rows."""

    legal_form = forms.ChoiceField(
        label="Hình thức pháp lý, khi tệp không ghi", required=False,
        choices=[("", "Suy từ tên cơ sở; không suy được thì báo lỗi"), *LegalForm.choices],
    )  # fmt: skip

    def __init__(self, data=None, *, user, **kwargs):
        super().__init__(data, **kwargs)


def _may(user):
    if permissions.can_create_facility(user):
        return None
    return "Chỉ chuyên viên, lãnh đạo phòng được nhập cơ sở từ tệp."


def _column(key, label, kind="text", names=(), **more):
    return Column(Field(key, label, kind, names), **more)


COLUMNS = (
    _column("name", "Tên cơ sở", names=(
        "Tên doanh nghiệp", "Tên đơn vị", "Tên cơ sở CNNT", "Đơn vị thụ hưởng", "Tên cơ sở công nghiệp nông thôn",
        "Tên hộ kinh doanh", "Tên công ty", "Cơ sở", "Doanh nghiệp", "Tên đơn vị thụ hưởng", "Tên doanh nghiệp, cơ sở",
    ), is_needed=True, hint="Đúng như giấy đăng ký.", example="Hợp tác xã Nông nghiệp Mỹ Long"),
    _column("tax_code", "Mã số thuế", "tax_code", ("MST", "Mã số doanh nghiệp", "Mã số thuế/CCCD", "MSDN"),
            hint="10, 12 hoặc 13 số; định dạng ô là Văn bản để không mất số 0 đầu.", example="0314409058"),
    _column("legal_form", "Hình thức pháp lý", "choice", ("Loại hình", "Loại hình doanh nghiệp", "Loại hình cơ sở"),
            hint="Chọn trong danh sách; trống thì suy từ tên (Công ty, HTX, Hộ kinh doanh…).",
            example="Hợp tác xã", listed=lambda user: LegalForm.labels),
    _column("unit", "Xã, phường", names=("Xã", "Phường", "Xã/phường", "Xã, phường, thị trấn", "Địa bàn", "Địa bàn xã"),
            is_needed=True, hint="Tên mới hoặc cũ; hoặc ghi trong cột địa chỉ.", example="Xã Đồng Khởi"),
    _column("district", "Huyện (cũ)", names=("Huyện", "Quận, huyện", "Huyện, thị xã, thành phố", "Huyện/TX/TP"),
            hint="Chỉ để phân biệt tên xã cũ.", example=""),
    _column("province", "Tỉnh", names=("Tỉnh, thành phố", "Tỉnh/thành phố", "Tỉnh/TP"), example="Vĩnh Long"),
    _column("address", "Số nhà, đường, ấp", names=("Địa chỉ", "Địa chỉ trụ sở", "Địa điểm", "Địa chỉ sản xuất"),
            hint="Có thể ghi cả xã, huyện, tỉnh.", example="Ấp 3"),
    _column("industry", "Ngành, nghề", "choice", ("Ngành nghề", "Ngành nghề sản xuất", "Lĩnh vực", "Ngành"),
            example="Chế biến nông, lâm, thủy sản",
            listed=lambda user: list(Industry.objects.values_list("short_name", flat=True))),
    _column("products", "Sản phẩm chính", names=("Sản phẩm", "Mặt hàng", "Sản phẩm sản xuất chính"),
            example="Kẹo dừa, bánh phồng"),
    _column("representative", "Người đại diện", names=(
        "Chủ cơ sở", "Họ tên người đại diện", "Người đại diện pháp luật", "Giám đốc", "Chủ hộ", "Đại diện",
        "Người đại diện theo pháp luật",
    ), example="Nguyễn Văn An"),
    _column("representative_position", "Chức vụ", names=("Chức danh",), example="Giám đốc"),
    _column("phone", "Điện thoại", "phone", ("Số điện thoại", "SĐT", "ĐT", "Điện thoại liên hệ"),
            example="0270 3812345"),
    _column("email", "Thư điện tử", names=("Email", "E-mail"), example="lienhe@htxmylong.vn"),
    _column("license_number", "Số giấy đăng ký", "code", (
        "Số GCN ĐKKD", "Số đăng ký kinh doanh", "Giấy ĐKKD", "Số giấy chứng nhận", "Số ĐKKD",
    ), example="54A8001234"),
    _column("license_on", "Ngày cấp", "date", ("Ngày cấp ĐKKD", "Ngày đăng ký"), example="05/06/2019"),
    _column("license_issuer", "Nơi cấp", names=("Cơ quan cấp",), example="Phòng Tài chính - Kế hoạch"),
    _column("established_year", "Năm thành lập", "year", ("Thành lập năm",), example="2015"),
    _column("labour_count", "Số lao động", "count", ("Lao động", "Số LĐ", "Tổng số lao động"), example="25"),
    _column("capital", "Tổng nguồn vốn", "money", ("Vốn", "Vốn đầu tư", "Tổng vốn", "Vốn điều lệ"),
            example="1500000000"),
    _column("revenue", "Doanh thu năm gần nhất", "money", ("Doanh thu",), example="4200000000"),
    _column("cluster", "Cụm công nghiệp", "choice", ("CCN",),
            listed=lambda user: list(IndustrialCluster.objects.values_list("name", flat=True))),
    _column("short_name", "Tên viết tắt", example="HTX Mỹ Long"),
    *(
        _column(name, str(Facility._meta.get_field(name).verbose_name)[:1].upper()
                + str(Facility._meta.get_field(name).verbose_name)[1:], "choice", hint="Ghi “x” nếu có.",
                listed=lambda user: ["x"])
        for name in TRAITS
    ),
    _column("note", "Ghi chú", names=("Chú thích",)),
    _column("source_note", "Nguồn số liệu", hint="Văn bản mà số liệu lấy từ đó."),
)  # fmt: skip

FACILITIES = register(
    ImportKind(
        key="co-so",
        label="Cơ sở công nghiệp nông thôn",
        noun="cơ sở",
        lead="Danh sách cơ sở của tỉnh: mỗi dòng một cơ sở. Cơ sở đã có được nhận ra theo mã số thuế, rồi tên và xã.",
        columns=COLUMNS,
        examiner=FacilityExaminer,
        may=_may,
        may_note="Cơ sở mới thuộc cơ quan của người nhập; cơ sở đã có chỉ sửa được trong tỉnh mình.",
        address=lambda pk: reverse("projects:facility_detail", args=[pk]),
        keys=("name", "tax_code"),
        fixed=FixedForm,
    )
)
