"""Serial numbers that two people never share."""

from django.db import models, transaction


class Counter(models.Model):
    """The last number given in a series, e.g. the project codes of one body and plan year."""

    key = models.CharField("dãy số", max_length=100, unique=True)
    value = models.PositiveIntegerField("số cuối", default=0)

    class Meta:
        verbose_name = verbose_name_plural = "bộ đếm"

    def __str__(self):
        return f"{self.key}: {self.value}"

    @classmethod
    def locked(cls, key):
        """The row of a series, made when there is none, held until the caller's transaction ends."""
        cls.objects.get_or_create(key=key)
        return cls.objects.select_for_update().get(key=key)

    @classmethod
    def take(cls, key, count=1):
        """The next number of the series, from 1; holds the row until the caller's transaction ends.

        With `count` that many numbers are taken, of which it is the last.
        """
        with transaction.atomic():
            counter = cls.locked(key)
            counter.value += count
            counter.save(update_fields=["value"])
            return counter.value
