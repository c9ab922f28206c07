"""Signed papers come back: each page finds its document, however it lay on the glass."""

from datetime import timedelta

import pypdfium2
import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from django_tasks_db.models import DBTaskResult
from PIL import Image, ImageFilter

from khuyencong.claims import MOST_ATTEMPTS, claim, resume
from khuyencong.documents import scan_placing, scans
from khuyencong.documents.codes import new_code, shown_code
from khuyencong.documents.scan_pictures import Reading, picture_hash, read_page, to_jpeg
from khuyencong.models import (
    AuditEntry,
    IssuedDocument,
    JobStatus,
    PageStatus,
    ScanBatch,
    ScanPage,
    SignedCopy,
    StoredFile,
)
from tests import stories
from tests.factories import thai_nguyen
from tests.khuyencong.scans import blank, issued, jpeg, pdf_of, scanned, sheet, stamp
from tests.khuyencong.threads import at_once
from tests.khuyencong.uploads import docx, upload

WHITE = (255, 255, 255)


@pytest.fixture
def house(db, settings):
    settings.STORAGES = settings.STORAGES | {"default": {"BACKEND": "django.core.files.storage.InMemoryStorage"}}
    return stories.make_house()


@pytest.fixture
def scan(house, django_capture_on_commit_callbacks):
    """Bring a pile in and have it read: a function that returns the batch."""

    def run(*uploads, by=house.officer):
        with django_capture_on_commit_callbacks(execute=True):
            batch = scans.start_batch(list(uploads), by=by)
        batch.refresh_from_db()
        return batch

    return run


def results(batch):
    return [(page.status, page.page_number, page.turned_by) for page in batch.pages.all()]


def reading(picture):
    return read_page(lambda dpi: picture)


# Reading


class Paper:
    """Enough of a document to print its pages."""

    code, number_text = "7K4MPQ6XTC", "03/BB"


def turned(degrees):
    return sheet(Paper, 2).rotate(degrees, expand=True, fillcolor=WHITE)


def noisy():
    plain = sheet(Paper, 2)
    grain = Image.merge("RGB", [Image.effect_noise(plain.size, 100)] * 3)
    return Image.blend(plain, grain, 0.25)


def resaved(picture, quality):
    return Image.open(jpeg(picture, quality=quality).file)


@pytest.mark.parametrize(
    ("scanned", "lies"),
    [
        (turned(0), 0),
        (turned(180), 180),
        (turned(-90), 90),
        (turned(90), 270),
        (turned(3), 0),
        (turned(177), 180),
        (noisy(), 0),
        (resaved(sheet(Paper, 2).convert("L"), 40), 0),
        (sheet(Paper, 2).filter(ImageFilter.GaussianBlur(1)), 0),
        (Image.blend(sheet(Paper, 2), Image.new("RGB", (1240, 1754), WHITE), 0.8), 0),
    ],
    ids=["plain", "upside down", "right", "left", "skewed", "both", "noisy", "grey q40", "soft", "pale"],
)  # fmt: skip
def test_code_is_read_however_the_page_lay(scanned, lies):
    assert reading(scanned) == Reading(Paper.code, 2, lies)


def test_page_without_our_code_says_what_it_is():
    dusty, foreign = blank(), blank()
    dusty.putpixel((400, 400), (0, 0, 0))
    stamp(foreign, "https://vietqr.example/00020101021138")
    written = sheet(Paper, 1)
    written.paste((250, 249, 244), (100, 1600, 300, 1754))

    assert reading(dusty) == Reading(is_blank=True)
    assert reading(foreign) == Reading(has_other_code=True)
    assert reading(written) == Reading()


def test_copy_keeps_colour_only_where_there_is_some():
    assert Image.open(jpeg_of(sheet(Paper, 1))).mode == "RGB"
    assert Image.open(jpeg_of(sheet(Paper, 1).convert("L").convert("RGB"))).mode == "L"


