import contextlib
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import pairwise

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from beneficiaries.models import Facility, LegalForm
from khuyencong.audit import FIRST_HASH, entry_hash, field_changes, first_broken_entry, money_change, record
from khuyencong.models import AuditEntry
from programs.models import AnnualPlan, Indicator, PlanStatus, ProgramTarget
from tests.database import triggers_off
from tests.factories import AnnualPlanFactory, FacilityFactory, ProgramFactory, UserFactory, vinh_long
from tests.khuyencong.threads import at_once


@pytest.fixture
def facility():
    return FacilityFactory(name="Lò gốm Mang Thít")


@pytest.fixture
def chain(facility):
    """Three entries about one facility."""
    by = facility.created_by
    return [record(by, "facility.edit", "Sửa cơ sở", facility, reason=f"lần {turn}") for turn in range(3)]


@contextlib.contextmanager
def behind_the_portals_back():
    """A cursor that nothing stops from rewriting the trail."""
    connection.check_constraints()  # PostgreSQL alters no table with checks to come
    with connection.cursor() as cursor, triggers_off(cursor):
        yield cursor


def rewrite(entry, column, value):
    with behind_the_portals_back() as cursor:
        cursor.execute(f"UPDATE khuyencong_auditentry SET {column} = %s WHERE id = %s", [value, entry.pk])


@pytest.mark.django_db
def test_entry_says_who_did_what_to_which_record(facility):
    by = facility.created_by
    entry = record(
        by, "facility.edit", "Sửa cơ sở", facility, reason=" vì\n  sai ", changes=[("tên cơ sở", "Lò", "Lò gốm")]
    )
    stored = AuditEntry.objects.get(pk=entry.pk)
    assert (stored.actor, stored.action, stored.label, stored.reason) == (by, "facility.edit", "Sửa cơ sở", "vì sai")
    assert (stored.subject_type, stored.subject_id) == ("beneficiaries.facility", facility.pk)
    assert (stored.subject_name, stored.province, stored.owner) == ("Lò gốm Mang Thít", vinh_long(), facility.owner)
    assert stored.changes == [["tên cơ sở", "Lò", "Lò gốm"]]
    assert (stored.before_label, stored.after_label) == ("", "")


@pytest.mark.django_db
def test_entry_of_a_move_names_the_states():
    plan = AnnualPlanFactory()
    entry = record(None, "plan.submit", "Trình", plan, before=PlanStatus.DRAFT, after=PlanStatus.SUBMITTED)
    assert (entry.before_label, entry.after_label, entry.actor) == ("Dự thảo", "Chờ phê duyệt", None)


@pytest.mark.django_db
def test_entry_is_written_with_the_act_or_not_at_all(facility):
    with transaction.atomic():
        record(None, "facility.edit", "Sửa cơ sở", facility)
        transaction.set_rollback(True)
    assert AuditEntry.objects.count() == 0


@pytest.mark.django_db
def test_entries_form_a_chain(chain):
    assert chain[0].previous_hash == FIRST_HASH
    assert [later.previous_hash for later in chain[1:]] == [entry.hash for entry in chain[:-1]]
    assert [entry_hash(entry) for entry in AuditEntry.objects.order_by("pk")] == [entry.hash for entry in chain]
    assert first_broken_entry() is None


@pytest.mark.django_db
def test_about_finds_the_entries_of_one_record_newest_first(chain, facility):
    record(None, "facility.edit", "Sửa cơ sở", FacilityFactory())
    record(None, "plan.edit", "Sửa kế hoạch", AnnualPlanFactory(pk=facility.pk))
    assert list(AuditEntry.objects.about(facility)) == chain[::-1]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("reason", "lý do khác"),
        ("action", "facility.create"),
        ("label", "Xóa"),
        ("subject_name", "Cơ sở khác"),
        # Sequences of PostgreSQL go on from test to test: a number that no facility of the suite comes to.
        ("subject_id", 999_999_999),
        ("subject_type", "projects.project"),
        ("changes", '[["tên", "", "mới"]]'),
        ("before", "draft"),
        ("after_label", "Đã phê duyệt"),
        ("at", datetime(2020, 1, 1, tzinfo=UTC)),
        ("actor_id", None),
        ("owner_id", None),
        ("province_id", None),
        ("previous_hash", "1" * 64),
        ("hash", "1" * 64),
    ],
)
def test_row_changed_behind_the_portals_back_is_found(chain, column, value):
    rewrite(chain[1], column, value)
    assert first_broken_entry() == chain[1]


@pytest.mark.django_db
def test_row_taken_out_is_found_at_the_next(chain):
    with behind_the_portals_back() as cursor:
        cursor.execute("DELETE FROM khuyencong_auditentry WHERE id = %s", [chain[1].pk])
    assert first_broken_entry() == chain[2]


