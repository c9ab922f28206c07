import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from programs import services
from programs.forms import MAX_ROWS, field_name
from programs.models import AnnualPlan, Indicator, Program
from projects import services as project_services
from tests import stories
from tests.factories import AnnualPlanFactory, ProgramFactory, source, thai_nguyen

HEAD = {
    "name": "Chương trình 2021-2025", "scope": "local", "area": "Tỉnh Vĩnh Long", "period_start": "2021",
    "period_end": "2025", "goal": "", "decision_number": "", "decision_on": "", "decision_issuer": "",
    "source_note": "",
}  # fmt: skip
READERS = ["officer", "reviewer", "director", "accountant", "viewer"]
ROWS = {"row-TOTAL_FORMS": "1", "row-INITIAL_FORMS": "0"}


def page(name, *keys):
    return reverse(f"programs:{name}", args=keys)


def as_shown(response, *names):
    """What the browser would send back of the forms of a page, changed nowhere."""
    data = {}
    for form in [response.context[name] for name in names]:
        for row in [*form.forms, form.management_form] if hasattr(form, "forms") else [form]:
            for bound in row:
                value = bound.value()
                data[bound.html_name] = "" if value is None else bound.field.prepare_value(value)
                if bound.field.show_hidden_initial:
                    seen = row.data.get(bound.html_initial_name, "")
                    data[bound.html_initial_name] = seen if row.is_bound else data[bound.html_name]
    return {name: value for name, value in data.items() if not name.endswith("DELETE")}


def stranger(client):
    house = stories.make_house(thai_nguyen(), name="Thái Nguyên")
    client.force_login(house.reviewer)
    return client


# The list


@pytest.mark.parametrize("person", READERS)
def test_list_and_page_open_for_the_house(client, house, program, person):
    client.force_login(getattr(house, person))

    assertContains(client.get(page("list")), program.name)
    assertContains(client.get(page("detail", program.pk)), program.name)


def test_list_shows_only_what_the_person_may_see(client, program):
    response = stranger(client).get(page("list"))

    assert list(response.context["page_obj"]) == []
    assertContains(response, "Chưa có chương trình nào")


def test_list_query_count_does_not_grow(reviewer, house):
    counts = []
    for rows in (1, 3):
        while Program.objects.count() < rows:
            AnnualPlanFactory(program=ProgramFactory(created_by=house.reviewer), created_by=house.reviewer)
        with CaptureQueriesContext(connection) as queries:
            response = reviewer.get(page("list"))
        assert [program.plan_count for program in response.context["page_obj"]] == [1] * rows
        counts.append(len(queries))

    assert counts[0] == counts[1]
    assert counts[0] <= 12


def test_list_filters_and_tells_how_to_undo_it(reviewer, program):
    ProgramFactory(name="Chương trình quốc gia", scope="national")
    response = reviewer.get(page("list"), {"q": "quoc gia", "pham-vi": "national"})

    assert [row.name for row in response.context["page_obj"]] == ["Chương trình quốc gia"]
    assert response.context["chips"] == [("Tìm: quoc gia", "pham-vi=national"), ("Phạm vi: Quốc gia", "q=quoc+gia")]


def test_list_swaps_only_its_table(reviewer, program):
    response = reviewer.get(page("list"), headers={"HX-Request": "true"})

    assertContains(response, program.name)
    assertNotContains(response, "<html")


@pytest.mark.parametrize("query", ["?giai-doan=x", "?pham-vi=x", "?trang=99", "?trang=x", "?sap-xep=x", "?q=%00"])
def test_list_bears_wrong_addresses(reviewer, program, query):
    assert reviewer.get(page("list") + query).status_code == 200


def test_list_marks_sample_rows(reviewer, program):
    assertNotContains(reviewer.get(page("list")), "Dữ liệu mẫu")
    Program.objects.update(is_sample=True)
    assertContains(reviewer.get(page("list")), "Dữ liệu mẫu", count=1)


