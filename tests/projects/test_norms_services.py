"""Support held against the norm in force, with the real figures of published cases."""

from datetime import date
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from khuyencong.models import AuditEntry
from programs.models import Norm, NormBasis
from projects import services
from projects.models import NormException, ProjectStatus
from projects.services.norms import ALLOWED, NO_FIXED, NO_NORM, OVER, WITHIN, ceiling_of, norm_day, norm_findings
from tests import stories
from tests.factories import FacilityFactory, ProgramFactory, content, source, thai_nguyen

pytestmark = pytest.mark.django_db
MILLION = 1_000_000


@pytest.fixture
def house():
    return stories.make_house()


@pytest.fixture
def plan(house):
    return stories.draft_plan(house, budgets={"KCQG": 5_000 * MILLION, "KCDP": 5_000 * MILLION})


def machinery(house, plan, *shares, code="KCQG", **fields):
    """A draft with one facility per (support, own) in million đồng."""
    project = stories.complete_project(house, plan, **fields)
    rows, own, support = [], source("COUNTERPART"), source(code)
    for given, paid in shares:
        amounts = {support: given * MILLION, own: paid * MILLION}
        rows.append((FacilityFactory(created_by=house.officer), "Máy", amounts))
    total = {support: sum(row[0] for row in shares) * MILLION, own: sum(row[1] for row in shares) * MILLION}
    project = services.set_funding(
        project, by=house.officer, total_cost=sum(total.values()), amounts={source("KCDP"): 0, **total}
    )
    return services.set_beneficiaries(project, by=house.officer, rows=rows)


def submitted(house, plan, *shares, **fields):
    return services.submit_project(machinery(house, plan, *shares, **fields), by=house.officer)


def level(**fields):
    defaults = {"content": content(), "scope": "local", "name": "Máy móc", "basis": NormBasis.FACILITY}
    return Norm.objects.create(**defaults | {"per_unit": "cơ sở", "is_verified": True} | fields)


@pytest.mark.parametrize(
    ("day", "support", "own", "ceiling", "bites", "over"),
    [
        # Hà Tĩnh 26/12/2019: 300 of 690 million; half the cost would be 345.
        (date(2019, 12, 26), 300, 390, 300, "cap", 0),
        (date(2019, 12, 26), 320, 370, 300, "cap", 20),
        # Hậu Giang 2018, before and after Thông tư 28/2018 took effect on 11/05/2018.
        (date(2018, 5, 10), 200, 370, 200, "cap", 0),
        (date(2018, 5, 10), 300, 390, 200, "cap", 100),
        (date(2018, 5, 11), 300, 390, 300, "cap", 0),
        # 50 % of a small machine, below the cap.
        (date(2016, 1, 4), 90, 70, 80, "rate", 10),
        (date(2016, 1, 4), 80, 80, 80, "rate", 0),
    ],
)
def test_machinery_of_national_money(house, plan, day, support, own, ceiling, bites, over):
    (found,) = norm_findings(machinery(house, plan, (support, own)), on=day)

    assert (found.ceiling, found.bites, found.over) == (ceiling * MILLION, bites, over * MILLION)
    assert found.state == (OVER if over else WITHIN)


def test_message_names_the_excess_the_level_and_the_clause(house, plan):
    (found,) = norm_findings(machinery(house, plan, (320, 370)))

    assert found.text == (
        "Vượt 20.000.000 đ so với mức tối đa 300.000.000 đ/cơ sở (Thông tư 28/2018/TT-BTC Điều 8 khoản 4)"
    )
    assert found.notes == ["kiểm tra với TT 64/2024/TT-BTC"]


def test_message_of_the_rate_shows_what_it_is_of(house, plan):
    (found,) = norm_findings(machinery(house, plan, (90, 70)))

    assert found.text.startswith("Vượt 10.000.000 đ so với mức tối đa 50% của 160.000.000 đ = 80.000.000 đ (")


def test_facilities_are_held_one_by_one(house, plan):
    found = norm_findings(machinery(house, plan, (310, 390), (200, 400)))

    assert [(row.over, row.state) for row in found] == [(10 * MILLION, OVER), (0, WITHIN)]
    assert found[0].subject != found[1].subject


