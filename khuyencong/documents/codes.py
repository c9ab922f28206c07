"""The code of an issued paper, and what the QR of each of its pages says.

A QR reads `HTTPS://HOST/KT/7K4MPQ6XTC/3`: the public address, the code, the page. All of it in the letters of the
alphanumeric mode of QR, which makes the squares a fifth larger than mixed case would, so that a grey scan of 150 dpi
still reads.
"""

import re
import secrets
from collections.abc import Iterator
from itertools import groupby

import segno
from django.conf import settings
from django.urls import reverse

# Without letters and digits that are taken for one another: 0 O, 1 I L, 2 Z, 5 S, 8 B, U V.
ALPHABET = "34679ACDEFGHJKMNPQRTWXY"
LENGTH = 10
SHORT_PATH = "KT"
QR_TEXT = re.compile(rf"https?://[^/\s]+/{SHORT_PATH}/([{ALPHABET}]{{{LENGTH}}})/([1-9]\d{{0,3}})", re.IGNORECASE)
CODE = re.compile(f"[{ALPHABET}]{{{LENGTH}}}")

# The QR of a page: its bottom edge above the paper's, its right edge before it, its side. In the foot, where
# `.page-foot .qr` of the sheet leaves the room, with a quiet zone of four squares all around.
MM = 72 / 25.4
QR_ABOVE, QR_BEFORE, QR_SIDE = 6 * MM, 15 * MM, 14 * MM


def new_code() -> str:
    """A code of chance; 23^10 of them, so that guessing finds nothing."""
    return "".join(secrets.choice(ALPHABET) for _letter in range(LENGTH))


def code_text(code: str, page: int) -> str:
    """What the QR of a page says; `page` counts the sheets of the paper from 1, its annexes included."""
    return f"{settings.PUBLIC_ADDRESS}/{SHORT_PATH}/{code}/{page}".upper()


def read_code(text: str) -> tuple[str, int] | None:
    """(code, page) of what a reader found in a QR; None when it is no page of ours.

    The host does not count: papers outlive an address.
    """
    found = QR_TEXT.fullmatch(text.strip())
    return (found[1].upper(), int(found[2])) if found else None


def typed_code(text: str) -> str | None:
    """The code that a person typed, with or without dash and spaces, in any case; None when it cannot be one."""
    letters = re.sub(r"[\s.-]", "", text).upper()
    return letters if CODE.fullmatch(letters) else None


def shown_code(code: str) -> str:
    """“7K4MP-Q6XTC”, as people read and type it."""
    return f"{code[: LENGTH // 2]}-{code[LENGTH // 2 :]}"


def verify_of(code: str) -> dict:
    """`verify` of a paper's context: {code as people read it, address to type}."""
    host = settings.PUBLIC_ADDRESS.partition("://")[2]
    return {"code": shown_code(code), "address": host + reverse("verify_ask").rstrip("/")}


def qr_of(text: str) -> segno.QRCode:
    """The QR with 15 % to spare; the same text always gives the same squares."""
    return segno.make_qr(text, error="m")


def qr_url(text: str) -> str:
    """The QR as a picture in a data: URL, for the screen and for Word; the room around it is left by the sheet."""
    return qr_of(text).png_data_uri(scale=8, border=0)


def squares_of(text: str, width: float, height: float) -> Iterator[tuple[float, float, float, float]]:
    """(left, top, length, side) of the dark runs of the QR on a page of that size, in points from its upper left."""
    lines = qr_of(text).matrix
    side = QR_SIDE / len(lines)
    left, top = width - QR_BEFORE - QR_SIDE, height - QR_ABOVE - QR_SIDE
    for row, line in enumerate(lines):
        for start, length in _dark_runs(line):
            yield left + start * side, top + row * side, length * side, side


def _dark_runs(line: bytes) -> list[tuple[int, int]]:
    """(start, length) of the dark squares of one row that touch each other."""
    runs, start = [], 0
    for dark, squares in groupby(line):
        length = len(list(squares))
        if dark:
            runs.append((start, length))
        start += length
    return runs
