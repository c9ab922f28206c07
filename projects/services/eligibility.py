"""May this project be supported at all: each condition met, not met or not to be told, with why and the clause.

Conditions of Nghị định 45/2012/NĐ-CP, Thông tư 46/2012/TT-BCT, TTLT 26/2014/TTLT-BTC-BCT (Điều 7) and Thông tư
36/2013/TT-BCT. They inform whoever appraises; none of them refuses anything by itself.
"""

from dataclasses import dataclass

from beneficiaries.models import LegalForm
from khuyencong.models import UnitLevel
from khuyencong.money import vnd
from khuyencong.text import fold
from khuyencong.together import Question, read_together
from programs.models import SUPPORT_CATEGORIES, RuleFigure, RuleFigureKey, SourceCategory
from projects.models import Beneficiary, ProjectStatus
from projects.questions import COST_ITEMS, FUNDING, SHARES, SUPPORTED
from projects.services.norms import EXCEPTIONS, money_of, norm_day

MET, NOT_MET, UNKNOWN = "met", "not_met", "unknown"
BILLION = 1_000_000_000
# Kinds of activity that buy machines (Thông tư 46/2012/TT-BCT, Điều 4 khoản 4).
MACHINES = ("MACHINERY", "PRODUCTION_LINE", "TECH_TRANSFER")
# Supported whatever their size (Thông tư 46/2012/TT-BCT, Điều 3 khoản 1 điểm b, c).
SMALL_BY_NATURE = (LegalForm.HOUSEHOLD, LegalForm.COOPERATIVE, LegalForm.COOPERATIVE_GROUP, LegalForm.ARTISAN)
USED = ("da qua su dung", "may cu", "hang cu", "second hand")


@dataclass(frozen=True)
class Check:
    """One condition: its name, the state (met, not_met, unknown), why, and the clause."""

    name: str
    state: str
    why: str
    clause: str


class Figures:
    """Single figures of the rules, a body's own before the common ones."""

    def __init__(self, figures, owner):
        self.rows = {row.key: row for row in sorted(figures, key=lambda row: row.rank(owner))}

    def __getitem__(self, key):
        return self.rows.get(key)


def _figures_on(day, project):
    return RuleFigure.objects.in_force(day, project.owner)


FIGURES = Question("rule_figures", lambda project: _figures_on(norm_day(project.plan), project), keys=None)
# Those of inspections among them.
PAPERS = Question("papers_in_force", lambda project: project.papers.in_force())


def read_checks(project, *more):
    """One statement for what conditions, levels of support and duplicates ask of the project; for pages alone."""
    read_together(project, FUNDING, SHARES, SUPPORTED, COST_ITEMS, FIGURES, PAPERS, EXCEPTIONS, *more)


def eligibility(project, *, on=None, money=None, rows=None) -> list[Check]:
    """Every condition that bears on the project, in the order of the law.

    By default of today; `on` is the day whose figures count, `money` (norms.Money) and `rows` (Beneficiary) what
    stood there at an earlier step.
    """
    figures = Figures(FIGURES.of(project) if on is None else _figures_on(on, project), project.owner)
    rows = SUPPORTED.of(project) if rows is None else rows.select_related("facility__unit", "facility__industry")
    facilities = [row.facility for row in rows]
    money = money or money_of(project)
    return [
        _content(project),
        *_sector(project, facilities),
        _approved(project),
        _counterpart(project, facilities, money),
        _commitment(project),
        *(_place(facility) for facility in facilities),
        *(_size(facility, figures) for facility in facilities),
        *_foreign_fairs(project, facilities, figures),
        *_key_project(project, figures),
        *_new_machines(project),
    ]


def _content(project):
    clause = "Nghị định 45/2012/NĐ-CP, Điều 4; TTLT 26/2014/TTLT-BTC-BCT, Điều 7 khoản 1"
    if project.content is None:
        return Check("Nội dung hoạt động", NOT_MET, "Chưa chọn nội dung hoạt động khuyến công.", clause)
    if project.content.heading.code == "C0":
        why = f"“{project.content}” không có tên trong Điều 4; người thẩm định đối chiếu."
        return Check("Nội dung hoạt động", UNKNOWN, why, clause)
    return Check("Nội dung hoạt động", MET, f"{project.content} ({project.content.legal_source}).", clause)


