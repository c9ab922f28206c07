"""What is due, until when and by which rule: of one project, and of everything that a person's body keeps. Reads only.

The days come from the rules (`programs.deadlines`), from the contract, the plan's decision and the demands of visits.
"""

from datetime import date
from typing import NamedTuple

from django.db.models import OuterRef, Subquery
from django.db.models.functions import JSONObject
from django.urls import reverse

from khuyencong.dates import month_label, short_date, today
from khuyencong.models import Role
from khuyencong.permissions import family_q
from khuyencong.together import JSONList, Question, day_of, together
from programs.deadlines import Deadlines, months_after
from programs.models import DECIDED_PLAN, AnnualPlan, DeadlineKey, DeadlineRule, PlanStatus, Program, Scope
from programs.permissions import PLANNERS
from projects import permissions, workflow
from projects.models import (
    Acceptance,
    Contract,
    ContractStatus,
    FollowUp,
    FollowUpRound,
    Inspection,
    ProgressReport,
    Project,
    ProjectStatus,
)
from projects.models.contracts import contract_title
from projects.services.follow_up import SLUGS, accepted_projects, due_by, follow_up_rules
from projects.services.progress_reports import REPORTED

# Not in the catalogue of rules: these days stand in the decision, and in the minutes of a visit.
PROJECT_END, DEMANDS = "project_end", "demands"
AT_WORK = (ProjectStatus.APPROVED, ProjectStatus.CONTRACTED, ProjectStatus.IN_PROGRESS)
OPEN_CONTRACT = (ContractStatus.SIGNED, ContractStatus.SETTLING, ContractStatus.SETTLED)
# Whom a deadline concerns: those who may make the act.
ROLES = {
    PROJECT_END: (Role.OFFICER, *workflow.ACCEPT_PROJECT.roles),
    DEMANDS: permissions.INSPECTORS,
    DeadlineKey.MONTHLY_REPORT: permissions.DRAFTERS,
    DeadlineKey.CONTRACT_END: permissions.CONTRACTORS,
    DeadlineKey.SETTLEMENT: workflow.SUBMIT_SETTLEMENT.roles,
    DeadlineKey.LIQUIDATION: workflow.LIQUIDATE_PROJECT.roles,
    DeadlineKey.FOLLOW_UP_FIRST: permissions.DRAFTERS,
    DeadlineKey.FOLLOW_UP_SECOND: permissions.DRAFTERS,
    DeadlineKey.REGISTER_WITH_DEPARTMENT: PLANNERS,
    DeadlineKey.REGISTER_WITH_MINISTRY: PLANNERS,
}
REGISTRATIONS = (DeadlineKey.REGISTER_WITH_DEPARTMENT, DeadlineKey.REGISTER_WITH_MINISTRY)


class Due(NamedTuple):
    """An act that is open, and its day. `uid` stays the same as long as the act does, whatever its day.

    It is made on the page of the name `page` with its `arguments`.
    """

    key: str
    label: str
    on: date
    subject: str
    uid: str
    page: str
    arguments: tuple = ()
    source: str = ""
    is_verified: bool = True

    @property
    def url(self):
        return reverse(self.page, args=self.arguments)

    @property
    def days_left(self):
        """Negative when late."""
        return (self.on - today()).days

    @property
    def clause(self):
        """Where the day comes from, with a word of doubt where nobody compared it with the text of law."""
        if self.is_verified:
            return self.source
        return f"{self.source} (chưa đối chiếu văn bản)" if self.source else "Đề xuất, chưa có văn bản"


def deadlines_of(project) -> list[Due]:
    """What is due of a project, its contract included, nearest first. A fixed number of queries."""
    deadlines = Deadlines(RULES.of(project))
    [dated] = (_days_of(row, ProjectDays) for row in DAYS.of(project))
    found = [*_at_work(dated, deadlines), *_follow_ups(dated, deadlines)]
    for contract in DAYS_OF_CONTRACT.of(project):
        found += _of_contract(_days_of(contract, ContractDays), deadlines)
    return _in_order(found)


