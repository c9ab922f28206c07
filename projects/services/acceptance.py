"""Accept the work: minutes 5a, 5b, 5c of a whole project or place by place, and their reopening."""

from collections import defaultdict
from dataclasses import dataclass, field, replace

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Sum
from django.utils import timezone

from khuyencong.audit import money_change, record
from khuyencong.dates import month_label, short_date, today
from khuyencong.documents.numbers import symbol_of, take_number
from khuyencong.models import OrganisationKind
from khuyencong.money import vnd
from khuyencong.permissions import require
from khuyencong.templatetags.vietnamese import quantity
from khuyencong.together import Question, read_together
from khuyencong.versions import StaleVersionError
from programs.models import PaperStep
from projects import workflow
from projects.models import (
    Acceptance,
    AcceptanceAmount,
    AcceptanceForm,
    AcceptanceResult,
    AcceptanceWork,
    Disbursement,
    DisbursementKind,
    ProjectStatus,
    SettlementStatus,
)
from projects.questions import ACCEPTANCES, COST_ITEMS, FUNDING, INDICATORS, SUPPORTED, WORKS
from projects.services.indicators import keep_done
from projects.services.locking import locked_project
from projects.services.papers import require_papers

FORM_SOURCE = "Thông tư 36/2013/TT-BCT, Điều 14, Điều 19"
OWN_MONEY_SOURCE = "TTLT 26/2014/TTLT-BTC-BCT, Điều 8 khoản 3"


@dataclass(frozen=True)
class FormRule:
    """Which forms the minutes may have, the first by default, and why."""

    forms: tuple
    why: str

    @property
    def default(self):
        return self.forms[0]


def form_rule(project, *, organiser=None, beneficiary=None) -> FormRule:
    """5c when a body of the Ministry accepts, else 5b with the implementer's invoice and 5a without it."""
    if organiser and organiser.kind == OrganisationKind.MINISTRY_DEPT:
        return FormRule((AcceptanceForm.AGENCY,), f"{organiser} chủ trì nghiệm thu: mẫu 5c ({FORM_SOURCE}).")
    contract = project.contract
    if contract and contract.issues_invoice:
        return FormRule((AcceptanceForm.WHOLE,), f"{contract} có hóa đơn của bên B: mẫu 5b ({FORM_SOURCE}).")
    if contract:
        return FormRule((AcceptanceForm.SITE,), f"{contract} không có hóa đơn của bên B: mẫu 5a ({FORM_SOURCE}).")
    if beneficiary:
        return FormRule((AcceptanceForm.SITE,), f"Nghiệm thu từng địa điểm: mẫu 5a ({FORM_SOURCE}).")
    forms = (AcceptanceForm.WHOLE, AcceptanceForm.SITE)
    return FormRule(forms, f"Chưa có hợp đồng trong cổng: mẫu 5b, hoặc 5a khi không có hóa đơn ({FORM_SOURCE}).")


def counting(project):
    """The minutes that count: in force, and not of a result that failed."""
    return project.acceptances.in_force().exclude(result=AcceptanceResult.FAIL)


def counting_rows(project) -> list:
    """The same as rows, by their day, without asking where the page has read them."""
    return [
        row for row in ACCEPTANCES.of(project) if row.voided_at is None and row.result != AcceptanceResult.FAIL
    ]  # fmt: skip


def accepted_so_far(project) -> dict:
    """{FundingSource pk: đồng} over the minutes that count."""
    return sums_by_source(AMOUNTS.of(project))


def sums_by_source(amounts) -> dict:
    sums = defaultdict(int)
    for row in amounts:
        sums[row.source_id] += row.amount
    return dict(sums)


# Over the minutes that count.
AMOUNTS = Question(
    "accepted_amounts",
    lambda project: AcceptanceAmount.objects.filter(acceptance__in=counting(project)).select_related("acceptance"),
)


def read_left(project):
    """One statement for what is left to accept and what the form is filled with; for pages alone."""
    read_together(project, SUPPORTED, FUNDING, COST_ITEMS, INDICATORS, ACCEPTANCES, WORKS, AMOUNTS)


