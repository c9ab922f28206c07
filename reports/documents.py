"""The evaluation report on paper (Nghị định 30/2020/NĐ-CP, Phụ lục III, Mẫu 1.4); issuing freezes its tables."""

from django.utils.text import slugify

from khuyencong.documents import Document
from khuyencong.documents.frame import day_of, frame
from khuyencong.documents.kinds import DRAFT, Imprint, Kind, Placeholder, Slot, register
from khuyencong.documents.letterheads import signature_of, signer_of
from khuyencong.documents.numbers import symbol_of
from khuyencong.documents.wording import lines
from khuyencong.text import fold
from programs.models import AnnualPlan
from projects.documents.issuers import COMMITTEE, MINISTRY, department_of
from projects.permissions import CONFIRMERS
from reports.evaluation import frozen
from reports.evaluation.content import ChapterContent, Words, content_of, selection_of
from reports.evaluation.parts import CHAPTERS
from reports.evaluation.sentences import basis_words
from reports.evaluation.tables import all_tables
from reports.models import Evaluation
from reports.permissions import issuing_refusal

TEMPLATE = "documents/evaluation_report.html"
LONGEST_NAME = 60
TO_FILL_IN = "......"
# Parts of which the figures say nothing: someone writes them, or saves them empty.
UNSAID = ("causes", "lessons", "tasks", "proposals")


def evaluation_report(evaluation: Evaluation, imprint: Imprint = DRAFT) -> Document:
    """Parts I-VIII with the tables of the page; dots where a draft has no words yet."""
    selection = selection_of(evaluation)
    tables = all_tables(selection)
    day = day_of(EVALUATION_REPORT, evaluation, imprint)
    issuer = department_of(evaluation.owner)
    signer = imprint.signer or signer_of(issuer, EVALUATION_REPORT.key, day)
    block = signature_of(signer) if signer else signature_of(None, post="Thủ trưởng đơn vị")
    context = frame(EVALUATION_REPORT, evaluation, imprint, signature=block)
    words = context["words"]
    context |= {
        "subject": subject_lines(evaluation),
        "addressees": [evaluation.addressee] if evaluation.addressee else words["addressees"],
        "basis": basis_words(selection),
        "chapters": [_chapter(row, imprint) for row in content_of(evaluation, selection, list(tables.values()))],
        "selection": frozen.data_of(selection),
    }
    document = Document(TEMPLATE, _filename(evaluation), context)
    return document.as_draft() if imprint.draft else document


def subject_lines(evaluation: Evaluation) -> list[str]:
    """“Sơ kết thực hiện Chương trình …”, “(giai đoạn 2016-2018)”."""
    return [f"{evaluation.get_kind_display()} thực hiện {evaluation.program}", f"({evaluation.period})"]


def _chapter(content: ChapterContent, imprint: Imprint):
    return {
        "numeral": content.chapter.numeral,
        "title": content.chapter.title,
        "has_headings": content.chapter.has_headings,
        "texts": [_text(words) for words in content.words if words.lines or words.is_missing and imprint.draft],
        "tables": content.tables,
    }


def _text(words: Words):
    """Dots to fill in where a draft has no words yet."""
    told = lines("\n".join(words.lines)) if words.part.is_list else words.lines
    return {"title": words.part.label, "is_list": words.part.is_list and bool(told), "lines": told or [TO_FILL_IN]}


def _filename(evaluation):
    name = slugify(fold(str(evaluation.program)))[:LONGEST_NAME].strip("-")
    return f"{evaluation.ends_on.year}_BCDG_{name}"


def _gaps(evaluation, imprint):
    told = set(evaluation.texts.values_list("part", flat=True))
    kinds = set(evaluation.picks.values_list("phrase__kind", flat=True))
    return [
        f"Phần {chapter.numeral}, mục “{part.label}” chưa có lời: viết, hoặc lưu mục trống nếu không có gì để nêu."
        for chapter in CHAPTERS
        for part in chapter.texts
        if part.key in UNSAID and part.key not in told and part.phrases not in kinds
    ]


def _subjects(evaluation):
    plans = AnnualPlan.objects.filter(
        program=evaluation.program, year__range=(evaluation.starts_on.year, evaluation.ends_on.year)
    )
    return [evaluation, evaluation.program, *plans.order_by("year", "round_no")]


def _above(evaluation):
    """Whom the department reports to: the committee of the province; of work over several provinces the ministry."""
    unit = evaluation.program.area or evaluation.province
    return f"{COMMITTEE} {unit.name[:1].lower()}{unit.name[1:]}" if unit else MINISTRY


OPENING = "Thực hiện {chuong_trinh}, {co_quan_bao_cao} báo cáo {loai_bao_cao} {giai_doan} như sau:"
CLOSING = (
    "Trên đây là báo cáo {loai_bao_cao} thực hiện {chuong_trinh}, {giai_doan}; {co_quan_bao_cao} kính báo cáo "
    "{co_quan_nhan}"
)

EVALUATION_REPORT = register(
    Kind(
        key="evaluation_report",
        label="Báo cáo đánh giá giai đoạn",
        form="Mẫu 1.4, Phụ lục III, Nghị định 30/2020/NĐ-CP",
        model=Evaluation,
        build=evaluation_report,
        records=lambda user: Evaluation.objects.visible_to(user).select_related(
            "program__area", "owner__parent", "province", "place", "updated_by__organisation"
        ),
        issuer=lambda evaluation: department_of(evaluation.owner),
        subjects=_subjects,
        refusal=issuing_refusal,
        roles=CONFIRMERS,
        gaps=_gaps,
        title=lambda evaluation: f"{evaluation.get_kind_display()} {evaluation.program}, {evaluation.period}",
        file_code="BCDG",
        symbol=lambda evaluation: symbol_of("BC", department_of(evaluation.owner)),
        is_slow=True,
        slots=(
            Slot(
                "addressees", "Kính gửi", "{co_quan_nhan}",
                help="Mỗi nơi nhận một dòng; báo cáo ghi nơi nhận riêng thì theo báo cáo.", is_list=True,
            ),
            Slot("opening", "Câu mở đầu", OPENING),
            Slot("closing", "Câu kết", CLOSING),
            Slot("recipients", "Nơi nhận", "Như trên\nLưu: VT", is_list=True),
        ),
        placeholders=(
            Placeholder("chuong_trinh", "Tên chương trình", lambda evaluation: str(evaluation.program)),
            Placeholder(
                "loai_bao_cao", "Sơ kết hay tổng kết", lambda evaluation: evaluation.get_kind_display().lower()
            ),
            Placeholder("giai_doan", "Thời gian đánh giá", lambda evaluation: evaluation.period),
            Placeholder("co_quan_bao_cao", "Cơ quan báo cáo", lambda evaluation: str(department_of(evaluation.owner))),
            Placeholder("co_quan_nhan", "Cơ quan nhận báo cáo", _above),
        ),
    )
)  # fmt: skip
