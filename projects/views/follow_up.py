"""Following up what was accepted: one round of a project, and the list of what is due."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Prefetch
from django.http import Http404
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET

from khuyencong.forms import add_refusal
from khuyencong.lists import PER_PAGE, ListPaginator
from khuyencong.permissions import require
from khuyencong.versions import StaleVersionError
from projects import permissions, services
from projects.forms.follow_up import FollowUpFilterForm, FollowUpForm
from projects.models import Beneficiary, FollowUp, Project
from projects.services.follow_up import RECORDERS, SLUGS, followed_indicators, rounds_of
from projects.tabs import tabs_of
from projects.views.projects import changed_since_read, visible_project

ROUNDS = {slug: round_key for round_key, slug in SLUGS.items()}


def follow_up(request, pk, slug):
    """The answers of one round, new or to be mended."""
    if slug not in ROUNDS:
        raise Http404
    project = visible_project(request, pk)
    require(permissions.can_follow_up(request.user, project), RECORDERS)
    round_key = ROUNDS[slug]
    stored = project.follow_ups.filter(round=round_key).first()
    instance = stored or FollowUp(project=project, round=round_key)
    instance.project = project
    indicators = followed_indicators(project, project.acceptance.accepted_on)
    form = FollowUpForm(request.POST if request.method == "POST" else None, instance=instance, indicators=indicators)
    if form.is_valid():
        try:
            saved = services.record_follow_up(
                form.instance, by=request.user, values=form.values, expected_version=form.expected_version
            )
        except StaleVersionError as stale:
            form.data = form.data.copy()
            form.data["version"] = stale.current.version
            form.add_error(None, changed_since_read(stale.current))
        except ValidationError as refusal:
            add_refusal(form, refusal)
        else:
            count = saved.values.count()
            messages.success(request, f"Đã ghi theo dõi {saved.get_round_display().lower()}: {count} số liệu.")
            return redirect("projects:acceptances", project.pk)
    context = {
        "project": project,
        "tabs": tabs_of(project, "projects:acceptances"),
        "form": form,
        "round": next(row for row in rounds_of(project) if row.key == round_key),
    }
    return render(request, "projects/follow_up_form.html", context)


@require_GET
def follow_ups(request):
    """Accepted projects with both rounds: what is due, near, answered."""
    form = FollowUpFilterForm(request.GET, user=request.user, projects=Project.objects.visible_to(request.user))
    beneficiaries = Beneficiary.objects.filter(withdrawn_by=None).select_related("facility")
    rows = form.filtered().select_related("plan__program", "owner", "content__parent", "unit")
    rows = rows.prefetch_related("acceptances", "follow_ups", Prefetch("beneficiaries", beneficiaries))
    page = ListPaginator(rows, PER_PAGE).page(request.GET.get("trang"))
    for project in page:
        project.rounds = rounds_of(project, form.deadlines)
        project.can_follow_up = permissions.can_follow_up(request.user, project)
    context = {
        "filter_form": form,
        "chips": form.chips(),
        "page_obj": page,
        "default_sort": form.default_sort,
        "due_count": form.due_count(),
        "has_rules": bool(form.rules),
    }
    name = "_follow_up_table" if request.htmx else "follow_up_list"
    return render(request, f"projects/{name}.html", context)
