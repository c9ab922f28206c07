"""Progress on paper: 3a of a month, its table of a plan, 3b at completion; figures as on the screens."""

import io
from datetime import date
from decimal import Decimal

import pytest
from django.urls import reverse
from pypdf import PdfReader

from khuyencong.documents.kinds import DRAFT, Imprint
from khuyencong.documents.panels import panel_of
from khuyencong.models import Signer
from programs.models import AdvanceRule
from projects import services
from projects.documents import (
    COMPLETION_REPORT,
    PROGRESS_REPORT,
    PROGRESS_SUMMARY,
    completion_report,
    progress_report,
    progress_summary,
)
from projects.models import FundingLine, ProgressItem, ProgressReport, Project, ProjectStatus
from projects.services.payments import payment_position
from projects.services.settlement import accounts_of
from tests import stories
from tests.factories import OrganisationFactory, UserFactory, source, thai_nguyen
from tests.projects.settlements import due_contract

MILLION = 1_000_000
ISSUED = Imprint(draft=False)


@pytest.fixture
def project(house):
    contracted = stories.contracted_project(house)
    return services.start_project(Project.objects.get(pk=contracted.pk), by=house.officer)


def item(name="Máy nấu chân không", planned=2, done=1, amount=200 * MILLION):
    return ProgressItem(
        name=name, unit_name="máy", planned_quantity=planned, done_quantity=Decimal(done), done_amount=amount
    )


def report_of(house, project, *, month=5, volume="60.5", value=450 * MILLION, items=None, **fields):
    report = ProgressReport(
        project=project, month=date(2026, month, 1), volume_percent=Decimal(volume), value_done=value, **fields
    )
    return services.save_progress_report(report, by=house.officer, items=[item()] if items is None else items)


def stored(report):
    return ProgressReport.objects.get(pk=report.pk)


def context_of(report, imprint=DRAFT):
    return progress_report(stored(report), imprint).context


def html_of(document):
    return " ".join(document.render_html().split())


def pages_of(document):
    reader = PdfReader(io.BytesIO(document.render_pdf()))
    return reader, [" ".join(page.extract_text().split()) for page in reader.pages]


# 3a of one project


def test_report_is_the_implementers_and_goes_to_the_department(house, project):
    report = report_of(house, project)
    document = progress_report(stored(report), ISSUED)

    assert document.context["issuer"]["name"] == [house.centre.name]
    assert (document.context["symbol"], document.context["place"]) == ("BC-TTKC", "Vĩnh Long")
    assert document.context["addressees"] == [house.department.name]
    assert document.context["subject"][0] == "Tiến độ thực hiện hợp đồng khuyến công tháng 5 năm 2026"
    assert document.filename == "2026_BCTD-05_KC26-001_ung-dung-may-moc-tien-tien-trong-san-xuat-keo-dua"
    assert f"Kính gửi: {house.department.name}" in html_of(document)


def test_report_shows_the_figures_of_the_screen(client, house, project):
    stories.pay(house, project, 100 * MILLION, on=date(2026, 5, 20), progress_report=stories.confirmed_report(
        house, project, month=4, volume="55", value=450 * MILLION,
    ))  # fmt: skip
    report = report_of(house, project, volume="60.5")
    client.force_login(house.viewer)
    screen = client.get(reverse("projects:progress_detail", args=[report.pk])).context
    context = context_of(report)

    assert context["value_done"] == screen["report"].value_done
    assert [row["percent"] for row in context["items"]] == [row.done_share for row in screen["items"]] == [50]
    assert context["item_total"] == screen["item_total"]
    assert context["measures"][1]["percent"] == screen["value_share"]
    [position] = payment_position(project)
    [money] = context["money"]
    assert (money["approved"], money["contracted"]) == (position.approved, position.contracted)
    assert (money["advanced"], money["left"]) == (position.paid, position.left) == (100 * MILLION, 200 * MILLION)


