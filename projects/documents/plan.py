"""Papers of an annual plan: the decision that approves it with its annex, and the registration table (Mẫu số 2).

The decision follows Nghị định 30/2020/NĐ-CP, Phụ lục III, Mẫu 1.3; the table Thông tư 36/2013/TT-BCT, Điều 6. Grounds,
articles and recipients are proposals that each body may word.
"""

from dataclasses import dataclass, replace

from django.utils.text import slugify

from khuyencong.dates import long_date
from khuyencong.documents import Document
from khuyencong.documents.annex import ROWS_IN_PAPER
from khuyencong.documents.frame import day_of, frame
from khuyencong.documents.kinds import DRAFT, Imprint, Kind, Placeholder, Slot, register
from khuyencong.documents.letterheads import BLANK_SIGNATURE, head_of, signature_of, signer_of
from khuyencong.money import format_vnd, vnd, vnd_words
from khuyencong.text import fold
from programs.models import SUPPORT_CATEGORIES, AnnualPlan, Scope, SourceCategory
from projects.documents import grounds
from projects.documents.issuers import (
    agency_name,
    authority_of,
    body_named,
    committee_of,
    decision_symbol,
    department_of,
    full_name,
    head_lines,
    place_of,
    province_of,
    stored_signature,
)
from projects.documents.plan_annex import plan_annex
from projects.documents.plan_rows import (
    CATEGORY_NAMES,
    GROUP,
    AnnexRow,
    PlanLine,
    annex_rows,
    approved_snapshot,
    count_decided_or_today,
    decided_or_today,
    lines_of_today,
    sums_by_source,
    used_categories,
)
from projects.models import Project
from projects.permissions import CONFIRMERS, role_refusal
from projects.plan_questions import FACTS
from projects.services.plan import is_intact

DECISION_TEMPLATE = "documents/plan_decision.html"
REGISTRATION_TEMPLATE = "documents/plan_registration.html"
LONGEST_NAME = 60
# Beyond this the annex is a file of its own: each line is two rows of text across a wide page and takes the press some
# 50 ms, so that its table alone would keep people waiting.
LINES_IN_DECISION = ROWS_IN_PAPER // 2
# Characters of the amounts of one row beside which the texts have room on a wide page.
MOST_FIGURES = 56
NOT_APPROVED = (
    "Kế hoạch chưa được phê duyệt trên cổng: Giám đốc Sở ghi quyết định (số, ngày, cơ quan ban hành, người ký) rồi "
    "phát hành."
)


@dataclass(frozen=True)
class MoneyColumn:
    """A column of amounts and its sum in đồng, as wide as that sum."""

    label: str
    total: int


@dataclass(frozen=True)
class PlanTable:
    """The rows of a plan and what heads them; `rows` is what `annex_rows` gives."""

    rows: list[AnnexRow]
    columns: list[MoneyColumn]
    line_count: int
    group_count: int
    total: int
    support: int
    sources: list[tuple[str, int]]

    @property
    def text_span(self) -> int:
        """How many columns the long texts of a line take: all but its number."""
        return self.name_span + len(self.columns)

    @property
    def name_span(self) -> int:
        """How many columns stand before the money, beside the number."""
        return 1 if self.is_tight else 3

    @property
    def is_tight(self) -> bool:
        """Amounts so long that bodies and facilities have no room beside them: these go under the line, too."""
        return sum(len(format_vnd(column.total)) for column in self.columns) > MOST_FIGURES

    @property
    def is_apart(self) -> bool:
        return self.line_count > LINES_IN_DECISION


def table_of(lines: list[PlanLine], categories) -> PlanTable:
    """Every figure of it is summed from the lines that it prints."""
    rows = annex_rows(lines, categories)
    sums = rows[-1].amounts
    labels = ["Tổng số", *(CATEGORY_NAMES[category] for category in categories)]
    return PlanTable(
        rows=rows,
        columns=[MoneyColumn(label, total) for label, total in zip(labels, sums, strict=True)],
        line_count=len(lines),
        group_count=sum(row.kind == GROUP for row in rows),
        total=sums[0],
        support=sum(line.amounts[category] for line in lines for category in SUPPORT_CATEGORIES),
        sources=sums_by_source(lines),
    )


# Decision


