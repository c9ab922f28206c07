"""Indicators of projects out of spreadsheets: what was planned, as long as the file is open, and what was done, once
the project is accepted. Each row is one indicator of one project; what is written goes through the services."""

import zlib
from collections import defaultdict
from decimal import Decimal

from django import forms
from django.urls import reverse

from khuyencong.imports.kinds import Column, Examiner, ImportKind, register
from khuyencong.models import Role, Verdict
from khuyencong.permissions import family_q
from khuyencong.sheets import Field
from khuyencong.sheets.words import money_unit
from khuyencong.text import fold, quoted, sort_key
from programs.models import Indicator
from projects import permissions
from projects.forms.indicators import LARGEST
from projects.models import DONE_PROJECT, Project, ProjectIndicator
from projects.services import save_project
from projects.services.indicators import figure, results_refusal, state_results

ROLES = (Role.OFFICER, Role.REVIEWER, Role.DIRECTOR)
YES, NO = {"x", "co", "1", "v", "dung", "true", "✓", "da kiem chung"}, {"khong", "0", "chua", "false"}
PLAN_LOCKED = "Số kế hoạch chỉ sửa được khi đề án còn dự thảo hoặc bị trả lại, bởi chuyên viên, lãnh đạo phòng."
NOT_DONE = "Kết quả ghi được khi đề án đã nghiệm thu."


