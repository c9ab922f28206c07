"""Whole plans of earlier years out of spreadsheets: groups from the group rows, projects, money, facilities.

The plan is opened with the decision that the person states and put before a director, who compares it with the paper:
nobody approves what they brought themselves, here as everywhere.
"""

from dataclasses import replace
from datetime import date

from django import forms
from django.core.exceptions import ValidationError
from django.urls import reverse

from khuyencong.dates import short_date, today
from khuyencong.imports.kinds import ImportKind, register
from khuyencong.models import Verdict
from khuyencong.money import vnd
from khuyencong.permissions import family_q
from khuyencong.text import fold
from programs.models import ActivityContent, AnnualPlan, Program, ProjectGroup
from programs.permissions import can_create_plan
from programs.services import set_groups
from projects.forms.entry import content_choices
from projects.forms.plans import DecisionFieldsForm
from projects.import_rules import ProjectExaminer
from projects.imports import COLUMNS as PROJECT_COLUMNS
from projects.models import ProjectKind, TargetMode
from projects.services.past_plans import open_past_plan, submit_past_plan

MADE_HERE = (
    "Chương trình đã có kế hoạch năm {year} đợt {round_no} lập trên cổng: chọn đợt khác, hoặc nhập các đề án bằng loại "
    "“Đề án, nhiệm vụ vào kế hoạch dự thảo”."
)
NO_SOURCES = (
    "Thiếu kinh phí theo nguồn: ở bước chọn cột, chọn cột kinh phí là nguồn của nó (ví dụ “Khuyến công địa phương”)."
)
LONGEST_GROUP = ProjectGroup._meta.get_field("name").max_length


class PastPlanExaminer(ProjectExaminer):
    """As the projects of a draft plan, with the plan and its groups made from the sheet."""

    def _find_plan(self):
        given = self.sheet_import.given
        programs = Program.objects.visible_to(self.by).filter(family_q(self.by)).select_related("owner")
        program = programs.filter(pk=given.get("program")).first()
        if program is None:
            raise ValidationError("Chương trình đã chọn không còn: chọn lại ở bước chọn cột.")
        if plan := stated_plan(program, given["year"], given["round_no"]):
            if not plan.is_past:
                raise ValidationError(MADE_HERE.format(**given))
            return plan
        name = given.get("name") or f"Kế hoạch khuyến công năm {given['year']}"
        return AnnualPlan(
            program=program, owner=program.owner, province=program.province, name=name, year=given["year"],
            round_no=given["round_no"],
        )  # fmt: skip

    def _take_group(self, draft):
        name = draft.lead.values.get("group")
        if name and len(name) > LONGEST_GROUP:
            draft.lead.refuse("group", f"Tên nhóm dài hơn {LONGEST_GROUP} chữ: rút gọn dòng nhóm trong tệp.")
        elif name and fold(name) in self.groups:
            draft.given["group"] = self.groups[fold(name)]
        elif name:
            draft.new_group = name

    def _compare(self, draft):
        changes, verdict = super()._compare(draft)
        if draft.project is None and not draft.shares:
            draft.given.setdefault("target_mode", TargetMode.GROUP)
        if draft.new_group:
            changes = [*changes, ("nhóm đề án", "", draft.new_group)]
            verdict = Verdict.NEW if draft.project is None else Verdict.CHANGED
        if verdict != Verdict.UNCHANGED:
            self._check_plan(draft)
            self._check_sums(draft)
        return changes, verdict

    def _check_plan(self, draft):
        if self.plan.pk and not self.plan.is_open:
            status = self.plan.get_status_display().lower()
            draft.lead.refuse("", f"{self.plan} đang “{status}”: không nhận thêm, sửa đề án bằng tệp nữa.")

    @staticmethod
    def _check_sums(draft):
        """What was decided adds up: the sources to the total, the facilities' parts to each source."""
        if not draft.total or not draft.amounts:
            draft.lead.refuse("", NO_SOURCES)
            return
        if rest := draft.total - sum(draft.amounts.values()):
            draft.lead.refuse("total_cost", f"Các nguồn cộng lại khác tổng {vnd(draft.total)} là {vnd(abs(rest))}.")
        if not any(amounts for _facility, _item, amounts in draft.shares):
            return
        for source, amount in draft.amounts.items():
            parts = sum(amounts.get(source, 0) for _facility, _item, amounts in draft.shares)
            if parts != amount:
                draft.lead.refuse("", f"{source}: các cơ sở cộng lại {vnd(parts)}, đề án ghi {vnd(amount)}.")

    def write(self, rows):
        self._complete_plan()
        for draft in {id(row.instance): row.instance for row in rows}.values():
            if draft.new_group:
                draft.given["group"] = self.groups[fold(draft.new_group)]
        super().write(rows)

    def _complete_plan(self):
        """The plan and all groups of the sheet, in its order, made with the first rows that are written."""
        if self.plan.pk is None:
            given = self.sheet_import.given
            decision = {name: given[name] for name in DecisionFieldsForm.base_fields}
            decision["decision_on"] = date.fromisoformat(decision["decision_on"])
            self.plan = open_past_plan(self.plan, by=self.by, decision=decision)
        names = {}
        for verdict, values in self.sheet_import.lines.values_list("verdict", "values"):
            name = values.get("group")
            if name and verdict in (Verdict.NEW, Verdict.CHANGED) and fold(name) not in self.groups:
                names.setdefault(fold(name), name)
        if not names:
            return
        stored = list(self.plan.groups.order_by("number"))
        first = max((group.number for group in stored), default=0) + 1
        rows = [(group.number, group.name, group.content, group.note, group) for group in stored]
        rows += [(number, name, None, "", None) for number, name in enumerate(names.values(), first)]
        self.plan = set_groups(self.plan, by=self.by, groups=rows)
        self.groups = self._stored_groups()

    def finish(self):
        if self.plan.pk and self.plan.is_open:
            submit_past_plan(self.plan, by=self.by)