@pytest.mark.parametrize(
    ("rate", "cost", "ceiling"),
    [("33.33", 100, 33), ("33.33", 1_000_000_000_000_000_001, 333_300_000_000_000_000), ("0.01", 9_999, 0)],
)
def test_rate_is_exact_and_rounds_down(rate, cost, ceiling):
    assert ceiling_of(Norm(rate_percent=Decimal(rate)), cost=cost) == (ceiling, "rate")


def test_blank_cap_is_neither_zero_nor_unlimited(house, plan):
    project = machinery(house, plan, (900, 100), content=content("BRAND"))

    (found,) = norm_findings(project)

    assert (found.state, found.ceiling, found.over, found.is_refused) == (NO_FIXED, None, 0, False)
    assert found.text.startswith("Không có mức cố định")
    assert "chưa đối chiếu" in found.notes[0]


def test_blank_cap_leaves_the_rate(house, plan):
    level(rate_percent=40)

    (found,) = norm_findings(machinery(house, plan, (50, 50), code="KCDP"))

    assert (found.ceiling, found.bites) == (40 * MILLION, "rate")


def test_rate_of_something_else_than_the_cost_is_told_not_reckoned(house, plan):
    project = machinery(house, plan, (90, 10), content=content("FAIR_JOIN"))

    (found,) = norm_findings(project, on=date(2016, 1, 4))

    assert found.state == NO_FIXED
    assert "không quá 80% giá thuê gian hàng" in found.text


def test_content_without_a_norm_is_said_so(house, plan):
    project = machinery(house, plan, (100, 100), content=content("STARTUP"))

    (found,) = norm_findings(project)

    assert (found.state, found.norm, found.is_refused) == (NO_NORM, None, False)
    assert "Chưa có mức hỗ trợ tối đa" in found.text


def test_kind_without_its_own_norm_takes_that_of_its_content(house, plan):
    project = machinery(house, plan, (100, 0), content=content("PRINT"))

    assert [row.norm.content.code for row in norm_findings(project, on=date(2016, 1, 4))] == ["C6"]


@pytest.mark.parametrize(
    ("priority", "code", "quantity", "ceiling"),
    [(False, "CONSULT", None, 35), (True, "CONSULT", None, 52.5), (True, "PRIZE_NATION", 3, 30)],
)
def test_multiplier_raises_the_cap_of_priority_projects(house, plan, priority, code, quantity, ceiling):
    project = machinery(house, plan, (60, 940), content=content(code), is_priority=priority, norm_quantity=quantity)

    (found,) = norm_findings(project, on=date(2016, 1, 4))

    assert (found.ceiling, found.bites) == (int(ceiling * MILLION), "cap")


def test_quantity_multiplies_the_cap(house, plan):
    project = machinery(house, plan, (250, 2_000), content=content("DEMO_REPLICATE"), norm_quantity=2)

    (found,) = norm_findings(project, on=date(2016, 1, 4))

    assert (found.ceiling, found.over) == (200 * MILLION, 50 * MILLION)
    assert "100.000.000 đ/mô hình × 2 = 200.000.000 đ" in found.text


def test_own_level_of_the_house_goes_before_the_common_one(house, plan):
    level(cap_amount=100 * MILLION)
    own = level(cap_amount=150 * MILLION, owner=house.department)

    (found,) = norm_findings(machinery(house, plan, (160, 200), code="KCDP"))

    assert (found.norm, found.over) == (own, 10 * MILLION)


def test_level_of_another_province_is_not_taken(house, plan):
    level(cap_amount=100 * MILLION, province=thai_nguyen())

    assert [row.state for row in norm_findings(machinery(house, plan, (160, 200), code="KCDP"))] == [NO_NORM]


def test_local_level_counts_from_its_day(house, plan):
    level(cap_amount=100 * MILLION, province=house.province, valid_from=date(2020, 1, 1))
    level(cap_amount=150 * MILLION, province=house.province, valid_from=date(2026, 1, 1))
    project = machinery(house, plan, (160, 200), code="KCDP")

    assert [row.ceiling for row in norm_findings(project, on=date(2025, 12, 31))] == [100 * MILLION]
    assert [row.ceiling for row in norm_findings(project, on=date(2026, 1, 1))] == [150 * MILLION]