def places_left(project, *, besides=None) -> list:
    """The facilities that no minutes in force have accepted, but for one."""
    rows = project.beneficiaries.filter(withdrawn_by=None).select_related("facility")
    if besides:
        rows = rows.exclude(pk=besides.pk)
    return list(rows.exclude(pk__in=counting(project).exclude(beneficiary=None).values("beneficiary")))


@transaction.atomic
def accept(acceptance, *, by, members, works=(), amounts, indicators=None, expected_version=None):
    """Record minutes of a project or of one of its places; the last of them accepts the project.

    `acceptance` is unsaved; without a `form` the rule chooses it, without a `number` it gets the next of the series
    of whoever chairs. `members` and `works` are unsaved rows, `amounts`
    {FundingSource pk: đồng}, `indicators` unsaved ProjectIndicator rows with what was done. A result that failed is
    kept, but neither counts nor accepts. Raises PermissionDenied, ValidationError, StaleVersionError.
    """
    project = _project_to_accept(acceptance.project, by=by, expected_version=expected_version)
    acceptance.project, acceptance.recorded_by = project, by
    if acceptance.result == AcceptanceResult.FAIL:
        acceptance.is_final, amounts = False, {}
    else:
        require_papers(project, PaperStep.ACCEPTANCE)
    _check_form(acceptance)
    _check_members(members)
    _check_dates(acceptance)
    _check_hours(acceptance)
    _check_places(acceptance)
    _check_works(acceptance, works)
    amounts = {key: amount for key, amount in amounts.items() if amount}
    _check_amounts(acceptance, amounts)
    return _recorded(acceptance, by=by, members=members, works=works, amounts=amounts, indicators=indicators)


@transaction.atomic
def accept_project(project, *, by, number, accepted_on, conclusion="", amounts=None):
    """Record minutes of which only number, day and sums are told, for files of the past; sums default to approved.

    Raises PermissionDenied, ValidationError.
    """
    project = _project_to_accept(project, by=by)
    acceptance = Acceptance(
        project=project, number=number, accepted_on=accepted_on, conclusion=conclusion, recorded_by=by
    )
    acceptance.form = form_rule(project).default
    _check_dates(acceptance)
    given = {line.source_id: line.approved_amount for line in project.funding_lines.all()} | (amounts or {})
    given = {key: amount for key, amount in given.items() if amount}
    _check_amounts(acceptance, given)
    _recorded(acceptance, by=by, amounts=given)
    return project


def _project_to_accept(project, *, by, expected_version=None):
    project = locked_project(project)
    move = workflow.ACCEPT_PROJECT
    if not move.is_for(by) or move.refusal(by, project):
        raise PermissionDenied(move.why_not(by, project))
    if project.status not in move.sources:
        raise ValidationError(move.why_not(by, project), code="state")
    if expected_version not in (None, project.version):
        raise StaleVersionError(project)
    return project


def _check_form(acceptance):
    rule = form_rule(acceptance.project, organiser=acceptance.organiser, beneficiary=acceptance.beneficiary)
    acceptance.form = acceptance.form or rule.default
    if acceptance.form not in rule.forms:
        wanted = " hoặc ".join(f"mẫu {form}" for form in rule.forms)
        raise ValidationError({"form": f"Chọn {wanted}. {rule.why}"})
    if acceptance.form == AcceptanceForm.WHOLE and acceptance.beneficiary:
        text = f"Mẫu 5b nghiệm thu cả đề án: để trống ô cơ sở. {rule.why}"
        raise ValidationError({"beneficiary": text})


def _check_members(members):
    if not any(member.is_chair for member in members):
        raise ValidationError("Ghi thành phần nghiệm thu, đánh dấu ít nhất một người chủ trì.")