def plan_decision(plan: AnnualPlan, imprint: Imprint = DRAFT) -> Document:
    """The decision as the portal froze it, or a draft of the lines of today while nothing is decided."""
    table = plan.printed_table = decision_table(plan)
    name = body_name(plan)
    head = frame(PLAN_DECISION, plan, imprint, **_own_head(plan), signature=_decision_signature(plan, imprint))
    context = {
        **head,
        "subject": [f"Phê duyệt {plan}"],
        "authority": head["words"]["authority"],
        "name": str(plan),
        "table": table,
        "groups": group_words(plan, table.group_count),
        "articles": head["words"]["articles"],
        "annex": {
            "name": head["words"]["annex_name"],
            "attached": attached_words(head["number_text"], head["symbol"], head["date"], authority_of(name)),
        },
    }
    document = Document(DECISION_TEMPLATE, filename(plan, "QDKH"), context)
    if table.is_apart:
        categories = used_categories(row.line for row in table.rows if row.line)
        document = replace(document, annexes=(plan_annex(document.filename, context, categories, imprint),))
    return document.as_draft() if imprint.draft else document


def decision_table(plan: AnnualPlan) -> PlanTable:
    """What the decision approves: the lines of its annex, with one column for each kind of money in them."""
    lines = decided_or_today(plan)
    return table_of(lines, used_categories(lines))


def group_words(plan, count: int) -> str:
    """“11 nhóm đề án”; of a plan without groups, how many contents of Điều 4."""
    return f"{count:02d} {'nhóm đề án' if plan.groups.exists() else 'nội dung hoạt động'}"


def attached_words(number: str, symbol: str, day, authority: str) -> str:
    """“(Kèm theo Quyết định số 10/QĐ-UBND ngày … của …)”, dots for what is not known yet."""
    return f"(Kèm theo {grounds.decision_words(number or f'....../{symbol}', day, authority)})"


def body_name(plan) -> str:
    """In full, whoever approves the plan: by its decision, before that by the law."""
    return full_name(plan.decision_issuer or committee_of(plan))


def decision_body(plan):
    """The body of the portal that approves the plan, or None."""
    return body_named(body_name(plan))


def own_head(name: str, body, plan, day) -> dict:
    """Keys of the frame that a body kept as text alone must bring along; a body without a place takes the province."""
    head = head_of(body, day) if body else {"issuer": {"parent": "", "name": head_lines(name)}, "place": ""}
    return {**head, "place": head["place"] or place_of(plan, name)}


def _own_head(plan):
    return own_head(body_name(plan), decision_body(plan), plan, day_of(PLAN_DECISION, plan, DRAFT))


def _decision_signature(plan, imprint):
    """Whoever the decision says signed it; before it, the signer set for the body."""
    if plan.is_approved:
        return stored_signature(plan.signer_name, plan.signer_position, body_name(plan))
    body = decision_body(plan)
    signer = imprint.signer or (body and signer_of(body, "plan_decision", day_of(PLAN_DECISION, plan, imprint)))
    return signature_of(signer) if signer else stored_signature("", "", body_name(plan))


def filename(plan, code: str) -> str:
    return f"{plan.year}_{code}_{slugify(fold(str(plan)))[:LONGEST_NAME].strip('-')}"


def _decision_subjects(plan):
    """The plan and every project that the decision holds, so that it is found by each of them."""
    snapshot = approved_snapshot(plan) if plan.is_approved else None
    lines = snapshot.lines.values("project") if snapshot else ()
    return [plan, *Project.objects.filter(pk__in=lines).order_by("code")]


def _decision_gaps(plan, imprint):
    snapshot = approved_snapshot(plan) if plan.is_approved else None
    if snapshot is None:
        return [NOT_APPROVED]
    if not is_intact(snapshot):
        return ["Bản chụp của quyết định không còn khớp mã băm; báo quản trị hệ thống trước khi phát hành."]
    return []


# Registration table


def plan_registration(plan: AnnualPlan, imprint: Imprint = DRAFT) -> Document:
    """The lines of today, as on the page of the plan and in its .xlsx; all columns of Mẫu số 2 on wide pages."""
    lines = lines_of_today(plan)
    table = plan.printed_table = table_of(lines, list(SourceCategory))
    body, day = department_of(plan.owner), day_of(PLAN_REGISTRATION, plan, imprint)
    head = frame(
        PLAN_REGISTRATION, plan, imprint, signature=None, landscape=True,
        place=head_of(body, day)["place"] or place_of(plan, body.name),
    )  # fmt: skip
    signer = imprint.signer or signer_of(body, "plan_registration", day)
    context = {
        **head,
        "subject": [f"Đề án, nhiệm vụ của {plan}"],
        "rests_on": _rests_on(plan),
        "table": table,
        "groups": group_words(plan, table.group_count),
        "note": head["words"]["note"],
        "signatures": [
            {**BLANK_SIGNATURE, "party": "Người lập biểu"},
            signature_of(signer) if signer else stored_signature("", "", body.name),
        ],
    }
    document = Document(REGISTRATION_TEMPLATE, filename(plan, "DKKH"), context)
    return document.as_draft() if imprint.draft else document


