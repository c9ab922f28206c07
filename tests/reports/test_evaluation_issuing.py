"""Issuing a report: asked for on its page, made by the worker, whole or not at all, once."""

import hashlib

import pytest
from django.core.exceptions import ValidationError
from pytest_django.asserts import assertContains, assertRedirects

from khuyencong.dates import short_date, today
from khuyencong.documents import later
from khuyencong.documents.issuing import Order, issue
from khuyencong.documents.later import issue_later, run_issue
from khuyencong.models import IssuedDocument, Job, JobStatus
from reports import services
from reports.documents import EVALUATION_REPORT, UNSAID
from tests.reports.evaluation_reports import evaluation_of


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def report(house):
    evaluation = evaluation_of(house)
    for part in UNSAID:
        services.save_text(evaluation, part, "Đã viết.", by=house.officer)
    return evaluation


def page_of(report):
    return f"/van-ban/lap/evaluation_report/{report.pk}/"


def test_issued_by_the_worker_and_followed(client, house, report, django_capture_on_commit_callbacks):
    client.force_login(house.director)
    with django_capture_on_commit_callbacks(execute=True):
        answer = client.post(page_of(report), {"dated_on": short_date(today())})
    assertRedirects(answer, Job.objects.get().get_absolute_url())
    job, document = Job.objects.get(), IssuedDocument.objects.get()
    assert (job.status, job.done_count, job.noun) == (JobStatus.DONE, 3, "bước")
    assert (document.is_in_force, document.number_text, document.issued_by) == (True, "01/BC-SCT", house.director)
    assertContains(client.get(job.get_absolute_url()), document.get_absolute_url())
    sent = b"".join(client.get(f"{job.get_absolute_url()}tep/").streaming_content)
    assert hashlib.sha256(sent).hexdigest() == document.sha256


def test_asked_for_twice_it_is_one_work_of_one_person(house, report):
    job = issue_later(Order.of(EVALUATION_REPORT, report, house.director))
    assert issue_later(Order.of(EVALUATION_REPORT, report, house.director)) == job
    with pytest.raises(ValidationError, match=f"{house.director} đang phát hành"):
        issue_later(Order.of(EVALUATION_REPORT, report, house.reviewer))
    assert Job.objects.count() == 1


def test_what_is_missing_is_told_before_any_work(client, house):
    report = evaluation_of(house)
    with pytest.raises(ValidationError, match="Nguyên nhân"):
        issue_later(Order.of(EVALUATION_REPORT, report, house.director))
    assert not Job.objects.exists()


def test_worker_killed_after_issuing_issues_no_second_paper(house, report):
    job = issue_later(Order.of(EVALUATION_REPORT, report, house.director))
    document = issue(EVALUATION_REPORT, report, house.director, code=job.params["code"])
    run_issue.func(job.pk)
    job.refresh_from_db()
    assert (job.status, job.params["document"]) == (JobStatus.DONE, document.pk)
    assert IssuedDocument.objects.get() == document


def test_worker_killed_before_the_register_leaves_nothing(house, report):
    def killed(step):
        if step == 2:
            raise SystemExit

    job = issue_later(Order.of(EVALUATION_REPORT, report, house.director))
    with pytest.raises(SystemExit):
        issue(EVALUATION_REPORT, report, house.director, code=job.params["code"], progress=killed)
    assert not IssuedDocument.objects.exists()
    run_issue.func(job.pk)
    assert IssuedDocument.objects.get().number_text == "01/BC-SCT"


def test_what_was_issued_meanwhile_is_not_replaced_unseen(house, report):
    first = issue(EVALUATION_REPORT, report, house.director)
    job = issue_later(Order.of(EVALUATION_REPORT, report, house.director, reason="Sửa số liệu"))
    second = issue(EVALUATION_REPORT, report, house.reviewer, reason="Sửa lời")
    run_issue.func(job.pk)
    job.refresh_from_db()
    assert (job.status, job.error[:14]) == (JobStatus.FAILED, "Trong lúc chờ,")
    first.refresh_from_db()
    assert [first.is_in_force, second.is_in_force, IssuedDocument.objects.count()] == [False, True, 2]
    assert job.kind == later.ISSUE
