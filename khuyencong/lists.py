"""Paging of lists."""

from collections.abc import Callable, Sequence
from typing import Any

from django.core.paginator import EmptyPage, PageNotAnInteger, Paginator
from django.db.models import Q
from django.utils.functional import cached_property
from django.views.generic import ListView

from khuyencong.kept import kept_of
from khuyencong.models import User

PER_PAGE = 50


class ListPaginator(Paginator):
    """An address with a page that is no more, since rows went or a filter came, shows the nearest page there is."""

    def validate_number(self, number):
        try:
            return super().validate_number(number)
        except PageNotAnInteger:
            return 1
        except EmptyPage:
            return self.num_pages if int(number) > 1 else 1


class LateRows(Sequence):
    """Rows read when somebody looks at them: where they are drawn of kept values, nobody does."""

    def __init__(self, read: Callable[[], list]):
        self._read = read

    @cached_property
    def _rows(self):
        return self._read()

    def __getitem__(self, place):
        return self._rows[place]

    def __len__(self):
        return len(self._rows)


class KeyedPaginator(ListPaginator):
    """First the keys of the page, in their order, then its rows with all that is shown of them.

    Else a database works out every shown sum of every row before it sorts. `keys` is the ordered queryset, `rows` the
    same model with joins and annotations; `count` where it is known already. `parts` are [(lookups, count)] of the
    parts that follow one another in that order, such as years: only those that the page reaches into are sorted.
    """

    def __init__(self, keys, per_page, *, rows, count=None, parts=()):
        super().__init__(keys, per_page)
        self.rows, self.parts = rows, parts
        if count is not None:
            self.count = count

    def page(self, number):
        page = super().page(number)
        keys = self._keys(page)
        page.object_list = LateRows(lambda: self._rows_of(keys))
        return page

    def kept_values(self, page, name: str, make: Callable[[], Any], *, within: User | None = None) -> Any:
        """What a page shows, made once in each state of the data (khuyencong.kept); `name` says how it is made."""
        name = f"{name}, page {page.number} of {self.per_page}"
        return kept_of(self.object_list, name, make, in_order=True, within=within)

    def _rows_of(self, keys):
        keys = list(keys.values_list("pk", flat=True))
        found = {row.pk: row for row in self.rows.order_by().filter(pk__in=keys)}
        return [found[key] for key in keys if key in found]

    def _keys(self, page):
        if not self.parts:
            return page.object_list
        first, last = page.start_index() - 1, page.end_index()
        reached, before, passed = Q(), 0, 0
        for lookups, count in self.parts:
            if before + count <= first:
                passed = before + count
            elif before < last:
                reached |= Q(**lookups)
            before += count
        return self.object_list.filter(reached)[first - passed : last - passed]


class PagedListView(ListView):
    """A list in pages, the page number in `trang`; whatever stands there, a page is shown."""

    paginate_by = PER_PAGE
    paginator_class = ListPaginator

    def paginate_queryset(self, queryset, page_size):
        # Django's own answers 404 to what is not a number.
        page = self.get_paginator(queryset, page_size).page(self.request.GET.get("trang"))
        return page.paginator, page, page.object_list, page.has_other_pages()


class SummedListView(PagedListView):
    """A list with sums of all that is filtered in its head: those are worked out once in each state of the data.

    `get_queryset` returns the filtered rows in their order and nothing else; `shown()` the same model with all that a
    row shows; `values_of(page)` that as plain values, where rows are drawn of those (templatetags/rows.py), kept for
    the reader alone unless `values_rest_on()` says what else they rest on; `totals()` the figures, `count` among them.
    `stays_within_sight` where all of it shows nothing but what the reader may see: acts of others change none of it.
    """

    stays_within_sight = False

    def shown(self):
        raise NotImplementedError

    def values_of(self, page):
        return list(page)

    def values_rest_on(self):
        """What the values rest on beside the rows; None where they are the same for all who see those."""
        return self.request.user.pk

    def totals(self):
        return self.object_list.totals()

    @cached_property
    def kept_totals(self):
        return kept_of(self.object_list, f"{type(self).__name__} totals", self.totals, within=self._sight)

    @property
    def _sight(self):
        return self.request.user if self.stays_within_sight else None

    def get_paginator(self, queryset, per_page, **kwargs):
        return KeyedPaginator(queryset, per_page, rows=self.shown(), count=self.kept_totals["count"])

    def get_context_data(self, **kwargs):
        context = super().get_context_data(
            filter_form=self.filter_form,
            totals=self.kept_totals,
            chips=self.filter_form.chips(),
            default_sort=self.filter_form.default_sort,
            **kwargs,
        )
        page = context["page_obj"]
        name = f"{type(self).__name__} {self.values_rest_on()}"
        return context | {
            "rows": page.paginator.kept_values(page, name, lambda: self.values_of(page), within=self._sight)
        }