def due_items(user, until, *, since=None) -> list[Due]:
    """What is due by a day of all that the person's body keeps and that the person's role acts on, nearest first.

    With `since`, only what is due on that day or later. A fixed number of queries, whatever the number of records.
    """
    found = dues_of_body(user, until, since=since)
    return [due for due in found if is_for(user, due) and (since or due.on) <= due.on <= until]


def dues_of_body(user, until, *, since=None, with_follow_ups=True, deadlines=None) -> list[Due]:
    """What is open of all that the person's body keeps, whoever acts on it and however far; follow-ups by that day."""
    deadlines = deadlines or Deadlines()
    projects = Project.objects.visible_to(user).filter(family_q(user))
    found = []
    for project in _values(_with_days(projects.filter(status__in=AT_WORK)), ProjectDays):
        found += _at_work(project, deadlines)
    if with_follow_ups:
        asked_again = _asked_again(projects, follow_up_rules(deadlines), until, since)
        for project in _values(_with_days(asked_again), ProjectDays):
            found += _follow_ups(project, deadlines)
    own = Contract.objects.visible_to(user).filter(family_q(user), status__in=OPEN_CONTRACT)
    for contract in _values(_with_states(own), ContractDays):
        found += _of_contract(contract, deadlines)
    return _in_order([*found, *_registrations(user, deadlines)])


def is_for(user, due) -> bool:
    """Whether the act is made by the person's role, or by that of the director whom the person stands in for."""
    roles = ROLES[due.key]
    return user.role in roles or (Role.DIRECTOR in roles and user.standing_in is not None)


def _in_order(found):
    return sorted(found, key=lambda due: (due.on, due.uid))


class Body(NamedTuple):
    """A body as rules ask for it."""

    pk: int
    parent_id: int | None


class ProjectDays(NamedTuple):
    """What the days of a project are counted from: there are thousands of them, so they are read as values.

    `months_told`, `rounds_told` are days and keys, or None; `open_demands` the visits whose demands stand.
    """

    pk: int
    code: str
    name: str
    status: str
    starts_on: date | None
    ends_on: date | None
    signed_on: date | None
    decision_on: date | None
    decision_number: str
    scope: str
    owner_id: int
    parent_id: int | None
    months_told: list | None
    rounds_told: list | None
    open_demands: list | None
    done_on: date | None

    PATHS = {
        "signed_on": "contract__signed_on", "decision_on": "plan__decision_on",
        "decision_number": "plan__decision_number", "scope": "plan__program__scope", "parent_id": "owner__parent_id",
    }  # fmt: skip
    KIND = "project"

    @property
    def title(self):
        return f"{self.code} {self.name}"


class ContractDays(NamedTuple):
    """The same of a contract; `project_states` as `_with_states` reads them."""

    pk: int
    number: str
    kind: str
    status: str
    ends_on: date
    year: int
    scope: str
    owner_id: int
    parent_id: int | None
    project_states: list | None

    PATHS = {"year": "plan__year", "scope": "plan__program__scope", "parent_id": "owner__parent_id"}
    KIND = "contract"

    @property
    def title(self):
        return contract_title(self.kind, self.number)


def _days_of(record, days):
    """The same of a record that was read with all that its days are counted from."""
    return days(*(_at(record, days.PATHS.get(name, name)) for name in days._fields))


def _at(record, path):
    """What stands at a path from a record; None where nothing is on the way."""
    for name in path.split("__"):
        record = None if record is None else getattr(record, name)
    return record


def _values(rows, days):
    """The rows as values of that kind, without a record made of each."""
    paths = (days.PATHS.get(name, name) for name in days._fields)
    return map(days._make, rows.order_by().values_list(*paths).iterator())


