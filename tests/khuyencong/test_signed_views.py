"""The signed copies on the page of a paper: fetched, brought, signed."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from khuyencong.documents import signatures
from khuyencong.models import AuditEntry, CopyOrigin, SignedCopy
from tests import stories
from tests.factories import thai_nguyen
from tests.khuyencong.scans import issued, scanned


@pytest.fixture
def house(db, settings):
    settings.STORAGES = settings.STORAGES | {"default": {"BACKEND": "django.core.files.storage.InMemoryStorage"}}
    return stories.make_house()


@pytest.fixture
def document(house):
    """Of two pages, of which the first has come back."""
    document = issued(house, pages=2)
    scanned(document, house.officer)
    return document


def test_page_of_a_paper_tells_what_came_back(client, house, document):
    client.force_login(house.viewer)
    page = client.get(document.get_absolute_url()).content.decode()
    assert "Bản quét có chữ ký, dấu" in page
    assert "1/2 trang" in page
    assert "Còn thiếu trang 2" in page
    assert "Tải bản ký số" not in page
    client.force_login(house.officer)
    assert "Tải bản ký số" in client.get(document.get_absolute_url()).content.decode()


def test_copy_is_fetched_safely_and_told(client, house, document):
    copy = document.signed_copies.get()
    client.force_login(house.viewer)
    answer = client.get(reverse("signed_copy_file", args=[copy.pk]))
    assert answer.getvalue().startswith(b"%PDF")
    assert answer["Content-Disposition"] == 'attachment; filename="2026_BBNT_DA-014-da-ky.pdf"'
    assert (answer["X-Content-Type-Options"], answer["Cache-Control"]) == ("nosniff", "private, no-store")
    told = AuditEntry.objects.get(action="file.download")
    assert (told.actor, told.subject_id) == (house.viewer, document.pk)
    client.force_login(stories.make_house(thai_nguyen(), "Thái Nguyên").officer)
    assert client.get(reverse("signed_copy_file", args=[copy.pk])).status_code == 404


def test_upload_that_is_not_the_paper_is_refused_in_words(client, house, document):
    client.force_login(house.officer)
    address = reverse("signed_upload", args=[document.pk])
    other = SimpleUploadedFile("khac.pdf", b"%PDF-1.7\n1 0 obj<<>>endobj\nstartxref\n9\n%%EOF\n")
    assert "Tệp này không phải Biên bản nghiệm thu 03/BB-TTKC" in client.post(address, {"file": other}).content.decode()
    assert SignedCopy.objects.filter(origin=CopyOrigin.UPLOADED).count() == 0


def test_signing_tells_why_not(client, house, document, settings):
    settings.SIGNING = settings.SIGNING | {"pkcs12": "/khong-co.p12"}
    client.force_login(house.director)
    assert "Ký số bằng chứng thư của cơ quan" in client.get(document.get_absolute_url()).content.decode()
    answer = client.post(reverse("document_sign", args=[document.pk]), follow=True)
    assert "Không đọc được tệp chứng thư /khong-co.p12. Báo người quản trị." in answer.content.decode()


def test_portal_that_holds_no_key_offers_none(client, house, document):
    assert not signatures.is_set_up()
    client.force_login(house.director)
    assert "Ký số bằng chứng thư" not in client.get(document.get_absolute_url()).content.decode()
    assert client.post(reverse("document_sign", args=[document.pk])).status_code == 403
