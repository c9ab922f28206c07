"""What becomes of a project some months after acceptance: when the facility is asked, and what it answers."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q

from khuyencong.audit import record, row_changes
from khuyencong.dates import short_date, today
from khuyencong.permissions import require
from khuyencong.versions import StaleVersionError
from programs.deadlines import EARLIEST, Deadlines, day_of, months_after
from programs.models import DeadlineKind, Indicator
from projects import permissions
from projects.models import DONE_PROJECT, FollowUp, FollowUpRound, FollowUpValue
from projects.services.indicators import figure
from projects.services.locking import locked_project

RECORDERS = "Chỉ chuyên viên, lãnh đạo phòng của cơ quan quản lý ghi được kết quả theo dõi, sau khi đề án nghiệm thu."
# How long before its day a follow-up counts as near.
NEAR = timedelta(days=30)


# How a round stands in addresses.
SLUGS = {FollowUpRound.FIRST: "lan-1", FollowUpRound.SECOND: "lan-2"}


@dataclass(frozen=True)
class Round:
    """A round of one project: when it is due (None without a rule) and what was answered (None until then)."""

    key: str
    label: str
    due_on: date | None
    follow_up: FollowUp | None

    @property
    def slug(self):
        return SLUGS[self.key]

    @property
    def answers(self):
        """[(indicator, words)] of what was answered."""
        rows = self.follow_up.values.select_related("indicator") if self.follow_up else ()
        return [(row.indicator, figure(row.indicator, row.value)) for row in rows]

    @property
    def is_due(self):
        return self.follow_up is None and self.due_on is not None and self.due_on <= today()

    @property
    def is_near(self):
        return self.follow_up is None and self.due_on is not None and today() < self.due_on <= today() + NEAR

    @property
    def late_days(self):
        return (today() - self.due_on).days if self.is_due else 0


def rounds_of(project, deadlines=None) -> list[Round]:
    """The rounds of a project that is accepted, else none. Reads its acceptances, follow-ups, owner and plan."""
    if project.acceptance is None:
        return []
    deadlines = deadlines or Deadlines()
    told = {row.round: row for row in project.follow_ups.all()}
    found = []
    for key in FollowUpRound:
        due = deadlines.after(key.value, project.acceptance.accepted_on, owner=project.owner, scope=project.plan.scope)
        found.append(Round(key.value, key.label, due and due[1], told.get(key.value)))
    return found


def accepted_projects(projects):
    """Projects whose work was accepted, with the day as `accepted_on`."""
    rows = projects.filter(status__in=DONE_PROJECT, acceptances__is_final=True, acceptances__voided_at=None)
    return rows.annotate(accepted_on=F("acceptances__accepted_on"))


def follow_up_rules(deadlines=None) -> list:
    """The rules of both rounds."""
    rules = (deadlines or Deadlines()).rules
    return [rule for key in FollowUpRound.values for rule in rules.get(key, [])]


def due_by(projects, day, rules):
    """Those of `accepted_projects` with a round that is due by a day and not answered; in the database."""
    # Said of all rules at once, an index finds the few that were accepted in these days.
    days = {"accepted_on__gte": min((rule.valid_from or EARLIEST for rule in rules), default=EARLIEST)}
    if lasts := [_last_event(rule, day) for rule in rules if rule.kind == DeadlineKind.AFTER]:
        days["accepted_on__lte"] = max(lasts)
    return projects.filter(is_due_by(day, rules), **days)


def is_due_by(day, rules):
    """The condition of `due_by`."""
    wanted = Q(pk__in=())
    for key in FollowUpRound.values:
        answered = FollowUp.objects.filter(project=OuterRef("pk"), round=key)
        wanted |= _due_q([rule for rule in rules if rule.key == key], day) & ~Exists(answered)
    return wanted


def _due_q(rules, day):
    """What `Deadlines.after` answers, asked of the database: the rule that goes before the others decides."""
    applications = []
    for rule in rules:
        if rule.kind != DeadlineKind.AFTER:
            continue
        rank = (rule.scope != "", rule.valid_from or EARLIEST, rule.pk)
        if rule.owner_id is None:
            applications.append(((0, *rank), rule, Q(pk__isnull=False)))
        else:
            above = Q(owner__parent__isnull=False, owner__parent=rule.owner_id)
            applications += [((2, *rank), rule, Q(owner=rule.owner_id)), ((1, *rank), rule, above)]
    due, taken = Q(pk__in=()), Q(pk__in=())
    for _rank, rule, bodies in sorted(applications, key=lambda application: application[0], reverse=True):
        applies = bodies & _validity(rule)
        due |= applies & ~taken & Q(accepted_on__lte=_last_event(rule, day))
        taken |= applies
    return due


def _validity(rule):
    valid = Q(accepted_on__isnull=False)
    if rule.valid_from:
        valid &= Q(accepted_on__gte=rule.valid_from)
    if rule.valid_to:
        valid &= Q(accepted_on__lte=rule.valid_to)
    if rule.scope:
        valid &= Q(plan__program__scope=rule.scope)
    return valid


def _last_event(rule, day):
    """The latest day of acceptance that makes an act due by a day."""
    before = day - timedelta(days=rule.days_after or 0)
    found = months_after(before, -(rule.months_after or 0))
    if day_of(before.year, before.month, 31) == before:
        # Every later day of that month leads to the same last day of this one.
        return day_of(found.year, found.month, 31)
    return found


def followed_indicators(project, day) -> list:
    """What is asked for: the indicators to follow in force on a day, the project's own, those answered before."""
    asked = Q(pk__in=project.indicators.values("indicator"))
    asked |= Q(pk__in=FollowUpValue.objects.filter(follow_up__project=project).values("indicator"))
    in_force = Indicator.objects.valid_on(day).filter(is_followed=True).values("pk")
    return list(Indicator.objects.filter(asked | Q(pk__in=in_force)))