def _with_days(projects):
    """Projects with what their days are counted from, without the long texts of their files; one query."""
    reports = ProgressReport.objects.filter(project=OuterRef("pk")).order_by().values("project")
    answers = FollowUp.objects.filter(project=OuterRef("pk")).order_by().values("project")
    visits = Inspection.objects.filter(project=OuterRef("pk"), resolved_on=None).exclude(demands="")
    visit = JSONObject(pk="pk", number="number", visited_on="visited_on", due_on="demands_due_on")
    return (
        projects.select_related("plan__program", "owner", "contract")
        .only(
            "code", "name", "status", "starts_on", "ends_on", "owner", "contract", "contract__signed_on", "plan__year",
            "plan__decision_on", "plan__decision_number", "plan__program__scope", "owner__parent_id",
        )
        .annotate(
            months_told=Subquery(reports.annotate(all=JSONList("month")).values("all")),
            rounds_told=Subquery(answers.annotate(all=JSONList("round")).values("all")),
            open_demands=Subquery(visits.order_by().values("project").annotate(all=JSONList(visit)).values("all")),
            done_on=_day_of_acceptance("pk"),
        )
    )  # fmt: skip


def _day_of_acceptance(project):
    """When the whole project was accepted, as an expression; `project` is the path to it."""
    final = Acceptance.objects.filter(project=OuterRef(project), is_final=True, voided_at=None)
    return Subquery(final.values("accepted_on")[:1])


RULES = Question("deadline_rules", lambda _project: DeadlineRule.objects.all())
DAYS = Question("days", lambda project: _with_days(Project.objects.filter(pk=project.pk)))
DAYS_OF_CONTRACT = Question(
    "days_of_contract",
    lambda project: _with_states(
        Contract.objects.filter(pk__in=Project.objects.filter(pk=project.pk).values("contract"))
    ),
)
QUESTIONS = (RULES, DAYS, DAYS_OF_CONTRACT)


def _about(record):
    return {"owner": Body(record.owner_id, record.parent_id), "scope": record.scope}


def _due(key, label, day, record, page, *, part="", rule=None, source=""):
    uid = f"{key}-{record.KIND}-{record.pk}" + (f"-{part}" if part else "")
    page, *more = page if isinstance(page, tuple) else (page,)
    return Due(
        key, label, day, record.title, uid, page, (record.pk, *more), rule.legal_source if rule else source,
        rule.is_verified if rule else True,
    )  # fmt: skip


# One project


def _at_work(project, deadlines):
    found = []
    if project.status in AT_WORK and project.ends_on:
        decided, page = f"Quyết định {project.decision_number}", "projects:acceptances"
        found.append(_due(PROJECT_END, "Hoàn thành đề án", project.ends_on, project, page, source=decided))
    if project.status in REPORTED:
        found += _monthly_report(project, deadlines)
    for visit in project.open_demands or ():
        label = f"Khắc phục yêu cầu kiểm tra ngày {short_date(day_of(visit['visited_on']))}"
        source = f"Biên bản kiểm tra {visit['number']}".strip()
        day, part = day_of(visit["due_on"]), str(visit["pk"])
        found.append(_due(DEMANDS, label, day, project, "projects:progress", part=part, source=source))
    return found


def _monthly_report(project, deadlines):
    """The first month without a report since the work is under contract and was to begin; not one of which the day
    was over by then."""
    bound_on = project.signed_on or project.decision_on
    since = max(bound_on, project.starts_on or bound_on)
    told = {day_of(month) for month in project.months_told or ()}
    month = since.replace(day=1)
    last = months_after(max([today().replace(day=1), *told]), 1)
    while month <= last:
        found = deadlines.of_month(DeadlineKey.MONTHLY_REPORT, month, **_about(project))
        if found and month not in told and found[1] >= since:
            label = f"Báo cáo tiến độ {month_label(month)}"
            key, page, part = DeadlineKey.MONTHLY_REPORT, "projects:progress", f"{month:%Y-%m}"
            return [_due(key, label, found[1], project, page, part=part, rule=found[0])]
        month = months_after(month, 1)
    return []


