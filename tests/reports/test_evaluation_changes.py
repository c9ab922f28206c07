"""What moved since a report was issued: figure by figure, with the acts behind it."""

from datetime import date

import pytest
from django.urls import reverse

from khuyencong.dates import today
from khuyencong.documents.issuing import issue
from projects import services as project_services
from projects.models import Disbursement
from reports import services
from reports.documents import EVALUATION_REPORT
from reports.evaluation.figures import PERCENT, TEXT, VND, Column, Figure, Table, TableRow
from reports.evaluation.frozen import changes
from tests import stories
from tests.factories import content
from tests.reports.evaluation_reports import evaluation_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def paid(house, plan):
    """A project under contract with one voucher of 50 triệu."""
    project = stories.contracted_project(house, plan, content=content("VOCATIONAL"))
    stories.pay(house, project, 50_000_000)
    return project


def issued(house, report):
    for part in ("causes", "lessons", "tasks", "proposals"):
        services.save_text(report, part, "Lời.", by=house.officer)
    return issue(EVALUATION_REPORT, report, house.director, dated_on=today())


def open_changes(client, house, report, **query):
    client.force_login(house.viewer)
    return client.get(reverse("evaluation_changes", args=[report.pk]), query)


def told(page):
    """{(table, row, column): (printed, today's, difference)}."""
    moved = page.context["found"].moved
    return {
        (row.change.table.key, row.change.row.key, row.change.column.key): (
            row.change.was.value, row.change.now.value, row.change.difference and row.change.difference.value,
        )
        for row in moved
    }  # fmt: skip


def a_table(**rows):
    columns = (Column("sum", "Tiền", VND), Column("share", "%", PERCENT), Column("word", "Lời", TEXT))
    lines = tuple(
        TableRow(key, key, (Figure(amount, VND), Figure(share, PERCENT), Figure(word, TEXT)))
        for key, (amount, share, word) in rows.items()
    )
    return {"T2": Table("T2", "Kinh phí", "Nguồn", columns, lines)}


def test_only_figures_that_differ_are_told():
    found = changes(a_table(a=(5, 50, "x"), b=(5, None, "y")), a_table(a=(7, 50, "x"), b=(5, 10, "z")))
    assert [(row.row.key, row.column.key, row.was.value, row.now.value) for row in found] == [
        ("a", "sum", 5, 7), ("b", "share", None, 10), ("b", "word", "y", "z"),
    ]  # fmt: skip
    assert [row.difference and row.difference.value for row in found] == [2, None, None]


def test_rows_that_came_or_went_are_told():
    found = changes(a_table(a=(5, 50, "x")), a_table(b=(7, 60, "x")))
    assert [(row.row.key, row.was is None, row.now is None) for row in found] == [
        ("a", False, True), ("a", False, True), ("a", False, True),
        ("b", True, False), ("b", True, False), ("b", True, False),
    ]  # fmt: skip
    assert [row.difference for row in found] == [None] * 6


def test_report_that_is_not_issued_has_nothing_to_compare(client, house, plan):
    page = open_changes(client, house, evaluation_of(house, plan.program))
    assert "Báo cáo chưa ban hành" in page.content.decode()


def test_nothing_moved_right_after_issuing(client, house, plan, paid):
    report = evaluation_of(house, plan.program)
    issued(house, report)
    page = open_changes(client, house, report)
    assert (page.context["found"].count, page.context["found"].acts) == (0, ())
    assert "Không có số nào khác" in page.content.decode()


def test_changed_payment_is_told_with_who_did_it(client, house, plan, paid):
    report = evaluation_of(house, plan.program)
    issued(house, report)
    stories.pay(house, paid, 20_000_000, number="PC 02", on=date(2026, 6, 6))
    page = open_changes(client, house, report)
    found = told(page)
    assert found["T4", "total", "paid"] == (50_000_000, 70_000_000, 20_000_000)
    assert all(key[0] in ("T4", "T10") for key in found)
    [(project, entries)] = page.context["found"].acts
    assert (project, entries[0].actor) == (paid, house.accountant)
    behind = {
        row.change.column.key: row.projects for row in page.context["found"].moved if row.change.row.key == "total"
    }
    assert behind["paid"] == (paid,)
    html = page.content.decode()
    assert f'<a href="#de-an-{paid.pk}">{paid.code}</a>' in html
    assert str(house.accountant) in html


def test_struck_out_payment_is_told_with_its_reason(client, house, plan, paid):
    report = evaluation_of(house, plan.program)
    issued(house, report)
    project_services.void_payment(Disbursement.objects.get(), by=house.accountant, reason="Ghi nhầm đề án")
    page = open_changes(client, house, report)
    assert told(page)["T4", "total", "paid"] == (50_000_000, 0, -50_000_000)
    assert "Ghi nhầm đề án" in page.content.decode()


def test_report_up_to_an_earlier_day_is_compared_with_that_day_or_with_today(client, house, plan, paid):
    """Printed up to 30/05, before the voucher of 05/06: nothing moved as of then, 50 triệu are paid today."""
    report = evaluation_of(house, plan.program, until=date(2026, 5, 30))
    issued(house, report)
    now = open_changes(client, house, report)
    assert told(now)["T4", "total", "paid"] == (0, 50_000_000, 50_000_000)
    assert "30/05/2026" in now.content.decode()
    then = open_changes(client, house, report, den="ngay-chot")
    assert (then.context["found"].count, then.context["now_day"]) == (0, date(2026, 5, 30))
    stories.pay(house, paid, 20_000_000, number="PC 00", on=date(2026, 5, 20))
    then = open_changes(client, house, report, den="ngay-chot")
    assert told(then)["T4", "total", "paid"] == (0, 20_000_000, 20_000_000)


def test_changed_head_compares_what_was_printed(client, house, plan, paid):
    """The report is turned to another period since: the printed one is counted again."""
    report = evaluation_of(house, plan.program)
    issued(house, report)
    report.starts_on, report.ends_on = date(2027, 1, 1), date(2027, 12, 31)
    services.save_evaluation(report, by=house.officer)
    assert open_changes(client, house, report).context["found"].count == 0


def test_printed_report_says_on_the_page_that_it_can_be_compared(client, house, plan, paid):
    report = evaluation_of(house, plan.program)
    client.force_login(house.viewer)
    address = reverse("evaluation_changes", args=[report.pk])
    assert address not in client.get(report.get_absolute_url()).content.decode()
    issued(house, report)
    assert address in client.get(report.get_absolute_url()).content.decode()
