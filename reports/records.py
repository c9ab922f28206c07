"""The kinds of records that have a timeline page and are found by the search box."""

from collections.abc import Callable
from dataclasses import dataclass

from django.db.models import Model
from django.urls import reverse

from beneficiaries.models import Facility
from khuyencong.dates import short_date
from khuyencong.kept import kept
from khuyencong.models import IssuedDocument
from khuyencong.search_index import SEARCHED
from khuyencong.search_query import needs, newest, scope
from khuyencong.search_typos import corrections
from programs.models import AnnualPlan, Program
from projects.models import Contract, HandoverEvent, Project
from reports.models import Evaluation

FOUND_EACH = 10
COUNTED = 1000
DRAFT_DELETED = "project.delete_draft"


@dataclass(frozen=True)
class Kind:
    """One kind: `noun` of one, URL names of its list and of one row, `note` that tells a found row from others."""

    model: type[Model]
    noun: str
    list_name: str
    page_name: str
    note: Callable
    related: tuple[str, ...]

    def url(self, pk):
        return reverse(self.page_name, args=[pk])


def _joined(*texts):
    return " · ".join(text for text in texts if text)


def _decision(record):
    if not record.decision_number:
        return ""
    return f"Quyết định số {record.decision_number} ngày {short_date(record.decision_on)}"


def _facility_note(facility):
    tax_code = f"MST {facility.tax_code}" if facility.tax_code else ""
    return _joined(facility.get_legal_form_display(), tax_code, str(facility.unit))


def _handover_note(event):
    return _joined(short_date(event.held_on) if event.held_on else "", event.venue, _province(event))


def _province(record):
    return str(record.province or "")


def _document_note(document):
    day = f"ngày {short_date(document.dated_on)}" if document.dated_on else ""
    version = f"bản {document.version}" if document.version > 1 else ""
    return _joined(document.title, day, version, _province(document))


# word in addresses: kind
KINDS = {
    "de-an": Kind(
        Project, "đề án", "projects:list", "projects:detail",
        lambda project: _joined(str(project.plan), str(project.unit or project.province or "")),
        ("plan", "unit", "province"),
    ),
    "co-so": Kind(
        Facility, "cơ sở", "beneficiaries:list", "projects:facility_detail", _facility_note, ("unit",)
    ),
    "ke-hoach": Kind(
        AnnualPlan, "kế hoạch", "projects:plan_list", "projects:plan_detail",
        lambda plan: _joined(str(plan.program), _decision(plan), _province(plan)), ("program", "province"),
    ),
    "chuong-trinh": Kind(
        Program, "chương trình", "programs:list", "programs:detail",
        lambda program: _joined(program.period, _decision(program), str(program.area or "")), ("area",),
    ),
    "hop-dong": Kind(
        Contract, "hợp đồng", "projects:contract_list", "projects:contract_detail",
        lambda contract: _joined(short_date(contract.signed_on), str(contract.party_b), _province(contract)),
        ("party_b", "province"),
    ),
    "ban-giao": Kind(
        HandoverEvent, "đợt bàn giao", "projects:handover_list", "projects:handover_detail", _handover_note,
        ("plan", "province"),
    ),
    "danh-gia": Kind(
        Evaluation, "báo cáo đánh giá", "evaluations", "evaluation", lambda report: report.period.capitalize(),
        ("program",),
    ),
    "van-ban": Kind(
        IssuedDocument, "văn bản", "document_register", "document_detail", _document_note, ("province",)
    ),
}  # fmt: skip
BY_LABEL = {kind.model._meta.label_lower: kind for kind in KINDS.values()}


@dataclass(frozen=True)
class Found:
    """The newest rows of one kind that match: [(row, note)]; `count` of all, COUNTED + 1 when there are more."""

    word: str
    kind: Kind
    rows: list
    count: int

    @property
    def has_more(self):
        """Whether the list holds further ones."""
        return self.count > len(self.rows)

    @property
    def count_label(self):
        return f"Hơn {COUNTED:,}".replace(",", ".") if self.count > COUNTED else str(self.count)


def found(user, text):
    """What the person sees of each kind that matches the text; one query, and one for each kind found.

    People come back to what they found: which records match is looked up once in each state of the data.
    """
    ways = needs(text)
    if not ways:
        return []
    ways = [*scope(user), *ways]
    results = []
    for word, (numbers, count) in kept(("found", ways), lambda: _hits(ways), within=user).items():
        kind = KINDS[word]
        rows = kind.model.objects.visible_to(user).select_related(*kind.related).in_bulk(numbers)
        noted = [(rows[number], kind.note(rows[number])) for number in numbers if number in rows]
        results.append(Found(word, kind, noted, count))
    return results


def _hits(ways):
    """{word of a kind: (keys of its newest records with these needs, how many have them)}, where there are any."""
    found = newest([SEARCHED[kind.model] for kind in KINDS.values()], ways, COUNTED + 1)
    hits = {word: found[SEARCHED[kind.model]] for word, kind in KINDS.items()}
    return {word: (numbers[:FOUND_EACH], len(numbers)) for word, numbers in hits.items() if numbers}


def found_nearly(user, text):
    """(what was probably meant, what is found of it), for a text that finds nothing; ("", []) when nothing is near."""
    for meant in corrections(text):
        if results := found(user, meant):
            return meant, results
    return "", []


def pages_of(entries):
    """{entry: address of the record that it is about}, without those of other rows and of drafts since deleted."""
    gone = {(entry.subject_type, entry.subject_id) for entry in entries if entry.action == DRAFT_DELETED}
    return {
        entry: BY_LABEL[entry.subject_type].url(entry.subject_id)
        for entry in entries
        if entry.subject_type in BY_LABEL and (entry.subject_type, entry.subject_id) not in gone
    }
