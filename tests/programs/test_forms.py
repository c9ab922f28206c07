from datetime import date

import pytest

from programs import forms, services
from programs.models import ActivityContent, AnnualPlan, FundingSource, Indicator, Program
from tests import stories
from tests.factories import ProgramFactory, source

TYPED = {
    "name": "Chương trình 2021-2025", "scope": "local", "area": "", "period_start": "2021", "period_end": "2025",
}  # fmt: skip
REQUIRED = "Nhập vào ô này."


def program_errors(**typed):
    form = forms.ProgramForm(TYPED | typed, instance=Program())
    return {name: list(texts) for name, texts in form.errors.items()}


def rows(*typed, total=None, **prefixed):
    """A posted formset of rows with prefix `row`."""
    data = {"row-TOTAL_FORMS": str(len(typed) if total is None else total), "row-INITIAL_FORMS": "0"}
    for number, row in enumerate(typed):
        data |= {f"row-{number}-{name}": value for name, value in row.items()}
    return data | prefixed


def code(indicator):
    return str(Indicator.objects.get(code=indicator).pk)


def target_formset(*typed, **kwargs):
    choices = forms.indicator_choices(Program())
    return forms.TargetFormSet(rows(*typed, **kwargs), prefix="row", form_kwargs={"indicators": choices})


@pytest.mark.django_db
def test_program_form_takes_a_whole_programme():
    typed = {"decision_number": "1288/QĐ-UBND", "decision_on": "3/2/2021", "area": "tra vinh cũ"}
    form = forms.ProgramForm(TYPED | typed, instance=Program())

    assert form.errors == {}
    assert (form.cleaned_data["decision_on"], str(form.cleaned_data["area"])) == (
        date(2021, 2, 3), "Tỉnh Trà Vinh (cũ)",
    )  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("typed", "field", "message"),
    [
        ({"name": ""}, "name", REQUIRED),
        ({"name": "..."}, "name", "Nhập tên chương trình."),
        ({"period_start": ""}, "period_start", REQUIRED),
        ({"period_start": "hai nghìn"}, "period_start", "Từ năm là số từ 1990 đến 2100."),
        ({"period_start": "-2021"}, "period_start", "Từ năm là số từ 1990 đến 2100."),
        ({"period_end": "99999999999999999999"}, "period_end", "Đến năm là số từ 1990 đến 2100."),
        ({"period_end": "2020"}, "period_end", "Năm kết thúc phải từ 2021 trở đi."),
        ({"decision_number": "12/QĐ"}, "decision_on", "Nhập ngày của quyết định."),
        ({"decision_on": "04/01/2021"}, "decision_number", "Nhập số của quyết định."),
    ],
)
def test_program_form_refuses_wrong_input(typed, field, message):
    assert program_errors(**typed) == {field: [message]}


@pytest.mark.django_db
@pytest.mark.parametrize("day", ["31/02/2021", "2021", "04/01/21", "29/02/2023"])
def test_program_form_refuses_days_that_do_not_exist(day):
    errors = program_errors(decision_number="12/QĐ", decision_on=day)

    assert list(errors) == ["decision_on"]
    assert len(errors["decision_on"]) == 1


@pytest.mark.django_db
@pytest.mark.parametrize("place", ["Xã Mỏ Cày", "nơi nào đó"])
def test_program_form_knows_only_provinces(place):
    assert list(program_errors(area=place)) == ["area"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("indicator", "typed", "value"),
    [
        ("MONEY_SUPPORT", "25 tỷ", 25_000_000_000),
        ("MONEY_SUPPORT", "125.920.000.000", 125_920_000_000),
        ("PRJ_COUNT", "162", 162),
        ("PRJ_COUNT", "1.875", 1875),
        ("JOB_NEW", "2,5", 2.5),
        ("PRJ_COUNT", "0", 0),
    ],
)
def test_target_reads_money_and_quantities(indicator, typed, value):
    formset = target_formset({"indicator": code(indicator), "value": typed, "source": "QĐ 1288"})

    assert formset.is_valid(), formset.errors
    assert formset.rows == [(Indicator.objects.get(code=indicator), value, "QĐ 1288")]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("indicator", "typed", "message"),
    [
        ("PRJ_COUNT", "", "Nhập mục tiêu."),
        ("PRJ_COUNT", "-5", "Mục tiêu không thể âm."),
        ("PRJ_COUNT", "9999999999", "Mục tiêu quá lớn; nhiều nhất là 999.999.999."),
        ("PRJ_COUNT", "1,234", "Nhiều nhất hai chữ số sau dấu phẩy."),
        ("MONEY_SUPPORT", "", "Nhập mục tiêu."),
        ("MONEY_SUPPORT", "9999999 tỷ", "Số tiền tối đa là 999.999.999.999.999 đồng."),
    ],
)
def test_target_refuses_what_is_no_figure(indicator, typed, message):
    formset = target_formset({"indicator": code(indicator), "value": typed})

    assert formset.errors == [{"value": [message]}]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("indicator", "typed"), [("MONEY_SUPPORT", "-25 tỷ"), ("MONEY_SUPPORT", "nhiều"), ("WEB", "0.5")]
)
def test_target_refuses_what_it_cannot_read(indicator, typed):
    [errors] = target_formset({"indicator": code(indicator), "value": typed}).errors

    assert list(errors) == ["value"]
    assert typed in errors["value"][0]


