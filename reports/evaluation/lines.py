"""Rows behind a figure as people read them: of which project, what, of which source and day, how much; with links."""

from dataclasses import dataclass
from datetime import date

from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone

from beneficiaries.models import CertifiedProduct, Facility
from khuyencong.models import AdministrativeUnit
from programs.models import FundingSource, ProjectGroup
from projects.models import (
    AcceptanceAmount,
    Beneficiary,
    BeneficiaryAmount,
    Disbursement,
    FollowUpValue,
    FundingLine,
    HandoverContract,
    HandoverContractAmount,
    HandoverItem,
    PlanSnapshotAmount,
    Project,
    ProjectIndicator,
    SettlementAmount,
)
from reports.evaluation.behind import Behind
from reports.evaluation.facts import Rows


@dataclass(frozen=True)
class Line:
    """`amount` is None where rows are only counted; `url` leads to the page of `what`, "" when it has none."""

    what: str
    url: str = ""
    project: Project | None = None
    source: FundingSource | None = None
    day: date | None = None
    amount: int | None = None


def lines_of(found: Behind, first: int, last: int) -> list[Line]:
    """Rows `first` to `last`, counted over all parts one after the other; constant questions for each part."""
    lines = []
    for part, count in zip(found.parts, found.counts, strict=True):
        if first < count and last > 0:
            lines += [_line(part, row) for row in _ordered(part)[max(first, 0) : last]]
        first, last = first - count, last - count
    return lines


def _ordered(part: Rows) -> QuerySet:
    related, _describe = KINDS[part.rows.model]
    order = [f"{part.project}__code"] if part.project else []
    return part.rows.select_related(*related).order_by(*order, "pk")


def _line(part, row):
    _related, describe = KINDS[part.rows.model]
    amount = getattr(row, part.amount) if part.amount else None
    return Line(amount=amount, **describe(row))


def _project(row):
    return {"what": f"{row.get_status_display()}, {row.plan}", "url": row.plan.get_absolute_url(), "project": row}


def _funding_line(row):
    plan = row.project.plan
    return {
        "what": f"Quyết định {plan.decision_number}", "url": plan.get_absolute_url(), "project": row.project,
        "source": row.source, "day": plan.decision_on,
    }  # fmt: skip


def _snapshot_amount(row):
    snapshot = row.line.snapshot
    return {
        "what": f"{snapshot.get_purpose_display()} lần {snapshot.number}, Quyết định {snapshot.decision_number}",
        "url": reverse("projects:plan_snapshot", args=[snapshot.pk]), "project": row.line.project,
        "source": row.source, "day": snapshot.decision_on,
    }  # fmt: skip


def _accepted(row):
    minutes = row.acceptance
    return {
        "what": f"Biên bản nghiệm thu {minutes.number}", "url": minutes.get_absolute_url(), "project": minutes.project,
        "source": row.source, "day": minutes.accepted_on,
    }  # fmt: skip


def _voucher(row):
    return {
        "what": str(row), "url": reverse("projects:money", args=[row.project_id]), "project": row.project,
        "source": row.source, "day": row.paid_on,
    }  # fmt: skip


def _settled(row):
    settlement = row.settlement
    return {
        "what": f"Quyết toán {settlement.number}", "url": settlement.get_absolute_url(), "project": row.project,
        "source": row.source, "day": timezone.localdate(settlement.approved_at),
    }  # fmt: skip


def _share(row):
    return {**_turn(row.beneficiary), "source": row.source}


def _turn(row):
    return {"what": str(row.facility), "url": row.facility.get_absolute_url(), "project": row.project}


def _facility(row):
    return {"what": f"{row}, {row.unit}", "url": row.get_absolute_url()}


def _product(row):
    paper = f", {row.decision_number}" if row.decision_number else ""
    return {"what": f"{row}: {row.facility}{paper}", "url": row.facility.get_absolute_url(), "day": row.decision_on}


def _value(row):
    proof = "đã kiểm chứng" if row.is_verified else "cơ sở tự khai"
    return {"what": f"{row.indicator} ({row.indicator.unit}; {proof})", "project": row.project}


def _answer(row):
    follow_up = row.follow_up
    what = f"{row.indicator} ({row.indicator.unit}), theo dõi {follow_up.get_round_display().lower()}"
    return {"what": what, "project": follow_up.project, "day": follow_up.surveyed_on}


def _handed_over(row):
    event = row.minutes.event
    place = f", {row.place}" if getattr(row, "place_id", None) else ""
    return {"what": f"{_name(row)}{place}", "url": event.get_absolute_url(), "day": event.held_on}


def _name(row):
    return row.name if isinstance(row, HandoverItem) else f"Hợp đồng {row.number}, {row.beneficiary}"


def _contract_value(row):
    return {**_handed_over(row.contract), "source": row.source}


# Model: what is fetched along, and how a row is told.
KINDS = {
    Project: (["plan"], _project),
    FundingLine: (["project__plan", "source"], _funding_line),
    PlanSnapshotAmount: (["line__project", "line__snapshot", "source"], _snapshot_amount),
    AcceptanceAmount: (["acceptance__project", "source"], _accepted),
    Disbursement: (["project", "source"], _voucher),
    SettlementAmount: (["project", "settlement", "source"], _settled),
    BeneficiaryAmount: (["beneficiary__project", "beneficiary__facility", "source"], _share),
    Beneficiary: (["project", "facility"], _turn),
    Facility: (["unit"], _facility),
    CertifiedProduct: (["facility"], _product),
    ProjectIndicator: (["project", "indicator"], _value),
    FollowUpValue: (["follow_up__project", "indicator"], _answer),
    AdministrativeUnit: ([], lambda row: {"what": row.label}),
    ProjectGroup: (["plan"], lambda row: {"what": f"{row.number}. {row}", "url": row.plan.get_absolute_url()}),
    HandoverItem: (["minutes__event", "place"], _handed_over),
    HandoverContract: (["minutes__event"], _handed_over),
    HandoverContractAmount: (["contract__minutes__event", "source"], _contract_value),
}
