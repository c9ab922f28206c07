"""“Điều chỉnh” of a project: what the decision said beside the present, changes from draft to decision."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from khuyencong.dates import short_date, today
from khuyencong.desk.once import once
from khuyencong.documents.panels import panel_of
from khuyencong.forms import add_refusal
from khuyencong.models import AuditEntry
from khuyencong.permissions import require
from khuyencong.versions import StaleVersionError
from programs.models import AmendmentKind, Authority
from projects import permissions, services, workflow
from projects.forms.amendments import AmendmentForm, AnswerForm, DecisionForm, present_values
from projects.models import Amendment, AmendmentStatus, ProjectStatus
from projects.services import amendment_effects as effects
from projects.services.amendments import MEASURED, amounts_of, approved_version, refusal_to_amend, rules_of
from projects.services.plan import budget_position
from projects.tabs import tabs_of
from projects.views.projects import visible_project

HERE = "projects:amendments"
# The word in the address of a new amendment of each kind.
WORDS = {
    AmendmentKind.FUNDING_UP: "tang-kinh-phi",
    AmendmentKind.FUNDING_DOWN: "khong-tang-kinh-phi",
    AmendmentKind.TIME: "thoi-gian",
    AmendmentKind.EXTEND: "gia-han",
    AmendmentKind.PLACE: "dia-diem",
    AmendmentKind.BENEFICIARY: "don-vi-thu-huong",
    AmendmentKind.COORDINATOR: "don-vi-phoi-hop",
    AmendmentKind.CONTENT: "noi-dung",
    AmendmentKind.STOP: "ngung",
}
KINDS = {word: kind for kind, word in WORDS.items()}


@require_GET
def amendments_page(request, pk):
    project = visible_project(request, pk)
    user = request.user
    context = {
        "project": project,
        "tabs": tabs_of(project, HERE),
        "amendments": list(project.amendments.select_related("created_by", "approved_by")),
        "course": approved_version(project),
        "refunds": effects.refunds_due(project) if project.status == ProjectStatus.STOPPED else [],
        "is_drafter": user.role in permissions.DRAFTERS,
        "why_not": refusal_to_amend(user, project),
        "kinds": _kinds(project) if user.role in permissions.DRAFTERS else [],
    }
    return render(request, "projects/amendments_page.html", context)


def _kinds(project):
    """[(kind, who decides, address of its form)]."""
    rules = rules_of(project, today())
    return [
        (
            kind.label,
            rules[kind].get_authority_display() if kind in rules else "chưa có quy định",
            reverse("projects:amendment_create", args=[project.pk, word]),
        )
        for kind, word in WORDS.items()
    ]


def visible_amendment(request, pk):
    rows = Amendment.objects.visible_to(request.user).select_related(
        "owner", "created_by", "updated_by", "submitted_by", "approved_by", "new_unit", "new_content",
        "removed_beneficiary__facility", "added_facility",
    )  # fmt: skip
    amendment = get_object_or_404(rows, pk=pk)
    amendment.project = visible_project(request, amendment.project_id)
    return amendment


@once
def amendment_create(request, pk, word):
    project = visible_project(request, pk)
    if word not in KINDS:
        raise Http404
    refusal = permissions.amending_refusal(request.user, project)
    require(refusal is None, refusal)
    why_not = refusal_to_amend(request.user, project)
    if why_not and request.method != "POST":
        messages.warning(request, why_not)
        return redirect(HERE, project.pk)
    kind = KINDS[word]
    amendment = Amendment(project=project, owner=project.owner, kind=kind, **present_values(project, kind))
    return _edit(request, amendment)


def amendment_edit(request, pk):
    amendment = visible_amendment(request, pk)
    refusal = permissions.amending_refusal(request.user, amendment.project)
    require(refusal is None, refusal)
    if not amendment.is_open and request.method != "POST":
        messages.warning(request, f"{amendment} đang “{amendment.get_status_display()}”, không sửa được.")
        return redirect(amendment)
    return _edit(request, amendment)


def _edit(request, amendment):
    project = amendment.project
    form = AmendmentForm(request.POST or None, instance=amendment, user=request.user)
    if form.is_valid():
        try:
            saved = services.save_amendment(
                form.instance, by=request.user, amounts=form.amounts, expected_version=form.expected_version
            )
        except StaleVersionError as stale:
            form.show_conflicts(stale.current)
        except ValidationError as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, f"Đã lưu {str(saved)[:1].lower()}{str(saved)[1:]}. Xem lại rồi trình.")
            return redirect(saved)
    stored = Amendment.objects.filter(pk=amendment.pk).first() if amendment.pk else None
    context = {
        "project": project,
        "tabs": tabs_of(project, HERE),
        "amendment": stored,
        "kind": AmendmentKind(amendment.kind),
        "form": form,
        "positions": budget_position(project.plan) if form.cells else [],
        "refunds": effects.refunds_due(project) if amendment.kind == AmendmentKind.STOP else [],
    }
    return render(request, "projects/amendment_form.html", context)


@require_GET
def amendment_detail(request, pk):
    return _page(request, visible_amendment(request, pk))


def _page(request, amendment, *, decision_form=None, answer_form=None):
    project, user = amendment.project, request.user
    effects.read_approved(project)
    amounts = amounts_of(amendment)
    is_decided = amendment.status in (AmendmentStatus.APPROVED, AmendmentStatus.REJECTED)
    is_drafter = permissions.amending_refusal(user, project) is None
    may_decide = workflow.APPROVE_AMENDMENT.is_for(user) and amendment.status == AmendmentStatus.SUBMITTED
    context = {
        "project": project,
        "tabs": tabs_of(project, HERE),
        "amendment": amendment,
        "changes": amendment.changes if is_decided else effects.planned_changes(amendment, project, amounts),
        "hurdles": [] if is_decided else effects.hurdles(amendment, project, amounts),
        "refunds": effects.refunds_due(project) if amendment.kind == AmendmentKind.STOP else [],
        "appendices": list(amendment.appendices.select_related("contract")),
        "may_edit": is_drafter and amendment.is_open,
        "may_delete": amendment.created_by_id == user.pk and amendment.status == AmendmentStatus.DRAFT
        and amendment.submitted_at is None,
        "submit_why_not": workflow.SUBMIT_AMENDMENT.why_not(user, amendment),
        "may_decide": may_decide,
        "approve_why_not": workflow.APPROVE_AMENDMENT.why_not(user, amendment),
        "decision_form": decision_form or _decision_form(amendment, user),
        "answer_form": answer_form or AnswerForm(initial={"version": amendment.version}),
        "panel": panel_of(amendment, user),
        "entries": AuditEntry.objects.about(amendment).select_related("actor"),
    }  # fmt: skip
    return render(request, "projects/amendment_detail.html", context)


def _decision_form(amendment, user, data=None):
    """The director's own decision is signed by the director."""
    contract = amendment.project.contract
    initial = {"version": amendment.version}
    if amendment.authority == Authority.DEPARTMENT:
        initial |= {"signer_name": user.full_name, "signer_position": user.position}
    has_contract = bool(contract and contract.is_binding)
    return DecisionForm(data, initial=initial, has_contract=has_contract, is_measured=amendment.kind in MEASURED)