def test_money_paid_after_the_month_is_not_in_its_report(house, project):
    may = stories.confirmed_report(house, project, month=5, volume="80", value=460 * MILLION)
    stories.pay(house, project, 100 * MILLION, on=date(2026, 6, 1), progress_report=may)
    assert context_of(may)["money_total"]["advanced"] == 0
    assert context_of(report_of(house, project, month=6, volume="85", value=470 * MILLION))["money_total"][
        "advanced"
    ] == 100 * MILLION  # fmt: skip


@pytest.mark.parametrize(
    ("volume", "value", "met"),
    [
        ("50", 448 * MILLION, [False, False]),
        ("50.01", 448_000_001, [True, True]),
        ("49.99", 640 * MILLION, [False, True]),
    ],
)
def test_tests_of_advances_are_held_against_the_rules_exactly(house, project, volume, value, met):
    measures = context_of(report_of(house, project, volume=volume, value=value))["measures"]

    assert [row["over"] for row in measures] == [50, 70]
    assert [row["is_met"] for row in measures] == met
    # Machinery is advanced by value done; the volume is told beside it.
    assert [row["is_asked"] for row in measures] == [False, True]
    assert measures[1]["source"] == "Thông tư 36/2013/TT-BCT, Điều 13 khoản 2 điểm d"


def test_department_confirms_on_paper_where_an_advance_needs_it(house, project):
    report = report_of(house, project)
    waiting = context_of(report)
    assert [block["party"] for block in waiting["signatures"]] == ["Xác nhận của\nSở Công Thương", ""]
    assert (waiting["signatures"][0]["name"], waiting["confirmation"]) == ("", "")
    assert waiting["signatures"][1]["post"] == "Thủ trưởng đơn vị"

    services.confirm_progress_report(report, by=house.second_reviewer)
    confirmed = context_of(report)
    assert confirmed["confirmation"].startswith(f"{house.second_reviewer} xác nhận trên cổng ngày ")
    assert confirmed["signatures"][0]["name"] == house.second_reviewer.full_name


def test_report_without_an_advance_on_progress_has_one_signature(house):
    AdvanceRule.objects.filter(evidence__in=("volume", "value")).update(evidence="contract", over_percent=None)
    contracted = stories.contracted_project(house)
    project = services.start_project(Project.objects.get(pk=contracted.pk), by=house.officer)
    Signer.objects.create(organisation=house.centre, name="Mai Thanh Tùng", post="Giám đốc")
    [block] = context_of(report_of(house, project))["signatures"]
    assert (block["party"], block["post"], block["name"]) == ("", "Giám đốc", "Mai Thanh Tùng")


def test_report_needs_a_day_of_completion(house, project):
    report = report_of(house, project, difficulties="Thiếu vốn.\nMưa nhiều.")
    assert PROGRESS_REPORT.gaps(stored(report), ISSUED) == []
    assert context_of(report)["expected_end_on"] == project.ends_on

    Project.objects.update(ends_on=None)
    assert PROGRESS_REPORT.gaps(stored(report), ISSUED) == ["Ghi ngày dự kiến hoàn thành vào báo cáo tiến độ."]
    html = html_of(progress_report(stored(report)))
    assert "Dự kiến hoàn thành: ngày ...... tháng ...... năm ......" in html
    assert "<p>Thiếu vốn.</p>" in html


def test_only_drafters_of_the_body_issue(house, project):
    report = report_of(house, project)
    stranger = UserFactory(organisation=OrganisationFactory(areas=[thai_nguyen()]))
    assert PROGRESS_REPORT.refusal(house.officer, report) is None
    assert PROGRESS_REPORT.refusal(house.viewer, report).startswith("Việc “Phát hành báo cáo tiến độ” dành cho: ")
    assert list(PROGRESS_REPORT.records(stranger)) == []
    assert list(PROGRESS_REPORT.subjects(report))[:2] == [report, project]


def test_form_3a_is_monthly_and_3b_at_completion(house):
    forms = [kind.form.split(",")[0] for kind in (PROGRESS_REPORT, PROGRESS_SUMMARY, COMPLETION_REPORT)]
    assert forms == ["Mẫu số 3a", "Mẫu số 3a", "Mẫu số 3b"]
    for kind in (PROGRESS_REPORT, COMPLETION_REPORT):
        assert "Mẫu 3a hằng tháng và Mẫu 3b khi hoàn thành" in kind.slot("opening").help


