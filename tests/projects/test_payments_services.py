"""Advances, payments and refunds: the rules with their clauses, every change rechecked, nothing counted twice."""

from datetime import date

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from khuyencong.models import AuditEntry
from khuyencong.versions import StaleVersionError
from programs import services as program_services
from programs.models import AdvanceRule, Program, RuleFigure
from projects import services
from projects.models import Disbursement, ProjectStatus
from tests import stories
from tests.factories import content, source
from tests.khuyencong.threads import at_once

pytestmark = pytest.mark.django_db
MILLION = 1_000_000
# The clause that each refusal quotes.
FIRST = "Thông tư 36/2013/TT-BCT, Điều 13 khoản 2 điểm a"
CAP = "Thông tư liên tịch 26/2014/TTLT-BTC-BCT, Điều 8 khoản 2 điểm b"
REST = "Thông tư 36/2013/TT-BCT, Điều 14"


@pytest.fixture
def house():
    return stories.make_house()


@pytest.fixture
def project(house):
    """300 million of local money contracted; 70 % may be advanced on the contract."""
    return stories.contracted_project(house, content=content("VOCATIONAL"))


def line_of(project, code="KCDP"):
    return project.funding_lines.get(source__code=code)


def accept(house, project, amount=300 * MILLION, day=date(2026, 11, 1)):
    project = services.start_project(project, by=house.officer)
    return services.accept_project(
        project, by=house.director, number="01/BBNT", accepted_on=day, amounts={source("KCDP").pk: amount}
    )


def refused(call, *args, **kwargs):
    with pytest.raises(ValidationError) as caught:
        call(*args, **kwargs)
    error = caught.value
    return error.message_dict if hasattr(error, "error_dict") else error.messages


def test_first_advance_up_to_its_rate(house, project):
    told = refused(stories.pay, house, project, 210 * MILLION + 1)
    entry = stories.pay(house, project, 210 * MILLION)

    assert told == {
        "amount": [
            f"Tạm ứng 210.000.001 đồng vượt mức lần đầu 70% giá trị hợp đồng, 210.000.000 đồng ({FIRST}): "
            "đã tạm ứng 0 đồng, còn tạm ứng được 210.000.000 đồng."
        ]
    }
    assert (entry.round_no, entry.budget_year, line_of(project).paid_amount) == (1, 2026, 210 * MILLION)
    assert AuditEntry.objects.about(project).latest("pk").changes == [
        ["Tạm ứng lần 1, Khuyến công địa phương", "", "210.000.000 đồng, chứng từ PC 01 ngày 05/06/2026"],
        ["Khuyến công địa phương: đã chi", "0", "210.000.000"],
    ]


def test_second_advance_waits_for_acceptance(house, project):
    stories.pay(house, project, 200 * MILLION)

    told = refused(stories.pay, house, project, 20 * MILLION, number="PC 02")

    assert "đã tạm ứng 200.000.000 đồng, còn tạm ứng được 10.000.000 đồng." in told["amount"][0]
    accept(house, project)
    told = refused(stories.pay, house, project, 20 * MILLION, number="PC 02", on=date(2026, 11, 2))
    assert told == {"kind": [f"Đề án đã nghiệm thu: ghi là thanh toán phần còn lại ({REST})."]}
    entry = stories.pay(house, project, 100 * MILLION, kind="payment", number="PC 02", on=date(2026, 11, 2))
    assert (entry.round_no, line_of(project).paid_amount) == (1, 300 * MILLION)


def test_cap_before_acceptance_stands_above_every_rate(house, project):
    RuleFigure.objects.filter(key="advance_cap").update(value=40)

    told = refused(stories.pay, house, project, 121 * MILLION)

    cap = f"trần 40% giá trị hợp đồng trước nghiệm thu, 120.000.000 đồng ({CAP})"
    left = "đã tạm ứng 0 đồng, còn tạm ứng được 120.000.000 đồng"
    assert told == {"amount": [f"Tạm ứng 121.000.000 đồng vượt mức {cap}: {left}."]}


@pytest.mark.parametrize(
    ("code", "volume", "value", "enough"),
    [
        ("CCN_INFRA", "50", 0, False),
        ("CCN_INFRA", "50.01", 0, True),
        ("MACHINERY", "90", 448 * MILLION, False),
        ("MACHINERY", "90", 448 * MILLION + 1, True),
    ],
)
def test_advance_that_rests_on_work_needs_a_confirmed_report(house, code, volume, value, enough):
    project = stories.contracted_project(house, content=content(code))
    without = refused(stories.pay, house, project, MILLION)
    assert without["progress_report"][0].startswith("Chưa tạm ứng được: cần báo cáo tiến độ được Sở xác nhận")
    report = stories.confirmed_report(house, project, volume=volume, value=value)

    if enough:
        assert stories.pay(house, project, MILLION).progress_report == report
    else:
        told = refused(stories.pay, house, project, MILLION)["progress_report"][0]
        assert told.startswith("Chưa tạm ứng được: báo cáo tháng 5/2026 ghi")
        assert "Thông tư 36/2013/TT-BCT, Điều 13 khoản" in told