@pytest.mark.django_db
def test_row_changed_with_a_fitting_hash_is_found_at_the_next(chain):
    forged = chain[1]
    forged.reason = "lý do khác"
    rewrite(forged, "reason", forged.reason)
    rewrite(forged, "hash", entry_hash(forged))
    assert first_broken_entry() == chain[2]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE khuyencong_auditentry SET reason = ''",
        "DELETE FROM khuyencong_auditentry",
        "TRUNCATE khuyencong_auditentry",
    ],
)
def test_database_refuses_to_rewrite_the_trail(chain, statement):
    if statement.startswith("TRUNCATE") and connection.vendor == "sqlite":
        pytest.skip("SQLite knows no TRUNCATE.")
    connection.check_constraints()
    refusal = "chỉ được thêm dòng, không sửa, không xóa"
    with pytest.raises(DatabaseError, match=refusal), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert list(AuditEntry.objects.order_by("pk").values_list("reason", flat=True)) == ["lần 0", "lần 1", "lần 2"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "act",
    [
        lambda entry: entry.save(),
        lambda entry: entry.delete(),
        lambda entry: AuditEntry.objects.update(reason=""),
        lambda entry: AuditEntry.objects.all().delete(),
    ],
    ids=["save", "delete", "update", "delete all"],
)
def test_models_cannot_rewrite_the_trail_either(chain, act):
    with pytest.raises(DatabaseError), transaction.atomic():
        act(chain[0])
    assert first_broken_entry() is None
    assert AuditEntry.objects.count() == 3


@pytest.mark.django_db(transaction=True)
def test_people_at_the_same_moment_keep_the_chain_whole():
    facility = FacilityFactory()
    at_once(
        lambda turn: [record(None, "facility.edit", "Sửa", facility, reason=str(turn)) for _again in range(5)], range(4)
    )
    assert AuditEntry.objects.count() == 20
    assert first_broken_entry() is None
    links = AuditEntry.objects.order_by("pk").values_list("previous_hash", "hash")
    assert all(later[0] == earlier[1] for earlier, later in pairwise(links))


# What changed


def test_field_changes_of_a_new_row_list_what_is_filled():
    facility = Facility(name="Lò gốm", legal_form=LegalForm.SME, capital=1_500_000_000, license_on=date(2026, 6, 5))
    fields = ["name", "short_name", "legal_form", "capital", "license_on", "labour_count"]
    assert field_changes(None, facility, fields) == [
        ("tên cơ sở", "", "Lò gốm"),
        ("hình thức pháp lý", "", "Doanh nghiệp nhỏ và vừa"),
        ("tổng nguồn vốn (đồng)", "", "1.500.000.000"),
        ("ngày cấp", "", "05/06/2026"),
    ]


def test_field_changes_tell_old_and_new_as_people_read_them():
    before = Facility(name="Lò", is_exporter=True, labour_count=5, capital=7_000, legal_form=LegalForm.SME)
    after = Facility(name="Lò", is_exporter=False, labour_count=None, capital=0, legal_form=LegalForm.ARTISAN)
    assert field_changes(before, after, ["name", "is_exporter", "labour_count", "capital", "legal_form"]) == [
        ("có hợp đồng xuất khẩu hoặc sản xuất hàng xuất khẩu", "có", "không"),
        ("số lao động", "5", ""),
        ("tổng nguồn vốn (đồng)", "7.000", "0"),
        ("hình thức pháp lý", "Doanh nghiệp nhỏ và vừa", "Nghệ nhân"),
    ]


@pytest.mark.django_db
def test_field_changes_name_linked_rows_and_write_decimals_with_a_comma():
    program = ProgramFactory(name="Chương trình cũ")
    plan, moved = AnnualPlan(program=program), AnnualPlan(program=ProgramFactory(name="Chương trình mới"))
    assert field_changes(plan, moved, ["program"]) == [("chương trình", "Chương trình cũ", "Chương trình mới")]
    target = ProgramTarget(program=program, indicator=Indicator.objects.first(), value=Decimal("1250.50"))
    assert field_changes(None, target, ["value"]) == [("mục tiêu", "", "1.250,5")]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (5_000, 5_000, []),
        (None, None, []),
        (None, 5_000, [("KCĐP", "", "5.000")]),
        (5_000, None, [("KCĐP", "5.000", "")]),
        (5_000, 0, [("KCĐP", "5.000", "0")]),
    ],
)
def test_money_change(old, new, expected):
    assert money_change("KCĐP", old, new) == expected


# The command


@pytest.mark.django_db
def test_verify_audit_says_that_the_chain_is_whole(chain, capsys):
    call_command("verify_audit")
    assert capsys.readouterr().out == f"Dấu vết nguyên vẹn: 3 dòng. Mã của dòng cuối: {chain[-1].hash}\n"
    call_command("verify_audit", chain[0].hash)


@pytest.mark.django_db
def test_verify_audit_of_an_empty_trail(capsys):
    call_command("verify_audit")
    assert capsys.readouterr().out == "Dấu vết nguyên vẹn: 0 dòng.\n"


@pytest.mark.django_db
def test_verify_audit_fails_and_names_the_row(chain):
    rewrite(chain[1], "reason", "khác")
    with pytest.raises(CommandError, match=f"từ dòng {chain[1].pk} ") as caught:
        call_command("verify_audit")
    assert caught.value.returncode == 1


@pytest.mark.django_db
def test_verify_audit_misses_a_hash_noted_before(chain):
    with behind_the_portals_back() as cursor:
        cursor.execute("DELETE FROM khuyencong_auditentry WHERE id = %s", [chain[-1].pk])
    call_command("verify_audit")
    with pytest.raises(CommandError, match="các dòng cuối của dấu vết đã bị xóa"):
        call_command("verify_audit", chain[-1].hash)


@pytest.mark.django_db
def test_acts_of_people_leave_one_chain():
    for _turn in range(2):
        user = UserFactory()
        record(user, "user.try", "Thử", user)
    assert first_broken_entry() is None
