"""Indicators of projects out of spreadsheets: planned while the file is open, done once it is accepted."""

from decimal import Decimal

import pytest

from khuyencong.audit import first_broken_entry
from khuyencong.imports.writing import confirm, write_import
from khuyencong.models import AuditEntry, Verdict
from programs.models import Indicator
from projects.models import IndicatorChange
from tests import stories
from tests.khuyencong.sheet_imports import book_of, previewed

HEAD = ("Mã đề án", "Tên đề án", "Chỉ tiêu", "ĐVT", "Kế hoạch", "Thực hiện", "Đã kiểm chứng")


@pytest.fixture
def house(db):
    return stories.make_house()


@pytest.fixture
def jobs():
    return Indicator.objects.filter(is_of_projects=True).exclude(unit="đồng").order_by("pk")[0]


@pytest.fixture
def money():
    return Indicator.objects.filter(is_of_projects=True, unit="đồng").order_by("pk")[0]


def taken_of(user, *rows, name="chỉ tiêu.xlsx", **given):
    return previewed(user, book_of(HEAD, *rows), kind="chi-tieu", name=name, given=given)


def write(taken):
    confirm(taken, mode="good", by=taken.requested_by)
    taken.refresh_from_db()
    write_import(taken)


def told(taken):
    return [(line.verdict, [sentence for _cell, sentence in line.errors]) for line in taken.lines.all()]


def test_planned_figures_come_into_open_files_in_the_unit_of_their_row(house, jobs, money):
    project = stories.complete_project(house, stories.draft_plan(house))
    rows = (
        (project.code, None, jobs.name, jobs.unit, "12", None, None),
        (None, project.name.upper(), money.name, "triệu đồng", "1.200,5", None, None),
        (project.code, None, jobs.name, None, 13, None, None),
        ("KC99-001", None, jobs.name, None, 1, None, None),
        (project.code, None, "Chỉ tiêu lạ", None, 1, 2, None),
    )
    taken = taken_of(house.officer, *rows)
    verdicts = [verdict for verdict, _errors in told(taken)]
    assert verdicts == [Verdict.NEW, Verdict.NEW, Verdict.REFUSED, Verdict.REFUSED, Verdict.REFUSED], told(taken)
    write(taken)
    assert {row.indicator: row.planned for row in project.indicators.all()} == {
        jobs: Decimal(12), money: Decimal(1_200_500_000),
    }  # fmt: skip
    again = taken_of(house.officer, *rows[:2], name="lại.xlsx")
    assert {verdict for verdict, _errors in told(again)} == {Verdict.UNCHANGED}
    assert first_broken_entry() is None


def test_results_are_put_down_after_acceptance_by_who_may_accept(house, jobs):
    project = stories.accepted_project(house)
    row = (project.code, None, jobs.name, None, None, 10, "x")
    refused = taken_of(house.officer, row)
    assert told(refused)[0][0] == Verdict.REFUSED
    taken = taken_of(house.second_reviewer, row)
    assert told(taken) == [(Verdict.NEW, [])]
    write(taken)
    stored = project.indicators.get()
    assert (stored.done, stored.is_verified, stored.planned) == (Decimal(10), True, None)
    assert IndicatorChange.objects.get(project=project).done_before is None
    entry = AuditEntry.objects.about(project).get(action="project.state_results")
    assert (entry.actor, entry.reason) == (house.second_reviewer, f"Từ tệp “{taken.name}”, lần nhập {taken.pk}")
    early = taken_of(house.second_reviewer, (project.code, None, jobs.name, None, 15, 10, "x"), name="kh.xlsx")
    assert "Số kế hoạch chỉ sửa được" in told(early)[0][1][0]


def test_a_file_without_the_column_is_of_one_indicator(house, jobs):
    project = stories.complete_project(house, stories.draft_plan(house))
    taken = previewed(
        house.officer, book_of(("Mã đề án", "Kế hoạch"), (project.code, 7)), kind="chi-tieu",
        given={"indicator": jobs.pk},
    )  # fmt: skip
    write(taken)
    assert project.indicators.get(indicator=jobs).planned == 7
