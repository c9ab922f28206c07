"""The code of an issued paper, and what the QR of each of its pages says.

A QR reads `HTTPS://HOST/KT/7K4MPQ6XTC/3`: the public address, the code, the page. All of it in the letters of the
alphanumeric mode of QR, which makes the squares a fifth larger than mixed case would, so that a grey scan of 150 dpi
still reads.
"""

import re
import secrets

import segno
from django.conf import settings
from django.urls import reverse

# Without letters and digits that are taken for one another: 0 O, 1 I L, 2 Z, 5 S, 8 B, U V.
ALPHABET = "34679ACDEFGHJKMNPQRTWXY"
LENGTH = 10
SHORT_PATH = "KT"
QR_TEXT = re.compile(rf"https?://[^/\s]+/{SHORT_PATH}/([{ALPHABET}]{{{LENGTH}}})/([1-9]\d{{0,3}})", re.IGNORECASE)
CODE = re.compile(f"[{ALPHABET}]{{{LENGTH}}}")


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
    """The QR as a picture in a data: URL, for the screen and for Word, with its quiet zone."""
    return qr_of(text).png_data_uri(scale=8, border=0)
