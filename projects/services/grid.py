"""Save lines of a draft plan as they were typed in a sheet: cell by cell, through the services of the entry forms.

A cell is written only where the sheet still showed what is stored, so that two people who change different cells of
one line both keep theirs; where both changed the same cell nothing is written, and both values are told.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction

from khuyencong.permissions import belongs_to, require
from programs.models import FundingSource
from projects import permissions
from projects.models import Beneficiary, GridRow, Project
from projects.services.drafts import Draft, create_drafts
from projects.services.entry import delete_draft, save_project, set_beneficiaries, set_funding
from projects.services.locking import locked_plan
from projects.services.plan import place_project

FIELDS = ("name", "content", "group", "unit", "implementing_unit", "starts_on", "ends_on")
TOTAL, FACILITY, PLACE = "total_cost", "facility", "place"
# Texts that the sheet does not show: a line that holds one is more than the sheet could bring back.
BEYOND_THE_SHEET = (
    "necessity", "objective", "scale", "activities", "arrangement", "economic_effect", "social_effect",
    "environmental_effect", "lasting_effect", "place_note", "coordinating_units", "investor", "priority_note",
)  # fmt: skip
LONGEST_KEY = 40  # of GridRow


class PlanClosedError(ValidationError):
    """The plan was submitted or approved meanwhile: nothing of the sheet can be saved any more."""


@dataclass
class Cell:
    """What was typed: the text that stood there before, the text as stored texts are shown, and what it means.

    `error` says why the text could not be read.
    """

    seen: str
    text: str
    value: object = None
    error: str = ""


@dataclass
class TypedRow:
    """A line of the sheet: changed cells by column; `key` names it on the page, `pk` is None for a new line."""

    key: str
    pk: int | None = None
    cells: dict[str, Cell] = field(default_factory=dict)
    is_dropped: bool = False
    # The version that the person saw, asked for before a line is deleted.
    version: int | None = None


@dataclass
class SavedRow:
    """What became of it: columns saved, errors by column ("" for the line), {column: what somebody else saved}."""

    key: str
    pk: int | None = None
    saved: list[str] = field(default_factory=list)
    errors: dict[str, str] = field(default_factory=dict)
    conflicts: dict[str, str] = field(default_factory=dict)
    is_gone: bool = False

    def refuse(self, columns, refusal):
        """Put a refusal at the cells that it names, else at the first of `columns`."""
        named = refusal.message_dict if hasattr(refusal, "error_dict") else {}
        for name, messages in named.items():
            self.errors[name if name in columns else columns[0]] = " ".join(messages)
        if not named:
            text = " ".join(refusal.messages) if isinstance(refusal, ValidationError) else str(refusal)
            self.errors[columns[0]] = text
        self.saved = [name for name in self.saved if name not in columns]


def source_column(source) -> str:
    return f"source-{source.pk}"


def save_rows(plan, *, by, rows: list[TypedRow], texts_of: Callable[[Project], dict]) -> list[SavedRow]:
    """Save what was typed, line by line: one that is refused keeps no other from being saved.

    `texts_of` gives the cells of a stored line as the sheet shows them. Raises PermissionDenied for a person who does
    not draw up this plan, PlanClosedError once it is no draft any more.
    """
    require(by.role in permissions.DRAFTERS, "Chỉ chuyên viên, lãnh đạo phòng được sửa bảng kế hoạch.")
    require(belongs_to(by, plan), f"Kế hoạch do {plan.owner} quản lý; ông/bà chỉ được xem.")
    if not plan.is_open:
        raise PlanClosedError(closed_words(plan))
    known, created = {}, {}
    if any(row.pk is None for row in rows):
        known, created = _create(plan, by, [row for row in rows if row.pk is None])
    return [created.get(row.key) or _save_row(plan, by, row, known.get(row.key), texts_of) for row in rows]


@transaction.atomic
def _save_row(plan, by, row, known, texts_of):
    plan = _open(plan)
    told = SavedRow(row.key, row.pk or known)
    rows = Project.objects.select_related("plan__program", "owner", "unit", "group", "content", "implementing_unit")
    project = rows.filter(plan=plan, pk=told.pk).first()
    if project is None:
        told.is_gone = True
        told.errors[""] = "Dòng này đã bị xóa hoặc chuyển sang kế hoạch khác."
        return told
    if row.is_dropped:
        return _drop(project, by, row, told)
    _start(told, row)
    return _change(project, by, row, told, texts_of)


def _open(plan):
    plan = locked_plan(plan)
    if not plan.is_open:
        raise PlanClosedError(closed_words(plan))
    return plan


def closed_words(plan) -> str:
    return f"{plan} đang “{plan.get_status_display().lower()}”, không sửa trong bảng được nữa."


def _start(told, row):
    told.saved = [name for name, cell in row.cells.items() if not cell.error]
    told.errors = {name: cell.error for name, cell in row.cells.items() if cell.error}


@transaction.atomic
def _create(plan, by, rows):
    """New lines, all at once: ({key: project pk} of those that came before, {key: SavedRow} of the others).

    A line sent again after its answer was lost is found by its key. What cannot stand in a new line is refused at
    its cell.
    """
    plan = _open(plan)
    sent = GridRow.objects.filter(plan=plan, key__in=[row.key for row in rows])
    known = dict(sent.values_list("key", "project"))
    sources = {source_column(source): source for source in FundingSource.objects.all()}
    results, drafts = {}, {}
    for row in rows:
        if row.key in known or row.is_dropped:
            continue
        told = results[row.key] = SavedRow(row.key)
        _start(told, row)
        if PLACE in told.saved:
            told.refuse([PLACE], ValidationError("Đề án mới chưa xếp được: trình và thẩm định trước."))
        good = {name: row.cells[name].value for name in told.saved}
        if good.get("name"):
            drafts[row.key] = told, _draft(told, good, sources)
        else:
            # Without a name there is no project; what else was typed stays in the sheet.
            told.saved = []
            told.errors.setdefault("name", "Nhập tên đề án, rồi dòng này mới lưu được.")
    create_drafts(plan, by=by, drafts=[draft for _told, draft in drafts.values()])
    for told, draft in drafts.values():
        if draft.refusal:
            told.refuse(told.saved, draft.refusal)
            told.saved = []
        else:
            told.pk = draft.project.pk
    started = [(key, draft.project) for key, (_told, draft) in drafts.items() if draft.project]
    GridRow.objects.bulk_create([GridRow(plan=plan, key=key, project=project) for key, project in started])
    return known, results


def _draft(told, good, sources):
    values = {name: good[name] for name in FIELDS if name in good}
    _check_dates(told, values, None)
    amounts = {sources[name]: value for name, value in good.items() if name in sources}
    return Draft(values | {TOTAL: good.get(TOTAL)}, amounts, good.get(FACILITY))


def _change(project, by, row, told, texts_of):
    stored = texts_of(project)
    # A line sent again under its key is this person's own.
    own = row.pk is None and project.updated_by_id == by.pk
    good = {}
    for name in told.saved:
        cell, now = row.cells[name], stored.get(name, "")
        if cell.text != now:
            if cell.seen != now and not own:
                told.conflicts[name] = now
            else:
                good[name] = cell
    told.saved = [name for name in told.saved if name not in told.conflicts]
    return _write(project, by, good, told)


def _check_dates(told, values, project):
    """The order of two days at its cell, so that it takes nothing else of the line along."""
    starts_on, ends_on = (values.get(name, getattr(project, name, None)) for name in ("starts_on", "ends_on"))
    if starts_on and ends_on and ends_on < starts_on:
        name = "ends_on" if "ends_on" in values else "starts_on"
        told.errors[name] = "Ngày hoàn thành phải sau ngày bắt đầu."
        told.saved.remove(name)
        del values[name]


def _write(project, by, good, told):
    """Each kind of cells through its own service: what one refuses does not undo the others."""
    steps = ((FIELDS, _write_fields), (None, _write_money), ((FACILITY,), _write_facility), ((PLACE,), _write_place))
    for names, write in steps:
        mine = [name for name in good if (_is_money(name) if names is None else name in names)]
        if not mine:
            continue
        try:
            with transaction.atomic():
                write(project, by, {name: good[name].value for name in mine}, told)
        except (PermissionDenied, ValidationError) as refusal:
            told.refuse(mine, refusal)
        project = Project.objects.select_related("plan__program", "owner", "unit").get(pk=project.pk)
    return told


def _is_money(name):
    return name == TOTAL or name.startswith("source-")


def _write_fields(project, by, values, told):
    _check_dates(told, values, project)
    for name, value in values.items():
        setattr(project, name, value or ("" if name == "name" else None))
    if values:
        save_project(project, by=by, expected_version=project.version)


def _write_money(project, by, values, told):
    """The total follows the sources as a sum does, until somebody types another one."""
    old = {line.source: line.requested_amount for line in project.funding_lines.select_related("source")}
    keys = {source_column(source): source for source in FundingSource.objects.all()}
    amounts = {keys[name]: values[name] for name in values if name != TOTAL}
    new = old | {source: amount or 0 for source, amount in amounts.items()}
    total = values.get(TOTAL, project.total_cost)
    if TOTAL not in values and (project.total_cost or 0) == sum(old.values()):
        total = sum(new.values()) or None
    set_funding(project, by=by, total_cost=total, amounts=amounts, expected_version=project.version)
    shares = _whole_shares(project, old)
    if shares is not None:
        set_beneficiaries(project, by=by, rows=[(shares.facility, shares.item, new)])


def _whole_shares(project, old):
    """The one facility that receives all of the project's money, else None: its part follows the lines."""
    rows = list(Beneficiary.objects.filter(project=project).select_related("facility").prefetch_related("amounts")[:2])
    if len(rows) != 1:
        return None
    held = {amount.source_id: amount.requested_amount for amount in rows[0].amounts.all() if amount.requested_amount}
    return rows[0] if held == {source.pk: amount for source, amount in old.items() if amount} else None


