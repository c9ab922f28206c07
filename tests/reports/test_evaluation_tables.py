"""Tables T1-T10 of small stories: their figures, and the rows behind each of them."""

from datetime import date
from decimal import Decimal
from io import BytesIO
from unittest import mock
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.db.models import Count
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from python_calamine import CalamineWorkbook

from beneficiaries.models import Facility
from khuyencong.models import AdministrativeUnit, Job, OrganisationKind, Role, UnitSuccession
from khuyencong.templatetags.vietnamese import quantity
from programs.models import Indicator, ProgramTarget
from projects import services
from projects.models import Acceptance, Disbursement, ProjectIndicator
from reports.evaluation import held
from reports.evaluation.behind import behind
from reports.evaluation.selection import Selection
from reports.evaluation.tables import TABLES, all_tables, table_of
from reports.models import Basis, Evaluation, ManualFigure
from tests import stories
from tests.factories import FacilityFactory, OrganisationFactory, UserFactory, content, source, thai_nguyen, unit
from tests.reports.evaluations import selection_of

LOCAL, OWN = 300_000_000, 340_000_000
MACHINERY = "C3"


def figures_of(tables):
    """{(table, row, column): Figure} of every cell."""
    return {
        (table.key, row.key, column.key): figure
        for table in tables.values()
        for row in table.rows
        for column, figure in zip(table.columns, row.figures, strict=True)
    }


def differing(selection, tables):
    """{cell: (figure, its rows added up)} where the two are not the same."""
    answers = {}
    for cell, figure in figures_of(tables).items():
        if figure.rows:
            answers[cell] = (figure.value, behind(selection, figure.rows).figure)
    assert answers
    return {cell: pair for cell, pair in answers.items() if pair[0] != pair[1]}


def value(table, row, column):
    return table.figure(row, column).value


@pytest.fixture
def year(house):
    """Two projects of one facility, one accepted; a third of another, stopped; a fourth is not finished."""
    plan = stories.draft_plan(house, budgets={"KCDP": 5_000_000_000})
    facility, other = FacilityFactory(created_by=house.officer), FacilityFactory(created_by=house.officer)
    kinds = [(facility, "MACHINERY"), (facility, "MACHINERY"), (other, "VOCATIONAL"), (other, "VOCATIONAL")]
    projects = [stories.planned_project(house, plan, facility=holder, content=content(code)) for holder, code in kinds]
    services.submit_plan(plan, by=house.reviewer)
    stories.approve(house, plan)
    for project in projects:
        project.refresh_from_db()
    for number, project in enumerate(projects[:2], 1):
        services.start_project(project, by=house.officer)
        if number == 1:
            services.accept_project(project, by=house.director, number=f"0{number}/BBNT", accepted_on=date(2026, 11, 1))
    stop = stories.submitted_amendment(house, projects[2], "stop")
    stories.decide_amendment(house, stop, on=date(2026, 9, 1))
    jobs = Indicator.objects.get(code="JOB_NEW")
    ProjectIndicator.objects.create(project=projects[0], indicator=jobs, planned=10, done=12)
    ProjectIndicator.objects.create(project=projects[1], indicator=jobs, planned=5)
    plan.program.refresh_from_db()
    return plan.program


@pytest.mark.parametrize("division", ["old", "new"])
@pytest.mark.parametrize("basis", Basis.values)
def test_every_figure_is_what_its_rows_add_up_to(house, year, basis, division):
    selection = selection_of(house.viewer, year, basis=Basis(basis), division=division)
    assert differing(selection, all_tables(selection)) == {}


def test_every_figure_of_a_past_day_is_what_its_rows_add_up_to(house, year):
    selection = selection_of(house.viewer, year, until=date(2026, 8, 31))
    assert differing(selection, all_tables(selection)) == {}


def test_every_row_has_a_figure_under_each_column(house, year):
    tables = all_tables(selection_of(house.viewer, year))
    assert list(tables) == list(TABLES)
    short = [
        (table.key, row.key)
        for table in tables.values()
        for row in table.rows
        if len(row.figures) != len(table.columns)
    ]
    assert short == []
    repeated = [table.key for table in tables.values() if len({row.key for row in table.rows}) != len(table.rows)]
    assert repeated == []


def test_tables_of_nothing_are_empty_not_wrong(house, plan):
    tables = all_tables(selection_of(house.viewer, plan.program))
    assert value(tables["T3"], "total", "planned") == 0
    assert value(tables["T3"], "total", "percent") is None
    assert value(tables["T4"], "total", "rate") is None
    assert value(tables["T2"], "total", "share") is None
    assert value(tables["T1"], "LEVERAGE", "done") is None


