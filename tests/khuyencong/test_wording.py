"""Wording by staff: what counts when, what is refused, drafts, preview on real papers, publishing, no injection."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from khuyencong.dates import short_date, today
from khuyencong.documents import drafting
from khuyencong.documents.kinds import DRAFT, KINDS
from khuyencong.documents.trial import CLOSE, OPEN, paper_with
from khuyencong.documents.wording import trying, wordings_for
from khuyencong.models import AuditEntry, Role, Wording
from tests.factories import OrganisationFactory, UserFactory, thai_nguyen
from tests.khuyencong.print_settings import OPENING, PAPER, RECIPIENTS
from tests.stories import make_house

SPRING, SUMMER, AUTUMN = date(2026, 3, 1), date(2026, 6, 1), date(2026, 9, 1)
DEFAULT = "Về việc của {ten_co_quan}."


@pytest.fixture(autouse=True)
def kind(monkeypatch):
    monkeypatch.setitem(KINDS, PAPER.key, PAPER)
    return PAPER


@pytest.fixture
def house(db):
    return make_house()


@pytest.fixture
def admin(house):
    return UserFactory(organisation=house.department, role=Role.ADMIN, is_staff=True, is_superuser=True)


@pytest.fixture
def keeper(db):
    """The administrator of the whole installation."""
    return UserFactory(organisation=None, role=Role.ADMIN, is_staff=True, is_superuser=True)


@pytest.fixture
def page(client, admin):
    client.force_login(admin)
    return client


def draft(body, by, text="Lời mới của {ten_co_quan}.", valid_from=SPRING, slot=OPENING, **fields):
    return drafting.save_draft(PAPER, slot, body, by=by, text=text, valid_from=valid_from, **fields)


def published(body, by, *args, **fields):
    saved = draft(body, by, *args, **fields)
    return drafting.publish(saved, by=by, seen=drafting.seen_mark(saved))


def opening_of(body, day=AUTUMN):
    return wordings_for(PAPER, body, day)["opening"]


def address(name, body, slot="opening"):
    return reverse(name, args=[body if isinstance(body, str) else body.pk, PAPER.key, slot])


# Which words count


def test_a_body_goes_before_its_parent_and_that_before_everyone(house, admin, keeper):
    assert opening_of(house.centre) == DEFAULT
    published(None, keeper, "Chung.")
    assert [opening_of(body) for body in (house.centre, OrganisationFactory())] == ["Chung.", "Chung."]
    published(house.department, admin, "Của Sở.", SUMMER)
    published(house.centre, admin, "Của Trung tâm.", AUTUMN)
    days = (SPRING - timedelta(days=1), SPRING, SUMMER, AUTUMN)
    assert [opening_of(house.centre, day) for day in days] == [DEFAULT, "Chung.", "Của Sở.", "Của Trung tâm."]
    assert opening_of(house.department, AUTUMN) == "Của Sở."


def test_a_body_goes_back_to_the_default_from_a_day_on(house, admin, keeper):
    published(house.department, admin, "Của Sở.")
    back = published(house.department, admin, "không đọc", SUMMER, follows_default=True)
    assert (back.text, opening_of(house.department, SPRING)) == (DEFAULT, "Của Sở.")
    assert [opening_of(body, SUMMER) for body in (house.department, house.centre)] == [DEFAULT, DEFAULT]
    published(None, keeper, "Chung.", SUMMER)
    assert opening_of(house.department, SUMMER) == "Chung."


def test_words_tried_count_for_one_kind_and_only_within(house):
    with trying(PAPER, {"opening": "Thử"}):
        assert opening_of(house.department) == "Thử"
        assert "Thử" not in wordings_for(KINDS["handover_minutes"], house.department, AUTUMN).values()
    assert opening_of(house.department) == DEFAULT


# What is refused


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Về {ten_xa} và {so}.", "{so}"),
        ("Về {ten_xa}.", "Ô dùng được: {ten_co_quan}, {ky_hieu}"),
        ("{{ ten_co_quan }}", "Dấu { }"),
        ("{{ten_co_quan}}", "Dấu { }"),
        ("{% load static %}", "Dấu { }"),
        ("{Tên cơ quan}", "Dấu { }"),
        ("ba } dấu", "Dấu { }"),
        ("a" * 6001, "nhiều nhất 6000"),
        ("a\n" * 61, "nhiều nhất 60"),
    ],
)
def test_text_that_cannot_stand_on_the_paper_is_refused(text, said):
    with pytest.raises(ValidationError) as refusal:
        drafting.check_text(PAPER, OPENING, text)
    assert said in " ".join(refusal.value.messages)


@pytest.mark.parametrize("text", ["a" * 501, " ;\n."])
def test_a_list_asks_for_short_items_with_words(text):
    drafting.check_text(PAPER, OPENING, text)
    with pytest.raises(ValidationError):
        drafting.check_text(PAPER, RECIPIENTS, text)


def test_defaults_of_all_kinds_are_in_order(kind):
    for paper in KINDS.values():
        for slot in paper.slots:
            drafting.check_text(paper, slot, slot.default)


def test_template_code_is_never_run(house, monkeypatch):
    """Even what came into the table by another way than the form stands on the paper as plain text."""
    code = "{{ 7|add:7 }} {% khong_co %} <script>alert(1)</script> <b>đậm</b> {ten_co_quan}"
    html = paper_with(PAPER, house.department, {"opening": code})
    assert "{{ 7|add:7 }} {% khong_co %}" in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &lt;b&gt;đậm&lt;/b&gt; Sở Công Thương" in html
    assert "<script>" not in html
    monkeypatch.setattr(house.department, "name", "{ky_hieu} {{ x }} <i>")
    html = paper_with(PAPER, house.department, {"opening": "{ten_co_quan}"})
    assert '<mark id="moi">{ky_hieu} {{ x }} &lt;i&gt;</mark>' in html


def test_the_paper_marks_each_new_line_and_stays_whole(house):
    html = paper_with(PAPER, house.department, {"opening": "Một\n\nHai", "recipients": "Như trên;\nLưu: VT."})
    assert '<p><mark id="moi">Một</mark></p>' in html
    assert "<p><mark>Hai</mark></p>" in html
    assert "<li>- <mark>Như trên</mark>;</li>" in html
    assert "<li>- <mark>Lưu: VT</mark>.</li>" in html
    assert "BẢN NHÁP" in html
    assert OPEN not in html
    assert CLOSE not in html
    assert "<mark>" not in PAPER.build(house.department, DRAFT).render_html()


# Drafts and publishing


def test_only_administrators_of_the_house_word(house, admin):
    stranger = UserFactory(organisation=OrganisationFactory(), role=Role.ADMIN)
    for person in (house.officer, house.director, stranger):
        with pytest.raises(PermissionDenied):
            draft(house.department, person)
    with pytest.raises(PermissionDenied):
        draft(None, admin)
    assert draft(house.department, admin).is_draft


def test_a_draft_counts_for_nothing_until_it_is_published_as_it_was_seen(house, admin):
    saved = draft(house.department, admin)
    seen = drafting.seen_mark(saved)
    assert opening_of(house.department) == DEFAULT
    later = draft(house.department, admin, "Sửa thêm.", expected_version=saved.version)
    assert later.pk == saved.pk
    for mark in ("", "giả", seen):
        with pytest.raises(ValidationError, match="Xem lại trên giấy"):
            drafting.publish(later, by=admin, seen=mark)
    drafting.publish(later, by=admin, seen=drafting.seen_mark(later))
    assert opening_of(house.department) == "Sửa thêm."
    entry = AuditEntry.objects.about(later).latest("pk")
    assert entry.changes == [["Lời mở đầu", DEFAULT, "Sửa thêm."], ["dùng từ ngày", "", "01/03/2026"]]


def test_what_is_published_never_changes(house, admin):
    row = published(house.department, admin)
    with pytest.raises(ValidationError, match="không sửa nữa"):
        drafting.discard(row, by=admin)
    with pytest.raises(ValidationError, match="không sửa nữa"):
        drafting.publish(row, by=admin, seen=drafting.seen_mark(row))
    follower = draft(house.department, admin, "Bản sau.", SPRING)
    assert follower.pk != row.pk
    drafting.publish(follower, by=admin, seen=drafting.seen_mark(follower))
    assert opening_of(house.department, SPRING) == "Bản sau."
    assert [version.text for version in drafting.versions_of(PAPER, OPENING, house.department)] == [
        "Bản sau.", "Lời mới của {ten_co_quan}.",
    ]  # fmt: skip


def test_two_people_do_not_overwrite_each_other(house, admin):
    saved = draft(house.department, admin)
    draft(house.department, admin, "Của người nhanh hơn.", expected_version=saved.version)
    for version in (None, saved.version):
        with pytest.raises(ValidationError, match="Người khác đã lưu"):
            draft(house.department, admin, "Của người chậm hơn.", expected_version=version)
    assert Wording.objects.get().text == "Của người nhanh hơn."


def test_two_people_do_not_begin_the_same_draft(house, keeper, monkeypatch):
    """Neither saw the other's: the table itself refuses the second."""
    draft(None, keeper)
    monkeypatch.setattr(drafting, "draft_of", lambda *place: None)
    monkeypatch.setattr(Wording, "full_clean", lambda wording: None)
    with pytest.raises(ValidationError, match="Người khác đã lưu"):
        draft(None, keeper)


