from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from khuyencong.dates import today
from khuyencong.models import AuditEntry, OrganisationKind
from khuyencong.versions import StaleVersionError
from projects import services
from projects.models import (
    Acceptance,
    AcceptanceForm,
    AcceptanceMember,
    AcceptanceResult,
    AcceptanceWork,
    Amendment,
    Contract,
    Disbursement,
    DisbursementKind,
    ProgressReport,
    ProjectStatus,
)
from projects.services.acceptance import form_rule, measured, over_contract, places_left
from projects.services.acceptance_prefill import amounts_left, usual_members, works_left
from tests import stories
from tests.factories import OrganisationFactory, UserFactory, source

DAY = date(2026, 11, 1)
MILLION = 1_000_000


@pytest.fixture
def running(house):
    return stories.project_of_two_places(house)


def chair():
    return [AcceptanceMember(name="Lê Văn Chủ", title="Phó Giám đốc", body="Sở Công Thương", is_chair=True)]


def accept(project, by, *, support=300, own=340, **fields):
    rows = {name: fields.pop(name) for name in ("members", "works", "indicators", "expected_version") if name in fields}
    minutes = Acceptance(project=project, **{"form": "", "number": "01/BBNT", "accepted_on": DAY, **fields})
    amounts = {source("KCDP").pk: support * MILLION, source("COUNTERPART").pk: own * MILLION}
    return services.accept(minutes, by=by, amounts=amounts, **{"members": chair(), **rows})


def first_place(project, by, *, support=200, own=200, **fields):
    place = project.beneficiaries.first()
    return accept(project, by, support=support, own=own, beneficiary=place, is_final=False, **fields)


def accepted_amounts(project):
    return [line.accepted_amount for line in project.funding_lines.order_by("source__position")]


def put_under_contract(project, house, *, amount=None, signed_on=date(2026, 2, 1), **fields):
    """A contract as its service leaves it, for rules that read it."""
    contract = Contract.objects.create(
        plan=project.plan, number="01/HĐ", signed_on=signed_on, ends_on=date(2026, 12, 20), party_a=house.department,
        party_b=house.centre, created_by=house.officer, updated_by=house.officer, owner=project.owner, **fields,
    )  # fmt: skip
    project.contract = contract
    project.save()
    for line in project.funding_lines.all():
        line.contracted_amount = line.approved_amount if amount is None else min(amount, line.approved_amount)
        line.save()
    return contract


# Which form


@pytest.mark.parametrize(
    ("invoice", "form"), [(None, AcceptanceForm.WHOLE), (True, AcceptanceForm.WHOLE), (False, AcceptanceForm.SITE)]
)
def test_form_follows_the_invoice_of_the_contract(house, running, invoice, form):
    if invoice is not None:
        put_under_contract(running, house, issues_invoice=invoice)

    assert accept(running, house.director).form == form


def test_a_body_of_the_ministry_accepts_on_form_5c(house, running):
    put_under_contract(running, house, issues_invoice=True)
    agency = OrganisationFactory(name="Cục Công Thương địa phương", kind=OrganisationKind.MINISTRY_DEPT)

    assert accept(running, house.director, organiser=agency).form == AcceptanceForm.AGENCY


@pytest.mark.parametrize(
    ("invoice", "form", "allowed"),
    [(True, "5a", "mẫu 5b"), (False, "5b", "mẫu 5a"), (None, "5c", "mẫu 5b hoặc mẫu 5a"), (True, "5c", "mẫu 5b")],
)
def test_form_is_changed_only_where_the_rule_leaves_a_choice(house, running, invoice, form, allowed):
    if invoice is not None:
        put_under_contract(running, house, issues_invoice=invoice)

    with pytest.raises(ValidationError) as refusal:
        accept(running, house.director, form=form)

    assert refusal.value.message_dict["form"][0].startswith(f"Chọn {allowed}.")
    assert "Điều 19" in refusal.value.message_dict["form"][0]


def test_without_a_contract_5a_may_be_chosen(house, running):
    assert form_rule(running).default == AcceptanceForm.WHOLE
    assert accept(running, house.director, form="5a").form == AcceptanceForm.SITE


def test_with_an_invoice_the_whole_project_is_accepted_at_once(house, running):
    put_under_contract(running, house, issues_invoice=True)

    with pytest.raises(ValidationError, match="để trống ô cơ sở"):
        first_place(running, house.director)


# Place by place