def _check_dates(acceptance):
    """Not to come, not before what the minutes rest on, not against what was confirmed later."""
    project, day = acceptance.project, acceptance.accepted_on
    decided_on, contract = project.plan.decision_on, project.contract
    if day > today():
        raise ValidationError({"accepted_on": "Ngày nghiệm thu không thể ở tương lai."})
    if decided_on and day < decided_on:
        decided = f"{short_date(decided_on)} ({project.plan.decision_number})"
        raise ValidationError({"accepted_on": f"Ngày nghiệm thu không thể trước ngày phê duyệt kế hoạch {decided}."})
    if contract and day < contract.signed_on:
        signed = f"{short_date(contract.signed_on)} ({contract})"
        raise ValidationError({"accepted_on": f"Ngày nghiệm thu không thể trước ngày ký hợp đồng {signed}."})
    if not acceptance.is_final:
        return
    report = project.progress_reports.filter(confirmed_at__isnull=False).order_by("-month").first()
    if report and report.volume_percent < 100 and day < report.month:
        text = (
            f"Báo cáo tiến độ {month_label(report.month)} đã xác nhận mới làm {quantity(report.volume_percent)}%: "
            f"nghiệm thu toàn bộ không thể trước tháng đó. Sửa ngày, hoặc nghiệm thu một phần."
        )
        raise ValidationError({"accepted_on": text})
    last = counting(project).filter(accepted_on__gt=day).first()
    if last:
        text = f"Biên bản {last.number} ghi ngày {short_date(last.accepted_on)}: lần cuối không thể trước ngày đó."
        raise ValidationError({"accepted_on": text})


def _check_places(acceptance):
    """A place belongs to the project; the last minutes leave no place without minutes."""
    project, place = acceptance.project, acceptance.beneficiary
    if place is None:
        return
    place.refresh_from_db(fields=["withdrawn_by"])
    if place.project_id != project.pk or place.withdrawn_by_id:
        raise ValidationError({"beneficiary": "Chọn cơ sở trong các đơn vị thụ hưởng của đề án này."})
    if acceptance.is_final and (left := places_left(project, besides=place)):
        names = ", ".join(str(row) for row in left)
        text = (
            f"Chưa có biên bản nghiệm thu tại: {names}. Nghiệm thu các cơ sở ấy trước, hoặc để trống ô cơ sở: "
            "biên bản lần cuối gồm mọi nơi còn lại."
        )
        raise ValidationError({"is_final": text})


def _check_works(acceptance, works):
    if any(work.cost_item and work.cost_item.project_id != acceptance.project.pk for work in works):
        raise ValidationError("Chọn hạng mục trong dự toán của đề án này.")


def _check_amounts(acceptance, amounts):
    """Per source the sum in force: support stays within what was approved and contracted, own money may exceed it.

    What a facility accepts stays within its own share, too.
    """
    project = acceptance.project
    lines = {line.source_id: line for line in project.funding_lines.select_related("source")}
    if not amounts.keys() <= lines.keys():
        raise ValidationError("Chỉ nghiệm thu các nguồn đã được duyệt của đề án.")
    before = accepted_so_far(project)
    for key, line in lines.items():
        if line.source.is_support:
            _check_sum(line.source, amounts.get(key, 0), before.get(key, 0), *limit_of(line, project.contract))
    if acceptance.beneficiary:
        _check_share(acceptance, amounts)


def limit_of(line, contract):
    """(đồng, words): up to how much support of a line may be accepted, all minutes together."""
    approved, contracted = line.approved_amount or 0, line.contracted_amount
    if contract and contracted is not None and contracted < approved:
        return contracted, f"giá trị hợp đồng {vnd(contracted)}"
    return approved, f"số được duyệt {vnd(approved)}"


def _check_sum(source, amount, before, limit, limit_words):
    if amount + before <= limit:
        return
    text = f"{source}: nghiệm thu {vnd(amount)} vượt {limit_words}."
    if before:
        left = max(limit - before, 0)
        text = f"{source}: nghiệm thu {vnd(amount)} cộng {vnd(before)} của các biên bản trước vượt {limit_words}; "
        text += f"còn được {vnd(left)}."
    raise ValidationError(f"{text} Kinh phí hỗ trợ không nghiệm thu quá mức đó ({OWN_MONEY_SOURCE}).")


