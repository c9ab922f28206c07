"""Support held against the norm in force, and the written reasons for going over it (invariant I4). Whole đồng."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Sum
from django.db.models.functions import Coalesce
from django.utils import timezone

from khuyencong.audit import record
from khuyencong.models import Role
from khuyencong.money import format_vnd
from khuyencong.templatetags.vietnamese import quantity
from khuyencong.together import Question
from programs.models import Norm, NormBasis, Scope, SourceCategory
from projects import permissions
from projects.models import EDITABLE_PROJECT, Beneficiary, FundingLine, NormException, ProjectStatus
from projects.questions import FUNDING, SHARES, SUPPORTED
from projects.services.locking import locked_project

DECIDERS = (Role.REVIEWER, Role.DIRECTOR)
SCOPES = {Scope.NATIONAL: SourceCategory.NATIONAL, Scope.LOCAL: SourceCategory.LOCAL}
WITHIN, OVER, ALLOWED, NO_FIXED, NO_NORM = "within", "over", "allowed", "no_fixed", "no_norm"
HOW_TO_MEND = "giảm số thẩm định, hoặc nêu lý do vượt mức ở trang “Điều kiện, mức hỗ trợ” của đề án"


@dataclass
class Money:
    """What a project asks for now: {category: đồng} as a whole, and per facility (key, name, {category: đồng})."""

    lines: dict = field(default_factory=dict)
    facilities: list = field(default_factory=list)

    def asked(self, category):
        return self.lines.get(category) or sum(amounts.get(category, 0) for _pk, _name, amounts in self.facilities)

    @property
    def cost(self):
        return sum(self.lines.values()) or sum(sum(amounts.values()) for _pk, _name, amounts in self.facilities)


@dataclass(frozen=True)
class NormFinding:
    """One norm held against one facility or the whole project. `ceiling` is None where no figure can be told."""

    state: str
    text: str
    scope: str
    support: int
    norm: Norm | None = None
    ceiling: int | None = None
    bites: str = ""
    subject: str = ""
    beneficiary_id: int | None = None
    exception: NormException | None = None
    reminders: tuple = ()

    @property
    def over(self) -> int:
        """By how much the support exceeds the ceiling, 0 when it does not."""
        return 0 if self.ceiling is None else max(self.support - self.ceiling, 0)

    @property
    def is_verified(self) -> bool:
        return self.norm is not None and self.norm.is_verified

    @property
    def is_refused(self) -> bool:
        """Over a verified norm without anybody's reason: no appraisal, no approval."""
        return self.state == OVER and self.is_verified

    @property
    def source_label(self):
        return Scope(self.scope).label

    @property
    def notes(self):
        """What the reader should know of the norm itself."""
        if self.norm is None:
            return []
        unverified = "" if self.norm.is_verified else "Mức này chưa đối chiếu văn bản: cổng chỉ nhắc, không từ chối."
        return [text for text in (unverified, self.norm.note) if text]


def norm_day(plan) -> date:
    """The day whose norms count: that of the decision; until then today, but never after the plan's own year."""
    if plan.is_approved and plan.decision_on:
        return plan.decision_on
    return min(timezone.localdate(), date(plan.year, 12, 31))


def norms_on(day):
    return Norm.objects.valid_on(day).select_related("content")


# Those that count for a plan.
NORMS = Question("norms", lambda plan: norms_on(norm_day(plan)), keys=None)


class NormBook:
    """The norms valid on a day (`norms_on`), read at once for any number of projects."""

    def __init__(self, norms):
        self.by_content = defaultdict(list)
        for norm in norms:
            self.by_content[norm.content_id, norm.scope].append(norm)
        # Lines of a plan are of few contents and of one body: chosen once for each.
        self.chosen = {}

    def norms_for(self, project, scope):
        """Those of the kind of activity, else of its content of Điều 4; a province's or body's own go first."""
        content = project.content
        for key in (content.pk, content.parent_id):
            if key and (found := self._nearest(key, scope, project)):
                return found
        return []

    def counts_facilities(self, project):
        """Whether what each facility receives has to be read: where a norm counts so; always for one read alone."""
        if project.content is None or not hasattr(project, "total_amount"):
            return True
        paid = [scope for scope, category in SCOPES.items() if getattr(project, f"{category.value}_amount")]
        return any(norm.basis == NormBasis.FACILITY for scope in paid for norm in self.norms_for(project, scope))

    def reminders_for(self, project, scope):
        """What is said of every content, where a content has no norm of its own."""
        return self._nearest(None, scope, project)

    def _nearest(self, content, scope, project):
        question = content, scope, project.owner_id, project.province_id
        if question not in self.chosen:
            self.chosen[question] = self._choose(self.by_content[content, scope], project)
        return self.chosen[question]

    @staticmethod
    def _choose(norms, project):
        bodies = (project.owner_id, project.owner.parent_id)
        usable = [
            norm
            for norm in norms
            if norm.province_id in (None, project.province_id) and (norm.owner_id is None or norm.owner_id in bodies)
        ]
        own = [norm for norm in usable if norm.owner_id or norm.province_id]
        chosen = own or usable
        newest = max((norm.valid_from or date.min for norm in chosen), default=None)
        return [norm for norm in chosen if (norm.valid_from or date.min) == newest]


