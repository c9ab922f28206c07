"""Letters that ask for what a dossier lacks: before a decision (complete the file) and after it (papers of each step).

A letter's symbol is the body and its field, “12/SCT-KC”: it has no type group (Nghị định 30/2020/NĐ-CP, Phụ lục I).
"""

from dataclasses import dataclass, replace
from datetime import date

from django.utils import timezone
from django.utils.text import slugify

from khuyencong.dates import DOTS, long_date, short_date, today
from khuyencong.documents import Document
from khuyencong.documents.frame import frame
from khuyencong.documents.kinds import Imprint, Kind, Placeholder, Slot, register
from khuyencong.documents.panels import ISSUED
from khuyencong.models import DocumentStatus, Role
from khuyencong.text import fold
from programs.deadlines import Deadlines
from programs.models import CopyNeed, DeadlineKey, PaperRecord, PaperStep
from projects.deadlines import PROJECT_END, QUESTIONS, deadlines_of
from projects.documents.issuers import department_of
from projects.models import Beneficiary, Project, ProjectStatus
from projects.permissions import PAPER_KEEPERS, role_refusal
from projects.questions import BENEFICIARIES, RETURNS, SUPPORT_CONTRACTS
from projects.services.papers import Need, paper_list, read_dossier
from projects.task_list import named_links, open_return

FIELD = "KC"
LONGEST_NAME = 60
REQUESTERS = (Role.REVIEWER, Role.DIRECTOR)
REMINDERS = (*PAPER_KEEPERS, Role.DIRECTOR)
# Whose papers are asked for before a decision: handed in, and not decided on yet.
ASKED = (
    ProjectStatus.SUBMITTED, ProjectStatus.RETURNED, ProjectStatus.APPRAISED, ProjectStatus.IN_PLAN,
    ProjectStatus.RESERVE,
)  # fmt: skip
AT_WORK = (ProjectStatus.CONTRACTED, ProjectStatus.IN_PROGRESS)
DONE = (ProjectStatus.ACCEPTED, ProjectStatus.HANDED_OVER)
# The states in which a step comes next, so that its papers are due.
REMINDED = {
    PaperStep.ADVANCE: AT_WORK,
    PaperStep.ACCEPTANCE: AT_WORK,
    PaperStep.REMAINING: (*DONE, ProjectStatus.SETTLING, ProjectStatus.SETTLED),
    PaperStep.SETTLEMENT: DONE,
    PaperStep.LIQUIDATION: (ProjectStatus.SETTLED,),
}
# Nothing is paid any more once the contract is liquidated.
DUE = {
    PaperStep.ACCEPTANCE: PROJECT_END,
    PaperStep.REMAINING: DeadlineKey.LIQUIDATION,
    PaperStep.SETTLEMENT: DeadlineKey.SETTLEMENT,
    PaperStep.LIQUIDATION: DeadlineKey.LIQUIDATION,
}
NO_CLAUSE = "Theo yêu cầu của cơ quan quản lý"


@dataclass(frozen=True)
class MissingPaper:
    """A paper that a step lacks; `facilities` whose it is, where that is known."""

    need: Need
    facilities: list[Beneficiary]


@dataclass(frozen=True)
class MissingStep:
    """What one step lacks; the day by which it is due, with its clause, where there is one."""

    step: PaperStep
    papers: list[MissingPaper]
    due_on: date | None = None
    clause: str = ""


# What is missing


def missing_to_decide(project: Project) -> list[MissingStep]:
    """Papers of the file itself, while it waits for a decision; of the contract, once it is approved."""
    if project.status in ASKED:
        return _missing(project, [PaperStep.SUBMIT])
    return _missing(project, [PaperStep.CONTRACT]) if project.status == ProjectStatus.APPROVED else []


def missing_to_go_on(project: Project) -> list[MissingStep]:
    """Papers of the steps that come next: advance, acceptance, payment, settlement, liquidation."""
    return _missing(project, [step for step, states in REMINDED.items() if project.status in states])


