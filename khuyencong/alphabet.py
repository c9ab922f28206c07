"""Names in the order of the Vietnamese alphabet, whatever database sorts them.

Records listed by the thousand (facilities, projects, places) keep a key for it (`khuyencong.text.sort_key`); bodies,
people, programmes, plans and clusters are few, so the database compares their names when it is asked.
"""

from functools import lru_cache

from django.db.models.functions import Collate

from khuyencong.text import sort_key

# Made by a migration on PostgreSQL, from ICU, numbers as numbers; SQLite is taught it at each connection.
COLLATION = "vietnamese"


class Alphabetical(Collate):
    """What to order by, in place of the name of a text field: letters, then tones, syllable by syllable."""

    def __init__(self, expression):
        super().__init__(expression, COLLATION)

    def as_postgresql(self, compiler, connection, **context):
        # ICU looks at the tones of a whole text only when all its letters are the same.
        template = "string_to_array(%(expressions)s, ' ') %(function)s %(collation)s"
        return self.as_sql(compiler, connection, template=template, **context)


def teach(sender, connection, **kwargs):
    """Give a new connection to SQLite the collation; for the signal `connection_created`."""
    if connection.vendor == "sqlite":
        connection.connection.create_collation(COLLATION, _compare)


# A sort compares each name some ten times, and the lists of a day the same names over and over.
_key = lru_cache(maxsize=4096)(sort_key)


def _compare(one, other):
    one, other = _key(one), _key(other)
    return (one > other) - (one < other)
