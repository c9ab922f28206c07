"""Projects with their money and facilities out of spreadsheets, into a plan that is still open, as drafts.

The rows of one project stand together: each names a facility with its part, or the first one holds the sums. What is
written goes through the services of the entry pages.
"""

from collections import defaultdict
from dataclasses import dataclass, field

from django.core.exceptions import ValidationError

from beneficiaries.models import Facility, facility_name_key
from khuyencong.audit import field_changes, money_change, record, row_changes
from khuyencong.imports.kinds import Examiner
from khuyencong.imports.places import Places
from khuyencong.imports.rules import broken_checks
from khuyencong.models import Verdict
from khuyencong.money import format_vnd, vnd
from khuyencong.permissions import family_q
from khuyencong.text import fold, quoted
from programs.models import ActivityContent, AnnualPlan
from projects import permissions
from projects.forms.entry import GeneralForm, bodies_around, in_force
from projects.forms.funding import sources_of
from projects.models import Project, ProjectKind
from projects.services import create_project, save_project, set_beneficiaries, set_funding
from projects.services.entry import NOT_EDITABLE, beneficiary_line

GROUPS_A_LOT = 20
# Columns whose cells go into a field of the project as they are.
PLAIN = (
    "name", "coordinating_units", "investor", "place_note", "starts_on", "ends_on", "necessity", "objective",
    "activities", "economic_effect", "source_note",
)  # fmt: skip
MONEY = "money_"
FIRST_FACILITY = "Nhập cơ sở này trước (Nhập từ bảng tính, loại Cơ sở), hoặc sửa tên, mã số thuế cho khớp."


@dataclass
class Draft:
    """What the rows of one project say, read together."""

    rows: list
    given: dict = field(default_factory=dict)
    total: int | None = None
    amounts: dict = field(default_factory=dict)
    shares: list = field(default_factory=list)
    project: Project | None = None
    # Of a plan whose groups are made from the sheet.
    new_group: str = ""

    @property
    def lead(self):
        return self.rows[0]

    @property
    def has_errors(self):
        return any(row.errors for row in self.rows)


