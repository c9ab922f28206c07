"""The dossier of a project: which papers each step needs, which are there, what is missing and what that holds up."""

from dataclasses import dataclass, field
from functools import partial

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from khuyencong.audit import field_changes, record
from khuyencong.dates import short_date, today
from khuyencong.documents.panels import ISSUED
from khuyencong.files import atomic_with_files, size_in_words, store_upload
from khuyencong.models import StoredFile
from khuyencong.permissions import require
from khuyencong.text import nfc
from khuyencong.together import Question, read_each_together, read_together
from programs.models import (
    CopyNeed,
    Invoicing,
    PaperRecord,
    PaperRule,
    PaperStep,
    RuleFigure,
    RuleFigureKey,
    Scope,
    SourceCategory,
)
from projects import permissions
from projects.models import Paper, PaperCopy, ProjectStatus
from projects.questions import (
    ACCEPTANCES,
    BENEFICIARIES,
    FUNDING,
    REPORTS,
    SETTLEMENT,
    SUPPORT_CONTRACTS,
    final_acceptance,
)
from projects.services.locking import locked_project

FIELDS = ("step", "rule", "name", "number", "dated_on", "copy_kind", "beneficiary")
# What a step cannot do without its papers. Submitting is only reminded of them: the reviewer decides.
EFFECTS = {
    PaperStep.SUBMIT: "hồ sơ trình chưa đủ",
    PaperStep.CONTRACT: "chưa thể ký hợp đồng",
    PaperStep.ADVANCE: "chưa thể tạm ứng",
    PaperStep.ACCEPTANCE: "chưa thể nghiệm thu",
    PaperStep.REMAINING: "chưa thể thanh toán phần còn lại",
    PaperStep.SETTLEMENT: "chưa thể trình quyết toán",
    PaperStep.LIQUIDATION: "chưa thể thanh lý",
}
MET = {
    CopyNeed.ORIGINAL: (PaperCopy.ORIGINAL,),
    CopyNeed.VALID_COPY: (PaperCopy.ORIGINAL, PaperCopy.VALID_COPY),
    CopyNeed.EITHER: (PaperCopy.ORIGINAL, PaperCopy.VALID_COPY),
}
# States in which the step still lies ahead; later, what is missing is made up for and holds up nothing.
AHEAD = {
    PaperStep.CONTRACT: (ProjectStatus.APPROVED,),
    PaperStep.ADVANCE: (ProjectStatus.APPROVED, ProjectStatus.CONTRACTED, ProjectStatus.IN_PROGRESS),
    PaperStep.ACCEPTANCE: (ProjectStatus.APPROVED, ProjectStatus.CONTRACTED, ProjectStatus.IN_PROGRESS),
    PaperStep.REMAINING: (
        ProjectStatus.APPROVED, ProjectStatus.CONTRACTED, ProjectStatus.IN_PROGRESS, ProjectStatus.ACCEPTED,
        ProjectStatus.HANDED_OVER, ProjectStatus.SETTLING, ProjectStatus.SETTLED,
    ),
    PaperStep.SETTLEMENT: (
        ProjectStatus.APPROVED, ProjectStatus.CONTRACTED, ProjectStatus.IN_PROGRESS, ProjectStatus.ACCEPTED,
        ProjectStatus.HANDED_OVER,
    ),
    PaperStep.LIQUIDATION: (
        ProjectStatus.APPROVED, ProjectStatus.CONTRACTED, ProjectStatus.IN_PROGRESS, ProjectStatus.ACCEPTED,
        ProjectStatus.HANDED_OVER, ProjectStatus.SETTLING, ProjectStatus.SETTLED,
    ),
}  # fmt: skip
MOST_PHOTOS = 30


@dataclass
class Need:
    """One rule of a step: the papers that answer it, and what the portal itself holds in their place."""

    rule: PaperRule
    record: str = ""
    papers: list[Paper] = field(default_factory=list)

    @property
    def answers(self):
        """The papers that count; a photocopy is noted but answers nothing."""
        return [paper for paper in self.papers if paper.copy_kind in MET[self.rule.copy_need]]

    @property
    def is_met(self):
        return bool(self.record) or bool(self.answers)

    @property
    def is_missing(self):
        return self.rule.is_mandatory and not self.is_met

    @property
    def holds_up(self):
        """Only a rule that somebody has checked against its text refuses; the others remind."""
        return self.is_missing and self.rule.is_verified and self.rule.step != PaperStep.SUBMIT

    @property
    def source(self):
        return self.rule.legal_source or "đề xuất"