def test_detail_leads_to_the_projects_of_the_programme_and_of_those_beside_it(reviewer, house, program):
    assertNotContains(reviewer.get(page("detail", program.pk)), "của các chương trình cùng cơ quan")
    beside = services.save_program(
        Program(
            name="Phần quốc gia", scope="national", area=house.province, period_start=program.period_end,
            period_end=program.period_end + 4,
        ),
        by=house.reviewer,
    )  # fmt: skip
    stories.draft_plan(house, program=beside, year=program.period_end)
    response = reviewer.get(page("detail", program.pk))

    own, both = f"chuong-trinh={program.pk}", f"chuong-trinh={program.pk}&amp;chuong-trinh={beside.pk}"
    years = f"tu-nam={program.period_start}&amp;den-nam={program.period_end}"
    assertContains(response, f'href="{reverse("projects:list")}?{own}&amp;trang-thai=da-duyet"')
    assertContains(response, f'href="{reverse("projects:list")}?{both}&amp;trang-thai=da-duyet&amp;{years}"')
    assertContains(response, "gộp với Phần quốc gia")


# One programme


def test_page_shows_targets_plans_and_timeline(reviewer, house, program):
    targets = [
        (Indicator.objects.get(code="MONEY_COUNTERPART"), 125_920_000_000, "QĐ 1288"),
        (Indicator.objects.get(code="PRJ_COUNT"), 162, ""),
    ]
    program.source_note = "Báo cáo 2018"
    services.save_program(program, by=house.reviewer, targets=targets)
    response = reviewer.get(page("detail", program.pk))

    for text in ("125.920.000.000", "125,92 tỷ", "162", "QĐ 1288", "1.000.000.000", "Báo cáo 2018", "đặt mục tiêu"):
        assertContains(response, text)
    assertContains(response, program.plans.get().get_absolute_url())
    assertContains(response, reverse("history", args=["chuong-trinh", program.pk]))


@pytest.mark.parametrize("person", READERS)
def test_page_offers_acts_to_who_may(client, house, program, person):
    client.force_login(getattr(house, person))
    response = client.get(page("detail", program.pk))

    offered = [page(name, program.pk) in response.text for name in ("edit", "plan_create")]
    assert offered == [person == "reviewer"] * 2


def test_page_query_count_does_not_grow(reviewer, house, program):
    counts = []
    for rows in (1, 3):
        while program.plans.count() < rows:
            stories.draft_plan(house, program=program)
        with CaptureQueriesContext(connection) as queries:
            reviewer.get(page("detail", program.pk))
        counts.append(len(queries))

    assert counts[0] == counts[1]


@pytest.mark.parametrize("name", ["detail", "edit", "plan_create"])
def test_programme_of_another_province_does_not_exist(client, program, name):
    assert stranger(client).get(page(name, program.pk)).status_code == 404


@pytest.mark.parametrize("name", ["plan_edit", "plan_budget", "plan_groups"])
def test_plan_of_another_province_does_not_exist(client, plan, name):
    assert stranger(client).get(page(name, plan.pk)).status_code == 404


@pytest.mark.parametrize("person", ["officer", "director", "accountant", "viewer"])
def test_entry_is_closed_to_other_roles(client, house, plan, person):
    client.force_login(getattr(house, person))
    addresses = [page("create"), page("edit", plan.program_id), page("plan_create", plan.program_id)]
    addresses += [page(name, plan.pk) for name in ("plan_edit", "plan_budget", "plan_groups")]

    assert [client.get(address).status_code for address in addresses] == [403] * 6
    assert [client.post(address).status_code for address in addresses] == [403] * 6


def test_entry_is_closed_to_another_body_of_the_province(client, house, program):
    other = stories.make_house(name="Vĩnh Long (2)")
    client.force_login(other.reviewer)

    assert client.get(page("detail", program.pk)).status_code == 200
    assert client.get(page("edit", program.pk)).status_code == 403


# Entry of a programme


