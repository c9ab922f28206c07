"""T11: results by the body that carries projects out (đơn vị thực hiện)."""

from khuyencong.models import Organisation
from reports.evaluation import axes, counted
from reports.evaluation.division_tables import COLUMNS, NOTE, row_of, total_row
from reports.evaluation.facts import DONE
from reports.evaluation.figures import Table, shares_of
from reports.evaluation.selection import Selection
from reports.evaluation.stands import divide


def results_by_organisation(selection: Selection) -> Table:
    """T11; a project has one body, so that projects and money add up, facilities of several bodies count in each."""
    found = divide(selection, DONE, axes.ORGANISATION)
    bodies = Organisation.objects.in_bulk([key for (key,) in found if key])
    ordered = sorted(found, key=lambda key: (key[0] is None, str(bodies.get(key[0], "")), key[0] or 0))
    shares = shares_of([found[key].money[counted.SUPPORT] for key in ordered])
    rows = [
        row_of(
            f"don-vi-{key or axes.NONE}", str(bodies[key]) if key else "Chưa ghi đơn vị thực hiện", found[key,],
            {axes.ORGANISATION: key}, share,
        )
        for (key,), share in zip(ordered, shares, strict=True)
    ]  # fmt: skip
    rows.append(total_row(selection, found.values()))
    return Table("T11", "Kết quả theo đơn vị thực hiện", "Đơn vị thực hiện", COLUMNS, tuple(rows), NOTE)