def test_thirty_percent_for_clusters_and_more_by_volume_over_several_years(house):
    cluster = {"content": content("CCN_INFRA")}
    plan = stories.draft_plan(house)
    within, beyond = (
        stories.planned_project(house, plan, **cluster, ends_on=date(year, 11, 30)) for year in (2026, 2027)
    )
    services.submit_plan(plan, by=house.reviewer)
    stories.approve(house, plan)
    for number, row in enumerate((within, beyond)):
        row.refresh_from_db()
        contract = stories.contract_of(row, number=f"{number}/HĐ", ends_on=date(2027, 12, 1))
        services.sign_contract(contract, by=house.officer, projects=[row])
        stories.confirmed_report(house, row, volume="60")
        stories.pay(house, row, 90 * MILLION)

    assert "30% giá trị hợp đồng" in refused(stories.pay, house, within, MILLION, number="PC 02")["amount"][0]
    stories.pay(house, beyond, 90 * MILLION, number="PC 02")
    told = refused(stories.pay, house, beyond, MILLION, number="PC 03")["amount"][0]
    assert "lần sau theo khối lượng 60%" in told
    assert "Thông tư 36/2013/TT-BCT, Điều 15 khoản 2" in told


def test_setting_up_an_enterprise_is_paid_after_acceptance_in_full(house):
    project = stories.contracted_project(house, content=content("ENTERPRISE_SETUP"))

    told = refused(stories.pay, house, project, MILLION)["kind"][0]
    accept(house, project)
    entry = stories.pay(house, project, 300 * MILLION, on=date(2026, 11, 2))

    assert told.startswith("Chưa có biên bản nghiệm thu: chỉ tạm ứng 100% giá trị hợp đồng")
    assert entry.amount == 300 * MILLION


def test_rule_of_a_province_goes_before_the_general_one_from_its_day(house, project):
    AdvanceRule.objects.create(
        content=content("VOCATIONAL"), owner=house.department, first_percent=50, is_verified=True,
        valid_from=date(2026, 6, 1), legal_source="Quyết định 9/QĐ-UBND",
    )  # fmt: skip

    stories.pay(house, project, 200 * MILLION, on=date(2026, 5, 31))

    told = refused(stories.pay, house, project, MILLION, number="PC 02", on=date(2026, 6, 1))
    assert "lần đầu 50% giá trị hợp đồng, 150.000.000 đồng (Quyết định 9/QĐ-UBND)" in told["amount"][0]


def test_unverified_rule_advises_and_the_cap_still_refuses(house):
    project = stories.contracted_project(house, content=content("SHOWROOM"))
    AdvanceRule.objects.filter(content=None).update(first_percent=20)

    (position,) = services.payment_position(project)

    assert position.advance.amount == 210 * MILLION
    assert position.advance.advice.startswith("Quy định chưa đối chiếu văn bản nên cổng chỉ nhắc: lần đầu 20%")
    stories.pay(house, project, 210 * MILLION)
    assert "amount" in refused(stories.pay, house, project, 1, number="PC 02")


def test_payment_only_on_acceptance_and_within_what_was_accepted(house, project):
    stories.pay(house, project, 150 * MILLION)
    early = refused(stories.pay, house, services.start_project(project, by=house.officer), MILLION, kind="payment")
    services.accept_project(
        project, by=house.director, number="01/BBNT", accepted_on=date(2026, 11, 1),
        amounts={source("KCDP").pk: 280 * MILLION},
    )  # fmt: skip
    late = {"kind": "payment", "number": "PC 09"}

    assert early == {"kind": [f"Chưa có biên bản nghiệm thu: nghiệm thu rồi mới thanh toán phần còn lại ({REST})."]}
    before = refused(stories.pay, house, project, MILLION, **late, on=date(2026, 10, 31))
    assert before == {"kind": [f"Chứng từ ngày 31/10/2026 trước ngày nghiệm thu 01/11/2026 (01/BBNT) ({REST})."]}
    beyond = refused(stories.pay, house, project, 130 * MILLION + 1, **late, on=date(2026, 11, 2))
    assert beyond == {
        "amount": [
            f"Chi tất cả 280.000.001 đồng vượt số nghiệm thu 280.000.000 đồng ({REST}): "
            "đã chi 150.000.000 đồng, còn 130.000.000 đồng."
        ]
    }
    stories.pay(house, project, 130 * MILLION, **late, on=date(2026, 11, 2))
    assert line_of(project).paid_amount == 280 * MILLION