def jpeg_of(picture):
    return SimpleUploadedFile("a.jpg", to_jpeg(picture)).file


# A pile


def test_mixed_pile_goes_to_its_documents(house, scan):
    first, second = issued(house, pages=3), issued(house, pages=2, number="04/BB-TTKC")
    foreign = blank()
    stamp(foreign, "https://vietqr.example/00020101021138")
    pile = [
        sheet(first, 3).rotate(180), sheet(second, 2), blank(), sheet(first, 1).rotate(-90, expand=True),
        foreign, sheet(second, 2).filter(ImageFilter.GaussianBlur(1)),
    ]  # fmt: skip

    batch = scan(pdf_of(pile), jpeg(sheet(first, 2), quality=40))

    assert results(batch) == [
        ("matched", 3, 180), ("matched", 2, 0), ("blank", None, 0), ("matched", 1, 90), ("not_ours", None, 0),
        ("doubled", 2, 0), ("matched", 2, 0),
    ]  # fmt: skip
    whole, part = first.signed_copies.get(), second.signed_copies.get()
    assert (whole.pages, whole.missing_pages) == ([1, 2, 3], [])
    assert (part.pages, part.missing_pages) == ([2], [1])
    assert (batch.status, batch.page_count) == (JobStatus.DONE, 7)


def test_copy_is_upright_in_order_and_small(house, scan):
    document = issued(house, pages=2)
    scan(pdf_of([sheet(document, 2).rotate(90, expand=True), sheet(document, 1).rotate(180)]))

    copy = document.signed_copies.get()
    content = copy.file.file.read()
    with pypdfium2.PdfDocument(content) as pdf:
        pages = [reading(page.render(scale=2).to_pil().convert("RGB")) for page in pdf]
        sizes = [tuple(round(side) for side in page.get_size()) for page in pdf]
    assert pages == [Reading(document.code, 1), Reading(document.code, 2)]
    assert sizes == [(595, 842), (595, 842)]
    assert len(content) < 700_000
    assert copy.file.name == "2026_BBNT_DA-014-da-ky.pdf"


def test_page_that_was_missing_completes_the_copy(house, scan):
    document = issued(house, pages=2)
    scan(jpeg(sheet(document, 2)))
    scan(jpeg(sheet(document, 1)))

    copies = [(copy.pages, copy.missing_pages, copy.is_current) for copy in document.signed_copies.all()]
    assert copies == [([1, 2], [], True), ([2], [1], False)]


def test_same_pile_again_makes_nothing_twice(house, scan):
    document = issued(house, pages=2)
    pile = pdf_of([sheet(document, 1), sheet(document, 2), blank()])
    scan(pile)
    before = (StoredFile.objects.count(), SignedCopy.objects.count())

    pile.seek(0)
    again = scan(pile)

    assert [page.status for page in again.pages.all()] == ["repeated", "repeated", "blank"]
    assert [page.repeats.page_number for page in again.pages.all()[:2]] == [1, 2]
    assert (StoredFile.objects.count(), SignedCopy.objects.count()) == before


def test_same_pictures_in_another_file_are_known(house, scan):
    document = issued(house, pages=1)
    unread = sheet(document, 1)
    unread.paste(WHITE, (90, 1600, 300, 1754))
    scan(jpeg(unread, name="a.jpg"))
    shot = jpeg(unread, name="b.jpg")
    shot.file.seek(0, 2)
    shot.file.write(b"\x00\x00")
    shot.size += 2
    again = scan(shot)

    assert [page.status for page in again.pages.all()] == ["repeated"]


