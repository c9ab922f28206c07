"""Paging of lists."""

from django.core.paginator import EmptyPage, PageNotAnInteger, Paginator
from django.views.generic import ListView

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


class KeyedPaginator(ListPaginator):
    """First the keys of the page, in their order, then its rows with all that is shown of them.

    Else a database works out every shown sum of every row before it sorts. `keys` is the ordered queryset, `rows` the
    same model with joins and annotations; `count` where it is known already.
    """

    def __init__(self, keys, per_page, *, rows, count=None):
        super().__init__(keys, per_page)
        self.rows = rows
        if count is not None:
            self.count = count

    def page(self, number):
        page = super().page(number)
        keys = list(page.object_list.values_list("pk", flat=True))
        found = {row.pk: row for row in self.rows.order_by().filter(pk__in=keys)}
        page.object_list = [found[key] for key in keys if key in found]
        return page


class PagedListView(ListView):
    """A list in pages, the page number in `trang`; whatever stands there, a page is shown."""

    paginate_by = PER_PAGE
    paginator_class = ListPaginator

    def paginate_queryset(self, queryset, page_size):
        # Django's own answers 404 to what is not a number.
        page = self.get_paginator(queryset, page_size).page(self.request.GET.get("trang"))
        return page.paginator, page, page.object_list, page.has_other_pages()