def _check_share(acceptance, amounts):
    place = acceptance.beneficiary
    shares = {share.source_id: share for share in place.amounts.select_related("source")}
    if not shares:
        return
    minutes = counting(acceptance.project).filter(beneficiary=place)
    rows = AcceptanceAmount.objects.filter(acceptance__in=minutes).order_by()
    before = dict(rows.values_list("source").annotate(sum=Sum("amount")))
    lines = acceptance.project.funding_lines.select_related("source")
    for source in (line.source for line in lines if line.source.is_support):
        share = shares.get(source.pk)
        limit = share.current_amount if share else 0
        words = f"phần của {place} {vnd(limit)}"
        _check_sum(source, amounts.get(source.pk, 0), before.get(source.pk, 0), limit, words)


@transaction.atomic
def supplement_acceptance(minutes, *, by, members=(), started_at=None, ended_at=None, copies=None):
    """Add to minutes in force what they do not tell: who took part, when it began and ended, how many copies.

    What they tell already stays, and so do quantities and money. `members` are unsaved rows. Raises PermissionDenied,
    ValidationError.
    """
    project = locked_project(minutes.project)
    require(may_supplement(by, project), workflow.ACCEPT_PROJECT.why_not(by, project))
    minutes = project.acceptances.get(pk=minutes.pk)
    given = {"started_at": started_at, "ended_at": ended_at, "copies": copies}
    untold = untold_of(minutes)
    added = {name: value for name, value in given.items() if name in untold and value is not None}
    members = list(members) if "members" in untold else []
    if not (added or members):
        raise ValidationError("Không có gì để bổ sung: biên bản đã ghi đủ, hoặc chưa điền ô nào.")
    if members:
        _check_members(members)
    for name, value in added.items():
        setattr(minutes, name, value)
    _check_hours(minutes)
    minutes.full_clean()
    minutes.save()
    for row in members:
        row.acceptance = minutes
        row.full_clean()
        row.save()
    changes = [(_label_of(name), "", _told_value(value)) for name, value in added.items()]
    changes += [("Thành phần", "", member_line(row)) for row in members]
    record(by, "acceptance.supplement", f"Bổ sung biên bản nghiệm thu {minutes.number}"[:120], project, changes=changes)
    return minutes


def untold_of(minutes) -> list[str]:
    """What may still be added to minutes: among members, started_at, ended_at, copies; nothing once out of force."""
    if minutes.voided_at:
        return []
    members = [] if minutes.members.exists() else ["members"]
    return members + [name for name in ("started_at", "ended_at", "copies") if getattr(minutes, name) is None]


def may_supplement(user, project) -> bool:
    """Whoever records minutes may complete them, whatever became of the project."""
    move = workflow.ACCEPT_PROJECT
    return move.is_for(user) and not move.refusal(user, project)


def _label_of(name):
    label = Acceptance._meta.get_field(name).verbose_name
    return label[:1].upper() + label[1:]


def _told_value(value):
    return f"{value:%H:%M}" if hasattr(value, "hour") else str(value)


def _check_hours(minutes):
    if minutes.started_at and minutes.ended_at and minutes.started_at >= minutes.ended_at:
        raise ValidationError({"ended_at": "Giờ kết thúc phải sau giờ bắt đầu."})


def _recorded(acceptance, *, by, members=(), works=(), amounts, indicators=None):
    """Save the minutes with their rows, add up what is accepted, and move the project when they are the last."""
    project = acceptance.project
    acceptance.number = acceptance.number.strip() or _next_number(acceptance)
    acceptance.full_clean()
    acceptance.save()
    for row in (*members, *works):
        row.acceptance = acceptance
        row.full_clean()
        row.save()
    AcceptanceAmount.objects.bulk_create(
        AcceptanceAmount(acceptance=acceptance, source_id=key, amount=amount) for key, amount in amounts.items()
    )
    changes = [("Biên bản nghiệm thu", "", line_of(acceptance)), *_summed_up(project)]
    changes += [("Vượt khối lượng theo hợp đồng", "", text) for text in over_contract(acceptance)]
    if indicators is not None:
        changes += keep_done(project, indicators)
    target = ProjectStatus.ACCEPTED if acceptance.is_final else project.status
    workflow.ACCEPT_PROJECT.apply(project, by=by, target=target, changes=changes)
    _save(project, by=by)
    return acceptance


