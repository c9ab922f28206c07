"""T5 by legal form, T6 by place, T7 by industry: projects that are done, their facilities, what was approved for them.

Minutes accept the money of a whole project; only what was approved is divided among facilities, so that stands here.
"""

from collections import defaultdict
from collections.abc import Iterable

from beneficiaries.models import Industry, LegalForm
from khuyencong.models import AdministrativeUnit, Division
from reports.evaluation import axes, cells, counted
from reports.evaluation.facts import DONE
from reports.evaluation.figures import COUNT, PERCENT, VND, Column, Figure, Table, TableRow, shares_of
from reports.evaluation.selection import Selection
from reports.evaluation.stands import Divided, count, divide

COLUMNS = (
    Column("projects", "Đề án, nhiệm vụ", COUNT),
    Column("facilities", "Cơ sở", COUNT),
    Column("turns", "Lượt cơ sở", COUNT),
    Column("support", "Khuyến công hỗ trợ", VND, "Kinh phí được duyệt"),
    Column("counterpart", "Đối ứng", VND, "Kinh phí được duyệt"),
    Column("other", "Khác", VND, "Kinh phí được duyệt"),
    Column("share", "Tỷ trọng hỗ trợ (%)", PERCENT, "Kinh phí được duyệt"),
)
NOTE = (
    "Đề án đã hoàn thành. Kinh phí là số được duyệt, chia theo cơ sở như quyết định; nghiệm thu không chia theo cơ sở. "
    "Cơ sở kể một lần, lượt kể mỗi đề án một lần; không kể cơ sở ngoài tỉnh. Đề án có cơ sở ở nhiều dòng kể ở mỗi "
    "dòng và kể một lần ở tổng số."
)
RANKS = (
    "Thứ tự ưu tiên 1-4 của địa bàn và nhóm ngành ưu tiên (Thông tư 46/2012/TT-BCT, Điều 6) không có trong dữ liệu: "
    "cổng chỉ ghi đề án có thuộc diện ưu tiên hay không, kèm căn cứ bằng lời."
)


def row_of(key: str, label: str, found: Divided, path: dict, share, style="", note="") -> TableRow:
    figures = (
        cells.project_count(found.projects, DONE, path),
        cells.facility_count(found.facilities, DONE, path),
        cells.turn_count(found.turns, DONE, path),
        *(cells.share(amount, DONE, path | {axes.CATEGORY: kind}) for kind, amount in found.money.items()),
        Figure(share, PERCENT),
    )
    return TableRow(key, label, figures, style, note)


def _rows(selection, axis, named, found):
    """Rows in the order of `named`, {value: (key, label)}, and the total."""
    lines = [(value, *words, found.get((value,), Divided())) for value, words in named.items()]
    shares = shares_of([line.money[counted.SUPPORT] for *_words, line in lines])
    rows = [
        row_of(key, label, line, {axis: value}, share)
        for (value, key, label, line), share in zip(lines, shares, strict=True)
    ]
    return [*rows, total_row(selection, found.values())]


def total_row(selection: Selection, found: Iterable[Divided]) -> TableRow:
    """Projects and facilities are counted anew, since the rows may share them; turns and money add up."""
    whole = Divided()
    for line in found:
        whole.add(line)
    [everything] = count(selection, DONE).values()
    whole.projects, whole.facilities = everything.projects, everything.facilities
    return row_of("total", "Tổng số", whole, {}, shares_of([whole.money[counted.SUPPORT]])[0], "total")


def results_by_legal_form(selection: Selection) -> Table:
    """T5."""
    found = divide(selection, DONE, axes.LEGAL_FORM)
    named = {form.value: (form.value, form.label) for form in LegalForm}
    if (None,) in found:
        named[None] = (axes.NONE, "Không gắn với cơ sở")
    rows = _rows(selection, axes.LEGAL_FORM, named, found)
    return Table("T5", "Kết quả theo loại hình cơ sở", "Loại hình", COLUMNS, tuple(rows), NOTE)


