"""What a row of each list shows, as plain values: its template is given nothing else (templatetags/rows.py)."""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from programs.models import AnnualPlan
from projects import progress
from projects.figures import facilities_of, place_words
from projects.models import Contract, HandoverEvent, Project

# How many projects the row of a contract names.
NAMED_PROJECTS = 3


class ProjectRow(NamedTuple):
    """Amounts in đồng; `other` is None where no project of the list has other money, and the column is not there."""

    pk: int
    address: str
    code: str
    is_key: bool
    name: str
    is_sample: bool
    place: str
    status: str
    status_label: str
    next_actor: str
    ends_on: date | None
    due_tone: str
    due_words: str
    content: str
    national: int
    local: int
    counterpart: int
    other: int | None
    total: int


# What a row shows of a project, and no more: fifty rows with all that they point to are three hundred records.
OF_A_ROW = (
    "code", "name", "kind", "is_key", "is_sample", "status", "ends_on", "target_mode", "place_note", "contract",
    "plan__status", "content__name", "unit__name", "created_by__full_name", "created_by__username",
    "reviewer__full_name", "reviewer__username",
)  # fmt: skip


def project_rows(projects: Sequence[Project], *, with_other: bool) -> list[ProjectRow]:
    """Of projects with their amounts and what OF_A_ROW names."""
    facilities = facilities_of(projects)
    return [_project_row(project, facilities[project.pk], with_other) for project in projects]


def _project_row(project, facilities, with_other):
    due_tone, due_words = progress.due(project)
    return ProjectRow(
        project.pk, project.get_absolute_url(), project.code, project.is_key, project.name, project.is_sample,
        place_words(project, facilities), project.status, project.get_status_display(), progress.next_actor(project),
        project.ends_on, due_tone, due_words, str(project.content or ""), project.national_amount,
        project.local_amount, project.counterpart_amount, project.other_amount if with_other else None,
        project.total_amount,
    )  # fmt: skip


class PlanRow(NamedTuple):
    """Amounts in đồng; `owner` is "" where the plan is the reader's own body's."""

    pk: int
    address: str
    year: int
    round_no: int
    name: str
    is_sample: bool
    program: str
    owner: str
    status: str
    status_label: str
    decision_number: str
    decision_on: date | None
    national_budget: int
    local_budget: int
    line_count: int
    project_count: int
    line_support: int


def plan_rows(plans: Iterable[AnnualPlan], user) -> list[PlanRow]:
    return [
        PlanRow(
            plan.pk, plan.get_absolute_url(), plan.year, plan.round_no, plan.name, plan.is_sample, str(plan.program),
            "" if plan.owner_id == user.organisation_id else str(plan.owner), plan.status, plan.get_status_display(),
            plan.decision_number, plan.decision_on, plan.national_budget, plan.local_budget, plan.line_count,
            plan.project_count, plan.line_support,
        )
        for plan in plans
    ]  # fmt: skip


class ContractRow(NamedTuple):
    """Amounts in đồng; `named` are (key, code) of the first projects, `more` how many others there are."""

    pk: int
    address: str
    signed_on: date
    title: str
    is_sample: bool
    party_b: str
    plan: str
    named: tuple[tuple[int, str], ...]
    more: int
    status: str
    status_label: str
    ends_on: date | None
    contracted: int
    paid: int


def contract_rows(contracts: Iterable[Contract]) -> list[ContractRow]:
    return [_contract_row(contract) for contract in contracts]


def _contract_row(contract):
    named = tuple((project.pk, project.code) for project in contract.projects.all()[:NAMED_PROJECTS])
    return ContractRow(
        contract.pk, contract.get_absolute_url(), contract.signed_on, str(contract), contract.is_sample,
        str(contract.party_b), str(contract.plan), named, max(contract.project_count - NAMED_PROJECTS, 0),
        contract.status, contract.get_status_display(), contract.ends_on, contract.contracted_total,
        contract.paid_total,
    )  # fmt: skip


class HandoverRow(NamedTuple):
    """`named` are (address, code) of the first projects, `others` how many more there are."""

    pk: int
    address: str
    held: str
    lacks_year: bool
    title: str
    is_sample: bool
    giver: str
    venue: str
    named: tuple[tuple[str, str], ...]
    others: int
    plan: str
    receiver_count: int
    is_done: bool


def handover_rows(events: Iterable[HandoverEvent]) -> list[HandoverRow]:
    return [_handover_row(event) for event in events]


def _handover_row(event):
    named = tuple((project.get_absolute_url(), project.code) for project in event.named)
    return HandoverRow(
        event.pk, event.get_absolute_url(), event.held_label, bool(event.held_month_day), str(event), event.is_sample,
        str(event.giver), event.venue, named, event.others, str(event.plan), event.receiver_count, event.is_done,
    )  # fmt: skip


class OverNorm(NamedTuple):
    """A finding above its norm; `reason` is that of the exception, None without one."""

    state: str
    is_refused: bool
    subject: str
    text: str
    reason: str | None


class PlanLine(NamedTuple):
    """Code, name and money of a project in a plan; `cells` as `plan_lines.Cell`, `repeated` how many supports."""

    pk: int
    address: str
    code: str
    name: str
    is_new: bool
    place: str
    over_norm: tuple[OverNorm, ...]
    repeated: int
    cells: tuple
    support_percent: Decimal | None
    status: str
    status_label: str
    next_actor: str


def plan_line(project: Project, cells: tuple) -> PlanLine:
    """Of a project as `plan_lines.plan_projects` reads and marks it."""
    over_norm = tuple(
        OverNorm(row.state, row.is_refused, row.subject, row.text, row.exception and row.exception.reason)
        for row in project.over_norm
    )
    return PlanLine(
        project.pk, project.get_absolute_url(), project.code, project.name, project.change == "new",
        place_words(project, project.facilities), over_norm, project.repeated, cells,
        project.support_percent, project.status, project.get_status_display(), project.next_actor,
    )  # fmt: skip


class TypedField(NamedTuple):
    """A field of a line as it stands in a form, by the names that the components of forms know."""

    html_name: str
    auto_id: str
    value: str
    errors: tuple[str, ...]


class DeskRow(NamedTuple):
    """A line of a plan to decide on; `closed` tells why this person cannot approve it, `longest` is of the reason."""

    line: PlanLine
    is_diff: bool
    closed: str
    verdict: TypedField
    reason: TypedField
    longest: int


class SupportRow(NamedTuple):
    """One support of a facility, in đồng; `address` is "" where the reader may not open the project."""

    year: int
    address: str
    name: str
    code: str
    item: str
    owner: str
    content: str
    sources: str
    support: int
    counterpart: int
    status: str
    status_label: str


def support_rows(supports, visible: set[int]) -> list[SupportRow]:
    """Of `facility_questions.read_facility`; `visible` are the keys of the projects that the reader may open."""
    return [_support_row(row, row.project_id in visible) for row in supports]


def _support_row(row, is_visible):
    project = row.project
    sources = ", ".join(amount.source.short_name for amount in row.amounts_read if amount.source.is_support)
    return SupportRow(
        project.plan.year, project.get_absolute_url() if is_visible else "", project.name, project.code, row.item,
        str(project.owner), str(project.content or ""), sources, row.support_amount, row.counterpart_amount,
        project.status, project.get_status_display(),
    )  # fmt: skip