def with_days(project: Project, missing: list[MissingStep]) -> list[MissingStep]:
    """The same with the day of each step."""
    days = {row.key: (row.on, row.source) for row in deadlines_of(project)} if missing else {}
    found = []
    for row in missing:
        day, clause = (
            _registration(project) if row.step == PaperStep.SUBMIT else days.get(DUE.get(row.step), (None, ""))
        )
        found.append(replace(row, due_on=day, clause=clause))
    return found


def _registration(project):
    """The day by which the year's projects are registered with the department, and its clause."""
    plan = project.plan
    found = Deadlines().of_year(
        DeadlineKey.REGISTER_WITH_DEPARTMENT, plan.year, owner=plan.owner, scope=plan.program.scope
    )
    return (found[1], found[0].legal_source) if found else (None, "")


def _missing(project, steps):
    if not steps:
        return []
    rows = _taking_part(project)
    under_contract = {row.beneficiary_id for row in SUPPORT_CONTRACTS.of(project)}
    found = []
    for step in paper_list(project):
        papers = [_missing_paper(need, rows, under_contract) for need in step.needs] if step.step in steps else []
        if papers := [paper for paper in papers if paper]:
            found.append(MissingStep(step.step, papers))
    return found


def _taking_part(project):
    return [row for row in BENEFICIARIES.of(project) if row.withdrawn_by_id is None]


def _missing_paper(need, rows, under_contract):
    """What is missing of one need: all of it, or that of the facilities whose own paper is not there yet."""
    facilities = _lacking(need, rows, under_contract)
    is_asked = need.rule.is_mandatory and (need.is_missing or facilities)
    return MissingPaper(need, facilities) if is_asked else None


def _lacking(need, rows, under_contract):
    if need.rule.met_by == PaperRecord.SUPPORT_CONTRACTS:
        return [row for row in rows if row.pk not in under_contract] if need.is_missing else []
    given = {paper.beneficiary_id for paper in need.answers}
    if need.record or None in given:
        return []
    return [row for row in rows if row.pk not in given] if given else []


# The two letters


def dossier_request(project: Project, imprint: Imprint) -> Document:
    """Asks to mend what a return names, and for the papers that the file lacks."""
    note, missing = open_return(project), missing_to_decide(project)
    context = {
        **_letter(DOSSIER_REQUEST, project, imprint, missing),
        "reason": note.reason if note else "",
        "returned_on": timezone.localdate(note.returned_at) if note else None,
        "items": [label for label, _address in named_links(project, note)],
    }
    return _paper("dossier_request", _filename(project, "CVBS", context["receivers"]), context, imprint)


def paper_reminder(project: Project, imprint: Imprint) -> Document:
    """Asks for the papers of the coming steps; the variant is which time, "2" being “nhắc lần 2”."""
    round_no = int(imprint.variant or 1)
    framed = _letter(PAPER_REMINDER, project, imprint, missing_to_go_on(project))
    again = f" (nhắc lần {round_no})" if round_no > 1 else ""
    context = {
        **framed,
        "about": f"{framed['about']}{again}",
        "earlier": [_earlier(row) for row in _reminders(project) if int(row.variant) < round_no],
    }
    part = f"_lan-{round_no}" if round_no > 1 else ""
    return _paper("paper_reminder", _filename(project, "CVNG", context["receivers"], part), context, imprint)


def _letter(kind, project, imprint, missing):
    framed = frame(kind, project, imprint)
    words, day = framed["words"], imprint.dated_on or today()
    numbers = iter(range(1, sum(len(step.papers) for step in missing) + 1))
    return {
        **framed,
        "about": words["about"],
        "receivers": receivers_of(project, missing),
        "opening": _paragraphs(words["opening"]),
        "closing": _paragraphs(words["closing"].rstrip(" .\n")),
        "steps": [_step(step, numbers, day) for step in with_days(project, missing)],
        "project": {"code": project.code, "name": project.name},
    }


