"""What is measured, each beside what it is measured against."""

import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from django.contrib.staticfiles import finders
from weasyprint import CSS, HTML
from weasyprint.css.counters import CounterStyle
from weasyprint.text.fonts import FontConfiguration

from bench import piles, readers, sheet_imports, writers
from khuyencong.documents.kinds import DRAFT
from khuyencong.models import User
from programs.models import AnnualPlan, SourceCategory
from projects import documents
from projects.documents import plan as plan_papers
from projects.documents import plan_rows
from projects.documents.plan_annex import plan_annex
from projects.models import HandoverMinutes

# Each is two rows of the table: 1,500 rows.
ANNEX_LINES = 750


@dataclass(frozen=True)
class Measure:
    """`rounds`: fewer than usual where one round takes long; `limit` as a ratio to the peer.

    `ours` and `peer` are timed, unless they return a figure of their own (a float, in `unit`).
    """

    ours: Callable
    peer: Callable
    peer_name: str
    limit: float
    rounds: int = 7
    unit: str = "s"


class Unavailable(Exception):
    """The peer is not on this machine."""


def _minutes():
    """The longest minutes of the demo, and the same HTML given to the engine by itself."""
    minutes = HandoverMinutes.objects.order_by("event", "position").first()
    # The page links the sheet for a browser; the engine gets it parsed, once.
    html = re.sub(r'<link rel="stylesheet"[^>]*>', "", documents.handover_minutes(minutes).render_html())
    folder = f"file://{finders.find('documents/document.css').rsplit('/', 1)[0]}/"

    def peer():
        shared = {"font_config": FontConfiguration(), "counter_style": CounterStyle()}
        sheet = CSS(url=f"{folder}document.css", **shared)
        HTML(string=html, base_url=folder).write_pdf(stylesheets=[sheet], pdf_variant="pdf/a-3a", **shared)

    return Measure(lambda: documents.handover_minutes(minutes).render_pdf(), peer, "bare WeasyPrint, same HTML", 1.15)


def _minutes_word():
    """The same minutes as PDF beside the way through a word processor: at least four times as fast."""
    office = shutil.which("soffice")
    if office is None:
        raise Unavailable("LibreOffice is not installed (apt-get install libreoffice-writer-nogui).")
    minutes = HandoverMinutes.objects.order_by("event", "position").first()
    paper = documents.handover_minutes(minutes)

    def peer():
        with TemporaryDirectory() as folder:
            Path(folder, "minutes.docx").write_bytes(paper.render_docx())
            command = [office, "--headless", f"-env:UserInstallation=file://{folder}/profile", "--convert-to", "pdf"]
            subprocess.run([*command, "--outdir", folder, f"{folder}/minutes.docx"], check=True, capture_output=True)

    return Measure(paper.render_pdf, peer, "docx through LibreOffice", 1 / 4, rounds=3)


def _officer():
    return User.objects.get(username="chuyenvien")


def _report_pdf():
    """A decision with an annex of 1,500 rows: the annex set apart, beside all of it in one WeasyPrint file."""
    plan = AnnualPlan.objects.filter(status="approved").order_by("-year", "pk").first()
    lines = plan_rows.lines_as_decided(plan_rows.approved_snapshot(plan))
    table = plan_papers.table_of([lines[number % len(lines)] for number in range(ANNEX_LINES)], list(SourceCategory))
    paper = documents.plan_decision(plan)
    context = {**paper.context, "table": table}

    def ours():
        replace(paper, context=context).render_pdf()
        plan_annex(paper.filename, context, list(SourceCategory), DRAFT).print_out()

    def peer():
        kept, plan_papers.LINES_IN_DECISION = plan_papers.LINES_IN_DECISION, ANNEX_LINES
        try:
            replace(paper, context=context).render_pdf()
        finally:
            plan_papers.LINES_IN_DECISION = kept

    return Measure(ours, peer, f"one WeasyPrint file, {ANNEX_LINES} lines", 1 / 3, rounds=1)


def _xlsx_export():
    """A list of 100,000 rows, beside the fastest writer that keeps everything a list promises."""
    return Measure(
        lambda: writers.measured("ours", writers.ROWS)[0], lambda: writers.measured("xlsxwriter", writers.ROWS)[0],
        "XlsxWriter, constant memory, bare cells", 1.5, rounds=1,
    )  # fmt: skip


def _xlsx_export_stock():
    rows = writers.STOCK_ROWS
    return Measure(
        lambda: writers.measured("ours", rows)[0], lambda: writers.measured("stock", rows)[0],
        f"django-import-export's own writer, {rows} rows", 1 / 4, rounds=1,
    )  # fmt: skip


def _xlsx_export_memory():
    """What writing 100,000 rows adds to the process."""
    return Measure(
        lambda: writers.measured("ours", writers.ROWS)[1], lambda: 80.0, "80 MB", 1, rounds=1, unit="MB"
    )  # fmt: skip


def _sheet_read():
    """An uploaded sheet looked through, read and recognised, beside the reader that Python offers."""
    rows = readers.READ_ROWS
    return Measure(
        lambda: readers.measured("ours", rows)[0], lambda: readers.measured("openpyxl", rows)[0],
        f"openpyxl, read only, {rows} rows", 1 / 3, rounds=3,
    )  # fmt: skip


def _sheet_read_memory():
    """The most memory that reading 100,000 rows takes, the portal itself included."""
    return Measure(
        lambda: readers.measured("ours", readers.LARGE_ROWS)[1], lambda: 300.0, "300 MB", 1, rounds=1, unit="MB"
    )  # fmt: skip


MAKERS = {
    "minutes_pdf": _minutes,
    "minutes_word": _minutes_word,
    "minutes_batch": lambda: Measure(
        lambda: piles.run_by(2).seconds,
        lambda: piles.run_by(1).seconds,
        f"one worker, {piles.PAPERS} papers, both warm",
        1 / 1.6,
        rounds=1,
    ),
    # The same two runs, whatever else the machine did meanwhile: the busier of the two workers beside the one.
    "minutes_batch_cpu": lambda: Measure(
        lambda: max(piles.run_by(2).cpu), lambda: sum(piles.run_by(1).cpu), "CPU time of one worker", 1 / 1.6, rounds=1
    ),
    "minutes_memory": lambda: Measure(
        lambda: piles.memory()[-1],
        lambda: piles.memory()[0],
        f"MB after {piles.PAPERS} papers, ours after {piles.PAPERS * piles.PILES}",
        1.15,
        rounds=1,
        unit="MB",
    ),
    "xlsx_import": lambda: Measure(*sheet_imports.xlsx_import(), 1 / 8, rounds=1),
    "report_pdf": _report_pdf,
    "xlsx_export": _xlsx_export,
    "xlsx_export_stock": _xlsx_export_stock,
    "xlsx_export_memory": _xlsx_export_memory,
    "sheet_read": _sheet_read,
    "sheet_read_memory": _sheet_read_memory,
}


class _Lazy(dict):
    """Measures made when asked for, so that one name does not pay for all."""

    def __missing__(self, name):
        self[name] = MAKERS[name]()
        return self[name]

    def __contains__(self, name):
        return name in MAKERS

    def __iter__(self):
        return iter(MAKERS)


MEASURES = _Lazy()