class ProjectExaminer(Examiner):
    """Finds the project of each group of rows, by code, then by its name in the plan."""

    def __init__(self, sheet_import, *, locks=False):
        super().__init__(sheet_import, locks=locks)
        self.plan = self._find_plan()
        self.sources = {f"{MONEY}{source.code.lower()}": source for source in sources_of(self.plan)}
        self.places = Places(self.by)
        contents = in_force(ActivityContent.objects.all(), self.plan)
        self.contents = _named((content, content.code, content.name, content.short_name) for content in contents)
        self.content_of_pk = {content.pk: content for content in contents}
        sample = Project(plan=self.plan, owner=self.plan.owner, province=self.plan.province)
        self.bodies = _named((body, body.name, body.short_name) for body in bodies_around(sample))
        self.kinds = {fold(label): value for value, label in ProjectKind.choices}
        self.groups = self._stored_groups()
        self.form_fields = GeneralForm.base_fields
        self.names = {}

    def _find_plan(self):
        plans = AnnualPlan.objects.visible_to(self.by).filter(family_q(self.by)).select_related("program", "owner")
        plan = plans.filter(pk=self.sheet_import.given.get("plan")).first()
        if plan is None or not plan.is_open:
            raise ValidationError("Kế hoạch đã chọn không còn mở: chọn lại kế hoạch đang dự thảo ở bước chọn cột.")
        return plan

    def _stored_groups(self):
        """{folded name: group} of the plan, as far as it exists."""
        return {fold(group.name): group for group in self.plan.groups.all()} if self.plan.pk else {}

    def lots(self, rows):
        lot, groups, key = [], 0, None
        for row in rows:
            said = self._key(row)
            if said and said != key:
                key, groups = said, groups + 1
                if groups > GROUPS_A_LOT:
                    yield lot
                    lot, groups = [], 1
            lot.append(row)
        if lot:
            yield lot

    @staticmethod
    def _key(row):
        """Which project a row belongs to; nothing for one that goes on with the project above."""
        return fold(row.values.get("code") or row.values.get("name") or "")

    def examine(self, rows):
        drafts, key = [], None
        for row in rows:
            said = self._key(row)
            if not drafts or (said and said != key):
                key = said
                drafts.append(Draft([row]))
            else:
                drafts[-1].rows.append(row)
        self._load(rows, drafts)
        for draft in drafts:
            self._judge(draft)

    def _load(self, rows, drafts):
        """The facilities and projects that the rows may be about, in a handful of questions."""
        codes = {row.values["facility_code"] for row in rows if "facility_code" in row.values}
        keys = {facility_name_key(row.values["facility"]) for row in rows if "facility" in row.values} - {""}
        seen = Facility.objects.visible_to(self.by).select_related("unit")
        self.by_code = {facility.tax_code: facility for facility in seen.filter(tax_code__in=codes)}
        self.by_name = defaultdict(list)
        for facility in seen.filter(name_key__in=keys):
            self.by_name[facility.name_key].append(facility)
        wanted = {draft.lead.values["code"] for draft in drafts if "code" in draft.lead.values}
        projects = Project.objects.filter(owner=self.plan.owner).select_related(
            "plan", "owner", "content", "group", "implementing_unit", "unit"
        )
        projects = projects.prefetch_related(
            "funding_lines__source", "beneficiaries__facility", "beneficiaries__amounts__source"
        )
        self.coded = {fold(project.code): project for project in projects.filter(code__in=wanted)}
        self.called = {fold(project.name): project for project in projects.filter(plan_id=self.plan.pk)}

    def _judge(self, draft):
        self._read(draft)
        lead = draft.lead
        if not draft.has_errors:
            self._find(draft)
        if not draft.has_errors:
            lead.changes, verdict = self._compare(draft)
        if draft.has_errors:
            verdict = Verdict.REFUSED
            for row in draft.rows:
                if not row.errors:
                    row.refuse("", f"Dòng khác của đề án này có lỗi (đề án ở dòng {lead.number}): chưa ghi cả đề án.")
        for row in draft.rows:
            row.label = draft.given.get("name") or lead.values.get("name") or lead.values.get("code", "")
            row.verdict, row.instance = verdict, draft
            if draft.project:
                row.matched_id, row.matched_version = draft.project.pk, draft.project.version

    def _read(self, draft):
        lead, given = draft.lead, draft.given
        for key in PLAIN:
            if key in lead.values:
                self._take(lead, given, key)
        self._take_listed(lead, given, "content", self.contents, "nội dung hoạt động")
        self._take_listed(lead, given, "implementing_unit", self.bodies, "đơn vị thực hiện")
        self._take_listed(lead, given, "kind", self.kinds, "loại")
        self._take_group(draft)
        if "unit" in lead.values:
            try:
                given["unit"] = self.places.find(lead.values["unit"])
            except ValueError as refusal:
                lead.refuse("unit", str(refusal))
        self._read_money(draft)

    def _take(self, row, given, key):
        try:
            if key in self.form_fields:
                given[key] = self.form_fields[key].clean(row.values[key])
            else:
                given[key] = row.values[key]
            Project._meta.get_field(key).run_validators(given[key])
        except ValidationError as refusal:
            row.refuse(key, f"{quoted(str(row.values[key]))}: {' '.join(refusal.messages)}")

    @staticmethod
    def _take_listed(row, given, key, listed, noun):
        if key not in row.values:
            return
        found = listed.get(fold(row.values[key]))
        if found is None:
            row.refuse(key, f"Không có {noun} {quoted(row.values[key])}; chọn tên trong trang Danh mục của tệp mẫu.")
        else:
            given[key] = found

    def _take_group(self, draft):
        self._take_listed(draft.lead, draft.given, "group", self.groups, "nhóm đề án trong kế hoạch")

    def _read_money(self, draft):
        """A first row without a facility holds the sums of the project; else the rows' parts make them."""
        has_sums = "facility" not in draft.lead.values and "facility_code" not in draft.lead.values
        sums = defaultdict(int)
        for row in draft.rows:
            amounts = {source: row.values[key] for key, source in self.sources.items() if key in row.values}
            if row is draft.lead and has_sums and len(draft.rows) > 1:
                draft.amounts = amounts
                continue
            for source, amount in amounts.items():
                sums[source] += amount
            if facility := self._facility(row):
                draft.shares.append((facility, row.values.get("item", ""), amounts))
        draft.amounts = draft.amounts or dict(sums)
        draft.total = draft.lead.values.get("total_cost")
        if draft.total is None and draft.amounts:
            draft.total = sum(draft.amounts.values())
        elif draft.total is not None and draft.amounts and sum(draft.amounts.values()) > draft.total:
            over = vnd(sum(draft.amounts.values()) - draft.total)
            draft.lead.refuse("total_cost", f"Các nguồn cộng lại vượt tổng {vnd(draft.total)} là {over}: xem lại.")
        told = [facility.pk for facility, _item, _amounts in draft.shares]
        if len(set(told)) < len(told):
            draft.lead.refuse("", "Một cơ sở ghi hai dòng trong cùng đề án: gộp các dòng trùng nhau.")

    def _facility(self, row):
        """The facility of a row, or None with a refusal where it names one that is not known for certain."""
        code, name = row.values.get("facility_code"), row.values.get("facility")
        if code:
            if code not in self.by_code:
                row.refuse("facility_code", f"Chưa có cơ sở nào có mã số thuế {code}. {FIRST_FACILITY}")
            return self.by_code.get(code)
        if not name:
            return None
        found = self.by_name[facility_name_key(name)]
        exact = [facility for facility in found if fold(facility.name) == fold(name)] or found
        if "facility_unit" in row.values and len(exact) != 1:
            try:
                unit = self.places.find(row.values["facility_unit"])
                exact = [facility for facility in exact if facility.unit_id == unit.pk] or exact
            except ValueError as refusal:
                row.refuse("facility_unit", str(refusal))
        if len(exact) == 1:
            return exact[0]
        if not exact:
            row.refuse("facility", f"Chưa có cơ sở {quoted(name)}. {FIRST_FACILITY}")
        else:
            told = "; ".join(f"{facility.name}, {facility.tax_code or facility.unit}" for facility in exact[:5])
            row.refuse("facility", f"Có {len(exact)} cơ sở tên này ({told}): ghi thêm mã số thuế hoặc xã.")
        return None

    def _find(self, draft):
        lead, given = draft.lead, draft.given
        code = lead.values.get("code")
        draft.project = self.coded.get(fold(code)) if code else None
        if code and draft.project is None and not given.get("name"):
            lead.refuse("code", f"Không có đề án mã {quoted(code)}; ghi tên để lập đề án mới.")
        if draft.project is None and given.get("name"):
            draft.project = self.called.get(fold(given["name"]))
        if draft.project is None and not given.get("name"):
            lead.refuse("name", "Thiếu tên đề án.")
            return
        if draft.project and draft.project.plan_id != self.plan.pk:
            lead.refuse("code", f"{draft.project.code} thuộc {draft.project.plan}, không thuộc kế hoạch đã chọn.")
        key = draft.project.pk if draft.project else fold(given["name"])
        first = self.names.setdefault(key, lead.number)
        if first != lead.number:
            lead.refuse("name", f"Đề án này đã ở dòng {first}: để các dòng của một đề án liền nhau.")

    def _compare(self, draft):
        """([(label, old, new)], verdict) of a project without errors so far."""
        stored, given = draft.project, draft.given
        if stored is None:
            fixed = self.sheet_import.given
            given.setdefault("kind", fixed.get("kind") or ProjectKind.PROJECT)
            given.setdefault("content", self.content_of_pk.get(fixed.get("content")))
            if given["content"] is None:
                draft.lead.refuse("content", "Thiếu nội dung hoạt động: thêm cột, hoặc chọn chung cho cả tệp.")
                return [], Verdict.REFUSED
            project = Project(plan=self.plan, owner=self.plan.owner, created_by=self.by)
        else:
            project = Project.objects.select_related("plan").get(pk=stored.pk)
        for name, value in given.items():
            setattr(project, name, value)
        changes = [*field_changes(stored, project, given), *self._money_changes(draft), *self._share_changes(draft)]
        if stored and not changes:
            return [], Verdict.UNCHANGED
        if stored and not permissions.can_edit_project(self.by, stored):
            draft.lead.refuse("", NOT_EDITABLE)
        for sentence in broken_checks(project):
            draft.lead.refuse("", sentence)
        return changes, Verdict.CHANGED if stored else Verdict.NEW

    @staticmethod
    def _money_changes(draft):
        stored = draft.project
        old = {line.source: line.requested_amount for line in stored.funding_lines.all()} if stored else {}
        changes = []
        if draft.total is not None:
            changes += money_change("tổng dự toán", stored.total_cost if stored else None, draft.total)
        for source, amount in draft.amounts.items():
            changes += money_change(str(source), old.get(source), amount or None)
        return changes

    @staticmethod
    def _share_changes(draft):
        if not draft.shares:
            return []
        old = _stored_shares(draft.project) if draft.project else []
        return row_changes(
            "đơn vị thụ hưởng", [beneficiary_line(row) for row in old], [beneficiary_line(row) for row in draft.shares]
        )

    def write(self, rows):
        drafts = {id(row.instance): row.instance for row in rows}
        for draft in drafts.values():
            project = self._write(draft)
            for row in draft.rows:
                row.record_id = project.pk
            told = [("Các dòng của tệp", "", ", ".join(format_vnd(row.number) for row in draft.rows)[:500])]
            record(self.by, "project.import", "Nhập từ tệp", project, reason=self.reason, changes=told)

    def _write(self, draft):
        given = draft.given
        if draft.project is None:
            first = {name: given.pop(name) for name in ("name", "kind", "content")}
            project = create_project(self.plan, by=self.by, **first)
        else:
            project = Project.objects.select_related("plan", "group").get(pk=draft.project.pk)
        if given:
            for name, value in given.items():
                setattr(project, name, value)
            project = save_project(project, by=self.by)
        if draft.total is not None or draft.amounts:
            total = project.total_cost if draft.total is None else draft.total
            project = set_funding(project, by=self.by, total_cost=total, amounts=draft.amounts)
        if draft.shares:
            project = set_beneficiaries(project, by=self.by, rows=draft.shares)
        return project


def _stored_shares(project):
    return [
        (row.facility, row.item, {amount.source: amount.requested_amount for amount in row.amounts.all()})
        for row in project.beneficiaries.all()
    ]


def _named(rows):
    """{folded name: row} of [(row, name, …)]; what two rows are called names neither."""
    found, twice = {}, set()
    for row, *names in rows:
        for name in {fold(name) for name in names if name}:
            if found.setdefault(name, row) is not row:
                twice.add(name)
    return {name: row for name, row in found.items() if name not in twice}
