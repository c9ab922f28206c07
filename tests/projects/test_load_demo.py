"""The loader of the demo: all or nothing. What it tells is in test_demo.py."""

import pytest
from django.core.management import CommandError, call_command

from khuyencong.files import atomic_with_files, store_made
from khuyencong.models import Counter, User
from projects.demo import stories
from tests.demo import load, row_counts

pytestmark = pytest.mark.django_db


@atomic_with_files
def keep_a_file(by):
    store_made(b"%PDF-1.7", name="van-ban.pdf", content_type="application/pdf", by=by)


def test_load_demo_interrupted_leaves_nothing(monkeypatch, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path

    class Failing:
        @staticmethod
        def tell(cast):
            keep_a_file(cast.admin)
            raise KeyboardInterrupt

    monkeypatch.setattr(stories, "STORIES", (stories.ba_ria_vung_tau, Failing))
    before = row_counts()
    with pytest.raises(KeyboardInterrupt):
        load()
    assert row_counts() == before
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize(
    "served", [{"ALLOWED_HOSTS": ["khuyencong.tinh.gov.vn"]}, {"ALLOWED_HOSTS": ["localhost"], "HTTPS": True}]
)
def test_load_demo_refuses_a_portal_that_serves_others(settings, served):
    for name, value in served.items():
        setattr(settings, name, value)
    before = row_counts()
    with pytest.raises(CommandError) as refusal:
        call_command("load_demo")
    assert str(refusal.value) == (
        "Không nạp được dữ liệu mẫu, chưa có gì thay đổi: cổng này phục vụ máy khác (biến ALLOWED_HOSTS hoặc HTTPS), "
        "trong khi mật khẩu của tài khoản dùng thử là công khai. Để xem thử, bỏ hai biến đó; để dùng thật, chạy "
        "thẳng: python manage.py serve."
    )
    assert row_counts() == before


def test_load_demo_leaves_a_portal_that_began_to_serve_others_as_it_is(settings, capsys):
    Counter.objects.create(key="demo", value=1)
    settings.ALLOWED_HOSTS = ["khuyencong.tinh.gov.vn"]
    call_command("load_demo")
    assert capsys.readouterr().out == "Dữ liệu mẫu đã được nạp từ trước; không thay đổi gì.\n"


def test_load_demo_refuses_a_portal_where_its_names_are_taken():
    User.objects.create(username="giamdoc", full_name="Lê Bình")
    before = row_counts()
    with pytest.raises(CommandError, match="chưa có gì thay đổi"):
        load()
    assert row_counts() == before