def test_minutes_of_places_add_up_and_the_last_one_accepts(house, running):
    place, other = running.beneficiaries.all()
    part = first_place(running, house.director)
    running.refresh_from_db()

    assert (part.form, running.status) == (AcceptanceForm.SITE, ProjectStatus.IN_PROGRESS)
    assert accepted_amounts(running) == [200 * MILLION, 200 * MILLION]
    assert places_left(running) == [other]

    accept(running, house.director, number="02/BBNT", beneficiary=other, support=90, own=150)
    running.refresh_from_db()

    assert running.status == ProjectStatus.ACCEPTED
    assert accepted_amounts(running) == [290 * MILLION, 350 * MILLION]
    assert running.acceptance.number == "02/BBNT"


def test_last_minutes_of_a_place_name_the_places_without_any(house, running):
    place, other = running.beneficiaries.all()

    with pytest.raises(ValidationError) as refusal:
        accept(running, house.director, beneficiary=place, support=200, own=200)

    assert refusal.value.message_dict["is_final"][0].startswith(f"Chưa có biên bản nghiệm thu tại: {other}.")
    assert not Acceptance.objects.exists()


def test_last_minutes_of_all_places_cover_the_rest(house, running):
    first_place(running, house.director)
    accept(running, house.director, number="02/BBNT", support=100, own=140)
    running.refresh_from_db()

    assert running.status == ProjectStatus.ACCEPTED
    assert accepted_amounts(running) == [300 * MILLION, 340 * MILLION]


def test_a_place_of_another_project_is_refused(house, running):
    other = stories.project_of_two_places(house, stories.draft_plan(house), number="11/QĐ-UBND")

    with pytest.raises(ValidationError, match="đơn vị thụ hưởng của đề án này"):
        accept(running, house.director, beneficiary=other.beneficiaries.first(), support=1, own=1, is_final=False)


def test_a_facility_that_was_replaced_is_not_accepted_any_more(house, running):
    place, other = running.beneficiaries.all()
    change = Amendment.objects.create(
        project=running, number=1, kind="beneficiary", reason="Thay cơ sở.", owner=running.owner,
        created_by=house.officer, updated_by=house.officer,
    )  # fmt: skip
    type(place).objects.filter(pk=place.pk).update(withdrawn_by=change)

    assert places_left(running) == [other]
    with pytest.raises(ValidationError, match="đơn vị thụ hưởng của đề án này"):
        accept(running, house.director, beneficiary=place, support=1, own=1, is_final=False)
    accept(running, house.director, beneficiary=other, support=100, own=140)


def test_works_are_of_the_projects_own_estimate(house, running):
    stranger = stories.project_of_two_places(house, stories.draft_plan(house), number="11/QĐ-UBND")

    with pytest.raises(ValidationError, match="dự toán của đề án này"):
        accept(running, house.director, works=[work(stranger.cost_items.first(), 1)])


# Money


def test_support_of_all_minutes_stays_within_what_was_approved(house, running):
    first_place(running, house.director)

    with pytest.raises(ValidationError) as refusal:
        accept(running, house.director, number="02/BBNT", support=101, own=140)

    assert refusal.value.messages == [
        "Khuyến công địa phương: nghiệm thu 101.000.000 đồng cộng 200.000.000 đồng của các biên bản trước "
        "vượt số được duyệt 300.000.000 đồng; còn được 100.000.000 đồng. Kinh phí hỗ trợ không nghiệm thu quá mức đó "
        "(TTLT 26/2014/TTLT-BTC-BCT, Điều 8 khoản 3)."
    ]
    assert accepted_amounts(running) == [200 * MILLION, 200 * MILLION]


def test_support_stays_within_the_contract_where_it_is_lower(house, running):
    put_under_contract(running, house, amount=250 * MILLION)

    with pytest.raises(ValidationError, match=r"vượt giá trị hợp đồng 250\.000\.000 đồng"):
        accept(running, house.director, support=251)

    assert accept(running, house.director, support=250).pk


def test_support_of_a_place_stays_within_its_share(house, running):
    place = running.beneficiaries.first()

    with pytest.raises(ValidationError) as refusal:
        first_place(running, house.director, support=201)

    assert f"phần của {place} 200.000.000 đồng" in refusal.value.messages[0]


def test_own_money_may_exceed_and_is_kept(house, running):
    accept(running, house.director, own=500)

    assert accepted_amounts(running) == [300 * MILLION, 500 * MILLION]


def test_money_of_a_source_that_was_not_approved_is_refused(house, running):
    minutes = Acceptance(project=running, form="", number="1", accepted_on=DAY)

    with pytest.raises(ValidationError, match="các nguồn đã được duyệt"):
        services.accept(minutes, by=house.director, members=chair(), amounts={source("KCQG").pk: 1})


# People, days, results


