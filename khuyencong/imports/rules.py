"""What the database would refuse, asked of many rows without a question to it for each."""

from datetime import date

from django.core.exceptions import ValidationError
from django.db.models import CheckConstraint, F, Q

COMPARED = {
    "exact": lambda value, other: value == other,
    "in": lambda value, other: value in other,
    "gt": lambda value, other: value > other,
    "gte": lambda value, other: value >= other,
    "lt": lambda value, other: value < other,
    "lte": lambda value, other: value <= other,
}


def broken_checks(instance) -> list[str]:
    """The messages of the model's check constraints that the row breaks, as `validate_constraints` tells them."""
    found = []
    for constraint in instance._meta.constraints:
        if not isinstance(constraint, CheckConstraint):
            continue
        try:
            if _holds(constraint.condition, instance) is False:
                found.append(constraint.get_violation_error_message())
        except UnknownLookup:
            try:
                constraint.validate(type(instance), instance)
            except ValidationError as refusal:
                found += refusal.messages
    return found


class UnknownLookup(Exception):
    """A condition that only the database can read."""


def _holds(condition, instance):
    """True, False, or None where a missing value leaves it open, as in SQL; an open check is none that is broken."""
    results = [_part(child, instance) for child in condition.children]
    if condition.connector == Q.OR:
        result = True if True in results else None if None in results else False
    elif condition.connector == Q.AND:
        result = False if False in results else None if None in results else True
    else:
        raise UnknownLookup
    # Django asks a negated comparison of a missing value to hold.
    return not result if condition.negated else result


def _part(child, instance):
    if isinstance(child, Q):
        return _holds(child, instance)
    name, other = child
    name, _, lookup = name.partition("__")
    value = _value(instance, name)
    if lookup == "isnull" or (lookup in ("", "exact") and other is None):
        wanted = True if other is None else other
        return (value is None) == wanted
    if lookup and lookup not in COMPARED or not isinstance(other, F | str | int | bool | tuple | list | date):
        raise UnknownLookup
    if isinstance(other, F):
        other = _value(instance, other.name)
    if value is None or other is None:
        return None
    return COMPARED[lookup or "exact"](value, other)


def _value(instance, name):
    field = instance._meta.get_field(name)
    return getattr(instance, field.attname)
