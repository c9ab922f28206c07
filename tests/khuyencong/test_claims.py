"""Long work is shared under claims: what a killed worker held is taken up by the next one that starts."""

import os
import signal
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import InterfaceError, OperationalError, connection
from django.utils import timezone
from django_tasks import task
from django_tasks_db.models import DBTaskResult

from khuyencong import claims
from khuyencong.claims import CLAIM, MOST_ATTEMPTS, claim, held, resume, resume_when_idle
from khuyencong.jobs import make_file, queue
from khuyencong.management.commands import worker
from khuyencong.models import Job, JobStatus
from tests.stories import make_house

QUEUED_BY_DATABASE = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend", "QUEUES": ["default"]}}


@task()
def write_numbers(job_pk):
    make_file(job_pk, lambda job, stream: _write(job, stream))


def _write(job, stream):
    stream.write(b"1 2 3")
    return "so.txt"


def queued_job(house):
    return queue(write_numbers, "numbers", title="Ghi số", params={}, by=house.officer, count=3)


@pytest.fixture
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def tasks(settings):
    settings.TASKS = QUEUED_BY_DATABASE
    return lambda: list(DBTaskResult.objects.order_by("-enqueued_at", "-pk"))


@pytest.mark.django_db
@pytest.mark.parametrize(("ahead", "is_free"), [(CLAIM, False), (timedelta(minutes=92), True)])
def test_claim_made_while_the_clock_ran_ahead_does_not_hold(tasks, ahead, is_free):
    job = queued_job(make_house())
    Job.objects.filter(pk=job.pk).update(claimed_until=timezone.now() + ahead)
    job.refresh_from_db()
    assert (job.free_in == timedelta(0)) is is_free
    assert claim(Job.objects.all()) == ([job] if is_free else [])


@pytest.mark.django_db(transaction=True)
def test_job_of_a_killed_worker_is_done_by_the_next_that_starts(media, tasks):
    job = queued_job(make_house())
    connection.close()
    child = os.fork()
    if child == 0:
        try:
            make_file(job.pk, lambda *_: os.kill(os.getpid(), signal.SIGKILL))
        finally:
            os._exit(0)
    assert os.WTERMSIG(os.waitpid(child, 0)[1]) == signal.SIGKILL
    job.refresh_from_db()
    assert (job.status, job.attempts) == (JobStatus.RUNNING, 1)
    DBTaskResult.objects.all().delete()

    resume()

    (again,) = tasks()
    assert again.args_kwargs["args"] == [job.pk]
    assert timedelta(0) < again.run_after - timezone.now() <= CLAIM
    write_numbers.func(job.pk)  # too early: perhaps the other one is still at it
    job.refresh_from_db()
    assert job.status == JobStatus.RUNNING
    Job.objects.update(claimed_until=timezone.now())
    again.task.func(*again.args_kwargs["args"])
    job.refresh_from_db()
    assert (job.status, job.attempts) == (JobStatus.DONE, 2)
    with job.file.open() as written:
        assert written.read() == b"1 2 3"


@pytest.mark.django_db
def test_job_that_kills_every_worker_is_given_up(tasks):
    job = queued_job(make_house())
    Job.objects.update(attempts=MOST_ATTEMPTS)
    write_numbers.func(job.pk)
    job.refresh_from_db()
    assert job.status == JobStatus.FAILED
    assert job.error.startswith("Tiến trình nền dừng nhiều lần")
    assert claim(Job.objects.all()) == []


@pytest.mark.django_db
def test_claims_are_taken_in_order_past_what_is_given_up(tasks):
    house = make_house()
    first, second, third = (queued_job(house) for _number in range(3))
    Job.objects.filter(pk=second.pk).update(attempts=MOST_ATTEMPTS)
    assert claim(Job.objects.order_by("pk")) == [first]
    assert claim(Job.objects.order_by("pk")) == [third]
    assert claim(Job.objects.order_by("pk")) == []
    second.refresh_from_db()
    assert second.status == JobStatus.FAILED


@pytest.mark.django_db
def test_work_that_is_over_is_not_taken_up(tasks):
    job = queued_job(make_house())
    resume()
    assert [result.args_kwargs["args"] for result in tasks()] == [[job.pk]]
    DBTaskResult.objects.all().delete()
    Job.objects.update(status=JobStatus.FAILED)
    resume()
    assert tasks() == []


@pytest.mark.django_db(transaction=True)
def test_claim_is_renewed_while_the_work_goes_on(tasks, monkeypatch):
    (job,) = claim(Job.objects.filter(pk=queued_job(make_house()).pk))
    claimed = job.claimed_until
    monkeypatch.setattr(claims, "RENEWED_EVERY", timedelta(milliseconds=20))
    with held(job):
        for _try in range(200):
            job.refresh_from_db()
            if job.claimed_until > claimed:
                break
            claims.Event().wait(0.01)
    assert job.claimed_until > claimed


@pytest.mark.django_db
def test_worker_at_work_takes_up_what_a_neighbour_left_but_queues_nothing_twice(tasks):
    job = queued_job(make_house())
    DBTaskResult.objects.all().delete()  # the neighbour had the task, and is gone
    Job.objects.filter(pk=job.pk).update(status=JobStatus.RUNNING, claimed_until=timezone.now() - CLAIM)
    resume_when_idle()
    resume_when_idle()
    assert [task.task_path for task in tasks()] == [job.task]


@pytest.mark.django_db
def test_job_is_not_failed_by_a_database_that_goes_away(media, tasks):
    job = queued_job(make_house())

    def interrupted(*_):
        raise OperationalError("terminating connection due to administrator command")

    with pytest.raises(OperationalError):
        make_file(job.pk, interrupted)
    job.refresh_from_db()
    assert (job.status, job.error) == (JobStatus.RUNNING, "")
    assert job.free_in > timedelta(0)  # whoever comes after the claim does it


def test_worker_waits_for_a_database_that_is_away(tasks, monkeypatch):
    outages, worked = [OperationalError("connection refused"), InterfaceError("connection already closed")], []

    def at_work(self, *args, **options):
        if outages:
            raise outages.pop()
        worked.append(options["verbosity"])

    monkeypatch.setattr(worker, "TRIES_EVERY", 0)
    monkeypatch.setattr(worker, "resume", lambda: None)
    monkeypatch.setattr(worker.audit_checks, "plan_next", lambda: None)
    monkeypatch.setattr(worker.DatabaseWorker, "handle", at_work)
    call_command("worker", verbosity=0)
    assert (outages, worked) == ([], [0])
