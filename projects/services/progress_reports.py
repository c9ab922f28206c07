"""Monthly progress reports (Mẫu 3a) and the department's confirmation (Thông tư 36/2013/TT-BCT, Điều 21, 23)."""

from datetime import date

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from khuyencong.audit import field_changes, record, row_changes
from khuyencong.dates import month_label, short_date, today
from khuyencong.money import vnd
from khuyencong.permissions import require
from khuyencong.templatetags.vietnamese import percent, quantity
from khuyencong.versions import StaleVersionError, bump_version
from projects import permissions
from projects.models import Disbursement, ProgressItem, ProgressReport, ProjectStatus
from projects.services.locking import locked_project

REPORTED = (ProjectStatus.CONTRACTED, ProjectStatus.IN_PROGRESS)
REPORT_FIELDS = ("month", "volume_percent", "value_done", "work_done", "difficulties", "expected_end_on")
FALLS = "{what} của {month} là {now}, thấp hơn {before} của {earlier}: số lũy kế không giảm; sửa một trong hai tháng."


def reportable_months(project) -> list[date]:
    """First days of the months that a report may be about: from the contract, else the plan's decision, to now."""
    first = project.contract.signed_on if project.contract_id else project.plan.decision_on
    months, month, last = [], first.replace(day=1), today().replace(day=1)
    while month <= last:
        months.append(month)
        month = date(month.year + month.month // 12, month.month % 12 + 1, 1)
    return months


def prefilled_items(project) -> list[ProgressItem]:
    """Unsaved items to fill in: those of the latest report, or one per piece of work of the estimate."""
    last = project.progress_reports.order_by("-month").first()
    if last:
        rows = [
            ProgressItem(**{name: getattr(row, name) for name in ITEM_FIELDS})
            for row in last.items.select_related("cost_item")
        ]
        if rows:
            return rows
    return [
        ProgressItem(
            cost_item=item, name=item.name, unit_name=item.unit_name, planned_quantity=item.quantity, done_quantity=0
        )
        for item in project.cost_items.all()
    ]


ITEM_FIELDS = ("cost_item", "name", "unit_name", "planned_quantity", "done_quantity", "done_amount")


@transaction.atomic
def save_progress_report(report, *, by, items=None, expected_version=None):
    """Create or change the report of a month; `items` are unsaved ProgressItem rows that replace the old ones.

    Figures are cumulative: they never fall below those of an earlier month, nor rise above a later one.
    Raises PermissionDenied, ValidationError, StaleVersionError.
    """
    project = report.project = locked_project(report.project)
    refusal = permissions.reporting_refusal(by, project)
    require(refusal is None, refusal)
    stored = None
    if report.pk:
        stored = bump_version(report, by=by, expected_version=expected_version)
        if stored.is_confirmed:
            raise ValidationError(_confirmed(stored), code="state")
        report.version = stored.version
    else:
        report.created_by = by
    report.updated_by = by
    _check_state(project)
    _check_month(report, project)
    report.full_clean(exclude=["owner", "province"])
    old_items = list(stored.items.all()) if stored else []
    new_items = old_items if items is None else list(items)
    _check_course(report, new_items)
    changes = field_changes(stored, report, REPORT_FIELDS)
    changes += row_changes("khối lượng", map(item_line, old_items), map(item_line, new_items))
    report.save()
    if items is not None:
        report.items.all().delete()
        for item in new_items:
            item.pk, item.report = None, report
            item.full_clean()
            item.save()
    if changes:
        action, verb = ("edit", "Sửa") if stored else ("create", "Lập")
        record(by, f"project.progress_{action}", f"{verb} {report}", project, changes=changes)
    return report


def _check_state(project):
    if project.status not in REPORTED:
        raise ValidationError(
            f"Đề án đang “{project.get_status_display()}”: báo cáo tiến độ lập khi đã ký hợp đồng hoặc đang thực hiện.",
            code="state",
        )


def _check_month(report, project):
    months = reportable_months(project)
    if report.month in months:
        return
    if report.month > today():
        raise ValidationError({"month": f"{month_label(report.month).capitalize()} chưa đến, chưa báo cáo được."})
    since = project.contract or f"quyết định {project.plan.decision_number}"
    day = project.contract.signed_on if project.contract_id else project.plan.decision_on
    raise ValidationError({"month": f"Chọn từ {month_label(day)}: {since} ký ngày {short_date(day)}."})


def _check_course(report, items):
    """Held against the nearest earlier and the nearest later month."""
    others = report.project.progress_reports.exclude(pk=report.pk).prefetch_related("items")
    before = others.filter(month__lt=report.month).order_by("-month").first()
    after = others.filter(month__gt=report.month).order_by("month").first()
    errors = {}
    if before:
        errors = _falls(before, before.items.all(), report, items)
    if after:
        errors |= _falls(report, items, after, after.items.all())
    if errors:
        raise ValidationError(errors)


def _falls(earlier, earlier_items, later, later_items):
    """{field: sentence} for each figure that the later month has lower."""
    months = {"month": month_label(later.month), "earlier": month_label(earlier.month)}
    errors = {}
    if later.volume_percent < earlier.volume_percent:
        now, before = f"{percent(later.volume_percent)}%", f"{percent(earlier.volume_percent)}%"
        errors["volume_percent"] = FALLS.format(what="Khối lượng", now=now, before=before, **months)
    if later.value_done < earlier.value_done:
        now, before = vnd(later.value_done), vnd(earlier.value_done)
        errors["value_done"] = FALLS.format(what="Giá trị", now=now, before=before, **months)
    done = {_same_work(item): item.done_quantity for item in later_items}
    texts = [
        FALLS.format(what=f"“{item.name}”", now=quantity(done[key]), before=quantity(item.done_quantity), **months)
        for item in earlier_items
        if (key := _same_work(item)) in done and done[key] < item.done_quantity
    ]
    return errors | ({"__all__": texts} if texts else {})


def _same_work(item):
    return item.cost_item_id or (item.name.casefold(), item.unit_name.casefold())


def doubts(report) -> list[str]:
    """What looks wrong without being refused: figures beyond the estimate, sums that disagree."""
    project, texts = report.project, []
    if project.total_cost and report.value_done > project.total_cost:
        texts.append(
            f"Giá trị đã thực hiện {vnd(report.value_done)} vượt tổng dự toán {vnd(project.total_cost)} "
            f"là {vnd(report.value_done - project.total_cost)}."
        )
    items = list(report.items.all())
    total = sum(item.done_amount for item in items)
    if total > report.value_done:
        texts.append(f"Các hạng mục cộng lại {vnd(total)}, lớn hơn giá trị đã thực hiện {vnd(report.value_done)}.")
    over = [item for item in items if item.planned_quantity and item.done_quantity > item.planned_quantity]
    texts += [
        f"{item.name}: đã làm {quantity(item.done_quantity)} trên kế hoạch {quantity(item.planned_quantity)} "
        f"{item.unit_name}".rstrip()
        + "."
        for item in over
    ]
    return texts


def item_line(item):
    plan = f" trên {quantity(item.planned_quantity)}" if item.planned_quantity is not None else ""
    amount = f", {vnd(item.done_amount)}" if item.done_amount else ""
    return f"{item.name}: {quantity(item.done_quantity)}{plan} {item.unit_name}".rstrip() + amount


@transaction.atomic
def confirm_progress_report(report, *, by, expected_version=None):
    """The department's confirmation on which an advance may rest; the report changes no more.

    `expected_version` is the report that the person read. Raises PermissionDenied, ValidationError,
    StaleVersionError.
    """
    report = _locked(report, expected_version)
    refusal = permissions.confirmation_refusal(by, report)
    require(refusal is None, refusal)
    if report.is_confirmed:
        raise ValidationError(_confirmed(report), code="state")
    _check_state(report.project)
    report.confirmed_by, report.confirmed_at = by, timezone.now()
    figures = f"{percent(report.volume_percent)}% khối lượng, {vnd(report.value_done)}"
    record(by, "project.progress_confirm", f"Xác nhận {report}", report.project, changes=[("Số liệu", "", figures)])
    return _save(report)


@transaction.atomic
def withdraw_confirmation(report, *, by, reason):
    """Take the confirmation back, with a reason, so that the report can be mended; not once money was paid on it.

    Raises PermissionDenied, ValidationError.
    """
    report = _locked(report, None)
    refusal = permissions.withdrawal_refusal(by, report)
    require(refusal is None, refusal)
    if not report.is_confirmed:
        raise ValidationError(f"{report} chưa được xác nhận.", code="state")
    if not reason.strip():
        raise ValidationError({"reason": "Nêu lý do rút xác nhận."})
    paid = Disbursement.objects.in_force().filter(progress_report=report).first()
    if paid:
        raise ValidationError(
            f"{paid} ngày {short_date(paid.paid_on)}, {vnd(paid.amount)}, đã chi theo báo cáo này; "
            "không rút được xác nhận. Số liệu thay đổi thì ghi ở báo cáo tháng sau.",
            code="state",
        )
    change = ("Người xác nhận", str(report.confirmed_by), "")
    report.confirmed_by = report.confirmed_at = None
    record(by, "project.progress_withdraw", f"Rút xác nhận {report}", report.project, reason=reason, changes=[change])
    return _save(report)


def _locked(report, expected_version):
    project = locked_project(report.project)
    stored = ProgressReport.objects.select_for_update(of=("self",)).select_related("owner").get(pk=report.pk)
    stored.project = project
    if expected_version not in (None, stored.version):
        raise StaleVersionError(stored)
    return stored


def _save(report):
    """The last editor stays who wrote the figures: the confirmer is named on the report."""
    report.version += 1
    report.full_clean(exclude=["owner", "province"])
    report.save()
    return report


def _confirmed(report):
    when = timezone.localtime(report.confirmed_at)
    return (
        f"{report.confirmed_by} đã xác nhận báo cáo này lúc {when:%H:%M %d/%m/%Y}, không sửa được nữa. "
        "Số liệu sai thì rút xác nhận trước."
    )
