"""An evaluation for a conference: one page to hand out and slides to show, from the tables of the report.

Neither carries a number: they go with the report, which does.
"""

from django.utils.text import slugify

from khuyencong.documents import Document
from khuyencong.documents.frame import frame
from khuyencong.documents.kinds import DRAFT, Imprint, Kind, register
from khuyencong.templatetags.vietnamese import percent, quantity
from khuyencong.text import fold
from projects.documents.issuers import department_of
from projects.permissions import CONFIRMERS
from reports.documents import EVALUATION_REPORT, LONGEST_NAME
from reports.evaluation import frozen
from reports.evaluation.content import content_of, selection_of
from reports.evaluation.sentences import Tables, basis_words, billions, suggestions
from reports.evaluation.tables import all_tables
from reports.models import Evaluation
from reports.permissions import issuing_refusal

SUMMARY_TEMPLATE, SLIDES_TEMPLATE = "documents/evaluation_summary.html", "documents/evaluation_slides.html"
# What the charts and the key figures are read from.
TABLES = ("T1", "T2", "T3", "T4", "T6")
SENTENCES = ("results", "money", "shortcomings")
# A slide is read from afar: so many lines, of so many letters.
MOST_LINES, LONGEST_LINE = 5, 160
KEY_FIGURES = (
    ("Đề án hoàn thành", "T1", "PRJ_COUNT", "done", quantity),
    ("Cơ sở được hỗ trợ", "T1", "FAC_COUNT", "done", quantity),
    ("Tổng kinh phí thực hiện", "T1", "MONEY_TOTAL", "done", billions),
    ("Khuyến công hỗ trợ", "T1", "MONEY_SUPPORT", "done", billions),
    ("Vốn đối ứng huy động", "T1", "MONEY_COUNTERPART", "done", billions),
    ("Vốn đối ứng trên 1 đồng khuyến công", "T1", "LEVERAGE", "done", lambda value: f"{quantity(value)} đồng"),
    ("Tỷ lệ giải ngân", "T4", "total", "rate", lambda value: f"{percent(value)}%" if value else "chưa có chứng từ chi"),
)  # fmt: skip
NOTHING = "–"


def evaluation_summary(evaluation: Evaluation, imprint: Imprint = DRAFT) -> Document:
    """One A4 page: key figures, three charts, three sentences of the figures."""
    selection = selection_of(evaluation)
    tables = all_tables(selection)
    said = suggestions(evaluation, selection, list(tables.values()))
    context = _context(EVALUATION_SUMMARY, evaluation, imprint, selection, tables)
    context["sentences"] = [" ".join(said[part].split("\n")) for part in SENTENCES if said[part]]
    return _document(SUMMARY_TEMPLATE, evaluation, "TTBC", context, imprint)


def evaluation_slides(evaluation: Evaluation, imprint: Imprint = DRAFT) -> Document:
    """Pages of 16:9 in large type: title, key figures, charts, what is hard and what comes next."""
    selection = selection_of(evaluation)
    tables = all_tables(selection)
    context = _context(EVALUATION_SLIDES, evaluation, imprint, selection, tables)
    words = {
        row.part.key: row.lines
        for chapter in content_of(evaluation, selection, list(tables.values()))
        for row in chapter.words
    }
    context |= {
        "difficulties": [_short(line) for line in words["shortcomings"][:MOST_LINES]],
        "tasks": [_short(line) for line in words["tasks"][:MOST_LINES]],
    }
    return _document(SLIDES_TEMPLATE, evaluation, "TRCH", context, imprint)


def _context(kind, evaluation, imprint, selection, tables):
    figures = Tables(list(tables.values()))
    found = [(label, figures.value(*cell), words) for label, *cell, words in KEY_FIGURES]
    return frame(kind, evaluation, imprint, signature=None, place="") | {
        "kind_name": evaluation.get_kind_display(),
        "subject": [str(evaluation.program), f"({evaluation.period})"],
        "basis": basis_words(selection),
        "key_figures": [(label, NOTHING if value is None else words(value)) for label, value, words in found],
        "chapters": [{"tables": [tables[key] for key in TABLES]}],
        "selection": frozen.data_of(selection),
    }


def _document(template, evaluation, code, context, imprint):
    document = Document(template, _filename(evaluation, code), context)
    return document.as_draft() if imprint.draft else document


def _filename(evaluation, code):
    name = slugify(fold(str(evaluation.program)))[:LONGEST_NAME].strip("-")
    return f"{evaluation.ends_on.year}_{code}_{name}"


def _short(line):
    """Whole words, as much as a slide has room for."""
    if len(line) <= LONGEST_LINE:
        return line
    return f"{line[: LONGEST_LINE + 1].rsplit(' ', 1)[0][:LONGEST_LINE]} …"


def _kind(key, label, build, file_code, name):
    return register(
        Kind(
            key=key,
            label=label,
            model=Evaluation,
            build=build,
            records=EVALUATION_REPORT.records,
            issuer=lambda evaluation: department_of(evaluation.owner),
            subjects=lambda evaluation: [evaluation, evaluation.program],
            refusal=issuing_refusal,
            roles=CONFIRMERS,
            title=lambda evaluation: f"{name}: {evaluation}",
            file_code=file_code,
        )
    )


EVALUATION_SUMMARY = _kind(
    "evaluation_summary", "Tóm tắt đánh giá, một trang", evaluation_summary, "TTBC", "Tóm tắt một trang"
)
EVALUATION_SLIDES = _kind("evaluation_slides", "Trang chiếu đánh giá", evaluation_slides, "TRCH", "Trang chiếu")
