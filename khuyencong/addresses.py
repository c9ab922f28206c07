"""Addresses of records: the same that `reverse` gives, worked out once per kind of page.

A list shows fifty of them, and each costs `reverse` as much as the rest of a cell.
"""

from functools import lru_cache

from django.urls import get_script_prefix, reverse

# A key that no record has, to see where in the address keys stand.
_KEY = 9_223_372_036_854_775_806


def address_of(page: str, pk: int) -> str:
    """The address of the page (a name of urls.py that takes a key alone) for the record with this key.

    Raises TypeError for a record that has no key yet.
    """
    before, after = _around(page, get_script_prefix())
    return f"{before}{pk:d}{after}"


@lru_cache(maxsize=64)
def _around(page, _prefix):
    before, _key, after = reverse(page, args=[_KEY]).partition(str(_KEY))
    return before, after
