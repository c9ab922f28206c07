"""The workbook of an evaluation: the figures of the tables, sums that another program adds up again."""

import shutil
import subprocess
from datetime import date
from io import BytesIO

import openpyxl
import pytest
from django.urls import reverse

from khuyencong.jobs import make_file
from khuyencong.models import Job, JobStatus
from projects import services
from reports import jobs
from reports.evaluation import workbook
from reports.evaluation.content import selection_of
from reports.evaluation.figures import PERCENT, VND, Column, Figure, Table, TableRow
from reports.evaluation.tables import all_tables
from reports.models import Basis
from tests import stories
from tests.factories import thai_nguyen
from tests.reports.evaluation_reports import evaluation_of

pytestmark = pytest.mark.django_db


@pytest.fixture(params=Basis.values)
def report(request, house):
    """One project accepted, one paid in part, one stopped; by plan year and by day."""
    plan = stories.draft_plan(house, budgets={"KCDP": 5_000_000_000})
    projects = [stories.planned_project(house, plan) for _number in range(3)]
    services.submit_plan(plan, by=house.reviewer)
    stories.approve(house, plan)
    for project in projects:
        project.refresh_from_db()
    services.start_project(projects[0], by=house.officer)
    services.accept_project(projects[0], by=house.director, number="01/BBNT", accepted_on=date(2026, 11, 1))
    stop = stories.submitted_amendment(house, projects[2], "stop")
    stories.decide_amendment(house, stop, on=date(2026, 9, 1))
    plan.program.refresh_from_db()
    return evaluation_of(house, plan.program, basis=request.param)


def book_of(report, reader, **kwargs):
    stream = BytesIO()
    workbook.write(report, reader, stream)
    return openpyxl.load_workbook(stream, **kwargs)


def figures_of(sheet):
    """{label of the first column: values of its row} below the heads."""
    return {row[0]: list(row[1:]) for row in sheet.iter_rows(min_row=4, values_only=True) if row[0]}


def differences(table, sheet):
    """[(row, column, figure, value of the cell)] where the sheet says something else than the table."""
    first = sheet.max_row - len(table.rows) - (2 if table.note else 0)
    cells = sheet.iter_rows(min_row=first + 1, max_row=first + len(table.rows), values_only=True)
    found = []
    for row, (label, *values) in zip(table.rows, cells, strict=True):
        told = [row.label, *(None if figure.value == "" else _plain(figure.value) for figure in row.figures)]
        heads = [table.head, *(column.key for column in table.columns)]
        pairs = zip(heads, told, [label, *values], strict=False)
        found += [(row.key, head, figure, value) for head, figure, value in pairs if figure != value]
    return found


def _plain(value):
    return value if value is None or isinstance(value, str | int) else float(value)


def recalculated(report, reader, folder):
    """The workbook opened, reckoned anew and saved by LibreOffice."""
    path = folder / "book.xlsx"
    with path.open("wb") as stream:
        workbook.write(report, reader, stream)
    out = folder / "out"
    command = [
        "soffice", "--headless", f"-env:UserInstallation=file://{folder}/profile", "--convert-to", "xlsx", "--outdir",
        out, path,
    ]  # fmt: skip
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    return openpyxl.load_workbook(out / "book.xlsx", data_only=True)


def test_every_figure_of_every_table_stands_in_its_sheet(house, report):
    book = book_of(report, house.viewer, data_only=True)
    tables = all_tables(selection_of(report))
    assert book.sheetnames == ["Phạm vi", *(f"Bảng {number}" for number in range(1, 12)), "Đề án"]
    for table in tables.values():
        assert differences(table, book[workbook.sheet_name(table)]) == []


def test_totals_are_sums_of_their_rows(house, report):
    book = book_of(report, house.viewer)
    formulas = {
        sheet.title: [cell.value for row in sheet.iter_rows() for cell in row if str(cell.value).startswith("=")]
        for sheet in book
    }
    # Money and counts of content add up; facilities, counted once, need not.
    assert {"=SUM(B7:B16)", "=SUM(J7:J16)"} <= set(formulas["Bảng 3"])
    assert any(formula.startswith("=SUM(") for formula in formulas["Bảng 2"])
    assert formulas["Phạm vi"] == []


def test_first_sheet_says_what_was_chosen(house, report):
    told = figures_of(book_of(report, house.viewer)["Phạm vi"])
    assert told["Thời gian"][0].startswith("từ 01/01/2026 đến 31/12/2026, tính theo ")
    assert told["Bảng 2"] == ["Kinh phí theo nguồn và năm"]


