"""Which projects a report is about, over which days, as known at the end of which day."""

import calendar
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from functools import cached_property

from django.db.models import Q
from django.utils import timezone

from khuyencong.dates import today
from khuyencong.models import AdministrativeUnit, Division, User
from khuyencong.units import units_within
from programs.models import Program, Scope, SourceCategory
from projects.models import Project
from reports.evaluation.formerly import NOTHING_CHANGED, Formerly, formerly, moved_into
from reports.models import Basis, Evaluation


@dataclass(frozen=True)
class Selection:
    """`until`: what was decided, accepted, paid later does not count, even when it concerns the period."""

    user: User
    programs: tuple[Program, ...]
    starts_on: date
    ends_on: date
    basis: Basis
    until: date
    scope: str = ""
    place: AdministrativeUnit | None = None
    division: Division = Division.NEW

    @classmethod
    def of(cls, evaluation: Evaluation, user: User) -> "Selection":
        """What a report counts, of the projects that the person may see."""
        return cls(
            user=user,
            programs=(evaluation.program, *evaluation.counted_with.all()),
            starts_on=evaluation.starts_on,
            ends_on=evaluation.ends_on,
            basis=Basis(evaluation.basis),
            until=evaluation.until or today(),
            scope=evaluation.scope,
            place=evaluation.place,
            division=Division(evaluation.division),
        )

    @property
    def by_plan_year(self) -> bool:
        return self.basis == Basis.PLAN_YEAR

    @property
    def years(self) -> range:
        return range(self.starts_on.year, self.ends_on.year + 1)

    @property
    def is_of_the_past(self) -> bool:
        """Figures of an earlier day are read from history, those of today from the records themselves."""
        return self.until < today()

    @cached_property
    def formerly(self) -> Formerly:
        """What was something else at the end of its last day; asked once."""
        return formerly(self.until, end_of(self.until)) if self.is_of_the_past else NOTHING_CHANGED

    def before(self) -> "Selection | None":
        """The same stretch of time just before, with the programmes of then; None when no programme reaches there.

        Of whole years as many years earlier, of other days a year or more earlier, as known after as much time.
        """
        years = self.ends_on.year - self.starts_on.year + 1
        first, last = _earlier(self.starts_on, years), _earlier(self.ends_on, years)
        programs = Program.objects.visible_to(self.user).filter(
            owner__in={program.owner_id for program in self.programs},
            scope__in={program.scope for program in self.programs},
            period_start__lte=last.year,
            period_end__gte=first.year,
        )
        found = tuple(programs)
        until = _earlier(self.until, years) if self.until <= self.ends_on else self.until
        return replace(self, programs=found, starts_on=first, ends_on=last, until=until) if found else None

    def since_start(self) -> "Selection":
        """From the first year of the programme that the report is about to the end of the period."""
        return replace(self, starts_on=min(date(self.programs[0].period_start, 1, 1), self.starts_on))

    def projects(self):
        """Every project of these programmes that may come into question, whatever its state and year."""
        projects = Project.objects.visible_to(self.user).filter(plan__program__in=self.programs).order_by()
        if self.scope:
            projects = projects.filter(_of_scope(self.scope))
        return self._in_place(projects) if self.place else projects

    def _in_place(self, projects):
        lies = Q(pk__in=Project.objects.in_place(self.place).order_by().values("pk"))
        moved, inside = moved_into(self.formerly, lambda: set(units_within(self.place).values_list("pk", flat=True)))
        return projects.filter(lies & ~Q(pk__in=moved) | Q(pk__in=inside)) if moved else projects.in_place(self.place)


def end_of(day):
    """The first moment that no longer belongs to a day."""
    return timezone.make_aware(datetime.combine(day + timedelta(days=1), time.min))


def _earlier(day, years):
    """29 February becomes the 28th in a year that has none."""
    leap = day.month == 2 and day.day == 29 and not calendar.isleap(day.year - years)
    return day.replace(year=day.year - years, day=28 if leap else day.day)


def _of_scope(scope):
    """A project is national when national money goes into it (Thông tư 36/2013/TT-BCT, Điều 2), else local."""
    national = Q(pk__in=Project.objects.with_source(SourceCategory.NATIONAL).order_by().values("pk"))
    return national if scope == Scope.NATIONAL else ~national
