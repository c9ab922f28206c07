"""A deputy for a period: who is named by whom, what the deputy may do, and what the trail says."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from khuyencong import delegations
from khuyencong.dates import short_date, today
from khuyencong.models import AuditEntry, Delegation, User
from projects import services, workflow
from projects.models import ProjectStatus
from tests.factories import thai_nguyen
from tests.stories import approve, delegation, draft_plan, make_house, planned_project

PAGE = "/giao-quyen/"


@pytest.fixture
def house(db):
    return make_house()


def again(person):
    """The person of the next request."""
    return User.objects.get(pk=person.pk)


def waiting_plan(house):
    plan = draft_plan(house)
    planned_project(house, plan)
    return services.submit_plan(plan, by=house.reviewer)


def typed(house, **fields):
    values = {
        "deputy": house.second_reviewer.pk, "capacity": "KT", "valid_from": short_date(today()),
        "valid_to": short_date(today() + timedelta(days=3)), "document_number": "15/GUQ-SCT",
    }  # fmt: skip
    return values | fields


def test_a_deputy_approves_and_the_trail_says_for_whom(house):
    house.director.position = "Giám đốc"
    house.director.save()
    plan, deputy = waiting_plan(house), house.second_reviewer
    with pytest.raises(PermissionDenied):
        approve(house, plan, by=deputy)
    delegation(house)
    approve(house, plan, by=again(deputy))

    assert plan.projects.get().status == ProjectStatus.APPROVED
    told = AuditEntry.objects.about(plan).get(action="plan.approve")
    assert told.actor == deputy
    assert ["Ký", "", f"KT. Giám đốc {house.director}"] in told.changes


def test_a_deputy_never_approves_what_they_put_up(house):
    plan = waiting_plan(house)
    delegation(house, deputy=house.reviewer)

    with pytest.raises(PermissionDenied, match="không được phê duyệt"):
        approve(house, plan, by=again(house.reviewer))


@pytest.mark.parametrize(("start", "end"), [(-9, -1), (1, 9)], ids=["over", "to come"])
def test_a_delegation_counts_only_in_its_days(house, start, end):
    Delegation.objects.create(
        director=house.director, deputy=house.second_reviewer, valid_from=today() + timedelta(days=start),
        valid_to=today() + timedelta(days=end),
    )  # fmt: skip

    assert again(house.second_reviewer).standing_in is None
    assert not workflow.APPROVE_PLAN.is_for(again(house.second_reviewer))


def test_a_delegation_taken_back_ends_at_once_and_twice_changes_nothing(house):
    given = delegation(house)
    delegations.revoke_delegation(given, by=house.director)
    delegations.revoke_delegation(given, by=house.director)

    assert again(house.second_reviewer).standing_in is None
    assert AuditEntry.objects.filter(action="delegation.revoke").count() == 1
    with pytest.raises(PermissionDenied):
        delegations.revoke_delegation(given, by=house.second_director)


def test_only_a_director_names_a_deputy_and_only_of_the_own_house(house):
    other = make_house(thai_nguyen(), "Thái Nguyên")
    for deputy in (other.reviewer, house.accountant, house.viewer, house.second_director):
        with pytest.raises(ValidationError):
            delegation(house, deputy=deputy)
    given = Delegation(deputy=house.second_reviewer, valid_from=today(), valid_to=today())
    with pytest.raises(PermissionDenied):
        delegations.delegate(given, by=house.reviewer)
    assert Delegation.objects.count() == 0


def test_one_deputy_at_a_time(house):
    delegation(house)

    with pytest.raises(ValidationError, match="thu hồi trước"):
        delegation(house, deputy=house.officer, valid_from=today() + timedelta(days=7))
    delegation(
        house, deputy=house.officer, valid_from=today() + timedelta(days=8), valid_to=today() + timedelta(days=9)
    )


def test_the_page_gives_and_takes_back(client, house):
    client.force_login(house.director)
    answer = client.post(PAGE, typed(house), follow=True)
    assert f"Đã giao quyền ký cho {house.second_reviewer}" in answer.text
    assert "Đang có hiệu lực" in answer.text

    given = Delegation.objects.get()
    answer = client.post(f"/giao-quyen/{given.pk}/thu-hoi/", follow=True)
    assert f"Đã thu hồi quyền ký của {house.second_reviewer}." in answer.text
    given.refresh_from_db()
    assert given.revoked_at is not None


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"deputy": ""}, "Chọn"), ({"valid_from": "31/02/2026"}, "ngày"), ({"valid_to": "01/01/2020"}, "Ngày bắt đầu"),
    ],
)  # fmt: skip
def test_the_page_says_what_is_wrong_and_keeps_what_was_typed(client, house, fields, sentence):
    client.force_login(house.director)
    answer = client.post(PAGE, typed(house, **fields))

    assert answer.status_code == 200
    assert sentence in answer.text
    assert "15/GUQ-SCT" in answer.text
    assert Delegation.objects.count() == 0
