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


class PagedListView(ListView):
    """A list in pages, the page number in `trang`; whatever stands there, a page is shown."""

    paginate_by = PER_PAGE
    paginator_class = ListPaginator

    def paginate_queryset(self, queryset, page_size):
        # Django's own answers 404 to what is not a number.
        page = self.get_paginator(queryset, page_size).page(self.request.GET.get("trang"))
        return page.paginator, page, page.object_list, page.has_other_pages()
