"""T8 effects of projects, planned and done, T9 certified products."""

from django.db.models import Count, Q

from programs.models import Indicator
from projects.models import FollowUpRound
from reports.evaluation import axes, cells, counted, sums
from reports.evaluation.facts import DONE
from reports.evaluation.figures import COUNT, PERCENT, TEXT, VND, Column, Figure, Table, TableRow, percent_of, plain
from reports.evaluation.selection import Selection

CERTIFIED = ("CERT_PROVINCE", "CERT_REGION", "CERT_NATION")
ROUNDS = {FollowUpRound.FIRST.value: "first", FollowUpRound.SECOND.value: "second"}


def effects(selection: Selection) -> Table:
    """T8: each indicator of projects; what facilities declare and what was checked against papers stand apart."""
    planned = sums.summed(counted.values(selection, "planned"), selection, axes.INDICATOR)
    done = sums.summed(counted.values(selection, "done"), selection, axes.INDICATOR, axes.VERIFIED)
    answers = sums.summed(counted.answers(selection), selection, axes.INDICATOR, axes.ROUND)
    told = {code for code, *_rest in (*planned, *done, *answers)}
    indicators = Indicator.objects.filter(code__in=told).order_by("position", "code")
    rows = [_effect_row(indicator, planned, done, answers) for indicator in indicators]
    columns = (
        Column("unit", "ĐVT", TEXT),
        Column("planned", "Kế hoạch"),
        Column("declared", "Cơ sở tự khai", COUNT, "Thực hiện"),
        Column("verified", "Đã kiểm chứng", COUNT, "Thực hiện"),
        Column("percent", "% so kế hoạch", PERCENT, "Thực hiện"),
        Column("first", "Lần 1", COUNT, "Theo dõi sau nghiệm thu"),
        Column("second", "Lần 2", COUNT, "Theo dõi sau nghiệm thu"),
    )
    return Table("T8", "Hiệu quả của các đề án", "Chỉ tiêu", columns, tuple(rows), _effect_note(selection))


def _effect_note(selection):
    surveyed = (
        counted.follow_ups(selection)
        .values("round")
        .annotate(count=Count("pk"), operating=Count("pk", filter=Q(is_operating=True)))
    )
    counts = {row["round"]: (row["count"], row["operating"]) for row in surveyed}
    words = [
        f"{label}: {counts.get(key, (0, 0))[0]} đề án đã theo dõi, {counts.get(key, (0, 0))[1]} còn sử dụng kết quả."
        for key, label in FollowUpRound.choices
    ]
    basis = (
        "Kế hoạch cộng từ các đề án được duyệt, thực hiện cộng từ các đề án đã nghiệm thu; % tính trên cả số tự khai "
        "và số đã kiểm chứng. Số theo dõi do cơ sở báo lại, chỉ gồm các đề án đã theo dõi."
    )
    return " ".join([basis, *words])


def _effect_row(indicator, planned, done, answers):
    code = indicator.code
    path = {axes.INDICATOR: code}
    unit = VND if indicator.is_money else COUNT
    goal = plain(planned.get((code,)))
    parts = {verified: plain(done.get((code, verified))) for verified in (False, True)}
    reached = [part for part in parts.values() if part is not None]
    figures = [
        Figure(indicator.unit, TEXT),
        _value(goal, "planned", path, unit),
        *(_value(part, "done", path | {axes.VERIFIED: verified}, unit) for verified, part in parts.items()),
        Figure(percent_of(sum(reached) if reached else None, goal), PERCENT),
    ]
    for key in ROUNDS:
        told = plain(answers.get((code, key)))
        figures.append(Figure(None, unit) if told is None else cells.answer(told, path | {axes.ROUND: key}, unit=unit))
    return TableRow(code, indicator.name, tuple(figures))


def _value(number, column, path, unit):
    """Nothing stated is empty, not zero."""
    return Figure(None, unit) if number is None else cells.value(number, column, path, unit=unit)


def certified_products(selection: Selection) -> Table:
    """T9: products by level and year, as projects that are done state them."""
    found = sums.summed(counted.values(selection, "done"), selection, axes.INDICATOR, axes.YEAR)
    lines = [
        _level_row(indicator, found, selection)
        for indicator in Indicator.objects.filter(code__in=CERTIFIED).order_by("position")
    ]
    columns = (
        *(Column(str(year), str(year), COUNT, "Sản phẩm được chứng nhận") for year in selection.years),
        Column("products", "Cả giai đoạn", COUNT, "Sản phẩm được chứng nhận"),
        Column("facilities", "Cơ sở của các đề án ấy", COUNT),
    )
    note = (
        "Theo kết quả ghi khi nghiệm thu đề án. Một sản phẩm có thể được chứng nhận ở nhiều cấp nên không cộng các "
        "cấp. Thời hạn hiệu lực của giấy chứng nhận không có trong dữ liệu đề án."
    )
    return Table("T9", "Sản phẩm công nghiệp nông thôn tiêu biểu", "Cấp chứng nhận", columns, tuple(lines), note)


def _level_row(indicator, found, selection):
    code = indicator.code
    path = {axes.INDICATOR: code}
    years = {year: plain(found.get((code, year), 0)) for year in selection.years}
    figures = [cells.value(number, "done", path | {axes.YEAR: year}) for year, number in years.items()]
    figures.append(cells.value(sum(years.values()), "done", path))
    stating = {counted.STATING: code}
    facilities = counted.narrowed(counted.turns(selection, DONE), selection, stating)
    count = facilities.aggregate(count=Count("facility", distinct=True))["count"]
    return TableRow(code, indicator.name, (*figures, cells.facility_count(count, DONE, stating)))
