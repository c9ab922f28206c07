"""What each kind of amendment asks for, tells and does (Thông tư 36/2013/TT-BCT, Điều 11). Whole đồng."""

import copy
from collections import defaultdict

from django.core.exceptions import ValidationError
from django.db.models import Q

from khuyencong.audit import field_changes, money_change
from khuyencong.dates import short_date
from khuyencong.money import vnd
from khuyencong.together import Question, read_together
from programs.models import AmendmentKind, FundingSource, PlanBudget
from projects import questions, workflow
from projects.models import Beneficiary, BeneficiaryAmount, FundingLine, ProjectStatus, TargetMode
from projects.services.payments import recheck_line
from projects.services.plan import budget_position

# {field of the project: field of the amendment} that a kind sets.
FIELDS = {
    AmendmentKind.TIME: {"starts_on": "new_starts_on", "ends_on": "new_ends_on"},
    AmendmentKind.EXTEND: {"ends_on": "new_ends_on"},
    AmendmentKind.PLACE: {"unit": "new_unit", "place_note": "new_place_note"},
    AmendmentKind.CONTENT: {"content": "new_content"},
    AmendmentKind.COORDINATOR: {"coordinating_units": "new_coordinating_units"},
    AmendmentKind.BENEFICIARY: {},
    AmendmentKind.FUNDING_UP: {},
    AmendmentKind.FUNDING_DOWN: {},
    AmendmentKind.STOP: {},
}
FUNDING = (AmendmentKind.FUNDING_UP, AmendmentKind.FUNDING_DOWN)
# Left empty, a day stays what it was.
KEPT_WHEN_EMPTY = ("starts_on", "ends_on")
OF_ONE_KIND = (
    "new_starts_on", "new_ends_on", "new_unit", "new_place_note", "new_content", "new_coordinating_units",
    "removed_beneficiary", "added_facility",
)  # fmt: skip


def _sources(project):
    held = project.funding_lines.values("source")
    budgeted = PlanBudget.objects.filter(plan=project.plan_id).values("source")
    return FundingSource.objects.filter(Q(pk__in=held) | Q(pk__in=budgeted))


# Those of the project, and those of its plan.
SOURCES = Question("sources", _sources, keys=("pk", "plan_id"))


def read_approved(project):
    """One statement for what `Approved` asks; for pages alone."""
    read_together(project, questions.FUNDING, questions.BENEFICIARIES, questions.SHARES, SOURCES)


class Approved:
    """The approved money of a project: lines, and shares where a source is divided among facilities.

    Figures are {(source pk, facility pk or None): đồng}, None for a source that is not divided.
    """

    def __init__(self, project):
        self.project = project
        self.lines = {line.source_id: line for line in questions.FUNDING.of(project)}
        self.beneficiaries = {row.facility_id: row for row in questions.BENEFICIARIES.of(project)}
        facilities = {row.pk: row.facility_id for row in self.beneficiaries.values()}
        self.shares = {(row.source_id, facilities[row.beneficiary_id]): row for row in questions.SHARES.of(project)}
        self.divided = {source for source, _facility in self.shares}
        self.figures = {key: row.approved_amount or 0 for key, row in self.shares.items()} | {
            (source, None): line.approved_amount or 0
            for source, line in self.lines.items()
            if source not in self.divided
        }

    @property
    def current(self):
        """Facilities that still take part: {facility pk: Beneficiary}."""
        return {key: row for key, row in self.beneficiaries.items() if row.withdrawn_by_id is None}

    def sources(self):
        """Those of the project, and those of its plan: {pk: FundingSource} in their order."""
        return {row.pk: row for row in SOURCES.of(self.project)}

    def cells(self):
        """[(source, Beneficiary or None, đồng)]: every figure that an amendment may set."""
        found = []
        for source in self.sources().values():
            is_divided = source.pk in self.divided or (source.pk not in self.lines and self.divided)
            for facility, row in self.current.items() if is_divided else [(None, None)]:
                found.append((source, row, self.figures.get((source.pk, facility), 0)))
        return found