def stated_plan(program, year, round_no):
    """The plan that the program has already of this year and round, or None."""
    plans = program.plans.filter(year=year, round_no=round_no)
    return plans.select_related("program", "owner", "past_decision").first()


class FixedForm(DecisionFieldsForm):
    """Which plan it is, the decision that stands behind it, and what the sheet does not say of its projects."""

    program = forms.ModelChoiceField(
        Program.objects.none(), label="Chương trình", empty_label="Chọn chương trình",
        help_text="Chưa có chương trình của thời gian đó thì lập trước, ở trang Chương trình.",
        error_messages={"required": "Chọn chương trình."},
    )  # fmt: skip
    year = forms.IntegerField(label="Năm kế hoạch", min_value=1990, error_messages={"required": "Nhập năm kế hoạch."})
    round_no = forms.IntegerField(label="Đợt", min_value=1, max_value=99, initial=1)
    name = forms.CharField(
        label="Tên kế hoạch", required=False, max_length=300,
        help_text="Để trống: “Kế hoạch khuyến công năm …”.",
    )  # fmt: skip
    kind = forms.ChoiceField(label="Loại, khi tệp không ghi", choices=ProjectKind)
    content = forms.ModelChoiceField(
        ActivityContent.objects.all(), label="Nội dung hoạt động, khi tệp không ghi", required=False
    )
    field_order = ("program", "year", "round_no", "name")

    def __init__(self, data=None, *, user, initial=None, **kwargs):
        initial = dict(initial or {})
        if isinstance(initial.get("decision_on"), str):
            initial["decision_on"] = date.fromisoformat(initial["decision_on"])
        super().__init__(data, initial=initial, **kwargs)
        programs = Program.objects.visible_to(user).filter(family_q(user))
        self.fields["program"].queryset = programs.order_by("-period_start", "name")
        self.fields["content"].choices = content_choices(ActivityContent.objects.all())

    def clean_year(self):
        if self.cleaned_data["year"] > today().year:
            raise ValidationError("Kế hoạch của năm sau lập trên cổng, không nhập như kế hoạch đã ban hành.")
        return self.cleaned_data["year"]

    def clean(self):
        data = super().clean()
        program, year, round_no = (data.get(name) for name in ("program", "year", "round_no"))
        if not program or not year or not round_no:
            return data
        if not program.period_start <= year <= program.period_end:
            self.add_error("year", f"Năm phải trong giai đoạn {program.period} của chương trình.")
        plan = stated_plan(program, year, round_no)
        if plan and not plan.is_past:
            self.add_error("round_no", MADE_HERE.format(year=year, round_no=round_no))
        elif plan:
            self._compare_with(plan.past_decision, data)
        return data

    def _compare_with(self, past, data):
        """The same plan is not brought under two decisions."""
        if (past.decision_number, past.decision_on) != (data.get("decision_number"), data.get("decision_on")):
            told = f"{past.decision_number} ngày {short_date(past.decision_on)}"
            self.add_error("decision_number", f"{past.plan} đã ghi Quyết định {told}: ghi đúng quyết định đó.")


def _may(user):
    return None if can_create_plan(user) else "Chỉ lãnh đạo phòng, Giám đốc Trung tâm được nhập kế hoạch từ tệp."


def _outcome(taken):
    """Which state the plan gets, and why."""
    given = taken.given
    program = Program.objects.filter(pk=given.get("program")).first()
    plan = program and stated_plan(program, given["year"], given["round_no"])
    on = short_date(date.fromisoformat(given["decision_on"]))
    told = f"theo Quyết định {given['decision_number']} ngày {on} ông/bà đã ghi"
    if plan and not plan.is_open:
        return [f"{plan} đang “{plan.get_status_display()}”, {told}."]
    return [
        f"Ghi xong, kế hoạch năm {given['year']} đợt {given['round_no']} ở trạng thái “Chờ phê duyệt”, {told}: "
        "người nhập không tự phê duyệt được. Dòng để lại thì không vào kế hoạch.",
        "Giám đốc so với quyết định trên giấy rồi ghi nhận: khi đó kế hoạch và các đề án thành “Đã phê duyệt”. "
        "“Đã kết thúc” chỉ khi nghiệm thu, quyết toán của các đề án đã ghi trên cổng.",
    ]


def _columns():
    """Those of projects: codes of the portal are not known to old sheets, groups stand in rows of their own."""
    for column in PROJECT_COLUMNS:
        if column.key == "group":
            column = replace(column, hint="Hoặc ghi thành dòng nhóm (I, II, A, 1.1) trên các đề án.")
        if column.key != "code":
            yield column


PAST_PLANS = register(
    ImportKind(
        key="ke-hoach-cu",
        label="Kế hoạch năm đã ban hành trước khi dùng cổng",
        noun="dòng của kế hoạch",
        lead=(
            "Cả kế hoạch của một năm trước: nhóm lấy từ các dòng nhóm, đề án với kinh phí từng nguồn và đơn vị thụ "
            "hưởng. Ông/bà ghi số, ngày quyết định; lãnh đạo so với giấy rồi ghi nhận."
        ),
        columns=tuple(_columns()),
        examiner=PastPlanExaminer,
        may=_may,
        may_note="Cơ sở phải có trên cổng trước. Các nguồn của mỗi đề án phải cộng đúng tổng.",
        address=lambda pk: reverse("projects:detail", args=[pk]),
        keys=("name",),
        fixed=FixedForm,
        group_key="group",
        outcome=_outcome,
    )
)
