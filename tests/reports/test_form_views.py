"""Official forms filled for a record, the settings page of their workbooks, and sums as LibreOffice reckons them."""

import io
import re
import shutil
import subprocess
import zipfile

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import QueryDict
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from khuyencong.exports.form_defaults import default_book
from khuyencong.exports.form_filling import fill
from khuyencong.models import FormTemplate, Role
from projects.final_accounts import support_vouchers
from reports.exporters import PlanExporter, grouped
from reports.form_kinds import FORMS, REGISTRATION, VOUCHERS, YEARS
from reports.jobs import exporter_of
from reports.lists import for_export
from tests import stories
from tests.factories import UserFactory, thai_nguyen
from tests.projects.settlements import due_contract, put_up
from tests.reports.evaluation_reports import evaluation_of

OFFICE = shutil.which("soffice")


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def plan(house):
    plan = stories.draft_plan(house, budgets={"KCDP": 900_000_000})
    for support in (300_000_000, 100_000_000):
        stories.planned_project(house, plan, support=support)
    return plan


@pytest.fixture
def settlement(house):
    return put_up(due_contract(house), house)


def book_of(response):
    return openpyxl.load_workbook(io.BytesIO(response.getvalue()))


def texts_of(sheet):
    return [cell.value for row in sheet.iter_rows() for cell in row if cell.value is not None]


def test_registration_of_a_plan_holds_its_lines(client, house, plan):
    client.force_login(house.viewer)
    texts = texts_of(book_of(client.get(f"/bieu-mau/mau-2/{plan.pk}/")).active)
    for project in plan.projects.all():
        assert f"{project.name} ({project.code})" in texts
    assert {str(plan), 300_000_000, 100_000_000} <= set(texts)
    assertContains(client.get(plan.get_absolute_url()), f"/bieu-mau/mau-2/{plan.pk}/")


def test_voucher_list_holds_what_the_dossier_lists(client, house, settlement):
    client.force_login(house.viewer)
    texts = texts_of(book_of(client.get(f"/bieu-mau/mau-8/{settlement.pk}/")).active)
    listed = support_vouchers(list(settlement.vouchers.select_related("source")))
    assert listed.vouchers
    for voucher in listed.vouchers:
        assert {voucher.number, voucher.amount} <= set(texts)
    assertContains(client.get(f"/hop-dong/{settlement.contract_id}/quyet-toan/"), f"/bieu-mau/mau-8/{settlement.pk}/")


def test_annex_of_an_evaluation_holds_a_row_a_year(client, house, plan):
    report = evaluation_of(house, plan.program)
    client.force_login(house.viewer)
    texts = texts_of(book_of(client.get(f"/bieu-mau/phu-luc-danh-gia/{report.pk}/")).active)
    assert "Năm 2026" in texts


def test_strangers_and_unknown_forms_find_nothing(client, house, plan):
    client.force_login(house.viewer)
    assert client.get(f"/bieu-mau/la/{plan.pk}/").status_code == 404
    assert client.get("/mau-van-ban/tep-mau/cua-cong/la/").status_code == 404
    client.force_login(stories.make_house(thai_nguyen(), "Thái Nguyên").director)
    assert client.get(f"/bieu-mau/mau-2/{plan.pk}/").status_code == 404
    assert client.get(f"/mau-van-ban/tep-mau/co-quan/{house.centre.pk}/").status_code == 404


@pytest.mark.parametrize("key", FORMS)
def test_workbook_of_the_portal_is_there_for_everyone(client, house, key):
    client.force_login(house.viewer)
    assert book_of(client.get(f"/mau-van-ban/tep-mau/cua-cong/{key}/")).defined_names


def test_administrator_puts_a_workbook_in_and_back_out(client, house, plan):
    admin = UserFactory(organisation=house.department, role=Role.ADMIN, is_staff=True)
    client.force_login(admin)
    book = openpyxl.load_workbook(io.BytesIO(default_book(REGISTRATION)))
    book.active["A2"] = "BIỂU CỦA TỈNH"
    stream = io.BytesIO()
    book.save(stream)
    page = f"/mau-van-ban/tep-mau/co-quan/{plan.owner_id}/"
    data = {"kind": "mau-2", "mau-2-valid_from": "01/01/2026", "mau-2-note": "thử"}
    data["mau-2-file"] = SimpleUploadedFile("tinh.xlsx", stream.getvalue())
    assertRedirects(client.post(page, data), page)
    template = FormTemplate.objects.get()
    assertContains(client.get(page), "tinh.xlsx")
    assert "BIỂU CỦA TỈNH" in texts_of(book_of(client.get(f"/bieu-mau/mau-2/{plan.pk}/")).active)
    assert client.get(f"/mau-van-ban/tep-mau/{template.pk}/tep/").getvalue() == stream.getvalue()
    assertRedirects(client.post(f"/mau-van-ban/tep-mau/{template.pk}/thoi-dung/"), page)
    assert "BIỂU CỦA TỈNH" not in texts_of(book_of(client.get(f"/bieu-mau/mau-2/{plan.pk}/")).active)