def _rests_on(plan):
    """Which step the figures are of: requested, appraised and approved ones differ."""
    if plan.is_approved:
        return f"Theo {grounds.decision_words(plan.decision_number, plan.decision_on, full_name(plan.decision_issuer))}"
    proposal = f" tại Tờ trình số {plan.proposal_number} {long_date(plan.proposal_on)}" if plan.proposal_number else ""
    return f"Trạng thái kế hoạch: {plan.get_status_display().lower()}{proposal}"


def _registration_gaps(plan, imprint):
    if not any(row.has_lines for row in FACTS.of(plan)):
        return ["Kế hoạch chưa có đề án nào; đưa ít nhất một đề án đã thẩm định vào kế hoạch."]
    return []


# Words that both papers may hold


def _table(plan):
    """The table of the paper in hand, which its builder keeps with the plan: words and rows tell the same figures."""
    return getattr(plan, "printed_table", None) or decision_table(plan)


def _day(plan):
    return day_of(PLAN_DECISION, plan, DRAFT)


def _program_decision(plan):
    """“Quyết định số … phê duyệt Chương trình …”; "" of a programme without one."""
    program = plan.program
    if not program.decision_number:
        return ""
    told = grounds.decision_words(program.decision_number, program.decision_on, full_name(program.decision_issuer))
    return f"{told} phê duyệt {program.name}"


def lead_of(plan) -> str:
    """Whose head proposes the plan and leads the work: the department, of national money the ministry's agency."""
    if plan.scope != Scope.NATIONAL:
        return "Giám đốc Sở Công Thương"
    return authority_of(agency_name())


def _local_law(plan):
    is_local = plan.scope != Scope.NATIONAL
    return grounds.in_force(grounds.LOCAL_GOVERNMENT, _day(plan)) if is_local else ""


def proposal_words(plan) -> str:
    """“Theo đề nghị của Giám đốc Sở Công Thương tại Tờ trình số …”: dots in a draft without it."""
    told = f"Theo đề nghị của {lead_of(plan)}"
    if plan.proposal_number or not plan.is_approved:
        told += f" tại Tờ trình số {plan.proposal_number or '......'} {long_date(plan.proposal_on)}"
    return told


PLAN_PLACEHOLDERS = (
    Placeholder("ten_ke_hoach", "Tên kế hoạch", str),
    Placeholder("nam", "Năm kế hoạch", lambda plan: str(plan.year)),
    Placeholder("tinh", "Tỉnh, thành phố, theo tên gọi của thời gian đó", province_of),
    Placeholder("chuong_trinh", "Tên chương trình khuyến công", lambda plan: plan.program.name),
    Placeholder("co_quan_ban_hanh", "Cơ quan phê duyệt kế hoạch", body_name),
    Placeholder("tham_quyen", "Người có thẩm quyền phê duyệt", lambda plan: authority_of(body_name(plan))),
    Placeholder("so_de_an", "Số đề án, nhiệm vụ", lambda plan: str(_table(plan).line_count)),
    Placeholder("so_nhom", "Số nhóm đề án", lambda plan: group_words(plan, _table(plan).group_count)),
    Placeholder("tong_kinh_phi", "Tổng kinh phí, ví dụ 2.100.000.000 đồng", lambda plan: vnd(_table(plan).total)),
    Placeholder("bang_chu", "Tổng kinh phí bằng chữ", lambda plan: vnd_words(_table(plan).total)),
    Placeholder("kinh_phi_ho_tro", "Kinh phí khuyến công hỗ trợ", lambda plan: vnd(_table(plan).support)),
)
DECISION_PLACEHOLDERS = (
    *PLAN_PLACEHOLDERS,
    Placeholder(
        "luat_to_chuc", "Luật về chính quyền địa phương còn hiệu lực vào ngày quyết định; kế hoạch quốc gia bỏ cả dòng",
        _local_law,
    ),
    Placeholder(
        "nghi_dinh", "Nghị định về khuyến công, kèm bản sửa đổi còn hiệu lực",
        lambda plan: grounds.in_force(grounds.DECREES, _day(plan)),
    ),
    Placeholder(
        "thong_tu", "Thông tư về quản lý khuyến công địa phương hoặc quốc gia",
        lambda plan: grounds.circular_on(plan.scope),
    ),
    Placeholder(
        "thong_tu_kinh_phi", "Thông tư về kinh phí khuyến công còn hiệu lực",
        lambda plan: grounds.in_force(grounds.FUNDS, _day(plan)),
    ),
    Placeholder(
        "quyet_dinh_chuong_trinh", "Quyết định phê duyệt chương trình; chưa ghi thì bỏ cả dòng", _program_decision
    ),
    Placeholder("chu_tri", "Người đứng đầu cơ quan trình và chủ trì thực hiện", lead_of),
    Placeholder("theo_de_nghi", "Theo đề nghị của cơ quan trình, kèm số và ngày tờ trình", proposal_words),
)  # fmt: skip
DECISION_GROUNDS = """\
Căn cứ {luat_to_chuc}
Căn cứ {nghi_dinh}
Căn cứ {thong_tu}
Căn cứ {thong_tu_kinh_phi}
Căn cứ {quyet_dinh_chuong_trinh}
{theo_de_nghi}"""
DECISION_ARTICLES = """\
Giao {chu_tri} chủ trì, phối hợp với thủ trưởng các đơn vị có liên quan tổ chức triển khai thực hiện \
kế hoạch được phê duyệt theo đúng quy định của pháp luật
Quyết định này có hiệu lực thi hành kể từ ngày ký. Chánh Văn phòng {co_quan_ban_hanh}; {chu_tri} và thủ \
trưởng các cơ quan, đơn vị có liên quan chịu trách nhiệm thi hành Quyết định này"""
DECISION_RECIPIENTS = """\
Như Điều 3
Bộ Công Thương (để b/c)
TT. Tỉnh ủy, HĐND {tinh} (để b/c)
Chủ tịch, các PCT UBND {tinh}
Kho bạc Nhà nước
Lưu: VT"""

