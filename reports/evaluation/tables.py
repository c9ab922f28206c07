"""T1 … T11 by their keys."""

from reports.evaluation import sums
from reports.evaluation.division_tables import results_by_industry, results_by_legal_form, results_by_place
from reports.evaluation.effect_tables import effects
from reports.evaluation.figures import Table
from reports.evaluation.held import holding
from reports.evaluation.indicators import indicators
from reports.evaluation.moment import one_moment
from reports.evaluation.money_tables import money_by_source, results_by_year
from reports.evaluation.organisation_table import results_by_organisation
from reports.evaluation.product_table import certified_products
from reports.evaluation.project_tables import results_by_content, unfinished_projects
from reports.evaluation.selection import Selection

TABLES = {
    "T1": indicators,
    "T2": money_by_source,
    "T3": results_by_content,
    "T4": results_by_year,
    "T5": results_by_legal_form,
    "T6": results_by_place,
    "T7": results_by_industry,
    "T8": effects,
    "T9": certified_products,
    "T10": unfinished_projects,
    "T11": results_by_organisation,
}


def table_of(selection: Selection, key: str) -> Table:
    """Raises KeyError for another key."""
    table = TABLES[key]
    with holding():
        return table(selection)


def all_tables(selection: Selection) -> dict[str, Table]:
    """{key: table} in the order of the report, all as at one moment."""
    with one_moment(), sums.together():
        return {key: table(selection) for key, table in TABLES.items()}
