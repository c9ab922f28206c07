"""Pages of taking spreadsheets in: what can be taken in, upload, sheet, columns, preview, decisions, result."""

from datetime import date

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import FileResponse, Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from khuyencong.forms import add_refusal
from khuyencong.import_forms import ColumnsForm, ConfirmForm, DecisionsForm, SheetForm, UploadForm
from khuyencong.imports import intake
from khuyencong.imports.error_book import error_workbook
from khuyencong.imports.kinds import KINDS
from khuyencong.imports.preview import decide
from khuyencong.imports.template import template_workbook
from khuyencong.imports.writing import confirm
from khuyencong.lists import ListPaginator
from khuyencong.models import ImportStatus, SheetImport, Verdict
from khuyencong.money import format_vnd
from khuyencong.permissions import require

RECENT = 10
LINES_A_PAGE = 50
DOUBTFUL_A_PAGE = 20
# word of the address: verdict, in the order of the tabs
TABS = {
    "moi": Verdict.NEW,
    "thay-doi": Verdict.CHANGED,
    "can-chon": Verdict.DOUBTFUL,
    "co-loi": Verdict.REFUSED,
    "khong-doi": Verdict.UNCHANGED,
    "bo-qua": Verdict.LEFT_OUT,
}
# Lines of whatever verdict of which something is told: "" for the verdict.
REMARKS = "luu-y"
# What the page calls the rows that are not data.
LINE_NAMES = {
    "head": "Dòng tiêu đề lặp lại",
    "group": "Dòng nhóm (I, II, A, B…)",
    "subtotal": "Dòng cộng nhóm",
    "total": "Dòng tổng cộng",
    "note": "Dòng ghi chú, tiêu đề trang, chữ ký",
    "numbering": "Dòng đánh số cột",
    "hidden": "Dòng đang ẩn",
}
SHEET_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@require_GET
def start(request):
    """What can be taken in, and the person's last imports."""
    kinds = [(kind, kind.may(request.user)) for kind in KINDS.values()]
    recent = SheetImport.objects.visible_to(request.user)[:RECENT]
    context = {"kinds": kinds, "recent": [(taken, KINDS.get(taken.kind)) for taken in recent]}
    return render(request, "imports/start.html", context)


def upload(request, kind):
    kind = _kind(kind)
    refusal = kind.may(request.user)
    require(refusal is None, refusal)
    form = UploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            taken = intake.start_import(kind, form.cleaned_data["file"], by=request.user)
        except ValidationError as refusal:
            form.add_error("file", refusal)
        else:
            return redirect(*_next_step(taken))
    return render(request, "imports/upload.html", {"kind": kind, "form": form})


def _kind(key):
    if key not in KINDS:
        raise Http404("Không có loại dữ liệu này.")
    return KINDS[key]


def _own(request, pk):
    taken = get_object_or_404(SheetImport.objects.visible_to(request.user), pk=pk)
    return taken, _kind(taken.kind)


def _next_step(taken):
    if taken.status == ImportStatus.UPLOADED:
        return "import_columns" if taken.sheet_name else "import_sheet", taken.pk
    return "import_detail", taken.pk


@require_GET
def template(request, kind):
    """The empty workbook of a kind, filled with the catalogues that the person may choose from."""
    kind = _kind(kind)
    refusal = kind.may(request.user)
    require(refusal is None, refusal)
    return _workbook(template_workbook(kind, request.user), f"mau-nhap-{kind.key}.xlsx")


def _workbook(stream, name):
    answer = FileResponse(stream, as_attachment=True, filename=name, content_type=SHEET_TYPE)
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


def sheet(request, pk):
    """Which sheet of the workbook."""
    taken, kind = _own(request, pk)
    if not taken.is_open:
        return redirect(taken)
    form = SheetForm(request.POST or None, taken=taken)
    if request.method == "POST" and form.is_valid():
        try:
            intake.choose_sheet(taken, form.cleaned_data["sheet"], head_row=form.cleaned_data.get("head_row"))
        except ValidationError as refusal:
            add_refusal(form, refusal)
        else:
            return redirect("import_columns", taken.pk)
    return render(request, "imports/sheet.html", {"taken": taken, "kind": kind, "form": form})


def columns(request, pk):
    """Which column is what, in which unit the money is, what is skipped, what the sheet does not say."""
    taken, kind = _own(request, pk)
    if not taken.is_open:
        return redirect(taken)
    if not taken.sheet_name:
        return redirect("import_sheet", taken.pk)
    data = request.POST if request.method == "POST" else None
    form = ColumnsForm(data, taken=taken, kind=kind)
    fixed = kind.fixed(data, user=request.user, prefix="chung", initial=taken.given) if kind.fixed else None
    if data is not None and all([form.is_valid(), fixed is None or fixed.is_valid()]):
        given = _plain(fixed) if fixed else {}
        try:
            intake.save_columns(
                taken, form.mapping, money_unit=form.cleaned_data["money_unit"], given=given, by=request.user
            )
        except ValidationError as refusal:
            add_refusal(form, refusal)
        else:
            return redirect("import_detail", taken.pk)
    context = {
        "taken": taken, "kind": kind, "form": form, "fixed": fixed, "layout": taken.layout,
        "skipped": _skipped(taken.layout), "needed": [column.label for column in kind.columns if column.is_needed],
    }  # fmt: skip
    return render(request, "imports/columns.html", context)