@transaction.atomic
def record_follow_up(follow_up, *, by, values, expected_version=None):
    """Record or mend the answers of one round: `values` is {Indicator: Decimal or None}.

    Raises PermissionDenied, ValidationError, StaleVersionError.
    """
    project = locked_project(follow_up.project)
    require(permissions.can_follow_up(by, project), RECORDERS)
    if expected_version not in (None, project.version):
        raise StaleVersionError(project)
    values = {indicator: value for indicator, value in values.items() if value is not None}
    _check(follow_up, project, values)
    stored = FollowUp.objects.filter(project=project, round=follow_up.round).first()
    before = _lines(stored) if stored else []
    row = stored or FollowUp(project=project, round=follow_up.round)
    row.surveyed_on, row.is_operating, row.note = follow_up.surveyed_on, follow_up.is_operating, follow_up.note
    row.recorded_by = by
    row.full_clean()
    row.save()
    row.values.all().delete()
    for indicator, value in values.items():
        answer = FollowUpValue(follow_up=row, indicator=indicator, value=value)
        answer.full_clean()
        answer.save()
    label = f"{'Sửa' if stored else 'Ghi'} theo dõi {row.get_round_display().lower()}"
    changes = row_changes("Theo dõi", before, _lines(row))
    if changes:
        record(by, "project.follow_up", label, project, changes=changes)
    project.version += 1
    project.updated_by = by
    project.save()
    return row


def _check(follow_up, project, values):
    day, acceptance = follow_up.surveyed_on, project.acceptance
    if acceptance is None:
        raise ValidationError("Đề án chưa nghiệm thu toàn bộ: nghiệm thu rồi mới theo dõi kết quả.")
    if day > today():
        raise ValidationError({"surveyed_on": "Ngày lấy số liệu không thể ở tương lai."})
    if day < acceptance.accepted_on:
        text = f"Ngày lấy số liệu không thể trước ngày nghiệm thu {short_date(acceptance.accepted_on)}."
        raise ValidationError({"surveyed_on": text})
    if follow_up.is_operating and not values:
        raise ValidationError("Ghi ít nhất một số liệu; cơ sở không còn sử dụng kết quả thì bỏ dấu và nêu tình trạng.")
    if not follow_up.is_operating and not follow_up.note.strip():
        raise ValidationError({"note": "Nêu vì sao kết quả không còn được sử dụng."})


def _lines(row):
    state = "còn sử dụng" if row.is_operating else "không còn sử dụng"
    lines = [f"{row.get_round_display()} ngày {short_date(row.surveyed_on)}: {state}", *filter(None, [row.note])]
    rows = row.values.select_related("indicator")
    return lines + [f"{answer.indicator}: {figure(answer.indicator, answer.value)}" for answer in rows]


def figures_before(follow_up) -> dict:
    """{Indicator pk: [words]}: what was planned, done at acceptance, and answered in the other round."""
    told = {}
    project = follow_up.project
    for row in project.indicators.select_related("indicator"):
        for label, value in (("kế hoạch", row.planned), ("nghiệm thu", row.done)):
            if value is not None:
                told.setdefault(row.indicator_id, []).append(f"{label}: {figure(row.indicator, value)}")
    others = FollowUpValue.objects.filter(follow_up__project=project).exclude(follow_up__round=follow_up.round)
    for row in others.select_related("indicator", "follow_up"):
        words = f"{row.follow_up.get_round_display().lower()}: {figure(row.indicator, row.value)}"
        told.setdefault(row.indicator_id, []).append(words)
    return told
