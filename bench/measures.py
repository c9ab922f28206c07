"""What is measured, each beside what it is measured against."""

import io
import re
from collections.abc import Callable
from dataclasses import dataclass

import xlsxwriter
from django.contrib.staticfiles import finders
from django.test import Client
from django.urls import reverse
from weasyprint import CSS, HTML
from weasyprint.css.counters import CounterStyle
from weasyprint.text.fonts import FontConfiguration

from khuyencong.models import User
from khuyencong.xlsx import Column, SheetExporter
from projects import documents
from projects.models import HandoverMinutes, Project

XLSX_ROWS = 20_000
XLSX_COLUMNS = 20


@dataclass(frozen=True)
class Measure:
    ours: Callable
    peer: Callable
    peer_name: str
    limit: float


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


def _client(username):
    client = Client(headers={"Host": "127.0.0.1"})
    client.force_login(User.objects.get(username=username))
    return client


def _list_page():
    admin = _client("quantri")
    ours, peer = reverse("projects:list"), reverse("admin:projects_project_changelist")
    return Measure(lambda: admin.get(ours), lambda: admin.get(peer), "admin changelist of the same rows", 1.5)


def _search():
    leader = User.objects.get(username="lanhdao")
    projects = Project.objects.visible_to(leader)
    return Measure(
        lambda: list(projects.matching("may say")[:50]),
        lambda: list(projects.filter(name__icontains="máy sấy")[:50]),
        "icontains on the name",
        8,
    )


def _xlsx_export():
    rows = [
        [f"Tên đề án số {number}"] * (XLSX_COLUMNS // 2) + [number * 1_000_000] * (XLSX_COLUMNS // 2)
        for number in range(XLSX_ROWS)
    ]

    class Exporter(SheetExporter):
        title, filename, numbered = "Đo tốc độ", "do", False
        columns = tuple(
            Column(f"Cột {index}", lambda row, index=index: row[index], "text" if index < XLSX_COLUMNS // 2 else "vnd")
            for index in range(XLSX_COLUMNS)
        )

    def peer():
        workbook = xlsxwriter.Workbook(io.BytesIO(), {"constant_memory": True, "in_memory": False})
        sheet = workbook.add_worksheet()
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
        workbook.close()

    return Measure(lambda: Exporter(iter(rows)).write(io.BytesIO()), peer, "XlsxWriter, bare cells", 1.5)


MAKERS = {"minutes_pdf": _minutes, "list_page": _list_page, "search": _search, "xlsx_export": _xlsx_export}


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
