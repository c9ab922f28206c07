"""Search inside words on PostgreSQL: an index over the groups of three letters of a folded key.

Kept for the migrations that made and removed such indexes; search has an index of its own (khuyencong.search_index).
"""

from django.db import migrations


def trigram_index(table, column="search_key"):
    """Migration operation: let `LIKE '%word%'` on a column use an index; nothing on SQLite."""
    name = f"{table}_{column}_trigrams"

    def add(apps, schema_editor):
        if schema_editor.connection.vendor == "postgresql":
            # A trusted extension: the owner of the database may create it, no superuser is needed.
            schema_editor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
            schema_editor.execute(f'CREATE INDEX "{name}" ON "{table}" USING gin ("{column}" gin_trgm_ops)')

    def drop(apps, schema_editor):
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(f'DROP INDEX "{name}"')

    return migrations.RunPython(add, drop)


def no_trigram_index(table, column="search_key"):
    """Migration operation: take away what `trigram_index` made."""
    made = trigram_index(table, column)
    return migrations.RunPython(made.reverse_code, made.code)
