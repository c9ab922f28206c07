from datetime import timedelta
from io import BytesIO

import pytest
from django.utils import timezone
from openpyxl import load_workbook

from khuyencong import audit_checks, sign_ins
from khuyencong.audit import record
from khuyencong.models import AuditCheck, AuditEntry, Role
from tests import stories
from tests.factories import FacilityFactory, UserFactory, thai_nguyen
from tests.khuyencong.doors import browser, person, sign_in
from tests.khuyencong.test_audit import behind_the_portals_back, rewrite

pytestmark = pytest.mark.django_db


@pytest.fixture
def house():
    return stories.make_house()


@pytest.fixture
def chief(house):
    return UserFactory(role=Role.ADMIN, is_superuser=True, is_staff=True, organisation=house.department)


def found(client, **asked):
    return [entry.label for entry in client.get("/dau-vet/", asked).context["page_obj"]]


def test_inspector_searches_by_person_act_record_and_days(client, house):
    facility = FacilityFactory(name="Lò gốm Mang Thít", created_by=house.officer, owner=house.department)
    record(house.officer, "facility.edit", "Sửa cơ sở", facility, reason="sai địa chỉ")
    record(house.reviewer, "facility.print", "In phiếu cơ sở", facility)
    client.force_login(house.viewer)
    assert found(client) == ["In phiếu cơ sở", "Sửa cơ sở"]
    assert found(client, who=str(house.officer)) == ["Sửa cơ sở"]
    assert found(client, act="lay-ra") == ["In phiếu cơ sở"]
    assert found(client, subject="Mang Thít") == ["In phiếu cơ sở", "Sửa cơ sở"]
    assert found(client, subject="sai địa chỉ") == ["Sửa cơ sở"]
    tomorrow = timezone.localdate() + timedelta(days=1)
    assert found(client, since=f"{tomorrow:%d/%m/%Y}") == []
    assert found(client, until=f"{tomorrow:%d/%m/%Y}") == ["In phiếu cơ sở", "Sửa cơ sở"]
    assert found(client, since="32/13/2026") == []


def test_trail_is_scoped_as_the_records_are(client, house, chief):
    north = stories.make_house(thai_nguyen(), "Thái Nguyên")
    record(north.officer, "user.login", "Đăng nhập phía bắc", north.officer)
    record(house.officer, "user.login", "Đăng nhập", house.officer)
    record(None, "user.login_failed", "Đăng nhập không thành công", None)
    for body, expected in ((house.department, ["Đăng nhập"]), (north.department, ["Đăng nhập phía bắc"])):
        client.force_login(UserFactory(role=Role.VIEWER, organisation=body))
        assert found(client) == expected
    client.force_login(chief)
    assert found(client) == ["Đăng nhập không thành công", "Đăng nhập"]


def test_list_asks_the_same_for_more_entries(client, house, django_assert_num_queries):
    client.force_login(house.viewer)
    record(house.officer, "user.login", "Đăng nhập", house.officer)
    with django_assert_num_queries(4):
        client.get("/dau-vet/")
    for _turn in range(3):
        record(house.officer, "user.login", "Đăng nhập", house.officer)
    with django_assert_num_queries(4):
        client.get("/dau-vet/")


def test_excel_holds_what_the_page_finds_and_is_told(client, house, settings):
    record(house.officer, "user.login", "Đăng nhập", house.officer)
    record(house.officer, "user.logout", "Đăng xuất", house.officer)
    client.force_login(house.viewer)
    answer = client.get("/dau-vet/xuat-excel/", {"subject": "Đăng xuất"})
    values = [cell.value for row in load_workbook(BytesIO(answer.getvalue())).active for cell in row]
    assert "Đăng xuất" in values
    assert "Đăng nhập" not in values
    last = AuditEntry.objects.first()
    assert (last.action, last.actor, last.changes) == ("trail.export", house.viewer, [["Số dòng", "", "1"]])

    settings.EXPORT_ROWS_AT_ONCE = 1
    answer = client.get("/dau-vet/xuat-excel/")
    assert answer["Location"].startswith("/dau-vet/")


def test_nightly_work_looks_through_the_trail_once_and_forgets(house, chief, client):
    record(house.officer, "user.login", "Đăng nhập", house.officer)
    person()
    sign_in(browser())
    audit_checks.nightly.call()
    audit_checks.nightly.call()
    [check] = AuditCheck.objects.all()
    assert (check.is_whole, check.entry_count, check.last_hash) == (True, 2, AuditEntry.objects.first().hash)
    client.force_login(chief)
    assert "Nguyên vẹn" in client.get("/dau-vet/").content.decode()


def test_nightly_work_forgets_old_sign_ins():
    user = person()
    sign_in(browser())
    user.sign_ins.update(seen_at=timezone.now() - sign_ins.KEPT - timedelta(days=1))
    audit_checks.nightly.call()
    assert user.sign_ins.count() == 0


def test_check_tells_where_the_trail_breaks(client, house, chief):
    entry = record(house.officer, "user.login", "Đăng nhập", house.officer)
    record(house.officer, "user.logout", "Đăng xuất", house.officer)
    rewrite(entry, "reason", "khác")
    client.force_login(chief)
    client.post("/dau-vet/kiem-tra/")
    page = client.get("/dau-vet/").content.decode()
    assert f"Không khớp từ dòng {entry.pk}" in page
    assert "đối chiếu với bản sao lưu" in page


def test_check_misses_what_the_last_one_saw(house):
    record(house.officer, "user.login", "Đăng nhập", house.officer)
    last = record(house.officer, "user.logout", "Đăng xuất", house.officer)
    assert audit_checks.check_now().is_whole
    with behind_the_portals_back() as cursor:
        cursor.execute("DELETE FROM khuyencong_auditentry WHERE id = %s", [last.pk])
    assert audit_checks.check_now().fault.startswith("Các dòng cuối đã bị xóa")


@pytest.mark.parametrize(("hour", "expected"), [(0, "23/11 01:30"), (2, "24/11 01:30"), (23, "24/11 01:30")])
def test_next_night(monkeypatch, hour, expected):
    now = timezone.make_aware(timezone.datetime(2026, 11, 23, hour, 0))
    monkeypatch.setattr(timezone, "now", lambda: now)
    assert f"{audit_checks.next_night():%d/%m %H:%M}" == expected
