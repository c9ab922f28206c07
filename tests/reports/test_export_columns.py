"""Columns that a person picks for a list, their order, and the file that follows them."""

import io

import openpyxl
import pytest
from django.http import QueryDict
from pytest_django.asserts import assertContains, assertRedirects

from beneficiaries.exporters import FacilityListExporter
from khuyencong.exports import columns as chosen
from khuyencong.models import ColumnChoice, Job, JobStatus
from khuyencong.xlsx import Column
from reports import exporters, jobs
from reports.export_views import LISTS
from tests import stories
from tests.factories import FacilityFactory

PAGE = "/xuat-excel/chon-cot/facilities/"
FILE = "/co-so/xuat-excel/"
COLUMNS = (Column("Tên", str), Column("Năm", str, "year", group="Giai đoạn"), Column("Ẩn", str, is_default=False))


@pytest.fixture
def officer(client, house):
    FacilityFactory(owner=house.centre, created_by=house.officer, name="Cơ sở Dừa", tax_code=None)
    client.force_login(house.officer)
    return client


def table_of(client, url):
    """Heads and rows of a file whose head takes one line."""
    lines = list(openpyxl.load_workbook(io.BytesIO(client.get(url).getvalue())).active.values)
    top = next(number for number, line in enumerate(lines) if line[0] == "STT")
    return list(lines[top]), lines[top + 1 :]


def heads_of(client, query=""):
    return table_of(client, f"{FILE}{query}")[0][1:]


def test_column_has_a_key_of_its_own_words():
    assert [column.key for column in COLUMNS] == ["ten", "giai-doan-nam", "an"]
    assert chosen.default_keys(COLUMNS) == ["ten", "giai-doan-nam"]


def test_no_two_columns_of_a_list_share_a_key():
    for exporter in [FacilityListExporter, *(value for value in vars(exporters).values() if hasattr(value, "columns"))]:
        keys = [column.key for column in exporter.columns]
        assert len(set(keys)) == len(keys), exporter


@pytest.mark.parametrize(
    ("keys", "key", "by", "after"),
    [("abc", "b", -1, "bac"), ("abc", "b", 1, "acb"), ("abc", "a", -1, "abc"), ("abc", "x", 1, "abc")],
)
def test_moved_keeps_every_key(keys, key, by, after):
    assert "".join(chosen.moved(keys, key, by)) == after


def test_address_goes_before_saved_choice_and_unknown_keys_are_passed_over(db, house):
    ColumnChoice.objects.create(user=house.officer, kind="toy", columns=["an", "gone"])
    assert chosen.keys_for(house.officer, "toy", COLUMNS, QueryDict("")) == ["an"]
    assert chosen.keys_for(house.officer, "toy", COLUMNS, QueryDict("cot=ten,x,ten")) == ["ten"]
    assert chosen.keys_for(house.viewer, "toy", COLUMNS, QueryDict("cot=x")) == ["ten", "giai-doan-nam"]


def test_saved_columns_make_the_file_in_their_order(officer):
    page = officer.get(f"{PAGE}?q=dua")
    assertContains(page, "Hình thức pháp lý")
    data = {"order": ["ghi-chu", "ten-co-so", "ma-so-thue"], "chosen": ["ten-co-so", "ghi-chu"], "act": "save"}
    assertRedirects(officer.post(f"{PAGE}?q=dua", data), "/co-so/?q=dua")
    assert heads_of(officer) == ["Ghi chú", "Tên cơ sở"]
    assert ColumnChoice.objects.get().columns == ["ghi-chu", "ten-co-so"]
    officer.post(PAGE, {"act": "reset"})
    assert not ColumnChoice.objects.exists()
    assert heads_of(officer)[0] == "Tên cơ sở"


def test_order_is_changed_by_plain_buttons_and_saved_only_when_said(officer):
    data = {"order": ["ten-co-so", "ma-so-thue", "dien-thoai"], "chosen": ["ma-so-thue"], "act": "up:dien-thoai"}
    page = officer.post(PAGE, data)
    assert [row.key for row in page.context["rows"]] == ["ten-co-so", "dien-thoai", "ma-so-thue"]
    assert [row.key for row in page.context["rows"] if row.is_chosen] == ["ma-so-thue"]
    assert not ColumnChoice.objects.exists()


def test_no_column_at_all_is_told(officer):
    assertContains(officer.post(PAGE, {"order": ["ten-co-so"], "act": "save"}), "chọn ít nhất một cột")


def test_save_and_export_leads_to_the_file_with_the_filter(officer):
    data = {"order": ["ten-co-so"], "chosen": ["ten-co-so"], "act": "export"}
    assertRedirects(officer.post(f"{PAGE}?q=dua&cot=x", data), f"{FILE}?q=dua", fetch_redirect_response=False)
    assert heads_of(officer, "?q=dua") == ["Tên cơ sở"]


def test_link_of_a_choice_works_for_another_person_who_has_none(client, officer, house):
    client.force_login(house.viewer)
    assert heads_of(client, "?cot=dien-thoai,ten-co-so") == ["Điện thoại", "Tên cơ sở"]
    page = client.get(f"{PAGE}?cot=dien-thoai,ten-co-so")
    assert [row.key for row in page.context["rows"] if row.is_chosen] == ["dien-thoai", "ten-co-so"]
    assert not ColumnChoice.objects.exists()


def test_waiting_file_keeps_the_columns_of_when_it_was_asked_for(
    officer, house, settings, tmp_path, django_capture_on_commit_callbacks
):
    settings.MEDIA_ROOT = tmp_path
    chosen.save_keys(house.officer, "facilities", jobs.EXPORTS["facilities"](house.officer, QueryDict())[0].known,
                     ["dien-thoai", "ten-co-so"])  # fmt: skip
    with django_capture_on_commit_callbacks() as left_over:
        job = jobs.start_export("facilities", by=house.officer, query="")
    ColumnChoice.objects.all().delete()
    left_over[0]()
    job.refresh_from_db()
    assert (job.status, job.params["query"]) == (JobStatus.DONE, "cot=dien-thoai%2Cten-co-so")
    assert Job.objects.count() == 1


@pytest.mark.parametrize("kind", sorted(set(LISTS) - {"timeline", "figure_rows"}))
def test_every_list_has_its_page_of_columns(officer, kind):
    page = officer.get(f"/xuat-excel/chon-cot/{kind}/")
    assert any(row.is_chosen for row in page.context["rows"])
    assertContains(officer.get(page.context["list_url"]), "")


def test_unknown_list_has_no_page(officer):
    assert officer.get("/xuat-excel/chon-cot/la/").status_code == 404


def test_timeline_goes_out_with_its_record(officer, house):
    project = stories.draft_project(house, stories.draft_plan(house))
    page = officer.get(f"/xuat-excel/chon-cot/timeline/?ho-so=de-an&so={project.pk}")
    assert page.context["list_url"] == f"/lich-su/de-an/{project.pk}/"
    heads, rows = table_of(officer, f"/lich-su/de-an/{project.pk}/xuat-excel/?cot=viec,nguoi-thuc-hien")
    assert heads == ["STT", "Việc", "Người thực hiện"]
    assert "Lập đề án" in {row[1] for row in rows}
    assertContains(officer.get(f"/lich-su/de-an/{project.pk}/"), f"/lich-su/de-an/{project.pk}/xuat-excel/")
