import pytest

from beneficiaries.models import Facility
from khuyencong.audit import record
from khuyencong.models import AuditEntry, UnitSuccession
from projects import services
from projects.models import HandoverEvent, Project
from reports.records import COUNTED, FOUND_EACH, KINDS, Found, found, found_nearly, pages_of
from tests import stories
from tests.factories import FacilityFactory, commune_of, thai_nguyen, vinh_long

TAX_CODE = "0100233488"


def titles(person, text):
    """{kind: what was found}."""
    return {result.word: [str(row) for row, _note in result.rows] for result in found(person, text)}


@pytest.fixture
def approved(house, plan):
    facility = FacilityFactory(
        name="Công ty TNHH Kẹo dừa Hương Quê", tax_code=TAX_CODE, legal_form="sme", created_by=house.officer
    )
    return stories.approved_project(house, plan, facility=facility, name="Ứng dụng máy nấu kẹo chân không")


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("KC26-001", {"de-an"}),
        ("kc26", {"de-an"}),
        ("may nau keo", {"de-an"}),
        ("MÁY NẤU KẸO", {"de-an"}),
        ("huong que", {"de-an", "co-so"}),
        (TAX_CODE, {"de-an", "co-so"}),
        ("10/QĐ-UBND", {"ke-hoach"}),
        ("ke hoach khuyen cong dia phuong 2026", {"ke-hoach"}),
        ("chuong trinh 2026-2030", {"chuong-trinh"}),
        ("keo dua cty huong que", {"de-an", "co-so"}),
        ("cong ty trach nhiem huu han huong que", {"de-an", "co-so"}),
        (TAX_CODE.removeprefix("0"), {"de-an", "co-so"}),
        ("không có gì như vậy", set()),
    ],
)
def test_search_finds_by_code_name_tax_code_and_decision(house, approved, text, kinds):
    assert kinds <= set(titles(house.viewer, text))
    assert bool(kinds) is bool(titles(house.viewer, text))


def test_search_finds_by_the_place_of_before(house):
    rows = UnitSuccession.objects.filter(part="whole", predecessor__level="commune", successor__province=vinh_long())
    link = rows.select_related("predecessor", "successor").first()
    facility = FacilityFactory(unit=link.successor)
    assert titles(house.viewer, link.predecessor.short_name)["co-so"] == [str(facility)]


def test_search_finds_handovers_by_subject_and_venue(house, approved):
    HandoverEvent.objects.create(
        plan=approved.plan, subject="máy nấu kẹo", venue="Nhà văn hóa xã Hàm Giang", giver=house.department,
        created_by=house.officer, updated_by=house.officer,
    )  # fmt: skip
    assert titles(house.viewer, "nha van hoa") == {"ban-giao": ["Bàn giao máy nấu kẹo"]}


def test_search_stays_in_the_provinces_of_the_person(house, approved):
    stranger = stories.make_house(thai_nguyen(), "Thái Nguyên").viewer
    FacilityFactory(name="Trà Tân Cương", unit=commune_of(thai_nguyen()))
    assert titles(stranger, "huong que") == {}
    assert titles(stranger, "tra tan cuong") == {"co-so": ["Trà Tân Cương"]}
    assert titles(house.viewer, "tra tan cuong") == {}


def test_found_rows_carry_what_tells_them_apart(house, approved):
    notes = {result.word: result.rows[0][1] for result in found(house.viewer, "huong que")}
    facility = Facility.objects.get()
    assert notes == {
        "de-an": f"{approved.plan} · {approved.unit or approved.province}",
        "co-so": f"Doanh nghiệp nhỏ và vừa · MST {TAX_CODE} · {facility.unit}",
    }
    [plan] = [result for result in found(house.viewer, "10/qd-ubnd") if result.word == "ke-hoach"]
    decided = "Chương trình khuyến công 2026-2030 · Quyết định số 10/QĐ-UBND ngày 04/01/2026"
    assert plan.rows[0][1] == f"{decided} · {house.province}"


@pytest.mark.parametrize(("count", "has_more"), [(FOUND_EACH, False), (FOUND_EACH + 1, True)])
def test_found_rows_end_with_a_link_to_the_list(house, count, has_more):
    for number in range(count):
        FacilityFactory(name=f"Lò gốm {number}")
    [result] = found(house.viewer, "lo gom")
    assert (len(result.rows), result.has_more, result.count_label) == (FOUND_EACH, has_more, str(count))
    assert Found("co-so", KINDS["co-so"], [], COUNTED + 1).count_label == "Hơn 1.000"


def test_search_asks_the_index_once_and_each_kind_found(house, approved, django_assert_num_queries):
    assert house.viewer.province_ids
    assert house.viewer.organisation
    # The state of the data, the index, and each kind found.
    with django_assert_num_queries(1 + 1 + 2):
        assert set(titles(house.viewer, "huong que")) == {"de-an", "co-so"}


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("mya nau keo", "may nau keo"), ("huogn quê", "huong que"), ("xyzt", ""), ("may bay", ""), ("kc27-001", "")],
)
def test_slip_of_the_finger_is_told_and_forgiven(house, approved, typed, meant):
    assert titles(house.viewer, typed) == {}
    told, results = found_nearly(house.viewer, typed)
    assert (told, bool(results)) == (meant, bool(meant))


def test_near_words_of_other_provinces_stay_unknown(house, approved):
    stranger = stories.make_house(thai_nguyen(), "Thái Nguyên").viewer
    assert found_nearly(stranger, "huogn que") == ("", [])


def test_every_kind_has_a_page_of_its_own(house, approved):
    for kind in KINDS.values():
        row = kind.model.objects.first()
        if row:
            assert kind.url(row.pk) == row.get_absolute_url()


def test_entries_lead_to_the_page_of_their_record(house, plan):
    project = stories.draft_project(house, plan)
    record(house.officer, "user.try", "Thử", house.officer)
    pages = pages_of(list(AuditEntry.objects.all()))
    leading = {(entry.action, page) for entry, page in pages.items()}
    assert ("project.create", project.get_absolute_url()) in leading
    assert ("plan.create", plan.get_absolute_url()) in leading
    assert "user.try" not in {action for action, _page in leading}


def test_entries_of_a_draft_since_deleted_lead_nowhere(house, plan):
    services.delete_draft(stories.draft_project(house, plan), by=house.officer)
    assert not Project.objects.exists()
    actions = {entry.action for entry in pages_of(list(AuditEntry.objects.all()))}
    assert "project.create" not in actions
    assert "project.delete_draft" not in actions