def row_of(table, key):
    return {column.key: figure.value for column, figure in zip(table.columns, table.row(key).figures, strict=True)}


def test_money_by_source_keeps_planned_and_done_apart(house, year):
    table = table_of(selection_of(house.viewer, year), "T2")
    planned = {"KCDP": 3 * LOCAL, "COUNTERPART": 3 * OWN, "KCQG": 0}
    assert {key: value(table, key, "planned") for key in planned} == planned
    assert row_of(table, "KCDP") == {
        "2026_planned": 3 * LOCAL, "2026_done": LOCAL, "planned": 3 * LOCAL, "done": LOCAL, "share": Decimal("46.9"),
    }  # fmt: skip
    assert (value(table, "total", "done"), value(table, "total", "share")) == (LOCAL + OWN, Decimal(100))
    assert value(table, "ho-tro", "share") == Decimal("46.9")


def test_results_by_content(house, year):
    table = table_of(selection_of(house.viewer, year), "T3")
    machinery, training = row_of(table, "C3"), row_of(table, "C1")
    names = ("planned", "done", "percent", "facilities", "local", "counterpart", "total", "share")
    assert [machinery[name] for name in names] == [2, 1, Decimal("50.0"), 1, LOCAL, OWN, LOCAL + OWN, Decimal(100)]
    assert [training[name] for name in names] == [2, 0, Decimal("0.0"), 0, 0, 0, 0, Decimal(0)]
    assert [row_of(table, "total")[name] for name in names[:4]] == [4, 1, Decimal("25.0"), 1]


def test_results_by_year_with_decisions_and_rate(house, year):
    plan = year.plans.get()
    project = plan.projects.get(status="in_progress")
    selection = selection_of(house.viewer, year)
    assert row_of(table_of(selection, "T4"), "2026") == {
        "decisions": "10/QĐ-UBND ngày 04/01/2026", "planned": 4, "done": 1, "amended": 0, "stopped": 1,
        "approved": 3 * LOCAL, "paid": 0, "settled": 0, "rate": Decimal("0.0"),
    }  # fmt: skip
    people = {"created_by": house.accountant, "updated_by": house.accountant}
    contract = stories.contract_of(project, **people)
    contract.save()
    Disbursement.objects.create(
        project=project, contract=contract, source=source("KCDP"), kind="advance", amount=LOCAL,
        voucher_number="PC 1", paid_on=date(2026, 6, 1), budget_year=2026, **people,
    )  # fmt: skip
    assert value(table_of(selection, "T4"), "total", "rate") == Decimal("33.3")


def test_results_by_legal_form_count_a_facility_once_and_its_turns(house, year):
    services.accept_project(
        year.plans.get().projects.get(status="in_progress"), by=house.director, number="02/BBNT",
        accepted_on=date(2026, 11, 2),
    )  # fmt: skip
    table = table_of(selection_of(house.viewer, year), "T5")
    names = ("projects", "facilities", "turns", "support", "counterpart")
    assert [row_of(table, "household_business")[name] for name in names] == [2, 1, 2, 2 * LOCAL, 2 * OWN]
    assert [row_of(table, "total")[name] for name in names] == [2, 1, 2, 2 * LOCAL, 2 * OWN]
    assert value(table, "sme", "projects") == 0


@pytest.fixture
def settle_in(house, year):
    """Move the facility of the accepted project to another unit."""

    def move(place):
        facility = Facility.objects.get(supports__project__status="accepted")
        facility.unit = place
        facility.save()

    return move


def places_of(house, year, division):
    table = table_of(selection_of(house.viewer, year, division=division), "T6")
    return [(row.label, row.figures[0].value, row.figures[3].value) for row in table.rows[:-1]]


def test_place_of_before_stands_in_the_province_and_commune_of_today(house, year, settle_in):
    commune = unit("29461", "commune", "old")
    settle_in(commune)
    assert places_of(house, year, "old") == [
        (commune.parent.parent.name, 1, LOCAL), (commune.parent.name, 1, LOCAL),
    ]  # fmt: skip
    heirs = commune.successors.filter(level="commune")
    label = heirs.get().name if heirs.count() == 1 else "Không quy được về một xã"
    assert places_of(house, year, "new") == [("Tỉnh Vĩnh Long", 1, LOCAL), (label, 1, LOCAL)]


