"""Sizes of files, as people read them."""

from django import template

from khuyencong.files import size_in_words

register = template.Library()
register.filter("size_in_words", size_in_words)
