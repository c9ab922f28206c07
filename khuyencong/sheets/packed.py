"""Rows of long sheets kept pressed together: 100,000 rows take some 20 MB instead of 250."""

import pickle
import zlib
from collections.abc import Sequence

BLOCK = 1_000
# Shorter sheets stay as they are.
LOOSE = 20_000
QUICKLY = 1


class PackedRows(Sequence):
    """A sequence of rows like a list of tuples, to be read in order; one block of it is unpacked at a time."""

    def __init__(self, loose: int = LOOSE):
        self._most_loose = loose
        self._blocks, self._loose, self._errors = [], [], {}
        self._open, self._unpacked = -1, []
        self._length = 0

    def append(self, row: tuple) -> None:
        self._loose.append(row)
        self._length += 1
        if len(self._loose) > self._most_loose:
            packed = pickle.dumps(self._loose[:BLOCK], pickle.HIGHEST_PROTOCOL)
            self._blocks.append(zlib.compress(packed, QUICKLY))
            del self._loose[:BLOCK]

    def finish(self, length: int, errors: dict[tuple[int, int], str]):
        """The rows up to a length, with the errors of formulas as {(row number, column index): text}: a plain list
        where nothing is packed."""
        self._length = max([length, *(number for number, _index in errors)])
        for (number, index), text in errors.items():
            self._errors.setdefault((number - 1) // BLOCK, []).append((number - 1, index, text))
        return self if self._blocks else list(self)

    def __len__(self):
        return self._length

    def __getitem__(self, at):
        if isinstance(at, slice):
            return [self[index] for index in range(*at.indices(self._length))]
        if at < 0:
            at += self._length
        if not 0 <= at < self._length:
            raise IndexError(at)
        return self._block(at // BLOCK)[at % BLOCK]

    def _block(self, number):
        if number == self._open:
            return self._unpacked
        if number < len(self._blocks):
            rows = pickle.loads(zlib.decompress(self._blocks[number]))
        else:
            first = (number - len(self._blocks)) * BLOCK
            rows = self._loose[first : first + BLOCK]
            rows += [()] * (BLOCK - len(rows))
        for at, index, text in self._errors.get(number, ()):
            row = rows[at % BLOCK] + (None,) * (index + 1 - len(rows[at % BLOCK]))
            rows[at % BLOCK] = (*row[:index], text, *row[index + 1 :])
        self._open, self._unpacked = number, rows
        return rows
