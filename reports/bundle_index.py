"""The index of a bundle as a paper: what is inside, where the record stands, its money, its timeline."""

from datetime import datetime

from django.db.models import Sum
from django.utils import timezone

from khuyencong.dates import short_date
from khuyencong.documents import Document
from khuyencong.documents.frame import SAMPLE_NOTE
from khuyencong.documents.letterheads import head_of
from khuyencong.money import format_vnd
from projects.figures import funding_table
from projects.models import FundingLine, Project, Stage
from projects.services.plan import budget_position
from reports.exporters import changes_in_words

# Longer lists are for muc-luc.xlsx and dien-bien.xlsx: nobody reads them on paper, and setting them takes minutes.
MOST_FILES_PRINTED = 400
MOST_PROJECTS_PRINTED = 400
MOST_ENTRIES_PRINTED = 80
QUIET = (".print", ".download")
ROOT, ABSENT = "Thư mục gốc", "Không kèm được"


def moment_words(at: datetime) -> str:
    return f"{timezone.localtime(at):%H:%M ngày %d/%m/%Y}"


def bundle_index(bundle, pieces, *, at: datetime, entries) -> Document:
    """The index of a Bundle whose files are `pieces`, made at that moment; `entries` are its timeline."""
    record = bundle.record
    stages = plan_stages(bundle.projects) if bundle.is_plan else project_stages(record)
    budget = _budget(record) if bundle.is_plan else []
    told = [entry for entry in entries if not entry.action.endswith(QUIET)]
    is_long, is_eventful = len(pieces) > MOST_FILES_PRINTED, len(told) > MOST_ENTRIES_PRINTED
    context = {
        **head_of(record.owner, timezone.localdate(at)),
        "place": "",
        "draft": False,
        "verify": None,
        "sample_note": SAMPLE_NOTE if record.is_sample else "",
        "landscape": True,
        "subject": [str(record)],
        "made": f"Lập lúc {moment_words(at)}, theo yêu cầu của {bundle.user}.",
        "facts": _plan_facts(bundle) if bundle.is_plan else _project_facts(record),
        "stages": stages,
        "budget": budget,
        "width": _width([*stages["totals"], *(amount for row in budget for amount in row.values())]),
        "projects": _projects(bundle) if bundle.is_plan and len(bundle.projects) <= MOST_PROJECTS_PRINTED else [],
        "groups": _groups(pieces, is_long),
        "file_count": sum(1 for piece in pieces if piece.path),
        "missing_count": sum(1 for piece in pieces if not piece.path),
        "is_long": is_long,
        "entries": [] if is_eventful else [_told(entry) for entry in told],
        "entry_count": len(told),
        "is_eventful": is_eventful,
    }
    return Document("documents/bundle_index.html", bundle.name, context)


def _width(amounts):
    """Characters of the longest amount, by which the sheet sets how wide the columns of money are."""
    return max((len(format_vnd(amount)) for amount in amounts if isinstance(amount, int)), default=1)


def _project_facts(project):
    contract = project.contract
    facts = [
        (project.get_kind_display(), project.code),
        ("Trạng thái", project.get_status_display()),
        ("Kế hoạch", str(project.plan)),
        ("Hợp đồng", contract and f"{contract.number} ngày {short_date(contract.signed_on)}"),
        ("Cơ quan quản lý", str(project.owner)),
    ]
    return [fact for fact in facts if fact[1]]


def _plan_facts(bundle):
    plan = bundle.record
    decision = f"{plan.decision_number} ngày {short_date(plan.decision_on)}" if plan.decision_number else ""
    facts = [
        ("Năm, đợt", f"{plan.year}, đợt {plan.round_no}"),
        ("Trạng thái", plan.get_status_display()),
        ("Quyết định phê duyệt", decision),
        ("Số đề án, nhiệm vụ", format_vnd(len(bundle.projects))),
        ("Cơ quan quản lý", str(plan.owner)),
    ]
    return [fact for fact in facts if fact[1]]


def project_stages(project):
    """{labels, rows [{name, amounts}], totals} as the page of the project shows them, đồng."""
    table = funding_table(project)
    return {
        "labels": [stage["label"] for stage in table["stages"]],
        "rows": [
            {"name": row["source"].name, "amounts": [amount for _label, amount in row["cells"]]}
            for row in table["rows"]
        ],
        "totals": [stage["sum"] for stage in table["stages"]],
    }  # fmt: skip


def plan_stages(projects):
    """The same over the projects of a plan; a stage that no line has reached is left out."""
    sums = {f"{stage.value}_sum": Sum(f"{stage.value}_amount") for stage in Stage}
    lines = FundingLine.objects.filter(project__in=projects).order_by("source__position")
    found = list(lines.values("source__name", "source__position").annotate(**sums))
    stages = [stage for stage in Stage if any(row[f"{stage.value}_sum"] is not None for row in found)]
    return {
        "labels": [stage.label for stage in stages],
        "rows": [
            {"name": row["source__name"], "amounts": [row[f"{stage.value}_sum"] for stage in stages]} for row in found
        ],
        "totals": [sum(row[f"{stage.value}_sum"] or 0 for row in found) for stage in stages],
    }


def _budget(plan):
    return [
        {"name": row.source.name, "budget": row.budget, "taken": row.taken, "reserve": row.reserve, "left": row.left}
        for row in budget_position(plan)
    ]


def _projects(bundle):
    rows = Project.objects.filter(pk__in=[project.pk for project in bundle.projects]).with_amounts().order_by("code")
    return [
        {
            "code": row.code, "name": row.name, "state": row.get_status_display(), "support": row.support_amount,
            "total": row.total_amount,
        }
        for row in rows
    ]  # fmt: skip


def _groups(pieces, is_long):
    """[{folder, count, rows}], the root first, what could not be had last; rows are left out when they are too many."""
    found = {}
    for piece in pieces:
        folder = piece.path.rpartition("/")[0] or ROOT
        found.setdefault(folder if piece.path else ABSENT, []).append(piece)
    return [
        {"folder": folder, "count": len(rows), "rows": [] if is_long else [_line(piece) for piece in rows]}
        for folder, rows in sorted(found.items(), key=lambda group: (group[0] == ABSENT, group[0] != ROOT, group[0]))
    ]


def _line(piece):
    return {
        "file": piece.path.rpartition("/")[2], "kind": piece.kind, "title": piece.title, "number": piece.number,
        "dated_on": piece.dated_on, "pages": piece.pages, "sha256": piece.sha256, "note": piece.note,
    }  # fmt: skip


def _told(entry):
    states = ""
    if entry.before != entry.after and (entry.before_label or entry.after_label):
        states = f"{entry.before_label} → {entry.after_label}".strip(" →") if entry.before_label else entry.after_label
    reason = f"Lý do: {entry.reason}" if entry.reason else ""
    changes = changes_in_words(entry)
    return {
        "at": entry.at, "who": str(entry.actor or "Hệ thống"), "label": entry.label, "record": entry.subject_name,
        "details": [text for text in (states, reason, changes[:600]) if text],
    }  # fmt: skip
