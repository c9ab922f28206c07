from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from khuyencong.dates import today
from projects import services
from projects.models import Acceptance, ProjectStatus
from tests import stories
from tests.factories import source


def running(house):
    return services.start_project(stories.approved_project(house), by=house.officer)


def accept(project, by, **kwargs):
    return services.accept_project(project, by=by, **{"number": "01/BBNT", "accepted_on": date(2026, 11, 1), **kwargs})


def test_nothing_starts_under_a_plan_that_is_not_approved(house, plan):
    project = stories.planned_project(house, plan)

    with pytest.raises(PermissionDenied, match="sau khi kế hoạch được phê duyệt"):
        services.start_project(project, by=house.officer)


def test_nothing_is_accepted_before_it_started(house):
    project = stories.approved_project(house)

    with pytest.raises(ValidationError, match="hồ sơ đang “Đã phê duyệt”"):
        accept(project, house.director)

    assert not Acceptance.objects.exists()


def test_accept_project_records_minutes_and_money(house):
    project = accept(running(house), house.director)

    assert project.status == ProjectStatus.ACCEPTED
    assert project.acceptance.number == "01/BBNT"
    assert sorted(project.funding_lines.values_list("accepted_amount", flat=True)) == [300_000_000, 340_000_000]


def test_accept_project_caps_support_but_not_the_facilitys_own_money(house):
    project = running(house)
    with pytest.raises(ValidationError, match="vượt số được duyệt 300.000.000 đồng"):
        accept(project, house.director, amounts={source("KCDP").pk: 300_000_001})

    accept(project, house.director, amounts={source("COUNTERPART").pk: 400_000_000})

    assert project.funding_lines.get(source=source("COUNTERPART")).accepted_amount == 400_000_000


def test_accept_project_refuses_a_day_to_come(house):
    with pytest.raises(ValidationError, match="tương lai"):
        accept(running(house), house.director, accepted_on=today() + timedelta(days=1))


@pytest.mark.parametrize("person", ["officer", "accountant", "viewer"])
def test_accept_project_is_for_reviewers_and_directors(house, person):
    project = running(house)

    with pytest.raises(PermissionDenied):
        accept(project, getattr(house, person))


def test_nothing_is_accepted_before_its_plan_was_approved(house):
    project = running(house)

    with pytest.raises(ValidationError) as refusal:
        accept(project, house.director, accepted_on=date(2026, 1, 3))

    assert list(refusal.value.message_dict) == ["accepted_on"]
    assert accept(project, house.director, accepted_on=date(2026, 1, 4)).status == ProjectStatus.ACCEPTED
