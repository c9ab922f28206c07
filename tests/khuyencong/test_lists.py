import pytest

from khuyencong.lists import ListPaginator, PagedListView

ASKED = [("2", 2), ("99", 3), ("0", 1), ("-5", 1), ("zwei", 1), ("1.5", 1), ("last", 1), ("3", 3)]


@pytest.mark.parametrize(("asked", "shown"), [*ASKED, (None, 1)])
def test_page_that_is_no_more_shows_the_nearest(asked, shown):
    assert ListPaginator(range(25), 10).page(asked).number == shown


def test_empty_list_has_one_empty_page():
    page = ListPaginator([], 10).page("7")
    assert (page.number, list(page)) == (1, [])


@pytest.mark.parametrize(("query", "shown"), [*((f"?trang={asked}", shown) for asked, shown in ASKED), ("", 1)])
def test_paged_list_shows_a_page_whatever_the_address_says(rf, query, shown):
    view = PagedListView(paginate_by=10)
    view.setup(rf.get(f"/{query}"))
    _paginator, page, rows, has_others = view.paginate_queryset(range(25), 10)
    assert (page.number, rows[0], has_others) == (shown, (shown - 1) * 10, True)
