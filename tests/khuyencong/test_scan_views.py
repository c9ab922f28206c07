"""The pages on which a pile is dropped, followed and helped along."""

from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image

from khuyencong.documents.codes import shown_code
from khuyencong.models import PageStatus, ScanBatch, SignedCopy
from tests import stories
from tests.factories import thai_nguyen
from tests.khuyencong.scans import blank, issued, jpeg, pdf_of, sheet

WHITE = (255, 255, 255)


@pytest.fixture
def house(db, settings):
    settings.STORAGES = settings.STORAGES | {"default": {"BACKEND": "django.core.files.storage.InMemoryStorage"}}
    return stories.make_house()


@pytest.fixture
def drop(client, house, django_capture_on_commit_callbacks):
    """Drop a pile as the officer and have it read: a function that returns the batch."""

    def run(*uploads):
        client.force_login(house.officer)
        with django_capture_on_commit_callbacks(execute=True):
            answer = client.post(reverse("scans"), {"files": list(uploads)})
        batch = ScanBatch.objects.latest("pk")
        assert answer.url == batch.get_absolute_url()
        return batch

    return run


def unread(document, page):
    picture = sheet(document, page)
    picture.paste(WHITE, (90, 1600, 300, 1754))
    return picture


def test_pile_is_dropped_and_its_results_told(client, house, drop):
    document = issued(house, pages=2)
    batch = drop(pdf_of([sheet(document, 2), unread(document, 1)]), jpeg(blank(), "bia.jpg"))

    page = client.get(batch.get_absolute_url()).content.decode()

    assert "Đã đọc xong 3 trang: 1 trang vào văn bản, 1 trang cần người xem." in page
    assert "Thiếu trang 1 trong 2 trang" in page
    assert "Trang 1 của bia.jpg" in page
    assert "hx-get" not in page
    listed = client.get(reverse("scans")).content.decode()
    assert "1 trang cần người xem" in listed


def test_pile_on_its_way_asks_again_and_tells_how_far_it_is(client, house):
    batch = ScanBatch.objects.create(owner=house.centre, uploaded_by=house.officer, page_count=60)
    client.force_login(house.officer)

    part = client.get(batch.get_absolute_url(), headers={"HX-Request": "true"}).content.decode()

    assert f'data-hx-get="{batch.get_absolute_url()}" data-hx-trigger="every 2s"' in part
    assert "Đã đọc 0 trên 60 trang." in part
    assert "<html" not in part


def test_refused_pile_says_why_and_keeps_nothing(client, house):
    client.force_login(house.officer)
    page = client.post(reverse("scans"), {"files": [SimpleUploadedFile("a.pdf", b"xin chao")]}).content.decode()
    assert "Tệp “a.pdf”: không phải PDF" in page
    assert "Chọn ít nhất một tệp." in client.post(reverse("scans"), {}).content.decode()
    assert ScanBatch.objects.count() == 0
    client.force_login(house.viewer)
    assert client.post(reverse("scans"), {"files": [jpeg(blank())]}).status_code == 403


def test_person_places_the_page_and_is_led_to_the_next(client, house, drop, django_capture_on_commit_callbacks):
    document, other = issued(house, pages=2), issued(house, pages=1, number="04/BB-TTKC")
    batch = drop(pdf_of([sheet(document, 1), unread(document, 2).rotate(180), unread(other, 1)]))
    first, second = batch.pages.filter(status=PageStatus.UNREADABLE)
    address = reverse("scan_page", args=[first.pk])
    assert "Biên bản nghiệm thu 03/BB-TTKC – còn thiếu trang 2" in client.get(address).content.decode()

    nowhere = client.post(address, {"page_number": "2"}).content.decode()
    assert "Chọn văn bản trong lượt này hoặc ghi mã, số của văn bản khác." in nowhere
    taken = client.post(address, {"document": document.pk, "page_number": "1"}).content.decode()
    assert "đã có bản quét khác" in taken
    with django_capture_on_commit_callbacks(execute=True):
        answer = client.post(address, {"document": document.pk, "page_number": "2", "turned_by": "180"})
    assert answer.url == reverse("scan_page", args=[second.pk])
    with django_capture_on_commit_callbacks(execute=True):
        typed = {"other": shown_code(other.code), "page_number": "1"}
        answer = client.post(reverse("scan_page", args=[second.pk]), typed)
    assert answer.url == batch.get_absolute_url()
    assert [copy.pages for copy in SignedCopy.objects.filter(is_current=True)] == [[1], [1, 2]]


def test_page_is_left_out(client, house, drop):
    batch = drop(jpeg(unread(issued(house), 1)))
    page = batch.pages.get()
    assert client.post(reverse("scan_discard", args=[page.pk])).url == batch.get_absolute_url()
    page.refresh_from_db()
    assert page.status == PageStatus.DISCARDED


def test_picture_is_small_upright_and_private(client, house, drop):
    page = drop(jpeg(sheet(issued(house), 1).rotate(90, expand=True))).pages.get()
    answer = client.get(reverse("scan_picture", args=[page.pk]))
    picture = Image.open(BytesIO(answer.content))
    assert (answer["Content-Type"], answer["X-Content-Type-Options"]) == ("image/jpeg", "nosniff")
    assert answer["Cache-Control"] == "private, no-store"
    assert picture.height > picture.width
    assert picture.height < 600


def test_document_out_of_sight_is_not_told_of(client, house, drop):
    north = stories.make_house(thai_nguyen(), "Thái Nguyên")
    batch = drop(jpeg(blank()))
    batch.pages.update(status=PageStatus.MATCHED, document=issued(north, pages=1, number="88/BB-BN"), page_number=1)

    page = client.get(batch.get_absolute_url()).content.decode()

    assert "88/BB-BN" not in page
    assert "Không thuộc văn bản ông/bà được xem" in page
    client.force_login(north.officer)
    assert client.get(batch.get_absolute_url()).status_code == 404


@pytest.mark.parametrize("count", [1, 3])
def test_lists_ask_the_same_questions_for_any_length(client, house, drop, count, django_assert_num_queries):
    documents = [issued(house, pages=1, number=f"{number}/BB") for number in range(count)]
    batch = drop(pdf_of([sheet(document, 1) for document in documents]))
    ScanBatch.objects.bulk_create(
        ScanBatch(owner=house.centre, uploaded_by=house.officer, page_count=1) for _ in range(count)
    )
    with django_assert_num_queries(6):
        client.get(batch.get_absolute_url())
    with django_assert_num_queries(4):
        client.get(reverse("scans"))