def test_national_and_local_money_are_held_apart(house, plan):
    level(cap_amount=50 * MILLION)
    project = machinery(house, plan, (320, 700))
    facility = project.beneficiaries.get().facility
    amounts = {source("KCQG"): 320 * MILLION, source("KCDP"): 60 * MILLION, source("COUNTERPART"): 640 * MILLION}
    project = services.set_funding(project, by=house.officer, total_cost=1_020 * MILLION, amounts=amounts)
    project = services.set_beneficiaries(project, by=house.officer, rows=[(facility, "Máy", amounts)])

    assert [(row.scope, row.over) for row in norm_findings(project)] == [
        ("national", 20 * MILLION), ("local", 10 * MILLION),
    ]  # fmt: skip


def test_day_of_the_norm_is_that_of_the_decision(house, plan):
    project = stories.approved_project(house, plan)

    assert norm_day(project.plan) == date(2026, 1, 4)


def test_plan_of_a_past_year_keeps_the_norms_of_its_year(house):
    program = ProgramFactory(created_by=house.reviewer, period_start=2016, period_end=2020)
    plan = stories.draft_plan(house, year=2017, program=program, budgets={"KCQG": 1_000 * MILLION})

    assert norm_day(plan) == date(2017, 12, 31)
    (found,) = norm_findings(machinery(house, plan, (300, 390)))
    assert found.ceiling == 200 * MILLION


def appraise(house, project):
    return services.appraise_project(project, by=house.reviewer, opinion="Đạt.")


def test_submitting_over_the_norm_is_not_refused(house, plan):
    assert submitted(house, plan, (320, 370)).status == ProjectStatus.SUBMITTED


def test_appraisal_over_a_verified_norm_is_refused_with_the_clause(house, plan):
    project = submitted(house, plan, (320, 370))

    with pytest.raises(ValidationError) as refusal:
        appraise(house, project)

    assert "Vượt 20.000.000 đ so với mức tối đa 300.000.000 đ/cơ sở" in refusal.value.messages[0]
    project.refresh_from_db()
    assert project.status == ProjectStatus.SUBMITTED
    assert project.funding_lines.filter(appraised_amount=None).count() == 2


def test_appraisal_may_cut_the_support_to_the_norm(house, plan):
    project = submitted(house, plan, (320, 370))
    share = project.beneficiaries.get().amounts.get(source__code="KCQG")

    project = services.appraise_project(project, by=house.reviewer, opinion="Đạt.", shares={share.pk: 300 * MILLION})

    assert project.status == ProjectStatus.APPRAISED


def test_unverified_norm_warns_and_refuses_nothing(house, plan):
    level(cap_amount=100 * MILLION, is_verified=False)
    project = submitted(house, plan, (320, 370), code="KCDP")

    (found,) = norm_findings(project)

    assert (found.state, found.is_refused) == (OVER, False)
    assert found.notes == ["Mức này chưa đối chiếu văn bản: cổng chỉ nhắc, không từ chối."]
    assert appraise(house, project).status == ProjectStatus.APPRAISED


def test_reason_of_a_reviewer_opens_the_way_and_stays(house, plan):
    project = submitted(house, plan, (320, 370))
    (found,) = norm_findings(project)

    row = services.allow_over_norm(
        project, found.norm, project.beneficiaries.get(), by=house.reviewer, reason="Máy nhập đồng bộ."
    )

    assert (row.support_amount, row.ceiling_amount) == (320 * MILLION, 300 * MILLION)
    assert [(item.state, item.exception) for item in norm_findings(project)] == [(ALLOWED, row)]
    assert appraise(house, project).status == ProjectStatus.APPRAISED
    entry = AuditEntry.objects.get(action="project.allow_over_norm")
    assert (entry.reason, entry.changes[0][1:]) == ("Máy nhập đồng bộ.", ["300.000.000 đ", "320.000.000 đ"])


