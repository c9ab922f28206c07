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
