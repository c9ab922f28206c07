"""Evaluation reports: list, report, head, words of each part, figures known as a sum, what moved since issuing."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from khuyencong.dates import today
from khuyencong.desk.once import once
from khuyencong.documents.issuing import in_force
from khuyencong.documents.panels import panel_of
from khuyencong.forms import add_refusal
from khuyencong.lists import PagedListView
from khuyencong.models import AuditEntry
from khuyencong.permissions import require
from khuyencong.versions import StaleVersionError
from programs.models import Program
from reports import permissions, services
from reports.documents import EVALUATION_REPORT
from reports.evaluation import frozen, since
from reports.evaluation.content import chapters_of, selection_of
from reports.evaluation.kept import drawn_of, figures_of, is_behind, shown_table
from reports.evaluation.parts import PARTS, table_number
from reports.evaluation.sentences import basis_words
from reports.evaluation.tables import TABLES
from reports.evaluation_forms import EvaluationFilterForm, EvaluationForm, ManualFigureForm, PartForm
from reports.models import Evaluation, EvaluationPhrase, ManualFigure
from reports.services.evaluations import written

RECENT = 6
TODAY, THAT_DAY = "hom-nay", "ngay-chot"
ONLY_DRAFTERS = "Chỉ chuyên viên, lãnh đạo phòng, Giám đốc Trung tâm được lập báo cáo đánh giá."


class EvaluationListView(PagedListView):
    def get_queryset(self):
        evaluations = Evaluation.objects.visible_to(self.request.user)
        self.filter_form = EvaluationFilterForm(self.request.GET, evaluations=evaluations)
        return self.filter_form.rows().select_related("program", "owner", "place")

    def get_context_data(self, **kwargs):
        return super().get_context_data(
            filter_form=self.filter_form,
            chips=self.filter_form.chips(),
            default_sort=self.filter_form.default_sort,
            can_create=permissions.can_create_evaluation(self.request.user),
            **kwargs,
        )

    def get_template_names(self):
        name = "_list_table" if self.request.htmx else "list"
        return [f"evaluation/{name}.html"]


def visible_evaluation(request, pk):
    return get_object_or_404(EVALUATION_REPORT.records(request.user), pk=pk)


def writable_evaluation(request, pk):
    evaluation = visible_evaluation(request, pk)
    refusal = permissions.writing_refusal(request.user, evaluation)
    require(refusal is None, refusal)
    return evaluation


@require_GET
def evaluation(request, pk):
    """The report with parts I-VIII, as the figures are now; with `bang` one of its tables with all rows.

    A large report shows the figures as last counted, with the time; before the first count it has none.
    """
    report = visible_evaluation(request, pk)
    selection, figures = selection_of(report), figures_of(report)
    asked = request.GET.get("bang")
    if asked in TABLES and (figures is None or figures.counted_at):
        context = {
            "report": report, "table": shown_table(report, selection, figures, asked), "number": table_number(asked),
            "basis": basis_words(selection), "figures": figures,
        }  # fmt: skip
        return render(request, "evaluation/whole_table.html", context)
    is_counted = figures is None or figures.counted_at is not None
    drawn = drawn_of(report, selection, figures) if is_counted else None
    context = {
        "report": report,
        "figures": figures,
        "is_behind": figures is not None and is_behind(figures),
        "chapters": chapters_of(report, drawn.said, drawn.tables) if drawn else [],
        "basis": basis_words(selection),
        "can_write": permissions.may_write(request.user, report),
        "panel": panel_of(report, request.user),
        "issued": in_force(EVALUATION_REPORT, report),
        "entries": AuditEntry.objects.about(report).select_related("actor")[:RECENT],
    }
    return render(request, "evaluation/report.html", context)


# Head


@once
def evaluation_create(request):
    require(permissions.can_create_evaluation(request.user), ONLY_DRAFTERS)
    asked = request.GET.get("chuong-trinh", "")
    programs = Program.objects.visible_to(request.user)
    program = programs.filter(pk=asked).first() if asked.isascii() and asked.isdigit() and len(asked) < 19 else None
    initial = {"span": "nam"}
    if program:
        initial |= {"program": program.pk, "year_from": program.period_start, "year_to": program.period_end}
    return _edit_head(request, Evaluation(), initial, "Đã lập báo cáo “{}”.")


def evaluation_edit(request, pk):
    return _edit_head(request, writable_evaluation(request, pk), {}, "Đã lưu “{}”.")


def _edit_head(request, report, initial, done):
    is_new, name = report.pk is None, "" if report.pk is None else str(report)
    data = request.POST if request.method == "POST" else None
    form = EvaluationForm(data, instance=report, by=request.user, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            saved = services.save_evaluation(
                form.instance, by=request.user, counted_with=list(form.cleaned_data["counted_with"]),
                expected_version=form.expected_version,
            )  # fmt: skip
        except StaleVersionError as stale:
            form.show_conflicts(stale.current)
        except ValidationError as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, done.format(saved))
            return redirect(saved)
    context = {
        "form": form, "report": report, "name": name, "is_new": is_new,
        "back_url": reverse("evaluations") if is_new else report.get_absolute_url(),
    }  # fmt: skip
    return render(request, "evaluation/head_form.html", context)


# Words


def evaluation_part(request, pk, part):
    """One text part: what the figures say, offered; what someone wrote; phrases to pick."""
    report = writable_evaluation(request, pk)
    text_part = _part(part)
    own = report.texts.filter(part=part).select_related("updated_by").first()
    selection = selection_of(report)
    suggestion = drawn_of(report, selection, figures_of(report)).said[part]
    picked = {pick.phrase: pick.note for pick in report.picks.filter(phrase__kind=text_part.phrases)}
    phrases = _phrases(text_part.phrases, picked)
    stored = own.text if own else ""
    form = PartForm(
        request.POST if request.method == "POST" else None, phrases=phrases, picked=picked,
        initial={"text": own.text if own else suggestion, "seen": stored},
    )  # fmt: skip
    overtaken = None
    if request.method == "POST" and form.is_valid():
        try:
            _save_part(request.user, report, text_part, form, suggestion, own)
        except ValidationError as refusal:
            if any(error.code == "stale" for error in refusal.error_list):
                overtaken = report.texts.filter(part=part).first()
                form.data = form.data.copy()
                form.data["seen"] = overtaken.text if overtaken else ""
            add_refusal(form, refusal)
        else:
            messages.success(request, f"Đã lưu mục “{text_part.label}”.")
            return redirect(f"{report.get_absolute_url()}#muc-{part}")
    context = {
        "report": report, "part": text_part, "form": form, "suggestion": suggestion, "own": own,
        "has_moved": own is not None and own.suggestion != suggestion, "overtaken": overtaken,
    }  # fmt: skip
    return render(request, "evaluation/part_form.html", context)


def _phrases(kind, picked):
    """What may be picked: phrases on offer, and those picked already."""
    if not kind:
        return []
    rows = EvaluationPhrase.objects.filter(kind=kind)
    return [phrase for phrase in rows if phrase.is_offered or phrase in picked]


@transaction.atomic
def _save_part(user, report, part, form, suggestion, own):
    """Words that are just what the figures say stay unwritten, so that they go on following them."""
    if part.phrases:
        services.pick_phrases(report, part.phrases, form.picked, by=user)
    text = form.cleaned_data["text"]
    if own is None and text == suggestion and (text or form.picked):
        return
    services.save_text(report, part.key, text, by=user, suggestion=suggestion, seen=form.cleaned_data["seen"])


@require_POST
def evaluation_part_restore(request, pk, part):
    report = writable_evaluation(request, pk)
    text_part = _part(part)
    services.restore_suggestion(report, part, by=request.user)
    messages.success(request, f"Mục “{text_part.label}” lại theo số liệu.")
    return redirect(f"{report.get_absolute_url()}#muc-{part}")


def _part(key):
    if key not in PARTS:
        raise Http404("Báo cáo không có phần này.")
    return PARTS[key]


# Figures known as a sum


def evaluation_figures(request, pk):
    """Figures known only as a sum, of the report's programme; a new one."""
    report = visible_evaluation(request, pk)
    figure = ManualFigure(program=report.program)
    initial = {"starts_on": report.starts_on, "ends_on": report.ends_on}
    if request.method == "POST":
        refusal = permissions.writing_refusal(request.user, report)
        require(refusal is None, refusal)
    return _edit_figure(request, report, figure, initial, "Đã nhập “{}”.")