def test_create_saves_programme_and_targets(reviewer, house):
    money, count = (str(Indicator.objects.get(code=code).pk) for code in ("MONEY_SUPPORT", "PRJ_COUNT"))
    rows = {
        "row-TOTAL_FORMS": "3", "row-INITIAL_FORMS": "0", "row-0-indicator": money, "row-0-value": "25 tỷ",
        "row-1-indicator": count, "row-1-value": "162", "row-1-source": "QĐ 1288",
    }  # fmt: skip
    response = reviewer.post(page("create"), HEAD | rows | {"act": "save"})

    program = Program.objects.get()
    assertRedirects(response, program.get_absolute_url())
    assert (program.owner, program.created_by) == (house.centre, house.reviewer)
    assert {row.indicator.code: row.figure for row in program.targets.all()} == {
        "MONEY_SUPPORT": "25.000.000.000", "PRJ_COUNT": "162",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ({"name": ""}, "Nhập vào ô này."),
        ({"period_start": "2026"}, "Năm kết thúc phải từ 2026 trở đi."),
        ({"period_start": "999999999999"}, "Từ năm là số từ 1990 đến 2100."),
        ({"decision_number": "12/QĐ-UBND"}, "Nhập ngày của quyết định."),
        ({"decision_number": "12/QĐ-UBND", "decision_on": "31/02/2021"}, "không phải ngày có thật"),
        ({"area": "Tỉnh Thái Nguyên"}, "ở ngoài phạm vi hoạt động"),
        ({"row-0-value": "-5"}, "Chọn chỉ tiêu, hoặc xóa hết dòng này."),
    ],
)
def test_create_shows_what_is_wrong_and_keeps_what_was_typed(reviewer, typed, message):
    response = reviewer.post(page("create"), HEAD | ROWS | {"goal": "Một mục tiêu dài"} | typed)

    assertContains(response, message)
    assertContains(response, "Một mục tiêu dài")
    assert Program.objects.count() == 0


@pytest.mark.parametrize("value", ["-25 tỷ", "nhiều lắm", "9999999 tỷ", ""])
def test_create_refuses_a_target_that_is_no_amount(reviewer, value):
    money = str(Indicator.objects.get(code="MONEY_SUPPORT").pk)
    response = reviewer.post(page("create"), HEAD | ROWS | {"row-0-indicator": money, "row-0-value": value})

    assert list(response.context["formset"].errors[0]) == ["value"]
    assert Program.objects.count() == 0


def test_create_refuses_a_name_twice(reviewer, program):
    response = reviewer.post(page("create"), HEAD | ROWS | {"name": program.name})

    assertContains(response, "Cơ quan đã có chương trình mang tên này.")
    assertContains(response, "<h1>Chương trình mới</h1>", html=True)


def test_one_more_row_saves_nothing(reviewer):
    response = reviewer.post(page("create"), HEAD | ROWS | {"act": "add", "row-0-value": "162"})

    assert len(response.context["formset"].forms) == 2
    assertContains(response, 'value="162"')
    assert Program.objects.count() == 0


@pytest.mark.parametrize("count", ["", "x", "²", "99999999999999999999"])
def test_rows_without_a_sensible_count_are_refused(reviewer, count):
    for act in ("add", "save"):
        response = reviewer.post(
            page("create"), HEAD | {"row-TOTAL_FORMS": count, "row-INITIAL_FORMS": "0", "act": act}
        )
        assert response.status_code == 200
        assert len(response.context["formset"].forms) <= MAX_ROWS + 1
    assert Program.objects.count() == 0


def test_edit_sent_unchanged_changes_nothing(reviewer, house, program):
    services.save_program(program, by=house.reviewer, targets=[(Indicator.objects.get(code="WEB"), 4, "QĐ")])
    before = list(program.targets.values_list("pk", "value", "source"))
    response = reviewer.get(page("edit", program.pk))
    assertRedirects(
        reviewer.post(page("edit", program.pk), as_shown(response, "form", "formset")), program.get_absolute_url()
    )

    assert list(program.targets.values_list("pk", "value", "source")) == before


def test_edit_drops_a_target(reviewer, house, program):
    services.save_program(program, by=house.reviewer, targets=[(Indicator.objects.get(code="WEB"), 4, "")])
    typed = as_shown(reviewer.get(page("edit", program.pk)), "form", "formset") | {"row-0-DELETE": "on"}
    reviewer.post(page("edit", program.pk), typed)

    assert program.targets.count() == 0


def saved_by_another(house, program, *, goal, figure):
    stored = Program.objects.get(pk=program.pk)
    stored.goal = goal
    targets = [(Indicator.objects.get(code="WEB"), figure, "")]
    services.save_program(stored, by=house.second_reviewer, targets=targets, expected_version=stored.version)


def test_two_tabs_choose_between_their_values(reviewer, house, program):
    typed = as_shown(reviewer.get(page("edit", program.pk)), "form", "formset")
    saved_by_another(house, program, goal="Mục tiêu của người kia", figure=4)
    response = reviewer.post(page("edit", program.pk), typed | {"goal": "Mục tiêu của tôi"})

    for text in ("Có người vừa sửa hồ sơ này", "Mục tiêu của người kia", "Mục tiêu của tôi"):
        assertContains(response, text)
    assert Program.objects.get(pk=program.pk).goal == "Mục tiêu của người kia"

    again = as_shown(response, "form", "formset") | {"keep-goal": "mine"}
    assertRedirects(reviewer.post(page("edit", program.pk), again), program.get_absolute_url())
    assert Program.objects.get(pk=program.pk).goal == "Mục tiêu của tôi"
    assert [row.figure for row in program.targets.all()] == ["4"]  # of the other, since this person touched none


