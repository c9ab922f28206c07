"""Tables that the database itself keeps from being rewritten."""

from django.db import migrations

POSTGRESQL_FUNCTION = """
CREATE OR REPLACE FUNCTION khuyencong_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'Bảng % chỉ được thêm dòng, không sửa, không xóa.', TG_TABLE_NAME;
END $$
"""


def append_only(table):
    """Migration operation: refuse UPDATE and DELETE on a table, on SQLite and on PostgreSQL."""

    def guard(apps, schema_editor):
        if schema_editor.connection.vendor == "postgresql":
            # params=None: the body's own % is not a placeholder.
            schema_editor.execute(POSTGRESQL_FUNCTION, params=None)
            schema_editor.execute(
                f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
                "FOR EACH ROW EXECUTE FUNCTION khuyencong_refuse_change()"
            )
            schema_editor.execute(
                f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
                "FOR EACH STATEMENT EXECUTE FUNCTION khuyencong_refuse_change()"
            )
            return
        for act in ("update", "delete"):
            schema_editor.execute(
                f"CREATE TRIGGER {table}_no_{act} BEFORE {act.upper()} ON {table} BEGIN "
                f"SELECT RAISE(ABORT, 'Bảng {table} chỉ được thêm dòng, không sửa, không xóa.'); END"
            )

    def release(apps, schema_editor):
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(f"DROP TRIGGER {table}_append_only ON {table}")
            schema_editor.execute(f"DROP TRIGGER {table}_no_truncate ON {table}")
            return
        for act in ("update", "delete"):
            schema_editor.execute(f"DROP TRIGGER {table}_no_{act}")

    return migrations.RunPython(guard, release)


def closed_once(table, model, *, free):
    """Migration operation: of a row, only the columns `free` may change, only while its status is “issued”; none goes.

    `model` is "app.Model"; every other column that it has in this migration is frozen.
    """

    def guard(apps, schema_editor):
        columns = [field.column for field in apps.get_model(model)._meta.local_concrete_fields]
        frozen = ", ".join(f'"{column}"' for column in columns if column not in free)
        conditions = {
            "frozen": f"UPDATE OF {frozen} ON {table}",
            "closed": f"UPDATE ON {table}",
            "kept": f"DELETE ON {table}",
        }
        for name, act in conditions.items():
            row = "FOR EACH ROW WHEN (OLD.status <> 'issued')" if name == "closed" else "FOR EACH ROW"
            schema_editor.execute(f"CREATE TRIGGER {table}_{name} BEFORE {act} {row} {_refusal(schema_editor, table)}")
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(
                f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
                f"FOR EACH STATEMENT {_refusal(schema_editor, table)}"
            )

    def release(apps, schema_editor):
        postgresql = schema_editor.connection.vendor == "postgresql"
        for name in ("frozen", "closed", "kept", *(("no_truncate",) if postgresql else ())):
            schema_editor.execute(f"DROP TRIGGER {table}_{name}" + (f" ON {table}" if postgresql else ""))

    return migrations.RunPython(guard, release)


def _refusal(schema_editor, table):
    if schema_editor.connection.vendor == "postgresql":
        return "EXECUTE FUNCTION khuyencong_refuse_change()"
    return f"BEGIN SELECT RAISE(ABORT, 'Bảng {table} chỉ được thêm dòng, không sửa, không xóa.'); END"
