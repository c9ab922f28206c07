"""Several people at the same moment, each with a connection of their own."""

from concurrent.futures import ThreadPoolExecutor

from django.db import connection


def at_once(act, arguments):
    """`act` called with each argument in a thread of its own; the answers in order, errors raised."""

    def in_thread(argument):
        try:
            return act(argument)
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=len(arguments)) as pool:
        return list(pool.map(in_thread, arguments))
