"""Rows that a query does not put in order come as the database pleases: on SQLite always alike, and as hoped for.

Here they come the other way round, the newest first, wherever an ordering leaves a choice. Who relies on the order in
which rows were stored fails on SQLite at once, not on PostgreSQL once in a hundred runs.
"""

from django.db.models import F
from django.db.models.expressions import OrderBy


def against_the_order(compiled):
    """`SQLCompiler.get_order_by` that breaks ties by the key, backwards, where the rows of a model are asked for."""

    def get_order_by(compiler):
        ordering, query = compiled(compiler), compiler.query
        if not leaves_a_choice(query) or not getattr(compiler, "is_asked_by_itself", False):
            return ordering
        last = OrderBy(F("pk"), descending=True).resolve_expression(query)
        return [*ordering, (last, (*compiler.compile(last), False))]

    return get_order_by


def leaves_a_choice(query):
    """Whether the rows are those of a model, each with its key; sums, unions and choices among them are not."""
    return not (query.combinator or query.distinct or query.group_by is not None or query.subquery)


def asked_by_itself(executed):
    """`SQLCompiler.execute_sql` that says so: a part of a larger statement is no place for an ordering."""

    def execute_sql(compiler, *args, **kwargs):
        compiler.is_asked_by_itself = True
        return executed(compiler, *args, **kwargs)

    return execute_sql
