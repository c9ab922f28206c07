"""T1: targets of the programmes, plan, done, before, since the start, and figures known only as a sum beside them."""

from khuyencong.models import AdministrativeUnit, UnitLevel
from khuyencong.templatetags.vietnamese import quantity
from programs.models import SUPPORT_CATEGORIES, Indicator, Scope, SourceCategory
from projects.models import ProjectKind
from reports.evaluation import axes, cells, counted, sums
from reports.evaluation.facts import ACCEPTED, APPROVED, DONE, PLANNED
from reports.evaluation.figures import (
    COUNT,
    EMPTY,
    PERCENT,
    RATIO,
    TEXT,
    VND,
    Column,
    Figure,
    Table,
    TableRow,
    percent_of,
    plain,
    ratio_of,
)
from reports.evaluation.handed_over import extra_row, handed_over
from reports.evaluation.selection import Selection
from reports.evaluation.targets import targets_of
from reports.models import ManualFigure

STATES = {"planned": PLANNED, "done": DONE}
STAGES = {"planned": APPROVED, "done": ACCEPTED}
# What a project is counted as, on which axes.
PROJECTS = {
    "PRJ_COUNT": {axes.KIND: ProjectKind.PROJECT},
    "PRJ_NATIONAL": {axes.KIND: ProjectKind.PROJECT, axes.SCOPE: Scope.NATIONAL},
    "PRJ_LOCAL": {axes.KIND: ProjectKind.PROJECT, axes.SCOPE: Scope.LOCAL},
    "PRJ_TASK": {axes.KIND: ProjectKind.TASK},
    "PRJ_KEY": {axes.KEY_PROJECT: True},
}
MONEY = {
    "MONEY_TOTAL": {},
    "MONEY_SUPPORT": {axes.CATEGORY: counted.SUPPORT},
    "MONEY_COUNTERPART": {axes.CATEGORY: SourceCategory.COUNTERPART},
}
FACILITIES = {"FAC_COUNT": cells.facility_count, "FAC_TURN": cells.turn_count}
AREA, LEVERAGE = "AREA_COUNT", "LEVERAGE"
NOTE = (
    "Kế hoạch: được duyệt; thực hiện: đã nghiệm thu. % so mục tiêu tính trên số lũy kế từ đầu chương trình. Số đề án "
    "không kể nhiệm vụ. Số liệu nhập (biết qua văn bản, bài viết) đứng riêng, không cộng vào số đếm được; chênh lệch = "
    "số thực hiện trừ số nhập. Đòn bẩy = vốn đối ứng : (KCQG + KCĐP)."
)
COLUMNS = (
    Column("unit", "ĐVT", TEXT),
    Column("target", "Mục tiêu chương trình", TEXT),
    Column("planned", "Kế hoạch", TEXT),
    Column("done", "Thực hiện", TEXT),
    Column("of_plan", "% so kế hoạch", PERCENT),
    Column("of_target", "% so mục tiêu", PERCENT),
    Column("before", "Cùng kỳ trước", TEXT),
    Column("since_start", "Lũy kế từ đầu chương trình", TEXT),
    Column("manual", "Số liệu nhập", TEXT),
    Column("difference", "Chênh lệch", TEXT),
)


def indicators(selection: Selection) -> Table:
    """T1. Rows of what has a target, or any figure; the unit of a figure is that of its row."""
    targets, sources = _targets(selection)
    manual = _manual(selection)
    planned, done = _measured(selection, "planned"), _measured(selection, "done")
    earlier, whole = selection.before(), selection.since_start()
    # Of a time without any plan in the portal nothing is known: that is not zero.
    is_known = earlier is not None and counted.projects(earlier, PLANNED).rows.exists()
    before = _measured(earlier, "done", counted.BEFORE) if is_known else {}
    since = done if whole == selection else _measured(whole, "done", counted.SINCE_START)
    rows = []
    for indicator in Indicator.objects.order_by("position", "code"):
        told = [found.get(indicator.code) for found in (planned, done, before, since)]
        entered = manual.get(indicator.pk, [])
        target = targets.get(indicator.pk)
        if target is None and not entered and not any(figure and figure.value for figure in told):
            continue
        note = " ".join([*sources.get(indicator.pk, []), *(_entered_words(figure) for figure in entered)])
        rows.append(_row(indicator, target, told, entered, note))
        if indicator.code == AREA and _spans_provinces(selection):
            rows[-1] = _with_provinces(rows[-1], selection)
    rows.append(_leverage(selection, targets, planned, done, before, since))
    rows += [*_groups(selection), *handed_over(selection)]
    return Table("T1", "Thực hiện các chỉ tiêu", "Chỉ tiêu", COLUMNS, tuple(rows), NOTE)


def _row(indicator, target, told, entered, note):
    unit = VND if indicator.is_money else COUNT
    planned, done, before, since = told
    manual = plain(entered[0].value) if entered else None
    value = done.value if done else None
    difference = None if manual is None or value is None else value - manual
    figures = (
        Figure(indicator.unit, TEXT),
        Figure(target, unit),
        planned or EMPTY,
        done or EMPTY,
        Figure(percent_of(value, planned.value if planned else None), PERCENT),
        Figure(percent_of(since.value if since else None, target), PERCENT),
        before or EMPTY,
        since or EMPTY,
        Figure(manual, unit),
        Figure(difference, unit),
    )
    return TableRow(indicator.code, indicator.name, figures, "", note)


