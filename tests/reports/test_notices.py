"""News for one person: gathered once, for whom it concerns, read and unread; the daily letter."""

from datetime import timedelta

import pytest
from django.core import mail
from django.core.management import CommandError, call_command
from django.urls import reverse
from django.utils import timezone

from khuyencong.dates import today
from khuyencong.models import Desk, Job, JobStatus, Notice, NoticeKind
from projects import services
from reports import digest, notices
from tests import stories
from tests.factories import OrganisationFactory


@pytest.fixture
def house(db):
    return stories.make_house()


@pytest.fixture
def returned(house):
    """A project that the head of unit gave back to the officer."""
    project = stories.submitted_project(house, stories.draft_plan(house))
    return services.return_project(project, by=house.reviewer, reason="Thiếu báo giá máy sấy")


def told(user):
    return list(Notice.objects.filter(user=user).values_list("kind", "title", "detail"))


def test_return_is_told_once_to_whoever_worked_on_it(house, returned):
    for _time in range(2):
        notices.refresh(house.officer)
    [(kind, title, detail)] = told(house.officer)
    assert (kind, title) == (NoticeKind.RETURNED, f"Trả lại: {returned}")
    assert detail == f"{house.reviewer}: “Thiếu báo giá máy sấy”"
    # Nobody is told of their own acts, nor of records that they had no hand in.
    for other in (house.reviewer, house.director, house.accountant):
        notices.refresh(other)
        assert told(other) == []


def test_numbers_are_those_of_the_desk(house, returned):
    desk = notices.refresh(house.officer)
    assert (desk.waiting_count, desk.late_count, desk.unread_count) == (1, 0, 1)
    assert Desk.objects.get(user=house.officer).unread_count == 1


def test_numbers_stand_in_the_head_of_every_page_without_a_question(client, house, returned, django_assert_num_queries):
    client.force_login(house.officer)
    assert 'data-hx-post="/so-viec/"' in client.get("/tro-giup/").text
    answer = client.post(reverse("desk_numbers"), headers={"HX-Request": "true"})
    assert 'data-hx-post="/so-viec/"' not in answer.text
    page = client.get("/tro-giup/").text
    assert 'Thông báo chưa đọc: </span><span class="count count--new">1</span>' in page
    assert 'data-hx-post="/so-viec/"' not in page
    with django_assert_num_queries(2):  # session, the person with desk and body
        client.get("/tro-giup/")


def test_news_is_read_by_opening_and_unread_again(client, house, returned):
    notices.refresh(house.officer)
    news = Notice.objects.get()
    client.force_login(house.officer)
    assert client.post(reverse("notice_open", args=[news.pk])).url == returned.get_absolute_url()
    assert Desk.objects.get(user=house.officer).unread_count == 0
    assert "Đã đọc hết" in client.get(reverse("notices"), {"chua-doc": 1}).text
    client.post(reverse("notice_mark"), {"pk": news.pk, "read": "0"})
    assert Notice.objects.get().read_at is None
    client.post(reverse("notice_mark"))
    assert Notice.objects.get().read_at is not None
    client.force_login(house.reviewer)
    assert client.post(reverse("notice_open", args=[news.pk])).status_code == 404
    client.post(reverse("notice_mark"), {"pk": news.pk, "read": "0"})
    assert Notice.objects.get().read_at is not None


def test_whoever_moved_to_another_body_leaves_the_news_behind(client, house, returned):
    notices.refresh(house.officer)
    house.officer.organisation = OrganisationFactory()
    house.officer.save()
    client.force_login(house.officer)
    assert "Thiếu báo giá" not in client.get(reverse("notices")).text


def test_news_of_a_record_out_of_sight_is_not_shown(house, returned):
    notices.refresh(house.officer)
    house.centre.areas.clear()
    entry = Notice.objects.get()
    person = type(house.officer).objects.get(pk=house.officer.pk)
    seen = notices.still_seen(person, [entry])
    assert seen == ([entry] if returned.owner_id == person.organisation_id else [])


def test_job_that_is_over_and_day_that_comes_near_are_told(house):
    Job.objects.create(
        kind="projects", title="Xuất Excel: Đề án", requested_by=house.officer, status=JobStatus.FAILED,
        finished_at=timezone.now(), error="Hết chỗ",
    )  # fmt: skip
    project = stories.approved_project(house)
    type(project).objects.filter(pk=project.pk).update(ends_on=today() + timedelta(days=3))
    notices.refresh(house.officer)
    kinds = {kind: title for kind, title, _detail in told(house.officer)}
    assert kinds[NoticeKind.JOB] == "Không làm được: Xuất Excel: Đề án"
    assert str(project.code) in kinds[NoticeKind.DEADLINE]


# The letter


@pytest.fixture
def reader(house, returned):
    house.officer.email = "officer@example.vn"
    house.officer.save()
    return house.officer


def test_letter_tells_tasks_and_news_once_a_day(reader, returned):
    call_command("send_digest")
    call_command("send_digest")
    [letter] = mail.outbox
    assert letter.to == ["officer@example.vn"]
    assert letter.subject.endswith("1 việc chờ, 1 tin mới")
    assert "Thiếu báo giá máy sấy" in letter.body
    Desk.objects.update(mailed_on=today() - timedelta(days=1))
    call_command("send_digest")
    assert mail.outbox[1].subject.endswith("1 việc chờ")


def test_letter_leaves_out_what_was_turned_off(client, reader):
    client.force_login(reader)
    client.post(reverse("notice_settings"), {"kind": ["approved", "job"]})
    assert Desk.objects.get(user=reader).muted_kinds == ["tasks", "returned", "deadline"]
    call_command("send_digest")
    assert mail.outbox == []


@pytest.mark.parametrize("why", ["left", "no_address", "no_body", "body_over"])
def test_letter_does_not_go_to_who_left(reader, why):
    if why == "left":
        reader.is_active = False
    elif why == "no_address":
        reader.email = ""
    elif why == "no_body":
        reader.organisation = None
    else:
        type(reader.organisation).objects.filter(pk=reader.organisation_id).update(valid_to=today() - timedelta(days=1))
    reader.save()
    assert digest.send_all() == digest.Sending()


def test_letter_that_fails_is_told_and_sent_the_next_time(reader, monkeypatch):
    def refuse(self):
        raise OSError("no server")

    with monkeypatch.context() as patch:
        patch.setattr("reports.digest.EmailMessage.send", refuse)
        with pytest.raises(CommandError):
            call_command("send_digest")
    assert digest.send_all() == digest.Sending(sent=1)