def test_beyond_the_contract_says_what_is_used_and_what_remains(house, project):
    stories.pay(house, project, 200 * MILLION)
    accept(house, project)

    told = refused(stories.pay, house, project, 101 * MILLION, kind="payment", number="PC 2", on=date(2026, 11, 3))

    assert told == {
        "amount": [
            "101.000.000 đồng vượt giá trị hợp đồng 300.000.000 đồng: đã chi 200.000.000 đồng, còn 100.000.000 đồng."
        ]
    }


def test_refund_counts_and_never_exceeds_what_was_paid(house, project):
    stories.pay(house, project, 100 * MILLION)

    told = refused(stories.pay, house, project, 101 * MILLION, kind="refund", number="PT 01", on=date(2026, 7, 1))
    stories.pay(house, project, 40 * MILLION, kind="refund", number="PT 01", on=date(2026, 7, 1))

    assert told["amount"][0].startswith("Hoàn trả 101.000.000 đồng vượt số đã chi 100.000.000 đồng")
    assert line_of(project).paid_amount == 60 * MILLION
    # What came back may be advanced again, up to the same rate.
    stories.pay(house, project, 150 * MILLION, number="PC 02", on=date(2026, 7, 2))
    assert "amount" in refused(stories.pay, house, project, 1, number="PC 03", on=date(2026, 7, 3))


def test_void_that_would_break_a_later_voucher_is_refused(house, project):
    advance = stories.pay(house, project, 100 * MILLION)
    refund = stories.pay(house, project, 40 * MILLION, kind="refund", number="PT 01", on=date(2026, 7, 1))

    (told,) = refused(services.void_payment, advance, by=house.accountant, reason="Nhập nhầm")

    assert told.startswith("Chứng từ khác sẽ không còn đúng: Hoàn trả PT 01 ngày 01/07/2026, 40.000.000 đồng.")
    services.void_payment(refund, by=house.accountant, reason="Nhập nhầm")
    services.void_payment(advance, by=house.accountant, reason="Nhập nhầm")
    assert line_of(project).paid_amount == 0
    assert "đã được bỏ" in refused(services.void_payment, advance, by=house.accountant, reason="Nữa")[0]


def test_change_rechecks_this_voucher_and_the_later_ones(house, project):
    advance = stories.pay(house, project, 100 * MILLION)
    stories.pay(house, project, 90 * MILLION, kind="refund", number="PT 01", on=date(2026, 7, 1))
    change = services.change_payment

    assert "amount" in refused(change, advance, by=house.accountant, amount=210 * MILLION + 1)
    (told,) = refused(change, advance, by=house.accountant, amount=89 * MILLION)
    assert "Hoàn trả PT 01" in told
    change(advance, by=house.accountant, amount=95 * MILLION, expected_version=1)
    assert line_of(project).paid_amount == 5 * MILLION
    with pytest.raises(StaleVersionError):
        change(advance, by=house.accountant, amount=96 * MILLION, expected_version=1)


def test_same_voucher_twice_is_refused(house, project):
    stories.pay(house, project, 10 * MILLION)

    told = refused(stories.pay, house, project, 10 * MILLION)

    assert "Chứng từ số này, ngày này đã được nhập cho đề án và nguồn này." in str(told)
    assert line_of(project).paid_amount == 10 * MILLION


@pytest.mark.parametrize(
    ("day", "sentence"),
    [
        (date(2026, 1, 31), "Ngày chứng từ không thể trước ngày ký hợp đồng 01/02/2026."),
        (date(2099, 1, 1), "Ngày chứng từ không thể ở tương lai."),
    ],
)
def test_voucher_is_dated_between_contract_and_today(house, project, day, sentence):
    assert refused(stories.pay, house, project, MILLION, on=day) == {"paid_on": [sentence]}


def test_nothing_is_paid_without_a_contract_or_of_other_money(house):
    project = stories.approved_project(house)

    assert "Chưa có hợp đồng" in refused(stories.pay, house, project, MILLION)["kind"][0]
    services.sign_contract(stories.contract_of(project), by=house.officer, projects=[project])
    assert list(refused(stories.pay, house, project, MILLION, code="COUNTERPART")) == ["source"]


def test_stopped_project_gives_back_and_takes_no_more(house, project):
    stories.pay(house, project, 50 * MILLION)
    type(project).objects.filter(pk=project.pk).update(status=ProjectStatus.STOPPED)

    assert "Đề án đã ngừng" in refused(stories.pay, house, project, MILLION, number="PC 02")["kind"][0]
    stories.pay(house, project, 50 * MILLION, kind="refund", number="PT 01")
    assert line_of(project).paid_amount == 0


@pytest.mark.parametrize("role", ["officer", "reviewer", "director", "viewer"])
def test_only_the_accountant_pays(house, project, role):
    with pytest.raises(PermissionDenied):
        services.pay(
            project, by=getattr(house, role), source=source("KCDP"), kind="advance", amount=1, voucher_number="1",
            paid_on=date(2026, 6, 1),
        )  # fmt: skip


