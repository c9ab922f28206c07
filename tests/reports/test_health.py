"""Each check finds its case and not the healthy one; the page counts what its lists and its file hold."""

from datetime import date, timedelta
from io import BytesIO

import pytest
from openpyxl import load_workbook
from pytest_django.asserts import assertContains, assertNotContains

from beneficiaries.models import Facility
from khuyencong.dates import today
from khuyencong.documents.issuing import issue
from khuyencong.models import AdministrativeUnit
from programs.models import PlanBudget
from projects import services
from projects.models import (
    Acceptance,
    BeneficiaryAmount,
    Contract,
    Disbursement,
    FundingLine,
    Project,
    ProjectIndicator,
)
from reports import services as report_services
from reports.documents import EVALUATION_REPORT
from reports.health.checks import CHECKS, counts_of
from tests import stories
from tests.factories import FacilityFactory, content, thai_nguyen
from tests.reports.evaluation_reports import evaluation_of


@pytest.fixture
def done(house):
    """A project that was contracted, paid, accepted, with its result: nothing of it is wrong."""
    project = stories.contracted_project(house, content=content("VOCATIONAL"))
    stories.pay(house, project, 90_000_000)
    project = services.start_project(project, by=house.officer)
    project = services.accept_project(project, by=house.director, number="01/BBNT", accepted_on=date(2026, 6, 1))
    Facility.objects.update(industry=project.industry or industry())
    ProjectIndicator.objects.filter(project=project).update(done=5)
    if not project.indicators.exists():
        ProjectIndicator.objects.create(project=project, indicator=indicator(), done=5)
    return project


def industry():
    return Facility.industry.field.related_model.objects.first()


def indicator():
    return ProjectIndicator.indicator.field.related_model.objects.first()


def found(user):
    """{key: number} of the checks that find anything."""
    return {key: count for key, count in counts_of(user).items() if count}


def lines(project):
    return FundingLine.objects.filter(project=project, source__code="KCDP")


def test_healthy_work_is_found_by_no_check(house, done):
    assert found(house.viewer) == {}


# What goes wrong behind the services' back: (key of the check, how).
CASES = {
    "chia-nguon": lambda project: Project.objects.filter(pk=project.pk).update(total_cost=project.total_cost + 1),
    "thu-huong": lambda project: BeneficiaryAmount.objects.filter(
        beneficiary__project=project, source__code="KCDP"
    ).update(approved_amount=1, appraised_amount=1),
    "chung-tu": lambda project: lines(project).update(paid_amount=91_000_000),
    "vuot-du-toan": lambda project: PlanBudget.objects.filter(plan=project.plan).update(amount=1),
    "nghiem-thu": lambda project: Acceptance.objects.filter(project=project).update(is_final=False),
    "ngay-nghiem-thu": lambda project: Acceptance.objects.filter(project=project).update(accepted_on="2026-01-03"),
    "ngay-hop-dong": lambda project: Contract.objects.update(signed_on="2026-01-03", starts_on=None),
    "ngay-chi": lambda project: Disbursement.objects.update(paid_on=date(2026, 1, 3)),
    "nganh-nghe": lambda project: Facility.objects.update(industry=None),
    "ket-qua": lambda project: ProjectIndicator.objects.update(done=None),
}


@pytest.mark.parametrize("key", CASES)
def test_check_finds_its_case_and_no_other(client, house, done, key):
    CASES[key](done)
    assert found(house.viewer) == {key: 1}
    check = CHECKS[key]
    [finding] = [check.tell(row) for row in check.rows(house.viewer)]
    client.force_login(house.officer)
    assert client.get(finding.url.partition("#")[0]).status_code == 200
    assertContains(client.get(f"/du-lieu/?loi={key}"), finding.detail)


def test_contract_that_ran_out_while_work_goes_on_is_found(house):
    services.start_project(stories.contracted_project(house), by=house.officer)
    Contract.objects.update(ends_on=today())
    assert "het-han-hop-dong" not in found(house.viewer)
    Contract.objects.update(signed_on=today() - timedelta(days=9), starts_on=None, ends_on=today() - timedelta(days=1))
    assert found(house.viewer)["het-han-hop-dong"] == 1