def receivers_of(project: Project, missing: list[MissingStep]) -> list[str]:
    """The implementing unit, unless it writes the letter, and facilities that owe a paper; else all of them."""
    unit, issuer = project.implementing_unit, department_of(project.owner)
    units = [unit.name] if unit and unit != issuer else []
    owing = [row.facility.name for step in missing for paper in step.papers for row in paper.facilities]
    if not units and not owing:
        owing = [row.facility.name for row in _taking_part(project)]
    return list(dict.fromkeys([*units, *owing])) or [project.investor or DOTS]


def _step(step, numbers, day):
    late = (day - step.due_on).days if step.due_on else 0
    return {
        "label": PaperStep(step.step).label,
        "due_on": step.due_on,
        "clause": step.clause,
        "days_late": max(late, 0),
        "papers": [_missing_row(paper, next(numbers)) for paper in step.papers],
    }


def _missing_row(paper, number):
    rule = paper.need.rule
    return {
        "number": number,
        "name": rule.name,
        "copy": CopyNeed(rule.copy_need).label,
        "clause": rule.legal_source or NO_CLAUSE,
        "facilities": [row.facility.name for row in paper.facilities],
    }


def _earlier(row):
    return {"number": row.number_text or DOTS, "dated_on": row.dated_on}


def _paragraphs(text):
    return [line.strip() for line in text.splitlines() if line.strip()]


def _paper(name, filename, context, imprint):
    document = Document(f"documents/{name}.html", filename, context)
    return document.as_draft() if imprint.draft else document


def _filename(project, code, receivers, part=""):
    receiver = slugify(fold(receivers[0]))[:LONGEST_NAME].strip("-")
    return f"{project.plan.year}_{code}_{project.code}{part}_{receiver}".rstrip("_")


# Which letters a project has


def _request_variants(project):
    """A letter for each return; without one, a letter when papers are missing."""
    if open_return(project):
        times = len(RETURNS.of(project))
        return [(str(times), f"Trả lại lần {times}")]
    return [("", "")] if missing_to_decide(project) else []


def _reminder_variants(project):
    """Those that were sent, and the next one; none while nothing is missing."""
    if not missing_to_go_on(project):
        return []
    last = max((int(row.variant) for row in _reminders(project)), default=0)
    return [(str(number), _round(number)) for number in range(1, last + 2)]


def _round(number):
    return f"Nhắc lần {number}" if number > 1 else "Lần đầu"


def _reminders(project):
    """Reminders in force, the first one first."""
    rows = [row for row in ISSUED.of(project) if row.kind == "paper_reminder" and row.status == DocumentStatus.ISSUED]
    return sorted(rows, key=lambda row: int(row.variant))


def _gaps(project, imprint):
    body, gaps = department_of(project.owner), []
    if not body.symbol:
        gaps.append(f"Ghi ký hiệu văn bản của {body}, ví dụ SCT, để công văn có số.")
    if not project.implementing_unit and not project.beneficiaries.exists() and not project.investor:
        gaps.append("Chọn đơn vị thực hiện hoặc đơn vị thụ hưởng của đề án: công văn chưa có nơi gửi.")
    return gaps


def _symbol(project):
    body = department_of(project.owner)
    return f"{body.symbol}-{FIELD}" if body.symbol else ""


def _subjects(project):
    facilities = [row.facility for row in _taking_part(project)]
    contract = [project.contract] if project.contract else []
    return [project, *facilities, *contract, project.plan]


def _resting_on(project):
    """The contract, else the decision, that the project is carried out under."""
    contract, plan = project.contract, project.plan
    if contract:
        return f"{contract} ngày {short_date(contract.signed_on)}"
    if plan.decision_number:
        return f"Quyết định số {plan.decision_number} {long_date(plan.decision_on)}"
    return str(plan)


