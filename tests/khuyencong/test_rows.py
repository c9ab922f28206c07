"""Rows of lists drawn of their values: the same values once, other values anew, nothing of the reader in them."""

from datetime import date

import pytest
from django.template import Context, Template
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNotContains

from beneficiaries.models import Facility
from khuyencong.templatetags import rows
from projects.shown import ProjectRow
from tests import stories
from tests.factories import FacilityFactory

ROW = ProjectRow(
    pk=1, address="/de-an/1/", code="26-001", is_key=False, name="Máy <nấu> dừa", is_sample=True, place="Cơ sở A, xã B",
    status="draft", status_label="Dự thảo", next_actor="", ends_on=date(2026, 9, 30), due_tone="", due_words="",
    content="", national=0, local=150_000_000, counterpart=350_000_000, other=None, total=500_000_000,
)  # fmt: skip
TABLE = Template("{% load rows %}{% draw_rows 'projects/_project_row.html' found %}")


@pytest.fixture
def drawings(monkeypatch):
    """The rows that a template was made to draw."""
    drawn, draw = [], rows._draw
    rows._drawn.cache_clear()
    monkeypatch.setattr(rows, "_draw", lambda name, row: drawn.append(row) or draw(name, row))
    monkeypatch.setattr(rows, "_drawn", rows.lru_cache(maxsize=8)(rows._draw))
    return drawn


def test_same_values_are_drawn_once_and_escaped(drawings):
    other = ROW._replace(local=0)
    html = TABLE.render(Context({"found": [ROW, other, ROW]}))
    assert TABLE.render(Context({"found": [ROW, other, ROW]})) == html
    assert drawings == [ROW, other]
    assert html.count("150.000.000") == 2
    assert "Máy &lt;nấu&gt; dừa" in html
    assert html.count("Dữ liệu mẫu") == 3


def test_templates_being_written_are_drawn_anew(drawings, settings):
    settings.DEBUG = True
    TABLE.render(Context({"found": [ROW, ROW]}))
    assert drawings == [ROW, ROW]


@pytest.mark.django_db
def test_list_shows_what_was_written_since(client):
    facility = FacilityFactory(created_by=stories.make_house().officer)
    client.force_login(facility.created_by)
    address = reverse("beneficiaries:list")
    assertContains(client.get(address), facility.name)
    Facility.objects.filter(pk=facility.pk).update(name="Cơ sở đã đổi tên")
    changed = client.get(address)
    assertContains(changed, "Cơ sở đã đổi tên")
    assertNotContains(changed, f">{facility.name}<")
