"""T3 results by content of Điều 4, T10 projects that stopped or are not finished."""

from programs.models import SUPPORT_CATEGORIES, ActivityContent, AmendmentKind, SourceCategory
from projects.models import Amendment, AmendmentStatus, Project
from reports.evaluation import axes, cells, counted, stands, sums
from reports.evaluation.counted import SUPPORT
from reports.evaluation.facts import (
    ACCEPTED,
    APPROVED,
    DONE,
    PAID,
    PLANNED,
    REFUNDED,
    STOPPED,
    UNFINISHED,
    money_of,
    projects_of,
)
from reports.evaluation.figures import COUNT, PERCENT, VND, Column, Figure, Table, TableRow, shares_of
from reports.evaluation.selection import Selection

# Projects listed by name under each head of T10; the head counts all of them.
MOST = 200
CATEGORIES = tuple(SourceCategory.values)


def results_by_content(selection: Selection) -> Table:
    """T3: projects planned and done, facilities, accepted money by group of sources."""
    planned, done = (_projects_by_content(selection, state) for state in (PLANNED, DONE))
    facilities = {pk: found.facilities for (pk,), found in stands.count(selection, DONE, axes.CONTENT).items()}
    money = sums.summed(counted.money(selection, ACCEPTED), selection, axes.CONTENT, axes.CATEGORY)
    headings = list(ActivityContent.objects.filter(parent=None).order_by("position"))
    named = [(heading.pk, heading.code, heading.short_name or heading.name) for heading in headings]
    found = {*planned, *done, *(key for key, _category in money)}
    if None in found:
        named.append((None, axes.NONE, "Chưa xếp nội dung"))
    totals = [sum(money.get((pk, category), 0) for category in CATEGORIES) for pk, _code, _label in named]
    lines = [
        _content_row(code, label, [pk], {axes.CONTENT: pk}, planned, done, facilities.get(pk, 0), money, share)
        for (pk, code, label), share in zip(named, shares_of(totals), strict=True)
    ]
    everything = [pk for pk, _code, _label in named]
    [whole] = stands.count(selection, DONE).values()
    share = shares_of([sum(totals)])[0]
    lines.append(
        _content_row("total", "Tổng số", everything, {}, planned, done, whole.facilities, money, share, "total")
    )
    columns = (
        Column(PLANNED, "Kế hoạch", COUNT, "Đề án, nhiệm vụ"),
        Column(DONE, "Thực hiện", COUNT, "Đề án, nhiệm vụ"),
        Column("percent", "%", PERCENT, "Đề án, nhiệm vụ"),
        Column("facilities", "Cơ sở thụ hưởng", COUNT),
        *(Column(category.value, category.label, VND, "Kinh phí thực hiện") for category in SourceCategory),
        Column("total", "Tổng", VND, "Kinh phí thực hiện"),
        Column("share", "Tỷ trọng (%)", PERCENT, "Kinh phí thực hiện"),
    )
    note = (
        "Kể cả nhiệm vụ. Kinh phí thực hiện: số ghi trong biên bản nghiệm thu có hiệu lực. Mỗi cơ sở kể một lần ở mỗi "
        "nội dung và một lần ở dòng tổng số, nên dòng tổng số có thể nhỏ hơn tổng các dòng."
    )
    return Table("T3", "Kết quả theo nội dung hoạt động", "Nội dung", columns, tuple(lines), note)


def _projects_by_content(selection, state):
    found = sums.projects_by(counted.projects(selection, state), selection, axes.CONTENT)
    return {pk: count for (pk,), count in found.items()}