def test_other_body_and_other_province(house, scan):
    north = stories.make_house(thai_nguyen(), "Thái Nguyên")
    foreign = issued(north, pages=1)
    unknown = issued(house, pages=1)
    unknown.code = new_code()
    seen = issued(house, pages=1, number="9/QĐ", owner=north.centre)

    batch = scan(pdf_of([sheet(foreign, 1), sheet(unknown, 1), sheet(seen, 1)]))

    rows = [(page.status, page.document) for page in batch.pages.all()]
    assert rows == [("unknown", None), ("unknown", None), ("other_body", seen)]
    assert SignedCopy.objects.count() == 0


def test_closed_document_and_impossible_page_wait_for_a_person(house, scan):
    closed = issued(house, pages=1, status="revoked", closed_by=house.director, closed_at=timezone.now(),
                    close_reason="Sai số tiền.")  # fmt: skip
    short = issued(house, pages=1, number="05/BB-TTKC")

    batch = scan(pdf_of([sheet(closed, 1), sheet(short, 2)]))

    assert [(page.status, page.document) for page in batch.pages.all()] == [("closed", closed), ("unnumbered", short)]
    assert all(page.needs_a_person for page in batch.pages.all())


def test_worker_killed_half_way_goes_on_where_it_stood(house, monkeypatch, django_capture_on_commit_callbacks):
    document = issued(house, pages=3)
    with django_capture_on_commit_callbacks():
        batch = scans.start_batch([pdf_of([sheet(document, page) for page in (1, 2, 3)])], by=house.officer)
    read, calls = scans.read_page, []

    def killed(draw):
        calls.append(1)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return read(draw)

    monkeypatch.setattr(scans, "read_page", killed)
    with pytest.raises(KeyboardInterrupt):
        scans.run_scan_batch.func(batch.pk)
    batch.refresh_from_db()
    assert (batch.status, batch.pages.count()) == (JobStatus.RUNNING, 2)

    scans.run_scan_batch.func(batch.pk)  # too early: perhaps the other one is still at it
    assert batch.pages.count() == 2

    ScanBatch.objects.update(claimed_until=timezone.now())
    scans.run_scan_batch.func(batch.pk)
    batch.refresh_from_db()
    assert (batch.status, batch.pages.count(), len(calls)) == (JobStatus.DONE, 3, 4)
    assert document.signed_copies.get().pages == [1, 2, 3]


