"""The approval desk: every line of a submitted plan, totals against the envelopes, the decision."""

from dataclasses import dataclass

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import redirect, render

from khuyencong.dates import short_date
from programs.models import SourceCategory
from projects import permissions, plan_lines, plan_questions, services, workflow
from projects.forms.plans import LONGEST_REASON, DecisionForm, reason_name, verdict_name
from projects.plan_lines import LineTable
from projects.services.plan import Position
from projects.shown import DeskRow
from projects.views.plans import refused, visible_plan


@dataclass(frozen=True)
class Envelope:
    """One source while verdicts are chosen, in đồng: with the chosen lines, and with all of them."""

    chosen: Position
    whole: Position
    support: int

    @property
    def total(self):
        """What the bar is out of: the envelope, or all lines of a source that has none."""
        return self.whole.taken if self.chosen.budget is None else self.chosen.budget

    @property
    def returned(self):
        return self.whole.taken - self.chosen.taken

    @property
    def hatched(self):
        """What the returned lines fill of the bar, no further than its end."""
        return min(self.returned, max(self.total - self.chosen.taken, 0))

    @property
    def per_support(self):
        """Hundredths of a đồng of the facilities' own money on one đồng of support, "1,46"; "" for other sources."""
        if self.chosen.source.category != SourceCategory.COUNTERPART or not self.support:
            return ""
        whole, rest = divmod((200 * self.chosen.taken + self.support) // (2 * self.support), 100)
        return f"{whole},{rest:02d}"


def plan_approve(request, pk):
    """Count again, ask to confirm, decide; whatever is refused, everything typed stays.

    `act` is "count" (totals of the verdicts so far), "review" (back from the confirmation), "approve" (check all,
    ask to confirm) or "confirm" (decide).
    """
    plan = visible_plan(request, pk)
    if way_back := refused(request, plan, workflow.APPROVE_PLAN):
        return way_back
    if plan.is_past:
        return redirect("projects:plan_record", plan.pk)
    user = request.user
    projects, gone = plan_lines.lines_to_decide(plan)
    closed = [(row.pk, why) for row in projects if (why := permissions.author_refusal(user, row))]
    act = request.POST.get("act", "")
    is_meant = act in ("approve", "confirm")
    # What is only counted or looked at again is shown as typed, without finding fault.
    initial = request.POST.dict() if request.POST else _last_decision(plan)
    form = DecisionForm(
        request.POST if is_meant else None, plan=plan, projects=projects, closed=closed, initial=initial
    )
    if is_meant and form.is_valid():
        decide = services.approve_plan if act == "confirm" else services.rehearse_approval
        try:
            decide(plan, by=user, **form.decision)
        except ValidationError as refusal:
            form.add_error(None, refusal.messages)
        else:
            return _decided(request, plan, form) if act == "confirm" else _ask(request, plan, projects, form)
    context = _desk_context(plan, projects, gone, form) | {"is_typed": bool(request.POST)}
    template = "projects/_desk_update.html" if request.htmx else "projects/plan_approve.html"
    return render(request, template, context)


def _decided(request, plan, form):
    returned = len(form.returned)
    text = f"Đã phê duyệt {len(form.projects) - returned} đề án"
    messages.success(request, f"{text}, trả lại {returned} đề án." if returned else f"{text}.")
    return redirect(plan)


def _ask(request, plan, projects, form):
    """Nothing is decided yet: what is about to be, in numbers."""
    context = _sums_context(plan, projects, form.returned) | {
        "plan": plan,
        "form": form,
        "returned": [(project, form.cleaned_data[reason_name(project)]) for project in form.returned],
        "doubts": _doubts(plan, form.cleaned_data["decision_on"]),
    }
    return render(request, "projects/plan_confirm.html", context)


def _doubts(plan, day):
    """What is allowed, since old plans are entered late, but more often a slip of the pen."""
    submitted = plan.proposal_on or plan.submitted_at
    doubts = []
    if day < (plan.proposal_on or submitted.date()):
        doubts.append(f"Ngày ký {short_date(day)} trước ngày trình {short_date(submitted)}.")
    if not plan.year - 1 <= day.year <= plan.year:
        doubts.append(f"Quyết định ký năm {day.year} cho kế hoạch năm {plan.year}.")
    return doubts


def _last_decision(plan):
    """Issuer and signer as in the owner's latest decision, so that they are typed once."""
    last = next(iter(plan_questions.LAST_DECISION.of(plan)), None)
    names = ("decision_issuer", "signer_name", "signer_position")
    return {name: getattr(last, name) for name in names} if last else {}


def _sums_context(plan, projects, returned):
    """The figures of the verdicts chosen so far; one home for the page, its updates and the confirmation."""
    approved = LineTable([project for project in projects if project not in returned], plan_lines.columns_of(projects))
    support = approved.totals["support_amount"]
    whole = services.budget_position(plan)
    rows = services.budget_position(plan, without=[project.pk for project in returned]) if returned else whole
    chosen = {row.source.pk: row for row in rows}
    envelopes = [
        Envelope(chosen.get(row.source.pk) or Position(row.source, row.budget, 0, 0), row, support) for row in whole
    ]
    return {
        "envelopes": envelopes,
        "approved": approved,
        "returned_count": len(returned),
        "is_over": any(row.chosen.is_over for row in envelopes),
    }


def _desk_context(plan, projects, gone, form):
    table = LineTable(projects)
    return _sums_context(plan, projects, form.returned) | {
        "plan": plan,
        "form": form,
        "table": table,
        "groups": [(group, [_desk_row(form, *line) for line in group.lines]) for group in table.groups],
        "gone": gone,
        "changed_count": sum(bool(project.change) for project in projects),
        "over_count": sum(bool(project.over_norm) for project in projects),
        "repeated_count": sum(bool(project.repeated) for project in projects),
        "previous": plan_lines.submitted_before(plan),
    }


def _desk_row(form, project, line):
    return DeskRow(
        line, bool(project.change), form.closed.get(project.pk, ""), form.typed(verdict_name(project)),
        form.typed(reason_name(project)), LONGEST_REASON,
    )  # fmt: skip