def test_divided_commune_stands_in_a_row_of_its_own(house, year, settle_in):
    links = UnitSuccession.objects.filter(predecessor__level="commune", successor__level="commune")
    divided = links.filter(predecessor__province=house.province).values("predecessor")
    divided = divided.annotate(count=Count("successor")).filter(count__gt=1).values("predecessor")
    commune = AdministrativeUnit.objects.filter(pk__in=divided).first()
    settle_in(commune)
    assert places_of(house, year, "new") == [
        ("Tỉnh Vĩnh Long", 1, LOCAL), ("Không quy được về một xã", 1, LOCAL),
    ]  # fmt: skip
    assert places_of(house, year, "old")[1] == (commune.parent.name, 1, LOCAL)


def test_results_by_industry_with_the_share_of_priority(house, year):
    table = table_of(selection_of(house.viewer, year), "T7")
    assert (value(table, "a", "support"), value(table, "a", "share")) == (LOCAL, Decimal(100))
    assert value(table, "priority", "projects") == 0
    year.plans.get().projects.filter(status="accepted").update(is_priority=True)
    assert row_of(table_of(selection_of(house.viewer, year), "T7"), "priority")["share"] == Decimal(100)


def test_effects_keep_what_was_checked_apart(house, year):
    selection = selection_of(house.viewer, year)
    jobs = row_of(table_of(selection, "T8"), "JOB_NEW")
    assert jobs == {
        "unit": "người", "planned": 15, "declared": 12, "verified": None, "percent": Decimal("80.0"), "first": None,
        "second": None,
    }  # fmt: skip
    ProjectIndicator.objects.filter(done=12).update(is_verified=True)
    project = year.plans.get().projects.get(status="accepted")
    follow_up = project.follow_ups.create(
        round="follow_up_first", surveyed_on=date(2026, 11, 20), recorded_by=house.officer
    )
    follow_up.values.create(indicator=Indicator.objects.get(code="JOB_NEW"), value=Decimal("9.50"))
    table = table_of(selection, "T8")
    jobs = row_of(table, "JOB_NEW")
    assert (jobs["declared"], jobs["verified"], jobs["first"]) == (None, 12, Decimal("9.5"))
    assert "Lần 1: 1 đề án đã theo dõi, 1 còn sử dụng kết quả." in table.note
    assert differing(selection, {"T8": table}) == {}


def test_certified_products_by_level_and_year(house, year):
    project = year.plans.get().projects.get(status="accepted")
    level = Indicator.objects.get(code="CERT_PROVINCE")
    ProjectIndicator.objects.create(project=project, indicator=level, done=7)
    for basis in (Basis.PLAN_YEAR, Basis.EVENT):
        selection = selection_of(house.viewer, year, basis=basis)
        table = table_of(selection, "T9")
        assert row_of(table, "CERT_PROVINCE") == {"2026": 7, "products": 7, "facilities": 1, "valid": None}
        assert row_of(table, "CERT_NATION") == {"2026": 0, "products": 0, "facilities": 0, "valid": None}
        assert differing(selection, {"T9": table}) == {}


def test_time_before_without_any_plan_is_empty_not_zero(house, year):
    later = {"starts_on": date(2029, 1, 1), "ends_on": date(2029, 12, 31), "until": date(2029, 12, 31)}
    table = table_of(selection_of(house.viewer, year, **later), "T1")
    assert (row_of(table, "PRJ_COUNT")["before"], row_of(table, "PRJ_COUNT")["since_start"]) == (None, 1)


def test_stopped_and_unfinished_projects_with_reasons(house, year):
    table = table_of(selection_of(house.viewer, year), "T10")
    stopped = year.plans.get().projects.get(status="stopped")
    row = table.row(f"stopped-{stopped.pk}")
    assert (row.note, row.figures[0].value) == ("Cơ sở đề nghị. (Quyết định 99/QĐ-UBND)", 1)
    assert row_of(table, "unfinished") == {"count": 2, "approved": 2 * LOCAL, "paid": 0, "refunded": 0}
    notes = [row.note for row in table.rows if row.key.startswith("unfinished-")]
    assert sorted(notes) == ["Đang thực hiện", "Đã phê duyệt"]


