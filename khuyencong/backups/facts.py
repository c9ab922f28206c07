"""What must be the same after a restoring: rows and sums of every table, the end of the trail, the migrations.

Asked in plain SQL over names of tables and columns, so that a database of an older version can be compared before
it is migrated.
"""

from django.apps import apps
from django.db import connection
from django.db.models import AutoField, BigIntegerField, ForeignKey, PositiveBigIntegerField

from khuyencong.search_index import VOCABULARY, WORDS

AUDIT = "khuyencong_auditentry"


def tables_with_amounts():
    """{table: its columns of amounts}, of every table in the database; it may be of an older version than the code."""
    known = {model._meta.db_table: _amounts(model) for model in apps.get_models(include_auto_created=True)}
    with connection.cursor() as cursor:
        return {
            table: [
                column.name
                for column in connection.introspection.get_table_description(cursor, table)
                if column.name in known.get(table, ())
            ]
            for table in connection.introspection.table_names(cursor)
            if not table.startswith(("sqlite_", WORDS)) and table != VOCABULARY  # SQLite's own, made anew at will
        }


def _amounts(model):
    return {field.column for field in model._meta.concrete_fields if _is_summed(field)}


def _is_summed(field):
    is_number = isinstance(field, BigIntegerField | PositiveBigIntegerField)
    return is_number and not isinstance(field, AutoField | ForeignKey) and not field.primary_key


def facts_of(ask, tables):
    """{"tables": {table: {"rows": n, "sums": {column: đồng}}}, "audit": …, "migrations": …}.

    `ask(sql)` returns the rows of a query as tuples; `tables` as from `tables_with_amounts`.
    """
    return {
        "tables": {table: _table_facts(ask, table, summed) for table, summed in sorted(tables.items())},
        "audit": [list(row) for row in ask(f'SELECT id, hash FROM "{AUDIT}" ORDER BY id DESC LIMIT 1')],
        "migrations": [list(row) for row in ask('SELECT app, name FROM "django_migrations" ORDER BY app, name')],
    }


def _table_facts(ask, table, summed):
    parts = ["COUNT(*)", *(f'COALESCE(SUM("{column}"), 0)' for column in summed)]
    rows, *sums = next(iter(ask(f'SELECT {", ".join(parts)} FROM "{table}"')))
    return {"rows": rows, "sums": dict(zip(summed, map(int, sums), strict=True))}


def row_count(facts):
    return sum(table["rows"] for table in facts["tables"].values())


def differences(wanted, found):
    """Sentences: where the restored database says something else than the archive's manifest."""
    faults = []
    for table, was in wanted["tables"].items():
        now = found["tables"][table]
        if now["rows"] != was["rows"]:
            faults.append(f"Bảng {table}: {now['rows']} dòng, bản sao lưu ghi {was['rows']}.")
        faults += [
            f"Bảng {table}, tổng cột {column}: {now['sums'][column]}, bản sao lưu ghi {total}."
            for column, total in was["sums"].items()
            if now["sums"][column] != total
        ]
    if found["audit"] != wanted["audit"]:
        faults.append("Dòng cuối của dấu vết không phải dòng cuối lúc sao lưu.")
    if found["migrations"] != wanted["migrations"]:
        faults.append("Danh sách bước nâng cấp cơ sở dữ liệu khác lúc sao lưu.")
    return faults
