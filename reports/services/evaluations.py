"""Draw up evaluation reports: head, text parts, picked phrases, figures known only as a sum."""

from django.core.exceptions import ValidationError
from django.db import transaction

from khuyencong.audit import record, row_changes
from khuyencong.dates import short_date, today
from khuyencong.money import format_vnd
from khuyencong.permissions import require
from khuyencong.templatetags.vietnamese import quantity
from khuyencong.text import nfc
from khuyencong.versions import save_record
from programs.models import Program
from reports.evaluation.keeping import keep_for
from reports.evaluation.parts import PARTS
from reports.models import Basis, Evaluation, EvaluationPick, EvaluationText, ManualFigure
from reports.permissions import writing_refusal

FIELDS = (
    "program", "kind", "starts_on", "ends_on", "basis", "until", "division", "scope", "place", "addressee",
)  # fmt: skip
FIGURE_FIELDS = ("indicator", "starts_on", "ends_on", "is_at_least", "note", "source_note")
LONGEST_TEXT = 20_000
NOT_WHOLE = (
    "Tính theo năm kế hoạch thì lấy trọn năm, từ 01/01 đến 31/12; quý, 6 tháng hoặc ngày bất kỳ thì chọn “Theo ngày "
    "diễn ra”."
)


@transaction.atomic
def save_evaluation(evaluation, *, by, counted_with=None, expected_version=None):
    """Create or change the head of a report; `counted_with` replaces the programmes that are counted along.

    Raises PermissionDenied, ValidationError, StaleVersionError.
    """
    _require_writer(by, evaluation.program)
    if evaluation.pk:
        _require_writer(by, evaluation)
    _check(evaluation, counted_with or [], by=by)
    new = evaluation.pk is None
    before = [] if new else sorted(map(str, evaluation.counted_with.all()))
    after = before if counted_with is None else sorted(map(str, counted_with))
    evaluation = save_record(
        evaluation, by=by, action="evaluation.create" if new else "evaluation.edit",
        label="Lập báo cáo đánh giá" if new else "Sửa báo cáo đánh giá", fields=FIELDS,
        expected_version=expected_version, more_changes=row_changes("Tính cùng chương trình", before, after),
    )  # fmt: skip
    if counted_with is not None:
        evaluation.counted_with.set(counted_with)
    keep_for(evaluation)
    return evaluation


def _require_writer(user, record):
    refusal = writing_refusal(user, record)
    require(refusal is None, refusal)


def _check(evaluation, counted_with, *, by):
    """What the row alone cannot say: a period of the programme, a day that has come, places and programmes in reach."""
    errors = {}
    program, first, last = evaluation.program, evaluation.starts_on, evaluation.ends_on
    if first and last:
        if last.year < program.period_start or first.year > program.period_end:
            errors["starts_on"] = f"Chương trình thực hiện {program.period}; chọn thời gian trong giai đoạn đó."
        elif evaluation.basis == Basis.PLAN_YEAR and not is_whole_years(first, last):
            errors["basis"] = NOT_WHOLE
    if evaluation.until and evaluation.until > today():
        errors["until"] = f"Ngày {short_date(evaluation.until)} chưa đến; để trống để tính đến hôm nay."
    elif evaluation.until and first and evaluation.until < first:
        errors["until"] = f"Số liệu phải đến ít nhất ngày đầu của báo cáo, {short_date(first)}."
    if evaluation.place and not by.sees_all_provinces and evaluation.place.province_id not in _places(by):
        errors["place"] = "Địa bàn này ở ngoài phạm vi hoạt động của cơ quan."
    seen = set(Program.objects.visible_to(by).values_list("pk", flat=True))
    if any(other.pk not in seen or other.pk == program.pk for other in counted_with):
        errors["counted_with"] = "Chọn trong các chương trình khác mà ông/bà xem được."
    if errors:
        raise ValidationError(errors)


def _places(user):
    """Places before July 2025 may have no one province of today: None passes."""
    return {None, *user.province_ids}


def is_whole_years(first, last):
    return (first.month, first.day, last.month, last.day) == (1, 1, 12, 31)


# Text parts


