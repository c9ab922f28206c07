"""Letterheads and signers: who keeps them, their dates, what issued papers carry, and what the pages show."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from khuyencong import print_settings as settings
from khuyencong.dates import short_date, today
from khuyencong.documents.letterheads import deputies_signing, head_of, signature_of, signer_of
from khuyencong.models import AuditEntry, Letterhead, Role
from tests.factories import OrganisationFactory, UserFactory, thai_nguyen
from tests.khuyencong.print_settings import issued, signer
from tests.stories import delegation, make_house

SPRING, SUMMER, AUTUMN = date(2026, 3, 1), date(2026, 6, 1), date(2026, 9, 1)


@pytest.fixture
def house(db):
    return make_house()


@pytest.fixture
def admin(house):
    return UserFactory(organisation=house.department, role=Role.ADMIN, is_staff=True, is_superuser=True)


@pytest.fixture
def page(client, admin):
    client.force_login(admin)
    return client


def letterhead(body, **fields):
    values = {"parent_lines": "UBND tỉnh Vĩnh Long", "name_lines": "Sở|Công Thương", "place": "Vĩnh Long"}
    return Letterhead(organisation=body, **values | fields)


def saved(setting, admin):
    return settings.save_setting(setting, by=admin)


def told(setting):
    return AuditEntry.objects.about(setting).latest("pk")


def typed(setting, **changes):
    fields = {name: getattr(setting, name) for name in settings.FIELDS[type(setting)]}
    for name in ("valid_from", "valid_to"):
        fields[name] = short_date(fields[name]) if fields[name] else ""
    return fields | changes


# Rules


def test_a_house_is_the_body_its_parent_and_what_is_below_them(house):
    make_house(thai_nguyen(), "Thái Nguyên")
    assert set(settings.house_of(house.officer)) == {house.centre, house.department}
    assert set(settings.house_of(house.director)) == {house.centre, house.department}


def test_only_administrators_of_the_house_set(house, admin):
    stranger = UserFactory(organisation=OrganisationFactory(), role=Role.ADMIN)
    for person in (house.officer, house.director, stranger):
        with pytest.raises(PermissionDenied):
            saved(letterhead(house.centre), person)
    assert saved(letterhead(house.centre), admin).pk
    assert settings.may_set(admin, None) is False
    assert settings.may_set(UserFactory(organisation=None, role=Role.ADMIN, is_superuser=True), None) is True


def test_the_letterhead_of_the_day_is_printed(house, admin):
    saved(letterhead(house.department, valid_to=SUMMER), admin)
    saved(letterhead(house.department, name_lines="Sở Công Thương và Năng lượng", valid_from=AUTUMN), admin)
    lines = [head_of(house.department, day)["issuer"]["name"] for day in (SPRING, date(2026, 7, 1), AUTUMN)]
    assert lines == [
        ["Sở", "Công Thương"], ["Sở Công Thương tỉnh Vĩnh Long"], ["Sở Công Thương và Năng lượng"],
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("begin", "end", "overlaps"),
    [
        (None, None, True), (None, SPRING, True), (AUTUMN, None, True), (SUMMER, SUMMER, True),
        (None, SPRING - timedelta(days=1), False), (AUTUMN + timedelta(days=1), None, False),
    ],
)  # fmt: skip
def test_rows_of_a_body_do_not_overlap(house, admin, begin, end, overlaps):
    saved(letterhead(house.department, valid_from=SPRING, valid_to=AUTUMN), admin)
    saved(letterhead(house.centre), admin)
    new = letterhead(house.department, valid_from=begin, valid_to=end)
    if not overlaps:
        assert saved(new, admin).pk
        return
    with pytest.raises(ValidationError, match="từ 01/03/2026 đến hết 01/09/2026"):
        saved(new, admin)


def test_signers_overlap_only_within_a_kind(house, admin):
    saved(signer(house.department), admin)
    own = saved(signer(house.department, kind="handover_minutes", name="Trần Thị Thay"), admin)
    with pytest.raises(ValidationError, match="chồng nhau"):
        saved(signer(house.department, kind="handover_minutes"), admin)
    assert signer_of(house.department, "handover_minutes", SPRING) == own
    assert signer_of(house.department, "plan_decision", SPRING).name == "Nguyễn Văn Ký"


def test_what_an_issued_paper_carries_is_only_ended(house, admin):
    row = saved(signer(house.department, valid_from=SPRING), admin)
    issued(house.department, admin, SUMMER)
    issued(house.centre, admin, AUTUMN)
    assert settings.last_use(row) == SUMMER
    row.name = "Người Khác"
    with pytest.raises(ValidationError, match="gần nhất ngày 01/06/2026"):
        settings.save_setting(row, by=admin)
    with pytest.raises(ValidationError, match="không sửa, không bỏ được"):
        settings.remove_setting(row, by=admin)
    with pytest.raises(ValidationError, match="01/06/2026 hoặc sau đó"):
        settings.end_setting(row, SUMMER - timedelta(days=1), by=admin)
    ended = settings.end_setting(row, SUMMER, by=admin)
    assert (ended.name, ended.valid_to) == ("Nguyễn Văn Ký", SUMMER)
    assert told(row).changes == [["hết hiệu lực sau", "", "01/06/2026"]]


def test_a_paper_without_a_number_series_counts_by_its_issuer(house, admin):
    row = saved(signer(house.department, kind="plan_decision"), admin)
    issued(house.department, admin, SUMMER, series="", number_text="", number=None, kind="amendment_decision")
    assert settings.last_use(row) is None
    issued(house.department, admin, SUMMER, series="", number_text="", number=None, kind="plan_decision")
    assert settings.last_use(row) == SUMMER


def test_changes_are_told_old_and_new(house, admin):
    row = saved(signer(house.department), admin)
    row.name, row.mode, row.capacity, row.post = "Lê Thị Phó", "KT", "Giám đốc", "Phó Giám đốc"
    settings.save_setting(row, by=admin)
    entry = told(row)
    assert (entry.actor, entry.action) == (admin, "signer.edit")
    assert ["họ và tên", "Nguyễn Văn Ký", "Lê Thị Phó"] in entry.changes
    pk = row.pk
    settings.remove_setting(row, by=admin)
    entry = AuditEntry.objects.get(action="signer.remove", subject_id=pk)
    assert ["họ và tên", "Lê Thị Phó", ""] in entry.changes


def test_capacity_follows_the_mode(house, admin):
    with pytest.raises(ValidationError, match="ghi thay cho ai"):
        saved(signer(house.department, mode="KT"), admin)


# Deputies


def test_a_deputy_is_offered_and_signs_only_when_chosen(house, admin):
    house.director.position = "Giám đốc"
    house.director.save()
    saved(signer(house.department), admin)
    delegation(house)
    [offered] = deputies_signing(house.department, today())
    assert signer_of(house.department, "plan_decision", today()).name == "Nguyễn Văn Ký"
    block = signature_of(offered)
    assert (block["mode"], block["capacity"], block["name"]) == ("KT", "Giám đốc", house.second_reviewer.full_name)
    assert deputies_signing(house.department, today() + timedelta(days=30)) == []
    assert deputies_signing(house.centre, today()) == []


# Pages


def test_everybody_of_the_house_reads_and_nobody_else(client, house, admin):
    saved(letterhead(house.department), admin)
    saved(signer(house.department), admin)
    client.force_login(house.officer)
    overview = client.get(reverse("print_settings"))
    assertContains(overview, "Nguyễn Văn Ký")
    body = reverse("print_settings_body", args=[house.department.pk])
    response = client.get(body)
    assertContains(response, "Sở Công Thương")
    assertNotContains(response, "Thêm người ký")
    client.force_login(make_house(thai_nguyen(), "Thái Nguyên").officer)
    assert client.get(body).status_code == 404


def test_an_administrator_adds_tries_and_changes(page, house):
    address = reverse("print_setting_create", args=[house.department.pk, "phan-dau"])
    assertContains(page.get(address), f'value="{house.department.name}"')
    new = typed(letterhead(house.department, valid_from=SPRING))
    tried = page.post(address, new | {"act": "try"})
    frame = reverse("print_head", args=[house.department.pk])
    assertContains(tried, f'src="{frame}?parent_lines=UBND+')
    assert not Letterhead.objects.exists()

    response = page.post(address, new)
    assertRedirects(response, reverse("print_settings_body", args=[house.department.pk]))
    row = Letterhead.objects.get()
    assert (row.name_lines, row.valid_from) == ("Sở|Công Thương", SPRING)
    page.post(reverse("print_setting_edit", args=["phan-dau", row.pk]), typed(row, place="Long Hồ"))
    row.refresh_from_db()
    assert row.place == "Long Hồ"
    page.post(reverse("print_setting_end", args=["phan-dau", row.pk]), {"valid_to": "30/06/2026"})
    row.refresh_from_db()
    assert row.valid_to == date(2026, 6, 30)
    page.post(reverse("print_setting_remove", args=["phan-dau", row.pk]))
    assert not Letterhead.objects.exists()


def test_an_overlap_is_told_on_the_form(page, house, admin):
    saved(signer(house.centre, valid_from=SPRING), admin)
    address = reverse("print_setting_create", args=[house.centre.pk, "nguoi-ky"])
    response = page.post(address, typed(signer(house.centre, name="Trần Văn Mới", valid_from=SUMMER)))
    assertContains(response, "Cho dòng đó hết hiệu lực sau ngày 31/05/2026 trước")
    assertContains(response, "Trần Văn Mới")


def test_a_used_row_says_why_it_is_not_changed(page, house, admin):
    row = saved(signer(house.centre), admin)
    issued(house.centre, admin, SUMMER)
    body = page.get(reverse("print_settings_body", args=[house.centre.pk]))
    assertContains(body, "Đã có văn bản phát hành (ngày 01/06/2026)")
    assertNotContains(body, reverse("print_setting_edit", args=["nguoi-ky", row.pk]))
    edited = page.post(reverse("print_setting_edit", args=["nguoi-ky", row.pk]), typed(row, name="Khác"))
    assertContains(edited, "Cho dòng hết hiệu lực từ một ngày sau đó")


def test_the_head_is_shown_in_a_frame_of_the_portal(client, page, house, admin):
    address = reverse("print_head", args=[house.department.pk])
    response = page.get(address, {"name_lines": "<b>Sở|Xem thử", "place": "Vĩnh Long", "post": "Giám đốc"})
    assertContains(response, "&lt;b&gt;Sở<br>Xem thử")
    assert response["X-Frame-Options"] == "SAMEORIGIN"
    assert "frame-ancestors 'self'" in response["Content-Security-Policy"]
    client.force_login(house.officer)
    assertNotContains(client.get(address, {"name_lines": "Giả mạo"}), "Giả mạo")


def test_pages_cost_the_same_for_one_row_and_three(page, house, admin, django_assert_max_num_queries):
    for month in (1, 2, 3):
        saved(signer(house.department, valid_from=date(2026, month, 1), valid_to=date(2026, month, 20)), admin)
        saved(letterhead(house.department, valid_from=date(2026, month, 1), valid_to=date(2026, month, 20)), admin)
    with django_assert_max_num_queries(14):
        page.get(reverse("print_settings_body", args=[house.department.pk]))
    with django_assert_max_num_queries(10):
        page.get(reverse("print_settings"))