@dataclass
class StepPapers:
    """One step of the dossier. `needs` in the order of the rules, `extra` papers that no rule asks for."""

    step: PaperStep
    is_past: bool
    needs: list[Need]
    extra: list[Paper]

    @property
    def missing(self):
        return [need for need in self.needs if need.is_missing]

    @property
    def effect(self):
        """What the gaps mean now, in words; empty when nothing is missing."""
        if not self.missing:
            return ""
        if self.is_past:
            return "bước này đã qua, bổ sung cho đủ hồ sơ lưu"
        if any(need.holds_up for need in self.missing):
            return EFFECTS[self.step]
        return "hồ sơ trình chưa đủ, cổng chỉ nhắc" if self.step == PaperStep.SUBMIT else "cổng chỉ nhắc, chưa chặn"

    @property
    def is_held_up(self):
        return not self.is_past and any(need.holds_up for need in self.missing)


# The list


def paper_list(project):
    """[StepPapers] of the steps that the project has reached or comes to next, in the order of its life."""
    rules, papers = rules_of(project), PAPERS.of(project)
    steps = [PaperStep(step) for step in PaperStep.values if step == PaperStep.SUBMIT or project.is_approved]
    records = _records_of(project, {rule.met_by for rule in rules})
    return [_step(project, step, rules, papers, records) for step in steps]


def lacking_papers(project, step):
    """(names of the papers without which the step is refused now, names of those of which the portal only reminds).

    It reminds of mandatory papers whose rule nobody has checked against its text.
    """
    missing = [need for need in _needs(project, step) if need.is_missing]
    held = [need.rule.name for need in missing if need.holds_up]
    return held, [need.rule.name for need in missing if not need.holds_up]


def paper_refusals(project, step):
    """A sentence for each paper without which the step is refused now, with its clause; empty when it may go on."""
    effect, where = EFFECTS[step], f"Thêm ở trang “Giấy tờ” của {project.code}."
    return [
        f"{effect[0].upper()}{effect[1:]}: thiếu {need.rule.name} ({need.source}). {where}"
        for need in _needs(project, step)
        if need.holds_up
    ]


def require_papers(project, step):
    """Guard of a step, to be called under the lock. Raises ValidationError with each missing paper."""
    if refusals := paper_refusals(project, step):
        raise ValidationError(refusals, code="papers")


def rules_of(project, step=None):
    """Rules for the project's money and content, in force on the day of its approval (before that, today).

    A body's own rule takes the place of the general one of the same name; where national money is in, its rules
    go before those of local money.
    """
    scopes = {"", *_scopes(project)}
    rows = [row for row in RULES.of(project) if row.scope in scopes and step in (None, row.step)]
    chosen = {}
    for rule in sorted(rows, key=lambda rule: _weight(rule, project)):
        chosen[rule.step, rule.name] = rule
    return sorted(chosen.values(), key=lambda rule: (rule.position, rule.pk))


def _rules_in_force(project):
    """Rules for the project's content and invoices on its day, of every scope."""
    day = project.plan.decision_on if project.is_approved else None
    contents = [pk for pk in (project.content_id, project.content and project.content.parent_id) if pk]
    return PaperRule.objects.in_force(day or today(), project.owner).filter(
        Q(content=None) | Q(content__in=contents), Q(invoicing="") | Q(invoicing=_invoicing(project))
    )


def _scopes(project):
    """Whose rules count: those of the programme, and of national money that the project holds beside."""
    holds_national = any(line.source.category == SourceCategory.NATIONAL for line in FUNDING.of(project))
    return {project.plan.program.scope} | ({Scope.NATIONAL} if holds_national else set())


def _weight(rule, project):
    """Of rules with one name the heaviest counts."""
    body, *latest = rule.rank(project.owner)
    return body, rule.scope == Scope.NATIONAL, *latest


