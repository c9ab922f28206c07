"""What the parameters of a figure mean, in words: the heads of the page and the file with its rows."""

from beneficiaries.models import CertificateLevel, Industry, LegalForm
from khuyencong.models import AdministrativeUnit, Organisation, UnitLevel
from programs.models import ActivityContent, FundingSource, Indicator, Scope, SourceCategory
from projects.models import FollowUpRound, Project, ProjectKind
from reports.evaluation import axes, counted, product_table
from reports.evaluation.facts import (
    ACCEPTED,
    AMENDED,
    APPROVED,
    DONE,
    PAID,
    PLANNED,
    REFUNDED,
    SETTLED,
    STOPPED,
    UNFINISHED,
)

STEPS = {
    PLANNED: "được duyệt", DONE: "đã hoàn thành", STOPPED: "ngừng thực hiện", AMENDED: "có điều chỉnh",
    UNFINISHED: "chưa hoàn thành", APPROVED: "được duyệt", ACCEPTED: "nghiệm thu", PAID: "đã chi, trừ hoàn trả",
    REFUNDED: "đã hoàn trả", SETTLED: "quyết toán",
}  # fmt: skip
# What is counted: title, and the unit of the sum; values of indicators have the unit of each.
TITLES = {
    counted.PROJECTS: ("Đề án, nhiệm vụ {step}", "đề án, nhiệm vụ"),
    counted.MONEY: ("Kinh phí {step}", "đồng"),
    counted.SHARES: ("Kinh phí được duyệt của đề án {step}", "đồng"),
    counted.TURNS: ("Lượt cơ sở của đề án {step}", "lượt"),
    counted.FACILITIES: ("Cơ sở của đề án {step}", "cơ sở"),
    counted.VALUES: ("Kết quả đề án nêu, {values}", ""),
    counted.ANSWERS: ("Kết quả theo dõi sau nghiệm thu", ""),
    counted.PROVINCES: ("Tỉnh, thành phố có đề án {step}", "tỉnh, thành phố"),
    counted.GROUPS: ("Nhóm có đề án {step}", "nhóm"),
    counted.WORKS: ("Công trình bàn giao", "công trình"),
    counted.WORK_VALUES: ("Giá trị công trình bàn giao", "đồng"),
    counted.WORK_PLACES: ("Nơi có công trình bàn giao, {level}", "đơn vị"),
    counted.CONTRACTS: ("Hợp đồng chuyển giao", "hợp đồng"),
    counted.CONTRACT_VALUES: ("Giá trị hợp đồng chuyển giao", "đồng"),
    product_table.PRODUCTS: ("Sản phẩm tiêu biểu, {certificate}", "sản phẩm"),
    product_table.HOLDERS: ("Cơ sở có sản phẩm tiêu biểu, {certificate}", "cơ sở"),
}
STRETCHES = {counted.BEFORE: "cùng kỳ trước", counted.SINCE_START: "lũy kế từ đầu chương trình"}
CATEGORIES = dict(SourceCategory.choices) | {counted.SUPPORT: "KCQG và KCĐP"}


def title_of(query: dict) -> tuple[str, str]:
    """The title and the unit of a figure, of parameters that name one."""
    step = query[counted.STEP]
    title, unit = TITLES[query[counted.WHAT]]
    values = "thực hiện" if step == "done" else "kế hoạch"
    level = dict(UnitLevel.choices).get(step, "")
    certificate = dict(CertificateLevel.choices).get(step, "mọi cấp").lower()
    words = {"step": STEPS.get(step, step), "values": values, "level": level, "certificate": certificate}
    return title.format(**words), unit


def narrowing_of(query: dict) -> list[str]:
    """What the figure is narrowed to, a phrase each: “Năm: 2026”."""
    phrases = []
    if stretch := query.get(counted.STRETCH):
        phrases.append(STRETCHES[stretch].capitalize())
    if query.get(counted.OF) == product_table.VALID:
        phrases.append("Còn hiệu lực")
    elif state := query.get(counted.OF):
        phrases.append(f"Của đề án {STEPS.get(state, state)}")
    for name, value in query.items():
        if name in AXES:
            label, told = AXES[name]
            phrases.append(f"{label}: {'không ghi' if value == axes.NONE else told(value)}")
    return phrases


def _of(model, field="pk"):
    """The row of that key as people call it; the key itself where there is none any more."""
    return lambda value: str(model.objects.filter(**{field: value}).first() or value)


def _choice(choices):
    return lambda value: dict(choices).get(value, value)


def _yes(value):
    return {"1": "có", "0": "không"}.get(value, value)


AXES = {
    axes.YEAR: ("Năm", str),
    axes.CONTENT: ("Nội dung", _of(ActivityContent)),
    axes.KIND: ("Loại", _choice(ProjectKind.choices)),
    axes.SCOPE: ("Nguồn gốc", _choice(Scope.choices)),
    axes.KEY_PROJECT: ("Đề án điểm", _yes),
    axes.PRIORITY: ("Ưu tiên", _yes),
    axes.PROJECT: ("Đề án", _of(Project)),
    axes.ORGANISATION: ("Đơn vị thực hiện", _of(Organisation)),
    axes.SOURCE: ("Nguồn", _of(FundingSource, "code")),
    axes.CATEGORY: ("Nhóm nguồn", _choice(CATEGORIES.items())),
    axes.LEGAL_FORM: ("Loại hình", _choice(LegalForm.choices)),
    axes.INDUSTRY: ("Ngành, nghề", _of(Industry, "code")),
    axes.PROVINCE: ("Tỉnh, thành phố", _of(AdministrativeUnit)),
    axes.PLACE: ("Địa bàn", _of(AdministrativeUnit)),
    axes.INDICATOR: ("Chỉ tiêu", _of(Indicator, "code")),
    axes.VERIFIED: ("Đã kiểm chứng", _yes),
    axes.ROUND: ("Theo dõi", _choice(FollowUpRound.choices)),
    counted.STATING: ("Đề án nêu chỉ tiêu", _of(Indicator, "code")),
}
