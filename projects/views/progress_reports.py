"""“Tiến độ, kiểm tra” of a project: monthly reports with their confirmation, inspection visits with their demands."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Prefetch
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from khuyencong.dates import month_label, short_date, today
from khuyencong.desk.once import once
from khuyencong.documents.panels import panel_of
from khuyencong.forms import add_refusal
from khuyencong.money import vnd
from khuyencong.permissions import require
from khuyencong.rows import change_rows, posted_rows, show_conflicts, tell
from khuyencong.templatetags.vietnamese import percent
from khuyencong.versions import StaleVersionError
from projects import permissions, services
from projects.documents import COMPLETION_REPORT
from projects.figures import share
from projects.forms.progress_reports import (
    ITEMS,
    ConfirmReportForm,
    InspectionForm,
    ProgressReportForm,
    ResolveForm,
    WithdrawForm,
)
from projects.models import Disbursement, Inspection, Paper, ProgressReport
from projects.services.progress_reports import REPORTED, doubts, prefilled_items, reportable_months
from projects.tabs import tabs_of
from projects.views.papers import pictured
from projects.views.projects import visible_project

HERE = "projects:progress"


def _here(project, anchor=""):
    return redirect(reverse(HERE, args=[project.pk]) + (f"#{anchor}" if anchor else ""))


@require_GET
def progress_page(request, pk):
    project = visible_project(request, pk)
    reports = list(project.progress_reports.select_related("created_by", "confirmed_by"))
    for report in reports:
        report.value_share = share(report.value_done, project.total_cost)
    told = {report.month for report in reports}
    is_open = project.status in REPORTED
    missing = [month_label(month) for month in reportable_months(project) if month not in told] if is_open else []
    photos = Prefetch("photos", Paper.objects.in_force().select_related("file"))
    inspections = list(project.inspections.select_related("created_by").prefetch_related(photos))
    for inspection in inspections:
        inspection.is_late = _is_late(inspection)
        inspection.pictured = pictured(inspection.photos.all())
    may_inspect = permissions.inspection_refusal(request.user, project) is None
    context = {
        "project": project,
        "tabs": tabs_of(project, HERE),
        "reports": reports,
        "missing": missing,
        "may_report": is_open and bool(missing) and permissions.reporting_refusal(request.user, project) is None,
        "inspections": inspections,
        "may_inspect": may_inspect,
        "panel": panel_of(project, request.user, COMPLETION_REPORT),
    }
    return render(request, "projects/progress_page.html", context)


def _is_late(inspection):
    due = inspection.demands_due_on
    return bool(due and not inspection.resolved_on and due < today())


# Reports


def visible_report(request, pk):
    rows = ProgressReport.objects.visible_to(request.user).select_related(
        "owner", "created_by", "updated_by", "confirmed_by"
    )
    report = get_object_or_404(rows, pk=pk)
    report.project = visible_project(request, report.project_id)
    return report


@require_GET
def progress_detail(request, pk):
    return _report_page(request, visible_report(request, pk))


def _report_page(request, report, withdraw_form=None, confirm_form=None):
    project, user = report.project, request.user
    items = list(report.items.all())
    for item in items:
        item.done_share = share(item.done_quantity, item.planned_quantity)
    payments = Disbursement.objects.in_force().filter(progress_report=report).select_related("source")
    context = {
        "project": project,
        "tabs": tabs_of(project, HERE),
        "report": report,
        "items": items,
        "item_total": sum(item.done_amount for item in items),
        "value_share": share(report.value_done, project.total_cost),
        "doubts": doubts(report),
        "payments": list(payments),
        "may_edit": _may_edit(user, report),
        "may_confirm": not report.is_confirmed and user.role in permissions.CONFIRMERS and project.status in REPORTED,
        "confirm_why_not": permissions.confirmation_refusal(user, report),
        "confirm_form": confirm_form or ConfirmReportForm(initial={"version": report.version}),
        "may_withdraw": report.is_confirmed and permissions.withdrawal_refusal(user, report) is None,
        "withdraw_form": withdraw_form or WithdrawForm(),
        "panel": panel_of(report, user),
    }
    return render(request, "projects/progress_detail.html", context)


def _may_edit(user, report):
    is_open = not report.is_confirmed and report.project.status in REPORTED
    return is_open and permissions.reporting_refusal(user, report.project) is None


@once
def progress_create(request, pk):
    project = visible_project(request, pk)
    refusal = permissions.reporting_refusal(request.user, project)
    require(refusal is None, refusal)
    if request.method != "POST" and project.status not in REPORTED:
        messages.warning(request, "Báo cáo tiến độ lập khi đề án đã ký hợp đồng hoặc đang thực hiện.")
        return _here(project)
    report = ProgressReport(project=project, owner=project.owner)
    last = project.progress_reports.first()
    initial = {"volume_percent": last.volume_percent, "value_done": last.value_done} if last else {}
    return _edit_report(request, report, prefilled_items(project), initial=initial)


def progress_edit(request, pk):
    report = visible_report(request, pk)
    refusal = permissions.reporting_refusal(request.user, report.project)
    require(refusal is None, refusal)
    if request.method != "POST" and not _may_edit(request.user, report):
        messages.warning(request, f"{report} không sửa được nữa.")
        return redirect("projects:progress_detail", report.pk)
    return _edit_report(request, report, list(report.items.select_related("cost_item")))


def _edit_report(request, report, items, *, initial=None):
    project = report.project
    table = ITEMS.given(cost_items=list(project.cost_items.all()))
    data = posted_rows(request, [table], {table.prefix: items})
    form = ProgressReportForm(data, instance=report, initial=initial)
    if data is None:
        return _edit_page(request, report, form, table.show(items), table.digest(items))
    act = data.get("row", "")
    if act:
        form.unread = True
        tell(request, change_rows([table], data, act))
    formset = table.read(data, unread=bool(act))
    if not act and all([form.is_valid(), formset.is_valid()]):
        try:
            saved = services.save_progress_report(
                form.instance, by=request.user, items=formset.rows, expected_version=form.expected_version
            )
        except StaleVersionError as stale:
            show_conflicts(form, stale.current, [(table, list(stale.current.items.all()), formset)])
        except ValidationError as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(
                request,
                f"Đã lưu báo cáo {month_label(saved.month)}: {percent(saved.volume_percent)}% khối lượng, "
                f"{vnd(saved.value_done)}.",
            )
            return redirect("projects:progress_detail", saved.pk)
    return _edit_page(request, report, form, formset, form.data.get(f"seen-{table.prefix}", ""))


def _edit_page(request, report, form, items, seen):
    before = report.project.progress_reports.exclude(pk=report.pk).first()
    context = {
        "project": report.project,
        "tabs": tabs_of(report.project, HERE),
        "report": ProgressReport.objects.filter(pk=report.pk).first(),
        "form": form,
        "items": items,
        "seen": seen,
        "before": before,
    }
    return render(request, "projects/progress_form.html", context)


@require_POST
def progress_confirm(request, pk):
    report = visible_report(request, pk)
    refusal = permissions.confirmation_refusal(request.user, report)
    require(refusal is None, refusal)
    form = ConfirmReportForm(request.POST)
    if form.is_valid():
        try:
            services.confirm_progress_report(report, by=request.user, expected_version=form.expected_version)
        except ValidationError as refused:
            messages.error(request, " ".join(refused.messages))
        else:
            figures = f"{percent(report.volume_percent)}% khối lượng, {vnd(report.value_done)}"
            messages.success(request, f"Đã xác nhận báo cáo {month_label(report.month)}: {figures}.")
    return redirect("projects:progress_detail", report.pk)


@require_POST
def progress_withdraw(request, pk):
    report = visible_report(request, pk)
    refusal = permissions.withdrawal_refusal(request.user, report)
    require(refusal is None, refusal)
    form = WithdrawForm(request.POST)
    if form.is_valid():
        try:
            services.withdraw_confirmation(report, by=request.user, **form.cleaned_data)
        except ValidationError as refused:
            add_refusal(form, refused)
        else:
            messages.success(request, f"Đã rút xác nhận báo cáo {month_label(report.month)}; người lập sửa lại được.")
            return redirect("projects:progress_detail", report.pk)
    return _report_page(request, report, withdraw_form=form)


# Inspections


def visible_inspection(request, pk):
    rows = Inspection.objects.visible_to(request.user).select_related("owner", "created_by", "updated_by")
    inspection = get_object_or_404(rows, pk=pk)
    inspection.project = visible_project(request, inspection.project_id)
    refusal = permissions.inspection_refusal(request.user, inspection.project)
    require(refusal is None, refusal)
    return inspection


@once
def inspection_create(request, pk):
    project = visible_project(request, pk)
    refusal = permissions.inspection_refusal(request.user, project)
    require(refusal is None, refusal)
    return _edit_inspection(request, Inspection(project=project, owner=project.owner))


def inspection_edit(request, pk):
    inspection = visible_inspection(request, pk)
    if inspection.resolved_on and request.method != "POST":
        messages.warning(request, "Yêu cầu đã được khắc phục: biên bản kiểm tra này không sửa nữa.")
        return _here(inspection.project, "inspections")
    return _edit_inspection(request, inspection)


def _edit_inspection(request, inspection):
    project, is_new = inspection.project, inspection.pk is None
    form = InspectionForm(request.POST or None, instance=inspection)
    if form.is_valid():
        try:
            saved = services.save_inspection(form.instance, by=request.user, expected_version=form.expected_version)
        except StaleVersionError as stale:
            form.show_conflicts(stale.current)
        except ValidationError as refusal:
            add_refusal(form, refusal)
        else:
            due = f", khắc phục trước {short_date(saved.demands_due_on)}" if saved.demands_due_on else ""
            messages.success(request, f"Đã lưu lần kiểm tra ngày {short_date(saved.visited_on)}{due}.")
            return _here(project, "inspections")
    heading = "Ghi nhận kiểm tra" if is_new else f"Sửa kiểm tra ngày {short_date(_visited(inspection))}"
    context = {"project": project, "tabs": tabs_of(project, HERE), "form": form, "heading": heading}
    return render(request, "projects/inspection_form.html", context)


def _visited(inspection):
    return Inspection.objects.values_list("visited_on", flat=True).get(pk=inspection.pk)


def inspection_resolve(request, pk):
    inspection = visible_inspection(request, pk)
    form = ResolveForm(request.POST or None, initial={"version": inspection.version})
    if request.method != "POST" and (inspection.resolved_on or not inspection.demands):
        messages.warning(request, "Lần kiểm tra này không còn yêu cầu nào chờ khắc phục.")
        return _here(inspection.project, "inspections")
    if form.is_valid():
        given = {name: form.cleaned_data[name] for name in ("resolved_on", "resolution")}
        try:
            services.resolve_inspection(inspection, by=request.user, expected_version=form.expected_version, **given)
        except StaleVersionError as stale:
            inspection = visible_inspection(request, pk)
            form.show_conflicts(stale.current)
        except ValidationError as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, f"Đã ghi khắc phục ngày {short_date(given['resolved_on'])}.")
            return _here(inspection.project, "inspections")
    context = {
        "project": inspection.project, "tabs": tabs_of(inspection.project, HERE), "form": form,
        "inspection": inspection, "heading": f"Ghi khắc phục, kiểm tra ngày {short_date(inspection.visited_on)}",
    }  # fmt: skip
    return render(request, "projects/inspection_form.html", context)
