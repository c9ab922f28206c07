"""Tables of a report are kept until somebody acts; asked together they say the same, to the đồng."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from khuyencong.audit import record
from khuyencong.claims import resume
from khuyencong.models import Division
from projects.models import ProjectIndicator
from reports import models, services
from reports.evaluation import content, counted, keeping, sentences, shown, sums
from reports.evaluation.facts import APPROVED, DONE
from reports.evaluation.frozen import table_from
from reports.evaluation.kept import drawn_of, figures_of
from reports.evaluation.tables import TABLES, all_tables, table_of
from reports.models import KeptFigures
from tests import stories
from tests.reports.evaluation_reports import evaluation_of
from tests.reports.evaluations import selection_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def accepted_project(house):
    return stories.accepted_project(house)


def drawn(report):
    return drawn_of(report, content.selection_of(report), figures_of(report))


def large(monkeypatch):
    """From now on a report with a single project is a large one."""
    monkeypatch.setattr(models, "MOST_WHILE_WAITED", 0)


def cut(project, by, amount):
    project.funding_lines.update(approved_amount=amount)
    record(by, "project.amend", "Điều chỉnh", project)


def planned(figures):
    """Approved money of the province, in đồng."""
    return table_from(figures.tables["T2"]).figure("KCDP", "planned").value


def test_small_report_is_kept_until_somebody_acts(memory, house, accepted_project):
    report = evaluation_of(house, accepted_project.plan.program)
    before = drawn(report)
    with CaptureQueriesContext(connection) as queries:
        assert drawn(report) == before
    # Whether it is large, the state of the data, programmes and reach of its writer.
    assert len(queries) <= 4
    record(house.officer, "user.login", "Đăng nhập", house.officer)
    assert drawn(report) == before
    cut(accepted_project, house.director, 1_000_000)
    assert drawn(report).tables["T2"] != before.tables["T2"]


def test_page_shows_every_table_as_it_is_counted(house, accepted_project, client):
    report = evaluation_of(house, accepted_project.plan.program)
    client.force_login(house.viewer)
    page = client.get(report.get_absolute_url()).content.decode()
    tables = all_tables(content.selection_of(report))
    for table in tables.values():
        for row in shown.shown(table).rows:
            assert all(f">{cell.text}<" in page for cell in row.cells)


def test_large_report_is_counted_beforehand_and_says_when(house, accepted_project, client, monkeypatch):
    large(monkeypatch)
    report = evaluation_of(house, accepted_project.plan.program)
    client.force_login(house.viewer)
    page = client.get(report.get_absolute_url()).content.decode()
    assert "Số liệu đang được đếm lần đầu" in page
    assert 'id="bang-1"' not in page
    keeping.keep_figures.func(report.kept.pk)
    page = client.get(report.get_absolute_url()).content.decode()
    assert "chưa có việc nào mới hơn" in page
    assert 'id="bang-1"' in page
    figures = KeptFigures.objects.get()
    assert {key: table_from(table) for key, table in figures.tables.items()} == all_tables(content.selection_of(report))
    assert (figures.attempts, figures.claimed_until) == (0, None)


def test_large_report_behind_the_data_says_so_until_it_is_counted_again(
    memory, house, accepted_project, client, monkeypatch
):
    large(monkeypatch)
    report = evaluation_of(house, accepted_project.plan.program)
    keeping.keep_figures.func(report.kept.pk)
    before = planned(KeptFigures.objects.get())
    cut(accepted_project, house.director, 1_000_000)
    client.force_login(house.viewer)
    page = client.get(report.get_absolute_url()).content.decode()
    assert "sau đó có việc mới" in page
    assert planned(KeptFigures.objects.get()) == before != 1_000_000
    # Not again for each act.
    assert not KeptFigures.objects.unfinished().exists()
    KeptFigures.objects.update(tried_at=timezone.now() - models.PAUSE)
    [waiting] = KeptFigures.objects.unfinished()
    resume()
    assert waiting.task == keeping.keep_figures.module_path
    assert planned(KeptFigures.objects.get()) == 1_000_000
    assert not KeptFigures.objects.unfinished().exists()


def test_another_head_drops_the_figures_of_the_former(
    house, accepted_project, monkeypatch, django_capture_on_commit_callbacks
):
    large(monkeypatch)
    report = evaluation_of(house, accepted_project.plan.program)
    keeping.keep_figures.func(report.kept.pk)
    report.division = Division.OLD
    with django_capture_on_commit_callbacks() as callbacks:
        services.save_evaluation(report, by=house.officer)
    assert KeptFigures.objects.get().tables is None
    for callback in callbacks:
        callback()
    assert "trước 01/07/2025" in str(sentences.basis_words(content.selection_of(report)))
    assert KeptFigures.objects.get().counted_at


def test_figures_given_up_wait_for_the_next_act(house, accepted_project, monkeypatch):
    large(monkeypatch)
    report = evaluation_of(house, accepted_project.plan.program)
    KeptFigures.objects.update(attempts=3)
    keeping.keep_figures.func(report.kept.pk)
    assert KeptFigures.objects.get().tables is None
    KeptFigures.objects.update(tried_at=timezone.now() - models.PAUSE)
    assert not KeptFigures.objects.unfinished().exists()
    record(house.director, "project.amend", "Điều chỉnh", accepted_project)
    assert KeptFigures.objects.unfinished().exists()


def test_tables_asked_together_say_what_each_says_alone(house, accepted_project):
    ProjectIndicator.objects.filter(project=accepted_project).update(done=3)
    selection = selection_of(house.viewer, accepted_project.plan.program)
    assert all_tables(selection) == {key: table_of(selection, key) for key in TABLES}


def test_wide_sums_are_asked_once(house, accepted_project):
    selection = selection_of(house.viewer, accepted_project.plan.program)
    money, done = counted.money(selection, APPROVED), counted.projects(selection, DONE)
    alone = [sums.summed(money, selection, "nhom-nguon"), sums.summed(money, selection, "nguon", "nam")]
    with sums.together(), CaptureQueriesContext(connection) as queries:
        assert [sums.summed(money, selection, "nhom-nguon"), sums.summed(money, selection, "nguon", "nam")] == alone
        assert sums.projects_by(done, selection, "nam") == {(2026,): 1}
        assert sums.projects_by(done, selection) == {(): 1}
    assert len(queries) == 2
