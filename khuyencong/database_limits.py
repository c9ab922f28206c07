"""How long one page may keep the database busy."""

SECONDS = 60


def give_up_slow_questions(sender, connection, **kwargs):
    """On PostgreSQL, end a statement after a minute, and a transaction in which nothing happens for as long."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"SET statement_timeout = '{SECONDS}s'")
            cursor.execute(f"SET idle_in_transaction_session_timeout = '{SECONDS}s'")