def test_pile_that_kills_the_worker_each_time_is_given_up(house, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks():
        batch = scans.start_batch([jpeg(blank())], by=house.officer)
    ScanBatch.objects.update(attempts=MOST_ATTEMPTS)
    scans.run_scan_batch.func(batch.pk)
    batch.refresh_from_db()
    assert (batch.status, batch.pages.count()) == (JobStatus.FAILED, 0)

    with django_capture_on_commit_callbacks(execute=True):
        scans.resume_batch(batch, by=house.officer)
    batch.refresh_from_db()
    assert results(batch) == [("blank", None, 0)]
    with pytest.raises(ValidationError, match="đã xong"):
        scans.resume_batch(batch, by=house.officer)


def test_starting_worker_takes_up_what_others_left(house, settings, django_capture_on_commit_callbacks):
    settings.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend", "QUEUES": ["default"]}}
    with django_capture_on_commit_callbacks():
        left, _done = (scans.start_batch([jpeg(blank((30, 30)))], by=house.officer) for _ in range(2))
    ScanBatch.objects.exclude(pk=left.pk).update(status=JobStatus.DONE)
    claim(ScanBatch.objects.all())

    resume()

    queued = DBTaskResult.objects.get()
    assert queued.args_kwargs == {"args": [left.pk], "kwargs": {}}
    assert queued.run_after > timezone.now() + timedelta(minutes=1)


def test_two_workers_at_one_pile_keep_each_page_once(house, scan, monkeypatch):
    document = issued(house, pages=1)
    hashed = scans.picture_hash

    def overtaken(picture):
        page = ScanPage.objects.filter(batch__page_count=2).first()
        if page is None:
            file = scans.ScanFile.objects.get()
            ScanPage.objects.create(batch=file.batch, file=file, index=0, status="matched", document=document,
                                    page_number=1, picture_hash=hashed(picture))  # fmt: skip
        return hashed(picture)

    monkeypatch.setattr(scans, "picture_hash", overtaken)
    batch = scan(pdf_of([sheet(document, 1), blank()]))

    assert results(batch) == [("matched", 1, 0), ("blank", None, 0)]


# Taking in


@pytest.mark.parametrize("role", ["director", "viewer"])
def test_only_staff_bring_scans_in(house, role):
    with pytest.raises(PermissionDenied):
        scans.start_batch([jpeg(blank())], by=getattr(house, role))


def test_unfit_piles_are_refused_whole(house, settings):
    settings.SCAN_MOST_FILES, settings.SCAN_MOST_PAGES = 2, 3
    cases = {
        "Chọn ít nhất một tệp": [],
        "tối đa 2 tệp, đang chọn 3": [jpeg(blank())] * 3,
        "có 4 trang, quá 3 trang": [pdf_of([blank((210, 297))] * 4)],
        "chỉ nhận PDF, JPG, PNG": [jpeg(blank()), upload(docx(), "thu.docx")],
        "có mật khẩu hoặc đã hỏng": [upload()],
        "rỗng": [upload(b"", "a.pdf")],
    }
    for message, pile in cases.items():
        with pytest.raises(ValidationError, match=message):
            scans.start_batch(pile, by=house.officer)
    assert (ScanBatch.objects.count(), StoredFile.objects.count()) == (0, 0)


# By hand


@pytest.fixture
def waiting(house, scan):
    """A document of two pages whose second page nobody could read."""
    document = issued(house, pages=2)
    second = sheet(document, 2)
    second.paste(WHITE, (90, 1600, 300, 1754))
    batch = scan(pdf_of([sheet(document, 1), second.rotate(180)]))
    return document, batch.pages.get(status=PageStatus.UNREADABLE)


def test_person_places_a_page_and_the_copy_follows(house, waiting, django_capture_on_commit_callbacks):
    document, page = waiting
    with django_capture_on_commit_callbacks(execute=True):
        scan_placing.place_page(page, by=house.reviewer, document=document, page_number=2, turned_by=180)

    page.refresh_from_db()
    assert (page.status, page.placed_by, page.turned_by) == (PageStatus.MATCHED, house.reviewer, 180)
    assert document.signed_copies.get(is_current=True).missing_pages == []
    told = AuditEntry.objects.filter(subject_id=document.pk, action="document.scan_place").get()
    assert told.changes == [["Trang 2 của ban-quet.pdf", "Không đọc được mã", "trang 2"]]


def test_taken_page_changes_hands_only_when_asked(house, waiting, django_capture_on_commit_callbacks):
    document, page = waiting
    with pytest.raises(ValidationError, match="đã có bản quét khác"):
        scan_placing.place_page(page, by=house.officer, document=document, page_number=1, turned_by=0)
    with django_capture_on_commit_callbacks(execute=True):
        scan_placing.place_page(page, by=house.officer, document=document, page_number=1, turned_by=0, replace=True)

    assert document.scan_pages.get(status=PageStatus.MATCHED).pk == page.pk
    assert document.scan_pages.get(status=PageStatus.DOUBLED).page_number == 1
    assert document.signed_copies.get(is_current=True).pages == [1]
    with pytest.raises(ValidationError, match="có 2 trang"):
        scan_placing.place_page(page, by=house.officer, document=document, page_number=3, turned_by=0)


def test_wrong_match_is_moved_or_taken_out(house, waiting, django_capture_on_commit_callbacks):
    document, _page = waiting
    other = issued(house, pages=1, number="06/BB-TTKC")
    matched = document.scan_pages.get(status=PageStatus.MATCHED)
    with django_capture_on_commit_callbacks(execute=True):
        scan_placing.place_page(matched, by=house.officer, document=other, page_number=1, turned_by=0)
    assert document.signed_copies.filter(is_current=True).count() == 0
    assert other.signed_copies.get().pages == [1]
    gone = AuditEntry.objects.get(action="document.scan_gone")
    assert (gone.subject_id, gone.changes) == (
        document.pk, [["Trang 1 của ban-quet.pdf", "trang 1", "Biên bản nghiệm thu 06/BB-TTKC"]]
    )  # fmt: skip

    with django_capture_on_commit_callbacks(execute=True):
        scan_placing.discard_page(matched, by=house.officer)
    assert other.signed_copies.filter(is_current=True).count() == 0
    assert SignedCopy.objects.count() == 2


def test_page_that_somebody_moved_meanwhile_is_left_alone(house, waiting, monkeypatch):
    document, page = waiting
    other = issued(house, pages=1, number="06/BB-TTKC")
    asked = IssuedDocument.objects.select_for_update

    def overtaken(*arguments, **options):
        ScanPage.objects.filter(pk=page.pk).update(document=other, page_number=1, status=PageStatus.MATCHED)
        return asked(*arguments, **options)

    monkeypatch.setattr(IssuedDocument.objects, "select_for_update", overtaken)
    with pytest.raises(ValidationError, match="vừa xếp lại"):
        scan_placing.place_page(page, by=house.officer, document=document, page_number=2, turned_by=0)
    ScanPage.objects.filter(pk=page.pk).update(document=None, page_number=None, status=PageStatus.UNREADABLE)
    with pytest.raises(ValidationError, match="vừa xếp lại"):
        scan_placing.discard_page(page, by=house.officer)


@pytest.mark.django_db(transaction=True)
def test_swapped_pages_end_in_one_order(house, monkeypatch):
    """Two people put each other's page to the other document at the same moment: one after the other, no dead lock."""
    monkeypatch.setattr(scan_placing, "put_together_later", lambda documents, by: None)
    first, second = issued(house, pages=1), issued(house, pages=1, number="04/BB-TTKC")
    pages = [scanned(document, house.officer) for document in (first, second)]

    def place(turn):
        page, document = turn
        scan_placing.place_page(page, by=house.officer, document=document, page_number=1, turned_by=0, replace=True)

    at_once(place, [(pages[0], second), (pages[1], first)])

    assert ScanPage.objects.filter(status=PageStatus.MATCHED).count() == 2
    assert {(page.pk, page.document) for page in ScanPage.objects.all()} == {
        (pages[0].pk, second), (pages[1].pk, first)
    }  # fmt: skip


def test_foreign_document_takes_no_page_by_hand(house, waiting):
    north = stories.make_house(thai_nguyen(), "Thái Nguyên")
    _document, page = waiting
    foreign = issued(north, pages=1)
    with pytest.raises(PermissionDenied):
        scan_placing.place_page(page, by=house.officer, document=foreign, page_number=1, turned_by=0)
    with pytest.raises(PermissionDenied):
        scan_placing.discard_page(page, by=house.viewer)


def test_document_is_found_by_code_or_number(house):
    document = issued(house)
    assert scan_placing.find_document(shown_code(document.code).lower(), by=house.officer) == document
    assert scan_placing.find_document(" 03/bb-ttkc ", by=house.officer) == document
    issued(house, series="khác")
    with pytest.raises(ValidationError, match="Nhiều văn bản mang số này"):
        scan_placing.find_document("03/BB-TTKC", by=house.officer)
    with pytest.raises(ValidationError, match="Không có văn bản"):
        scan_placing.find_document(document.code, by=stories.make_house(thai_nguyen(), "Thái Nguyên").officer)


def test_picture_hash_tells_pictures_apart():
    assert picture_hash(blank((2, 3))) == picture_hash(blank((2, 3)))
    assert picture_hash(blank((2, 3))) != picture_hash(blank((3, 2)))