def _next_number(acceptance):
    """The next of the series of the body's minutes, past those that were typed by hand."""
    chair, year = acceptance.chair, acceptance.accepted_on.year
    typed = Acceptance.objects.filter(project__owner=acceptance.project.owner, accepted_on__year=year)
    number = take_number(chair, symbol_of("BB", chair), year)
    while typed.filter(number=number).exists():
        number = take_number(chair, symbol_of("BB", chair), year)
    return number


def line_of(acceptance):
    """Minutes in one line: “05/BBNT ngày 20/11/2026, mẫu 5a, tại Cơ sở A, lần cuối, đạt”."""
    parts = [f"{acceptance.number} ngày {short_date(acceptance.accepted_on)}", f"mẫu {acceptance.form}"]
    if acceptance.beneficiary:
        parts.append(f"tại {acceptance.beneficiary}")
    parts += ["lần cuối"] * acceptance.is_final
    return ", ".join([*parts, acceptance.get_result_display().lower()])


def member_line(member):
    parts = [member.name, member.title, member.body, member.is_chair and "chủ trì"]
    return ", ".join(part for part in parts if part)


def work_line(work):
    done = quantity(work.done_quantity) if work.done_quantity is not None else ""
    asked = "" if work.contracted_quantity is None else f" trên {quantity(work.contracted_quantity)}"
    parts = [work.name, work.specification, f"{done}{asked} {work.unit_name}".strip()]
    parts += [work.amount is not None and vnd(work.amount), work.is_new and "mới 100%", work.note]
    return ", ".join(part for part in parts if part)


def _summed_up(project):
    """Put the sums of the minutes that count on the funding lines, empty when there are none; tells what changed."""
    sums = accepted_so_far(project) if counting(project).exists() else None
    changes = []
    for line in project.funding_lines.select_related("source"):
        amount = None if sums is None else sums.get(line.source_id, 0)
        changes += money_change(f"{line.source}: nghiệm thu", line.accepted_amount, amount)
        line.accepted_amount = amount
        line.save()
    return changes


def _save(project, *, by):
    project.version += 1
    project.updated_by = by
    project.full_clean(exclude=["owner", "province"])
    project.save()
    # What was read before the minutes came or went.
    project.__dict__.pop("acceptance", None)


# Quantities


@dataclass
class Measured:
    """Work over all minutes that count: what the contract asks for and what was done, in its own unit."""

    name: str
    unit_name: str
    contracted: object = None
    done: object = 0
    amount: int = 0
    numbers: list = field(default_factory=list)

    @property
    def percent(self):
        return done_percent(self.done, self.contracted)


def done_percent(done, contracted):
    """Done against contract in percent, None without a quantity in the contract."""
    return done * 100 / contracted if contracted else None


def measured(project) -> list[Measured]:
    """The works of the project's minutes that count, the same item of the estimate added up over its minutes."""
    counted = {row.pk for row in counting_rows(project)}
    return _added_up(row for row in WORKS.of(project) if row.acceptance_id in counted)


def _added_up(rows):
    found = {}
    for row in rows:
        key = ("item", row.cost_item_id) if row.cost_item_id else ("row", row.pk)
        total = found.setdefault(key, Measured(row.name, row.unit_name, row.contracted_quantity))
        total.done += row.done_quantity
        total.amount += row.amount or 0
        total.numbers.append(row.acceptance.number)
        total.contracted = max(filter(None, (total.contracted, row.contracted_quantity)), default=None)
    return list(found.values())


