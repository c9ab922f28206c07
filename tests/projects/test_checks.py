"""Conditions of support, support received twice, and the page that shows both beside the levels of support."""

from datetime import date

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from beneficiaries.models import FacilityAlias, LegalForm
from beneficiaries.services import add_alias, remove_alias
from khuyencong.models import AuditEntry, UnitSuccession
from programs.models import Norm, NormBasis, PaperStep, RuleFigure, RuleFigureKey
from projects import services
from projects.models import BeneficiaryAmount, CostItem, NormException, Paper
from tests import stories
from tests.factories import FacilityFactory, ProgramFactory, commune_of, content, source, thai_nguyen
from tests.khuyencong.tax_codes import make_tax_code

pytestmark = pytest.mark.django_db
MILLION = 1_000_000
TAX_CODE = make_tax_code(7)


@pytest.fixture
def house():
    return stories.make_house()


@pytest.fixture
def plan(house):
    return stories.draft_plan(house, budgets={"KCDP": 5_000 * MILLION, "KCQG": 5_000 * MILLION})


def cap(amount=250, **fields):
    defaults = {"content": content(), "scope": "local", "name": "Máy móc", "basis": NormBasis.FACILITY}
    return Norm.objects.create(
        **defaults
        | {"per_unit": "cơ sở", "is_verified": True, "cap_amount": amount * MILLION, "legal_source": "NQ 1"}
        | fields
    )


# Support received twice


def state_of(project, name):
    """{name of the condition: state} of those that begin with a name."""
    return [check.state for check in services.eligibility(project) if check.name.startswith(name)]


def test_same_facility_and_content_is_found_with_its_year(house, plan):
    facility = FacilityFactory(created_by=house.officer)
    first = stories.complete_project(house, plan, facility=facility)
    second = stories.complete_project(house, plan, facility=facility, name="Lần hai")

    (found,) = services.duplicates(second, user=house.officer)

    assert (found.project, found.why, found.may_open, found.other.support_amount) == (
        first, "cùng cơ sở", True, 300 * MILLION,
    )  # fmt: skip


@pytest.mark.parametrize(("year", "expected"), [(2023, 1), (2022, 0)])
def test_support_counts_within_the_years_of_the_rule(house, plan, year, expected):
    facility = FacilityFactory(created_by=house.officer)
    program = ProgramFactory(created_by=house.reviewer, period_start=2021, period_end=2025)
    earlier = stories.draft_plan(house, year=year, program=program)
    stories.complete_project(house, earlier, facility=facility)
    project = stories.complete_project(house, plan, facility=facility)

    assert len(services.duplicates(project)) == expected


def test_years_are_those_of_the_house_where_it_has_its_own(house, plan):
    facility = FacilityFactory(created_by=house.officer)
    program = ProgramFactory(created_by=house.reviewer, period_start=2021, period_end=2025)
    stories.complete_project(house, stories.draft_plan(house, year=2022, program=program), facility=facility)
    project = stories.complete_project(house, plan, facility=facility)
    RuleFigure.objects.create(key=RuleFigureKey.DUPLICATE_YEARS, value=5, owner=house.department)

    assert len(services.duplicates(project)) == 1


def test_another_content_is_no_duplicate(house, plan):
    facility = FacilityFactory(created_by=house.officer)
    stories.complete_project(house, plan, facility=facility, content=content("BRAND"))
    project = stories.complete_project(house, plan, facility=facility)

    assert services.duplicates(project) == []


def test_another_kind_of_the_same_content_is_one(house, plan):
    facility = FacilityFactory(created_by=house.officer)
    stories.complete_project(house, plan, facility=facility, content=content("DEMO_NEW"))
    project = stories.complete_project(house, plan, facility=facility)

    assert len(services.duplicates(project)) == 1


def test_old_tax_code_leads_to_the_other_record(house, plan):
    old = FacilityFactory(created_by=house.officer, legal_form=LegalForm.SME, tax_code=TAX_CODE, name="Công ty A")
    new = FacilityFactory(created_by=house.officer, name="Hộ B")
    stories.complete_project(house, plan, facility=old)
    project = stories.complete_project(house, plan, facility=new)
    assert services.duplicates(project) == []

    add_alias(new, by=house.officer, tax_code=TAX_CODE)

    assert [row.why for row in services.duplicates(project)] == [f"cùng mã số thuế {TAX_CODE}"]