def test_project_without_any_place_is_found_unless_drawn_up_for_a_group(house):
    project = stories.approved_project(house)
    assert "dia-ban" not in found(house.viewer)
    project.beneficiaries.all().delete()
    assert found(house.viewer)["dia-ban"] == 1
    Project.objects.update(target_mode="group")
    assert "dia-ban" not in found(house.viewer)


def test_facility_of_the_same_name_and_ground_is_found_once(house):
    first = FacilityFactory(name="Công ty TNHH Kẹo dừa An Phú")
    other = AdministrativeUnit.objects.filter(level="commune", province=first.unit.province).exclude(pk=first.unit_id)
    FacilityFactory(name="Cty TNHH Kẹo dừa An Phú", unit=other.filter(division=first.unit.division).first())
    assert found(house.viewer) == {}
    twin = FacilityFactory(name="Cty TNHH Kẹo dừa An Phú", unit=first.unit)
    assert list(CHECKS["co-so-trung"].rows(house.viewer)) == [twin]


def test_report_is_found_once_a_project_of_its_years_is_touched(house, done):
    report = evaluation_of(house)
    for part in ("causes", "lessons", "tasks", "proposals"):
        report_services.save_text(report, part, "Lời.", by=house.officer)
    issue(EVALUATION_REPORT, report, house.director, dated_on=today())
    assert found(house.viewer) == {}
    stories.pay(house, done, 1_000_000, number="PC 02", kind="payment", on=today())
    assert list(CHECKS["sau-bao-cao"].rows(house.viewer)) == [report]


# The pages


def test_page_counts_what_its_lists_and_file_hold(client, house, done, django_assert_max_num_queries):
    for key in ("chung-tu", "nganh-nghe"):
        CASES[key](done)
    client.force_login(house.viewer)
    with django_assert_max_num_queries(6):
        page = client.get("/du-lieu/")
    assert {check.key: count for check, count in page.context["checks"] if count} == {"chung-tu": 1, "nganh-nghe": 1}
    assertContains(page, "<strong>2</strong> điều chưa khớp")
    book = load_workbook(BytesIO(b"".join(client.get("/du-lieu/xuat-excel/").streaming_content)))
    told = [row[1] for row in book.active.iter_rows(values_only=True) if isinstance(row[0], int)]
    assert told == [CHECKS["chung-tu"].title, CHECKS["nganh-nghe"].title]
    assert client.get("/du-lieu/?loi=khong-co").status_code == 404


def test_file_says_the_same_whether_a_check_finds_few_or_many(client, house, done, monkeypatch):
    """Few are asked for all at once, many are read some hundreds at a time."""
    for key in CASES:
        CASES[key](done)
    client.force_login(house.viewer)

    def told():
        book = load_workbook(BytesIO(b"".join(client.get("/du-lieu/xuat-excel/").streaming_content)))
        return [row[1:] for row in book.active.iter_rows(values_only=True) if isinstance(row[0], int)]

    all_at_once = told()
    assert len(all_at_once) == sum(counts_of(house.viewer).values()) > 5
    monkeypatch.setattr("reports.health.files.FEW", 0)
    assert told() == all_at_once


def test_page_without_findings_says_so(client, house):
    client.force_login(house.viewer)
    assertContains(client.get("/du-lieu/"), "Các hồ sơ ông/bà được xem đều khớp.")
    assertContains(client.get("/du-lieu/?loi=chung-tu"), "Không còn hồ sơ nào")


def test_other_provinces_find_nothing_here(client, house, done):
    for key in CASES:
        CASES[key](done)
    stranger = stories.make_house(thai_nguyen(), "Thái Nguyên").viewer
    assert found(stranger) == {}
    client.force_login(stranger)
    for key in CASES:
        assertNotContains(client.get(f"/du-lieu/?loi={key}"), done.code)
