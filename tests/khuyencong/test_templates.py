"""Every template and component, the files they name, and the pages that must show when something is wrong."""

import re
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace

import pytest
from django import forms
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.contrib.messages import ERROR, SUCCESS
from django.contrib.messages.storage.base import Message
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.exceptions import PermissionDenied
from django.core.management import call_command
from django.core.paginator import Paginator
from django.template import Context, Engine
from django.template.loader import get_template
from django.utils import timezone
from django.views import defaults

from khuyencong.forms import LookupField, ReasonField, VnDateField, VnDecimalField, VndField
from khuyencong.models import AdministrativeUnit, Role, User
from khuyencong.templatetags.portal import TONES

HERE = Path(__file__).parent
TEMPLATES = Path(settings.BASE_DIR, "templates")
NAMES = sorted(str(path.relative_to(TEMPLATES)) for path in TEMPLATES.rglob("*.html"))
REFERENCES = ("for", "aria-describedby", "aria-labelledby", "aria-controls")


class SampleForm(forms.Form):
    """One field of each kind."""

    name = forms.CharField(label="Tên cơ sở", help_text="Đúng như giấy đăng ký.")
    total = VndField(label="Tổng kinh phí", help_text="Gõ được 300tr, 0,3 tỷ hoặc 300.000.000.")
    signed_on = VnDateField(label="Ngày ký", required=False)
    quantity = VnDecimalField(label="Số lượng", required=False)
    place = LookupField(
        label="Xã, phường", required=False, queryset=AdministrativeUnit.objects.none(), search_url="unit_search"
    )
    source = forms.ChoiceField(label="Nguồn", choices=[("KCDP", "Khuyến công địa phương")])
    kind = forms.ChoiceField(
        label="Loại đề án", help_text="Theo Thông tư.", choices=[("one", "Theo đối tượng"), ("group", "Lập theo nhóm")],
        widget=forms.RadioSelect,
    )  # fmt: skip
    papers = forms.MultipleChoiceField(
        label="Giấy tờ", required=False, choices=[("a", "Đăng ký kinh doanh"), ("b", "Cam kết vốn đối ứng")],
        widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip
    is_exporter = forms.BooleanField(label="Có xuất khẩu", required=False, help_text="Trực tiếp hoặc ủy thác.")
    file = forms.FileField(label="Tải tệp lên", required=False)
    reason = ReasonField(label="Lý do trả lại")


class Page(HTMLParser):
    """Ids of a page, and what points to them."""

    def __init__(self, html):
        super().__init__()
        self.ids, self.references, self.controls, self.labels = Counter(), set(), set(), set()
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        self.ids.update([attrs["id"]] if "id" in attrs else [])
        for name in REFERENCES:
            self.references.update((attrs.get(name) or "").split())
        if tag == "a" and attrs.get("href", "").startswith("#"):
            self.references.add(attrs["href"][1:])
        if tag == "label":
            self.labels.add(attrs["for"])
        if tag in ("input", "select", "textarea") and attrs.get("type") != "hidden":
            self.controls.add(attrs.get("id"))


def gallery_context(request, form):
    now = timezone.now()
    conflict = SimpleNamespace(bound_field=form["signed_on"], mine="20/12/2026", theirs="15/12/2026", keep="mine")
    entry = SimpleNamespace(
        actor="Lê Hoàng Phúc", at=now, label="Trình kế hoạch", before="draft", after="submitted",
        before_label="Dự thảo", after_label="Chờ thẩm định", reason="Trình lần 2.",
        changes=[["KCĐP", "500.000.000", "400.000.000"]],
    )  # fmt: skip
    navigation = [SimpleNamespace(label="Đề án", url="/de-an/", is_current=True)]
    return {
        "request": request,
        "csrf_token": "x",
        "user": User(full_name="Đỗ Thị Bích Ngân", role=Role.OFFICER, is_staff=True),
        "portal": {
            "organisation": "Sở Công Thương",
            "navigation": navigation,
            "is_demo": True,
            "plan_year": 2026,
        },  # fmt: skip
        "form": form,
        "conflicted": SimpleNamespace(
            conflict_with=SimpleNamespace(updated_by="Huỳnh Tấn Đạt", updated_at=now), conflicts=[conflict]
        ),
        "messages": [Message(SUCCESS, "Đã lưu."), Message(ERROR, "Chưa lưu được.")],
        "statuses": TONES,
        "sample": SimpleNamespace(is_sample=True),
        "trail": [("Đề án năm 2026", "/de-an/"), ("KC26-030", "/de-an/30/")],
        "cells": [("Đang ở đâu", "Bước 3 trên 9", "Thẩm định"), ("Trước ngày nào", "02/12/2026", "")],
        "steps": [("Lập đề án", "done", "12/09"), ("Thẩm định", "now", ""), ("Phê duyệt", "", "")],
        "note": SimpleNamespace(returned_by="Lê Hoàng Phúc", returned_at=now, reason="Sửa vốn đối ứng."),
        "options": [("xã Mỏ Cày, tỉnh Vĩnh Long", "trước thuộc tỉnh Bến Tre"), ("xã Mỹ Long, tỉnh Vĩnh Long", "")],
        "nothing": [],
        "totals": {"count": 42, "national_amount": 1, "local_amount": 2, "counterpart_amount": 3, "total_amount": 6},
        "chips": [("Năm: 2026", "nguon=KCDP"), ("Nguồn: KCĐP", "nam=2026")],
        "page_obj": Paginator(range(118), 25).page(2),
        "entries": [entry, SimpleNamespace(**vars(entry) | {"changes": entry.changes * 6, "after": ""})],
    }


@pytest.fixture
def gallery(rf):
    """The page of all components, with every field of the sample form in error where it can be."""
    form = SampleForm({"total": "300tr5", "signed_on": "31/02/2026", "quantity": "2.5", "source": "?", "papers": "z"})
    request = rf.get("/", {"nam": "2026", "sap-xep": "-tong"})
    template = Engine.get_default().from_string((HERE / "gallery.html").read_text())
    return template.render(Context(gallery_context(request, form)))


@pytest.mark.parametrize("name", NAMES)
def test_template_compiles(name):
    assert get_template(name).template.name == name


def test_icons_are_in_the_sprite():
    sprite = set(re.findall(r'<symbol id="([\w-]+)"', Path(finders.find("icons.svg")).read_text()))
    used = {icon for _tone, icon in TONES.values()}
    for name in NAMES:
        text = (TEMPLATES / name).read_text()
        used.update(re.findall(r'{% icon "([\w-]+)"', text) + re.findall(r"icons\.svg' %}#([\w-]+)", text))
    assert used - sprite == set()
    assert sprite >= {"flag", "search"}


def test_tones_are_in_the_style_sheet():
    sheet = Path(finders.find("portal.css")).read_text()
    assert {tone for tone, _icon in TONES.values() if tone and f".status--{tone}" not in sheet} == set()


def test_components_refer_only_to_what_is_on_the_page(gallery):
    page = Page(gallery)
    assert [name for name, count in page.ids.items() if count > 1] == []
    assert page.references - page.ids.keys() == set()


def test_every_field_has_a_label(gallery):
    page = Page(gallery)
    assert page.controls == page.labels


def test_choices_stand_in_the_look_of_the_portal(gallery):
    assert '<div class="choice"><input type="radio" name="kind" value="one"' in gallery
    assert (
        gallery.count(
            '<fieldset class="field field--error" id="id_kind" aria-describedby="id_kind_helptext id_kind_error">'
        )
        == 1
    )


def test_empty_fields_are_told_what_to_do(gallery):
    assert '<a href="#id_name">Tên cơ sở: Nhập vào ô này.</a>' in gallery
    assert '<a href="#id_kind">Loại đề án: Chọn một mục.</a>' in gallery
    assert '<a href="#id_reason">Lý do trả lại: Nêu lý do.</a>' in gallery


def test_gallery_shows_every_component(gallery):
    shown = (HERE / "gallery.html").read_text()
    by_tag = {"confirm_act", "filter_fold", "bar", "error_summary", "sort_head", "pagination"}
    by_shell = {"masthead", "messages"}
    by_view = {"amount_words"}
    components = {path.stem for path in (TEMPLATES / "components").glob("*.html")}
    missing = {name for name in components if f"components/{name}.html" not in shown}
    assert missing == by_tag | by_shell | by_view
    assert all(f"{{% {name} " in shown for name in by_tag | {"status_badge"})


def test_scripts_are_ours_and_deferred(gallery):
    scripts = re.findall(r"<script[^>]*>", gallery)
    assert scripts == [
        f'<script src="{settings.STATIC_URL}django_htmx/htmx-2.min.js" defer>',
        f'<script src="{settings.STATIC_URL}js/portal.js" defer>',
    ]


def test_script_stays_small():
    assert Path(finders.find("js/portal.js")).stat().st_size < 20_000


def test_style_sheet_finds_its_fonts_under_hashed_names(settings, tmp_path):
    settings.STATIC_ROOT = tmp_path
    settings.STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"}
    }
    call_command("collectstatic", "--no-input", "--verbosity", "0")
    sheet = Path(staticfiles_storage.path(staticfiles_storage.stored_name("portal.css")))
    fonts = re.findall(r'url\("([^"#]+)"\)', sheet.read_text())
    assert len(fonts) == 2
    assert all(re.search(r"\.\w{12}\.woff2$", font) and (sheet.parent / font).is_file() for font in fonts)