def test_position_tells_what_is_possible_now(house, project):
    stories.pay(house, project, 150 * MILLION)

    (position,) = services.payment_position(project)

    assert (position.approved, position.contracted, position.paid, position.left) == (
        300 * MILLION, 300 * MILLION, 150 * MILLION, 150 * MILLION,
    )  # fmt: skip
    assert (position.advance_left, position.payable_left, position.refundable) == (60 * MILLION, 0, 150 * MILLION)
    accept(house, project, amount=100 * MILLION)
    project.refresh_from_db()
    (position,) = services.payment_position(project)
    assert (position.advance_left, position.payable_left, position.to_refund) == (0, 0, 50 * MILLION)


# The year's end


def last_year_project(house):
    program = program_services.save_program(
        Program(name="Chương trình 2021-2025", area=house.province, period_start=2021, period_end=2025),
        by=house.reviewer,
    )  # fmt: skip
    plan = stories.draft_plan(house, year=2025, program=program)
    return stories.contracted_project(house, plan, content=content("VOCATIONAL"))


def test_unspent_money_is_carried_over_once_and_counted_once(house):
    project = last_year_project(house)
    stories.pay(house, project, 200 * MILLION)
    paper = {"decision_number": "99/STC", "decision_on": date(2025, 12, 30)}
    local = source("KCDP")

    (row,) = services.unspent(project.plan)
    assert (row.contracted, row.paid, row.left) == (300 * MILLION, 200 * MILLION, 100 * MILLION)
    beyond = refused(services.carry_over, project, local, by=house.accountant, amount=100 * MILLION + 1, **paper)
    assert beyond == {"amount": ["100.000.001 đồng vượt số chưa chi 100.000.000 đồng của năm 2025."]}
    services.carry_over(project, local, by=house.accountant, amount=80 * MILLION, **paper)
    (again,) = refused(services.carry_over, project, local, by=house.accountant, amount=MILLION, **paper)
    assert "mỗi nguồn của đề án chỉ chuyển một lần" in again

    (row,) = services.unspent(project.plan)
    assert (row.left, row.carried.from_year, row.carried.to_year) == (20 * MILLION, 2025, 2026)
    assert services.budget_by_year([project]) == {2025: 220 * MILLION, 2026: 80 * MILLION}
    accept(house, project, day=date(2026, 3, 1))
    later = {"kind": "payment", "number": "PC 02", "on": date(2026, 3, 2)}
    told = refused(stories.pay, house, project, 80 * MILLION + 1, **later)
    assert told == {"amount": ["Số chuyển sang năm 2026 là 80.000.000 đồng, còn 80.000.000 đồng."]}
    paid = stories.pay(house, project, 80 * MILLION, **later)
    assert paid.budget_year == 2026
    assert services.spent_by_year([project]) == {2025: 200 * MILLION, 2026: 80 * MILLION}
    assert (
        "đã chi từ số này"
        in refused(services.drop_carry_over, project.carry_overs.get(), by=house.accountant, reason="Nhầm")[0]
    )


def test_last_years_money_is_paid_until_liquidation_is_due(house):
    project = last_year_project(house)
    accept(house, project, day=date(2025, 12, 20))

    told = refused(stories.pay, house, project, MILLION, kind="payment", on=date(2026, 1, 23))

    clause = "Nghị định 45/2012/NĐ-CP, Điều 14 khoản 4"
    assert told == {"paid_on": [f"Kinh phí năm 2025 chi đến 22/01/2026: ghi chuyển nguồn trước ({clause})."]}
    assert stories.pay(house, project, MILLION, kind="payment", on=date(2026, 1, 22)).budget_year == 2025


# Several people at once


@pytest.mark.django_db(transaction=True)
def test_double_click_pays_once(house, project):
    def press(_number):
        try:
            return stories.pay(house, project, 10 * MILLION).pk and "paid"
        except ValidationError as refusal:
            return "; ".join(refusal.messages)

    answers = at_once(press, range(4))

    assert sorted(answer == "paid" for answer in answers) == [False, False, False, True]
    assert Disbursement.objects.count() == 1
    assert line_of(project).paid_amount == 10 * MILLION


@pytest.mark.django_db(transaction=True)
def test_two_people_cannot_pay_more_than_the_limit_together(house, project):
    def press(number):
        try:
            return stories.pay(house, project, 150 * MILLION, number=f"PC {number}").pk and "paid"
        except ValidationError as refusal:
            return str(refusal.message_dict)

    answers = at_once(press, range(3))

    assert [answer for answer in answers if answer == "paid"] == ["paid"]
    assert line_of(project).paid_amount == 150 * MILLION
