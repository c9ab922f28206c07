"""Several small questions as one statement, for pages that would otherwise ask the database a dozen times."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from types import SimpleNamespace

from django.db.models import Aggregate, CharField, JSONField, QuerySet, Value
from django.db.models.functions import JSONObject
from django.utils.dateparse import parse_datetime


class JSONList(Aggregate):
    """The values of a column as one list; of a subquery, so that child rows come along without a query of their own."""

    function = "JSONB_AGG"
    output_field = JSONField()

    def as_sqlite(self, compiler, connection, **context):
        return self.as_sql(compiler, connection, function="JSON_GROUP_ARRAY", **context)


def together(questions: Mapping[str, tuple[QuerySet, Mapping]]) -> dict[str, list[SimpleNamespace]]:
    """{name: rows} of {name: (queryset, {fact: path or expression})}, asked at once.

    Each row has the facts as attributes: numbers exact, days and moments as text (`day_of`, `moment_of`). Rows come
    in no order; a question that needs its first rows only says so with a window (`RowNumber`), not with a slice.
    """
    parts = [
        rows.order_by()
        .annotate(of_question=Value(name, CharField()), facts_of_row=JSONObject(**facts))
        .values_list("of_question", "facts_of_row")
        for name, (rows, facts) in questions.items()
    ]
    found = {name: [] for name in questions}
    if parts:
        first, *others = parts
        for name, facts in first.union(*others, all=True) if others else first:
            found[name].append(SimpleNamespace(**facts))
    return found


def day_of(text: str | None) -> date | None:
    return date.fromisoformat(text[:10]) if text else None


def moment_of(text: str | None) -> datetime | None:
    """An aware moment; SQLite writes it in UTC without saying so."""
    if not text:
        return None
    moment = parse_datetime(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