class IndicatorExaminer(Examiner):
    """A row is known by its project and indicator."""

    def __init__(self, sheet_import, *, locks=False):
        super().__init__(sheet_import, locks=locks)
        indicators = list(Indicator.objects.filter(is_of_projects=True))
        self.indicators = {fold(name): row for row in indicators for name in (row.name, row.short_name, row.code)}
        self.indicators.pop("", None)
        self.given = next((row for row in indicators if row.pk == sheet_import.given.get("indicator")), None)
        self.seen = {}

    def examine(self, rows):
        self._load(rows)
        for row in rows:
            self._judge(row)

    def _load(self, rows):
        """The projects that the rows name, by code or by name, with what they state."""
        mine = Project.objects.visible_to(self.by).filter(family_q(self.by)).select_related("plan", "owner")
        mine = mine.prefetch_related("indicators__indicator", "acceptances")
        codes = {row.values["code"] for row in rows if "code" in row.values}
        keys = {sort_key(row.values["name"])[:450] for row in rows if "name" in row.values and "code" not in row.values}
        self.coded, self.named = defaultdict(list), defaultdict(list)
        for project in mine.filter(code__in=codes):
            self.coded[fold(project.code)].append(project)
        for project in mine.filter(sort_key__in=keys):
            self.named[project.sort_key].append(project)

    def _judge(self, row):
        project, indicator = self._project(row), self._indicator(row)
        row.label = " – ".join(filter(None, [str(project or row.values.get("name", "")), str(indicator or "")]))[:300]
        if row.errors:
            return
        first = self.seen.setdefault((project.pk, indicator.pk), row.number)
        if first != row.number:
            row.refuse("", f"Chỉ tiêu này của đề án đã ở dòng {first}: bỏ một dòng.")
            return
        stored = next((old for old in project.indicators.all() if old.indicator_id == indicator.pk), None)
        given = self._read(row, indicator)
        if row.errors:
            return
        row.instance = (project, indicator, given)
        row.matched_id, row.matched_version = project.pk, _digest(stored)
        row.changes = _changes(indicator, stored, given)
        row.verdict = Verdict.UNCHANGED
        if row.changes:
            row.verdict = Verdict.CHANGED if stored else Verdict.NEW
            self._check(row, project, stored, given)

    def _project(self, row):
        code, name = row.values.get("code"), row.values.get("name")
        if code:
            key, said, found = "code", f"mã {quoted(code)}", self.coded[fold(code)]
        elif name:
            key, said, found = "name", f"tên {quoted(name)}", self.named[sort_key(name)[:450]]
        else:
            row.refuse("code", "Thiếu mã hoặc tên đề án.")
            return None
        if "year" in row.values:
            found = [project for project in found if project.plan.year == row.values["year"]]
        if len(found) == 1:
            return found[0]
        if found:
            told = ", ".join(f"{project.code} (năm {project.plan.year})" for project in found[:5])
            row.refuse(key, f"Có {len(found)} đề án {said}: {told}; ghi mã hoặc năm.")
        else:
            row.refuse(key, f"Không có đề án {said} của cơ quan ông/bà.")
        return None

    def _indicator(self, row):
        said = row.values.get("indicator")
        found = self.indicators.get(fold(said)) if said else self.given
        if found is None and said:
            row.refuse("indicator", f"Không có chỉ tiêu {quoted(said)}; chọn tên trong trang Danh mục của tệp mẫu.")
        elif found is None:
            row.refuse("indicator", "Thiếu chỉ tiêu: thêm cột, hoặc chọn chung cho cả tệp ở bước chọn cột.")
        return found

    def _read(self, row, indicator):
        """{field: value} of what the row says, figures in the indicator's own unit."""
        given = {"note": row.values["note"][:300]} if "note" in row.values else {}
        size = self._size(row, indicator)
        for key in ("planned", "done"):
            if key not in row.values:
                continue
            value = row.values[key] * size
            places = 0 if indicator.is_money else 2
            if not 0 <= value <= LARGEST or value != round(value, places):
                row.refuse(key, f"{quoted(str(row.values[key]))} không phải số của chỉ tiêu này ({indicator.unit}).")
            given[key] = round(Decimal(value), 2)
        if said := row.values.get("is_verified"):
            if fold(said) not in YES | NO:
                row.refuse("is_verified", f"{quoted(said)} chưa rõ; ghi “x” nếu đã kiểm chứng, để trống nếu chưa.")
            given["is_verified"] = fold(said) in YES
        if not {"planned", "done"} & given.keys() and not row.errors:
            row.refuse("", "Dòng không có số kế hoạch, không có số thực hiện.")
        return given

    def _size(self, row, indicator):
        """By how much a figure of the row is multiplied: money comes in the unit of its row, else of the sheet."""
        said = row.values.get("unit", "")
        if indicator.is_money:
            return (money_unit(said) if said else None) or self.sheet_import.money_unit
        if said and fold(said) != fold(indicator.unit):
            row.refuse("unit", f"{indicator} tính bằng {indicator.unit}, tệp ghi {quoted(said)}: đổi số cho đúng.")
        return 1

    def _check(self, row, project, stored, given):
        """Planned figures follow the rules of entry, results those of acceptance."""
        has_results = _differs(stored, given, "done") or _differs(stored, given, "is_verified")
        if permissions.can_edit_project(self.by, project):
            if has_results:
                row.refuse("done", NOT_DONE)
            return
        if _differs(stored, given, "planned"):
            row.refuse("planned", PLAN_LOCKED)
        elif project.status not in DONE_PROJECT:
            row.refuse("done", NOT_DONE)
        elif refusal := results_refusal(self.by, project):
            row.refuse("done", refusal)

    def write(self, rows):
        projects = defaultdict(list)
        for row in rows:
            project, indicator, given = row.instance
            projects[project.pk].append((project, indicator, given))
            row.record_id = project.pk
        for told in projects.values():
            self._write(told[0][0], {indicator: given for _project, indicator, given in told})

    def _write(self, project, told):
        if permissions.can_edit_project(self.by, project):
            rows = {row.indicator: row for row in project.indicators.all()}
            for indicator, given in told.items():
                row = rows.setdefault(indicator, ProjectIndicator(project=project, indicator=indicator))
                row.planned, row.note = given.get("planned", row.planned), given.get("note", row.note)
            project = Project.objects.select_related("plan", "group").get(pk=project.pk)
            save_project(project, by=self.by, indicators=list(rows.values()))
        else:
            state_results(project, by=self.by, results=told, reason=self.reason)


def _differs(stored, given, name):
    return name in given and given[name] != getattr(stored or ProjectIndicator(), name)