@pytest.mark.django_db
def test_target_needs_its_indicator():
    formset = target_formset({"value": "162"}, {"indicator": "999999", "value": "3"})

    assert [list(errors) for errors in formset.errors] == [["indicator"], ["indicator"]]


@pytest.mark.django_db
def test_targets_skip_empty_and_dropped_rows():
    formset = target_formset(
        {"indicator": "", "value": "", "source": ""},
        {"indicator": code("WEB"), "value": "x", "DELETE": "on"},
        {"indicator": code("WEB"), "value": "4"},
    )

    assert formset.is_valid()
    assert [value for _indicator, value, _source in formset.rows] == [4]


@pytest.mark.django_db
def test_targets_name_each_indicator_once():
    formset = target_formset({"indicator": code("WEB"), "value": "4"}, {"indicator": code("WEB"), "value": "5"})

    assert not formset.is_valid()
    assert formset.errors == [{}, {"indicator": ["Chỉ tiêu này đã có ở dòng trên."]}]


@pytest.mark.django_db
def test_targets_are_not_without_end():
    formset = target_formset(total=forms.MAX_ROWS + 1)

    assert not formset.is_valid()
    assert len(formset.non_form_errors()) == 1


@pytest.mark.django_db
def test_indicators_out_of_force_stay_where_they_are_used(house, program):
    old = Indicator.objects.get(code="WEB")
    services.save_program(program, by=house.reviewer, targets=[(old, 4, "")])
    Indicator.objects.filter(pk=old.pk).update(valid_to=date(2020, 12, 31))

    offered = [old.pk in dict(forms.indicator_choices(row)) for row in (program, ProgramFactory(), Program())]
    assert offered == [True, False, False]


def plan_form(plan, **typed):
    typed = {"year": "2027", "round_no": "", "name": ""} | typed
    return forms.PlanForm(typed, instance=plan)


@pytest.mark.parametrize(
    ("scope", "name"),
    [("local", "Kế hoạch khuyến công địa phương năm 2026"), ("national", "Kế hoạch khuyến công quốc gia năm 2026")],
)
def test_plan_form_fills_round_and_name(program, scope, name):
    program.scope = scope
    form = plan_form(AnnualPlan(program=program), year="2026")

    assert form.is_valid(), form.errors
    assert (form.instance.round_no, form.instance.name) == (2, name)


def test_plan_form_keeps_what_is_typed(program):
    form = plan_form(AnnualPlan(program=program), round_no="7", name="Kế hoạch bổ sung")

    assert form.is_valid(), form.errors
    assert (form.instance.round_no, form.instance.name) == (7, "Kế hoạch bổ sung")


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"year": ""}, "year"),
        ({"year": "99999"}, "year"),
        ({"round_no": "0"}, "round_no"),
        ({"round_no": "-1"}, "round_no"),
        ({"round_no": "99999999999"}, "round_no"),
        ({"name": "…"}, "name"),
        ({"proposal_on": "31/02/2026"}, "proposal_on"),
        ({"proposal_number": "x" * 61}, "proposal_number"),
    ],
)
def test_plan_form_refuses_wrong_input(program, typed, field):
    assert list(plan_form(AnnualPlan(program=program), **typed).errors) == [field]


def test_budget_form_reads_an_amount_per_source(plan):
    typed = {forms.field_name(source("KCDP")): "2,1 tỷ", forms.field_name(source("KCQG")): ""}
    form = forms.BudgetForm(typed, plan=plan)

    assert form.is_valid(), form.errors
    amounts = {row.code: amount for row, amount in form.amounts.items()}
    assert amounts == {"KCQG": None, "KCDP": 2_100_000_000, "COUNTERPART": None, "OTHER": None}