def test_newest_papers_are_shown_the_bodys_own_first(house, admin):
    OrganisationFactory(parent=house.department, name="Trung tâm Một")
    newest = OrganisationFactory(parent=house.department, name="Trung tâm Hai")
    shown = [record for record, _variant in drafting.records_to_show(PAPER, house.centre, admin)]
    assert shown[0] == house.centre
    assert shown[1] == newest
    assert len(shown) == 3


# Pages


def test_words_are_read_with_their_source(client, house, admin):
    published(house.department, admin, "Của Sở.")
    client.force_login(house.officer)
    response = client.get(reverse("wordings", args=[house.centre.pk, PAPER.key]))
    assertContains(response, f"Của {house.department}, từ 01/03/2026")
    assertContains(response, "Mặc định của cổng")
    assertNotContains(response, "Viết lại")
    assertContains(client.get(address("wording_slot", house.department)), "Riêng của cơ quan, từ 01/03/2026")
    assert client.get(address("wording_edit", house.department)).status_code == 403
    client.force_login(make_house(thai_nguyen(), "Thái Nguyên").officer)
    assert client.get(address("wording_slot", house.department)).status_code == 404
    assert client.get(address("wording_slot", "chung")).status_code == 200


@pytest.mark.parametrize(
    "path",
    ["chung/khong-co/", "chung/test_paper/khong-co/", "abc/test_paper/", "٣/test_paper/", "99999999/test_paper/"],
)
def test_unknown_places_are_not_found(page, path):
    assert page.get(f"/mau-van-ban/loi-van/{path}").status_code == 404