def evaluation_figure_edit(request, pk, figure_pk):
    report = writable_evaluation(request, pk)
    figure = get_object_or_404(report.program.manual_figures.select_related("indicator", "updated_by"), pk=figure_pk)
    return _edit_figure(request, report, figure, {}, "Đã lưu “{}”.")


def _edit_figure(request, report, figure, initial, done):
    is_new, name = figure.pk is None, "" if figure.pk is None else str(figure.indicator)
    form = ManualFigureForm(request.POST if request.method == "POST" else None, instance=figure, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            saved = services.save_manual_figure(form.instance, by=request.user, expected_version=form.expected_version)
        except StaleVersionError as stale:
            form.show_conflicts(stale.current)
        except ValidationError as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, done.format(f"{saved.indicator}: {written(saved)}"))
            return redirect("evaluation_figures", report.pk)
    rows = report.program.manual_figures.select_related("indicator", "updated_by")
    context = {
        "report": report, "form": form, "figure": figure, "name": name, "is_new": is_new,
        "rows": [(row, written(row)) for row in rows] if is_new else [],
        "can_write": permissions.may_write(request.user, report),
    }  # fmt: skip
    return render(request, "evaluation/figures.html", context)


@require_POST
def evaluation_figure_remove(request, pk, figure_pk):
    report = writable_evaluation(request, pk)
    figure = get_object_or_404(report.program.manual_figures, pk=figure_pk)
    services.remove_manual_figure(figure, by=request.user)
    messages.success(request, "Đã bỏ một số liệu nhập; nhật ký của chương trình còn ghi lại.")
    return redirect("evaluation_figures", report.pk)


# Since it was issued


@require_GET
def evaluation_changes(request, pk):
    """Figure by figure what is no longer as issued, counted today or as of the printed day, and the acts behind it."""
    report = visible_evaluation(request, pk)
    document = in_force(EVALUATION_REPORT, report)
    if document is None:
        return render(request, "evaluation/changes.html", {"report": report, "document": None})
    selection = frozen.selection_from(document.data["selection"], report.updated_by)
    printed_day = selection.until
    asked = THAT_DAY if request.GET.get("den") == THAT_DAY else TODAY
    if asked == TODAY:
        selection = frozen.on_day(selection, today())
    found = since.changes_since(document, selection, printed_day)
    context = {
        "report": report, "document": document, "asked": asked, "printed_day": printed_day, "now_day": selection.until,
        "has_two_days": printed_day != today(),
        "found": found,
    }  # fmt: skip
    return render(request, "evaluation/changes.html", context)