def _needs(project, step):
    rules, papers = rules_of(project, step), [paper for paper in PAPERS.of(project) if paper.step == step]
    return _step(project, PaperStep(step), rules, papers, _records_of(project, {rule.met_by for rule in rules})).needs


def _step(project, step, rules, papers, records):
    needs = [Need(rule, records.get(rule.met_by, "")) for rule in rules if rule.step == step]
    by_name = {need.rule.name: need for need in needs}
    extra = []
    for paper in papers:
        if paper.step != step:
            continue
        need = by_name.get(paper.rule.name) if paper.rule else None  # an older version of the rule counts, too
        (need.papers if need else extra).append(paper)
    return StepPapers(step, _is_past(project, step), needs, extra)


def _is_past(project, step):
    if step == PaperStep.SUBMIT:
        return not project.is_editable
    if step == PaperStep.ACCEPTANCE:
        return project.acceptance is not None
    return project.status not in AHEAD[step]


def _papers(project):
    rows = project.papers.in_force().filter(inspection=None)
    return rows.select_related("rule", "file", "added_by", "beneficiary__facility", "contract")


RULES = Question("paper_rules", _rules_in_force, keys=None)
# Those that count, photos of inspections apart.
PAPERS = Question("papers", _papers)
QUESTIONS = (RULES, PAPERS)
# What the list of papers rests on, beside them.
RECORDS_BESIDE = (FUNDING, BENEFICIARIES, SUPPORT_CONTRACTS, REPORTS, ACCEPTANCES, SETTLEMENT)


def read_dossier(project, *more):
    """One statement for what the list of papers and its letters ask for; for the page of a project as it was read."""
    read_together(project, *QUESTIONS, *RECORDS_BESIDE, ISSUED, *more)
    project.acceptance = final_acceptance(project)


def read_dossiers(projects):
    """The same for each of several projects."""
    read_each_together(projects, *QUESTIONS, *RECORDS_BESIDE)
    for project in projects:
        project.acceptance = final_acceptance(project)


def _invoicing(project):
    return Invoicing.WITH if project.contract and project.contract.issues_invoice else Invoicing.WITHOUT


def _records_of(project, asked):
    """{PaperRecord: what the portal holds, in words} for the records asked for."""
    return {kind: words for kind, find in RECORDS.items() if kind in asked and (words := find(project))}


def _contract(project):
    return f"{project.contract} ngày {short_date(project.contract.signed_on)}" if project.contract else ""


def _support_contracts(project):
    """Told once every facility that still takes part has its contract."""
    taking_part = {row.pk for row in BENEFICIARIES.of(project) if row.withdrawn_by_id is None}
    found = [row for row in SUPPORT_CONTRACTS.of(project) if row.beneficiary_id in taking_part]
    if not found or taking_part - {row.beneficiary_id for row in found}:
        return ""
    return ", ".join(str(contract) for contract in found[:3]) + (f" và {len(found) - 3} nữa" if len(found) > 3 else "")


def _progress(project):
    report = next((row for row in REPORTS.of(project) if row.confirmed_at), None)
    return f"{report}, đã xác nhận" if report else ""


def _acceptance(project):
    minutes = project.acceptance
    return f"Biên bản {minutes.number} ngày {short_date(minutes.accepted_on)}" if minutes else ""


def _settlement(project):
    return next((str(settlement) for settlement in SETTLEMENT.of(project) if settlement.has_vouchers), "")


RECORDS = {
    PaperRecord.CONTRACT: _contract,
    PaperRecord.SUPPORT_CONTRACTS: _support_contracts,
    PaperRecord.PROGRESS: _progress,
    PaperRecord.ACCEPTANCE: _acceptance,
    PaperRecord.SETTLEMENT: _settlement,
}


# Change


def upload_limit(project):
    """The largest file in MB: the body's own figure before the general one. Raises ValidationError without either."""
    figures = RuleFigure.objects.in_force(today(), project.owner).filter(key=RuleFigureKey.UPLOAD_MEGABYTES)
    figure = max(figures, key=lambda row: row.rank(project.owner), default=None)
    if figure is None:
        raise ValidationError(
            "Chưa đặt dung lượng tối đa của một tệp: đề nghị người quản trị đặt ở “Con số của quy định”."
        )
    return figure.value