def test_projects_add_up_to_the_tables(house, report):
    book = book_of(report, house.viewer, data_only=True)
    sheet = book["Đề án"]
    rows = [row for row in sheet.iter_rows(values_only=True) if isinstance(row[0], int)]
    heads = next(number for number, row in enumerate(sheet.iter_rows(values_only=True), 1) if row[0] == "STT")
    groups, names = (list(row) for row in sheet.iter_rows(min_row=heads, max_row=heads + 1, values_only=True))
    for at in range(1, len(groups)):
        groups[at] = groups[at] or groups[at - 1]

    def added(group, name):
        return sum(row[at] for at in range(len(names)) if (groups[at], names[at]) == (group, name) for row in rows)

    tables = all_tables(selection_of(report))
    total = tables["T4"].row("total")
    counts = [added("Đếm (1: có)", name) for name in workbook.STATES.values()]
    assert counts == [figure.value for figure in total.figures[1:5]]
    assert counts == [3, 1, 0, 1]
    done = {row.key: row.figures[-2].value for row in tables["T2"].rows}
    assert added("Thực hiện (nghiệm thu)", "KCĐP") == done["KCDP"]
    assert added("Thực hiện (nghiệm thu)", "Đối ứng") == done["COUNTERPART"]
    assert added("Được duyệt", "KCĐP") == tables["T4"].figure("total", "approved").value
    assert done["KCDP"] > 0


@pytest.mark.skipif(not shutil.which("soffice"), reason="LibreOffice is not installed")
@pytest.mark.parametrize("report", [Basis.PLAN_YEAR], indirect=True)
def test_another_program_reckons_the_same(house, report, tmp_path):
    book = recalculated(report, house.viewer, tmp_path)
    for table in all_tables(selection_of(report)).values():
        assert differences(table, book[workbook.sheet_name(table)]) == []


def test_number_that_its_rows_do_not_add_up_to_is_no_sum():
    columns = (Column("facilities", "Cơ sở"), Column("total", "Tổng", VND), Column("percent", "%", PERCENT))
    rows = [
        TableRow(key, key, (Figure(facilities), Figure(money, VND), Figure(money, PERCENT)), style)
        for key, facilities, money, style in (("a", 2, 5, ""), ("b", 2, 6, ""), ("total", 3, 11, "total"))
    ]
    table = Table("T3", "T", "H", columns, tuple(rows))
    sheet = workbook.TableSheet(None, None, table, None)
    parts = workbook.parts_of(table)["total"]
    added = [sheet._added(figure, at, parts) for at, figure in enumerate(rows[-1].figures, 1)]
    assert added == [[], ["a", "b"], []]


@pytest.mark.parametrize(
    ("lines", "formula"), [([], ""), ([4, 5, 6], "=SUM(B5:B7)"), ([4, 9], "=SUM(B5,B10)"), (list(range(0, 999, 3)), "")]
)
def test_sum_names_a_stretch_or_single_cells(lines, formula):
    assert workbook._sum_of(lines, 1) == formula


def test_text_that_looks_like_a_formula_stays_text(house, report):
    report.program.name = "=1+1"
    report.program.save()
    sheet = book_of(report, house.viewer)["Phạm vi"]
    [cell] = [cell for cell in sheet["B"] if cell.value == "=1+1"]
    assert (cell.data_type, cell.number_format) == ("s", "@")


@pytest.mark.parametrize("report", [Basis.PLAN_YEAR], indirect=True)
def test_a_short_workbook_comes_at_once_a_long_one_by_the_worker(client, house, report, settings, monkeypatch):
    client.force_login(house.viewer)
    address = reverse("evaluation_excel", args=[report.pk])
    answer = client.get(address)
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="danh-gia-')
    assert openpyxl.load_workbook(BytesIO(answer.getvalue())).sheetnames[0] == "Phạm vi"
    settings.EXPORT_ROWS_AT_ONCE = 2
    page = client.get(address).content.decode()
    assert "Ghi 3 dòng" in page
    client.post(address)
    job = Job.objects.get(kind="evaluation_workbook")
    make_file(job.pk, jobs._write_workbook)
    job.refresh_from_db()
    assert (job.status, job.total_count) == (JobStatus.DONE, 3)
    with job.file.open() as stream:
        assert openpyxl.load_workbook(stream).sheetnames[-1] == "Đề án"


@pytest.mark.parametrize("report", [Basis.PLAN_YEAR], indirect=True)
def test_report_of_another_province_has_no_workbook(client, report):
    client.force_login(stories.make_house(thai_nguyen(), name="Thái Nguyên").viewer)
    assert client.get(reverse("evaluation_excel", args=[report.pk])).status_code == 404