@pytest.mark.parametrize("person", ["officer", "accountant", "viewer"])
def test_accepting_is_for_reviewers_and_directors(house, running, person):
    with pytest.raises(PermissionDenied):
        accept(running, getattr(house, person))


def test_whoever_drafted_never_accepts(house, running):
    type(running).objects.filter(pk=running.pk).update(created_by=house.second_reviewer)

    with pytest.raises(PermissionDenied, match="Người lập hoặc trình"):
        accept(running, house.second_reviewer)


def test_minutes_need_a_chair(house, running):
    member = AcceptanceMember(name="Trần Thị Hai", body="Cơ sở")

    with pytest.raises(ValidationError, match="ít nhất một người chủ trì"):
        accept(running, house.director, members=[member])


@pytest.mark.parametrize(
    ("day", "text"),
    [
        (today() + timedelta(days=2), "tương lai"),  # a long run passes midnight
        (date(2026, 1, 3), r"trước ngày phê duyệt kế hoạch 04/01/2026"),
        (date(2026, 1, 31), r"trước ngày ký hợp đồng 01/02/2026"),
    ],
)
def test_day_of_acceptance_follows_what_it_rests_on(house, running, day, text):
    put_under_contract(running, house)

    with pytest.raises(ValidationError, match=text):
        accept(running, house.director, accepted_on=day)


def test_last_minutes_do_not_deny_a_later_confirmed_progress(house, running):
    report = ProgressReport.objects.create(
        project=running, month=date(2026, 10, 1), volume_percent=60, value_done=1, created_by=house.officer,
        updated_by=house.officer, owner=running.owner, confirmed_by=house.director, confirmed_at=running.created_at,
    )  # fmt: skip

    with pytest.raises(ValidationError, match="tháng 10/2026 đã xác nhận mới làm 60%"):
        accept(running, house.director, accepted_on=date(2026, 9, 30))

    assert accept(running, house.director, accepted_on=report.month).pk


def test_last_minutes_are_not_before_those_of_a_place(house, running):
    first_place(running, house.director)

    with pytest.raises(ValidationError, match="lần cuối không thể trước ngày đó"):
        accept(running, house.director, number="02/BBNT", support=100, own=140, accepted_on=DAY - timedelta(days=1))


def test_a_result_that_failed_is_kept_but_accepts_nothing(house, running):
    failed = accept(running, house.director, result=AcceptanceResult.FAIL, conclusion="Chưa chạy thử.")
    running.refresh_from_db()

    assert (failed.is_final, failed.amounts.count()) == (False, 0)
    assert running.status == ProjectStatus.IN_PROGRESS
    assert accepted_amounts(running) == [None, None]

    accept(running, house.director, number="02/BBNT", result=AcceptanceResult.CONDITION)
    running.refresh_from_db()

    assert running.status == ProjectStatus.ACCEPTED


def test_minutes_are_refused_over_a_file_that_changed(house, running):
    with pytest.raises(StaleVersionError):
        accept(running, house.director, expected_version=running.version - 1)


# Quantities


def work(item, done, **fields):
    return AcceptanceWork(
        cost_item=item, name=item.name, unit_name=item.unit_name, contracted_quantity=item.quantity,
        done_quantity=Decimal(done), **fields,
    )  # fmt: skip


def test_quantities_of_all_minutes_are_told_against_the_contract(house, running):
    cooker = running.cost_items.get(name="Máy nấu chân không")
    part = first_place(running, house.director, works=[work(cooker, "1.5")])
    told_first = over_contract(part)
    last = accept(running, house.director, number="02/BBNT", support=100, own=140, works=[work(cooker, 1)])
    row = measured(running)[0]

    assert told_first == []
    assert (row.contracted, row.done, row.percent, row.numbers) == (2, Decimal("2.5"), 125, ["01/BBNT", "02/BBNT"])
    assert over_contract(last) == ["Máy nấu chân không: 2,5 trên 2 máy (125%)"]
    told = AuditEntry.objects.about(running).filter(action="project.accept").order_by("pk").last().changes
    assert ["Vượt khối lượng theo hợp đồng", "", "Máy nấu chân không: 2,5 trên 2 máy (125%)"] in told