def test_two_tabs_do_not_replace_targets_unseen(reviewer, house, program):
    typed = as_shown(reviewer.get(page("edit", program.pk)), "form", "formset")
    saved_by_another(house, program, goal="", figure=4)
    typed |= {"row-0-indicator": str(Indicator.objects.get(code="WEB").pk), "row-0-value": "7"}
    response = reviewer.post(page("edit", program.pk), typed)

    assertContains(response, "Chỉ tiêu đang lưu khác với chỉ tiêu ở trang này.")
    assertContains(response, "trang thông tin điện tử: 4 cơ sở")
    assert [row.figure for row in program.targets.all()] == ["4"]

    reviewer.post(page("edit", program.pk), as_shown(response, "form", "formset"))
    assert [row.figure for row in program.targets.all()] == ["7"]


# Head, budget and groups of a plan


def test_plan_create_goes_to_the_new_plan(reviewer, program):
    response = reviewer.get(page("plan_create", program.pk))
    assert response.context["form"]["year"].value() == 2027
    response = reviewer.post(page("plan_create", program.pk), {"year": "2026"})

    plan = AnnualPlan.objects.get(round_no=2)
    assertRedirects(response, plan.get_absolute_url())
    assert (plan.program, plan.name) == (program, "Kế hoạch khuyến công địa phương năm 2026")


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ({"year": ""}, "Nhập vào ô này."),
        ({"year": "2031"}, "Năm kế hoạch phải trong giai đoạn 2026-2030 của chương trình."),
        ({"year": "2026", "round_no": "1"}, "Chương trình đã có kế hoạch của năm và đợt này."),
        ({"year": "2026", "round_no": "999999999999"}, "Đợt là số từ 1 đến 99."),
        ({"year": "2026", "proposal_on": "31/02/2026"}, "không phải ngày có thật"),
    ],
)
def test_plan_create_shows_what_is_wrong(reviewer, program, typed, message):
    assertContains(reviewer.post(page("plan_create", program.pk), typed), message)
    assert program.plans.count() == 1


def test_plan_edit_changes_the_head(reviewer, plan):
    typed = as_shown(reviewer.get(page("plan_edit", plan.pk)), "form")
    typed |= {"proposal_number": "682/TTr-SCT", "proposal_on": "1/12/2025"}
    assertRedirects(reviewer.post(page("plan_edit", plan.pk), typed), plan.get_absolute_url())

    plan.refresh_from_db()
    assert (plan.proposal_number, plan.proposal_on.isoformat(), plan.round_no) == ("682/TTr-SCT", "2025-12-01", 1)


def test_plan_edit_in_two_tabs_shows_both_values(reviewer, house, plan):
    typed = as_shown(reviewer.get(page("plan_edit", plan.pk)), "form")
    stored = AnnualPlan.objects.get(pk=plan.pk)
    stored.name = "Kế hoạch của người kia"
    services.save_plan(stored, by=house.second_reviewer, expected_version=stored.version)
    response = reviewer.post(page("plan_edit", plan.pk), typed | {"name": "Kế hoạch của tôi"})

    for text in ("Có người vừa sửa hồ sơ này", "Kế hoạch của người kia", "Kế hoạch của tôi"):
        assertContains(response, text)
    assert AnnualPlan.objects.get(pk=plan.pk).name == "Kế hoạch của người kia"


@pytest.mark.parametrize("name", ["plan_edit", "plan_budget", "plan_groups"])
def test_submitted_plan_is_closed(reviewer, house, plan, name):
    stories.planned_project(house, plan)
    project_services.submit_plan(plan, by=house.reviewer)
    response = reviewer.get(page(name, plan.pk))

    assertContains(response, "Kế hoạch đã trình hoặc đã phê duyệt thì không sửa được nữa.", status_code=403)


