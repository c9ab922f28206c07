"""Sentences that the figures say by themselves, with the published figures of Sóc Trăng 2016-2018."""

from datetime import date
from decimal import Decimal

import pytest

from khuyencong.models import Division
from programs.models import Program
from reports.evaluation.figures import COUNT, PERCENT, RATIO, TEXT, VND, Column, Figure, Table, TableRow
from reports.evaluation.selection import Selection
from reports.evaluation.sentences import basis_words, suggestions
from reports.models import Basis, Evaluation

PROGRAM = Program(name="Chương trình khuyến công tỉnh Sóc Trăng giai đoạn 2016-2020", scope="local")
REPORT = Evaluation(program=PROGRAM, starts_on=date(2016, 1, 1), ends_on=date(2018, 12, 31))


def selection(**fields):
    values = {
        "user": None, "programs": (PROGRAM,), "starts_on": REPORT.starts_on, "ends_on": REPORT.ends_on,
        "basis": Basis.PLAN_YEAR, "until": date(2019, 2, 25), "division": Division.OLD,
    }  # fmt: skip
    return Selection(**values | fields)


def table(key, rows, **units):
    """Rows are {key: (values under the columns)}."""
    columns = tuple(Column(name, name, unit) for name, unit in units.items())
    lines = tuple(
        TableRow(name, f"Năm {name}", tuple(map(Figure, values, units.values())), "total" if name == "total" else "")
        for name, values in rows.items()
    )
    return Table(key, "", "", columns, lines)


def published():
    return [
        table(
            "T1",
            {
                "PRJ_COUNT": (66, Decimal("40.7")),
                "PRJ_NATIONAL": (8, None),
                "PRJ_LOCAL": (58, None),
                "PRJ_TASK": (1, None),
                "MONEY_TOTAL": (51_154_000_000, None),
                "MONEY_COUNTERPART": (41_500_000_000, Decimal("33")),
                "LEVERAGE": (Decimal("4.30"), None),
            },
            done=COUNT, of_target=PERCENT,
        ),
        table(
            "T4",
            {
                "2016": ("5/QĐ-UBND ngày 04/01/2016", 20, 20, 0, 0, 0, 0, 0, None),
                "total": (None, 70, 67, 5, 3, 10_200_000_000, 9_654_000_000, 9_600_000_000, Decimal("94.6")),
            },
            decisions=TEXT, planned=COUNT, done=COUNT, amended=COUNT, stopped=COUNT, approved=VND, paid=VND,
            settled=VND, rate=RATIO,
        ),
        table("T10", {"stopped": (3,), "unfinished": (0,)}, count=COUNT),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("part", "words"),
    [
        (
            "results",
            "Giai đoạn 2016-2018 đã hoàn thành 66 đề án và 01 kế hoạch, nhiệm vụ (08 đề án khuyến công quốc gia, 58 đề "
            "án khuyến công địa phương) với tổng kinh phí 51,154 tỷ đồng. So với mục tiêu của Chương trình, lũy kế số "
            "đề án đạt 40,7%, vốn đối ứng đạt 33%.",
        ),
        (
            "money",
            "Kinh phí khuyến công được duyệt 10,2 tỷ đồng, đã chi 9,654 tỷ đồng, đạt tỷ lệ giải ngân 94,6%; đã quyết "
            "toán 9,6 tỷ đồng. Vốn đối ứng huy động được 41,5 tỷ đồng, bình quân 4,3 đồng trên 01 đồng kinh phí "
            "khuyến công.",
        ),
        (
            "direction",
            "Đã có 01 quyết định phê duyệt kế hoạch khuyến công trong giai đoạn\n"
            "Điều chỉnh 05 đề án, ngừng 03 đề án trong quá trình thực hiện",
        ),
        ("advantages", "Đã hoàn thành 67 trên 70 đề án, nhiệm vụ được giao, đạt 95,7%"),
        ("shortcomings", "Còn 03 đề án phải ngừng thực hiện"),
        ("lessons", ""),
    ],
)
def test_figures_say_their_sentence(part, words):
    assert suggestions(REPORT, selection(), published())[part] == words


def test_without_vouchers_nothing_is_said_to_be_disbursed():
    total = (None, 70, 67, 0, 0, 10_200_000_000, 0, 9_600_000_000, Decimal(0))
    columns = {"decisions": TEXT, "planned": COUNT, "done": COUNT, "amended": COUNT, "stopped": COUNT}
    spent = table("T4", {"total": total}, **columns, approved=VND, paid=VND, settled=VND, rate=RATIO)
    told = suggestions(REPORT, selection(), [spent])["money"]
    assert told.startswith(
        "Kinh phí khuyến công được duyệt 10,2 tỷ đồng; cổng chưa có chứng từ chi của các đề án này; đã quyết toán 9,6"
    )


def test_without_figures_only_the_law_speaks():
    said = suggestions(REPORT, selection(), [])
    assert [part for part, words in said.items() if words] == ["basis"]
    assert "Nghị định số 45/2012/NĐ-CP" in said["basis"]
    assert "235/2025" not in said["basis"]


def test_report_says_how_it_counts():
    assert basis_words(selection()) == [
        "Thời gian: từ 01/01/2016 đến 31/12/2018, tính theo năm kế hoạch",
        "Số liệu đến hết ngày 25/02/2019",
        "Địa bàn theo đơn vị hành chính trước 01/07/2025",
    ]
    other = Program(name="Chương trình khuyến công quốc gia")
    assert basis_words(selection(scope="national", programs=(PROGRAM, other)))[3:] == [
        "Chỉ đề án khuyến công quốc gia",
        "Tính cùng: Chương trình khuyến công quốc gia",
    ]
