"""Copy one project, or those of an earlier plan, as drafts."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404, redirect, render

from khuyencong.desk.once import once
from khuyencong.forms import add_refusal
from khuyencong.permissions import belongs_to, family_q, require
from programs.models import AnnualPlan
from projects import permissions
from projects.forms.copying import CopyForm
from projects.models import Project
from projects.services.copying import copy_project, copy_projects
from projects.views.projects import visible_project

ONLY_DRAFTERS = "Chỉ chuyên viên, lãnh đạo phòng được lập đề án."
NOT_OPEN = "Kế hoạch này đã trình hoặc đã phê duyệt; chỉ chép vào kế hoạch đang dự thảo của cơ quan mình."


@once
def project_copy(request, pk):
    source = visible_project(request, pk)
    require(permissions.can_create_project(request.user), ONLY_DRAFTERS)
    form = CopyForm(request.POST or None, user=request.user, initial={"name": source.name})
    if form.is_valid():
        try:
            project = copy_project(source, by=request.user, **form.cleaned_data)
        except ValidationError as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(
                request, f"Đã lập {project.code} theo {source.code}. Xem lại từng phần, thời gian để trống."
            )
            return redirect("projects:edit", project.pk, "thong-tin")
    return render(request, "projects/project_copy.html", {"source": source, "form": form})


@once
def plan_copy(request, pk):
    """Projects of an earlier plan (`?tu=`) as drafts of this one; those chosen are told by `chon`."""
    plans = AnnualPlan.objects.visible_to(request.user).select_related("program", "owner")
    plan = get_object_or_404(plans, pk=pk)
    require(permissions.can_create_project(request.user), ONLY_DRAFTERS)
    require(plan.is_open and belongs_to(request.user, plan), NOT_OPEN)
    others = plans.filter(family_q(request.user)).exclude(pk=plan.pk).order_by("-year", "-round_no", "pk")
    asked = request.GET.get("tu", "")
    source = others.filter(pk=asked).first() if asked.isascii() and asked.isdigit() and len(asked) < 19 else None
    projects = Project.objects.visible_to(request.user).filter(plan=source) if source else Project.objects.none()
    refused = ""
    if request.method == "POST" and source:
        chosen = [key for key in request.POST.getlist("chon") if key.isascii() and key.isdigit() and len(key) < 19]
        try:
            made, there = copy_projects(projects.filter(pk__in=chosen).select_related("plan"), plan, by=request.user)
        except ValidationError as refusal:
            refused = " ".join(refusal.messages)
        else:
            told = f" {len(there)} đề án cùng tên đã có, không chép." if there else ""
            messages.success(request, f"Đã chép {len(made)} đề án thành bản dự thảo.{told}")
            return redirect(plan)
    context = {
        "plan": plan,
        "others": others,
        "source": source,
        "projects": projects.with_amounts().order_by("code", "pk"),
        "refused": refused,
    }
    return render(request, "projects/plan_copy.html", context)