def _write_facility(project, by, values, told):
    """One facility, which receives all of the money; several are kept on the page of the project."""
    rows = list(Beneficiary.objects.filter(project=project).select_related("facility")[:2])
    if len(rows) > 1:
        raise ValidationError("Đề án có nhiều cơ sở: sửa ở phần “Đơn vị thụ hưởng” của đề án.")
    facility = values[FACILITY]
    amounts = {line.source: line.requested_amount for line in project.funding_lines.select_related("source")}
    new = [(facility, rows[0].item if rows else "", amounts)] if facility else []
    set_beneficiaries(project, by=by, rows=new, expected_version=project.version)


def _write_place(project, by, values, told):
    place_project(project, by=by, status=values[PLACE].value)


def _drop(project, by, row, told):
    """Delete a draft that the sheet shows whole, so that taking it back brings everything back."""
    try:
        if row.version not in (None, project.version):
            raise ValidationError(f"{project.updated_by} vừa sửa dòng này; xem lại rồi xóa.")
        if _holds_more(project):
            raise ValidationError("Đề án đã có nội dung ngoài bảng này; mở đề án để xem và xóa ở đó.")
        with transaction.atomic():
            delete_draft(project, by=by)
        told.is_gone = True
    except (PermissionDenied, ValidationError) as refusal:
        told.refuse([""], refusal)
    return told


def _holds_more(project):
    parts = (project.cost_items, project.papers, project.indicators)
    return (
        any(getattr(project, name) for name in BEYOND_THE_SHEET)
        or project.beneficiaries.count() > 1
        or any(part.exists() for part in parts)
    )