def test_name_that_looks_alike_on_merged_ground_is_found(house, plan):
    link = UnitSuccession.objects.filter(successor__province=house.province, successor__level="commune").first()
    stories.complete_project(
        house, plan, facility=FacilityFactory(created_by=house.officer, name="Cơ sở Ba Tân", unit=link.predecessor)
    )
    twin = FacilityFactory(created_by=house.officer, name="Hộ kinh doanh Ba Tân", unit=link.successor)
    elsewhere = FacilityFactory(created_by=house.officer, name="Ba Tân", unit=commune_of(thai_nguyen()))

    found = services.duplicates(stories.complete_project(house, plan, facility=twin))

    assert [row.why for row in found] == ["tên giống nhau, cùng địa bàn"]
    assert services.duplicates(stories.complete_project(house, plan, facility=elsewhere)) == []


def test_support_of_another_province_is_told_without_a_link(house, plan, client):
    north = stories.make_house(thai_nguyen(), "Thái Nguyên")
    facility = FacilityFactory(created_by=house.officer)
    other = stories.complete_project(north, stories.draft_plan(north), facility=facility, name="Máy của tỉnh khác")
    project = stories.complete_project(house, plan, facility=facility)

    (found,) = services.duplicates(project, user=house.officer)
    assert (found.project, found.may_open) == (other, False)
    client.force_login(house.officer)
    page = client.get(reverse("projects:checks", args=[project.pk]))
    assertContains(page, "Trung tâm Khuyến công tỉnh Thái Nguyên (ngoài phạm vi ông/bà được xem)")
    assertNotContains(page, other.get_absolute_url())
    assertNotContains(page, "Máy của tỉnh khác")


def test_duplicates_of_a_plan_ask_constantly_many_questions(house, plan, django_assert_num_queries):
    facility = FacilityFactory(created_by=house.officer)
    for number in range(3):
        stories.complete_project(house, plan, facility=facility, name=f"Máy {number}")
    projects = list(plan.projects.select_related("plan", "content__parent", "owner"))

    # The reader's provinces are asked once; the supports that are told, read with all that is shown of them.
    with django_assert_num_queries(7):
        services.duplicates_of(projects[:1], user=house.officer)
    with django_assert_num_queries(6):
        found = services.duplicates_of(projects, user=house.officer)
    assert [len(rows) for rows in found.values()] == [2, 2, 2]


def test_alias_is_kept_by_the_staff_of_the_province_and_told(house):
    facility = FacilityFactory(created_by=house.officer)
    with pytest.raises(PermissionDenied):
        add_alias(facility, by=house.viewer, name="Tên cũ")
    with pytest.raises(ValidationError, match="mã số thuế cũ hoặc tên cũ"):
        add_alias(facility, by=house.officer)

    alias = add_alias(facility, by=house.officer, name="Cơ sở Kẹo dừa cũ")
    assert alias.name_key == "keo dua cu"
    remove_alias(alias, by=house.officer)

    assert not FacilityAlias.objects.exists()
    told = AuditEntry.objects.about(facility).values_list("action", flat=True)
    assert set(told) >= {"facility.add_alias", "facility.remove_alias"}


# Conditions


def test_conditions_of_a_complete_draft(house, plan):
    checks = {
        check.name.partition(" – ")[0]: check.state
        for check in services.eligibility(stories.complete_project(house, plan))
    }

    assert checks == {
        "Nội dung hoạt động": "met",
        "Ngành, nghề": "met",
        "Cấp có thẩm quyền phê duyệt": "unknown",
        "Vốn đối ứng": "met",
        "Cam kết không trùng hỗ trợ": "not_met",
        "Địa bàn": "unknown" if commune_of(house.province).kind == "Phường" else "met",
        "Quy mô": "met",
        "Máy móc mới": "unknown",
    }
    assert all(check.why and check.clause for check in services.eligibility(stories.complete_project(house, plan)))


@pytest.mark.parametrize(
    ("name", "state"),
    [
        ("Cam kết chưa được hỗ trợ từ nguồn nào của Nhà nước cho cùng nội dung chi", "met"),
        ("Cam kết đã đầu tư hoặc có đủ kinh phí thực hiện đề án sau khi được hỗ trợ", "not_met"),
    ],
)
def test_commitment_on_file_is_met(house, plan, name, state):
    project = stories.complete_project(house, plan)
    Paper.objects.create(project=project, step=PaperStep.SUBMIT, name=name, number="05/CK", added_by=house.officer)

    assert state_of(project, "Cam kết") == [state]


def test_facility_without_its_own_money_is_not_met(house, plan):
    assert state_of(stories.complete_project(house, plan, own=0), "Vốn đối ứng") == ["not_met"]