def test_bad_workbook_is_refused_on_its_page_and_others_have_no_form(client, house):
    page = f"/mau-van-ban/tep-mau/co-quan/{house.centre.pk}/"
    data = {"kind": "mau-2", "mau-2-valid_from": "01/01/2026"}
    stream = io.BytesIO()
    openpyxl.Workbook().save(stream)
    client.force_login(house.officer)
    assertNotContains(client.get(page), "Kiểm tra và đưa vào dùng")
    upload = SimpleUploadedFile("tinh.xlsx", stream.getvalue())
    assert client.post(page, data | {"mau-2-file": upload}).status_code == 403
    client.force_login(UserFactory(organisation=house.department, role=Role.ADMIN, is_staff=True))
    upload = SimpleUploadedFile("tinh.xlsx", stream.getvalue())
    assertContains(client.post(page, data | {"mau-2-file": upload}), "Thiếu ô mang tên")
    assert not FormTemplate.objects.exists()


# Sums as another program reckons them


def without_results(content):
    """The file with every stored result of a formula taken out, so that whoever opens it has to reckon."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as parts, zipfile.ZipFile(out, "w") as kept:
        for name in parts.namelist():
            data = parts.read(name)
            if name.startswith("xl/worksheets/"):
                data = re.sub(rb"(</f>)<v>[^<]*</v>", rb"\1", data)
            kept.writestr(name, data)
    return out.getvalue()


def reckoned(files, folder):
    """{name: sheet} of files as LibreOffice opened, reckoned and saved them, in one run."""
    for name, content in files.items():
        (folder / f"{name}.xlsx").write_bytes(without_results(content))
    command = [OFFICE, "--headless", f"-env:UserInstallation=file://{folder}/profile", "--convert-to", "xlsx",
               "--outdir", folder / "out", *(folder / f"{name}.xlsx" for name in files)]  # fmt: skip
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    return {name: openpyxl.load_workbook(folder / "out" / f"{name}.xlsx", data_only=True).active for name in files}


def results_of(content):
    """{cell: stored result} of the formulas of a file as we wrote it."""
    formulas = openpyxl.load_workbook(io.BytesIO(content)).active
    values = openpyxl.load_workbook(io.BytesIO(content), data_only=True).active
    cells = [cell.coordinate for row in formulas.iter_rows() for cell in row if str(cell.value).startswith("=")]
    return {cell: values[cell].value for cell in cells if isinstance(formulas[cell].value, str)}


def written(exporter):
    stream = io.BytesIO()
    exporter.write(stream)
    return stream.getvalue()


@pytest.mark.skipif(not OFFICE, reason="LibreOffice is not installed")
def test_libreoffice_reckons_every_family_of_files_as_we_do(house, plan, settlement, tmp_path):
    lists = {
        kind: written(exporter_of(kind, house.officer, QueryDict(query))[0])
        for kind, query in [
            ("projects", "cot=tong-du-toan,ten-de-an-nhiem-vu,kinh-phi-kcdp"), ("plans", ""), ("contracts", ""),
            ("facilities", ""), ("handovers", ""), ("programs", ""),
        ]
    }  # fmt: skip
    projects = list(for_export(plan.projects.order_by("code")))
    for project in projects:
        project.over_norm = []
    lists["groups"] = written(PlanExporter(grouped(projects), organisation="Sở"))
    report = evaluation_of(house, plan.program)
    forms = {
        kind.key: fill(default_book(kind), kind, *kind.filled(record))
        for kind, record in ((REGISTRATION, plan), (VOUCHERS, settlement), (YEARS, report))
    }
    sheets = reckoned(lists | forms, tmp_path)
    compared = 0
    for name, content in lists.items():
        for cell, value in results_of(content).items():
            assert sheets[name][cell].value == value, (name, cell)
            compared += 1
    assert compared > 15

    total = {key: texts_of_last_row(sheets[key]) for key in forms}
    assert 400_000_000 in total["mau-2"]
    assert sum(voucher.amount for voucher in settlement.vouchers.all() if voucher.source.is_support) in total["mau-8"]


def texts_of_last_row(sheet):
    """The cells of the line “Tổng cộng”."""
    line = next(row for row in sheet.iter_rows(values_only=True) if "Tổng cộng" in row)
    return [value for value in line if value is not None]