def test_server_error_page_needs_nothing(rf):
    answer = defaults.server_error(rf.get("/"))
    assert (answer.status_code, "Máy chủ gặp lỗi" in answer.text) == (500, True)


@pytest.mark.parametrize("name", ["400", "403_csrf", "409", "413", "500"])
def test_error_after_a_post_says_what_became_of_it_and_how_to_go_back(name):
    page = get_template(f"{name}.html").render({"most": 20})
    assert re.search(r"[Cc]hưa (?:có gì )?được (?:lưu|ghi)|chưa ghi|chưa có gì được lưu", page)
    assert "nút quay lại (←) của trình duyệt" in page
    assert "Về trang đầu" in page


def test_refusal_says_why(rf):
    request = rf.get("/")
    request.user = AnonymousUser()
    answer = defaults.permission_denied(request, PermissionDenied("Người lập không tự phê duyệt."))
    assert (answer.status_code, "Người lập không tự phê duyệt." in answer.text) == (403, True)


def test_lost_page_offers_a_way_on(rf):
    request = rf.get("/khong-co/")
    request.user = AnonymousUser()
    answer = defaults.page_not_found(request, Exception())
    assert answer.status_code == 404
    assert "danh sách đề án" in answer.text
    assert 'id="site-search"' not in answer.text  # a stranger cannot search
