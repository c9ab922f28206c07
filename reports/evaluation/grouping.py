"""Counts and sums of the facts along an axis, in the database: one query each, whatever the number of rows."""

from django.db.models import Case, CharField, Count, F, Sum, Value, When

from programs.models import SUPPORT_CATEGORIES, SourceCategory
from reports.evaluation.facts import Rows, counted_facilities, heading_path

SUPPORT = "support"


def count_by(projects, expression, what="pk") -> dict:
    """{key: number of projects}."""
    keyed = projects.order_by().annotate(key=_as_expression(expression))
    return dict(keyed.values_list("key").annotate(Count(what, distinct=True)))


def sum_by(money: Rows, expression) -> dict:
    """{key: {source category: đồng}}; every category is there, and “support” for national and local together."""
    sums = {}
    keyed = money.rows.annotate(key=_as_expression(expression)).values("key", f"{money.source}__category")
    for row in keyed.annotate(sum=Sum(money.amount)).values_list("key", f"{money.source}__category", "sum"):
        key, category, amount = row
        sums.setdefault(key, no_money())[category] = amount or 0
    return {key: with_support(parts) for key, parts in sums.items()}


def sum_by_source(money: Rows, expression) -> dict:
    """{(key, pk of the source): đồng}."""
    keyed = money.rows.annotate(key=_as_expression(expression)).values("key", money.source)
    return {(key, source): amount or 0 for key, source, amount in keyed.annotate(sum=Sum(money.amount)).values_list(
        "key", money.source, "sum"
    )}  # fmt: skip


def facilities_by(projects, selection, expression) -> dict:
    """{key: (facilities counted once, turns counted each time)}; `expression` starts at the beneficiary."""
    keyed = counted_facilities(projects, selection).annotate(key=_as_expression(expression)).values("key")
    counted = keyed.annotate(facilities=Count("facility", distinct=True), turns=Count("pk"))
    return {row["key"]: (row["facilities"], row["turns"]) for row in counted}


def no_money() -> dict:
    return dict.fromkeys(SourceCategory.values, 0)


def with_support(parts: dict) -> dict:
    return {**parts, SUPPORT: sum(parts[category] for category in SUPPORT_CATEGORIES), "total": sum(parts.values())}


def heading_of(project: str = ""):
    return heading_path(project)


def constant(value="all"):
    """The axis of one key: everything together."""
    return Value(value, output_field=CharField())


def whether(condition, yes, no):
    """An axis of two keys."""
    return Case(When(condition, then=Value(yes)), default=Value(no), output_field=CharField())


def _as_expression(expression):
    return F(expression) if isinstance(expression, str) else expression