PLACEHOLDERS = (
    Placeholder("ma_de_an", "mã đề án", lambda project: project.code),
    Placeholder("ten_de_an", "tên đề án", lambda project: project.name),
    Placeholder("loai", "“đề án” hoặc “nhiệm vụ”", lambda project: project.get_kind_display().lower()),
    Placeholder("ten_ke_hoach", "kế hoạch năm", lambda project: str(project.plan)),
    Placeholder("can_cu", "hợp đồng, quyết định của đề án", _resting_on),
    Placeholder("don_vi_thuc_hien", "đơn vị thực hiện", lambda project: str(project.implementing_unit or DOTS)),
    Placeholder("co_quan_gui", "cơ quan gửi công văn", lambda project: str(department_of(project.owner))),
)
RECIPIENTS = Slot("recipients", "Nơi nhận", "Như trên\nLưu: VT, KC", is_list=True)


def _about(default):
    return Slot("about", "Về việc (V/v)", default)


def _read(project):
    read_dossier(project, RETURNS, *QUESTIONS)


def _records(user):
    return Project.objects.visible_to(user).select_related(
        "plan__program", "plan__owner", "owner__parent", "implementing_unit", "contract", "content__parent"
    )


def _letter_kind(key, label, **fields):
    return register(
        Kind(
            key=key,
            label=label,
            model=Project,
            records=_records,
            issuer=lambda project: department_of(project.owner),
            subjects=_subjects,
            title=lambda project: f"{label}, {project.get_kind_display().lower()} {project.code} {project.name}",
            gaps=_gaps,
            read=_read,
            symbol=_symbol,
            placeholders=PLACEHOLDERS,
            **fields,
        )
    )


DOSSIER_REQUEST = _letter_kind(
    "dossier_request", "Công văn đề nghị hoàn thiện hồ sơ", build=dossier_request, file_code="CVBS",
    refusal=lambda user, project: role_refusal(user, project, REQUESTERS, "Đề nghị hoàn thiện hồ sơ"),
    roles=REQUESTERS,
    variants=_request_variants,
    slots=(
        _about("hoàn thiện hồ sơ {loai} {ma_de_an}"),
        Slot(
            "opening", "Lời mở",
            "{co_quan_gui} đã xem xét hồ sơ {loai} “{ten_de_an}” (mã {ma_de_an}) thuộc {ten_ke_hoach}. "
            "Hồ sơ cần được sửa đổi, bổ sung như sau:",
        ),
        Slot(
            "closing", "Lời kết",
            "Đề nghị đơn vị hoàn thiện hồ sơ theo các nội dung trên và gửi về {co_quan_gui} trong thời hạn 10 ngày làm "
            "việc kể từ ngày nhận được Công văn này.\n"
            "Trong quá trình thực hiện, nếu có vướng mắc, đề nghị liên hệ {co_quan_gui} để được hướng dẫn.",
        ),
        RECIPIENTS,
    ),
)  # fmt: skip
PAPER_REMINDER = _letter_kind(
    "paper_reminder", "Công văn nhắc bổ sung giấy tờ", build=paper_reminder, file_code="CVNG",
    refusal=lambda user, project: role_refusal(user, project, REMINDERS, "Nhắc bổ sung giấy tờ"),
    roles=REMINDERS,
    variants=_reminder_variants,
    slots=(
        _about("bổ sung giấy tờ của {loai} {ma_de_an}"),
        Slot(
            "opening", "Lời mở",
            "{don_vi_thuc_hien} đang thực hiện {loai} “{ten_de_an}” (mã {ma_de_an}) theo {can_cu}. "
            "Qua rà soát, hồ sơ còn thiếu các giấy tờ sau đây:",
        ),
        Slot(
            "closing", "Lời kết",
            "Đề nghị đơn vị, cơ sở gửi đủ các giấy tờ trên về {co_quan_gui} trong thời hạn 10 ngày làm việc kể từ ngày "
            "nhận được Công văn này để kịp làm thủ tục tiếp theo đúng quy định.\n"
            "Trong quá trình thực hiện, nếu có vướng mắc, đề nghị liên hệ {co_quan_gui} để được hướng dẫn.",
        ),
        RECIPIENTS,
    ),
)  # fmt: skip