@transaction.atomic
def save_text(evaluation, part, text, *, by, suggestion="", seen=None):
    """Keep a person's own words for a part; `suggestion` is what the figures said then.

    `seen` is the text that the person started from, "" where nobody had written: another text stored meanwhile is
    never overwritten. An empty text is a text: the part is left out. Raises PermissionDenied, ValidationError.
    """
    _locked(evaluation, by)
    _known(part)
    text = _clean(text)
    row = evaluation.texts.filter(part=part).select_related("updated_by").first()
    stored = row.text if row else ""
    if seen is not None and _clean(seen) != stored:
        who = f"{row.updated_by} đã viết phần này" if row else "Phần này vừa được trả về câu theo số liệu"
        raise ValidationError(
            f"{who} sau khi ông/bà mở trang. Chưa có gì bị ghi đè; xem lời đang lưu ở dưới rồi lưu lại.", code="stale"
        )
    if len(text) > LONGEST_TEXT:
        raise ValidationError({"text": f"Phần này dài quá {format_vnd(LONGEST_TEXT)} chữ; rút gọn lại."})
    row = row or EvaluationText(evaluation=evaluation, part=part)
    row.text, row.suggestion, row.updated_by = text, suggestion, by
    row.full_clean()
    row.save()
    if text != stored:
        record(by, "evaluation.text", "Viết phần lời", evaluation, changes=[(PARTS[part].label, stored, text)])
    return row


@transaction.atomic
def restore_suggestion(evaluation, part, *, by):
    """Drop a person's words: the part says what the figures say, and follows them again."""
    _locked(evaluation, by)
    _known(part)
    row = evaluation.texts.filter(part=part).first()
    if row is None:
        return
    row.delete()
    record(
        by, "evaluation.text", "Trả phần lời về câu theo số liệu", evaluation,
        changes=[(PARTS[part].label, row.text, "")],
    )  # fmt: skip


@transaction.atomic
def pick_phrases(evaluation, kind, picked, *, by):
    """Choose phrases of a list: {phrase: what this period adds to it}; what is left out is dropped."""
    _locked(evaluation, by)
    stored = {pick.phrase: pick for pick in evaluation.picks.filter(phrase__kind=kind).select_related("phrase")}
    old = [_pick_line(phrase, pick.note) for phrase, pick in stored.items()]
    for phrase, note in picked.items():
        if phrase.kind != kind or not (phrase.is_offered or phrase in stored):
            raise ValidationError(f"Câu “{phrase}” không có trong danh sách này.")
        pick = stored.pop(phrase, None) or EvaluationPick(evaluation=evaluation, phrase=phrase)
        pick.note = _clean(note)
        pick.full_clean()
        pick.save()
    for pick in stored.values():
        pick.delete()
    new = [_pick_line(phrase, _clean(note)) for phrase, note in picked.items()]
    if changes := row_changes("Câu đã chọn", old, new):
        record(by, "evaluation.pick", "Chọn câu mẫu", evaluation, changes=changes)


def _pick_line(phrase, note):
    return f"{phrase}: {note}" if note else str(phrase)


def _locked(evaluation, by):
    """Nobody else writes in the report meanwhile."""
    stored = Evaluation.objects.select_for_update(of=("self",)).get(pk=evaluation.pk)
    _require_writer(by, stored)
    return stored


def _known(part):
    if part not in PARTS:
        raise ValidationError("Báo cáo không có phần này.")


def _clean(text):
    return "\n".join(nfc(line) for line in text.splitlines()).strip()


# Figures known only as a sum


@transaction.atomic
def save_manual_figure(figure, *, by, expected_version=None):
    """Create or change a figure that is known only as a sum; it stands beside what is counted, never in it.

    Raises PermissionDenied, ValidationError, StaleVersionError.
    """
    _require_writer(by, figure.program)
    if not figure.source_note.strip():
        raise ValidationError({"source_note": "Ghi nguồn của số liệu: văn bản, bài viết, báo cáo nào."})
    new = figure.pk is None
    stored = None if new else ManualFigure.objects.select_for_update(of=("self",)).get(pk=figure.pk)
    before, after = ("" if stored is None else written(stored)), written(figure)
    return save_record(
        figure, by=by, action="manual_figure.create" if new else "manual_figure.edit",
        label="Nhập số liệu tổng" if new else "Sửa số liệu tổng", fields=FIGURE_FIELDS,
        expected_version=expected_version,
        more_changes=[("số liệu", before, after)] if before != after else [],
    )  # fmt: skip


@transaction.atomic
def remove_manual_figure(figure, *, by):
    stored = (
        ManualFigure.objects.select_for_update(of=("self",)).select_related("program", "indicator").get(pk=figure.pk)
    )
    _require_writer(by, stored.program)
    record(
        by, "manual_figure.remove", "Bỏ số liệu tổng", stored.program,
        changes=[(str(stored.indicator), f"{written(stored)} ({stored.source_note})", "")],
    )  # fmt: skip
    stored.delete()


def written(figure: ManualFigure) -> str:
    """As people write it: “trên 51.154.000.000”."""
    number = format_vnd(int(figure.value)) if figure.indicator.is_money else quantity(figure.value)
    return f"trên {number}" if figure.is_at_least else number
