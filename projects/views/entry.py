"""Enter a project: a draft first, then part by part, then check and submit."""

from dataclasses import dataclass

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from beneficiaries.models import Facility
from khuyencong.permissions import require
from khuyencong.versions import StaleVersionError
from programs.models import FundingSource
from projects import permissions, services, workflow
from projects.forms.entry import (
    BeneficiaryFormSet,
    ContentForm,
    CostItemFormSet,
    EffectForm,
    FundingForm,
    GeneralForm,
    NewProjectForm,
    VersionForm,
)
from projects.forms.parts import BY_SLUG, PARTS, following
from projects.services.entry import NOT_EDITABLE
from projects.views.projects import note_items, open_return, visible_project


def project_create(request):
    """Start a draft; `?co-so=` puts a facility into it, `?ke-hoach=` chooses the plan."""
    require(permissions.can_create_project(request.user), "Chỉ chuyên viên, lãnh đạo phòng được lập đề án.")
    initial = {"plan": request.GET.get("ke-hoach")}
    form = NewProjectForm(request.POST or None, user=request.user, initial=initial)
    facility = _asked_facility(request)
    if request.method == "POST" and form.is_valid():
        try:
            project = services.create_project(by=request.user, **form.cleaned_data)
            if facility:
                project = services.set_beneficiaries(project, by=request.user, rows=[(facility, "", {})])
        except ValidationError as refusal:
            form.add_error(None, refusal.messages)
        else:
            messages.success(request, f"Đã lập bản dự thảo {project.code}. Điền từng phần, lưu lúc nào cũng được.")
            return redirect("projects:edit", project.pk, "thong-tin")
    return render(request, "projects/project_create.html", {"form": form, "facility": facility})


def _asked_facility(request):
    text = request.GET.get("co-so", "")
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        return None
    return Facility.objects.visible_to(request.user).filter(pk=text).first()


def project_edit(request, pk, part):
    """One part of the form; another person's save in between is shown, never overwritten."""
    if part not in HANDLERS:
        raise Http404
    project = visible_project(request, pk)
    require(permissions.can_edit_project(request.user, project), NOT_EDITABLE)
    return HANDLERS[part](request, project, part)


@dataclass(frozen=True)
class PartState:
    label: str
    tone: str
    icon: str


def part_states(project, missing, note):
    """[(part, state, is named in the return)] for the list at the left."""
    wanted = {part.slug: sum(item.part == part.slug for item in missing) for part in PARTS}
    named = set(note.items) if note else set()
    rows = []
    for part in PARTS:
        if not part.is_entry:
            ready = not missing
            state = PartState("Sẵn sàng", "done", "check") if ready else PartState("Chưa thể làm", "", "lock")
        elif wanted[part.slug]:
            state = PartState(f"Còn {wanted[part.slug]} mục", "waiting", "progress")
        else:
            state = PartState("Xong", "done", "check")
        if part.slug in named:
            state = PartState("Được nêu khi trả lại", "returned", "error")
        rows.append((part, state))
    return rows


def _page(request, project, part, **context):
    missing = services.missing_items(project)
    note = open_return(project)
    context |= {
        "project": project,
        "part": BY_SLUG[part],
        "next_part": following(part),
        "parts": part_states(project, missing, note),
        "missing": [item for item in missing if item.part == part],
        "note": note,
        "note_items": note_items(project, note),
        "is_named": note is not None and part in note.items,
    }
    return render(request, f"projects/part_{TEMPLATES.get(part, 'fields')}.html", context)


# Parts made of rows or figures; the others are plain fields.
TEMPLATES = {"kinh-phi": "funding", "thu-huong": "beneficiaries", "du-toan": "cost_items", "kiem-tra": "check"}


def _after(request, project, part):
    """Where the button leads: stay, or on to the next part."""
    if request.POST.get("act") == "next":
        return redirect("projects:edit", project.pk, following(part).slug)
    messages.success(request, f"Đã lưu phần {BY_SLUG[part].label}.")
    return redirect("projects:edit", project.pk, part)


def _edit_fields(form_class):
    def handle(request, project, part):
        form = form_class(request.POST or None, instance=project)
        if request.method == "POST" and form.is_valid():
            try:
                services.save_project(form.instance, by=request.user, expected_version=form.expected_version)
            except StaleVersionError as stale:
                form.show_conflicts(stale.current)
            except ValidationError as refusal:
                form.add_error(None, refusal)
            else:
                return _after(request, project, part)
        return _page(request, project, part, form=form)

    return handle


def _save_rows(request, form, act):
    """Run a service on rows; (done, the row as someone else left it)."""
    try:
        act()
    except StaleVersionError as stale:
        form.data = form.data.copy()
        form.data["version"] = stale.current.version
        return False, stale.current
    except ValidationError as refusal:
        form.add_error(None, refusal.messages)
        return False, None
    return True, None


