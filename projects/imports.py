"""Projects out of spreadsheets: the columns that people write, and what is chosen for the whole file."""

from django import forms
from django.urls import reverse

from khuyencong.imports.kinds import Column, ImportKind, register
from khuyencong.models import Organisation
from khuyencong.permissions import family_q
from khuyencong.sheets import Field
from programs.models import ActivityContent, AnnualPlan
from projects import permissions
from projects.forms.entry import content_choices
from projects.import_rules import ProjectExaminer
from projects.models import ProjectKind


class FixedForm(forms.Form):
    """The plan that the projects go into, and what the sheet does not say of each."""

    plan = forms.ModelChoiceField(
        AnnualPlan.objects.none(), label="Đưa vào kế hoạch", empty_label="Chọn kế hoạch",
        help_text="Chỉ hiện kế hoạch đang dự thảo hoặc bị trả lại của cơ quan ông/bà.",
        error_messages={"required": "Chọn kế hoạch."},
    )  # fmt: skip
    kind = forms.ChoiceField(label="Loại, khi tệp không ghi", choices=ProjectKind)
    content = forms.ModelChoiceField(
        ActivityContent.objects.all(), label="Nội dung hoạt động, khi tệp không ghi", required=False
    )

    def __init__(self, data=None, *, user, **kwargs):
        super().__init__(data, **kwargs)
        plans = AnnualPlan.objects.visible_to(user).open().filter(family_q(user))
        self.fields["plan"].queryset = plans.order_by("-year", "round_no")
        self.fields["content"].choices = content_choices(ActivityContent.objects.all())


def _may(user):
    if permissions.can_create_project(user):
        return None
    return "Chỉ chuyên viên, lãnh đạo phòng được nhập đề án từ tệp."


def _bodies(user):
    return list(Organisation.objects.filter(areas__in=user.province_ids).distinct().values_list("name", flat=True))


def _contents(user):
    return list(ActivityContent.objects.values_list("name", flat=True))


def _column(key, label, kind="text", names=(), spans="", **more):
    return Column(Field(key, label, kind, names, spans), **more)


COLUMNS = (
    _column("code", "Mã đề án", "code", ("Mã", "Mã số"), hint="Chỉ khi sửa đề án đã có trên cổng.", example="KC26-014"),
    _column("name", "Tên đề án", names=(
        "Tên đề án, nhiệm vụ", "Nội dung đề án", "Tên nhiệm vụ", "Đề án", "Tên đề án khuyến công", "Tên đề án/nhiệm vụ",
        "Nội dung", "Danh mục đề án", "Tên danh mục",
    ), is_needed=True, hint="Các dòng của một đề án để liền nhau.",
            example="Ứng dụng máy móc tiên tiến trong sản xuất kẹo dừa"),
    _column("kind", "Loại", "choice", ("Loại đề án",), example="Đề án", listed=lambda user: ProjectKind.labels),
    _column("content", "Nội dung hoạt động", "choice", ("Nội dung hỗ trợ", "Nội dung khuyến công", "Hoạt động"),
            listed=_contents),
    _column("group", "Nhóm đề án", "choice", ("Nhóm",), hint="Đúng tên nhóm của kế hoạch."),
    _column("implementing_unit", "Đơn vị thực hiện", "choice", ("Đơn vị chủ trì", "Tổ chức thực hiện", "Chủ trì"),
            listed=_bodies),
    _column("coordinating_units", "Đơn vị phối hợp", names=("Phối hợp", "Cơ quan phối hợp")),
    _column("investor", "Chủ đầu tư"),
    _column("unit", "Địa điểm (xã, phường)", names=("Xã", "Xã, phường", "Địa bàn"), example="Xã Đồng Khởi"),
    _column("place_note", "Địa điểm, ghi thêm", names=("Địa điểm thực hiện", "Địa điểm", "Địa bàn thực hiện")),
    _column("starts_on", "Ngày bắt đầu", "date", ("Bắt đầu", "Thời gian bắt đầu", "Từ ngày"), spans="begin",
            example="01/03/2026"),
    _column("ends_on", "Ngày hoàn thành", "date", ("Hoàn thành", "Kết thúc", "Thời gian hoàn thành", "Đến ngày"),
            spans="end", example="30/11/2026"),
    _column("total_cost", "Tổng dự toán", "money", ("Tổng kinh phí", "Tổng mức đầu tư", "Tổng cộng", "Tổng số"),
            hint="Trống thì là tổng các nguồn.", example="640000000"),
    _column("money_kcqg", "Khuyến công quốc gia", "money", ("KCQG", "Nguồn KCQG", "Kinh phí KCQG", "NSTW"),
            example="0"),
    _column("money_kcdp", "Khuyến công địa phương", "money", (
        "KCĐP", "Nguồn KCĐP", "Kinh phí KCĐP", "Kinh phí khuyến công", "Kinh phí hỗ trợ", "NS tỉnh", "KP hỗ trợ",
        "Kinh phí khuyến công hỗ trợ", "Kinh phí khuyến công địa phương",
    ), example="300000000"),
    _column("money_counterpart", "Vốn đối ứng", "money", (
        "Đối ứng", "Vốn đối ứng của đơn vị thụ hưởng", "Đơn vị thụ hưởng đóng góp", "Vốn của cơ sở", "Kinh phí đối ứng",
        "Vốn cơ sở",
    ), example="340000000"),
    _column("money_other", "Nguồn khác", "money", ("Khác", "Vốn khác")),
    _column("facility", "Đơn vị thụ hưởng", names=(
        "Cơ sở thụ hưởng", "Tên đơn vị thụ hưởng", "Đơn vị được hỗ trợ", "Cơ sở CNNT", "Tên cơ sở", "Doanh nghiệp",
        "Cơ sở CNNT thụ hưởng",
    ), hint="Cơ sở đã có trên cổng; mỗi cơ sở một dòng.", example="Hợp tác xã Mỹ Long"),
    _column("facility_code", "Mã số thuế đơn vị thụ hưởng", "tax_code", ("Mã số thuế", "MST"), example="0314409058"),
    _column("facility_unit", "Xã của đơn vị thụ hưởng"),
    _column("item", "Hạng mục hỗ trợ", names=("Hạng mục", "Máy móc, thiết bị", "Thiết bị hỗ trợ"),
            example="Máy nấu chân không"),
    _column("necessity", "Sự cần thiết"),
    _column("objective", "Mục tiêu"),
    _column("activities", "Nội dung, tiến độ", names=("Tiến độ",)),
    _column("economic_effect", "Hiệu quả kinh tế", names=("Hiệu quả",)),
    _column("source_note", "Nguồn số liệu"),
)  # fmt: skip

PROJECTS = register(
    ImportKind(
        key="de-an",
        label="Đề án, nhiệm vụ vào kế hoạch dự thảo",
        noun="đề án",
        lead=(
            "Danh mục đề án với kinh phí từng nguồn và đơn vị thụ hưởng: mỗi cơ sở một dòng, các dòng của một đề án "
            "liền nhau. Đề án vào kế hoạch ở trạng thái dự thảo."
        ),
        columns=COLUMNS,
        examiner=ProjectExaminer,
        may=_may,
        may_note="Cơ sở phải có trên cổng trước; đề án đã trình thì không sửa được.",
        address=lambda pk: reverse("projects:detail", args=[pk]),
        keys=("name", "code"),
        fixed=FixedForm,
    )
)
