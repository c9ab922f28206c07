"""Many papers in one go: made once, by any worker, whatever dies in between."""

import hashlib
import io
import os
import signal
import zipfile
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.utils import timezone
from pypdf import PdfReader
from pytest_django.asserts import assertContains, assertRedirects

from khuyencong import claims
from khuyencong.claims import CLAIM, claim, resume
from khuyencong.documents import batches
from khuyencong.documents.batches import run_batch, start_batch
from khuyencong.documents.press import Document
from khuyencong.models import AuditEntry, Batch, BatchItem, IssuedDocument, ItemStatus
from projects import services
from projects.documents import HANDOVER_MINUTES
from projects.models import HandoverMinutes
from tests.factories import OrganisationFactory
from tests.projects.handovers import add_minutes, draft_handover, machine
from tests.stories import make_house

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def queued(monkeypatch):
    """Batches that were queued for a worker, with the pause before it."""
    found = []
    for module in (batches, claims):
        monkeypatch.setattr(module, "offer", lambda batch, *, pause=timedelta(0): found.append((batch.pk, pause)))
    return found


@pytest.fixture
def event(queued):
    house = make_house()
    event = draft_handover(house)
    for name in ("Sở Một", "Sở Hai"):
        add_minutes(house, event, OrganisationFactory(name=name), items=[machine()])
    event.house = house
    return event


@pytest.fixture
def closed(event):
    event.refresh_from_db()
    services.complete_handover(event, by=event.house.officer)
    return event


def batch_of(event, *, by=None, **fields):
    papers = [(HANDOVER_MINUTES, minutes, "") for minutes in HandoverMinutes.objects.filter(event=event).order_by("pk")]
    return start_batch(papers, by=by or event.house.officer, title="Biên bản bàn giao", **fields)


def work(batch):
    run_batch.func(batch.pk)
    return Batch.objects.get(pk=batch.pk)


def states(batch):
    return list(batch.items.values_list("status", flat=True))


def read(file):
    with file.open() as stream:
        return stream.read()


def archive_of(batch):
    return zipfile.ZipFile(io.BytesIO(read(batch.archive)))


def test_drafts_become_one_pdf_with_an_outline_and_a_zip_with_checksums(event):
    batch = work(batch_of(event))
    assert batch.is_over
    assert states(batch) == [ItemStatus.DONE] * 2
    merged = PdfReader(io.BytesIO(read(batch.merged)))
    assert [entry.title for entry in merged.outline] == list(batch.items.values_list("label", flat=True))
    archive = archive_of(batch)
    *papers, sums = archive.namelist()
    assert sums == "SHA256SUMS.txt"
    assert [name.endswith("-ban-nhap.pdf") for name in papers] == [True, True]
    assert len(merged.pages) == sum(len(PdfReader(io.BytesIO(archive.read(name))).pages) for name in papers)
    told = archive.read(sums).decode().split("\n")
    assert told == [*(f"{hashlib.sha256(archive.read(name)).hexdigest()}  {name}" for name in papers), ""]
    assert IssuedDocument.objects.count() == 0
    printed = AuditEntry.objects.about(event).filter(action="document.print", label="In bản nháp").order_by("pk")
    assert [entry.changes for entry in printed] == [[["Văn bản", "", item.label]] for item in batch.items.all()]


def test_issuing_a_pile_issues_each_once_and_tells_who_printed(closed):
    batch = work(batch_of(closed, issues=True))
    documents = list(IssuedDocument.objects.order_by("pk"))
    assert [document.number_text for document in documents] == ["01/BB-TTKC", "02/BB-TTKC"]
    assert [item.document for item in batch.items.all()] == documents
    assert [archive_of(batch).read(name) for name in archive_of(batch).namelist()[:-1]] == [
        read(document.file.file) for document in documents
    ]
    printed = AuditEntry.objects.filter(action="document.print")
    assert [(entry.subject_id, entry.reason) for entry in printed.order_by("pk")] == [
        (document.pk, "Biên bản bàn giao") for document in documents
    ]
    again = work(batch_of(closed, issues=True))
    assert states(again) == [ItemStatus.DONE] * 2
    assert IssuedDocument.objects.count() == 2


def test_paper_that_cannot_be_made_is_told_and_stops_no_other(event):
    batch = batch_of(event, issues=True)
    batch = work(batch)
    assert states(batch) == [ItemStatus.FAILED] * 2
    assert batch.is_over
    assert not batch.archive
    assert set(batch.items.values_list("error", flat=True)) == {
        "Hoàn tất đợt bàn giao để biên bản có số, rồi phát hành."
    }


def test_unexpected_failure_hides_its_trace_and_is_made_again(event, monkeypatch, caplog):
    render = Document.render_pdf

    def broken(document):
        if "so-mot" in document.filename:
            raise RuntimeError("secret detail")
        return render(document)

    monkeypatch.setattr(Document, "render_pdf", broken)
    batch = work(batch_of(event))
    assert states(batch) == [ItemStatus.FAILED, ItemStatus.DONE]
    assert "secret" not in batch.items.first().error
    assert "secret detail" in caplog.text
    monkeypatch.setattr(Document, "render_pdf", render)
    batches.retry_failed(batch, by=event.house.officer)
    batch = work(batch)
    assert states(batch) == [ItemStatus.DONE] * 2
    assert len(archive_of(batch).namelist()) == 3
    with pytest.raises(ValidationError, match="Không có văn bản nào bị lỗi"):
        batches.retry_failed(batch, by=event.house.officer)


