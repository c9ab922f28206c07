"""Paging of lists."""

from django.core.paginator import EmptyPage, PageNotAnInteger, Paginator


class ListPaginator(Paginator):
    """An address with a page that is no more, since rows went or a filter came, shows the nearest page there is."""

    def validate_number(self, number):
        try:
            return super().validate_number(number)
        except PageNotAnInteger:
            return 1
        except EmptyPage:
            return self.num_pages if int(number) > 1 else 1
