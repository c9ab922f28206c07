"""The role under which the portal works on PostgreSQL: it owns nothing, so it can neither rewrite the trail nor take
away the triggers that guard it. Tables belong to another role, which migrates.
"""

from django.db import connection, transaction

APPEND_ONLY = """
SELECT DISTINCT relname FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid
WHERE tgname LIKE '%\\_append\\_only' ORDER BY relname
"""
GRANTS = (
    "GRANT USAGE ON SCHEMA public TO {role}",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}",
    "GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role}",
    "REVOKE INSERT, UPDATE, DELETE ON django_migrations FROM {role}",
)
REVOKED = "REVOKE UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER ON {table} FROM {role}"


class RoleError(Exception):
    """Why a role cannot be the portal's, in a sentence."""


@transaction.atomic
def grant(role):
    """Give a role what the portal needs; the names of the tables to which it may only add."""
    if connection.vendor != "postgresql":
        raise RoleError("Chỉ PostgreSQL có tài khoản riêng; SQLite giữ dấu vết bằng trigger và quyền của tệp.")
    with connection.cursor() as cursor:
        _refuse_unfit(cursor, role)
        name = connection.ops.quote_name(role)
        for statement in GRANTS:
            cursor.execute(statement.format(role=name))
        cursor.execute(APPEND_ONLY)
        tables = [table for (table,) in cursor.fetchall()]
        for table in tables:
            cursor.execute(REVOKED.format(table=connection.ops.quote_name(table), role=name))
    return tables


def _refuse_unfit(cursor, role):
    cursor.execute("SELECT rolsuper, pg_has_role(oid, current_user, 'MEMBER') FROM pg_roles WHERE rolname = %s", [role])
    found = cursor.fetchone()
    if found is None:
        raise RoleError(f'Chưa có tài khoản {role}. Người quản trị PostgreSQL chạy: CREATE ROLE "{role}" LOGIN;')
    if any(found):
        raise RoleError(f"Tài khoản {role} sở hữu các bảng hoặc là quản trị PostgreSQL: lập tài khoản khác cho cổng.")
