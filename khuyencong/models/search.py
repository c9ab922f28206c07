"""What the search box looks in: one row for each record that can be found, kept by triggers of the database."""

from django.db import models

# Kinds of records share one table, one behind the other: a row's number is its kind's times this, and its record's.
KIND_SPAN = 2**40


class SearchEntry(models.Model):
    """The words of one record (`khuyencong.search_index`), written by triggers alone.

    `words`: marks of owner and province ("=o5 =p86"), then the record's folded key and those of what hangs
    on it. SQLite has an FTS5 table over it, PostgreSQL a column of tokens with a GIN index.
    """

    id = models.BigIntegerField(primary_key=True)
    words = models.TextField("từ khóa")

    class Meta:
        verbose_name = verbose_name_plural = "từ khóa tìm kiếm"

    def __str__(self):
        return self.words
