from datetime import date

import pytest

from programs.models import ActivityContent, FundingSource
from projects import services
from projects.forms.entry import GeneralForm, bodies_around, content_choices, in_force
from projects.forms.entry_rows import cost_table
from projects.forms.funding import FundingForm, cell_of
from projects.forms.parts import PART_OF, PARTS, following, item_choices
from projects.models import Project
from tests import stories
from tests.factories import OrganisationFactory, content, source, thai_nguyen


def typed(project, total, **amounts):
    fields = {cell_of(source(code)): text for code, text in amounts.items()}
    return FundingForm({"total_cost": total, "version": project.version} | fields, project=project)


# Parts


def test_parts_follow_one_another_and_the_last_itself():
    slugs = [part.slug for part in PARTS]

    assert [following(slug).slug for slug in slugs] == [*slugs[1:], slugs[-1]]


def test_every_missing_item_is_a_field_of_its_part(house, draft):
    items = services.missing_items(draft)

    assert items
    assert [PART_OF[item.field].slug for item in items] == [item.part for item in items]


def test_returns_may_name_every_part_and_field_of_the_entry_once():
    names = [name for _label, choices in item_choices() for name, _words in choices]

    assert len(names) == len(set(names))
    assert "kiem-tra" not in names
    assert {"kinh-phi", "split", "objective"} <= set(names)


# Catalogues


def test_catalogues_offer_what_was_in_force_in_the_plan_year(plan):
    old, new = source("KCQG"), source("OTHER")
    FundingSource.objects.filter(pk=old.pk).update(valid_to=date(2025, 12, 31))
    FundingSource.objects.filter(pk=new.pk).update(valid_from=date(2026, 7, 1))
    offered = in_force(FundingSource.objects.all(), plan)

    assert [row.code for row in offered] == ["KCDP", "COUNTERPART", "OTHER"]
    assert old in in_force(FundingSource.objects.all(), plan, kept=old.pk)


def test_content_choices_hold_each_content_as_a_whole_and_by_kind(db):
    groups = content_choices(ActivityContent.objects.all())
    name, kinds = next(group for group in groups[1:] if group[0] == content("C4").short_name)

    assert kinds[0] == (content("C4").pk, "Chung, nhiều loại hoạt động")
    assert (content("BRAND").pk, content("BRAND").name) in kinds


def test_content_that_is_out_of_force_stays_with_its_project(draft):
    kept = content("BRAND")
    ActivityContent.objects.filter(pk=kept.pk).update(valid_to=date(2020, 1, 1))
    Project.objects.filter(pk=draft.pk).update(content=kept)
    offered = GeneralForm(instance=Project.objects.get()).fields["content"].queryset

    assert kept in offered
    Project.objects.update(content=None)
    assert kept not in GeneralForm(instance=Project.objects.get()).fields["content"].queryset


def test_bodies_around_are_of_the_house_or_of_the_province(house, draft):
    neighbour = OrganisationFactory(areas=[house.province])
    far = OrganisationFactory(areas=[thai_nguyen()])
    offered = set(bodies_around(draft))

    assert {house.department, house.centre, neighbour} <= offered
    assert far not in offered


def test_bodies_of_the_house_come_first(house, draft):
    house.centre.name = "Ủy quyền thực hiện"
    house.centre.save()
    neighbour = OrganisationFactory(areas=[house.province], name="Ban quản lý dự án")
    offered = list(bodies_around(draft))

    assert set(offered[:2]) == {house.department, house.centre}
    assert offered[2:] == [neighbour]


def test_body_that_moved_away_stays_with_its_project(draft):
    far = OrganisationFactory(areas=[thai_nguyen()])
    draft.implementing_unit = far

    assert far in bodies_around(draft)


# Money


@pytest.mark.parametrize(
    ("total", "amounts", "left", "over"),
    [
        ("640tr", {"KCDP": "300tr"}, 340_000_000, 0),
        ("640tr", {"KCDP": "300tr", "COUNTERPART": "340tr"}, 0, 0),
        ("640tr", {"KCDP": "700tr"}, -60_000_000, 60_000_000),
        ("abc", {"KCDP": "1tr"}, -1_000_000, 1_000_000),
        ("640tr", {"KCDP": "abc"}, 640_000_000, 0),
        ("", {}, 0, 0),
    ],
)
def test_allocation_adds_up_what_can_be_read(draft, total, amounts, left, over):
    allocation = typed(draft, total, **amounts).allocation()

    assert (allocation["left"], allocation["over"]) == (left, over)


def test_allocation_of_an_untouched_page_is_what_is_stored(house, plan):
    project = stories.complete_project(house, plan)
    allocation = FundingForm(project=project).allocation()

    assert (allocation["total"], allocation["left"], allocation["percent"]) == (640_000_000, 0, 100)


def test_shares_of_the_split_are_of_the_total(draft):
    form = typed(draft, "640tr", KCDP="300tr")

    assert [(row.code, share) for row, _field, amount, share in form.source_fields if amount] == [("KCDP", 46.875)]


def test_shares_without_a_total_are_none(draft):
    assert {share for *_rest, share in typed(draft, "", KCDP="300tr").source_fields} == {None}


def test_source_out_of_force_stays_in_the_split_that_holds_it(house, plan):
    project = stories.complete_project(house, plan)
    FundingSource.objects.filter(code="COUNTERPART").update(valid_to=date(2020, 1, 1))

    assert "COUNTERPART" in [row.code for row in FundingForm(project=project).sources]


def test_rest_has_nowhere_to_go_without_a_source_for_it(draft):
    FundingSource.objects.filter(code="COUNTERPART").update(valid_to=date(2020, 1, 1))

    assert typed(draft, "5tr").put_rest_into_counterpart() == (
        "Danh mục nguồn kinh phí của năm này không có vốn đối ứng."
    )


def test_sums_of_the_facilities_replace_the_split(draft):
    form = typed(draft, "9", KCQG="9")
    form.take_from_facilities({source("KCDP").pk: 5_000_000})

    assert (form["total_cost"].value(), form[cell_of(source("KCDP"))].value()) == ("5.000.000", "5.000.000")
    assert form[cell_of(source("KCQG"))].value() == ""


# Rows


@pytest.mark.parametrize(
    ("quantity", "price", "amount"),
    [("2,5", "10tr", 25_000_000), ("0,5", "3", 2), ("1.000", "2", 2000), ("abc", "3", None), ("1", "", None)],
)
def test_cost_row_multiplies_what_can_be_read(draft, quantity, price, amount):
    data = {"row-TOTAL_FORMS": 1, "row-INITIAL_FORMS": 0, "row-0-quantity": quantity, "row-0-unit_price": price}
    formset = cost_table(draft).read(data, unread=True)

    assert formset.forms[0].amount == amount
    assert formset.total == (amount or 0)


def test_cost_row_amount_is_what_will_be_stored(house, draft):
    data = {"row-TOTAL_FORMS": 1, "row-INITIAL_FORMS": 0}
    data |= {"row-0-name": "Cáp", "row-0-quantity": "2,5", "row-0-unit_price": "3"}
    formset = cost_table(draft).read(data)
    assert formset.is_valid()
    [row] = formset.rows
    names = ("name", "quantity", "unit_price")
    services.set_cost_items(draft, by=house.officer, rows=[{name: getattr(row, name) for name in names}])

    assert draft.cost_items.get().amount == formset.forms[0].amount == 8
