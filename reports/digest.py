"""The daily letter: what waits, and the news since the last one. Whoever wants none of a kind gets none of it."""

import logging
from dataclasses import dataclass
from smtplib import SMTPException

from django.conf import settings
from django.core.mail import EmailMessage
from django.urls import reverse
from django.utils import timezone

from khuyencong.dates import short_date, today
from khuyencong.desk.person import desk_of, keep
from khuyencong.models import Desk, Notice, NoticeKind, User
from reports import notices
from reports.tasks import task_groups

# The kinds of a letter: the tasks that wait, then the kinds of news.
TASKS = "tasks"
KINDS = ((TASKS, "Việc đang chờ tôi"), *NoticeKind.choices)
MOST_NEWS = 50
SHOWN_TASKS = 3

logger = logging.getLogger(__name__)


@dataclass
class Sending:
    """What became of one run."""

    sent: int = 0
    quiet: int = 0
    failed: int = 0


def readers():
    """Who may get a letter: accounts in use, with an address, of a body that works."""
    people = User.objects.filter(is_active=True, organisation__isnull=False).exclude(email="")
    over = people.filter(organisation__valid_to__lt=today()).values("pk")
    return people.exclude(pk__in=over).select_related("organisation", "desk").order_by("pk")


def send_all():
    """Write to everybody once a day; one address that fails keeps nobody else from their letter."""
    sending = Sending()
    for person in readers().iterator(chunk_size=200):
        Desk.objects.get_or_create(user=person)
        # Whoever comes first, of two runs at once, takes the person.
        if not Desk.objects.filter(user=person).exclude(mailed_on=today()).update(mailed_on=today()):
            continue
        try:
            is_sent = send_to(person)
        except (SMTPException, OSError) as failure:
            logger.warning("Letter to account %s failed: %s", person.pk, failure)
            Desk.objects.filter(user=person).update(mailed_on=None)
            sending.failed += 1
        else:
            sending.sent += is_sent
            sending.quiet += not is_sent
    return sending


def send_to(person):
    """One letter, nothing where there is nothing to say; whether it went out."""
    notices.refresh(person)
    desk = desk_of(person)
    news = Notice.objects.visible_to(person).unread().filter(mailed_at=None).exclude(kind__in=desk.muted_kinds)
    shown = notices.still_seen(person, list(news[:MOST_NEWS]))
    groups = [] if TASKS in desk.muted_kinds else task_groups(person)
    if not shown and not groups:
        return False
    EmailMessage(subject_of(groups, shown), body_of(person, groups, shown), to=[person.email]).send()
    Notice.objects.filter(pk__in=[row.pk for row in shown]).update(mailed_at=timezone.now())
    keep(person, mailed_on=today())
    return True


def subject_of(groups, news):
    count = sum(group.count for group in groups)
    parts = [f"{count} việc chờ" if count else "", f"{len(news)} tin mới" if news else ""]
    return f"Khuyến công {short_date(today())}: {', '.join(filter(None, parts))}"


def body_of(person, groups, news):
    """Plain text that reads in any program; names and links, no figures of money."""
    lines = [f"Kính gửi {person.salutation or 'ông/bà'} {person},", ""]
    if groups:
        lines.append("VIỆC ĐANG CHỜ")
        for group in groups:
            late = f", {group.late} việc quá hạn" if group.late else ""
            lines.append(f"- {group.title}: {group.count}{late}")
            lines += [f"    {task.title}{_until(task.due)}" for task in group.tasks[:SHOWN_TASKS]]
        lines += [f"Mở: {settings.PUBLIC_ADDRESS}{reverse('home')}", ""]
    if news:
        lines.append("TIN MỚI")
        for row in news:
            lines.append(f"- {row.title}" + (f" ({row.detail})" if row.detail else ""))
        lines += [f"Mở: {settings.PUBLIC_ADDRESS}{reverse('notices')}", ""]
    lines.append(f"Chọn loại tin nhận qua thư, hoặc thôi nhận: {settings.PUBLIC_ADDRESS}{reverse('notices')}#thu")
    return "\n".join(lines)


def _until(day):
    return f" (hạn {short_date(day)})" if day else ""