@pytest.mark.parametrize("typed", ["-5", "abc", "1,5", "9999999 tỷ"])
def test_budget_form_refuses_what_is_no_amount(plan, typed):
    name = forms.field_name(source("KCDP"))

    assert list(forms.BudgetForm({name: typed}, plan=plan).errors) == [name]


def test_budget_form_keeps_sources_that_the_plan_uses(plan):
    FundingSource.objects.filter(code__in=["KCDP", "OTHER"]).update(valid_to=date(2020, 12, 31))

    assert [row.code for row in forms.BudgetForm(plan=plan).sources] == ["KCQG", "KCDP", "COUNTERPART"]


def group_formset(plan, *typed):
    kwargs = {"groups": {group.pk: group for group in plan.groups.all()}, "contents": forms.content_choices(plan)}
    return forms.GroupFormSet(rows(*typed), prefix="row", form_kwargs=kwargs)


def test_groups_read_their_rows(plan):
    content = ActivityContent.objects.get(code="MACHINERY")
    formset = group_formset(plan, {"number": "1", "name": "Máy móc", "content": str(content.pk)}, {"name": " "})

    assert formset.is_valid(), formset.errors
    assert formset.rows == [(1, "Máy móc", content, "", None)]


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"name": "Máy móc"}, "number"),
        ({"number": "1"}, "name"),
        ({"number": "1", "name": "--"}, "name"),
        ({"number": "-1", "name": "Máy móc"}, "number"),
        ({"number": "99999", "name": "Máy móc"}, "number"),
        ({"number": "1", "name": "Máy móc", "content": "0"}, "content"),
    ],
)
def test_groups_refuse_wrong_input(plan, typed, field):
    assert [list(errors) for errors in group_formset(plan, typed).errors] == [[field]]


def test_groups_have_numbers_of_their_own(plan):
    formset = group_formset(plan, {"number": "1", "name": "Máy móc"}, {"number": "1", "name": "Hội chợ"})

    assert not formset.is_valid()
    assert formset.errors == [{}, {"number": ["Số này đã có ở nhóm trên."]}]


def test_groups_of_another_plan_are_not_taken(house, plan):
    [first, second] = [plan, stories.draft_plan(house)]
    for row in (first, second):
        services.set_groups(row, by=house.reviewer, groups=[(1, "Máy móc", None, "")])
    typed = [{"group": str(row.groups.get().pk), "number": "1", "name": "Máy móc"} for row in (first, second)]
    formsets = [group_formset(first, row) for row in typed]

    assert [formset.is_valid() for formset in formsets] == [True, True]
    assert [formset.rows[0][4] for formset in formsets] == [first.groups.get(), None]


def test_contents_stand_under_their_heading(plan):
    ActivityContent.objects.filter(code="COLLABORATORS").update(valid_to=date(2025, 12, 31))
    groups = dict(forms.content_choices(plan))
    named = [name for _pk, name in groups["Quản lý khuyến công"]]

    assert named[0].endswith("(chung)")
    assert "Hội nghị sơ kết, tổng kết" in named
    assert "Mạng lưới cộng tác viên" not in named


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, ["2026-2030", "2021-2025"]),
        ({"giai-doan": "2023"}, ["2021-2025"]),
        ({"pham-vi": "national"}, ["2021-2025"]),
        ({"q": "doi moi"}, ["2026-2030"]),
        ({"sap-xep": "giai-doan"}, ["2021-2025", "2026-2030"]),
        ({"sap-xep": "không có"}, ["2026-2030", "2021-2025"]),
        ({"giai-doan": "1776"}, []),
        ({"pham-vi": "x"}, []),
    ],
)
def test_program_filter_finds_and_orders(query, found):
    ProgramFactory(name="Đổi mới máy móc", period_start=2026, period_end=2030)
    ProgramFactory(scope="national", period_start=2021, period_end=2025)
    form = forms.ProgramFilterForm(query, programs=Program.objects.all())

    assert [program.period for program in form.rows()] == found


@pytest.mark.django_db
def test_program_filter_without_programmes_has_no_years():
    form = forms.ProgramFilterForm({}, programs=Program.objects.none())

    assert form.fields["giai_doan"].choices == [("", "Tất cả")]