def _edit_funding(request, project, part):
    form = FundingForm(request.POST or None, project=project)
    stale = None
    if request.method == "POST" and form.is_valid():
        if request.POST.get("act") == "rest":
            form.with_rest_in_counterpart()
        else:
            done, stale = _save_rows(
                request, form,
                lambda: services.set_funding(
                    project, by=request.user, total_cost=form.cleaned_data["total_cost"], amounts=form.amounts,
                    expected_version=form.expected_version,
                ),
            )  # fmt: skip
            if done:
                return _after(request, project, part)
    return _page(request, project, part, form=form, allocation=form.allocation(), stale=_others(stale))


def _others(stale):
    """What the other person saved, to hold against what was typed."""
    if stale is None:
        return None
    rows = [(str(line.source), line.requested_amount) for line in stale.funding_lines.select_related("source")]
    people = [str(row) for row in stale.beneficiaries.select_related("facility")]
    items = [str(row) for row in stale.cost_items.all()]
    return {"project": stale, "lines": rows, "facilities": people, "items": items}


@require_POST
def project_split(request, pk):
    """The sums of the split being typed; nothing is saved."""
    project = visible_project(request, pk)
    form = FundingForm(request.POST, project=project)
    return render(request, "projects/_split_sums.html", {"allocation": form.allocation()})


def _formset(formset_class, request, initial, **kwargs):
    """The posted rows, one more of them when the “add a row” button was pressed; else the stored rows."""
    if request.method != "POST":
        return formset_class(initial=initial, prefix="row", form_kwargs=kwargs)
    data = request.POST.copy()
    if data.get("act") == "add":
        count = data.get("row-TOTAL_FORMS", "0")
        data["row-TOTAL_FORMS"] = int(count) + 1 if count.isdigit() else 1
    return formset_class(data, initial=initial, prefix="row", form_kwargs=kwargs)


def _edit_beneficiaries(request, project, part):
    lines = list(project.funding_lines.select_related("source"))
    sources = [line.source for line in lines] or list(FundingSource.objects.filter(valid_to=None))
    rows = project.beneficiaries.select_related("facility__unit").prefetch_related("amounts")
    initial = [
        {"facility": row.facility, "item": row.item}
        | {f"source-{amount.source_id}": amount.requested_amount for amount in row.amounts.all()}
        for row in rows
    ]
    return _edit_rows(
        request, project, part, BeneficiaryFormSet, initial,
        lambda rows, version: services.set_beneficiaries(project, by=request.user, rows=rows, expected_version=version),
        form_kwargs={"user": request.user, "sources": sources}, lines=lines, sources=sources,
    )  # fmt: skip


def _edit_cost_items(request, project, part):
    fields = ("name", "specification", "unit_name", "quantity", "unit_price", "beneficiary")
    initial = [{name: getattr(item, name) for name in fields} for item in project.cost_items.all()]
    return _edit_rows(
        request, project, part, CostItemFormSet, initial,
        lambda rows, version: services.set_cost_items(project, by=request.user, rows=rows, expected_version=version),
        form_kwargs={"beneficiaries": project.beneficiaries.select_related("facility")},
        items=list(project.cost_items.all()),
    )  # fmt: skip


def _edit_rows(request, project, part, formset_class, initial, save, *, form_kwargs, **context):
    formset = _formset(formset_class, request, initial, **form_kwargs)
    head = VersionForm(request.POST or None, initial={"version": project.version})
    stale = None
    saving = request.method == "POST" and request.POST.get("act") != "add"
    if saving and head.is_valid() and formset.is_valid():
        rows = [form.row for form in formset.forms if form.row]
        done, stale = _save_rows(request, head, lambda: save(rows, head.expected_version))
        if done:
            return _after(request, project, part)
    return _page(request, project, part, formset=formset, head=head, stale=_others(stale), adding=not saving, **context)


def _check(request, project, part):
    """Check your answers, then submit."""
    missing = services.missing_items(project)
    if request.method == "POST":
        try:
            services.submit_project(project, by=request.user)
        except ValidationError as refusal:
            for text in refusal.messages:
                messages.error(request, text)
        else:
            messages.success(request, f"Đã trình {project}.")
            return redirect(project)
    lines = list(project.funding_lines.select_related("source"))
    found = [(item, reverse("projects:edit", args=[project.pk, item.part])) for item in missing]
    return _page(
        request, project, part, found=found, lines=lines, line_total=sum(line.requested_amount for line in lines),
        beneficiaries=list(project.beneficiaries.with_amounts().select_related("facility__unit")),
        cost_items=list(project.cost_items.all()), why_not=workflow.SUBMIT_PROJECT.why_not(request.user, project),
    )  # fmt: skip


HANDLERS = {
    "thong-tin": _edit_fields(GeneralForm),
    "noi-dung": _edit_fields(ContentForm),
    "hieu-qua": _edit_fields(EffectForm),
    "kinh-phi": _edit_funding,
    "thu-huong": _edit_beneficiaries,
    "du-toan": _edit_cost_items,
    "kiem-tra": _check,
}
