"""Conditions and levels of support of a project, with what goes over them and why."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from khuyencong.forms import add_refusal
from khuyencong.permissions import require
from khuyencong.together import Question
from projects import services
from projects.forms.checks import OverNormForm, WithdrawForm
from projects.models import NormException
from projects.services.eligibility import read_checks
from projects.services.norms import OVER, norm_day
from projects.tabs import tabs_of
from projects.views.projects import visible_project

# Reasons given for what goes over its norm, withdrawn ones, too.
DECISIONS = Question(
    "norm_decisions", lambda project: project.norm_exceptions.select_related("norm", "decided_by", "withdrawn_by")
)


@require_http_methods(["GET", "HEAD", "POST"])
def project_checks(request, pk):
    """The page; a POST lets the ticked supports go over their norm."""
    project = visible_project(request, pk)
    refusal = services.exception_refusal(request.user, project)
    if request.method == "POST":
        require(refusal is None, refusal)
    read_checks(project, DECISIONS)
    findings = services.norm_findings(project)
    over = [finding for finding in findings if finding.state == OVER]
    if request.method == "POST" and not over:
        messages.info(request, "Không còn mục nào vượt mức mà chưa có lý do.")
        return redirect("projects:checks", project.pk)
    form = OverNormForm(request.POST if request.method == "POST" else None, findings=over)
    if form.is_valid():
        try:
            count = _allow(request, project, form)
        except ValidationError as refused:
            add_refusal(form, refused)
        else:
            messages.success(request, f"Đã cho vượt mức {count} mục của {project.code}.")
            return redirect("projects:checks", project.pk)
    context = {
        "project": project,
        "tabs": tabs_of(project, "projects:checks"),
        "findings": findings,
        "day": norm_day(project.plan),
        "form": form if over and refusal is None else None,
        "exceptions": DECISIONS.of(project),
        "can_withdraw": refusal is None,
        "checks": services.eligibility(project),
        "duplicates": services.duplicates(project, user=request.user),
    }
    return render(request, "projects/project_checks.html", context)


@transaction.atomic
def _allow(request, project, form):
    beneficiaries = {row.pk: row for row in project.beneficiaries.all()}
    for finding in form.given:
        services.allow_over_norm(
            project, finding.norm, beneficiaries.get(finding.beneficiary_id), by=request.user,
            reason=form.cleaned_data["reason"],
        )  # fmt: skip
    return len(form.given)


@require_POST
def norm_withdraw(request, pk):
    exception = get_object_or_404(NormException.objects.select_related("project"), pk=pk)
    project = visible_project(request, exception.project_id)
    refusal = services.exception_refusal(request.user, project)
    require(refusal is None, refusal)
    form = WithdrawForm(request.POST)
    try:
        if not form.is_valid():
            raise ValidationError("Nêu lý do thôi cho vượt mức.")
        services.withdraw_over_norm(exception, by=request.user, reason=form.cleaned_data["reason"])
    except ValidationError as refused:
        messages.error(request, " ".join(refused.messages))
    else:
        messages.success(request, f"Đã thôi cho vượt mức: {exception.norm.name}.")
    return redirect("projects:checks", project.pk)
