"""The panel of one project's page: the move to make, what is missing for it, the nearest day; each with its page.

Where and who come from the transition table (`projects.progress`), the days from the rules (`projects.deadlines`), the
gaps from the services that would refuse the move.
"""

from django.urls import reverse

from khuyencong.dates import month_label, short_date
from programs.models import DeadlineKey, PaperStep
from projects import progress, workflow
from projects.deadlines import DEMANDS, deadlines_of
from projects.models import DONE_PROJECT, ProjectStatus
from projects.questions import REPORTS, SETTLEMENT
from projects.services import papers
from projects.services.settlement import liquidation_gaps, settlement_gaps

# The papers that each move needs.
PAPERS_OF = {
    workflow.SIGN_CONTRACT: PaperStep.CONTRACT,
    workflow.ACCEPT_PROJECT: PaperStep.ACCEPTANCE,
    workflow.SETTLE_PROJECT: PaperStep.SETTLEMENT,
    workflow.LIQUIDATE_PROJECT: PaperStep.LIQUIDATION,
}
# Told as missing once their day is over.
REPORT_KEYS = (DeadlineKey.MONTHLY_REPORT, DEMANDS)


def situation_of(project, *, user, missing=(), named=()):
    """The cells of `progress.situation` with what is due and missing after approval; a fixed number of queries.

    The next move is a link for those who may make it; everybody may read the pages of what is missing.
    """
    if not project.is_approved:
        return progress.situation(project, missing=missing, named=named)
    due = deadlines_of(project)
    move = progress.next_move(project)
    acts = [(move.label, page_of(move, project))] if move and move.is_open_to(user, project) else ()
    gaps = [*_gaps(project, move), *_late_reports(due)]
    return progress.situation(project, missing=gaps, acts=acts, deadline=due[0] if due else None)


def page_of(move, project):
    """Where a move of an approved project is made."""
    if move is workflow.SIGN_CONTRACT:
        return f"{reverse('projects:contract_create', args=[project.plan_id])}?de-an={project.pk}"
    if move is workflow.HAND_OVER_PROJECT:
        return reverse("projects:handover_create", args=[project.plan_id])
    if move is workflow.START_PROJECT:
        return reverse("projects:start", args=[project.pk])
    if move is workflow.ACCEPT_PROJECT:
        return reverse("projects:accept", args=[project.pk])
    return reverse("projects:settlement_detail", args=[project.contract_id])


def _gaps(project, move):
    """[(words, address)] of what the next move lacks, and of what later ones will ask for without fail."""
    if move is None:
        return
    if project.contract_id is None and project.status not in DONE_PROJECT:
        yield "Hợp đồng; chưa ký thì chưa tạm ứng được", reverse("projects:money", args=[project.pk])
    if move is workflow.ACCEPT_PROJECT:
        yield from _unconfirmed(project)
        yield "Biên bản nghiệm thu", reverse("projects:acceptances", args=[project.pk])
    step = PAPERS_OF.get(move)
    if step:
        page = reverse("projects:papers", args=[project.pk])
        held, advised = papers.lacking_papers(project, step)
        yield from ((f"{name}: {papers.EFFECTS[step]}", page) for name in held)
        yield from ((name, page) for name in advised)
    if move is workflow.SETTLE_PROJECT:
        yield from ((text, page_of(move, project)) for text in _settlement_gaps(project))
    if project.status == ProjectStatus.SETTLED:
        yield from ((text, page_of(move, project)) for text in liquidation_gaps(project.contract))


def _unconfirmed(project):
    """Advances may rest on a confirmed report alone."""
    unconfirmed = [row for row in REPORTS.of(project) if row.confirmed_at is None]
    if unconfirmed:
        waiting = unconfirmed[-1]
        page = reverse("projects:progress_detail", args=[waiting.pk])
        yield f"Xác nhận của Sở về báo cáo tiến độ {month_label(waiting.month)}", page


def _settlement_gaps(project):
    settlement = next(iter(SETTLEMENT.of(project)), None)
    if settlement is None:
        return ["Hồ sơ quyết toán với bảng kê chứng từ"]
    settlement.contract = project.contract
    return settlement_gaps(settlement)


def _late_reports(due):
    return [
        (f"{row.label}, hạn {short_date(row.on)}", row.url)
        for row in due
        if row.key in REPORT_KEYS and row.days_left < 0
    ]