@atomic_with_files
def save_paper(paper, *, by, upload=None, seen=""):
    """Add a paper or save the changes of one, with its scan when there is one. Returns (paper, its twins).

    `upload` takes the place of the present scan, which stays in the store. `seen` is the `paper_mark` that the person
    saw. Twins are other papers in force of the project with the very same file. Raises PermissionDenied,
    ValidationError: refused file, other project's rows, saved by another meanwhile, entered already.
    """
    project = locked_project(paper.project)
    _require_keeper(by, project)
    stored = _stored(paper, seen) if paper.pk else None
    if stored and upload and project.status == ProjectStatus.LIQUIDATED:
        raise ValidationError("Đề án đã thanh lý: chỉ thêm giấy tờ, không thay tệp của giấy đã có.")
    paper.project, paper.name, paper.number = project, nfc(paper.name), nfc(paper.number)
    if upload:
        paper.file = _taken(upload, by=by, limit_megabytes=upload_limit(project))
    if stored is None:
        paper.added_by = by
        paper.contract = None if paper.step == PaperStep.SUBMIT else project.contract
    _check_rows(paper)
    twins = twins_of(paper)
    _refuse_second_entry(paper, twins)
    paper.full_clean()
    paper.save()
    changes = [*field_changes(stored, paper, FIELDS), *_file_change(stored, paper)]
    if stored is None:
        record(by, "project.paper_add", "Thêm giấy tờ", project, changes=changes)
    elif changes:
        told = (
            changes
            if any(change[0] == "tên giấy tờ" for change in changes)
            else [("Giấy tờ", "", paper.name), *changes]
        )
        record(by, "project.paper_edit", "Sửa giấy tờ", project, changes=told)
    return paper, twins


@atomic_with_files
def save_papers(paper, *, by, uploads):
    """Add a new paper whose scan came in several files: one row per file, numbered. Returns (papers, twins)."""
    if len(uploads) < 2:
        saved, twins = save_paper(paper, by=by, upload=uploads[0] if uploads else None)
        return [saved], twins
    found, twins = [], []
    for number, upload in enumerate(uploads, 1):
        row = Paper(project=paper.project, **{name: getattr(paper, name) for name in FIELDS})
        row.name = f"{paper.name[:290]} ({number}/{len(uploads)})"
        saved, same = save_paper(row, by=by, upload=upload)
        found.append(saved)
        twins += same
    return found, twins


@atomic_with_files
def save_photos(inspection, *, by, uploads):
    """Add photos of an inspection. Returns (new papers, names of files that the visit has already).

    The same file again adds nothing, so that an interrupted sending can be repeated. Raises like `save_paper`.
    """
    project = locked_project(inspection.project)
    refusal = permissions.inspection_refusal(by, project)
    require(refusal is None, refusal)
    if len(uploads) > MOST_PHOTOS:
        raise ValidationError(f"Mỗi lần tải tối đa {MOST_PHOTOS} tệp; ông/bà chọn {len(uploads)}. Chia làm nhiều lần.")
    limit = upload_limit(project)
    known = set(inspection.photos.in_force().values_list("file__sha256", flat=True))
    found, repeated = [], []
    for upload in uploads:
        stored = _taken(upload, by=by, limit_megabytes=limit)
        if stored.sha256 in known:
            repeated.append(stored.name)
            stored.file.delete(save=False)
            stored.delete()
            continue
        known.add(stored.sha256)
        # The visit belongs to no step of the dossier; the list of papers leaves it out.
        paper = Paper(
            project=project, inspection=inspection, step=PaperStep.ACCEPTANCE, name=stored.name, file=stored,
            dated_on=inspection.visited_on, copy_kind=PaperCopy.ORIGINAL, added_by=by,
        )  # fmt: skip
        paper.full_clean()
        paper.save()
        found.append(paper)
    if found:
        changes = [(f"{inspection}", "", file_in_words(paper.file)) for paper in found]
        record(by, "project.photo_add", "Thêm ảnh kiểm tra", project, changes=changes)
    return found, repeated