def _plain(fixed):
    """What was chosen for all rows, as JSON keeps it."""
    return {
        name: value.isoformat() if isinstance(value, date) else getattr(value, "pk", value)
        for name, value in fixed.cleaned_data.items()
    }


def _skipped(layout):
    """[(what kind of rows, how many, [(number, reason, words)] of those shown)]."""
    return [
        (
            LINE_NAMES.get(kind, kind), count,
            [(number, reason, words) for number, line_kind, reason, words in layout["skipped"] if line_kind == kind],
        )
        for kind, count in layout["skipped_counts"].items()
    ]  # fmt: skip


@require_GET
def detail(request, pk):
    """The import as it stands: how far the worker is, the preview to be confirmed, or what was written."""
    taken, kind = _own(request, pk)
    if taken.status == ImportStatus.UPLOADED:
        return redirect(*_next_step(taken))
    return _show(request, taken, kind)


def _show(request, taken, kind, *, decisions=None, confirmation=None):
    context = {"taken": taken, "kind": kind, "decisions": decisions, "confirmation": confirmation or ConfirmForm()}
    if taken.is_working or request.htmx:
        name = "imports/_progress.html" if request.htmx else "imports/detail.html"
        return render(request, name, context)
    counts = dict.fromkeys(Verdict, 0)
    for verdict in taken.lines.values_list("verdict", flat=True):
        counts[verdict] += 1
    remarked = taken.lines.exclude(verdict=Verdict.REFUSED).exclude(errors=[])
    remark_count = remarked.count()
    word = request.GET.get("xem", "")
    if word not in TABS and word != REMARKS:
        word = next((word for word, verdict in TABS.items() if counts[verdict]), "moi")
    lines = remarked if word == REMARKS else taken.lines.filter(verdict=TABS[word])
    is_deciding = word == "can-chon" and taken.status == ImportStatus.PREVIEWED
    page = ListPaginator(lines, DOUBTFUL_A_PAGE if is_deciding else LINES_A_PAGE).get_page(request.GET.get("trang"))
    if is_deciding and context["decisions"] is None:
        context["decisions"] = DecisionsForm(lines=page.object_list)
    context |= {
        "counts": {verdict.value: counts[verdict] for verdict in Verdict}, "word": word, "page": page,
        "tabs": [
            *((word, verdict.label, counts[verdict]) for word, verdict in TABS.items()),
            (REMARKS, "Có lưu ý", remark_count),
        ],
        "outcome": kind.outcome(taken) if kind.outcome else [],
        "to_write": counts[Verdict.NEW] + counts[Verdict.CHANGED],
        "held_back": counts[Verdict.REFUSED] + counts[Verdict.DOUBTFUL],
        "lines": [(line, kind.address(line.record_id or line.matched_id) if line.record_id or line.matched_id else "")
                  for line in page.object_list],
        "totals": [
            (number, name, label, format_vnd(int(written)), format_vnd(int(counted)), written == counted)
            for number, name, label, written, counted in taken.totals
        ],
    }  # fmt: skip
    return render(request, "imports/detail.html", context)


@require_POST
def decide_lines(request, pk):
    """Keep what the person says of the doubtful lines of a page."""
    taken, kind = _own(request, pk)
    shown = [int(name[4:]) for name in request.POST if name.startswith("dong") and name[4:].isdecimal()]
    form = DecisionsForm(request.POST, lines=taken.lines.filter(number__in=shown).exclude(candidates=[]))
    if form.is_valid():
        try:
            decide(taken, form.decisions)
        except ValidationError as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, f"Đã ghi lựa chọn cho {format_vnd(len(form.decisions))} dòng.")
            return redirect(f"{taken.get_absolute_url()}?xem=can-chon")
    return _show(request, taken, kind, decisions=form)


@require_POST
def write(request, pk):
    """The person confirms the preview."""
    taken, kind = _own(request, pk)
    form = ConfirmForm(request.POST)
    if form.is_valid():
        try:
            confirm(taken, mode=form.cleaned_data["mode"], by=request.user)
        except ValidationError as refusal:
            add_refusal(form, refusal)
        else:
            return redirect(taken)
    return _show(request, taken, kind, confirmation=form)


@require_GET
def errors(request, pk):
    """The same sheet with the refused cells marked, to be mended and sent again."""
    taken, _kind_ = _own(request, pk)
    if not taken.file:
        raise Http404("Tệp đã hết hạn giữ.")
    return _workbook(error_workbook(taken), f"{taken.name.rpartition('.')[0]}-co-loi.xlsx")