def test_plan_with_a_line_over_the_norm_is_not_approved(house, plan):
    level(cap_amount=400 * MILLION)
    project = submitted(house, plan, (320, 370), code="KCDP")
    services.place_project(appraise(house, project), by=house.reviewer, status=ProjectStatus.IN_PLAN)
    services.submit_plan(plan, by=house.reviewer)
    # The province's own level comes into force before the decision.
    level(cap_amount=250 * MILLION, province=house.province, valid_from=date(2026, 1, 4))

    with pytest.raises(ValidationError, match="Vượt 70.000.000 đ"):
        stories.approve(house, plan)

    (found,) = norm_findings(project)
    services.allow_over_norm(project, found.norm, project.beneficiaries.get(), by=house.director, reason="Đã ký trước.")
    assert stories.approve(house, plan).is_approved


def test_withdrawn_reason_covers_nothing(house, plan):
    project = submitted(house, plan, (320, 370))
    (found,) = norm_findings(project)
    row = services.allow_over_norm(
        project, found.norm, project.beneficiaries.get(), by=house.reviewer, reason="Máy nhập đồng bộ."
    )

    row = services.withdraw_over_norm(row, by=house.director, reason="Không còn cần.")

    assert row.withdrawn_by == house.director
    assert [item.state for item in norm_findings(project)] == [OVER]
    with pytest.raises(ValidationError, match="đã được thôi"):
        services.withdraw_over_norm(row, by=house.director, reason="Lần nữa.")


def test_reason_covers_no_more_than_it_was_given_for(house, plan):
    project = submitted(house, plan, (320, 370))
    (found,) = norm_findings(project)
    row = services.allow_over_norm(project, found.norm, project.beneficiaries.get(), by=house.reviewer, reason="Đủ.")
    NormException.objects.filter(pk=row.pk).update(support_amount=319 * MILLION)

    assert [item.state for item in norm_findings(project)] == [OVER]


@pytest.mark.parametrize("who", ["officer", "accountant", "viewer"])
def test_only_reviewers_and_directors_allow(house, plan, who):
    project = submitted(house, plan, (320, 370))
    (found,) = norm_findings(project)

    with pytest.raises(PermissionDenied):
        services.allow_over_norm(
            project, found.norm, project.beneficiaries.get(), by=getattr(house, who), reason="Được."
        )


def test_author_never_allows(house, plan):
    project = machinery(house, plan, (320, 370))
    type(project).objects.filter(pk=project.pk).update(created_by=house.reviewer)
    project = services.submit_project(project, by=house.officer)
    (found,) = norm_findings(project)

    with pytest.raises(PermissionDenied, match="Người lập"):
        services.allow_over_norm(project, found.norm, project.beneficiaries.get(), by=house.reviewer, reason="Được.")


def test_reason_is_asked_and_nothing_is_allowed_for_nothing(house, plan):
    project = submitted(house, plan, (300, 390))
    (found,) = norm_findings(project)
    with pytest.raises(ValidationError, match="Nêu lý do"):
        services.allow_over_norm(project, found.norm, None, by=house.reviewer, reason=" ")
    with pytest.raises(ValidationError, match="không bị vượt"):
        services.allow_over_norm(
            project, found.norm, project.beneficiaries.get(), by=house.reviewer, reason="Phòng xa."
        )


def test_dropped_facility_leaves_the_reason_readable(house, plan):
    project = submitted(house, plan, (320, 370))
    (found,) = norm_findings(project)
    row = services.allow_over_norm(project, found.norm, project.beneficiaries.get(), by=house.reviewer, reason="Đủ.")
    project = services.return_project(project, by=house.reviewer, reason="Đổi cơ sở.")

    services.set_beneficiaries(project, by=house.officer, rows=[])

    row.refresh_from_db()
    assert (row.beneficiary, row.facility_name) == (None, found.subject)
    assert [item.state for item in norm_findings(project)] == [OVER]


def test_findings_of_a_plan_ask_constantly_many_questions(house, plan, django_assert_num_queries):
    projects = [machinery(house, plan, (320, 370), name=f"Máy {number}") for number in range(3)]
    projects = list(plan.projects.select_related("plan", "content", "owner"))

    with django_assert_num_queries(4):
        services.findings_of(projects[:1])
    with django_assert_num_queries(4):
        found = services.findings_of(projects)
    assert [len(rows) for rows in found.values()] == [1, 1, 1]
