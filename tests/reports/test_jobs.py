import io
from datetime import timedelta
from pathlib import Path

import openpyxl
import pytest
from django.http import QueryDict
from django.utils import timezone
from pytest_django.asserts import assertContains, assertRedirects

from khuyencong.jobs import drop_expired
from khuyencong.models import Job, JobStatus
from reports import jobs
from tests.factories import FacilityFactory, commune_of, thai_nguyen
from tests.reports.evaluation_reports import evaluation_of

URL = "/co-so/xuat-excel/?q=lo gom"


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def officer(client, house, settings):
    """An officer for whom two rows are a long list, three facilities in the register."""
    settings.EXPORT_ROWS_AT_ONCE = 2
    for number in range(3):
        FacilityFactory(name=f"Lò gốm {number}", created_by=house.officer)
    client.force_login(house.officer)
    return client


@pytest.fixture
def job(officer, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        officer.post(URL)
    return Job.objects.get()


def test_short_list_comes_at_once(officer, settings):
    settings.EXPORT_ROWS_AT_ONCE = 3
    assert officer.get(URL).getvalue()[:2] == b"PK"
    assert not Job.objects.exists()


def test_long_list_asks_first_and_reading_writes_nothing(officer):
    assertContains(officer.get(URL), "Ghi 3 dòng")
    assert not Job.objects.exists()


def test_long_list_is_written_by_the_worker(officer, job):
    assert (job.status, job.total_count, job.done_count, job.kind) == (JobStatus.DONE, 3, 3, "facilities")
    response = officer.get(job.get_absolute_url())
    assertContains(response, "Đã ghi 3 dòng.")
    book = openpyxl.load_workbook(io.BytesIO(officer.get(f"{job.get_absolute_url()}tep/").getvalue()))
    names = [line[1] for line in book.active.values if str(line[1]).startswith("Lò gốm")]
    assert names == ["Lò gốm 0", "Lò gốm 1", "Lò gốm 2"]


def test_posting_leads_to_the_job(officer):
    response = officer.post(URL)
    assertRedirects(response, Job.objects.get().get_absolute_url())


def test_job_that_waits_says_so_and_asks_again(officer):
    officer.post(URL)
    page = officer.get(Job.objects.get().get_absolute_url())
    assertContains(page, "Đang chờ")
    assertContains(page, 'hx-trigger="every 2s"')
    part = officer.get(Job.objects.get().get_absolute_url(), headers={"HX-Request": "true"})
    assert part.text.strip().startswith('<section class="section narrow" id="job"')


def test_job_and_its_file_are_of_the_one_who_asked(client, house, job):
    client.force_login(house.second_officer)
    assert client.get(job.get_absolute_url()).status_code == 404
    assert client.get(f"{job.get_absolute_url()}tep/").status_code == 404


def test_job_run_twice_works_once(job):
    first = job.finished_at
    jobs.run_export.enqueue(job.pk)
    job.refresh_from_db()
    assert job.finished_at == first


def test_job_that_fails_says_so_and_leaves_no_file(officer, house, settings):
    job = Job.objects.create(kind="facilities", title="Xuất", params={"query": ""}, requested_by=house.officer)
    settings.MEDIA_ROOT = Path("/dev/null/nowhere")
    jobs.run_export.enqueue(job.pk)
    job.refresh_from_db()
    assert (job.status, job.file.name) == (JobStatus.FAILED, "")
    assertContains(officer.get(job.get_absolute_url()), "Không ghi được tệp.")
    assert officer.get(f"{job.get_absolute_url()}tep/").status_code == 404


def test_file_goes_after_a_week_and_says_so(officer, job):
    path = Path(job.file.path)
    assert path.exists()
    Job.objects.update(expires_at=timezone.now() - timedelta(minutes=1))
    drop_expired()
    assert not path.exists()
    assertContains(officer.get(job.get_absolute_url()), "Tệp đã hết hạn")
    assert officer.get(f"{job.get_absolute_url()}tep/").status_code == 404


def test_file_holds_what_the_person_may_see(client, house, officer, job):
    FacilityFactory(name="Lò gốm Tân Cương", unit=commune_of(thai_nguyen()))
    exporter, count = jobs.EXPORTS[job.kind](house.officer, QueryDict(job.params["query"]))
    assert (count, [row.name for row in exporter.rows]) == (3, ["Lò gốm 0", "Lò gốm 1", "Lò gốm 2"])


def test_draft_pdf_of_a_report_is_made_by_the_worker(client, house, django_capture_on_commit_callbacks):
    report = evaluation_of(house)
    client.force_login(house.viewer)
    with django_capture_on_commit_callbacks(execute=True):
        assertRedirects(client.post(f"/danh-gia/{report.pk}/pdf/"), Job.objects.get().get_absolute_url())
    job = Job.objects.get()
    assert (job.status, job.done_count, job.noun) == (JobStatus.DONE, 2, "bước")
    assert b"".join(client.get(f"/viec-nen/{job.pk}/tep/").streaming_content)[:5] == b"%PDF-"
    assert job.filename.endswith("-ban-nhap.pdf")


def test_draft_pdf_asked_for_twice_is_one_work(house):
    report = evaluation_of(house)
    first = jobs.start_report_pdf(report, by=house.viewer)
    assert jobs.start_report_pdf(report, by=house.viewer) == first
    assert jobs.start_report_pdf(report, by=house.officer) != first