def test_indicators_beside_targets_and_entered_sums(house, year):
    code = {row.code: row for row in Indicator.objects.all()}
    for name, target in (("PRJ_COUNT", 20), ("MONEY_SUPPORT", 2_000_000_000), ("MONEY_COUNTERPART", 6_000_000_000)):
        ProgramTarget.objects.create(program=year, indicator=code[name], value=target, source="Quyết định 1")
    entered = {"starts_on": date(2026, 1, 1), "ends_on": date(2026, 12, 31), "source_note": "Báo cáo 15/BC-SCT"}
    entered |= {"created_by": house.reviewer, "updated_by": house.reviewer}
    ManualFigure.objects.create(
        program=year, indicator=code["MONEY_SUPPORT"], value=310_000_000, is_at_least=True, **entered
    )
    table = table_of(selection_of(house.viewer, year), "T1")
    assert row_of(table, "PRJ_COUNT") == {
        "unit": "đề án", "target": 20, "planned": 4, "done": 1, "of_plan": Decimal("25.0"),
        "of_target": Decimal("5.0"), "before": None, "since_start": 1, "manual": None, "difference": None,
    }  # fmt: skip
    money = row_of(table, "MONEY_SUPPORT")
    assert (money["done"], money["manual"], money["difference"]) == (LOCAL, 310_000_000, -10_000_000)
    assert "Nhập: trên 310.000.000 (nguồn: Báo cáo 15/BC-SCT)." in table.row("MONEY_SUPPORT").note
    leverage = row_of(table, "LEVERAGE")
    assert (leverage["target"], leverage["planned"], leverage["done"]) == (
        Decimal("3.00"), Decimal("1.13"), Decimal("1.13"),
    )  # fmt: skip
    assert row_of(table, "JOB_NEW")["done"] == 12


def test_before_and_since_the_start_are_counted_with_their_own_rows(house, year):
    later = {"starts_on": date(2027, 1, 1), "ends_on": date(2027, 12, 31), "until": date(2027, 12, 31)}
    selection = selection_of(house.viewer, year, **later)
    table = table_of(selection, "T1")
    projects = row_of(table, "PRJ_COUNT")
    assert (projects["planned"], projects["done"], projects["before"], projects["since_start"]) == (0, 0, 1, 1)
    assert projects["of_plan"] is None
    assert differing(selection, {"T1": table}) == {}


@pytest.fixture
def report(house, year):
    return Evaluation.objects.create(
        program=year, starts_on=date(2026, 1, 1), ends_on=date(2026, 12, 31), created_by=house.reviewer,
        updated_by=house.reviewer,
    )  # fmt: skip


def rows_address(report, rows, name="evaluation_rows"):
    return f"{reverse(name, args=[report.pk])}?{urlencode(rows)}"


def test_rows_page_tells_the_figure_and_leads_to_the_records(client, house, report):
    client.force_login(house.viewer)
    figure = table_of(Selection.of(report, house.viewer), "T2").figure("KCDP", "2026_done")
    response = client.get(rows_address(report, figure.rows))
    text = response.content.decode()
    minutes = Acceptance.objects.get()
    assert response.context["found"].figure == LOCAL
    assert "<h1>Kinh phí nghiệm thu</h1>" in text
    assert "<dd>300.000.000</dd>" in text
    assert f'<a href="{minutes.get_absolute_url()}">Biên bản nghiệm thu 01/BBNT</a>' in text
    assert f'href="{minutes.project.get_absolute_url()}"' in text
    assert "<dd>Năm: 2026</dd>" in text
    assert "<dd>Nguồn: Khuyến công địa phương</dd>" in text


def test_rows_page_says_what_the_report_counts_beyond_the_reader_s_sight(client, house, report):
    north = stories.make_house(thai_nguyen(), "Thái Nguyên")
    plan = stories.draft_plan(north)
    stories.approved_project(north, plan, decision="77/QĐ-UBND")
    report.counted_with.add(plan.program)
    client.force_login(house.viewer)
    assert client.get(rows_address(report, {})).context["reported"] is None
    ministry = OrganisationFactory(kind=OrganisationKind.MINISTRY_DEPT, name="Cục")
    report.updated_by = UserFactory(organisation=ministry, role=Role.VIEWER)
    report.save()
    page = client.get(rows_address(report, {}))
    assert page.context["reported"] == page.context["found"].figure + 1
    assert "Báo cáo ghi" in page.content.decode()