@atomic_with_files
def remove_paper(paper, *, by, reason, seen=""):
    """Take a paper back: row and file stay on record with the reason. Raises PermissionDenied, ValidationError."""
    project = locked_project(paper.project)
    _require_keeper(by, project)
    if not reason.strip():
        raise ValidationError({"reason": "Nêu lý do bỏ giấy tờ."})
    if project.status == ProjectStatus.LIQUIDATED:
        raise ValidationError("Đề án đã thanh lý: giấy tờ đã có không bỏ được nữa.")
    paper = _stored(paper, seen)
    paper.removed_at, paper.removed_by, paper.remove_reason = timezone.now(), by, nfc(reason)[:300]
    paper.full_clean()
    paper.save()
    changes = [("Giấy tờ", paper.name, "")]
    if paper.file:
        changes.append(("Tệp", file_in_words(paper.file), ""))
    record(by, "project.paper_remove", "Bỏ giấy tờ", project, reason=reason, changes=changes)
    return paper


def discard_papers(project):
    """Papers of a draft that was never submitted go with it; their files, once that is certain."""
    stored = list(StoredFile.objects.filter(pk__in=project.papers.values("file")))
    project.papers.all().delete()
    for row in stored:
        row.delete()
        transaction.on_commit(partial(row.file.storage.delete, row.file.name))


def paper_mark(paper):
    """What a person saw of a paper, as one short text: another one means that somebody saved meanwhile."""
    values = [getattr(paper, Paper._meta.get_field(name).attname) for name in FIELDS]
    return "|".join(str(value or "") for value in [*values, paper.file_id, paper.removed_at])


def twins_of(paper):
    """Other papers in force of the project whose file is the very same, by its hash."""
    if paper.file is None:
        return []
    same = paper.project.papers.in_force().filter(file__sha256=paper.file.sha256).exclude(pk=paper.pk)
    return list(same.select_related("file"))


def file_in_words(stored):
    """“bien-ban.pdf (2,1 MB, mã băm 3f2a9c01…)”."""
    return f"{stored.name} ({size_in_words(stored.size)}, mã băm {stored.sha256[:8]}…)"


def _taken(upload, **terms):
    """The stored file; a refusal belongs to the field of the form."""
    try:
        return store_upload(upload, **terms)
    except ValidationError as refusal:
        raise ValidationError({"files": refusal.error_list}) from None


def _require_keeper(by, project):
    refusal = permissions.paper_refusal(by, project)
    require(refusal is None, refusal)


def _stored(paper, seen):
    stored = Paper.objects.select_for_update(of=("self",)).select_related("file", "rule").get(pk=paper.pk)
    if stored.removed_at:
        raise ValidationError(
            f"{stored.removed_by} đã bỏ giấy này ngày {short_date(stored.removed_at)}: thêm giấy mới."
        )
    if seen and seen != paper_mark(stored):
        raise ValidationError(
            f"Có người đã sửa giấy “{stored.name}” sau khi ông/bà mở trang. Chưa có gì bị ghi đè; mở lại trang để xem.",
            code="stale",
        )
    return stored


def _check_rows(paper):
    if paper.beneficiary and paper.beneficiary.project_id != paper.project_id:
        raise ValidationError({"beneficiary": "Chọn cơ sở trong các đơn vị thụ hưởng của đề án này."})
    if paper.rule and paper.rule.step != paper.step:
        raise ValidationError({"rule": "Giấy này thuộc bước khác: chọn lại."})
    if paper.dated_on and paper.dated_on > today():
        raise ValidationError({"dated_on": "Ngày của giấy tờ không thể ở tương lai."})


def _refuse_second_entry(paper, twins):
    """A double click, or the same paper from a second person."""
    same_file = {twin.pk for twin in twins}
    others = paper.project.papers.in_force().exclude(pk=paper.pk).filter(
        step=paper.step, rule=paper.rule, beneficiary=paper.beneficiary, name=paper.name, number=paper.number,
        dated_on=paper.dated_on,
    )  # fmt: skip
    if any(other.pk in same_file or (other.file_id is None and paper.file is None) for other in others):
        raise ValidationError(f"Giấy “{paper.name}” đã có trong hồ sơ, cùng số, ngày và tệp.", code="twice")


def _file_change(stored, paper):
    old, new = stored and stored.file, paper.file
    if old == new:
        return []
    return [("Tệp", file_in_words(old) if old else "", file_in_words(new) if new else "")]