# The table of a plan


@pytest.fixture
def plan_of_two(house):
    """Two approved projects of one plan, one of them reported in April and June, the other never."""
    plan = stories.draft_plan(house)
    first = stories.planned_project(house, plan)
    stories.planned_project(house, plan, name="Sấy cá", support=100 * MILLION, own=200 * MILLION)
    services.submit_plan(plan, by=house.reviewer)
    stories.approve(house, plan)
    first.refresh_from_db()
    services.sign_contract(stories.contract_of(first), by=house.accountant, projects=[first])
    first = Project.objects.get(pk=first.pk)
    report_of(house, first, month=4, volume="40", value=300 * MILLION)
    report_of(house, first, month=6, volume="80", value=500 * MILLION, difficulties="Thiếu điện.")
    return plan


def summary_of(plan, month):
    return progress_summary(plan, Imprint(variant=month))


def rows_of(document):
    return [row for group in document.context["groups"] for row in group["rows"]]


def test_months_with_reports_are_the_variants(house, plan_of_two, django_assert_num_queries):
    plan_of_two.refresh_from_db()
    with django_assert_num_queries(3):  # its body, its months, and what was issued of them
        papers = panel_of(plan_of_two, house.officer, PROGRESS_SUMMARY)
    assert [(paper.label, paper.is_open) for paper in papers] == [("Tháng 6/2026", True), ("Tháng 4/2026", True)]
    assert PROGRESS_SUMMARY.variants(plan_of_two) == [("2026-06", "Tháng 6/2026"), ("2026-04", "Tháng 4/2026")]
    assert PROGRESS_SUMMARY.variants(stories.draft_plan(house, year=2027)) == []


def test_table_of_a_month_holds_every_project(plan_of_two):
    document = summary_of(plan_of_two, "2026-06")
    first, second = rows_of(document)

    assert (first["volume_percent"], first["value_percent"]) == (80, Decimal(500) / Decimal(640) * 100)
    assert (first["value_done"], first["remark"], first["difficulties"]) == (500 * MILLION, "", ["Thiếu điện."])
    assert (second["value_done"], second["volume_percent"], second["remark"]) == (None, None, "Chưa có báo cáo")
    assert document.context["totals"] == {
        "total_cost": 940 * MILLION, "value_done": 500 * MILLION, "support": 400 * MILLION, "advanced": 0,
        "value_percent": Decimal(500 * 100) / Decimal(940),
    }  # fmt: skip
    assert (document.context["reported"], document.context["count"]) == (1, 2)
    assert document.filename.startswith("2026_BCTD-06_KH2026_")


def test_table_between_reports_names_the_month_of_its_figures(plan_of_two):
    [first, _second] = rows_of(summary_of(plan_of_two, "2026-05"))
    assert (first["value_done"], first["remark"]) == (300 * MILLION, "Theo báo cáo tháng 4/2026")


def test_table_takes_as_many_queries_for_one_project_as_for_two(plan_of_two, django_assert_max_num_queries):
    with django_assert_max_num_queries(20):
        summary_of(plan_of_two, "2026-06")


def test_table_lies_on_its_side(plan_of_two):
    reader, pages = pages_of(summary_of(plan_of_two, "2026-06"))
    assert reader.pages[0].mediabox.width > reader.pages[0].mediabox.height
    assert "Tổng hợp tiến độ thực hiện các đề án khuyến công tháng 6 năm 2026" in pages[0]
    assert "1 trên 2 đề án, nhiệm vụ có báo cáo của tháng" in " ".join(pages)


# 3b


