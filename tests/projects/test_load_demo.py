"""The loader of the demo: all or nothing. What it tells is in test_demo.py."""

import pytest
from django.core.management import CommandError

from khuyencong.models import User
from projects.demo import stories
from tests.demo import load, row_counts

pytestmark = pytest.mark.django_db


def test_load_demo_interrupted_leaves_nothing(monkeypatch):
    class Failing:
        @staticmethod
        def tell(cast):
            raise KeyboardInterrupt

    monkeypatch.setattr(stories, "STORIES", (stories.ba_ria_vung_tau, Failing))
    before = row_counts()
    with pytest.raises(KeyboardInterrupt):
        load()
    assert row_counts() == before


def test_load_demo_refuses_a_portal_where_its_names_are_taken():
    User.objects.create(username="giamdoc", full_name="Lê Bình")
    before = row_counts()
    with pytest.raises(CommandError, match="chưa có gì thay đổi"):
        load()
    assert row_counts() == before