def test_from_draft_over_preview_to_publishing(page, house, admin):
    form = page.get(address("wording_edit", house.department))
    assertContains(form, "<code>{ky_hieu}</code>")
    assertContains(form, 'data-insert="{ky_hieu}"')
    typed = {"text": "  Theo đề nghị\u200b của {ten_co_quan}.\r\n\r\nNhư sau:  ", "valid_from": short_date(today())}
    refused = page.post(address("wording_edit", house.department), typed | {"text": "Về {ten_xa}"})
    assertContains(refused, "Không có ô điền {ten_xa}")
    response = page.post(address("wording_edit", house.department), typed)
    row = Wording.objects.get()
    assert row.text == "Theo đề nghị của {ten_co_quan}.\n\nNhư sau:"
    assertRedirects(response, reverse("wording_preview", args=[row.pk]))

    preview = page.get(reverse("wording_preview", args=[row.pk]))
    assertContains(preview, "Chỉ có 2 hồ sơ")
    assertContains(preview, "Theo đề nghị của {ten_co_quan}.")
    paper = page.get(reverse("wording_paper", args=[row.pk, house.centre.pk]))
    assertContains(paper, f'<mark id="moi">Theo đề nghị của {house.centre}.</mark>')
    assert paper["X-Frame-Options"] == "SAMEORIGIN"

    page.post(reverse("wording_publish", args=[row.pk]), {"seen": "giả"})
    row.refresh_from_db()
    assert row.is_draft
    done = page.post(reverse("wording_publish", args=[row.pk]), {"seen": preview.context["seen"]})
    assertRedirects(done, address("wording_slot", house.department))
    row.refresh_from_db()
    assert (row.published_by, row.is_draft) == (admin, False)
    assert page.get(reverse("wording_preview", args=[row.pk])).status_code == 404


def test_a_start_in_the_past_is_said(page, house, admin):
    row = draft(house.department, admin)
    assertContains(page.get(reverse("wording_preview", args=[row.pk])), "văn bản mới mang ngày từ 01/03/2026")
    draft(house.department, admin, valid_from=today(), expected_version=row.version)
    assertNotContains(page.get(reverse("wording_preview", args=[row.pk])), "Ngày bắt đầu đã qua")


def test_back_to_the_default_by_the_page(page, house, admin):
    published(house.department, admin, "Của Sở.")
    typed = {"text": "", "valid_from": "01/06/2026", "act": "default"}
    page.post(address("wording_edit", house.department), typed)
    row = Wording.objects.get(status="draft")
    assert (row.follows_default, row.text) == (True, DEFAULT)
    assertContains(page.get(reverse("wording_preview", args=[row.pk])), "trở về mặc định từ 01/06/2026")
    page.post(reverse("wording_discard", args=[row.pk]))
    assert not Wording.objects.filter(status="draft").exists()


def test_a_preview_shows_only_what_the_person_may_see(page, house, admin):
    row = draft(house.department, admin)
    foreign = make_house(thai_nguyen(), "Thái Nguyên")
    assert page.get(reverse("wording_paper", args=[row.pk, foreign.department.pk])).status_code == 404
    assert page.get(reverse("wording_paper", args=[row.pk, house.centre.pk]), {"lan": "khac"}).status_code == 404
    page.force_login(foreign.officer)
    assert page.get(reverse("wording_preview", args=[row.pk])).status_code == 404