def test_rows_of_every_figure_open_and_are_written_to_a_sheet(client, house, report):
    client.force_login(house.viewer)
    tables = all_tables(Selection.of(report, house.viewer))
    shown = {}
    for figure in figures_of(tables).values():
        if figure.rows and figure.value:
            shown[figure.rows["dem"], figure.rows["buoc"]] = figure
    assert len(shown) > 12
    for figure in shown.values():
        page = client.get(rows_address(report, figure.rows))
        assert (page.status_code, page.context["found"].figure) == (200, figure.value)
        sheet = client.get(rows_address(report, figure.rows, "evaluation_rows_export")).getvalue()
        cells = CalamineWorkbook.from_filelike(BytesIO(sheet)).get_sheet_by_index(0).to_python()
        words = [row[0] for row in cells]
        assert any(str(word).startswith(f"Số liệu: {quantity(figure.value)}") for word in words)
        if page.context["found"].has_amounts:
            assert figure.value in cells[-1] or figure.value in cells[-2]


def test_long_file_of_rows_is_written_by_the_worker(
    client, house, report, settings, tmp_path, django_capture_on_commit_callbacks
):
    settings.MEDIA_ROOT, settings.EXPORT_ROWS_AT_ONCE = tmp_path, 2
    client.force_login(house.viewer)
    address = rows_address(report, {"dem": "tien", "buoc": "approved"}, "evaluation_rows_export")
    assert "Ghi 8 dòng" in client.get(address).content.decode()
    with django_capture_on_commit_callbacks(execute=True):
        client.post(address)
    job = Job.objects.get()
    assert (job.status, job.done_count, job.kind) == ("done", 8, "figure_rows")
    sheet = client.get(f"{job.get_absolute_url()}tep/").getvalue()
    cells = CalamineWorkbook.from_filelike(BytesIO(sheet)).get_sheet_by_index(0).to_python()
    assert 3 * (LOCAL + OWN) in cells[-1]


@pytest.mark.parametrize(
    "rows",
    [
        {"dem": "khac"}, {"dem": "de-an", "buoc": "khac"}, {"ky": "khac"}, {"ky": "truoc"}, {"noi-dung": "x"},
        {"diem": "x"}, {"nguon": "KCDP"}, {"dem": "tien", "buoc": "planned"}, {"nam": "2026'--"},
    ],
)  # fmt: skip
def test_address_that_names_no_figure_is_not_found(client, house, report, rows):
    client.force_login(house.viewer)
    assert client.get(rows_address(report, rows)).status_code == 404


def test_rows_hold_nothing_of_other_provinces(client, house, report):
    north = stories.make_house(thai_nguyen(), "Thái Nguyên")
    client.force_login(north.director)
    assert client.get(rows_address(report, {})).status_code == 404
    assert client.get(rows_address(report, {}, "evaluation_rows_export")).status_code == 404
    program = report.program
    selection = selection_of(north.director, program)
    assert {figure.value for figure in figures_of(all_tables(selection)).values() if figure.rows} == {0}


def queries_of(act):
    with CaptureQueriesContext(connection) as queries:
        act()
    return len(queries)


def test_questions_do_not_grow_with_the_projects(client, house, report):
    """The page opens with twelve at most, whatever is counted; tables ask the same with more rows."""
    client.force_login(house.viewer)
    wanted = [
        {"dem": "de-an", "buoc": "planned"}, {"dem": "tien", "buoc": "approved"}, {"dem": "phan", "buoc": "done"},
        {"dem": "luot", "buoc": "planned"}, {"dem": "de-an", "buoc": "planned", "loai-hinh": "household_business"},
    ]  # fmt: skip

    def asked():
        pages = [queries_of(lambda: client.get(rows_address(report, rows))) for rows in wanted]  # noqa: B023
        selection = Selection.of(report, house.viewer)
        return pages + [queries_of(lambda: table_of(selection, key)) for key in TABLES]  # noqa: B023

    assert house.viewer.province_ids  # read once for each person
    before = asked()
    assert max(before[: len(wanted)]) <= 12
    plan = stories.draft_plan(house, program=report.program)
    for kind in ("MACHINERY", "VOCATIONAL"):
        stories.planned_project(house, plan, content=content(kind))
    services.submit_plan(plan, by=house.reviewer)
    stories.approve(house, plan, number="11/QĐ-UBND")
    assert asked() == before


def test_on_a_replica_which_takes_no_tables_the_figures_are_the_same(house, year):
    selection = selection_of(house.viewer, year)
    with mock.patch.object(held, "takes_tables", return_value=False), CaptureQueriesContext(connection) as asked:
        without = all_tables(selection)
    assert without == all_tables(selection)
    assert without["T6"].figure("total", "projects").value == 1
    assert not [query["sql"] for query in asked if "TEMPORARY" in query["sql"]]