def test_files_say_what_is_left_to_accept(house, running):
    place, other = running.beneficiaries.all()
    place.facility.representative = "Trần Thị Hai"
    place.facility.save()
    cooker = running.cost_items.get(name="Máy nấu chân không")
    first_place(running, house.director, works=[work(cooker, 1)])
    left = works_left(running)

    assert [(row.name, row.done_quantity, row.amount) for row in left] == [
        ("Máy nấu chân không", 1, 200 * MILLION), ("Máy sấy", 1, 240 * MILLION),
    ]  # fmt: skip
    assert [row.name for row in works_left(running, other)] == ["Máy sấy"]
    assert amounts_left(running) == {source("KCDP").pk: 100 * MILLION, source("COUNTERPART").pk: 140 * MILLION}
    assert amounts_left(running, place) == {source("KCDP").pk: 0, source("COUNTERPART").pk: 0}
    assert [(row.name, row.is_chair) for row in usual_members(running, place)] == [
        ("Lê Văn Chủ", True), ("Trần Thị Hai", False),
    ]  # fmt: skip


# Reopening


@pytest.fixture
def accepted(house, running):
    first_place(running, house.director)
    accept(running, house.director, number="02/BBNT", support=100, own=140)
    running.refresh_from_db()
    return running


def test_reopening_takes_all_minutes_out_of_force(house, accepted):
    project = services.reopen_acceptance(accepted, by=house.second_director, reason="Sai khối lượng.")

    assert project.status == ProjectStatus.IN_PROGRESS
    assert accepted_amounts(project) == [None, None]
    assert project.acceptance is None
    assert [(row.voided_by, row.void_reason) for row in project.acceptances.all()] == [
        (house.second_director, "Sai khối lượng."),
    ] * 2  # fmt: skip
    again = accept(project, house.director, number="02/BBNT")
    assert accepted_amounts(again.project) == [300 * MILLION, 340 * MILLION]


def test_reopening_the_last_minutes_leaves_those_of_the_place(house, accepted):
    last = accepted.acceptances.get(is_final=True)
    project = services.reopen_acceptance(accepted, by=house.director, reason="Sai số.", minutes=[last])

    assert accepted_amounts(project) == [200 * MILLION, 200 * MILLION]
    assert list(project.acceptances.in_force().values_list("number", flat=True)) == ["01/BBNT"]


def test_reopening_a_place_reopens_the_last_minutes_with_it(house, accepted):
    part = accepted.acceptances.get(is_final=False)
    project = services.reopen_acceptance(accepted, by=house.director, reason="Sai số.", minutes=[part])

    assert project.status == ProjectStatus.IN_PROGRESS
    assert not project.acceptances.in_force().exists()


def test_minutes_of_a_place_are_taken_back_while_work_goes_on(house, running):
    first_place(running, house.director)
    project = services.reopen_acceptance(running, by=house.director, reason="Nhầm cơ sở.")

    assert project.status == ProjectStatus.IN_PROGRESS
    assert accepted_amounts(project) == [None, None]


@pytest.mark.parametrize("person", ["officer", "reviewer", "accountant", "viewer"])
def test_reopening_is_for_directors(house, accepted, person):
    with pytest.raises(PermissionDenied):
        services.reopen_acceptance(accepted, by=getattr(house, person), reason="Sai.")


def test_reopening_says_why(house, accepted):
    with pytest.raises(ValidationError, match="Nêu lý do mở lại nghiệm thu"):
        services.reopen_acceptance(accepted, by=house.director, reason=" ")


def test_nothing_is_reopened_once_settled(house, accepted):
    type(accepted).objects.filter(pk=accepted.pk).update(status=ProjectStatus.SETTLING)

    with pytest.raises(ValidationError, match="trả lại hồ sơ quyết toán trước"):
        services.reopen_acceptance(accepted, by=house.director, reason="Sai.")


def test_reopening_waits_until_the_remaining_money_came_back(house, accepted):
    contract = put_under_contract(accepted, house)

    def pay(kind, number):
        return Disbursement.objects.create(
            project=accepted, contract=contract, source=source("KCDP"), kind=kind, amount=90 * MILLION,
            voucher_number=number, paid_on=DAY, budget_year=2026, created_by=house.accountant,
            updated_by=house.accountant, owner=accepted.owner,
        )  # fmt: skip

    pay(DisbursementKind.PAYMENT, "UNC 1")
    with pytest.raises(ValidationError, match=r"Đã thanh toán phần còn lại 90\.000\.000 đồng"):
        services.reopen_acceptance(accepted, by=house.director, reason="Sai.")

    pay(DisbursementKind.REFUND, "UNC 2")
    assert services.reopen_acceptance(accepted, by=house.director, reason="Sai.").status == ProjectStatus.IN_PROGRESS


def test_director_of_another_province_reopens_nothing(house, accepted):
    stranger = UserFactory(organisation=OrganisationFactory(), role="director")

    with pytest.raises(PermissionDenied):
        services.reopen_acceptance(accepted, by=stranger, reason="Sai.")
