"""Which columns of a list a person takes into Excel: the exporter names what there is, the person picks and orders.

A choice is a sequence of `Column.key`. Keys that the exporter no longer has are passed over, so that an old choice
or an old link never stands in the way; a choice that leaves nothing counts as none.
"""

from khuyencong.models import ColumnChoice

# In addresses: keys joined by commas. It goes before the saved choice, so that a link can be passed on.
PARAMETER = "cot"
LONGEST_CHOICE = 4000


def default_keys(columns):
    return [column.key for column in columns if column.is_default]


def known(keys, columns):
    """The keys that the columns have, each once, in the order asked for."""
    there = {column.key for column in columns}
    return [key for key in dict.fromkeys(keys) if key in there]


def asked_keys(query, columns):
    """The keys that an address asks for; empty when it asks for none."""
    return known(query.get(PARAMETER, "")[:LONGEST_CHOICE].split(","), columns)


def saved_keys(user, kind, columns):
    choice = ColumnChoice.objects.filter(user=user, kind=kind).first()
    return known(choice.columns, columns) if choice else []


def keys_for(user, kind, columns, query):
    """What the file will hold: as the address asks, else as the person saved, else as the list comes."""
    return asked_keys(query, columns) or saved_keys(user, kind, columns) or default_keys(columns)


def save_keys(user, kind, columns, keys):
    """Keep the choice; the columns as they come are kept by keeping nothing. Returns what now counts."""
    keys = known(keys, columns)
    if not keys or keys == default_keys(columns):
        ColumnChoice.objects.filter(user=user, kind=kind).delete()
        return default_keys(columns)
    ColumnChoice.objects.update_or_create(user=user, kind=kind, defaults={"columns": keys})
    return keys


def moved(keys, key, by):
    """The keys with one of them `by` places further down (up when negative), ends included."""
    keys = list(keys)
    if key in keys:
        place = keys.index(key)
        keys.insert(max(0, min(place + by, len(keys) - 1)), keys.pop(place))
    return keys
