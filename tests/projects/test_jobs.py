"""Many minutes in one file: set by the worker, followed on a page, fetched by the one who asked."""

import io

import pytest
from django.core.exceptions import ObjectDoesNotExist
from django.urls import reverse
from pypdf import PdfReader
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from khuyencong.models import AuditEntry, Job, JobStatus
from projects import jobs
from tests.factories import OrganisationFactory, thai_nguyen
from tests.projects.handovers import add_minutes, draft_handover, papers
from tests.stories import make_house


@pytest.fixture(autouse=True)
def few(settings, tmp_path, monkeypatch):
    """Two papers are many."""
    settings.MEDIA_ROOT = tmp_path
    monkeypatch.setattr("projects.views.handover.PAPERS_AT_ONCE", 1)


@pytest.fixture
def event(house):
    event = draft_handover(house)
    for name in ("Sở Một", "Sở Hai"):
        add_minutes(house, event, OrganisationFactory(name=name), papers=papers()[:1])
    return event


@pytest.fixture
def url(event):
    return reverse("projects:handover_pdf", args=[event.pk])


@pytest.fixture
def viewer(client, house):
    client.force_login(house.viewer)
    return client


@pytest.fixture
def job(viewer, url, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        viewer.post(url)
    return Job.objects.get()


def test_many_papers_ask_first_and_reading_writes_nothing(viewer, url):
    before = AuditEntry.objects.count()
    assertContains(viewer.get(url), "Ghép 2 biên bản")
    assert (Job.objects.count(), AuditEntry.objects.count()) == (0, before)


def test_page_of_the_event_posts_when_there_are_many(viewer, event, url, monkeypatch):
    button = f'<form method="post" action="{url}">'
    assertContains(viewer.get(event.get_absolute_url()), button)
    monkeypatch.setattr("projects.views.handover.PAPERS_AT_ONCE", 2)
    assertNotContains(viewer.get(event.get_absolute_url()), button)


def test_posting_leads_to_the_job_that_counts_papers(viewer, url, event):
    response = viewer.post(url)
    job = Job.objects.get()
    assertRedirects(response, job.get_absolute_url())
    assert (job.kind, job.title, job.total_count) == ("handover", f"In 2 biên bản: {event}", 2)
    assertContains(viewer.get(job.get_absolute_url()), "Xong 0 trên 2 biên bản.")


def test_worker_sets_all_papers_and_tells_who_took_them(viewer, house, event, job):
    assert (job.status, job.done_count) == (JobStatus.DONE, 2)
    assertContains(viewer.get(job.get_absolute_url()), "Đã ghi 2 biên bản.")
    response = viewer.get(reverse("job_file", args=[job.pk]))
    assert response.headers["Content-Type"] == "application/pdf"
    assert response.headers["Content-Disposition"].endswith('_2-ben-nhan-ban-nhap.pdf"')
    pages = [page.extract_text() for page in PdfReader(io.BytesIO(response.getvalue())).pages]
    assert [sum(f"Bên nhận: {name}" in page for page in pages) for name in ("Sở Một", "Sở Hai")] == [1, 1]
    told = AuditEntry.objects.about(event).latest("pk")
    assert (told.action, told.actor, told.changes) == (
        "handover.print", house.viewer, [["Bên nhận", "", "Sở Một"], ["Bên nhận", "", "Sở Hai"]],
    )  # fmt: skip


def test_file_is_of_the_one_who_asked(client, house, job):
    client.force_login(house.officer)
    assert client.get(reverse("job_file", args=[job.pk])).status_code == 404


def test_job_gives_nobody_what_they_may_not_see(house, event):
    stranger = make_house(thai_nguyen(), "Thái Nguyên").officer
    job = jobs.start_handover_print(event, by=stranger)
    with pytest.raises(ObjectDoesNotExist):
        jobs.run_handover_print.func(job.pk)
    job.refresh_from_db()
    assert (job.status, job.file.name) == (JobStatus.FAILED, "")


def test_prints_stay_in_the_whole_timeline_and_leave_the_short_lists(viewer, event, job):
    assertNotContains(viewer.get("/"), "bản nháp biên bản")
    assertNotContains(viewer.get(event.get_absolute_url()), "bản nháp biên bản")
    assertContains(viewer.get(reverse("history", args=["ban-giao", event.pk])), "bản nháp biên bản")