def _targets(selection):
    """({indicator pk: target}, {indicator pk: [where it stands]}); targets of programmes counted together add up."""
    found, sources = {}, {}
    rows = targets_of(selection)
    several = {row.program.pk for row in rows}
    for row in rows:
        found[row.indicator_id] = found.get(row.indicator_id, 0) + plain(row.value)
        words = f"Mục tiêu: {row.source}." if row.source else ""
        if len(several) > 1:
            words = f"{row.program}: {quantity(row.value)}. {words}".strip()
        sources.setdefault(row.indicator_id, []).extend([words] if words else [])
    return found, sources


def _manual(selection):
    """{indicator pk: figures entered for just this period, those of the report's own programme first}."""
    rows = ManualFigure.objects.visible_to(selection.user).filter(
        program__in=selection.programs, starts_on=selection.starts_on, ends_on=selection.ends_on
    )
    found = {}
    own = selection.programs[0].pk
    for row in sorted(rows.select_related("program"), key=lambda row: (row.program_id != own, row.pk)):
        found.setdefault(row.indicator_id, []).append(row)
    return found


def _entered_words(figure):
    least = "trên " if figure.is_at_least else ""
    note = f" {figure.note}" if figure.note else ""
    return f"Nhập: {least}{quantity(plain(figure.value))} (nguồn: {figure.source_note}).{note}"


def _measured(selection, column, stretch="") -> dict:
    """{indicator code: Figure} of what is counted as planned or as done."""
    told = {**_project_counts(selection, column), **_sums(selection, column), **_facility_counts(selection, column)}
    told |= _values(selection, column)
    if _spans_provinces(selection):
        told[AREA] = cells.province_count(counted.provinces(selection, STATES[column]).count(), STATES[column])
    if not stretch:
        return told
    way = {counted.STRETCH: stretch}
    return {code: Figure(figure.value, figure.unit, figure.rows | way) for code, figure in told.items()}


def _spans_provinces(selection):
    """A programme of one province has its projects there; only of others is it worth counting."""
    return selection.programs[0].area_id is None


def _project_counts(selection, column):
    keyed = (axes.KIND, axes.SCOPE, axes.KEY_PROJECT)
    found = sums.projects_by(counted.projects(selection, STATES[column]), selection, *keyed)
    counts = dict.fromkeys(PROJECTS, 0)
    for key, count in found.items():
        stands = dict(zip(keyed, key, strict=True))
        for code, path in PROJECTS.items():
            if all(stands[name] == value for name, value in path.items()):
                counts[code] += count
    return {code: cells.project_count(counts[code], STATES[column], path) for code, path in PROJECTS.items()}


def _sums(selection, column):
    stage = STAGES[column]
    found = {
        key: amount for (key,), amount in sums.summed(counted.money(selection, stage), selection, axes.CATEGORY).items()
    }
    amounts = {
        "MONEY_TOTAL": sum(found.values()),
        "MONEY_SUPPORT": sum(found.get(category, 0) for category in SUPPORT_CATEGORIES),
        "MONEY_COUNTERPART": found.get(SourceCategory.COUNTERPART, 0),
    }
    return {code: cells.money(amount, stage, MONEY[code]) for code, amount in amounts.items()}


def _facility_counts(selection, column):
    found = sums.facilities(counted.turns(selection, STATES[column]))
    return {code: cell(number, STATES[column]) for (code, cell), number in zip(FACILITIES.items(), found, strict=True)}


def _values(selection, column):
    found = sums.summed(counted.values(selection, column), selection, axes.INDICATOR)
    money = set(Indicator.objects.filter(unit="đồng").values_list("code", flat=True))
    return {
        code: cells.value(plain(value), column, {axes.INDICATOR: code}, unit=VND if code in money else COUNT)
        for (code,), value in found.items()
    }


def _leverage(selection, targets, planned, done, before, since):
    """Counterpart for one đồng of khuyến công money; no percent of a ratio."""
    codes = ("MONEY_COUNTERPART", "MONEY_SUPPORT")
    wanted = {indicator.code: targets.get(indicator.pk) for indicator in Indicator.objects.filter(code__in=codes)}
    goal = ratio_of(wanted.get(codes[0]), wanted.get(codes[1]))
    ratios = [
        ratio_of(*(found[code].value for code in codes)) if found else None for found in (planned, done, before, since)
    ]
    figures = [Figure(value, RATIO) for value in ratios]
    texts = Figure("đồng/đồng", TEXT), Figure(goal, RATIO)
    return TableRow(
        LEVERAGE,
        "Vốn đối ứng trên 1 đồng khuyến công",
        (*texts, *figures[:2], EMPTY, EMPTY, *figures[2:], EMPTY, EMPTY),
    )


def _groups(selection):
    """A row where plans bundle their projects, with what is to be said of the groups."""
    planned, done = (list(counted.groups(selection, state)) for state in (PLANNED, DONE))
    if not planned:
        return
    figures = [cells.way(len(found), counted.GROUPS, state) for found, state in ((planned, PLANNED), (done, DONE))]
    notes = " ".join(dict.fromkeys(group.note for group in planned if group.note))
    yield extra_row("PRJ_GROUP", "Số nhóm đề án", "nhóm", *figures, note=notes)


def _with_provinces(row, selection):
    """Provinces by name, out of all on the ground of the body."""
    names = list(counted.provinces(selection, DONE).order_by("sort_key").values_list("short_name", flat=True))
    if not names:
        return row
    areas = selection.programs[0].owner.areas.values("pk")
    ground = AdministrativeUnit.objects.filter(
        level=UnitLevel.PROVINCE, division=selection.division, province__in=areas
    )
    note = f"{row.note} {len(names)}/{ground.count()} tỉnh, thành phố: {', '.join(names)}.".strip()
    return TableRow(row.key, row.label, row.figures, row.style, note)
