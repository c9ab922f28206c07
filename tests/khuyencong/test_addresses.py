import pytest
from django.urls import reverse, set_script_prefix

from khuyencong.addresses import address_of

PAGES = ("projects:detail", "projects:plan_detail", "projects:facility_detail", "document_detail", "programs:detail")


@pytest.mark.parametrize("page", PAGES)
def test_address_is_the_one_that_django_gives(page):
    for key in (1, 9_223_372_036_854_775_806):
        assert address_of(page, key) == reverse(page, args=[key])


def test_record_without_a_key_has_no_address():
    with pytest.raises(TypeError):
        address_of("projects:detail", None)


def test_portal_below_another_path_keeps_its_path():
    assert address_of("projects:detail", 7) == "/de-an/7/"
    set_script_prefix("/khuyen-cong/")
    try:
        assert address_of("projects:detail", 7) == "/khuyen-cong/de-an/7/"
    finally:
        set_script_prefix("/")
