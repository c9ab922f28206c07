"""A paper that the portal issued is printed, signed, scanned and comes home."""

import pypdfium2
import pytest
from django.core.exceptions import ValidationError
from PIL import Image, ImageDraw

from khuyencong.documents import scans, signatures
from khuyencong.documents.issuing import issue
from khuyencong.files import bytes_of
from khuyencong.models import PageStatus
from projects import services
from projects.documents import HANDOVER_MINUTES
from tests import stories
from tests.factories import FacilityFactory
from tests.khuyencong.scans import jpeg, pdf_of
from tests.projects.handovers import add_minutes, draft_handover, machine


@pytest.fixture
def house(db, settings):
    settings.STORAGES = settings.STORAGES | {"default": {"BACKEND": "django.core.files.storage.InMemoryStorage"}}
    return stories.make_house()


@pytest.fixture
def document(house):
    event = draft_handover(house, stories.accepted_project(house, stories.draft_plan(house)))
    minutes = add_minutes(house, event, FacilityFactory(created_by=house.officer), items=[machine()])
    services.complete_handover(event, by=house.officer)
    return issue(HANDOVER_MINUTES, minutes, house.officer)


def printed(document, dpi=150):
    """The pages on paper, with a seal and a signature in blue."""
    with pypdfium2.PdfDocument(bytes_of(document.file, document.sha256)) as pdf:
        pages = [page.render(scale=dpi / 72).to_pil().convert("RGB") for page in pdf]
    for page in pages:
        draw = ImageDraw.Draw(page)
        draw.ellipse((700, 1100, 930, 1330), outline=(205, 30, 40), width=6)
        draw.line((760, 1180, 880, 1260, 1000, 1190), fill=(30, 60, 170), width=5)
    return pages


def test_issued_paper_comes_home_page_by_page(house, document, django_capture_on_commit_callbacks):
    pages = printed(document)
    pile = [page.rotate(180) if number % 2 else page for number, page in enumerate(pages)][::-1]
    grey = jpeg(pile.pop().convert("L"), quality=40)
    uploads = [grey, *([pdf_of([page.rotate(2, fillcolor=(255, 255, 255)) for page in pile])] if pile else [])]
    with django_capture_on_commit_callbacks(execute=True):
        batch = scans.start_batch(uploads, by=house.officer)

    assert {page.status for page in batch.pages.all()} == {PageStatus.MATCHED}
    copy = document.signed_copies.get()
    assert (copy.pages, copy.missing_pages) == (list(range(1, document.page_count + 1)), [])


def test_scan_is_no_digital_signature(house, document):
    with pytest.raises(ValidationError, match="không phải"):
        signatures.keep_upload(document, pdf_of([Image.new("RGB", (210, 297))]), by=house.officer)
