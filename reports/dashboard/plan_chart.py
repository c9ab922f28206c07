"""Projects done against projects planned by content, drawn as the charts of an evaluation report are."""

from collections.abc import Sequence
from dataclasses import dataclass

from khuyencong.templatetags.vietnamese import quantity
from reports.dashboard.figures import ContentRow
from reports.evaluation.charts import Chart, Entry, Size, draw_bars

# Half of a page on a screen, where text is 15 high as around it.
HALF_PAGE = Size(width=560, most=12, name_lines=2)


@dataclass(frozen=True)
class Subject:
    """What the chart is about; its figures stand in the table under it, which has no number."""

    key: str
    title: str
    unit: str
    source: str = ""


def plan_chart(contents: Sequence[ContentRow], year: int) -> Chart:
    subject = Subject("ke-hoach-nam", f"Đã nghiệm thu trên kế hoạch {year}, theo nội dung", "đề án, nhiệm vụ")
    entries = [
        Entry(row.name, (row.planned, row.done), (quantity(row.planned), quantity(row.done)))
        for row in contents
        if row.planned
    ]
    return draw_bars(subject, entries, ("Kế hoạch", "Đã nghiệm thu"), fills=("blank", "solid"), size=HALF_PAGE)