def over_contract(acceptance) -> list[str]:
    """What exceeds its quantity in the contract, the minutes before counted in: “Máy sấy: 3 trên 2 máy (150%)”."""
    items = [row.cost_item_id for row in acceptance.works.all() if row.cost_item_id]
    rows = AcceptanceWork.objects.filter(acceptance__in=counting(acceptance.project)).select_related("acceptance")
    rows = rows.filter(cost_item__in=items) | rows.filter(acceptance=acceptance)
    return [
        f"{row.name}: {quantity(row.done)} trên {quantity(row.contracted)} {row.unit_name}".strip()
        + f" ({quantity(row.percent.quantize(row.contracted))}%)"
        for row in _added_up(rows.order_by("pk"))
        if row.percent is not None and row.percent > 100
    ]


# Reopening

# Minutes of part of the work are taken back while it goes on, too; the project then stays where it is.
TAKE_BACK = replace(
    workflow.REOPEN_ACCEPTANCE, sources=(*workflow.REOPEN_ACCEPTANCE.sources, ProjectStatus.IN_PROGRESS)
)


@transaction.atomic
def reopen_acceptance(project, *, by, reason, minutes=None, expected_version=None):
    """Take minutes out of force, by default all: what remains adds up, and the project is to be accepted again.

    `minutes` names those to take back; the last minutes always go with them. Raises PermissionDenied,
    ValidationError, StaleVersionError.
    """
    project = locked_project(project)
    move = TAKE_BACK
    if not move.is_for(by) or move.refusal(by, project):
        raise PermissionDenied(move.why_not(by, project))
    if expected_version not in (None, project.version):
        raise StaleVersionError(project)
    if refusal := reopening_refusal(project):
        raise ValidationError(refusal, code="state")
    if not reason.strip():
        raise ValidationError({"reason": f"Nêu lý do {move.label.lower()}."})
    in_force = list(project.acceptances.in_force())
    chosen = {row.pk for row in (in_force if minutes is None else minutes)}
    voided = [row for row in in_force if row.pk in chosen or row.is_final]
    if not voided:
        raise ValidationError("Chọn ít nhất một biên bản để mở lại.")
    for row in voided:
        row.voided_at, row.voided_by, row.void_reason = timezone.now(), by, reason.strip()
        row.save()
    changes = [("Biên bản nghiệm thu", line_of(row), "đã mở lại") for row in voided] + _summed_up(project)
    project.indicators.update(is_verified=False)
    move.apply(project, by=by, reason=reason, changes=changes)
    _save(project, by=by)
    return project


def reopening_refusal(project) -> str | None:
    """Why minutes cannot be taken back now, and what to do first."""
    if project.status not in TAKE_BACK.sources:
        return _settled_refusal(project)
    if not project.acceptances.in_force().exists():
        return "Đề án chưa có biên bản nghiệm thu nào đang có hiệu lực."
    settlement = getattr(project.contract, "settlement", None)
    if settlement and settlement.status in (SettlementStatus.SUBMITTED, SettlementStatus.APPROVED):
        return _settled_refusal(project)
    if paid := remaining_paid(project):
        return (
            f"Đã thanh toán phần còn lại {vnd(paid)} theo biên bản này: kế toán bỏ chứng từ ghi nhầm, hoặc ghi hoàn "
            "trả đủ số đó, rồi mở lại (Thông tư 36/2013/TT-BCT, Điều 12 khoản 6, Điều 14)."
        )
    return None


def _settled_refusal(project):
    status = project.get_status_display().lower()
    if project.status == ProjectStatus.SETTLING:
        return "Quyết toán đang chờ duyệt: Giám đốc Sở trả lại hồ sơ quyết toán trước, rồi mở lại nghiệm thu."
    return f"Không thể mở lại nghiệm thu: hồ sơ đang “{status}”."


def remaining_paid(project) -> int:
    """Đồng paid out on the minutes and not given back, per source."""
    left = defaultdict(int)
    kinds = (DisbursementKind.PAYMENT, DisbursementKind.REFUND)
    for row in Disbursement.objects.in_force().filter(project=project, kind__in=kinds):
        left[row.source_id] += row.signed_amount
    return sum(amount for amount in left.values() if amount > 0)
