"""T2 money by source and year, T4 results by year."""

from khuyencong.dates import short_date
from programs.models import DECIDED_PLAN, AnnualPlan, FundingSource, SourceCategory
from reports.evaluation import axes, cells, counted, sums
from reports.evaluation.counted import SUPPORT
from reports.evaluation.facts import ACCEPTED, AMENDED, APPROVED, DONE, PAID, PLANNED, SETTLED, STOPPED
from reports.evaluation.figures import COUNT, EMPTY, PERCENT, TEXT, VND, Column, Figure, Table, TableRow, shares_of
from reports.evaluation.selection import Selection

YEAR_WORDS = {True: "Năm là năm kế hoạch.", False: "Năm là năm của ngày quyết định, nghiệm thu, chi, duyệt quyết toán."}
RATE = (
    "Tỷ lệ giải ngân = số đã chi (trừ hoàn trả) của nguồn khuyến công : kinh phí khuyến công được duyệt × 100; "
    "không tính vốn đối ứng và nguồn khác."
)


def year_words(selection: Selection) -> str:
    return YEAR_WORDS[selection.by_plan_year]


def money_by_source(selection: Selection) -> Table:
    """T2: approved and accepted money of each source and year; shares are those of the accepted money."""
    given, done = (
        sums.summed(counted.money(selection, stage), selection, axes.SOURCE, axes.YEAR)
        for stage in (APPROVED, ACCEPTED)
    )
    found = {code for code, _year in (*given, *done)}
    sources = [
        source
        for source in FundingSource.objects.order_by("position", "code")
        if source.code in found or source.is_support or source.category == SourceCategory.COUNTERPART
    ]
    shares = shares_of([_sum(done, [source.code], selection.years) for source in sources])
    rows = [
        _source_row(selection, given, done, source.code, source.name, [source.code], {axes.SOURCE: source.code}, share)
        for source, share in zip(sources, shares, strict=True)
    ]
    support = [source.code for source in sources if source.is_support]
    everything = [source.code for source in sources]
    whole = shares_of([_sum(done, everything, selection.years)])[0]
    both = _sum_of(shares, [source.is_support for source in sources])
    rows += [
        _source_row(
            selection, given, done, SUPPORT, "Cộng khuyến công", support, {axes.CATEGORY: SUPPORT}, both, "group"
        ),
        _source_row(selection, given, done, "total", "Tổng số", everything, {}, whole, "total"),
    ]
    heads = [(str(year), str(year)) for year in selection.years] + [("", "Tổng")]
    columns = [
        Column(f"{key}_{name}" if key else name, label, VND, group)
        for key, group in heads
        for name, label in (("planned", "Kế hoạch"), ("done", "Thực hiện"))
    ]
    note = (
        "Kế hoạch: số được duyệt cho đề án. Thực hiện: số ghi trong biên bản nghiệm thu có hiệu lực. Tỷ trọng tính "
        f"trên số thực hiện. {year_words(selection)}"
    )
    columns.append(Column("share", "Tỷ trọng (%)", PERCENT))
    return Table("T2", "Kinh phí theo nguồn và năm", "Nguồn kinh phí", tuple(columns), tuple(rows), note)


def _source_row(selection, given, done, key, label, codes, path, share, style=""):
    figures = []
    for years, by_year in [([year], {axes.YEAR: year}) for year in selection.years] + [(selection.years, {})]:
        figures += [
            cells.money(_sum(given, codes, years), APPROVED, path | by_year),
            cells.money(_sum(done, codes, years), ACCEPTED, path | by_year),
        ]
    return TableRow(key, label, (*figures, Figure(share, PERCENT)), style)


def _sum(found, codes, years):
    return sum(found.get((code, year), 0) for code in codes for year in years)


def _sum_of(shares, chosen):
    wanted = [share for share, is_chosen in zip(shares, chosen, strict=True) if is_chosen and share is not None]
    return sum(wanted) if wanted else None


def results_by_year(selection: Selection) -> Table:
    """T4: per year decisions, projects given, done, amended, stopped; khuyến công money given, paid, settled."""
    states, stages = (PLANNED, DONE, AMENDED, STOPPED), (APPROVED, PAID, SETTLED)
    counts = {state: _projects_by_year(selection, state) for state in states}
    money = {stage: _support_by_year(selection, stage) for stage in stages}
    decisions = _decisions(selection)
    rows = [
        _year_row(str(year), f"Năm {year}", counts, money, [year], {axes.YEAR: year}, decisions.get(year))
        for year in selection.years
    ]
    rows.append(_year_row("total", "Cả giai đoạn", counts, money, list(selection.years), {}, None, "total"))
    columns = (
        Column("decisions", "Quyết định kế hoạch", TEXT),
        Column(PLANNED, "Giao", COUNT, "Đề án, nhiệm vụ"),
        Column(DONE, "Hoàn thành", COUNT, "Đề án, nhiệm vụ"),
        Column(AMENDED, "Điều chỉnh", COUNT, "Đề án, nhiệm vụ"),
        Column(STOPPED, "Ngừng", COUNT, "Đề án, nhiệm vụ"),
        Column(APPROVED, "Được duyệt", VND, "Kinh phí khuyến công"),
        Column(PAID, "Đã chi", VND, "Kinh phí khuyến công"),
        Column(SETTLED, "Quyết toán", VND, "Kinh phí khuyến công"),
        Column("rate", "Giải ngân (%)", PERCENT, "Kinh phí khuyến công"),
    )
    return Table("T4", "Kết quả theo năm", "Năm", columns, tuple(rows), f"{RATE} {year_words(selection)}")


def _projects_by_year(selection, state):
    found = sums.projects_by(counted.projects(selection, state), selection, axes.YEAR)
    return {year: count for (year,), count in found.items()}


def _support_by_year(selection, stage):
    found = sums.summed(counted.money(selection, stage), selection, axes.CATEGORY, axes.YEAR)
    support = {}
    for (category, year), amount in found.items():
        if category in (SourceCategory.NATIONAL, SourceCategory.LOCAL):
            support[year] = support.get(year, 0) + amount
    return support


def _year_row(key, label, counts, money, years, path, decisions, style=""):
    def added(found):
        return sum(found.get(year, 0) for year in years)

    figures = [Figure(decisions, TEXT) if decisions else EMPTY]
    figures += [cells.project_count(added(found), state, path) for state, found in counts.items()]
    figures += [cells.money(added(found), stage, {axes.CATEGORY: SUPPORT} | path) for stage, found in money.items()]
    figures.append(cells.percent(added(money[PAID]), added(money[APPROVED])))
    return TableRow(key, label, tuple(figures), style)


def _decisions(selection):
    """{year: "10/QĐ-UBND ngày 04/01/2016; …"} of the plans decided by the day."""
    plans = AnnualPlan.objects.visible_to(selection.user).filter(
        program__in=selection.programs, status__in=DECIDED_PLAN, decision_on__lte=selection.until
    )
    found = {}
    for plan in plans.order_by("decision_on", "pk"):
        year = plan.year if selection.by_plan_year else plan.decision_on.year
        found.setdefault(year, []).append(f"{plan.decision_number} ngày {short_date(plan.decision_on)}")
    return {year: "; ".join(words) for year, words in found.items()}