def _content_row(key, label, pks, path, planned, done, facilities, money, share, style=""):
    given, finished = (sum(found.get(pk, 0) for pk in pks) for found in (planned, done))
    amounts = {category: sum(money.get((pk, category), 0) for pk in pks) for category in CATEGORIES}
    figures = (
        cells.project_count(given, PLANNED, path),
        cells.project_count(finished, DONE, path),
        cells.percent(finished, given),
        cells.facility_count(facilities, DONE, path),
        *(cells.money(amount, ACCEPTED, path | {axes.CATEGORY: category}) for category, amount in amounts.items()),
        cells.money(sum(amounts.values()), ACCEPTED, path),
        Figure(share, PERCENT),
    )
    return TableRow(key, label, figures, style)


def unfinished_projects(selection: Selection) -> Table:
    """T10: stopped and unfinished projects with reason, khuyến công money approved, paid and given back."""
    rows, left_out = [], []
    for state, label in ((STOPPED, "Ngừng thực hiện"), (UNFINISHED, "Chưa hoàn thành")):
        head, lines, more = _group(selection, state, label)
        rows += [head, *lines]
        left_out += [f"{label}: còn {more} đề án không kể tên ở đây."] if more else []
    columns = (
        Column("count", "Số đề án, nhiệm vụ", COUNT),
        Column(APPROVED, "Được duyệt", VND, "Kinh phí khuyến công"),
        Column(PAID, "Đã chi, trừ hoàn trả", VND, "Kinh phí khuyến công"),
        Column(REFUNDED, "Đã hoàn trả", VND, "Kinh phí khuyến công"),
    )
    note = (
        "Đề án ngừng: số được duyệt là số còn lại theo quyết định ngừng. Đề án chưa hoàn thành: được duyệt trong giai "
        "đoạn, đến ngày lấy số liệu chưa nghiệm thu toàn bộ và không ngừng."
    )
    return Table("T10", "Đề án không hoàn thành", "Đề án, lý do", columns, tuple(rows), " ".join([note, *left_out]))


def _group(selection, state, label):
    projects = projects_of(selection, state)
    count = projects.count()
    named = list(projects.select_related("plan").order_by("plan__year", "code")[:MOST])
    listed = Project.objects.filter(pk__in=[project.pk for project in named])
    totals, of_named = {}, {}
    for stage in (APPROVED, PAID, REFUNDED):
        totals[stage] = sum(_support(counted.money(selection, stage, state), selection).values())
        of_named[stage] = _support(money_of(selection, stage, listed), selection, axes.PROJECT)
    reasons = _reasons(named) if state == STOPPED else {}
    lines = [
        _line(state, project, {stage: found.get((project.pk,), 0) for stage, found in of_named.items()}, reasons)
        for project in named
    ]
    figures = [cells.money(amount, stage, {axes.CATEGORY: SUPPORT}, of=state) for stage, amount in totals.items()]
    head = TableRow(state, label, (cells.project_count(count, state), *figures), "group")
    return head, lines, count - len(named)


def _support(rows, selection, *names):
    """{(value of each axis,): national and local money together}"""
    support = {}
    for key, amount in sums.summed(rows, selection, axes.CATEGORY, *names).items():
        category, *rest = key
        if category in SUPPORT_CATEGORIES:
            support[tuple(rest)] = support.get(tuple(rest), 0) + amount
    return support


def _line(state, project, amounts, reasons):
    path = {axes.PROJECT: project.pk}
    figures = [
        cells.money(amount, stage, {axes.CATEGORY: SUPPORT} | path, of=state) for stage, amount in amounts.items()
    ]
    label = f"{project.code} {project.name} (kế hoạch {project.plan.year})"
    note = reasons.get(project.pk) or project.get_status_display()
    return TableRow(f"{state}-{project.pk}", label, (cells.project_count(1, state, path), *figures), "", note)


def _reasons(projects: list[Project]) -> dict:
    stops = Amendment.objects.filter(
        project__in=projects, kind=AmendmentKind.STOP, status=AmendmentStatus.APPROVED
    ).order_by("number")
    return {
        stop.project_id: f"{stop.reason} (Quyết định {stop.decision_number})" if stop.decision_number else stop.reason
        for stop in stops
    }
