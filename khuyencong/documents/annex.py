"""Annexes of many rows, set by typst as a file of their own (PDF/A-3a, tagged), in the look of the other papers.

WeasyPrint takes about 1.7 ms a cell and keeps every box of the table: 1,500 rows of seven columns take 20 seconds.
"""

import json
import subprocess
import sys
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

import pikepdf
from django.conf import settings

from khuyencong.documents.codes import code_text, squares_of

SOURCE = Path(__file__).with_name("annex.typ")
FONTS = settings.BASE_DIR / "static" / "documents" / "fonts"
# More rows than this are set as a file of their own: that many are what a request can wait for (about 4 seconds).
ROWS_IN_PAPER = 300
# Seconds: ten times what 1,500 rows take.
LIMIT = 60
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# In a process of its own: the engine keeps what it has once set, up to hundreds of megabytes.
COMPILE = """
import sys, typst
folder, fonts = sys.argv[1:]
typst.compile(f"{folder}/annex.typ", output=f"{folder}/annex.pdf", root=folder, font_paths=[fonts],
              ignore_system_fonts=True, format="pdf", pdf_standards=["a-3a"])
"""


@dataclass(frozen=True)
class Column:
    """`width` in mm, None takes what is left; `align` left, right or centre."""

    width: int | None = None
    align: str = "left"


@dataclass(frozen=True)
class Head:
    """A cell of the head; `numbers` for the line (1), (2), (3)=(1)+(2)."""

    text: str
    colspan: int = 1
    rowspan: int = 1
    numbers: bool = False


@dataclass(frozen=True)
class Cell:
    text: str
    span: int = 1


@dataclass(frozen=True)
class Row:
    """`style`: "", "leads" (the next row belongs to it), "group", "subtotal" or "total"."""

    cells: list[Cell]
    style: str = ""


@dataclass(frozen=True)
class Annex:
    """A table that is issued beside its paper, of the paper's day.

    `files` [(name, bytes)] are .xlsx sheets kept inside the PDF.
    """

    filename: str
    day: date
    title: str
    author: str
    label: str
    name: str
    attached: str
    columns: list[Column]
    heads: list[list[Head]]
    rows: list[Row]
    unit_line: str = ""
    closing: list[str] = field(default_factory=list)
    foot: str = ""
    draft: bool = False
    files: list[tuple[str, bytes]] = field(default_factory=list)

    def as_draft(self) -> "Annex":
        """The same with BẢN NHÁP across every page and in its file name."""
        return replace(self, filename=f"{self.filename}-ban-nhap", draft=True)

    def print_out(self, code: str = "", first_page: int = 1) -> tuple[bytes, int]:
        """The PDF with the QR of the paper's code on every page, counted from `first_page`, and its number of pages."""
        with pikepdf.open(BytesIO(self.render_pdf())) as annex:
            if code:
                for number, page in enumerate(annex.pages, start=first_page):
                    _stamp(page, code_text(code, number))
            written = BytesIO()
            annex.save(written, deterministic_id=True, fix_metadata_version=False)
            return written.getvalue(), len(annex.pages)

    def render_pdf(self) -> bytes:
        """The annex as PDF/A-3a; the same rows give the same bytes. Raises RuntimeError when it cannot be set."""
        with TemporaryDirectory() as folder:
            folder = Path(folder)
            (folder / "annex.typ").write_bytes(SOURCE.read_bytes())
            (folder / "annex.json").write_text(json.dumps(self._data(), ensure_ascii=False), encoding="utf-8")
            for name, content in self.files:
                (folder / name).write_bytes(content)
            command = [sys.executable, "-c", COMPILE, str(folder), str(FONTS)]
            done = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT, check=False)
            if done.returncode:
                raise RuntimeError(f"Cannot set the annex {self.filename}: {done.stderr.strip()[-500:]}")
            return (folder / "annex.pdf").read_bytes()

    def _data(self):
        data = asdict(self)
        data["day"] = [self.day.year, self.day.month, self.day.day]
        data["files"] = [{"name": name, "mime": XLSX, "description": self.name} for name, _content in self.files]
        return data


def foot_of(context: dict) -> str:
    """What `documents/_running.html` prints at the foot of the pages of a paper with that context."""
    verify = context["verify"]
    check = f"Mã tra cứu: {verify['code']}. Quét mã hoặc vào {verify['address']} để kiểm tra văn bản." if verify else ""
    return "\n".join(filter(None, [context["sample_note"], check]))


def _stamp(page: pikepdf.Page, text: str):
    """Draw a QR where `press` draws it: part of the foot, outside the tagged text; the axes point right and up."""
    _left, _bottom, width, height = (float(edge) for edge in page.mediabox)
    squares = " ".join(
        f"{left:.3f} {height - top - side:.3f} {length:.3f} {side:.3f} re"
        for left, top, length, side in squares_of(text, width, height)
    )
    page.contents_add(b"q", prepend=True)
    page.contents_add(f"Q /Artifact BMC q 0 0 0 rg {squares} f Q EMC".encode())