PLAN_DECISION = register(
    Kind(
        key="plan_decision",
        label="Quyết định phê duyệt kế hoạch",
        model=AnnualPlan,
        build=plan_decision,
        records=lambda user: AnnualPlan.objects.visible_to(user),
        issuer=decision_body,
        issuer_name=body_name,
        subjects=_decision_subjects,
        refusal=lambda user, plan: role_refusal(user, plan, CONFIRMERS, "Phát hành quyết định phê duyệt kế hoạch"),
        roles=CONFIRMERS,
        title=lambda plan: f"Phê duyệt {plan}",
        file_code="QDKH",
        form="Mẫu 1.3, Phụ lục III, Nghị định 30/2020/NĐ-CP",
        gaps=_decision_gaps,
        own_number=lambda plan: plan.decision_number,
        symbol=lambda plan: decision_symbol(body_name(plan), decision_body(plan)),
        day=lambda plan: plan.decision_on,
        annex_count=lambda plan, imprint: int(count_decided_or_today(plan) > LINES_IN_DECISION),
        slots=(
            Slot("authority", "Dòng thẩm quyền", "{tham_quyen}", "In hoa, ở giữa, trước các căn cứ."),
            Slot(
                "grounds", "Căn cứ", DECISION_GROUNDS,
                "Mỗi dòng một căn cứ; thêm nghị quyết, quy định, quy chế khuyến công của tỉnh nếu có.", is_list=True,
            ),
            Slot(
                "articles", "Các điều từ Điều 2", DECISION_ARTICLES,
                "Mỗi dòng một điều, không gõ “Điều 2.”: số điều tự đánh. Điều 1 gồm số liệu, cổng tự lập.",
                is_list=True,
            ),
            Slot("annex_name", "Tên phụ lục", "Danh mục đề án, nhiệm vụ khuyến công năm {nam}"),
            Slot("recipients", "Nơi nhận", DECISION_RECIPIENTS, is_list=True),
        ),
        placeholders=DECISION_PLACEHOLDERS,
    )
)  # fmt: skip

PLAN_REGISTRATION = register(
    Kind(
        key="plan_registration",
        label="Biểu tổng hợp đăng ký kế hoạch",
        model=AnnualPlan,
        build=plan_registration,
        records=lambda user: AnnualPlan.objects.visible_to(user),
        issuer=lambda plan: department_of(plan.owner),
        subjects=lambda plan: [plan],
        refusal=lambda user, plan: role_refusal(user, plan, CONFIRMERS, "Phát hành biểu đăng ký kế hoạch"),
        roles=CONFIRMERS,
        title=lambda plan: f"Tổng hợp các đề án, nhiệm vụ của {plan}",
        file_code="DKKH",
        form="Mẫu số 2, Thông tư 36/2013/TT-BCT",
        gaps=_registration_gaps,
        slots=(
            Slot("note", "Ghi chú dưới bảng", "", "Một đoạn; trống thì không in."),
            Slot("recipients", "Nơi nhận", "", is_list=True),
        ),
        placeholders=PLAN_PLACEHOLDERS,
    )
)