def by_source(figures):
    """{source pk: đồng} of figures per source and facility."""
    sums = defaultdict(int)
    for (source, _facility), amount in figures.items():
        sums[source] += amount
    return dict(sums)


def targets_of(amendment, approved, amounts):
    """The figures as the amendment leaves them; `amounts` are its AmendmentAmount rows."""
    if amendment.kind in FUNDING:
        return approved.figures | {key_of(amount): amount.new_amount for amount in amounts}
    if amendment.kind == AmendmentKind.BENEFICIARY:
        return _moved(amendment, approved)
    if amendment.kind == AmendmentKind.STOP:
        return _stopped(approved)
    return approved.figures


def key_of(amount):
    return amount.source_id, amount.beneficiary and amount.beneficiary.facility_id


def _moved(amendment, approved):
    """What the facility that leaves held goes to the one that takes its place."""
    figures = dict(approved.figures)
    if amendment.removed_beneficiary is None or amendment.added_facility is None:
        return figures
    old, new = amendment.removed_beneficiary.facility_id, amendment.added_facility_id
    for source, facility in approved.figures:
        if facility == old:
            figures[source, new] = figures.get((source, new), 0) + figures[source, old]
            figures[source, old] = 0
    return figures


def _stopped(approved):
    """Of each source what was paid, refunds taken off, or accepted; divided as the shares were."""
    figures = {}
    for source, line in approved.lines.items():
        before = line.approved_amount or 0
        kept = min(max(line.paid_amount, line.accepted_amount or 0), before)
        parts = {key: amount for key, amount in approved.figures.items() if key[0] == source}
        figures |= {key: kept * amount // before if before else 0 for key, amount in parts.items()}
        # What division leaves over goes to the largest share.
        largest = max(parts, key=parts.get)
        figures[largest] += kept - sum(figures[key] for key in parts)
    return figures


# What is asked


def check(amendment, project, amounts):
    """Raise ValidationError when the change is none, or is not of its kind."""
    approved = Approved(project)
    checks = {
        AmendmentKind.TIME: _check_time,
        AmendmentKind.EXTEND: _check_extension,
        AmendmentKind.BENEFICIARY: _check_beneficiary,
        AmendmentKind.FUNDING_UP: _check_funding,
        AmendmentKind.FUNDING_DOWN: _check_funding,
    }
    if kind_check := checks.get(amendment.kind):
        kind_check(amendment, approved, amounts)
    if amendment.kind != AmendmentKind.STOP and not planned_changes(amendment, project, amounts):
        raise ValidationError("Chưa có gì khác với hiện nay: sửa ít nhất một ô.")


def _check_time(amendment, approved, _amounts):
    project = approved.project
    is_begun = project.status == ProjectStatus.IN_PROGRESS
    if is_begun and amendment.new_starts_on not in (None, project.starts_on):
        raise ValidationError({"new_starts_on": "Đề án đã bắt đầu: chỉ đổi được ngày hoàn thành."})
    year = _last_year(project)
    if amendment.new_ends_on and amendment.new_ends_on.year > year:
        raise ValidationError(
            {"new_ends_on": f"Sang năm {amendment.new_ends_on.year} là gia hạn sang năm sau: chọn loại đó. "
             f"Ở đây chỉ đổi trong năm {year}."}
        )  # fmt: skip
    _check_order(project, amendment.new_starts_on or project.starts_on, amendment.new_ends_on or project.ends_on)


def _check_extension(amendment, approved, _amounts):
    project, day = approved.project, amendment.new_ends_on
    if day is None:
        raise ValidationError({"new_ends_on": "Nhập ngày hoàn thành mới."})
    year = _last_year(project)
    if day.year <= year:
        raise ValidationError({"new_ends_on": f"Trong năm {year} thì chọn loại “Thay đổi thời gian trong năm”."})
    if day.year > year + 1:
        raise ValidationError({"new_ends_on": f"Mỗi lần chỉ gia hạn sang năm liền sau, đến hết 31/12/{year + 1}."})
    _check_order(project, project.starts_on, day)


def _last_year(project):
    return project.ends_on.year if project.ends_on else project.plan.year


def _check_order(project, starts_on, ends_on):
    if starts_on and ends_on and ends_on < starts_on:
        raise ValidationError({"new_ends_on": f"Không thể trước ngày bắt đầu {short_date(starts_on)}."})


def _check_beneficiary(amendment, approved, _amounts):
    old, new = amendment.removed_beneficiary, amendment.added_facility
    if old is None and approved.project.target_mode == TargetMode.SPECIFIC:
        raise ValidationError({"removed_beneficiary": "Chọn cơ sở thôi thụ hưởng."})
    if old is None and new is None:
        raise ValidationError({"added_facility": "Chọn cơ sở thụ hưởng."})
    if old is None and new.pk in approved.current:
        raise ValidationError({"added_facility": f"{new} đang là đơn vị thụ hưởng."})
    if old is None:
        return
    if old.facility_id not in approved.current:
        raise ValidationError({"removed_beneficiary": f"{old} không còn là đơn vị thụ hưởng của đề án này."})
    if new and new.pk == old.facility_id:
        raise ValidationError({"added_facility": "Chọn cơ sở khác với cơ sở thôi thụ hưởng."})
    held = sum(amount for (_source, facility), amount in approved.figures.items() if facility == old.facility_id)
    if new is None and held:
        raise ValidationError(
            {"added_facility": f"{old} đang có {vnd(held)}: chọn cơ sở nhận thay, hoặc giảm kinh phí trước."}
        )
    if minutes := old.acceptances.in_force().first():
        raise ValidationError(
            {"removed_beneficiary": f"{old} đã nghiệm thu theo biên bản {minutes.number}: mở lại nghiệm thu trước."}
        )


def _check_funding(amendment, approved, amounts):
    allowed = {(source.pk, row and row.facility_id) for source, row, _amount in approved.cells()}
    if any(key_of(amount) not in allowed for amount in amounts):
        raise ValidationError("Có nguồn hoặc cơ sở không còn trong đề án; tải lại trang rồi nhập lại.")
    supports = {pk for pk, source in approved.sources().items() if source.is_support}
    before, after = by_source(approved.figures), by_source(targets_of(amendment, approved, amounts))
    old, new = (sum(sums.get(source, 0) for source in supports) for sums in (before, after))
    if amendment.kind == AmendmentKind.FUNDING_UP and new <= old:
        raise ValidationError(f"Tổng mức hỗ trợ {vnd(old)} không tăng: chọn loại “{AmendmentKind.FUNDING_DOWN.label}”.")
    if amendment.kind == AmendmentKind.FUNDING_DOWN and new > old:
        raise ValidationError(
            f"Tổng mức hỗ trợ tăng {vnd(new - old)}: chọn loại “{AmendmentKind.FUNDING_UP.label}”, "
            "thẩm quyền quyết định khác."
        )
    if old and not new:
        raise ValidationError("Không còn kinh phí hỗ trợ nào: chọn loại “Ngừng triển khai”.")


# What is told


def planned_changes(amendment, project, amounts):
    """[(label, old, new)] that the amendment makes to the project as it stands."""
    after = copy.copy(project)
    _set_fields(amendment, after)
    changes = field_changes(project, after, FIELDS[amendment.kind])
    if amendment.kind == AmendmentKind.STOP:
        changes.append(("trạng thái", project.get_status_display(), ProjectStatus.STOPPED.label))
    if amendment.kind == AmendmentKind.BENEFICIARY:
        old, new = amendment.removed_beneficiary, amendment.added_facility
        changes.append(("đơn vị thụ hưởng", str(old or ""), str(new or "")))
    approved = Approved(project)
    return changes + _money_changes(amendment, approved, targets_of(amendment, approved, amounts))


def _money_changes(amendment, approved, targets):
    sources = approved.sources()
    facilities = {key: str(row) for key, row in approved.beneficiaries.items()}
    if amendment.added_facility:
        facilities[amendment.added_facility_id] = str(amendment.added_facility)
    changes = []
    for (source, facility), amount in targets.items():
        label = f"{facilities[facility]}: {sources[source]}" if facility else str(sources[source])
        changes += money_change(label, approved.figures.get((source, facility), 0), amount)
    before, after = by_source(approved.figures), by_source(targets)
    for source in after:
        if source in approved.divided or source not in approved.lines:
            changes += money_change(f"cả đề án: {sources[source]}", before.get(source, 0), after[source])
    total = approved.project.total_cost or 0
    return changes + money_change("tổng dự toán", total, _new_total(amendment, total, before, after))


def _new_total(amendment, total, before, after):
    """The estimate moves as the approved lines do; of a stopped project it is what they keep."""
    kept = sum(after.values())
    return kept if amendment.kind == AmendmentKind.STOP else total + kept - sum(before.values())


def hurdles(amendment, project, amounts, *, has_appendix=False) -> list[str]:
    """What stands between the decision and the change: free budget, money contracted, paid, accepted."""
    approved = Approved(project)
    sources = approved.sources()
    before = by_source(approved.figures)
    after = by_source(targets_of(amendment, approved, amounts))
    texts = _short_of_budget(project.plan, sources, before, after)
    for pk, line in approved.lines.items():
        texts += _below_done(sources[pk], line, after.get(pk, 0))
    if not has_appendix and amendment.kind != AmendmentKind.STOP:
        texts += [text for _key, text in contract_needs(amendment, project, after)]
    return texts


def _short_of_budget(plan, sources, before, after):
    rises = {pk: amount - before.get(pk, 0) for pk, amount in after.items() if amount > before.get(pk, 0)}
    positions = {row.source.pk: row for row in budget_position(plan)}
    texts = []
    for pk, rise in rises.items():
        source, row = sources[pk], positions.get(pk)
        if not source.is_support:
            continue
        left = max(row.left or 0, 0) if row and row.budget is not None else 0
        if rise > left:
            texts.append(
                f"{source}: cần thêm {vnd(rise)}, dự toán của kế hoạch chỉ còn {vnd(left)}; "
                "giảm hoặc ngừng đề án khác trước, hoặc đưa vào kế hoạch bổ sung."
            )
    return texts


def _below_done(source, line, amount):
    if line.paid_amount > amount:
        return [
            f"{source}: đã chi {vnd(line.paid_amount)}, không giảm xuống {vnd(amount)} được; "
            f"ghi hoàn trả {vnd(line.paid_amount - amount)} trước."
        ]
    if source.is_support and (line.accepted_amount or 0) > amount:
        return [
            f"{source}: đã nghiệm thu {vnd(line.accepted_amount)}, không giảm xuống {vnd(amount)} được; "
            "mở lại nghiệm thu trước."
        ]
    return []


def contract_needs(amendment, project, after):
    """[(source pk or None, sentence)] of what the contract must change for the decision to hold."""
    contract, needs = project.contract, []
    if contract is None or not contract.is_binding:
        return needs
    for line in questions.FUNDING.of(project):
        new = after.get(line.source_id, 0)
        if (line.contracted_amount or 0) > new:
            needs.append((
                line.source_id,
                f"{line.source}: {contract} ghi {vnd(line.contracted_amount)}, cao hơn số mới {vnd(new)}; "
                "ký phụ lục hợp đồng trước rồi ghi số, ngày phụ lục khi quyết định.",
            ))  # fmt: skip
    ends_on = amendment.new_ends_on if "ends_on" in FIELDS[amendment.kind] else None
    if ends_on and ends_on > contract.ends_on:
        needs.append((
            None,
            f"{contract} hết hạn ngày {short_date(contract.ends_on)}, trước ngày mới {short_date(ends_on)}; "
            "ký phụ lục hợp đồng trước rồi ghi số, ngày phụ lục khi quyết định.",
        ))  # fmt: skip
    return needs


# What is done


def _set_fields(amendment, project):
    for name, new_name in FIELDS[amendment.kind].items():
        value = getattr(amendment, new_name)
        if value is not None or name not in KEPT_WHEN_EMPTY:
            setattr(project, name, value)


def apply(amendment, project, amounts, *, by, raises_contract):
    """Change the locked project; the caller saves it. Returns [(label, old, new)] of what the contract changes.

    `raises_contract`: an appendix takes what was added into the contract, too.
    """
    _set_fields(amendment, project)
    if amendment.kind == AmendmentKind.STOP:
        workflow.STOP_PROJECT.apply(project, by=by, reason=amendment.reason)
    if amendment.kind == AmendmentKind.BENEFICIARY:
        _replace_beneficiary(amendment, project)
    approved = Approved(project)
    before = dict(approved.figures)
    targets = targets_of(amendment, approved, amounts)
    _set_shares(amendment, approved, targets)
    changes = _set_lines(amendment, approved, targets, raises_contract=raises_contract)
    project.total_cost = _new_total(amendment, project.total_cost or 0, by_source(before), by_source(targets))
    return changes


def _replace_beneficiary(amendment, project):
    """The one that leaves stays on record with nothing; what was to be bought for it goes with the money."""
    old, facility, new = amendment.removed_beneficiary, amendment.added_facility, None
    if facility:
        new = project.beneficiaries.filter(facility=facility).first() or Beneficiary(project=project, facility=facility)
        new.withdrawn_by = None
        new.item = new.item or (old.item if old else "")
        new.save()
    if old:
        old.withdrawn_by = amendment
        old.save()
        project.cost_items.filter(beneficiary=old).update(beneficiary=new)


def _set_shares(amendment, approved, targets):
    for (source, facility), amount in targets.items():
        if facility is None or approved.figures.get((source, facility), 0) == amount:
            continue
        share = approved.shares.get((source, facility)) or BeneficiaryAmount(
            beneficiary=approved.beneficiaries[facility], source_id=source
        )
        share.approved_amount, share.amendment = amount, amendment
        share.save()


def _set_lines(amendment, approved, targets, *, raises_contract):
    changes = []
    for source, amount in by_source(targets).items():
        line = approved.lines.get(source) or FundingLine(project=approved.project, source_id=source)
        old, contracted = line.approved_amount or 0, line.contracted_amount
        if line.pk and old == amount:
            continue
        line.approved_amount, line.amendment = amount, amendment
        if contracted is not None or (raises_contract and line.source.is_support):
            rise = amount - old if raises_contract and amount > old else 0
            line.contracted_amount = min((contracted or 0) + rise, amount)
        if (line.contracted_amount or 0) < (contracted or 0) and amendment.kind != AmendmentKind.STOP:
            recheck_line(approved.project, line)
        changes += money_change(f"hợp đồng, {line.source}", contracted, line.contracted_amount)
        line.save()
    return changes


def refunds_due(project):
    """[(FundingSource, đồng)] that a stopped project has to give back: paid without accepted volume.

    Thông tư 36/2013/TT-BCT, Điều 12 khoản 6.
    """
    owed = [
        (line.source, line.paid_amount - (line.accepted_amount or 0))
        for line in questions.FUNDING.of(project)
        if line.source.is_support
    ]
    return [(source, amount) for source, amount in owed if amount > 0]
