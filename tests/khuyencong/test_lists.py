import pytest

from khuyencong.lists import ListPaginator


@pytest.mark.parametrize(
    ("asked", "shown"), [("2", 2), ("99", 3), ("0", 1), ("-5", 1), ("zwei", 1), (None, 1), ("3", 3)]
)
def test_page_that_is_no_more_shows_the_nearest(asked, shown):
    assert ListPaginator(range(25), 10).page(asked).number == shown


def test_empty_list_has_one_empty_page():
    page = ListPaginator([], 10).page("7")
    assert (page.number, list(page)) == (1, [])
