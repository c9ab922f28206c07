"""Lists that may travel: out as a sheet, edited off-line, home again. Rooms say what a row is and how it is saved."""

from collections.abc import Callable
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.http import QueryDict

from khuyencong.exports.edit_columns import EditColumn
from khuyencong.forms import posted


@dataclass(frozen=True)
class EditList:
    """One kind of list.

    `rows(user, query)` are the rows under a list's own filter that the person may change now; `find(user, keys)` is
    {key: row} of those the person sees. `refusal(user, row)` says why a row may not be changed, or None.
    `values(row)` is {field: stored value}. `errors(row, changes, user)` is {field or "": sentence} of what the form of
    the page says to the changes, and `save(row, changes, by)` saves them through its service, under the version that
    `row` has; it raises ValidationError, StaleVersionError, PermissionDenied.
    """

    kind: str
    title: str
    noun: str
    filename: str
    columns: Callable[[], tuple[EditColumn, ...]]
    rows: Callable
    find: Callable
    refusal: Callable
    values: Callable
    errors: Callable
    save: Callable

    def posted(self, row, columns):
        """{field: value as a browser would post it} of a row."""
        values = self.values(row)
        return {column.field: column.posted(values.get(column.field)) for column in columns}


def typed(unbound, row, changes):
    """What a browser would send from an unbound form on `row` after a person typed the changes, as a QueryDict.

    Fields that the sheet does not show go along as they stand.
    """
    data = QueryDict(mutable=True)
    for name, field in unbound.fields.items():
        if name == "version":
            data[name] = str(row.version)
        elif hasattr(row, name):
            now = posted(field, getattr(row, name))
            data[unbound.add_initial_prefix(name)] = now
            data[name] = changes.get(name, now)
    for name in changes.keys() - data.keys():
        data[name] = changes[name]
    return data


def errors_in(form):
    """{field or "": sentence} of a bound form."""
    return {"" if name == "__all__" else name: " ".join(found) for name, found in form.errors.items()}


def require_valid(form):
    """Raise what a bound form finds as one ValidationError."""
    if not form.is_valid():
        raise ValidationError({name: list(found) for name, found in form.errors.items()})