def test_budget_is_set_per_source(reviewer, plan):
    typed = as_shown(reviewer.get(page("plan_budget", plan.pk)), "form")
    assert typed[field_name(source("KCDP"))] == 1_000_000_000
    typed |= {field_name(source("KCDP")): "2,1 tỷ", field_name(source("COUNTERPART")): "300tr"}
    response = reviewer.post(page("plan_budget", plan.pk), typed, follow=True)

    assertRedirects(response, plan.get_absolute_url())
    assertContains(response, "Đã đặt dự toán 2.400.000.000 đồng")
    assert dict(plan.budgets.values_list("source__code", "amount")) == {
        "KCDP": 2_100_000_000, "COUNTERPART": 300_000_000,
    }  # fmt: skip


@pytest.mark.parametrize("typed", ["-1", "hai tỷ rưỡi", "1,5", "99999999 tỷ"])
def test_budget_refuses_what_is_no_amount(reviewer, plan, typed):
    name = field_name(source("KCDP"))
    response = reviewer.post(page("plan_budget", plan.pk), {name: typed})

    assert list(response.context["form"].errors) == [name]
    assertContains(response, f'value="{typed}"')
    assert plan.budgets.get().amount == 1_000_000_000


def test_budget_in_two_tabs_is_not_overwritten_unseen(reviewer, house, plan):
    name = field_name(source("KCDP"))
    typed = as_shown(reviewer.get(page("plan_budget", plan.pk)), "form") | {name: "6 tỷ"}
    services.set_budget(plan, by=house.second_reviewer, amounts={source("KCDP"): 5_000_000_000})
    response = reviewer.post(page("plan_budget", plan.pk), typed)

    assertContains(response, "Khuyến công địa phương: 5.000.000.000 đồng")
    assertContains(response, 'value="6 tỷ"')
    assert plan.budgets.get().amount == 5_000_000_000

    reviewer.post(page("plan_budget", plan.pk), as_shown(response, "form"))
    assert plan.budgets.get().amount == 6_000_000_000


def grouped(house, plan):
    return services.set_groups(plan, by=house.reviewer, groups=[(1, "Máy móc", None, ""), (2, "Hội chợ", None, "")])


def test_groups_are_saved(reviewer, plan):
    rows = {"row-TOTAL_FORMS": "2", "row-INITIAL_FORMS": "0", "row-0-number": "1", "row-0-name": "Máy móc"}
    version = as_shown(reviewer.get(page("plan_groups", plan.pk)), "head")
    assertRedirects(reviewer.post(page("plan_groups", plan.pk), rows | version), plan.get_absolute_url())

    assert list(plan.groups.values_list("number", "name")) == [(1, "Máy móc")]


def test_groups_exchange_their_numbers(reviewer, house, plan):
    keys = dict(grouped(house, plan).groups.values_list("name", "pk"))
    typed = as_shown(reviewer.get(page("plan_groups", plan.pk)), "head", "formset")
    reviewer.post(page("plan_groups", plan.pk), typed | {"row-0-number": "2", "row-1-number": "1"})

    assert dict(plan.groups.values_list("number", "pk")) == {1: keys["Hội chợ"], 2: keys["Máy móc"]}


def test_group_with_projects_stays(reviewer, house, plan):
    grouped(house, plan)
    project = stories.draft_project(house, plan)
    type(project).objects.filter(pk=project.pk).update(group=plan.groups.get(number=2))
    typed = as_shown(reviewer.get(page("plan_groups", plan.pk)), "head", "formset")
    response = reviewer.post(page("plan_groups", plan.pk), typed | {"row-1-DELETE": "on"})

    assertContains(response, "Nhóm 2 “Hội chợ” còn đề án; chuyển đề án sang nhóm khác trước.")
    assert plan.groups.count() == 2


def test_groups_in_two_tabs_are_not_overwritten_unseen(reviewer, house, plan):
    grouped(house, plan)
    typed = as_shown(reviewer.get(page("plan_groups", plan.pk)), "head", "formset")
    services.set_groups(plan, by=house.second_reviewer, groups=[(1, "Của người kia", None, "")])
    response = reviewer.post(page("plan_groups", plan.pk), typed | {"row-0-name": "Của tôi"})

    assertContains(response, "Của người kia")
    assertContains(response, 'value="Của tôi"')
    assert [group.name for group in plan.groups.all()] == ["Của người kia"]

    reviewer.post(page("plan_groups", plan.pk), as_shown(response, "head", "formset"))
    assert [group.name for group in plan.groups.all()] == ["Của tôi", "Hội chợ"]