def test_completion_rests_on_the_latest_report_until_acceptance(house, project):
    report_of(house, project, month=10, volume="100", value=640 * MILLION, items=[item(done=2, amount=400 * MILLION)])
    document = completion_report(project)
    context = document.context

    assert [(row["done"], row["percent"]) for row in context["items"]] == [(2, 100)]
    assert context["basis"] == "báo cáo tiến độ tháng 10/2026"
    assert [(row["contracted"], row["done"], row["asked"]) for row in context["money"]] == [
        (300 * MILLION, None, 300 * MILLION), (340 * MILLION, None, None),
    ]  # fmt: skip
    assert "theo báo cáo tháng 10/2026 là 640.000.000 đồng" in html_of(document)
    assert document.filename.startswith("2026_BCHT_KC26-001_")


def test_completion_after_acceptance_shows_the_figures_of_the_accounts(house):
    contract = due_contract(house)
    project = contract.projects.get()
    context = completion_report(project).context
    accounts = accounts_of(contract)

    assert [(row["contracted"], row["done"]) for row in context["money"]] == [
        (account.contracted, account.accepted) for account in accounts
    ]
    [support] = [account for account in accounts if account.source.is_support]
    assert (context["money"][0]["advanced"], context["asked"]) == (support.paid, support.to_pay) == (
        210 * MILLION, 90 * MILLION,
    )  # fmt: skip
    assert context["totals"]["done"] == 640 * MILLION
    assert "biên bản nghiệm thu số 01/BBNT" in context["basis"]


def test_completion_tells_what_goes_back(house):
    contract = due_contract(house)
    FundingLine.objects.filter(project__contract=contract, source=source("KCDP")).update(accepted_amount=200 * MILLION)
    html = html_of(completion_report(contract.projects.get()))
    assert "Kinh phí khuyến công phải hoàn trả: 10.000.000 đồng (bằng chữ: Mười triệu đồng)." in html


def test_completion_begins_with_the_work(house, project):
    waiting = stories.approved_project(house, stories.draft_plan(house, year=2027), decision="11/QĐ-UBND")
    assert list(COMPLETION_REPORT.records(house.viewer)) == [project]
    assert COMPLETION_REPORT.variants(waiting) == []
    assert COMPLETION_REPORT.variants(project) == [("", "")]
    assert COMPLETION_REPORT.gaps(project, ISSUED) == [
        "Chưa có khối lượng: lập báo cáo tiến độ có từng hạng mục, hoặc ghi nhận nghiệm thu trước."
    ]
    assert COMPLETION_REPORT.refusal(house.officer, project) is None
    assert COMPLETION_REPORT.refusal(house.accountant, project).startswith("Việc ")


def test_pages_of_progress_lead_to_the_papers(client, house, project):
    report = report_of(house, project)
    client.force_login(house.officer)
    page = client.get(reverse("projects:progress", args=[project.pk])).content.decode()
    assert f'href="{reverse("document_prepare", args=["completion_report", project.pk])}"' in page
    assert "Cổng in Mẫu 3a hằng tháng và Mẫu 3b khi hoàn thành." in page
    page = client.get(report.get_absolute_url()).content.decode()
    assert f'href="{reverse("document_prepare", args=["progress_report", report.pk])}"' in page


# Hard cases


def test_large_reports_come_out_whole(house, project):
    name = ("Ứng dụng máy móc thiết bị tiên tiến trong chế biến nông sản " * 4)[:200].strip()
    huge = 999_999 * 10**9
    items = [item(f"Máy số {number} <b>", 1, 1, huge if number == 0 else MILLION) for number in range(40)]
    report = report_of(house, project, volume="100", value=huge, items=items)
    Project.objects.update(name=name, total_cost=huge, status=ProjectStatus.IN_PROGRESS)
    stages = ("requested", "appraised", "approved", "contracted")
    FundingLine.objects.update(**{f"{stage}_amount": huge for stage in stages})
    fresh = Project.objects.get(pk=project.pk)
    for document in (progress_report(stored(report)), completion_report(fresh), summary_of(fresh.plan, "2026-05")):
        _reader, pages = pages_of(document)
        text = " ".join(pages)
        assert name[:60] in text or document.context.get("groups")
        assert "999.999.000.000.000" in text or "999.999.000" in text and "triệu đồng" in text
        assert all("BẢN NHÁP" in page for page in pages)
        assert "Máy số 39 <b>" in text or document.context.get("groups")
