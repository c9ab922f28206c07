"""The trail, searched: who did what to which record in which days; for inspectors and administrators."""

from datetime import timedelta

from django import forms
from django.conf import settings
from django.contrib import messages
from django.db.models import Q
from django.shortcuts import redirect
from django.views.decorators.http import require_GET, require_POST

from khuyencong import audit_checks
from khuyencong.audit import record
from khuyencong.dates import short_date, today
from khuyencong.forms import CleanTextMixin, VnDateField
from khuyencong.lists import PagedListView
from khuyencong.models import AuditEntry, Role
from khuyencong.permissions import require
from khuyencong.text import nfc
from khuyencong.xlsx import Column, SheetExporter

ONLY_INSPECTORS = (
    "Dấu vết chung dành cho thanh tra, kiểm toán, lãnh đạo chỉ xem và quản trị; diễn biến từng hồ sơ ở cuối hồ sơ."
)
DAYS_AT_FIRST = 30
# label, and what the names of such acts begin or end with
FAMILIES = {
    "dang-nhap": ("Đăng nhập, đăng xuất, nhập sai", Q(action__startswith="user.log") | Q(action="user.code_failed")),
    "lay-ra": (
        "Xuất, in, tải tệp",
        Q(action__endswith=".export") | Q(action__endswith=".print") | Q(action__endswith=".download"),
    ),
    "tai-khoan": ("Tài khoản, quyền", Q(action__startswith="user.") & ~Q(action__startswith="user.log")),
    "trang-thai": ("Đổi trạng thái hồ sơ", ~Q(after="")),
    "ke-hoach": ("Kế hoạch", Q(action__startswith="plan.")),
    "de-an": ("Đề án, nhiệm vụ", Q(action__startswith="project.")),
    "co-so": ("Cơ sở CNNT", Q(action__startswith="facility.")),
    "van-ban": ("Văn bản", Q(action__startswith="document.")),
}


class TrailForm(CleanTextMixin, forms.Form):
    hides_optional = True

    who = forms.CharField(label="Người", required=False, max_length=120)
    act = forms.ChoiceField(
        label="Loại việc", required=False,
        choices=[("", "Mọi việc"), *((key, label) for key, (label, _rows) in FAMILIES.items())],
    )  # fmt: skip
    subject = forms.CharField(label="Hồ sơ, việc, lý do có chữ", required=False, max_length=120)
    since = VnDateField(label="Từ ngày", required=False)
    until = VnDateField(label="Đến hết ngày", required=False)

    def filter(self, entries):
        if not self.is_valid():
            return entries.none()
        typed = self.cleaned_data
        if typed["who"]:
            entries = entries.filter(Q(actor__full_name__icontains=typed["who"]) | Q(actor__username=typed["who"]))
        if typed["act"]:
            entries = entries.filter(FAMILIES[typed["act"]][1])
        if words := typed["subject"]:
            words = nfc(words)
            said = Q(subject_name__icontains=words) | Q(label__icontains=words) | Q(reason__icontains=words)
            entries = entries.filter(said)
        if typed["since"]:
            entries = entries.filter(at__date__gte=typed["since"])
        return entries.filter(at__date__lte=typed["until"]) if typed["until"] else entries


class TrailExporter(SheetExporter):
    title = "Dấu vết trên cổng quản lý khuyến công"
    sheet_name = "Dấu vết"
    filename = "dau-vet"
    columns = (
        Column("Số dòng", lambda entry: entry.pk, "integer"),
        Column("Lúc", lambda entry: entry.at, "datetime"),
        Column("Người", lambda entry: str(entry.actor or "Hệ thống")),
        Column("Việc", lambda entry: entry.label),
        Column("Hồ sơ", lambda entry: entry.subject_name),
        Column("Từ", lambda entry: entry.before_label),
        Column("Sang", lambda entry: entry.after_label),
        Column("Lý do", lambda entry: entry.reason),
        Column("Thay đổi", lambda entry: "\n".join(f"{label}: {old} → {new}" for label, old, new in entry.changes)),
        Column("Mã băm", lambda entry: entry.hash),
    )


def may_search(user) -> bool:
    return user.is_superuser or user.role == Role.VIEWER


def searched(request):
    """The form and the entries that it finds, of those that this person may see; at first the last thirty days."""
    require(may_search(request.user), ONLY_INSPECTORS)
    first = {"since": short_date(today() - timedelta(days=DAYS_AT_FIRST))}
    names = set(TrailForm.base_fields)
    form = TrailForm(request.GET if names & set(request.GET) else first)
    entries = AuditEntry.objects.visible_to(request.user).select_related("actor")
    return form, form.filter(entries)


class TrailView(PagedListView):
    template_name = "trail/list.html"

    def get_queryset(self):
        self.form, entries = searched(self.request)
        return entries

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        check = audit_checks.last_check() if self.request.user.is_superuser else None
        most = settings.EXPORT_ROWS_AT_ONCE
        return context | {"form": self.form, "check": check, "query": self.request.GET.urlencode(), "most": most}


@require_GET
def trail_export(request):
    """The same entries as an Excel file; too many at once are asked for in shorter stretches of days."""
    form, entries = searched(request)
    count = entries.count()
    if count > settings.EXPORT_ROWS_AT_ONCE:
        messages.error(
            request, f"Có {count} dòng, mỗi tệp tối đa {settings.EXPORT_ROWS_AT_ONCE}: chọn khoảng ngày ngắn hơn."
        )
        return redirect(f"/dau-vet/?{request.GET.urlencode()}")
    record(request.user, "trail.export", "Xuất dấu vết", None, changes=[("Số dòng", "", str(count))])
    told = [f"{field.label}: {form[name].value()}" for name, field in form.fields.items() if form[name].value()]
    head = {"organisation": str(request.user.organisation or ""), "printed_by": str(request.user)}
    return TrailExporter(entries.iterator(chunk_size=1000), subtitle_lines=["; ".join(told)], **head).as_response()


@require_POST
def trail_check(request):
    """Look through the whole trail now."""
    require(request.user.is_superuser, "Chỉ quản trị hệ thống yêu cầu kiểm tra dấu vết.")
    check = audit_checks.check_now()
    record(request.user, "trail.check", "Kiểm tra dấu vết", None, changes=[("Kết quả", "", str(check))])
    if check.is_whole:
        messages.success(request, f"Dấu vết nguyên vẹn: {check.entry_count} dòng.")
    else:
        messages.error(request, f"{check.fault} Giữ nguyên dữ liệu, đối chiếu với bản sao lưu.")
    return redirect("trail")