def test_own_money_still_counts_after_appraisal_lowered_the_support(house, plan):
    project = stories.submitted_project(house, plan)
    share = BeneficiaryAmount.objects.get(beneficiary__project=project, source=source("KCDP"))
    services.appraise_project(project, by=house.reviewer, opinion="Giảm.", shares={share.pk: 250 * MILLION})
    project.refresh_from_db()

    assert state_of(project, "Vốn đối ứng") == ["met"]


@pytest.mark.parametrize(
    ("labour", "capital", "cleaner", "verified", "state"),
    [
        (200, 100_000_000_000, False, True, "met"),
        (201, 100_000_000_000, False, True, "not_met"),
        (200, 100_000_000_001, False, True, "not_met"),
        (201, 100_000_000_000, False, False, "unknown"),
        (None, 100_000_000_000, False, True, "unknown"),
        (900, 900_000_000_000, True, True, "met"),
    ],
)
def test_size_from_labour_and_capital(house, plan, labour, capital, cleaner, verified, state):
    RuleFigure.objects.filter(key__startswith="sme_").update(is_verified=verified)
    facility = FacilityFactory(
        created_by=house.officer, legal_form=LegalForm.SME, tax_code=TAX_CODE, labour_count=labour, capital=capital,
        is_cleaner_production=cleaner,
    )  # fmt: skip

    assert state_of(stories.complete_project(house, plan, facility=facility), "Quy mô") == [state]


@pytest.mark.parametrize(("turns", "state"), [(2, "met"), (3, "not_met")])
def test_foreign_fairs_of_a_facility_in_a_year(house, plan, turns, state):
    facility = FacilityFactory(created_by=house.officer)
    for number in range(turns):
        project = stories.complete_project(
            house, plan, facility=facility, content=content("FAIR_ABROAD"), name=f"Hội chợ {number}"
        )

    assert state_of(project, "Hội chợ nước ngoài") == [state]


@pytest.mark.parametrize(
    ("ends_on", "state"), [(date(2027, 3, 1), "not_met"), (date(2027, 3, 2), "met"), (None, "unknown")]
)
def test_key_project_lasts_longer_than_a_year(house, plan, ends_on, state):
    project = stories.complete_project(house, plan, is_key=True, starts_on=date(2026, 3, 1), ends_on=ends_on)

    assert state_of(project, "Đề án điểm: thời gian") == [state]
    assert state_of(project, "Đề án điểm: số nội dung") == ["unknown"]


@pytest.mark.parametrize(
    ("specification", "state"), [("mới 100%", "met"), ("đã qua sử dụng", "not_met"), ("Nhật Bản", "unknown")]
)
def test_machines_are_new(house, plan, specification, state):
    project = stories.complete_project(house, plan)
    CostItem.objects.create(
        project=project, name="Máy nấu", specification=specification, quantity=1, unit_price=1, amount=1
    )

    assert state_of(project, "Máy móc mới") == [state]


# The page


def page_of(client, person, project):
    client.force_login(person)
    return client.get(reverse("projects:checks", args=[project.pk]))


def test_page_shows_levels_conditions_and_repeats(client, house, plan):
    cap()
    project = stories.submitted_project(house, plan)

    page = page_of(client, house.viewer, project)

    assertContains(page, "Vượt 50.000.000 đ so với mức tối đa 250.000.000 đ/cơ sở (NQ 1)")
    assertContains(page, "Cam kết không trùng hỗ trợ")
    assertContains(page, "Không thấy hỗ trợ nào khác")
    assertNotContains(page, "Cho vượt mức, ghi lý do")


def test_reviewer_lets_a_support_go_over_with_a_reason(client, house, plan):
    norm = cap()
    project = stories.submitted_project(house, plan)
    page = page_of(client, house.reviewer, project)
    ((key, label),) = page.context["form"].fields["chosen"].choices
    assert "Vượt 50.000.000 đ" in label

    refused = client.post(page.wsgi_request.path, {"chosen": [key], "reason": " "})
    assertContains(refused, "Nêu lý do")
    done = client.post(page.wsgi_request.path, {"chosen": [key], "reason": "Dây chuyền đồng bộ."}, follow=True)

    row = NormException.objects.get()
    assert (row.norm, row.project, row.decided_by, row.reason) == (norm, project, house.reviewer, "Dây chuyền đồng bộ.")
    assertContains(done, "“Dây chuyền đồng bộ.”")
    again = client.post(page.wsgi_request.path, {"chosen": [key], "reason": "Lần nữa."}, follow=True)
    assertContains(again, "Không còn mục nào vượt mức")
    assert NormException.objects.count() == 1