@require_POST
def amendment_submit(request, pk):
    amendment = visible_amendment(request, pk)
    _require(workflow.SUBMIT_AMENDMENT, request.user, amendment)
    try:
        saved = services.submit_amendment(amendment, by=request.user, expected_version=_seen(request))
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
    else:
        messages.success(request, f"Đã trình; thẩm quyền quyết định: {saved.get_authority_display()}.")
    return redirect(amendment)


def _require(move, user, amendment):
    """403 for the wrong role or person; a wrong state is told by the service."""
    if not move.is_for(user) or move.refusal(user, amendment):
        raise PermissionDenied(move.why_not(user, amendment))


def _seen(request):
    """The version that the page showed; one that cannot be read counts as read long ago."""
    text = request.POST.get("version", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


@require_POST
def amendment_return(request, pk):
    return _answer(request, pk, workflow.RETURN_AMENDMENT, services.return_amendment, "Đã trả lại điều chỉnh.")


@require_POST
def amendment_reject(request, pk):
    done = "Đã ghi không đồng ý; đề án giữ nguyên."
    return _answer(request, pk, workflow.REJECT_AMENDMENT, services.reject_amendment, done)


def _answer(request, pk, move, act, done):
    amendment = visible_amendment(request, pk)
    _require(move, request.user, amendment)
    form = AnswerForm(request.POST)
    if form.is_valid():
        try:
            act(amendment, by=request.user, reason=form.cleaned_data["reason"], expected_version=form.expected_version)
        except StaleVersionError as stale:
            return _read_again(request, stale.current)
        except ValidationError as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, done)
            return redirect(amendment)
    return _page(request, amendment, answer_form=form)


def _read_again(request, current):
    messages.warning(
        request, f"{current.updated_by} đã sửa hồ sơ này sau khi ông/bà mở trang; xem lại rồi bấm lần nữa."
    )
    return redirect(current)


@require_POST
def amendment_approve(request, pk):
    amendment = visible_amendment(request, pk)
    _require(workflow.APPROVE_AMENDMENT, request.user, amendment)
    if amendment.status == AmendmentStatus.APPROVED:
        messages.info(request, f"{amendment} đã được quyết định trước đó.")
        return redirect(amendment)
    form = _decision_form(amendment, request.user, request.POST)
    if form.is_valid():
        try:
            saved = services.approve_amendment(
                amendment, by=request.user, expected_version=form.expected_version, **form.given
            )
        except StaleVersionError as stale:
            return _read_again(request, stale.current)
        except ValidationError as refusal:
            add_refusal(form, refusal)
        else:
            decision = f"{saved.decision_number} ngày {short_date(saved.decision_on)}"
            messages.success(
                request, f"Đã quyết định theo {decision}: {len(saved.changes)} chỗ thay đổi, kế hoạch có bản mới."
            )
            return redirect(saved)
    return _page(request, amendment, decision_form=form)


@require_POST
def amendment_delete(request, pk):
    amendment = visible_amendment(request, pk)
    project = amendment.project
    try:
        services.delete_amendment(amendment, by=request.user)
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
        return redirect(amendment)
    messages.success(request, "Đã xóa bản dự thảo điều chỉnh.")
    return redirect(HERE, project.pk)