def _sector(project, facilities):
    clause = "Nghị định 45/2012/NĐ-CP, Điều 5; Thông tư 46/2012/TT-BCT, Điều 5 khoản 1"
    found = {facility: facility.industry or project.industry for facility in facilities}
    found = found or {None: project.industry}
    return [
        Check(_of("Ngành, nghề", facility), *_judge_sector(project, facility, industry), clause)
        for facility, industry in found.items()
    ]


def _judge_sector(project, facility, industry):
    if industry is None:
        return UNKNOWN, "Chưa ghi ngành, nghề."
    told = f"{project.name} {facility.products if facility else ''}"
    if industry.exclusion_note and "gach" in fold(told).split():
        return UNKNOWN, f"{industry.name}. Loại trừ: {industry.exclusion_note}. Đối chiếu công nghệ lò."
    return MET, f"{industry.name}."


def _approved(project):
    clause = "TTLT 26/2014/TTLT-BTC-BCT, Điều 7 khoản 2"
    if project.is_approved:
        return Check(
            "Cấp có thẩm quyền phê duyệt", MET, f"Theo {project.plan} ({project.plan.decision_number}).", clause
        )
    state = NOT_MET if project.status == ProjectStatus.REJECTED else UNKNOWN
    return Check("Cấp có thẩm quyền phê duyệt", state, f"Đề án đang “{project.get_status_display()}”.", clause)


def _counterpart(project, facilities, money):
    clause = "TTLT 26/2014/TTLT-BTC-BCT, Điều 7 khoản 3"
    name = "Vốn đối ứng"
    own = money.asked(SourceCategory.COUNTERPART)
    split = sum(money.lines.values())
    # Once submitted the split is whole; what appraisal lowered or a decision changed no longer adds to the estimate.
    total = project.total_cost or 0 if project.is_editable else split
    if not total or total != split:
        return Check(name, UNKNOWN, "Kinh phí chưa phân bổ đủ theo nguồn.", clause)
    if own:
        support = sum(money.asked(category) for category in SUPPORT_CATEGORIES)
        return Check(name, MET, f"Đối ứng {vnd(own)}, đủ phần còn lại sau khi hỗ trợ {vnd(support)}.", clause)
    if facilities:
        return Check(name, NOT_MET, "Cơ sở thụ hưởng chưa có vốn đối ứng.", clause)
    return Check(name, UNKNOWN, "Không có vốn đối ứng; nhiệm vụ không có cơ sở thụ hưởng thì không cần.", clause)


def _commitment(project):
    clause = "TTLT 26/2014/TTLT-BTC-BCT, Điều 7 khoản 4"
    name = "Cam kết không trùng hỗ trợ"
    papers = [paper for paper in PAPERS.of(project) if _denies_other_support(fold(paper.name))]
    if not papers:
        return Check(name, NOT_MET, "Chưa có giấy cam kết trong hồ sơ đề án.", clause)
    told = "; ".join(", ".join(filter(None, [paper.name, paper.number])) for paper in papers)
    return Check(name, MET, f"{told}.", clause)


def _denies_other_support(name):
    """“Cam kết chưa được hỗ trợ…”, not the other commitment, “… có đủ kinh phí … sau khi được hỗ trợ”."""
    return "cam ket" in name and "ho tro" in name and not {"chua", "khong"}.isdisjoint(name.split())


def _place(facility):
    clause = "Thông tư 46/2012/TT-BCT, Điều 3 khoản 1; Nghị định 45/2012/NĐ-CP, Điều 1 khoản 2"
    name = _of("Địa bàn", facility)
    if facility.is_cleaner_production:
        return Check(name, MET, "Áp dụng sản xuất sạch hơn: không giới hạn địa bàn.", clause)
    if facility.is_outside_province:
        return Check(name, UNKNOWN, "Cơ sở ngoài tỉnh.", clause)
    if facility.unit.level != UnitLevel.COMMUNE:
        return Check(name, UNKNOWN, f"Chưa rõ xã, phường: {facility.unit}.", clause)
    if facility.unit.kind in ("Xã", "Thị trấn"):
        return Check(name, MET, f"{facility.unit}.", clause)
    why = f"{facility.unit}: không phải xã; phường thì xét loại đô thị và thời hạn 5 năm kể từ khi chuyển từ xã."
    return Check(name, UNKNOWN, why, clause)