def test_reason_is_taken_back_on_the_page(client, house, plan):
    row = stories.norm_exception(house, plan)
    client.force_login(house.director)
    address = reverse("projects:norm_withdraw", args=[row.pk])

    client.post(address, {"reason": ""})
    row.refresh_from_db()
    assert row.withdrawn_at is None
    assertRedirects(client.post(address, {"reason": "Đã giảm giá."}), reverse("projects:checks", args=[row.project_id]))

    row.refresh_from_db()
    assert row.withdrawn_by == house.director
    assertContains(page_of(client, house.viewer, row.project), "Đã thôi:")


def test_page_asks_constantly_many_questions(client, house, plan, django_assert_max_num_queries):
    cap()
    project = stories.complete_project(house, plan)
    amounts = {source("KCDP"): 300 * MILLION, source("COUNTERPART"): 340 * MILLION}
    rows = [(FacilityFactory(created_by=house.officer), "Máy", amounts) for _ in range(3)]
    address = reverse("projects:checks", args=[project.pk])
    client.force_login(house.viewer)
    with django_assert_max_num_queries(12):
        client.get(address)
    services.set_beneficiaries(project, by=house.officer, rows=rows)
    with django_assert_max_num_queries(12):
        client.get(address)


# While typing


def test_norm_is_told_while_the_split_is_typed(client, house, plan):
    cap()
    project = stories.complete_project(house, plan)
    client.force_login(house.officer)
    typed = {"total_cost": "800tr", f"source-{source('KCDP').pk}": "400tr"}

    live = client.post(reverse("projects:sums", args=[project.pk, "kinh-phi"]), typed)

    # The facility's part is stored as 300 million: the norm counts per facility.
    assertContains(live, "Vượt 50.000.000 đ so với mức tối đa 250.000.000 đ/cơ sở")
    assertContains(client.get(reverse("projects:edit", args=[project.pk, "kinh-phi"])), "Vượt 50.000.000 đ")


def test_norm_is_told_while_facilities_are_typed(client, house, plan):
    cap()
    project = stories.complete_project(house, plan)
    client.force_login(house.officer)
    facility = project.beneficiaries.get().facility
    typed = {
        "row-TOTAL_FORMS": "1", "row-INITIAL_FORMS": "0", "row-0-facility": str(facility.pk),
        f"row-0-source-{source('KCDP').pk}": "270tr", f"row-0-source-{source('COUNTERPART').pk}": "400tr",
    }  # fmt: skip

    live = client.post(reverse("projects:sums", args=[project.pk, "thu-huong"]), typed)

    assertContains(live, "<strong>Cơ sở 1:</strong>", html=False)
    assertContains(live, "Vượt 20.000.000 đ so với mức tối đa 250.000.000 đ/cơ sở")


def test_submitting_over_a_norm_warns(client, house, plan):
    cap()
    project = stories.complete_project(house, plan)
    client.force_login(house.officer)

    done = client.post(
        reverse("projects:edit", args=[project.pk, "kiem-tra"]), {"version": project.version}, follow=True
    )

    told = [str(message) for message in done.context["messages"]]
    assert any("Vượt 50.000.000 đ" in text for text in told)
    project.refresh_from_db()
    assert project.status == "submitted"


def test_check_part_shows_levels_and_repeats(client, house, plan):
    cap()
    facility = FacilityFactory(created_by=house.officer)
    other = stories.complete_project(house, plan, facility=facility)
    project = stories.complete_project(house, plan, facility=facility, name="Lần hai")
    client.force_login(house.officer)

    page = client.get(reverse("projects:edit", args=[project.pk, "kiem-tra"]))

    assertContains(page, "Vượt 50.000.000 đ")
    assertContains(page, other.get_absolute_url())


def test_priority_needs_its_ground(client, house, plan):
    project = stories.complete_project(house, plan)
    client.force_login(house.officer)
    address = reverse("projects:edit", args=[project.pk, "thong-tin"])
    form = client.get(address).context["form"]
    typed = {bound.html_name: bound.value() for bound in form if bound.value() not in (None, False)}
    typed |= {"starts_on": "01/03/2026", "ends_on": "30/11/2026", "is_priority": "on", "priority_note": ""}

    assertContains(client.post(address, typed), "Nêu căn cứ: địa bàn hoặc ngành nghề ưu tiên nào.")
    done = client.post(address, typed | {"priority_note": "Xã bãi ngang", "norm_quantity": "2", "act": "save"})

    assertRedirects(done, address)
    project.refresh_from_db()
    assert (project.is_priority, project.priority_note, project.norm_quantity) == (True, "Xã bãi ngang", 2)
