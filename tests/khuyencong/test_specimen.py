"""The specimen of the layout: every element in the PDF has the size and face that the help page tells."""

import io

import pytest
from django.urls import reverse
from pypdf import PdfReader
from pytest_django.asserts import assertContains

from khuyencong.documents.kinds import KINDS
from khuyencong.documents.specimen import BOLD, BOLD_ITALIC, ELEMENTS, ITALIC, PAGE_RULES, REGULAR, specimen_pdf
from tests.factories import UserFactory

FACES = {
    "Document-Serif": REGULAR,
    "Document-Serif-Bold": BOLD,
    "Document-Serif-Italic": ITALIC,
    "Document-Serif-Bold-Italic": BOLD_ITALIC,
}


@pytest.fixture(scope="module")
def runs():
    """(text, size in pt, face) of every run of letters in the specimen, in reading order."""
    found = []

    def visit(text, matrix, _text_matrix, font, size):
        if text.strip():
            face = font["/BaseFont"].partition("+")[2]
            found.append((" ".join(text.split()), round(size * matrix[0], 1), FACES[face]))

    for page in PdfReader(io.BytesIO(specimen_pdf())).pages:
        page.extract_text(visitor_text=visit)
    return found


@pytest.mark.parametrize("element", ELEMENTS, ids=lambda element: element.name)
def test_each_element_is_set_as_the_help_page_says(runs, element):
    found = {(size, face) for text, size, face in runs if element.sample in text}
    assert found == {(element.size, element.face)}


def test_sizes_keep_to_the_decree():
    """What the table quotes as a range holds the size beside it, unless the decree says nothing."""
    bound = {element.name: element for element in ELEMENTS if element.rule.split(", ")[0] in ("in hoa", "in thường")}
    for element in bound.values():
        sizes = [part for part in element.rule.replace(";", ",").split(", ") if part[:2].isdigit()]
        if sizes:
            low, _dash, high = sizes[0].partition("-")
            assert int(low) <= element.size <= int(high or low), element.name
    assert len(bound) > 15


def test_pages_are_a4_upright_and_the_wide_annex_lies(runs):
    sizes = [
        tuple(round(float(side)) for side in page.mediabox[2:]) for page in PdfReader(io.BytesIO(specimen_pdf())).pages
    ]
    assert set(sizes[:-1]) == {(595, 842)}
    assert sizes[-1] == (842, 595)


def test_the_help_page_shows_each_element_beside_its_rule(client, db):
    client.force_login(UserFactory())
    page = client.get(reverse("paper_layout"))
    for row in (*PAGE_RULES, *ELEMENTS):
        assertContains(page, row.rule)
    assertContains(page, "13 pt, nghiêng")
    assertContains(
        page, '<span class="sample">đề xuất</span>', count=sum(row.is_ours for row in (*PAGE_RULES, *ELEMENTS))
    )
    shown = client.get(reverse("paper_specimen"))
    assertContains(shown, "Thành phần thể thức và bố cục")
    assert shown["X-Frame-Options"] == "SAMEORIGIN"
    file = client.get(reverse("paper_specimen_pdf"))
    assert (file["Content-Type"], file.content) == ("application/pdf", specimen_pdf())


def test_the_specimen_is_no_paper_to_issue():
    assert "specimen" not in KINDS
    assert not any("specimen" in kind.key for kind in KINDS.values())
