"""A plan that was decided on paper before it came to the portal: a director compares it and records the decision."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404
from django.shortcuts import redirect, render

from projects import workflow
from projects.services import past_plans
from projects.views.plans import refused, visible_plan


def plan_record(request, pk):
    plan = visible_plan(request, pk)
    if way_back := refused(request, plan, workflow.APPROVE_PLAN):
        return way_back
    if not plan.is_past:
        raise Http404("Kế hoạch này lập trên cổng.")
    refusals = []
    if request.method == "POST":
        try:
            plan = past_plans.record_past_plan(plan, by=request.user, seen=request.POST.get("seen", ""))
        except ValidationError as refusal:
            refusals = refusal.messages
        else:
            messages.success(request, f"Đã ghi nhận {plan} theo Quyết định {plan.decision_number}.")
            return redirect(plan)
    projects = list(past_plans.waiting_lines(plan).prefetch_related("funding_lines__source"))
    lines = [(project, list(project.funding_lines.all())) for project in projects]
    context = {
        "plan": plan, "past": plan.past_decision, "refusals": refusals, "seen": past_plans.seen_of(projects),
        "lines": [(project, rows, sum(row.requested_amount for row in rows)) for project, rows in lines],
        "totals": past_plans.total_of(projects),
    }  # fmt: skip
    return render(request, "projects/plan_record.html", context)
