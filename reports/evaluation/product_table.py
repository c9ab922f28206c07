"""T9: products voted typical of rural industry, as certificates say and, apart from them, as projects state."""

from django.db.models import Count, Q, QuerySet

from beneficiaries.models import CertificateLevel, CertifiedProduct, Facility
from khuyencong.dates import short_date
from khuyencong.units import units_within
from reports.evaluation import axes, cells
from reports.evaluation.effect_tables import certified_products as stated_products
from reports.evaluation.facts import Rows
from reports.evaluation.figures import COUNT, EMPTY, Column, Table, TableRow
from reports.evaluation.selection import Selection

# What is counted, in addresses: products and the facilities that have them; `cua` asks for those still certified.
PRODUCTS, HOLDERS = "san-pham", "co-so-san-pham"
VALID = "con-hieu-luc"
ALL_LEVELS = "moi-cap"
NOTE = (
    "Theo sổ sản phẩm: mỗi giấy chứng nhận một dòng, kể theo năm bình chọn, hoặc ngày quyết định khi báo cáo tính theo "
    "ngày; một sản phẩm ở nhiều cấp được kể ở mỗi cấp, cơ sở kể một lần. Theo đề án: số ghi khi nghiệm thu, không cộng "
    "với sổ; cơ sở là cơ sở của các đề án ấy. Còn hiệu lực tính đến hết ngày {day}."
)


def products_of(selection: Selection) -> QuerySet:
    """Products of facilities in the provinces of the programmes, certified in the period and known by its last day.

    One whose decision is not kept counts by its year.
    """
    products = CertifiedProduct.objects.visible_to(selection.user).order_by()
    provinces = {program.province_id for program in selection.programs}
    if None not in provinces:
        products = products.filter(province__in=provinces)
    if selection.place:
        products = products.filter(facility__unit__in=units_within(selection.place))
    products = products.filter(
        Q(decision_on__lte=selection.until) | Q(decision_on=None, year__lte=selection.until.year)
    )
    in_years = Q(year__range=(selection.years[0], selection.years[-1]))
    if selection.by_plan_year:
        return products.filter(in_years)
    on_days = Q(decision_on__range=(selection.starts_on, selection.ends_on))
    return products.filter(on_days | Q(decision_on=None) & in_years)


def product_rows(selection: Selection, level: str, of: str, path: dict) -> Rows:
    """The products of a level, or of all, in a year where the path names one. KeyError for another path."""
    rows = products_of(selection)
    if level != ALL_LEVELS:
        rows = rows.filter(level=CertificateLevel(level))
    if of == VALID:
        rows = rows.valid_on(selection.until)
    for name, value in path.items():
        rows = rows.filter(**{{axes.YEAR: "year"}[name]: value})
    return Rows(rows, year="year")


def holder_rows(selection: Selection, level: str, of: str, path: dict) -> Rows:
    """The facilities of those products."""
    products = product_rows(selection, level, of, path).rows
    return Rows(Facility.objects.filter(pk__in=products.values("facility")), year="")


def certified_products(selection: Selection) -> Table:
    """T9: first the register of certificates, then what projects that are done state."""
    years = list(selection.years)
    rows = products_of(selection)
    by_year = {
        (level, year): count for level, year, count in rows.values_list("level", "year").annotate(count=Count("pk"))
    }
    held = {"facilities": Count("facility", distinct=True), "valid": Count("pk", filter=_is_valid(selection))}
    by_level = {level: figures for level, *figures in rows.values_list("level").annotate(**held)}
    whole = rows.aggregate(**held)
    by_level[ALL_LEVELS] = [whole["facilities"], whole["valid"]]
    for (_level, year), count in list(by_year.items()):
        by_year[ALL_LEVELS, year] = by_year.get((ALL_LEVELS, year), 0) + count
    told = [(level.value, level.label, "") for level in CertificateLevel]
    lines = [
        _register_row(key, label, style, years, by_year, by_level.get(key, [0, 0]))
        for key, label, style in (*told, (ALL_LEVELS, "Cộng sổ sản phẩm", "total"))
    ]
    stated = stated_products(selection)
    *years_and_all, _facilities = stated.columns
    columns = (*years_and_all, Column("facilities", "Cơ sở", COUNT), Column("valid", "Còn hiệu lực", COUNT))
    head = TableRow("de-an", "Theo kết quả ghi ở đề án", (EMPTY,) * len(columns), "group")
    by_projects = [TableRow(row.key, row.label, (*row.figures, EMPTY), row.style, row.note) for row in stated.rows]
    note = NOTE.format(day=short_date(selection.until))
    return Table("T9", stated.title, stated.head, columns, (*lines, head, *by_projects), note)


def _is_valid(selection):
    return Q(valid_until__gte=selection.until)


def _register_row(level, label, style, years, by_year, held):
    facilities, valid = held
    counts = {year: by_year.get((level, year), 0) for year in years}
    figures = [cells.way(count, PRODUCTS, level, path={axes.YEAR: year}) for year, count in counts.items()]
    # By date of the event, the year of the vote may lie before the period.
    everything = sum(count for (of_level, _year), count in by_year.items() if of_level == level)
    figures += [
        cells.way(everything, PRODUCTS, level),
        cells.way(facilities, HOLDERS, level),
        cells.way(valid, PRODUCTS, level, of=VALID),
    ]
    return TableRow(f"cap-{level}", label, tuple(figures), style)
