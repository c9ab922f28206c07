"""What a handover passes on, counted and summed: `Figures` of one minutes for its paper, `Sums` for pages of many."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import Sum
from django.db.models.functions import Coalesce

from programs.models import SUPPORT_CATEGORIES
from projects.models import FundingLine, HandoverItem, HandoverMinutes, ItemKind


@dataclass(frozen=True)
class Total:
    """An amount in đồng; `at_least` when a part of it is told as “trên”."""

    amount: int
    at_least: bool = False

    @classmethod
    def of(cls, items: Iterable[HandoverItem]) -> "Total | None":
        """The sum of the amounts that are given; None when none is."""
        given = [item for item in items if item.amount is not None]
        return cls(sum(item.amount for item in given), any(item.is_at_least for item in given)) if given else None

    @classmethod
    def over(cls, totals: Iterable["Total | None"]) -> "Total | None":
        """Totals added up, those that are None left out."""
        given = [total for total in totals if total is not None]
        return cls(sum(total.amount for total in given), any(total.at_least for total in given)) if given else None


@dataclass(frozen=True)
class Figures:
    """What one minutes hands over, counted and summed. Amounts in đồng.

    `contract_money` {HandoverContract pk: (paid, left of what was contracted)} of those that the portal keeps.
    """

    results: list
    works: list
    equipment: list
    contracts: list
    papers: list
    result_total: Total | None
    work_total: Total | None
    equipment_total: Total | None
    asset_total: Total | None
    contract_sources: list
    contract_amounts: dict
    contract_total: int | None
    sheet_count: int | None
    contract_money: dict = field(default_factory=dict)

    @property
    def asset_count(self):
        return len(self.works) + len(self.equipment)


@dataclass(frozen=True)
class Sums:
    """The same counts and sums alone, of one minutes or of several. Amounts in đồng."""

    result_count: int
    result_total: Total | None
    asset_count: int
    asset_total: Total | None
    contract_count: int
    contract_total: int | None
    paper_count: int

    @classmethod
    def over(cls, parts: Iterable["Sums"]) -> "Sums":
        """Over several minutes."""
        parts = list(parts)
        contracts = [part.contract_total for part in parts if part.contract_total is not None]
        return cls(
            result_count=sum(part.result_count for part in parts),
            result_total=Total.over(part.result_total for part in parts),
            asset_count=sum(part.asset_count for part in parts),
            asset_total=Total.over(part.asset_total for part in parts),
            contract_count=sum(part.contract_count for part in parts),
            contract_total=sum(contracts) if contracts else None,
            paper_count=sum(part.paper_count for part in parts),
        )


def sums_of(minutes: HandoverMinutes) -> Sums:
    """Of minutes fetched `with_sums()`: what `figures_of` counts, without reading the rows."""
    return Sums(
        result_count=minutes.result_count or 0,
        result_total=_total(minutes.result_amount, minutes.result_at_least),
        asset_count=minutes.asset_count or 0,
        asset_total=_total(minutes.asset_amount, minutes.asset_at_least),
        contract_count=minutes.contract_count or 0,
        contract_total=minutes.contract_amount,
        paper_count=minutes.paper_count or 0,
    )


def _total(amount, at_least):
    return None if amount is None else Total(amount, bool(at_least))


def figures_of(minutes: HandoverMinutes) -> Figures:
    """Read from the related rows, best fetched by `with_contents()`."""
    items = list(minutes.items.all())
    results, works, equipment = ([item for item in items if item.kind == kind] for kind in ItemKind.values)
    contracts = list(minutes.contracts.all())
    amounts = {}
    for part in [part for contract in contracts for part in contract.amounts.all()]:
        amounts[part.source] = amounts.get(part.source, 0) + part.amount
    papers = list(minutes.papers.all())
    sheets = [paper.sheet_count for paper in papers if paper.sheet_count is not None]
    return Figures(
        results=results,
        works=works,
        equipment=equipment,
        contracts=contracts,
        papers=papers,
        result_total=Total.of(results),
        work_total=Total.of(works),
        equipment_total=Total.of(equipment),
        asset_total=Total.of(works + equipment),
        contract_sources=sorted(amounts, key=lambda source: (source.position, source.code)),
        contract_amounts=amounts,
        contract_total=sum(amounts.values()) if amounts else None,
        sheet_count=sum(sheets) if sheets else None,
        contract_money=_contract_money(contracts),
    )


def _contract_money(contracts):
    """Khuyến công money alone, as on the page of the contract: that is what the portal pays out."""
    kept = {row.contract_id: row.pk for row in contracts if row.contract_id}
    if not kept:
        return {}
    lines = FundingLine.objects.filter(project__contract__in=kept, source__category__in=SUPPORT_CATEGORIES)
    sums = lines.order_by().values_list("project__contract").annotate(
        paid=Coalesce(Sum("paid_amount"), 0), agreed=Coalesce(Sum("contracted_amount"), 0)
    )  # fmt: skip
    return {kept[contract]: (paid, max(agreed - paid, 0)) for contract, paid, agreed in sums}
