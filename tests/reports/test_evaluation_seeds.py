"""The published results of the demo, counted again by the tables, to the digit."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from django.db import transaction

from khuyencong.models import Division, User
from khuyencong.table_statistics import take_stock
from programs.models import AnnualPlan, Program
from projects.demo import cast, regional_centre, tra_vinh, vinh_long_2016
from projects.demo import soc_trang as soc_trang_story
from reports.evaluation.tables import all_tables, table_of
from tests.reports.evaluations import selection_of
from tests.reports.test_evaluation_tables import differing

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module", autouse=True)
def demo(django_db_setup, django_db_blocker):
    """The stories of the articles, told once for all tests below; each of them runs in a savepoint of its own."""
    with django_db_blocker.unblock(), transaction.atomic():
        players = cast.enter()
        for story in (soc_trang_story, vinh_long_2016, regional_centre, tra_vinh):
            story.tell(players)
        take_stock()  # as the loader does: PostgreSQL would not find its way through the new rows
        yield
        transaction.set_rollback(True)


def leader():
    return User.objects.get(username="lanhdao")


def programs(*names):
    return [Program.objects.get(name=name) for name in names]


def years(first, last):
    return {"starts_on": date(first, 1, 1), "ends_on": date(last, 12, 31)}


def values(table, row):
    return {column.key: figure.value for column, figure in zip(table.columns, table.row(row).figures, strict=True)}


@pytest.fixture
def soc_trang():
    both = programs(
        "Chương trình khuyến công tỉnh Sóc Trăng giai đoạn 2016-2020",
        "Chương trình khuyến công quốc gia đến năm 2020 (phần Sóc Trăng)",
    )
    return selection_of(leader(), *both, division=Division.OLD, **years(2016, 2018))


@pytest.fixture
def centre():
    [program] = programs("Đề án khuyến công quốc gia điểm giai đoạn 2018-2020 tại các tỉnh, thành phố phía Bắc")
    return selection_of(leader(), program, division=Division.OLD, **years(2018, 2020))


def test_soc_trang_against_its_targets(soc_trang):
    table = table_of(soc_trang, "T1")
    counts = {code: values(table, code)["done"] for code in ("PRJ_COUNT", "PRJ_NATIONAL", "PRJ_LOCAL", "PRJ_TASK")}
    assert counts == {"PRJ_COUNT": 66, "PRJ_NATIONAL": 8, "PRJ_LOCAL": 58, "PRJ_TASK": 1}
    projects = values(table, "PRJ_COUNT")
    assert (projects["target"], projects["since_start"], projects["of_target"]) == (162, 66, Decimal("40.7"))
    assert values(table, "MONEY_TOTAL")["done"] == 51_154_000_000
    assert values(table, "LEVERAGE")["target"] == Decimal("5.04")
    assert values(table, "MONEY_COUNTERPART")["target"] == 125_920_000_000
    assert "“mục tiêu thực hiện 162 đề án”" in table.row("PRJ_COUNT").note


def test_soc_trang_money_in_every_table(soc_trang):
    tables = all_tables(soc_trang)
    assert tables["T2"].figure("total", "done").value == 51_154_000_000
    assert tables["T3"].figure("total", "total").value == 51_154_000_000
    assert (tables["T3"].figure("total", "planned").value, tables["T3"].figure("total", "done").value) == (67, 67)
    for key in ("T5", "T6", "T7"):
        total = values(tables[key], "total")
        assert total["support"] + total["counterpart"] + total["other"] == 51_154_000_000
    [province] = [row.label for row in tables["T6"].rows if row.style == "group"][:1]
    assert province == "Tỉnh Sóc Trăng"
    assert differing(soc_trang, tables) == {}


def test_soc_trang_under_the_new_map_lies_in_can_tho(soc_trang):
    table = table_of(replace(soc_trang, division=Division.NEW), "T6")
    assert [row.label for row in table.rows if row.style == "group"][0] == "Thành phố Cần Thơ"


def test_regional_centre_three_projects_in_nine_provinces_by_name(centre):
    tables = all_tables(centre)
    table = tables["T1"]
    done = {code: values(table, code)["done"] for code in ("PRJ_COUNT", "PRJ_KEY", "FAC_COUNT", "AREA_COUNT")}
    assert done == {"PRJ_COUNT": 3, "PRJ_KEY": 3, "FAC_COUNT": 63, "AREA_COUNT": 9}
    assert values(table, "MONEY_TOTAL")["done"] == 181_946_900_000
    assert table.row("AREA_COUNT").note == (
        "9/28 tỉnh, thành phố: Hà Nam, Lào Cai, Nam Định, Nghệ An, Ninh Bình, Thái Nguyên, Thanh Hóa, Tuyên Quang, "
        "Yên Bái."
    )
    assert differing(centre, tables) == {}


def test_vinh_long_2016_has_eleven_groups_and_its_decision():
    plan = AnnualPlan.objects.get(decision_number="10/QĐ-UBND", year=2016)
    selection = selection_of(leader(), plan.program, division=Division.OLD, **years(2016, 2016))
    tables = all_tables(selection)
    assert tables["T4"].figure("2016", "decisions").value == "10/QĐ-UBND ngày 04/01/2016"
    assert (plan.groups.count(), tables["T3"].figure("total", "done").value) == (11, 11)
    groups = tables["T1"].row("PRJ_GROUP")
    assert (groups.figures[2].value, groups.figures[3].value) == (11, 11)
    assert groups.note == "Bài nêu 11 nhóm nhưng chỉ kể tên 10 nhóm."
    assert tables["T2"].figure("KCDP", "done").value == 2_100_000_000
    assert differing(selection, tables) == {}


def test_tra_vinh_works_and_contracts():
    [program] = programs("Dự án Phát triển doanh nghiệp nhỏ và vừa tỉnh Trà Vinh (Dự án SME Trà Vinh)")
    selection = selection_of(leader(), program, division=Division.OLD, **years(2013, 2021))
    tables = all_tables(selection)
    done = {row.key: values(tables["T1"], row.key)["done"] for row in tables["T1"].rows}
    handed_over = {key: done[key] for key in done if key.startswith(("WORK", "CONTRACT"))}
    assert handed_over == {
        "WORK": 25, "WORK_COMMUNE": 15, "WORK_DISTRICT": 7, "WORK_VALUE": 76_080_000_000, "CONTRACT": 11,
        "CONTRACT_VALUE": 11_820_000_000,
    }  # fmt: skip
    assert "Cộng hai số thành phần được 11,7 tỷ đồng" in tables["T1"].row("CONTRACT_VALUE").note
    assert differing(selection, tables) == {}
