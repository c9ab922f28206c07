"""When an act is due by the rules: which row of `DeadlineRule` counts, and the day that it gives. No projects here."""

from calendar import monthrange
from datetime import date, timedelta

from programs.models import DeadlineKind, DeadlineRule

EARLIEST = date.min


def months_after(day, months) -> date:
    """The same day some months later, or earlier when negative; the last of a month that is too short."""
    years, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return day_of(years, month + 1, day.day)


def day_of(year, month, day) -> date:
    """A day of a month; of a month that is too short its last."""
    return date(year, month, min(day, monthrange(year, month)[1]))


class Deadlines:
    """Every rule, read once (or `rules` that a page read already); asked for one row at a time without another query.

    A body's own rule goes before that of the body above it, and both before the general one; then the rule of just
    this scope before that of both, then the one that came into force last.
    """

    def __init__(self, rules=None):
        # Hundreds of contracts end on the same days of the same years.
        self.rules, self._answered = {}, {}
        for rule in DeadlineRule.objects.all() if rules is None else rules:
            self.rules.setdefault(rule.key, []).append(rule)

    def after(self, key, event, *, owner, scope):
        """(rule, day) of an act that is due some time after an event: the rule valid on the day of the event."""
        return self._once(
            owner, (DeadlineKind.AFTER, key, scope, event), lambda rule: (event, after_event(rule, event))
        )

    def of_month(self, key, month, *, owner, scope):
        """(rule, day) of an act of each month, `month` being its first day, on which the rule must be valid."""
        return self._once(
            owner,
            (DeadlineKind.MONTHLY, key, scope, month),
            lambda rule: (month, day_of(month.year, month.month, rule.day)),
        )

    def of_year(self, key, year, *, owner, scope):
        """(rule, day) of an act of a plan year: the rule valid on its own day, else the one before the change."""

        def on_its_day(rule):
            day = day_of(year + rule.year_offset, rule.month, rule.day)
            return day, day

        def when_the_year_began(rule):
            day = day_of(year + rule.year_offset, rule.month, rule.day)
            return date(day.year, 1, 1), day

        return self._once(owner, (DeadlineKind.YEARLY, key, scope, year), on_its_day, when_the_year_began)

    def _once(self, owner, asked, *ways):
        """What the first of the `ways` to count days finds that finds anything."""
        question = owner.pk, *asked
        if question not in self._answered:
            kind, key, scope, _when = asked
            found = (self._first(owner, kind, key, scope, days) for days in ways)
            self._answered[question] = next(filter(None, found), None)
        return self._answered[question]

    def _first(self, owner, kind, key, scope, days):
        """The rule that goes before the others among those valid on the first of `days(rule)`, with the second."""
        bodies = [None, owner.parent_id, owner.pk]
        best, found = None, None
        for rule in self.rules.get(key, []):
            if rule.kind != kind or rule.owner_id not in bodies or rule.scope not in ("", scope):
                continue
            valid_on, due_on = days(rule)
            if not (rule.valid_from or valid_on) <= valid_on <= (rule.valid_to or valid_on):
                continue
            rank = (bodies.index(rule.owner_id), rule.scope != "", rule.valid_from or EARLIEST, rule.pk)
            if best is None or rank > best:
                best, found = rank, (rule, due_on)
        return found


def after_event(rule, event) -> date:
    """Months are counted by the calendar, then days."""
    return months_after(event, rule.months_after or 0) + timedelta(days=rule.days_after or 0)
