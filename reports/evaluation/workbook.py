"""An evaluation as an Excel workbook: what was chosen, tables T1-T10 with typed figures, the projects behind them.

Every total that its rows add up to is a SUM formula with its value beside it; facilities counted once, percents and
ratios are numbers. The last sheet has a row for each project and year, so that another program can add up again.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import groupby
from textwrap import wrap
from typing import BinaryIO

from django.db.models import Q
from django.utils.text import slugify
from xlsxwriter import Workbook
from xlsxwriter.utility import xl_rowcol_to_cell

from khuyencong.dates import short_date
from khuyencong.models import User
from khuyencong.text import fold, nfc
from khuyencong.xlsx import Column, SheetExporter, write_workbook
from khuyencong.xlsx.cells import clean
from khuyencong.xlsx.columns import number_content
from khuyencong.xlsx.layout import GROUP_FILL, HEAD_FILL, LINE_POINTS, MAX_POINTS, PADDING_POINTS
from programs.models import FundingSource
from projects.models import Project
from reports.evaluation import axes, sums
from reports.evaluation.content import selection_of
from reports.evaluation.counted import SUPPORT
from reports.evaluation.facts import (
    ACCEPTED,
    AMENDED,
    APPROVED,
    DONE,
    PAID,
    PLANNED,
    REFUNDED,
    SETTLED,
    STOPPED,
    money_of,
    projects_of,
)
from reports.evaluation.figures import COUNT, PERCENT, RATIO, TEXT, VND, Figure, Table
from reports.evaluation.parts import table_number
from reports.evaluation.selection import Selection
from reports.evaluation.sentences import basis_words
from reports.evaluation.tables import all_tables
from reports.models import Evaluation

STATES = {PLANNED: "Giao", DONE: "Hoàn thành", AMENDED: "Điều chỉnh", STOPPED: "Ngừng"}
STAGES = {
    APPROVED: "Được duyệt", ACCEPTED: "Thực hiện (nghiệm thu)", PAID: "Đã chi, trừ hoàn trả", REFUNDED: "Đã hoàn trả",
    SETTLED: "Quyết toán",
}  # fmt: skip
PER_QUERY = 500
# Excel takes at most 255 cells by name in one SUM.
MOST_CELLS = 255
UNIT_LINE = "Đơn vị tính kinh phí: đồng"
FORMATS = {VND: "#,##0", COUNT: "#,##0", PERCENT: "0.0", RATIO: "0.00"}
LABEL_WIDTH, FIGURE_WIDTH, WORDS_WIDTH, NOTE_WIDTH = 44, 17, 24, 50


@dataclass
class ProjectLine:
    """A project in a year: `states` that count there, money in đồng by (stage, source code)."""

    project: Project
    year: int
    states: set = field(default_factory=set)
    amounts: dict = field(default_factory=dict)


class ProjectSheet(SheetExporter):
    title = "Đề án, nhiệm vụ đứng sau số liệu"
    sheet_name = "Đề án"
    unit_line = UNIT_LINE

    def __init__(self, rows, **kwargs):
        self.columns = (
            Column("Mã", lambda line: line.project.code),
            Column("Tên đề án, nhiệm vụ", lambda line: line.project.name),
            Column("Loại", lambda line: line.project.get_kind_display()),
            Column("Chương trình", lambda line: str(line.project.plan.program)),
            Column("Năm kế hoạch", lambda line: line.project.plan.year, "year"),
            Column("Năm tính", lambda line: line.year, "year"),
            Column("Nội dung", lambda line: heading_of(line.project)),
            Column("Trạng thái", lambda line: line.project.get_status_display()),
            *(_state_column(state, label) for state, label in STATES.items()),
            *(
                _money_column(stage, label, source)
                for stage, label in STAGES.items()
                for source in FundingSource.objects.order_by("position", "code")
            ),
        )
        super().__init__(rows, **kwargs)


def _state_column(state, label):
    return Column(label, lambda line: int(state in line.states), "integer", total=True, group="Đếm (1: có)")


def _money_column(stage, label, source):
    key = (stage, source.code)
    name = source.short_name or source.name
    return Column(name, lambda line: line.amounts.get(key, 0), "vnd", total=True, group=label)


def heading_of(project: Project) -> str:
    """The content of Điều 4, named as in T3."""
    content = project.content and (project.content.parent or project.content)
    return (content.short_name or content.name) if content else "Chưa xếp nội dung"


# The whole


def project_count(evaluation: Evaluation, reader: User) -> int:
    """How many projects stand behind the figures."""
    return _projects(_of_reader(evaluation, reader)).count()


def filename_of(evaluation: Evaluation) -> str:
    """Without day and extension."""
    return f"danh-gia-{slugify(fold(str(evaluation.program)))[:60].strip('-')}"


def write(
    evaluation: Evaluation, reader: User, stream: BinaryIO, progress: Callable[[Iterable], Iterable] = iter
) -> None:
    """Write the workbook; `progress` takes the rows of projects and gives them back one by one.

    Raises ValueError for a number with more than the 15 digits that Excel keeps.
    """
    selection = selection_of(evaluation)
    tables = all_tables(selection)
    mine = _of_reader(evaluation, reader)
    told = [
        f"Số liệu đến hết ngày {short_date(selection.until)}. Mỗi đề án một dòng cho mỗi năm tính; chỉ gồm đề án mà "
        "người xuất được xem"
    ]
    projects = ProjectSheet(
        progress(project_lines(mine)), subtitle_lines=told, organisation=str(evaluation.owner), printed_by=str(reader)
    )
    projects.filename = filename_of(evaluation)

    def lead(workbook):
        formats = Formats(workbook)
        _write_choice(workbook, formats, evaluation, selection, tables, projects.printed_line())
        for table in tables.values():
            TableSheet(workbook, formats, table, selection).write()

    write_workbook(stream, [projects], leading=lead)


def _of_reader(evaluation, reader):
    return replace(selection_of(evaluation), user=reader)


# The projects behind


def _projects(selection):
    """Planned by plan year; by date, whatever something happened to in the period."""
    planned = projects_of(selection, PLANNED)
    if selection.by_plan_year:
        return planned
    counts = Q(pk__in=planned.order_by().values("pk"))
    for state in (DONE, AMENDED, STOPPED):
        counts |= Q(pk__in=projects_of(selection, state).order_by().values("pk"))
    for stage in STAGES:
        rows = money_of(selection, stage)
        counts |= Q(pk__in=rows.rows.order_by().values(rows.project))
    return selection.projects().filter(counts)


def project_lines(selection: Selection) -> Iterator[ProjectLine]:
    """A line for each project and year that it counts in, by plan year and code; some questions for 500 projects."""
    pks = _projects(selection).order_by("plan__year", "code", "pk").values_list("pk", flat=True)
    pks = list(pks)
    for start in range(0, len(pks), PER_QUERY):
        yield from _lines_of(selection, pks[start : start + PER_QUERY])


def _lines_of(selection, pks):
    related = Project.objects.select_related("plan__program__area", "content__parent")
    projects = related.in_bulk(pks)
    found = {}

    def line(pk, year):
        return found.setdefault((pk, year), ProjectLine(projects[pk], year))

    for state in STATES:
        for pk, year in projects_of(selection, state).filter(pk__in=pks).order_by().values_list("pk", "fact_year"):
            line(pk, year).states.add(state)
    for stage in STAGES:
        rows = money_of(selection, stage)
        rows = replace(rows, rows=rows.rows.filter(**{f"{rows.project}__in": pks}))
        for (pk, source, year), amount in sums.summed(rows, selection, axes.PROJECT, axes.SOURCE, axes.YEAR).items():
            line(pk, year).amounts[stage, source] = amount
    order = {pk: at for at, pk in enumerate(pks)}
    return [found[key] for key in sorted(found, key=lambda key: (order[key[0]], key[1]))]


# Sheets of tables


class Formats:
    """Cell formats by use; each is made once for a workbook."""

    def __init__(self, workbook: Workbook):
        self.workbook = workbook
        self.found = {}

    def of(self, **properties):
        properties = {"valign": "vcenter", "text_wrap": True} | properties
        key = tuple(sorted(properties.items()))
        if key not in self.found:
            self.found[key] = self.workbook.add_format(properties)
        return self.found[key]

    def title(self):
        return self.of(bold=True, font_size=14, text_wrap=False)

    def words(self, **properties):
        """Text stays text, whatever it begins with, and when somebody edits it."""
        return self.of(num_format="@", **properties)

    def head(self):
        return self.words(bold=True, border=1, align="center", bg_color=HEAD_FILL)

    def cell(self, style: str, number_format: str, align: str):
        more = {"bold": True} if style else {}
        if style:
            more["bg_color"] = HEAD_FILL if style == "total" else GROUP_FILL
        return self.of(border=1, num_format=number_format, align=align, text_wrap=align == "left", **more)


def sheet_name(table: Table) -> str:
    return f"Bảng {table_number(table.key)}"


def _write_choice(workbook, formats, evaluation, selection, tables, printed):
    sheet = workbook.add_worksheet("Phạm vi")
    sheet.set_column(0, 0, 34)
    sheet.set_column(1, 1, 90)
    sheet.write_string(0, 0, clean(f"Báo cáo {evaluation.get_kind_display().lower()}".upper()), formats.title())
    told = [("Chương trình", str(evaluation.program))]
    told += [line.partition(": ")[::2] if ": " in line else ("", line) for line in basis_words(selection)]
    told += [("Kinh phí", "đồng; số trong các bảng là số đầy đủ, không làm tròn"), ("Tệp", printed)]
    told += [(sheet_name(table), table.title) for table in tables.values()]
    told += [("Đề án", "Từng đề án, nhiệm vụ với kinh phí theo giai đoạn và nguồn, để cộng lại")]
    for line, (label, words) in enumerate(told, 2):
        sheet.write_string(line, 0, clean(label), formats.words(bold=True, valign="top"))
        sheet.write_string(line, 1, clean(words), formats.words())
    _set_up_page(sheet)


def _set_up_page(sheet):
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)


@dataclass
class TableSheet:
    """One of T1-T10 with the heads of the page, the unit, the day of its figures, its notes."""

    workbook: Workbook
    formats: Formats
    table: Table
    selection: Selection

    def write(self):
        table = self.table
        self.sheet = self.workbook.add_worksheet(sheet_name(table))
        self.notes = any(row.note for row in table.rows)
        self.sheet.write_string(
            0, 0, clean(f"Bảng {table_number(table.key)}. {table.title}".upper()), self.formats.title()
        )
        told = [f"Số liệu đến hết ngày {short_date(self.selection.until)}"]
        told += [UNIT_LINE] if any(figure.unit == VND for row in table.rows for figure in row.figures) else []
        for line, words in enumerate(told, 1):
            self.sheet.write_string(line, 0, words, self.formats.of(italic=True, text_wrap=False))
        self.head_line = len(told) + 2
        self.first_line = self.head_line + 1 + any(column.group for column in table.columns)
        self.widths = self._widths()
        for at, width in enumerate(self.widths):
            self.sheet.set_column(at, at, width)
        self._write_heads()
        self._write_rows()
        if table.note:
            line, last = self.first_line + len(table.rows) + 1, len(self.widths) - 1
            self.sheet.merge_range(line, 0, line, last, clean(table.note), self.formats.words(valign="top"))
            self._fit(line, [(table.note, sum(self.widths))])
        self.sheet.freeze_panes(self.first_line, 1)
        self.sheet.repeat_rows(self.head_line, self.first_line - 1)
        _set_up_page(self.sheet)

    def _widths(self):
        """In digits: the label, a column for each figure, the notes if there are any."""
        columns = range(len(self.table.columns))
        words = {at for row in self.table.rows for at in columns if isinstance(row.figures[at].value, str)}
        widths = [LABEL_WIDTH, *(WORDS_WIDTH if at in words else FIGURE_WIDTH for at in columns)]
        return [*widths, NOTE_WIDTH] if self.notes else widths

    def _fit(self, line, texts):
        """Set the height of a row; not every program finds it by itself. `texts` are (text, width of its cell)."""
        lines = max(len(wrap(text, int(width))) for text, width in texts)
        if lines > 1:
            self.sheet.set_row(line, min(lines * LINE_POINTS + PADDING_POINTS, MAX_POINTS))

    def _write_heads(self):
        table, last = self.table, self.first_line - 1
        self._head(self.head_line, 0, last, 0, table.head)
        for group, found in groupby(enumerate(table.columns, 1), lambda part: part[1].group):
            columns = list(found)
            top = self.head_line
            if group:
                self._head(top, columns[0][0], top, columns[-1][0], group)
                top += 1
            for at, column in columns:
                self._head(top, at, last, at, column.label)
        if self.notes:
            at = len(table.columns) + 1
            self._head(self.head_line, at, last, at, "Ghi chú")
        # Bold letters, and the last line of heads holds most of them.
        self._fit(last, [(column.label, FIGURE_WIDTH * 0.9) for column in table.columns])

    def _head(self, top, left, bottom, right, words):
        if (top, left) == (bottom, right):
            self.sheet.write_string(top, left, clean(words), self.formats.head())
        else:
            self.sheet.merge_range(top, left, bottom, right, clean(words), self.formats.head())

    def _write_rows(self):
        lines = {row.key: line for line, row in enumerate(self.table.rows, self.first_line)}
        parts = parts_of(self.table)
        for row in self.table.rows:
            line = lines[row.key]
            self.sheet.write_string(line, 0, clean(nfc(row.label)), self.formats.cell(row.style, "@", "left"))
            for at, figure in enumerate(row.figures, 1):
                added = self._added(figure, at, parts.get(row.key, ()))
                self._write_figure(line, at, figure, row.style, [lines[key] for key in added])
            told = [
                row.label,
                *(figure.value if isinstance(figure.value, str) else "" for figure in row.figures),
                row.note,
            ]
            self._fit(line, list(zip(told, self.widths, strict=False)))
            if self.notes:
                at = len(row.figures) + 1
                self.sheet.write_string(line, at, clean(row.note), self.formats.cell(row.style, "@", "left"))

    def _added(self, figure, at, keys):
        """The rows that the figure is the sum of; none where it is no sum, such as facilities counted once."""
        is_share = self.table.columns[at - 1].key == "share"
        if figure.value is None or not keys or not (figure.unit in (VND, COUNT) or is_share):
            return []
        values = [self.table.row(key).figures[at - 1].value for key in keys]
        if any(isinstance(value, str) for value in values) or sum(value or 0 for value in values) != figure.value:
            return []
        return keys

    def _write_figure(self, line, at, figure: Figure, style, added):
        if isinstance(figure.value, str):
            self.sheet.write_string(line, at, clean(figure.value), self.formats.cell(style, "@", "left"))
            return
        number = None if figure.value is None else number_content(figure.value)
        cell = self.formats.cell(style, _number_format(figure), "right")
        formula = _sum_of(added, at)
        if number is None:
            self.sheet.write_blank(line, at, None, cell)
        elif formula:
            self.sheet.write_formula(line, at, formula, cell, number)
        else:
            self.sheet.write_number(line, at, number, cell)


def _number_format(figure):
    if figure.unit in (COUNT, TEXT):
        is_whole = figure.value is None or figure.value == int(figure.value)
        return "#,##0" if is_whole else "#,##0.00"
    return FORMATS[figure.unit]


def _sum_of(lines, at):
    """“=SUM(B5:B9)”, or cell by cell where others stand between; "" for none, and for too many."""
    if not lines:
        return ""
    if lines == list(range(lines[0], lines[-1] + 1)):
        return f"=SUM({xl_rowcol_to_cell(lines[0], at)}:{xl_rowcol_to_cell(lines[-1], at)})"
    return f"=SUM({','.join(xl_rowcol_to_cell(line, at) for line in lines)})" if len(lines) <= MOST_CELLS else ""


def parts_of(table: Table) -> dict[str, list[str]]:
    """{row: the rows that it may be the sum of}, by their keys."""
    plain = [row.key for row in table.rows if not row.style and row.key != "priority"]
    groups = [row.key for row in table.rows if row.style == "group"]
    if table.key == "T2":
        sources = {source.code for source in FundingSource.objects.all() if source.is_support}
        return {SUPPORT: [key for key in plain if key in sources], "total": plain}
    found = {group: [key for key in plain if key.startswith(f"{group}-")] for group in groups}
    return found | {"total": groups if table.key == "T6" else plain}
