"""Rules of time: what the migration loads, which rule counts, what an administrator changes."""

from datetime import date
from types import SimpleNamespace

import pytest
from django.urls import reverse
from pytest_django.asserts import assertContains

from khuyencong.models import AuditEntry, OrganisationKind, Role
from programs.deadlines import Deadlines, months_after
from programs.models import DeadlineKey, DeadlineRule
from tests.factories import OrganisationFactory, UserFactory

NOBODY = SimpleNamespace(pk=0, parent_id=None)


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2026, 8, 31), 6, date(2027, 2, 28)), (date(2027, 8, 31), 6, date(2028, 2, 29)),
        (date(2026, 11, 1), 12, date(2027, 11, 1)), (date(2028, 2, 29), 12, date(2029, 2, 28)),
        (date(2026, 12, 15), 1, date(2027, 1, 15)), (date(2026, 1, 31), -2, date(2025, 11, 30)),
    ],
)  # fmt: skip
def test_months_are_counted_by_the_calendar(day, months, expected):
    assert months_after(day, months) == expected


@pytest.mark.django_db
def test_rules_loaded_are_those_of_the_circular():
    rules = {rule.key: (rule.in_words, rule.is_verified) for rule in DeadlineRule.objects.all()}

    assert rules == {
        "register_department": ("ngày 20/05 năm trước", False),
        "register_ministry": ("ngày 20/06 năm trước", True),
        "monthly_report": ("ngày 25 hằng tháng", True),
        "contract_end": ("đúng ngày", True),
        "settlement": ("sau 15 ngày", True),
        "liquidation": ("ngày 22/01 năm sau", True),
        "follow_up_first": ("sau 6 tháng", False),
        "follow_up_second": ("sau 12 tháng", False),
    }
    assert set(rules) == set(DeadlineKey.values)
    assert DeadlineRule.objects.get(key="settlement").legal_source == "Thông tư 36/2013/TT-BCT, Điều 18 khoản 1"


@pytest.mark.django_db
def test_days_of_each_kind():
    deadlines = Deadlines()

    def day(found):
        return found[1]

    own = {"owner": NOBODY, "scope": "national"}
    assert day(deadlines.after("settlement", date(2026, 11, 20), **own)) == date(2026, 12, 5)
    assert day(deadlines.after("follow_up_first", date(2026, 8, 31), **own)) == date(2027, 2, 28)
    assert day(deadlines.of_month("monthly_report", date(2026, 2, 1), **own)) == date(2026, 2, 25)
    assert day(deadlines.of_year("liquidation", 2026, **own)) == date(2027, 1, 22)
    assert day(deadlines.of_year("register_ministry", 2027, **own)) == date(2026, 6, 20)
    assert deadlines.of_year("register_ministry", 2027, owner=NOBODY, scope="local") is None


@pytest.mark.django_db
def test_new_row_moves_what_follows_and_past_events_keep_theirs():
    DeadlineRule.objects.filter(key="settlement").update(valid_to=date(2026, 6, 30))
    DeadlineRule.objects.create(key="settlement", kind="after", days_after=30, valid_from=date(2026, 7, 1))
    deadlines = Deadlines()
    days = [
        deadlines.after("settlement", event, owner=NOBODY, scope="local")[1]
        for event in (date(2026, 6, 30), date(2026, 7, 1))
    ]

    assert days == [date(2026, 7, 15), date(2026, 7, 31)]


@pytest.mark.django_db
def test_month_keeps_the_rule_of_its_first_day():
    DeadlineRule.objects.filter(key="monthly_report").update(valid_to=date(2026, 7, 9))
    DeadlineRule.objects.create(key="monthly_report", kind="monthly", day=20, valid_from=date(2026, 7, 10))
    deadlines = Deadlines()
    days = [
        deadlines.of_month("monthly_report", date(2026, month, 1), owner=NOBODY, scope="local")[1].day
        for month in (6, 7, 8)
    ]

    assert days == [25, 25, 20]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("month", "day", "changed_on", "expected"),
    [
        # Later in the year, earlier but still ahead, and earlier than the change itself: then the old day stays.
        (7, 15, date(2026, 5, 1), [date(2025, 6, 20), date(2026, 7, 15)]),
        (5, 31, date(2026, 5, 1), [date(2025, 6, 20), date(2026, 5, 31)]),
        (3, 31, date(2026, 5, 1), [date(2025, 6, 20), date(2026, 6, 20)]),
    ],
)
def test_day_of_the_year_moves_when_its_rule_does(month, day, changed_on, expected):
    rules = DeadlineRule.objects.filter(key="register_ministry")
    rules.update(valid_to=changed_on.replace(day=1, month=changed_on.month - 1))
    DeadlineRule.objects.create(
        key="register_ministry", kind="yearly", month=month, day=day, year_offset=-1, valid_from=changed_on
    )
    deadlines = Deadlines()
    found = [deadlines.of_year("register_ministry", year, owner=NOBODY, scope="national")[1] for year in (2026, 2027)]

    assert found == expected


@pytest.mark.django_db
def test_own_rule_goes_before_that_of_the_body_above_and_both_before_the_general_one():
    department = OrganisationFactory(kind=OrganisationKind.PROVINCIAL_DEPT)
    centre, stranger = OrganisationFactory(parent=department), OrganisationFactory()
    general = DeadlineRule.objects.get(key="settlement")
    above = DeadlineRule.objects.create(key="settlement", kind="after", days_after=20, owner=department)
    event = date(2026, 11, 1)

    def rule_for(owner):
        return Deadlines().after("settlement", event, owner=owner, scope="local")[0]

    assert [rule_for(body) for body in (centre, department, stranger)] == [above, above, general]
    own = DeadlineRule.objects.create(
        key="settlement", kind="after", days_after=10, owner=centre, valid_to=date(2026, 11, 1)
    )
    assert [rule_for(body) for body in (centre, department)] == [own, above]
    DeadlineRule.objects.filter(pk=own.pk).update(valid_to=date(2026, 10, 31))
    assert rule_for(centre) == above


@pytest.mark.django_db
def test_administrator_changes_a_day_and_the_trail_tells_it(client):
    rule = DeadlineRule.objects.get(key="monthly_report")
    client.force_login(UserFactory(role=Role.ADMIN, is_staff=True, is_superuser=True))
    assertContains(client.get(reverse("admin:programs_deadlinerule_changelist")), "ngày 25 hằng tháng")
    page = reverse("admin:programs_deadlinerule_change", args=[rule.pk])
    fields = client.get(page).context["adminform"].form.initial
    typed = {name: value for name, value in fields.items() if value is not None} | {"day": "20"}

    assert client.post(page, typed | {"day": "31"}).status_code == 200
    assert client.post(page, typed).status_code == 302
    entry = AuditEntry.objects.latest("pk")
    assert (entry.label, entry.changes) == ("Sửa thời hạn", [["ngày", "25", "20"]])
    assert client.post(reverse("admin:programs_deadlinerule_delete", args=[rule.pk])).status_code == 403
