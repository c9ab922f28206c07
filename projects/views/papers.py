"""The dossier of a project: the checklist, papers with their scans, photos of visits. Files leave only here."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET

from khuyencong.desk.once import once
from khuyencong.documents.panels import panel_of
from khuyencong.files import is_image, serve_file, serve_thumbnail
from khuyencong.forms import add_refusal
from khuyencong.permissions import require
from khuyencong.together import Question
from projects import permissions
from projects.documents import DOSSIER_REQUEST, PAPER_REMINDER
from projects.forms.papers import PaperForm, PhotosForm, RemovePaperForm
from projects.models import Inspection, Paper
from projects.questions import POINTED, RETURNS
from projects.services import papers as service
from projects.tabs import tabs_of
from projects.views.projects import project_alone, visible_project

TAB = "projects:papers"
LETTERS = (DOSSIER_REQUEST, PAPER_REMINDER)


def visible_paper(request, pk):
    rows = Paper.objects.visible_to(request.user).select_related("file", "rule", "added_by", "removed_by")
    paper = get_object_or_404(rows, pk=pk)
    paper.project = visible_project(request, paper.project_id)
    return paper


def _rows(project):
    return project.papers.select_related("file", "inspection", "added_by", "removed_by")


PHOTOS = Question(
    "photos",
    lambda project: _rows(project).in_force().exclude(inspection=None).order_by("-inspection__visited_on", "pk"),
)
REMOVED = Question("removed", lambda project: _rows(project).exclude(removed_at=None).order_by("-removed_at", "-pk"))


@require_GET
def papers(request, pk):
    """Per step what is there and what is missing with its effect, then photos and what was taken back."""
    project = project_alone(request, pk)
    service.read_dossier(project, *POINTED, RETURNS, PHOTOS, REMOVED)
    steps = service.paper_list(project)
    photos = PHOTOS.of(project)
    context = {
        "project": project,
        "tabs": tabs_of(project, TAB),
        "steps": steps,
        "photos": pictured(photos),
        "removed": REMOVED.of(project),
        "can_edit": permissions.paper_refusal(request.user, project) is None,
        "panel": panel_of(project, request.user, *LETTERS),
        "count": sum(len(step.extra) + sum(len(need.papers) for need in step.needs) for step in steps),
    }
    return render(request, "projects/papers.html", context)


def pictured(photos):
    """[(paper, whether it can be shown small)], as `projects/_photos.html` takes them."""
    return [(paper, paper.file is not None and is_image(paper.file)) for paper in photos]


@require_GET
def paper_file(request, pk):
    """The scan, as a download that the trail tells; also of a paper that was taken back."""
    paper = visible_paper(request, pk)
    if paper.file is None:
        raise Http404("Giấy này chưa có bản quét.")
    return serve_file(paper.file, by=request.user, about=paper.project)


@require_GET
def paper_thumbnail(request, pk):
    paper = visible_paper(request, pk)
    if paper.file is None:
        raise Http404("Giấy này chưa có ảnh.")
    return serve_thumbnail(paper.file)


@once
def paper_create(request, pk):
    """A new paper; `?giay=` names the rule that it answers, `?buoc=` the step of another one."""
    project = visible_project(request, pk)
    _require_keeper(request, project)
    rule, step = request.GET.get("giay", ""), request.GET.get("buoc", "")
    initial = {"what": f"rule-{rule}" if rule else f"step-{step}"}
    return _edit(request, project, Paper(project=project), initial=initial)


def paper_edit(request, pk):
    paper = visible_paper(request, pk)
    _require_keeper(request, paper.project)
    if paper.removed_at:
        messages.warning(request, f"Giấy “{paper.name}” đã bỏ: thêm giấy mới.")
        return redirect(TAB, paper.project_id)
    return _edit(request, paper.project, paper)


def _edit(request, project, paper, *, initial=None):
    posted = (request.POST, request.FILES) if request.method == "POST" else (None, None)
    if request.method != "POST":
        service.read_dossier(project)
    steps, limit = service.paper_list(project), service.upload_limit(project)
    stored = Paper.objects.select_related("file").get(pk=paper.pk) if paper.pk else None
    form = PaperForm(*posted, instance=paper, initial=initial, project=project, steps=steps, limit=limit)
    if form.is_valid():
        try:
            saved, twins = _save(request, form)
        except ValidationError as refusal:
            add_refusal(form, refusal)
        else:
            _tell(request, saved, twins)
            return redirect(TAB, project.pk)
    context = {
        "project": project,
        "tabs": tabs_of(project, TAB),
        "form": form,
        "paper": stored,
        "lost_files": bool(request.FILES),
    }
    return render(request, "projects/paper_form.html", context)


def _save(request, form):
    files = form.cleaned_data["files"]
    if form.instance.pk is None:
        return service.save_papers(form.instance, by=request.user, uploads=files)
    paper, twins = service.save_paper(
        form.instance, by=request.user, upload=files[0] if files else None, seen=form.cleaned_data["seen"]
    )
    return [paper], twins


def _tell(request, saved, twins):
    for paper in saved:
        told = f", tệp {service.file_in_words(paper.file)}" if paper.file else ", chưa có bản quét"
        messages.success(request, f"Đã lưu giấy “{paper.name}”{told}.")
    for twin in twins:
        same = f"“{twin.name}” ({service.file_in_words(twin.file)})"
        messages.warning(request, f"Tệp giống hệt tệp của giấy {same}: kiểm tra có nhầm không.")


def paper_remove(request, pk):
    """Take a paper back with a reason; it stays to be read."""
    paper = visible_paper(request, pk)
    _require_keeper(request, paper.project)
    if paper.removed_at:
        messages.info(request, f"Giấy “{paper.name}” đã bỏ trước đó.")
        return redirect(TAB, paper.project_id)
    form = RemovePaperForm(
        request.POST if request.method == "POST" else None, initial={"seen": service.paper_mark(paper)}
    )
    if form.is_valid():
        try:
            service.remove_paper(paper, by=request.user, **form.cleaned_data)
        except ValidationError as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, f"Đã bỏ giấy “{paper.name}”; giấy và tệp vẫn lưu ở cuối trang.")
            return redirect(TAB, paper.project_id)
    context = {"project": paper.project, "tabs": tabs_of(paper.project, TAB), "form": form, "paper": paper}
    return render(request, "projects/paper_remove.html", context)


def inspection_photos(request, pk):
    """Photos of one visit: those that are there, and more of them."""
    visit = get_object_or_404(Inspection.objects.visible_to(request.user), pk=pk)
    project = visible_project(request, visit.project_id)
    refusal = permissions.inspection_refusal(request.user, project)
    require(refusal is None, refusal)
    posted = (request.POST, request.FILES) if request.method == "POST" else (None, None)
    form = PhotosForm(*posted, limit=service.upload_limit(project), most=service.MOST_PHOTOS)
    if form.is_valid():
        try:
            found, repeated = service.save_photos(visit, by=request.user, uploads=form.cleaned_data["files"])
        except ValidationError as refused:
            add_refusal(form, refused)
        else:
            skipped = f" Bỏ qua {len(repeated)} tệp đã có: {', '.join(repeated)}." if repeated else ""
            messages.success(request, f"Đã thêm {len(found)} tệp vào lần kiểm tra.{skipped}")
            return redirect("projects:inspection_photos", visit.pk)
    context = {
        "project": project,
        "tabs": tabs_of(project, TAB),
        "visit": visit,
        "form": form,
        "photos": pictured(visit.photos.in_force().select_related("file")),
    }
    return render(request, "projects/inspection_photos.html", context)


def _require_keeper(request, project):
    refusal = permissions.paper_refusal(request.user, project)
    require(refusal is None, refusal)
