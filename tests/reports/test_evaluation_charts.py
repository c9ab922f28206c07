"""Charts of evaluation tables: lengths, words at the bars, labels that keep clear of each other."""

import re
from decimal import Decimal
from itertools import combinations

import pytest
from django.template.loader import render_to_string

from reports.evaluation import charts
from reports.evaluation.charts import HALF, WHOLE
from reports.evaluation.counted import SUPPORT
from reports.evaluation.figures import PERCENT, RATIO, VND, Column, Figure, Table, TableRow, shares_of

LONG = "Hỗ trợ ứng dụng máy móc thiết bị tiên tiến vào sản xuất công nghiệp, tiểu thủ công nghiệp " * 3


def contents(*counts, name="Nội dung {}"):
    """T3 with these (planned, done)."""
    columns = (Column("planned", "Kế hoạch"), Column("done", "Thực hiện"), Column("share", "Tỷ trọng", PERCENT))
    shares = shares_of([done for _planned, done in counts])
    rows = tuple(
        TableRow(f"C{number}", name.format(number), (Figure(planned), Figure(done), Figure(share, PERCENT)))
        for number, ((planned, done), share) in enumerate(zip(counts, shares, strict=True), 1)
    )
    total = TableRow("total", "Tổng số", (Figure(0), Figure(0), Figure(None, PERCENT)), "total")
    return Table("T3", "Kết quả", "Nội dung", columns, (*rows, total))


def money(years, **sources):
    """T2 with what each source gave in each year, in đồng."""
    columns = tuple(Column(f"{year}_{name}", name, VND, str(year)) for year in years for name in ("planned", "done"))
    rows = [
        TableRow(code, f"Nguồn {code}", tuple(Figure(value, VND) for amount in amounts for value in (0, amount)))
        for code, amounts in sources.items()
    ]
    support = tuple(
        Figure(sum(row.figures[at].value for row in rows if row.key in ("KCQG", "KCDP")), VND)
        for at in range(len(columns))
    )
    rows.append(TableRow(SUPPORT, "Cộng khuyến công", support, "group"))
    return Table("T2", "Kinh phí", "Nguồn", columns, tuple(rows))


