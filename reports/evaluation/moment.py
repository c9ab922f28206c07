"""Many questions about one moment."""

from contextlib import contextmanager

from django.db import router, transaction

from projects.models import Project


@contextmanager
def one_moment():
    """Every question of the block sees the data as at its first, whatever is written meanwhile.

    Inside a transaction of the caller's the block is part of that: it sees what the transaction sees.
    """
    connection = transaction.get_connection(router.db_for_read(Project))
    if connection.in_atomic_block:
        yield
        return
    usual = getattr(connection, "transaction_mode", None)
    if connection.vendor == "sqlite":
        # It only reads: a count of seconds must not keep everybody else from writing.
        connection.transaction_mode = None
    try:
        with transaction.atomic(using=connection.alias):
            if connection.vendor == "postgresql":
                with connection.cursor() as cursor:
                    cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            yield
    finally:
        if connection.vendor == "sqlite":
            connection.transaction_mode = usual
