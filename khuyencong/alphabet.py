"""Names in the order of the Vietnamese alphabet, whatever database sorts them.

Records listed by the thousand (facilities, projects, places) keep a key for it (`khuyencong.text.sort_key`); bodies,
people, programmes, plans and clusters are few, so the database compares their names when it is asked.
"""

from django.db.models.functions import Collate

from khuyencong.text import sort_key

# PostgreSQL has it by this name, from ICU; SQLite is taught one.
COLLATION = "vi-x-icu"


def alphabetical(field):
    """What to order by, in place of the name of a text field."""
    return Collate(field, COLLATION)


def teach(sender, connection, **kwargs):
    """Give a new connection to SQLite the collation; for the signal `connection_created`."""
    if connection.vendor == "sqlite":
        connection.connection.create_collation(COLLATION, _compare)


def _compare(one, other):
    one, other = sort_key(one), sort_key(other)
    return (one > other) - (one < other)