def boxes(chart):
    """(left, top, right, bottom) of every text, as wide as it may get on screen."""
    found = []
    for text in chart.texts:
        width = charts._width(text.text, bold=text.tone == "strong")
        left = text.x - {"start": 0, "middle": width // 2, "end": width}[text.anchor]
        found.append((left, text.y - 11, left + width, text.y + 3))
    return found


def overlaps(one, other):
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


@pytest.mark.parametrize("size", [WHOLE, HALF])
@pytest.mark.parametrize("name", ["Nội dung {}", LONG[:197] + "{}", "Ă" * 198 + "{}"])
@pytest.mark.parametrize("count", [2, 5, 30])
def test_texts_of_bars_keep_clear_of_each_other_inside_the_drawing(count, name, size):
    chart = charts.planned_and_done(contents(*((number + 3, number) for number in range(count)), name=name), size=size)
    found = boxes(chart)
    assert len(chart.bars) >= min(count, size.most)
    assert [pair for pair in combinations(found, 2) if overlaps(*pair)] == []
    assert all(left >= 0 and right <= chart.width and bottom <= chart.height for left, _top, right, bottom in found)


@pytest.mark.parametrize("count", [2, 5, 30])
def test_texts_of_points_keep_clear_of_each_other(count):
    years = range(2001, 2001 + count)
    table = money(years, KCQG=[10**9] * count, COUNTERPART=[(5 + number % 7) * 10**9 for number in range(count)])
    chart = charts.leverage_by_year(table, {"COUNTERPART"}, goal=Decimal("5.04"))
    assert len(chart.points) == count
    assert [pair for pair in combinations(boxes(chart), 2) if overlaps(*pair)] == []


def test_bars_are_as_long_as_their_figures():
    chart = charts.planned_and_done(contents((20, 10), (10, 5)))
    # Two pieces of the legend, then planned and done of each row.
    assert [bar.fill for bar in chart.bars] == ["blank", "solid", "blank", "solid", "blank", "solid"]
    lengths = [bar.width for bar in chart.bars[2:]]
    assert [abs(length * 2 - lengths[0]) <= 1 for length in lengths[1:3]] == [True, True]
    assert abs(lengths[3] * 4 - lengths[0]) <= 3
    assert [text.text for text in chart.texts if text.tone == "strong"] == ["10 / 20", "5 / 10"]
    assert chart.desc == "Nội dung 1: kế hoạch 20, thực hiện 10; Nội dung 2: kế hoạch 10, thực hiện 5."


@pytest.mark.parametrize(
    ("most", "ticks"),
    [
        (1, ["0", "0.2", "0.4", "0.6", "0.8", "1.0"]),
        (23, ["0", "5", "10", "15", "20", "25"]),
        (100, ["0", "20", "40", "60", "80", "100"]),
        (Decimal("0.3"), ["0", "0.1", "0.2", "0.3"]),
        (999_999, ["0", "200000", "400000", "600000", "800000", "1000000"]),
    ],
)
def test_axis_has_round_steps(most, ticks):
    found = charts._ticks(most, 5)
    assert [Decimal(tick) for tick in ticks] == found


@pytest.mark.parametrize(
    ("counts", "sentence"),
    [
        ([], "Chưa có số liệu để vẽ biểu đồ."),
        ([(0, 0), (0, 0)], "Chưa có số liệu để vẽ biểu đồ."),
        ([(3, 2)], "Chỉ có một mục nên không vẽ biểu đồ: Nội dung 1: kế hoạch 3, thực hiện 2."),
        ([(3, -2), (1, 1)],
         "Có số âm nên không vẽ biểu đồ: Nội dung 1: kế hoạch 3, thực hiện -2; Nội dung 2: kế hoạch 1, thực hiện 1."),
    ],
)  # fmt: skip
def test_a_sentence_stands_where_nothing_can_be_drawn(counts, sentence):
    chart = charts.planned_and_done(contents(*counts))
    assert (chart.sentence, chart.bars) == (sentence, ())


def test_shares_stand_largest_first():
    chart = charts.shares_by_content(contents((1, 1), (1, 6), (1, 3)))
    assert [text.text for text in chart.texts if text.tone == "strong"] == ["60", "30", "10"]
    assert chart.unit == "% tổng kinh phí"


def test_money_stands_in_parts_with_its_total_and_what_each_part_is_worth():
    table = money([2016, 2017], KCDP=[2 * 10**9, 0], COUNTERPART=[3 * 10**9, 10**9], OTHER=[0, 0])
    chart = charts.money_by_year(table)
    assert [text.text for text in chart.texts if text.tone == "strong"] == ["5", "1"]
    assert "2 + 3" in [text.text for text in chart.texts]
    assert (chart.unit, chart.fills) == ("tỷ đồng", ["solid", "hatch"])
    assert chart.desc == (
        "2016: nguồn kcdp 2, nguồn counterpart 3, tổng 5; 2017: nguồn kcdp 0, nguồn counterpart 1, tổng 1."
    )


def test_sources_beyond_the_fills_stand_together_and_nothing_is_lost():
    table = money([2016], **{f"S{number}": [number * 10**6] for number in range(1, 9)})
    chart = charts.money_by_year(table)
    assert chart.unit == "triệu đồng"
    assert [text.text for text in chart.texts if text.tone == "strong"] == ["36"]
    assert "các nguồn còn lại 21, tổng 36." in chart.desc


def test_leverage_has_no_point_where_there_was_no_support():
    table = money([2016, 2017, 2018, 2019], KCDP=[10, 0, 10, 20], COUNTERPART=[20, 5, 30, 25])
    chart = charts.leverage_by_year(table, {"COUNTERPART"}, goal=Decimal("5.04"))
    assert chart.desc == "2016: 2; 2017: không có; 2018: 3; 2019: 1,25. Mục tiêu: 5,04."
    assert (len(chart.points), len(chart.paths)) == (3, 1)
    assert [line.kind for line in chart.lines].count("goal") == 1


def test_value_stands_below_its_point_where_the_goal_runs_above():
    table = money([2016, 2017], KCDP=[100, 100], COUNTERPART=[650, 430])
    chart = charts.leverage_by_year(table, {"COUNTERPART"}, goal=Decimal("5.04"))
    above, below = [text.y - point.y for text, point in zip(_values(chart), chart.points, strict=True)]
    [goal] = [line.y1 for line in chart.lines if line.kind == "goal"]
    assert (above, below) == (-11, 22)
    assert all(not text.y - 12 < goal < text.y for text in _values(chart))


def _values(chart):
    return [text for text in chart.texts if text.tone == "strong"]


def test_top_places_leave_out_provinces_and_what_is_nowhere():
    names = {"tinh-1": "group", "tinh-1-2": "", "tinh-1-3": "", "tinh-1-khong": "", "total": "total"}
    amounts = {"tinh-1": 600, "tinh-1-2": 100, "tinh-1-3": 300, "tinh-1-khong": 200, "total": 600}
    rows = tuple(TableRow(key, key, (Figure(amounts[key] * 10**6, VND),), style) for key, style in names.items())
    chart = charts.top_places(Table("T6", "", "", (Column("support", "", VND),), rows))
    assert chart.desc == "tinh-1-3: 300; tinh-1-2: 100."
    assert chart.title == "2 địa bàn được khuyến công hỗ trợ nhiều nhất"


def test_all_charts_stand_with_their_tables():
    goal = Table("T1", "", "", (Column("target", ""),), (TableRow("LEVERAGE", "", (Figure(Decimal("5.04"), RATIO),)),))
    tables = {"T1": goal, "T2": money([2016, 2017], KCDP=[1, 2], COUNTERPART=[3, 4]), "T3": contents((2, 1), (4, 3))}
    found = charts.charts_of(tables, {"COUNTERPART"})
    assert {key: [chart.key for chart in drawn] for key, drawn in found.items()} == {
        "T3": ["ke-hoach-thuc-hien", "ty-trong-noi-dung"], "T2": ["nguon-nam", "don-bay"],
    }  # fmt: skip
    assert found["T2"][1].desc.endswith("Mục tiêu: 5,04.")


def test_the_drawing_is_told_to_screen_readers_and_needs_no_style_or_script():
    chart = charts.planned_and_done(contents(*((number, number) for number in range(1200, 1230))))
    svg = render_to_string("evaluation/charts/chart.svg.html", {"chart": chart})
    assert chart.height > 900
    assert 'role="img" aria-labelledby="ke-hoach-thuc-hien-t ke-hoach-thuc-hien-d"' in svg
    assert '<desc id="ke-hoach-thuc-hien-d">Nội dung 1: kế hoạch 1.200, thực hiện 1.200; ' in svg
    assert "style" not in svg
    assert "<script" not in svg
    # Coordinates are plain numbers in every locale.
    assert re.findall(r' (?:x|y|width|height)="[^"]*[^0-9"][^"]*"', svg) == []


@pytest.mark.parametrize("template", ["evaluation/charts/figure.html", "documents/_chart.html"])
def test_page_and_paper_hold_the_same_drawing(template):
    chart = charts.planned_and_done(contents((2, 1), (4, 3)))
    svg = render_to_string("evaluation/charts/chart.svg.html", {"chart": chart})
    assert svg in render_to_string(template, {"chart": chart})
    assert "Bảng 3" in render_to_string(template, {"chart": chart})


def test_page_tells_the_figures_in_words_where_the_drawing_is_too_wide():
    chart = charts.planned_and_done(contents((2, 1), (4, 3)))
    page = render_to_string("evaluation/charts/figure.html", {"chart": chart})
    assert f"<p>{chart.desc}</p>" in page.partition('<details class="more chart-words">')[2]