def results_by_industry(selection: Selection) -> Table:
    """T7, and of it what has priority (Thông tư 46/2012/TT-BCT, Điều 6)."""
    found = divide(selection, DONE, axes.INDUSTRY)
    named = {
        industry.code: (industry.code, f"{industry.code}) {industry.short_name}")
        for industry in Industry.objects.order_by("position")
    }
    if (None,) in found:
        named[None] = (axes.NONE, "Chưa rõ ngành, nghề")
    rows = _rows(selection, axes.INDUSTRY, named, found)
    priority = divide(selection, DONE, axes.PRIORITY)
    parts = [priority.get((value,), Divided()) for value in (True, False)]
    share = shares_of([part.money[counted.SUPPORT] for part in parts])[0]
    rows.append(row_of("priority", "Trong đó: địa bàn, ngành nghề ưu tiên", parts[0], {axes.PRIORITY: True}, share))
    return Table("T7", "Kết quả theo ngành, nghề", "Ngành, nghề", COLUMNS, tuple(rows), f"{NOTE} {RANKS}")


# Place


DIVISION_NOTES = {
    Division.NEW: "Đơn vị hành chính từ 01/07/2025: tỉnh, xã. Xã cũ đã chia về nhiều xã đứng ở dòng riêng của tỉnh.",
    Division.OLD: (
        "Đơn vị hành chính trước 01/07/2025: tỉnh, huyện. Xã mới hợp thành từ nhiều huyện, hoặc nhiều tỉnh, đứng ở "
        "dòng riêng."
    ),
}
NO_PLACE = {Division.NEW: "Không quy được về một xã", Division.OLD: "Không quy được về một huyện"}
NO_PROVINCE = {
    Division.NEW: "Không ghi địa bàn, hoặc ở nhiều nơi",
    Division.OLD: "Không ghi địa bàn, ở nhiều nơi, hoặc không quy được về một tỉnh cũ",
}


def results_by_place(selection: Selection) -> Table:
    """T6: provinces with their communes of 2025, or with their districts of before."""
    by_place = divide(selection, DONE, axes.PROVINCE, axes.PLACE)
    by_province = defaultdict(Divided)
    # A facility lies in one place: only projects have to be counted anew.
    for (province, _place), found in by_place.items():
        by_province[province,].add(found)
    for key, found in count(selection, DONE, axes.PROVINCE).items():
        by_province[key].projects = found.projects
    pks = {pk for key in by_place for pk in key if pk}
    rows = AdministrativeUnit.objects.filter(pk__in=pks).values_list("pk", "name", "sort_key", named=True)
    units = {unit.pk: unit for unit in rows}
    ordered = sorted(by_province, key=lambda key: _order(units, key[0]))
    shares = shares_of([by_province[key].money[counted.SUPPORT] for key in ordered])
    rows = []
    for (province,), share in zip(ordered, shares, strict=True):
        path = {axes.PROVINCE: province}
        label = units[province].name if province else NO_PROVINCE[selection.division]
        rows.append(row_of(f"tinh-{province or axes.NONE}", label, by_province[province,], path, share, "group"))
        if province:
            rows += _places(selection, units, by_place, province)
    rows.append(total_row(selection, by_place.values()))
    note = f"{DIVISION_NOTES[selection.division]} Tỷ trọng tính trên các tỉnh. {NOTE}"
    return Table("T6", "Kết quả theo địa bàn", "Địa bàn", COLUMNS, tuple(rows), note)


def _places(selection, units, by_place, province):
    inside = sorted((key[1] for key in by_place if key[0] == province), key=lambda place: _order(units, place))
    for place in inside:
        label = units[place].name if place else NO_PLACE[selection.division]
        path = {axes.PROVINCE: province, axes.PLACE: place}
        found = by_place[province, place]
        yield row_of(f"tinh-{province}-{place or axes.NONE}", label, found, path, None)


def _order(units, pk):
    """By name; what is nowhere comes last."""
    return (pk is None, units[pk].sort_key if pk else "", pk or 0)