def test_rights_are_read_again_when_the_paper_is_made(event):
    stranger = make_house(name="Sóc Trăng").viewer
    stranger.organisation.areas.clear()
    stranger.organisation.parent = None
    stranger.organisation.save()
    batch = work(batch_of(event, by=stranger))
    assert set(batch.items.values_list("error", flat=True)) == {
        "Hồ sơ này không còn, hoặc ông/bà không còn được xem."
    }  # fmt: skip


def test_two_workers_take_different_papers_and_the_second_finishes(event, queued):
    batch = batch_of(event)
    (first,), (second,) = claim(batch.items.order_by("position")), claim(batch.items.order_by("position"))
    assert (first.position, second.position) == (1, 2)
    assert claim(batch.items.all()) == []
    batches._make(second, batch)
    queued.clear()
    assert not work(batch).is_over
    ((pk, pause),) = queued
    assert pk == batch.pk
    assert timedelta(0) < pause <= CLAIM
    batches._make(first, batch)
    assert work(batch).is_over


def test_claim_of_a_dead_worker_runs_out(event):
    batch = batch_of(event)
    claim(batch.items.filter(position=1))
    BatchItem.objects.filter(position=1).update(claimed_until=timezone.now() - timedelta(seconds=1))
    batch = work(batch)
    assert batch.is_over
    assert list(batch.items.values_list("attempts", flat=True)) == [2, 1]


def test_paper_that_kills_three_workers_is_given_up(event):
    batch = batch_of(event)
    batch.items.filter(position=1).update(attempts=3)
    batch = work(batch)
    assert states(batch) == [ItemStatus.FAILED, ItemStatus.DONE]
    assert batch.items.first().error.startswith("Tiến trình nền dừng nhiều lần")


def test_worker_that_starts_takes_up_what_was_left(event, queued):
    batch = batch_of(event)
    for _item in range(2):
        claim(batch.items.all())
    done = work(batch_of(event))
    queued.clear()
    resume()
    ((pk, pause),) = queued
    assert pk == batch.pk != done.pk
    assert timedelta(0) < pause <= CLAIM


def test_files_go_after_a_week_the_rows_stay(event, settings):
    batch = work(batch_of(event))
    Batch.objects.update(expires_at=timezone.now())
    batches.drop_expired_batches()
    batch.refresh_from_db()
    assert (batch.merged.name, batch.archive.name) == ("", "")
    assert batch.items.count() == 2
    assert [path for path in settings.MEDIA_ROOT.rglob("*") if path.is_file()] == []


def test_nothing_to_print_is_refused(event):
    with pytest.raises(ValidationError, match="Chọn ít nhất một"):
        start_batch([], by=event.house.officer, title="Không")


@pytest.mark.django_db(transaction=True)
def test_worker_killed_half_way_issues_nothing_twice(closed):
    batch = batch_of(closed, issues=True)
    connection.close()
    child = os.fork()
    if child == 0:
        issue, made = batches.issue, []

        def issue_and_die(*args, **kwargs):
            made.append(issue(*args, **kwargs))
            if len(made) == 2:
                os.kill(os.getpid(), signal.SIGKILL)
            return made[-1]

        batches.issue = issue_and_die
        try:
            run_batch.func(batch.pk)
        finally:
            os._exit(0)
    _pid, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status)
    assert states(batch) == [ItemStatus.DONE, ItemStatus.WAITING]
    assert IssuedDocument.objects.count() == 2
    BatchItem.objects.update(claimed_until=timezone.now())
    batch = work(batch)
    assert states(batch) == [ItemStatus.DONE] * 2
    assert IssuedDocument.objects.count() == 2


# Pages


def test_person_picks_by_month_and_follows_the_work(client, closed):
    house = closed.house
    client.force_login(house.officer)
    address = "/van-ban/in-loat/?loai=handover_minutes&nam=2026&thang=11"
    assertContains(client.get(address), "Sở Hai")
    assertContains(client.get(address.replace("thang=11", "thang=10")), "Không có văn bản loại này")
    keys = [f"{pk}:" for pk in HandoverMinutes.objects.values_list("pk", flat=True)]
    answer = client.post(address, {"act": "issue", "paper": keys})
    batch = Batch.objects.get()
    assertRedirects(answer, batch.get_absolute_url())
    assert (batch.title, batch.issues, batch.items.count()) == ("Biên bản bàn giao tháng 11/2026", True, 2)
    assertContains(client.get(batch.get_absolute_url()), "Xong 0 trên 2 văn bản")
    work(batch)
    page = client.get(batch.get_absolute_url(), headers={"HX-Request": "true"})
    assertContains(page, "Đã làm 2 văn bản.")
    file = client.get(f"{batch.get_absolute_url()}in/")
    assert file.headers["Content-Type"] == "application/pdf"
    assert file.getvalue().startswith(b"%PDF-1.7")
    assertContains(client.get(address), "01/BB-TTKC")
    client.force_login(house.reviewer)
    assert client.get(batch.get_absolute_url()).status_code == 404
    assert client.get(f"{batch.get_absolute_url()}zip/").status_code == 404


def test_choosing_nothing_is_told_on_the_page(client, closed):
    client.force_login(closed.house.officer)
    answer = client.post("/van-ban/in-loat/?loai=handover_minutes&nam=2026", {"act": "print"})
    assertContains(answer, "Chọn ít nhất một văn bản để in.")
    assert not Batch.objects.exists()
