"""A decision on a long plan: its annex is a file of its own, issued, checked and printed with it."""

import hashlib
import io
import re

import pypdfium2
import pytest
import zxingcpp
from openpyxl import load_workbook
from pypdf import PdfReader
from pytest_django.asserts import assertContains

from khuyencong.documents.issuing import issue
from khuyencong.documents.kinds import DRAFT
from khuyencong.models import StoredFile
from projects import services
from projects.documents import PLAN_DECISION, plan_decision
from projects.models import Project
from tests import stories
from tests.factories import FacilityFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def plan(monkeypatch, settings, tmp_path):
    """An approved plan of three lines, more than its decision may hold here."""
    settings.MEDIA_ROOT = tmp_path
    monkeypatch.setattr("projects.documents.plan.LINES_IN_DECISION", 2)
    house = stories.make_house()
    plan = stories.draft_plan(house)
    for number in range(3):
        facility = FacilityFactory(created_by=house.officer, name=f"Cơ sở Kẹo dừa {number}")
        stories.planned_project(house, plan, support=100_000_000 + number, facility=facility)
    services.submit_plan(plan, by=house.reviewer)
    stories.approve(house, plan)
    plan.refresh_from_db()
    plan.house = house
    return plan


def texts(pdf):
    return [re.sub(r"\s+", " ", page.extract_text()) for page in PdfReader(io.BytesIO(pdf)).pages]


def qr_of_page(pdf, index):
    with pypdfium2.PdfDocument(pdf) as document:
        picture = document[index].render(scale=150 / 72, grayscale=True).to_pil()
    (found,) = zxingcpp.read_barcodes(picture)
    return found.text


def test_decision_names_the_annex_and_leaves_it_to_its_file(plan):
    document = plan_decision(plan)
    (annex,) = document.annexes
    main, apart = " ".join(texts(document.render_pdf())), " ".join(texts(annex.print_out()[0]))
    assert "(3 dòng, lập thành tệp riêng)" in main
    assert "Cơ sở Kẹo dừa 1" not in main
    for number in range(3):
        assert f"Cơ sở Kẹo dừa {number}" in apart
    assert "Tổng kinh phí: 1.320.000.003 đồng" in apart
    assert annex.filename.endswith("_phu-luc-ban-nhap")
    assert [row.style for row in annex.rows] == ["group", *["leads", ""] * 3, "total"]


def test_sheet_inside_the_annex_holds_the_same_figures(plan):
    (annex,) = plan_decision(plan).annexes
    pdf = annex.print_out()[0]
    ((name, (content,)),) = PdfReader(io.BytesIO(pdf)).attachments.items()
    assert name == f"{annex.filename.removesuffix('-ban-nhap')}.xlsx"
    sheet = load_workbook(io.BytesIO(content), data_only=True).active
    cells = [[cell.value for cell in row] for row in sheet.iter_rows()]
    (head,) = [row for row in cells if row[0] == "STT"]
    at = head.index("Kinh phí")
    totals = [row[at] for row in cells if row[0] == "Tổng cộng" or row[1] == "Tổng cộng"]
    assert totals == [Project.objects.totals()["total_amount"]] == [1_320_000_003]
    assert sum(bool(row[1]) and "(KC" in str(row[1]) for row in cells) == 3


def test_same_plan_gives_the_same_bytes(plan):
    first, second = (plan_decision(plan).annexes[0].print_out("7K4MPQ6XTC", 3)[0] for _ in range(2))
    assert hashlib.sha256(first).hexdigest() == hashlib.sha256(second).hexdigest()


def test_issued_annex_is_kept_checked_and_printed_with_its_decision(plan, client):
    document = issue(PLAN_DECISION, plan, plan.house.reviewer)
    (kept,) = document.attachments
    stored = StoredFile.objects.get(pk=kept["file"])
    with stored.file.open() as stream:
        pdf = stream.read()
    assert hashlib.sha256(pdf).hexdigest() == kept["sha256"] == stored.sha256
    reader = PdfReader(io.BytesIO(pdf))
    assert len(reader.pages) == kept["pages"]
    with document.file.file.open() as stream:
        main_pages = len(PdfReader(io.BytesIO(stream.read())).pages)
    assert document.page_count == main_pages + kept["pages"]
    for number in range(kept["pages"]):
        assert qr_of_page(pdf, number).endswith(f"/KT/{document.code}/{main_pages + number + 1}")
    packet = reader.trailer["/Root"]["/Metadata"].get_data().decode()
    assert "<pdfaid:part>3</pdfaid:part><pdfaid:conformance>A</pdfaid:conformance>" in packet
    client.force_login(plan.house.viewer)
    page = client.get(document.get_absolute_url())
    assertContains(page, kept["sha256"])
    fetched = client.get(f"/van-ban/{document.pk}/pdf/?phu-luc=1")
    assert fetched.content == pdf
    assert client.get(f"/van-ban/{document.pk}/pdf/?phu-luc=2").status_code == 404
    client.logout()
    assertContains(client.get(f"/kiem-tra/{document.code}/"), kept["sha256"])


def test_draft_annex_is_looked_at_before_issuing(plan, client):
    client.force_login(plan.house.reviewer)
    address = f"/van-ban/lap/plan_decision/{plan.pk}/"
    built = PLAN_DECISION.build
    try:
        object.__setattr__(PLAN_DECISION, "build", None)  # the page counts the lines instead of building the paper
        assertContains(client.get(address), f"{address}pdf/?phu-luc=1")
    finally:
        object.__setattr__(PLAN_DECISION, "build", built)
    draft = client.get(f"{address}pdf/?phu-luc=1")
    assert "BẢN NHÁP" in texts(draft.content)[0]
    assert plan_decision(plan, DRAFT).annexes[0].draft
    assert client.get(f"{address}pdf/?phu-luc=9").status_code == 404
