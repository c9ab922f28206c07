"""Rows of T1 about what was handed over of finished projects: works and where they stand, contracts that passed on."""

from django.db.models import Count, Sum

from khuyencong.models import Division, UnitLevel
from reports.evaluation import cells, counted, sums
from reports.evaluation.facts import DONE
from reports.evaluation.figures import EMPTY, PERCENT, TEXT, VND, Figure, TableRow, percent_of, plain
from reports.evaluation.selection import Selection

PLACES = {
    UnitLevel.COMMUNE: ("WORK_COMMUNE", "Xã, phường, thị trấn có công trình"),
    UnitLevel.DISTRICT: ("WORK_DISTRICT", "Huyện, thị xã, thành phố có công trình"),
}


def extra_row(key, label, unit, planned, done, *, note="") -> TableRow:
    """A row beyond the catalogue of indicators: no target, nothing before or since."""
    percent = Figure(percent_of(done.value, planned.value), PERCENT)
    return TableRow(key, label, (Figure(unit, TEXT), EMPTY, planned, done, percent, *[EMPTY] * 5), "", note)


def handed_over(selection: Selection) -> list[TableRow]:
    """No rows when nothing was; the notes of the meetings about their figures stand at the values."""
    notes = " ".join(dict.fromkeys(counted.handovers(selection).exclude(note="").values_list("note", flat=True)))
    return [*_works(selection, notes), *_contracts(selection, notes)]


def _works(selection, notes):
    rows = counted.works(selection, "quantity").rows
    found = rows.aggregate(count=Sum("quantity"), value=Sum("amount"), items=Count("pk"))
    if not found["items"]:
        return
    number = cells.way(plain(found["count"] or 0), counted.WORKS, DONE)
    yield extra_row("WORK", "Công trình bàn giao", "công trình", EMPTY, number)
    levels = [UnitLevel.COMMUNE, UnitLevel.DISTRICT] if selection.division == Division.OLD else [UnitLevel.COMMUNE]
    for level in levels:
        key, label = PLACES[level]
        places = cells.way(counted.work_places(selection, level).count(), counted.WORK_PLACES, level.value)
        yield extra_row(key, label, "đơn vị", EMPTY, places)
    value = cells.way(found["value"] or 0, counted.WORK_VALUES, DONE, unit=VND)
    yield extra_row("WORK_VALUE", "Giá trị công trình bàn giao", "đồng", EMPTY, value, note=notes)


def _contracts(selection, notes):
    number = counted.contracts(selection).rows.count()
    if not number:
        return
    value = sums.figures(counted.contract_values(selection), value=Sum("amount"))["value"] or 0
    yield extra_row(
        "CONTRACT", "Hợp đồng hỗ trợ chuyển giao", "hợp đồng", EMPTY, cells.way(number, counted.CONTRACTS, DONE)
    )
    passed_on = cells.way(value, counted.CONTRACT_VALUES, DONE, unit=VND)
    yield extra_row("CONTRACT_VALUE", "Giá trị hợp đồng chuyển giao", "đồng", EMPTY, passed_on, note=notes)