def _changes(indicator, stored, given):
    """[(label, old, new)]."""
    changes = []
    for name in ("planned", "done", "is_verified", "note"):
        if not _differs(stored, given, name):
            continue
        old = getattr(stored, name) if stored else None
        if name in ("planned", "done"):
            told = (figure(indicator, old), figure(indicator, given[name]))
        elif name == "is_verified":
            told = tuple("có" if value else "" for value in (old, given[name]))
        else:
            told = (old or "", given[name])
        changes.append((str(ProjectIndicator._meta.get_field(name).verbose_name), *told))
    return changes


def _digest(stored):
    """What the stored row says, as a number to be compared when it is written."""
    if stored is None:
        return None
    said = f"{stored.planned}|{stored.done}|{stored.is_verified}|{stored.note}"
    return zlib.crc32(said.encode()) & 0x7FFFFFFF


class FixedForm(forms.Form):
    """What the sheet does not say, for all of its rows."""

    indicator = forms.ModelChoiceField(
        Indicator.objects.filter(is_of_projects=True), label="Chỉ tiêu, khi tệp không có cột chỉ tiêu", required=False,
        empty_label="Theo cột của tệp",
    )  # fmt: skip

    def __init__(self, data=None, *, user, **kwargs):
        super().__init__(data, **kwargs)


def _may(user):
    if user.role in ROLES and user.organisation:
        return None
    return "Chỉ chuyên viên, lãnh đạo được nhập chỉ tiêu từ tệp."


def _column(key, label, kind="text", names=(), **more):
    return Column(Field(key, label, kind, names), **more)


def _names(user):
    return list(Indicator.objects.filter(is_of_projects=True).values_list("name", flat=True))


COLUMNS = (
    _column("code", "Mã đề án", "code", ("Mã", "Mã số đề án"), hint="Có mã thì không cần tên.", example="KC26-014"),
    _column("name", "Tên đề án", names=("Đề án", "Tên đề án, nhiệm vụ", "Nội dung đề án"),
            hint="Đúng như trên cổng, khi tệp không có mã."),
    _column("year", "Năm kế hoạch", "year", ("Năm",), hint="Để phân biệt đề án trùng tên.", example="2025"),
    _column("indicator", "Chỉ tiêu", "choice", ("Tên chỉ tiêu", "Kết quả", "Chỉ tiêu kết quả", "Nội dung chỉ tiêu"),
            example="Việc làm mới", listed=_names),
    _column("unit", "Đơn vị tính", names=("ĐVT", "Đơn vị"), hint="Để trống thì theo danh mục.", example="người"),
    _column("planned", "Kế hoạch", "decimal", ("Số kế hoạch", "KH", "Chỉ tiêu kế hoạch", "Kế hoạch giao"),
            example="12"),
    _column("done", "Thực hiện", "decimal", ("Số thực hiện", "TH", "Kết quả thực hiện", "Đã thực hiện", "Kết quả đạt"),
            hint="Khi đề án đã nghiệm thu.", example="10"),
    _column("is_verified", "Đã kiểm chứng", "choice", ("Kiểm chứng",), hint="Ghi “x” nếu đã đối chiếu chứng từ.",
            listed=lambda user: ["x"]),
    _column("note", "Ghi chú", names=("Chú thích",)),
)  # fmt: skip

INDICATORS = register(
    ImportKind(
        key="chi-tieu",
        label="Chỉ tiêu của đề án: kế hoạch, thực hiện",
        noun="chỉ tiêu",
        lead="Mỗi dòng một chỉ tiêu của một đề án, nhận ra theo mã đề án, hoặc tên và năm.",
        columns=COLUMNS,
        examiner=IndicatorExaminer,
        may=_may,
        may_note=(
            "Số kế hoạch ghi khi đề án còn dự thảo; số thực hiện khi đã nghiệm thu, bởi người được ghi nhận nghiệm thu "
            "đề án đó."
        ),
        address=lambda pk: reverse("projects:detail", args=[pk]),
        keys=("code", "name"),
        fixed=FixedForm,
    )
)
