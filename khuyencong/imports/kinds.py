"""What can be taken in from spreadsheets: a room registers its kinds when it is loaded; pages and worker read them."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from typing import Any

from django import forms

from khuyencong.models import ImportLine, SheetImport, User, Verdict
from khuyencong.sheets import Field

LOT = 1000


@dataclass(frozen=True)
class Column:
    """A field of the kind as the mapping page and the template show it.

    `example` is what its cell says, `hint` how to write it; `is_needed` in every row, or given for all of them;
    `listed(user)` gives the names that a drop-down of the template offers.
    """

    field: Field
    is_needed: bool = False
    hint: str = ""
    example: str = ""
    listed: Callable[[User], list[str]] | None = None

    @property
    def key(self):
        return self.field.key

    @property
    def label(self):
        return self.field.label


@dataclass
class Row:
    """One line of data on its way through the rules.

    `values` {key: value as its kind of field is read}, nothing for empty cells; `errors` [(key or "", sentence)] refuse
    the row, `remarks`, alike, only tell the person what was made of a cell;
    `candidates` [(pk, name, why)] between which a person decides; `changes` [(label, old, new)]. `matched_id` and
    `matched_version` say on which record, as it stands now, the row would be written; `line` is where it is kept.
    """

    number: int
    values: dict[str, Any]
    errors: list[tuple[str, str]] = field(default_factory=list)
    remarks: list[tuple[str, str]] = field(default_factory=list)
    decision: str = ""
    chosen_id: int | None = None
    label: str = ""
    verdict: str = ""
    changes: list = field(default_factory=list)
    candidates: list = field(default_factory=list)
    matched_id: int | None = None
    matched_version: int | None = None
    record_id: int | None = None
    instance: Any = None
    line: ImportLine | None = None

    def refuse(self, key, sentence):
        self.errors.append((key, sentence))
        self.verdict = Verdict.REFUSED

    def remark(self, key, sentence):
        self.remarks.append((key, sentence))


class Examiner:
    """The rules of a kind for the rows of one import; catalogues are loaded once, when it is made.

    Rows come in lots, in the order of the sheet, and are asked twice: for the preview, and again, under lock, when
    they are written. What earlier rows of the same file said may be remembered on the examiner.
    """

    def __init__(self, sheet_import: SheetImport, *, locks: bool = False):
        self.sheet_import, self.by, self.locks = sheet_import, sheet_import.requested_by, locks

    def lots(self, rows: Iterable[Row]) -> Iterator[list[Row]]:
        """The rows in lots that may be judged and written one after the other."""
        rows = iter(rows)
        while lot := list(islice(rows, LOT)):
            yield lot

    def examine(self, rows: list[Row]) -> None:
        """Set verdict, label, changes and candidates of each row. Writes nothing."""
        raise NotImplementedError

    def write(self, rows: list[Row]) -> None:
        """Write the new and changed rows of an examined lot, with their history, and set their `record_id`.

        Inside the caller's transaction. Raises ValidationError when something came in between.
        """
        raise NotImplementedError

    def finish(self) -> None:
        """What is left to do once every row is written, inside the transaction that closes the import."""

    @property
    def reason(self):
        """What the history of a record says of where a value came from."""
        return f"Từ tệp “{self.sheet_import.name}”, lần nhập {self.sheet_import.pk}"


@dataclass(frozen=True)
class ImportKind:
    """One kind of data that can be taken in.

    `may(user)` says why not, or None; `fixed(user, data)` is the form of what the sheet does not say for all of its
    rows; `address(record pk)` is the page of a record; `keys` are the columns of which one at least is needed.
    `group_key` is the column that the sheet's group rows (I, II, A…) fill where a row says nothing itself;
    `outcome(sheet_import)` tells, in sentences, what becomes of what is written.
    """

    key: str
    label: str
    noun: str
    lead: str
    columns: tuple[Column, ...]
    examiner: type[Examiner]
    may: Callable[[User], str | None]
    address: Callable[[int], str]
    keys: tuple[str, ...]
    fixed: Callable[..., forms.Form] | None = None
    may_note: str = ""
    group_key: str = ""
    outcome: Callable[[SheetImport], list[str]] | None = None

    @property
    def fields(self) -> tuple[Field, ...]:
        return tuple(column.field for column in self.columns)

    def column(self, key: str) -> Column:
        """Raises KeyError for a key that the kind does not have."""
        return self._by_key[key]

    @cached_property
    def _by_key(self):
        return {column.key: column for column in self.columns}

    @property
    def counted(self) -> list[str]:
        """The fields whose totals the sheet may state."""
        return [column.key for column in self.columns if column.field.kind in ("money", "count")]


KINDS: dict[str, ImportKind] = {}


def register(kind: ImportKind) -> ImportKind:
    """Add a kind. Raises ValueError when its key is taken."""
    if kind.key in KINDS:
        raise ValueError(f"Kind {kind.key!r} is registered already.")
    KINDS[kind.key] = kind
    return kind