def _follow_ups(project, deadlines):
    """The rounds that nobody answered yet."""
    if project.done_on is None:
        return []
    found = []
    for round_key in set(FollowUpRound) - set(project.rounds_told or ()):
        given = deadlines.after(round_key, project.done_on, **_about(project))
        if given:
            key, page = DeadlineKey(round_key), ("projects:follow_up", SLUGS[round_key])
            found.append(_due(key, key.label, given[1], project, page, rule=given[0]))
    return found


def _asked_again(projects, rules, until, since):
    """Accepted projects with a round that is open by a day; with `since`, not those whose last round lies before."""
    accepted = accepted_projects(projects)
    if since and rules:
        longest = max((rule.months_after or 0) for rule in rules)
        spare = max((rule.days_after or 0) for rule in rules)
        accepted = accepted.filter(accepted_on__gte=months_after(since, -longest - spare // 28 - 1))
    return due_by(accepted, until, rules)


# One contract


def _with_states(contracts):
    """Contracts with the states of their projects and the days on which these were accepted; one query."""
    projects = Project.objects.filter(contract=OuterRef("pk")).order_by()
    state = JSONObject(status="status", done_on=_day_of_acceptance("pk"))
    states = projects.values("contract").annotate(all=JSONList(state)).values("all")
    rows = contracts.select_related("plan__program", "owner").defer("note", "search_key")
    return rows.annotate(project_states=Subquery(states))


def _of_contract(contract, deadlines):
    about = _about(contract)
    states = contract.project_states or ()
    at_work = [state for state in states if state["status"] in AT_WORK]
    accepted = [day_of(state["done_on"]) for state in states if state["done_on"]]
    page, accounts = "projects:contract_detail", "projects:settlement_detail"
    found = []
    if contract.status == ContractStatus.SIGNED and at_work:
        found.append((deadlines.after(DeadlineKey.CONTRACT_END, contract.ends_on, **about), page))
    if contract.status == ContractStatus.SIGNED and accepted and not at_work:
        found.append((deadlines.after(DeadlineKey.SETTLEMENT, max(accepted), **about), accounts))
    if contract.status in OPEN_CONTRACT:
        # Of work that was put off to a later year, that year counts.
        year = max(contract.year, contract.ends_on.year)
        found.append((deadlines.of_year(DeadlineKey.LIQUIDATION, year, **about), accounts))
    return [_of_rule(*given, contract, page) for given, page in found if given]


def _of_rule(rule, day, contract, page):
    key = DeadlineKey(rule.key)
    return _due(key, key.label, day, contract, page, rule=rule)


# The year


def _registrations(user, deadlines):
    """The coming registrations of plans under a national programme that nobody of the person's body has put up yet."""
    found = []
    for year in _years_to_register(user):
        for key in REGISTRATIONS:
            given = deadlines.of_year(key, year, owner=user.organisation, scope=Scope.NATIONAL)
            if given and given[1] >= today():
                rule, day = given
                label = f"{DeadlineKey(key).label} năm {year}"
                uid, page = f"{key}-{year}", "projects:plan_list"
                found.append(Due(key, label, day, "", uid, page, (), rule.legal_source, rule.is_verified))
    return found


def _years_to_register(user):
    """Years from this one on that a national programme covers and that have no plan put up, in order."""
    coming = range(today().year, today().year + 3)
    programs = Program.objects.filter(family_q(user), scope=Scope.NATIONAL)
    plans = AnnualPlan.objects.filter(family_q(user), program__scope=Scope.NATIONAL, year__in=coming)
    found = together({
        "programs": (programs, {"first": "period_start", "last": "period_end"}),
        "put_up": (plans.filter(status__in=(PlanStatus.SUBMITTED, *DECIDED_PLAN)), {"year": "year"}),
    })  # fmt: skip
    put_up = {plan.year for plan in found["put_up"]}
    covered = {year for year in coming for program in found["programs"] if program.first <= year <= program.last}
    return sorted(covered - put_up)
