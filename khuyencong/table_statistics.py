"""What the database knows of its own tables; PostgreSQL looks them through by itself, though minutes too late."""

from django.db import connection


def take_stock():
    """Let the database know how its tables are filled: without, it chooses its ways as if they were empty."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA analysis_limit = 1000")
        cursor.execute("ANALYZE")