def ceiling_of(norm, *, cost, count=1, is_priority=False) -> tuple[int | None, str]:
    """(min(rate × cost, cap × count × multiplier), which of the two bites: “rate” or “cap”); (None, "") without both.

    Exact, rounded down to the đồng. The multiplier raises the amount only; a rate of something else than the cost
    (`rate_of`) is not reckoned.
    """
    limits = []
    if norm.rate_percent is not None and not norm.rate_of:
        limits.append((cost * int(norm.rate_percent * 100) // 10_000, "rate"))
    if norm.cap_amount is not None:
        limits.append((_cap(norm, is_priority) * count, "cap"))
    return min(limits) if limits else (None, "")


def _cap(norm, is_priority):
    if is_priority and norm.priority_multiplier:
        return norm.cap_amount * int(norm.priority_multiplier * 100) // 100
    return norm.cap_amount


def norm_findings(project, *, on=None) -> list[NormFinding]:
    """Every norm that bears on the project, per facility where it counts per facility; current amounts.

    `on` is the day whose norms count, by default `norm_day` of the plan.
    """
    book, money = NormBook(norms_on(on) if on else NORMS.of(project.plan)), money_of(project)
    found = _hold(project, money, book, ())
    return _hold(project, money, book, EXCEPTIONS.of(project)) if any(row.state == OVER for row in found) else found


def findings_of(projects, *, on=None) -> dict[int, list[NormFinding]]:
    """{project pk: findings} of projects of one plan, in a constant number of queries."""
    if not projects:
        return {}
    book = NormBook(norms_on(on) if on else NORMS.of(projects[0].plan))
    money = _money_of(projects, shared=[row for row in projects if book.counts_facilities(row)])
    found = {row.pk: _hold(row, money[row.pk], book, ()) for row in projects}
    over = [row for row in projects if any(finding.state == OVER for finding in found[row.pk])]
    # Most plans stay within their norms: reasons are read for those that do not.
    reasons = defaultdict(list)
    for exception in exceptions_in_force(over) if over else ():
        reasons[exception.project_id].append(exception)
    return found | {row.pk: _hold(row, money[row.pk], book, reasons[row.pk]) for row in over}


def typed_findings(project, money, *, on=None) -> list[NormFinding]:
    """The findings for money that is being typed and not saved, or that stood there on an earlier day."""
    return _hold(project, money, NormBook(norms_on(on) if on else NORMS.of(project.plan)), EXCEPTIONS.of(project))


def exceptions_in_force(projects):
    rows = NormException.objects.filter(project__in=projects, withdrawn_at=None)
    return rows.select_related("norm", "decided_by", "beneficiary__facility")


EXCEPTIONS = Question("norm_exceptions", lambda project: exceptions_in_force([project]))


def over_norm_words(findings) -> str:
    """What stands above its norm, with the reason, for the plan's sheet and prints; "" when nothing does."""
    told = []
    for finding in findings:
        if finding.state in (OVER, ALLOWED):
            whose = f"{finding.subject}: " if finding.subject else ""
            reason = f". Lý do: {finding.exception.reason}" if finding.exception else ""
            told.append(f"{whose}{finding.text}{reason}")
    return "; ".join(told)


def money_of(project) -> Money:
    """Of one project, with its facilities: what its page has read already where it has."""
    money, facilities = Money(), {}
    for line in FUNDING.of(project):
        _add_to(money.lines, line)
    for row in sorted(SUPPORTED.of(project), key=lambda row: row.pk):
        facilities[row.pk] = {}
        money.facilities.append((row.pk, row.facility.name, facilities[row.pk]))
    for share in SHARES.of(project) if facilities else ():
        if share.beneficiary_id in facilities:
            _add_to(facilities[share.beneficiary_id], share)
    return money


def _add_to(sums, row):
    category = row.source.category
    sums[category] = sums.get(category, 0) + row.current_amount


def _money_of(projects, *, shared):
    """{project pk: Money}; facilities of the projects `shared` only."""
    money = {project.pk: Money() for project in projects}
    stages = ("approved_amount", "appraised_amount", "requested_amount")
    summed = [project for project in projects if hasattr(project, "total_amount")]
    for project in summed:
        amounts = {category: getattr(project, f"{category.value}_amount") for category in SourceCategory}
        money[project.pk].lines = {category: amount for category, amount in amounts.items() if amount}
    if len(summed) < len(projects):
        lines = FundingLine.objects.filter(project__in=money).order_by().values_list("project", "source__category")
        for pk, category, amount in lines.annotate(sum=Sum(Coalesce(*stages))):
            money[pk].lines[category] = amount
    if not shared:
        return money
    shares = Beneficiary.objects.filter(project__in=shared, withdrawn_by=None).order_by("pk")
    names = ("project", "pk", "facility__name", "amounts__source__category")
    rows = shares.values_list(*names).annotate(sum=Sum(Coalesce(*(f"amounts__{stage}" for stage in stages))))
    facilities = {}
    for project, pk, name, category, amount in rows:
        if pk not in facilities:
            facilities[pk] = {}
            money[project].facilities.append((pk, name, facilities[pk]))
        if category:
            facilities[pk][category] = amount
    return money


def _hold(project, money, book, exceptions):
    found = []
    for scope, category in SCOPES.items():
        if not (support := money.asked(category)):
            continue
        if project.content is None:
            found.append(NormFinding(NO_NORM, "Chọn nội dung hoạt động để tra mức hỗ trợ.", scope, support))
            continue
        norms = book.norms_for(project, scope)
        if not norms:
            found.append(_no_norm(project, scope, support, book))
        for norm in norms:
            found += _hold_norm(project, money, norm, scope, category, exceptions)
    return found


def _no_norm(project, scope, support, book):
    text = (
        f"Chưa có mức hỗ trợ tối đa của nguồn khuyến công {Scope(scope).label.lower()} cho "
        f"“{project.content}” trong danh mục; người thẩm định đối chiếu quy định."
    )
    reminders = tuple(f"{norm.name} ({norm.legal_source})" for norm in book.reminders_for(project, scope))
    return NormFinding(NO_NORM, text, scope, support, reminders=reminders)


def _hold_norm(project, money, norm, scope, category, exceptions):
    """Per facility where the norm counts so and shares are given; else once for the project."""
    shared = [row for row in money.facilities if row[2].get(category)]
    if norm.basis == NormBasis.FACILITY and shared:
        return [
            _finding(project, norm, scope, amounts[category], sum(amounts.values()), 1, exceptions, pk, name)
            for pk, name, amounts in shared
        ]
    count = 1
    if norm.basis == NormBasis.FACILITY:
        count = project.norm_quantity or len(money.facilities) or 1
    elif norm.basis == NormBasis.QUANTITY:
        count = project.norm_quantity or 1
    return [_finding(project, norm, scope, money.asked(category), money.cost, count, exceptions)]


def _finding(project, norm, scope, support, cost, count, exceptions, beneficiary_id=None, subject=""):
    ceiling, bites = ceiling_of(norm, cost=cost, count=count, is_priority=project.is_priority)
    covering = (row for row in exceptions if _covers(row, norm, beneficiary_id, support))
    exception = next(covering, None)
    state = NO_FIXED if ceiling is None else WITHIN
    if ceiling is not None and support > ceiling:
        state = ALLOWED if exception else OVER
    text = _words(norm, state, support, ceiling, _level_words(norm, bites, ceiling, cost, count, project.is_priority))
    return NormFinding(
        state, text, scope, support, norm=norm, ceiling=ceiling, bites=bites, subject=subject,
        beneficiary_id=beneficiary_id, exception=exception if state == ALLOWED else None,
    )  # fmt: skip


def _covers(row, norm, beneficiary_id, support):
    # A reason given for a facility that the file has dropped since covers nothing.
    same_subject = row.beneficiary_id == beneficiary_id and bool(row.facility_name) == (beneficiary_id is not None)
    return row.norm_id == norm.pk and same_subject and support <= row.support_amount


def clause_of(norm) -> str:
    """The clause and text of a norm without how it was read, e.g. “Thông tư 28/2018/TT-BTC Điều 8 khoản 4”."""
    return norm.legal_source.partition(" (")[0] or norm.name


def _words(norm, state, support, ceiling, level):
    if state == NO_FIXED:
        return f"Không có mức cố định: {_open_rule(norm)} ({clause_of(norm)})."
    if state == WITHIN:
        return f"Trong mức tối đa {level} ({clause_of(norm)})."
    return f"Vượt {format_vnd(support - ceiling)} đ so với mức tối đa {level} ({clause_of(norm)})"


def _open_rule(norm):
    if norm.rate_percent is not None:
        return f"không quá {quantity(norm.rate_percent)}% {norm.rate_of}; người thẩm định đối chiếu"
    return norm.per_unit or "người thẩm định đối chiếu quy định"


def _level_words(norm, bites, ceiling, cost, count, is_priority):
    """“300.000.000 đ/cơ sở”, “100.000.000 đ/mô hình × 3 = 300.000.000 đ”, “50% của 690.000.000 đ = 345.000.000 đ”."""
    if ceiling is None:
        return ""
    if bites == "rate":
        return f"{quantity(norm.rate_percent)}% của {format_vnd(cost)} đ = {format_vnd(ceiling)} đ"
    unit = "" if norm.basis == NormBasis.PROJECT or not norm.per_unit else f"/{norm.per_unit}"
    words = f"{format_vnd(_cap(norm, is_priority))} đ{unit}"
    if _cap(norm, is_priority) != norm.cap_amount:
        words += f" ({format_vnd(norm.cap_amount)} đ × {quantity(norm.priority_multiplier)} ưu tiên)"
    return words if count == 1 else f"{words} × {count} = {format_vnd(ceiling)} đ"


def refuse_over_norm(projects, *, on=None):
    """Raise ValidationError where a verified norm is exceeded without a reason that covers it."""
    refused = []
    findings = findings_of(projects, on=on)
    for project in projects:
        for finding in findings[project.pk]:
            if finding.is_refused:
                whose = ", ".join(filter(None, [project.code, finding.subject]))
                refused.append(f"{whose}: {finding.text}; {HOW_TO_MEND}.")
    if refused:
        raise ValidationError(refused)


def exception_refusal(user, project) -> str | None:
    """Why a person may not let a project go over a norm: reviewers and directors may, never its own author."""
    if user.role not in DECIDERS:
        return "Chỉ người thẩm định hoặc Giám đốc Sở được cho vượt mức hỗ trợ."
    if refusal := permissions.author_refusal(user, project):
        return refusal
    if project.status in (*EDITABLE_PROJECT, ProjectStatus.REJECTED):
        return "Chỉ cho vượt mức khi đề án đã trình."
    return None


@transaction.atomic
def allow_over_norm(project, norm, beneficiary=None, *, by, reason, on=None):
    """Let the project, or one facility of it, go over a norm up to the support asked for now, with a written reason.

    Raises PermissionDenied; ValidationError when nothing exceeds the norm, or there is no reason.
    """
    project = locked_project(project)
    if refusal := exception_refusal(by, project):
        raise PermissionDenied(refusal)
    if not reason.strip():
        raise ValidationError({"reason": "Nêu lý do vượt mức hỗ trợ."})
    key = beneficiary.pk if beneficiary else None
    findings = [row for row in norm_findings(project, on=on) if row.norm == norm and row.beneficiary_id == key]
    finding = next((row for row in findings if row.state == OVER), None)
    if finding is None:
        raise ValidationError("Mức hỗ trợ này không bị vượt, hoặc đã được cho vượt; tải lại trang để xem.")
    row = NormException(
        project=project, norm=norm, beneficiary=beneficiary, facility_name=finding.subject,
        support_amount=finding.support, ceiling_amount=finding.ceiling, reason=reason.strip(), decided_by=by,
    )  # fmt: skip
    row.full_clean()
    row.save()
    changes = [(norm.name, f"{format_vnd(finding.ceiling)} đ", f"{format_vnd(finding.support)} đ")]
    if finding.subject:
        changes.append(("Cơ sở", "", finding.subject))
    record(by, "project.allow_over_norm", "Cho vượt mức hỗ trợ", project, reason=reason, changes=changes)
    return row


@transaction.atomic
def withdraw_over_norm(exception, *, by, reason):
    """Take the permission back; it stays readable. Raises PermissionDenied, ValidationError."""
    project = locked_project(exception.project)
    exception = NormException.objects.select_for_update(of=("self",)).select_related("norm").get(pk=exception.pk)
    if refusal := exception_refusal(by, project):
        raise PermissionDenied(refusal)
    if not reason.strip():
        raise ValidationError({"reason": "Nêu lý do thôi cho vượt mức."})
    if exception.withdrawn_at:
        raise ValidationError("Việc cho vượt mức này đã được thôi trước đó.")
    exception.withdrawn_at, exception.withdrawn_by = timezone.now(), by
    exception.save()
    changes = [(exception.norm.name, f"{format_vnd(exception.support_amount)} đ", "")]
    record(by, "project.withdraw_over_norm", "Thôi cho vượt mức hỗ trợ", project, reason=reason, changes=changes)
    return exception