def _size(facility, figures):
    clause = "Thông tư 46/2012/TT-BCT, Điều 3 khoản 1 điểm a, khoản 2"
    name = _of("Quy mô", facility)
    if facility.is_cleaner_production:
        return Check(name, MET, "Áp dụng sản xuất sạch hơn: không giới hạn quy mô.", clause)
    if facility.legal_form in SMALL_BY_NATURE:
        return Check(name, MET, f"{facility.get_legal_form_display()}.", clause)
    labour, capital = figures[RuleFigureKey.SME_LABOUR], figures[RuleFigureKey.SME_CAPITAL_BILLIONS]
    if None in (facility.labour_count, facility.capital, labour, capital):
        return Check(name, UNKNOWN, "Chưa ghi số lao động, tổng nguồn vốn của cơ sở.", clause)
    told = f"{facility.labour_count} lao động, nguồn vốn {vnd(facility.capital)}"
    limit = f"{labour.value} lao động, {capital.value} tỷ đồng ({labour.legal_source})"
    is_within = facility.labour_count <= labour.value and facility.capital <= capital.value * BILLION
    why = f"{told}; doanh nghiệp nhỏ và vừa: không quá {limit}."
    if is_within:
        return Check(name, MET, why, clause)
    if labour.is_verified and capital.is_verified:
        return Check(name, NOT_MET, why, clause)
    return Check(name, UNKNOWN, f"{why} Con số này chưa đối chiếu văn bản.", clause)


def _foreign_fairs(project, facilities, figures):
    limit = figures[RuleFigureKey.FOREIGN_FAIRS]
    if limit is None or project.content is None or project.content.code != "FAIR_ABROAD":
        return []
    turns = Beneficiary.objects.filter(
        facility__in=facilities, project__content__code="FAIR_ABROAD", project__plan__year=project.plan.year,
        withdrawn_by=None,
    ).exclude(project__status=ProjectStatus.REJECTED)  # fmt: skip
    counts = {}
    for pk in turns.values_list("facility", flat=True):
        counts[pk] = counts.get(pk, 0) + 1
    return [
        Check(
            _of("Hội chợ nước ngoài", facility),
            MET if counts.get(facility.pk, 0) <= limit.value else NOT_MET,
            f"{counts.get(facility.pk, 0)} lần trong năm {project.plan.year}, tối đa {limit.value} lần.",
            limit.legal_source,
        )
        for facility in facilities
    ]


def _key_project(project, figures):
    contents, months = figures[RuleFigureKey.KEY_CONTENTS], figures[RuleFigureKey.KEY_MONTHS]
    if not project.is_key or contents is None or months is None:
        return []
    return [
        Check("Đề án điểm: thời gian", *_judge_duration(project, months), months.legal_source),
        Check(
            "Đề án điểm: số nội dung", UNKNOWN,
            f"Phải có từ {contents.value} nội dung; hồ sơ ghi một nội dung chính, đối chiếu phần “Nội dung, tiến độ”.",
            contents.legal_source,
        ),
    ]  # fmt: skip


def _judge_duration(project, months):
    if not (project.starts_on and project.ends_on):
        return UNKNOWN, "Chưa ghi thời gian thực hiện."
    years, rest = divmod(months.value, 12)
    month = project.starts_on.month - 1 + rest
    limit = (project.starts_on.year + years + month // 12, month % 12 + 1, project.starts_on.day)
    is_longer = (project.ends_on.year, project.ends_on.month, project.ends_on.day) > limit
    why = f"Từ {project.starts_on:%d/%m/%Y} đến {project.ends_on:%d/%m/%Y}; phải dài hơn {months.value} tháng."
    return (MET if is_longer else NOT_MET), why


def _new_machines(project):
    if project.content is None or project.content.code not in MACHINES:
        return []
    clause = "Thông tư 46/2012/TT-BCT, Điều 4 khoản 4 điểm b"
    items = COST_ITEMS.of(project)
    used = [item.name for item in items if any(words in fold(f"{item.name} {item.specification}") for words in USED)]
    if used:
        return [Check("Máy móc mới", NOT_MET, f"Ghi là đã qua sử dụng: {', '.join(used)}.", clause)]
    if items and all("moi" in fold(item.specification).split() or "moi 100%" in fold(item.name) for item in items):
        return [Check("Máy móc mới", MET, "Quy cách của mọi máy ghi là mới.", clause)]
    why = "Quy cách ở phần “Máy móc, hạng mục” chưa ghi máy mới hay đã qua sử dụng."
    return [Check("Máy móc mới", UNKNOWN, why, clause)]


def _of(name, facility):
    return f"{name} – {facility}" if facility else name
