"""Rows that are checked before they are saved, at the cost of few questions.

Django asks the database whether the row behind each foreign key exists, and for each check constraint whether it
holds: of a project more often than all else that an act on it asks.
"""

from django.core.exceptions import ValidationError
from django.db import DEFAULT_DB_ALIAS, models
from django.db.models import Q


class CheckedRow(models.Model):
    """Base of rows that an act checks whole (`full_clean`): the same refusals as Django's, fewer questions."""

    class Meta:
        abstract = True

    def clean_fields(self, exclude=None):
        exclude = set(exclude or ())
        super().clean_fields(exclude | _known_to_exist(self, exclude))

    def get_constraints(self):
        return [(model, _checks_together(constraints)) for model, constraints in super().get_constraints()]


def _known_to_exist(row, exclude):
    """Names of the foreign keys that lead to something: what was read, and what the row as stored leads to already.

    A key that may lead to some rows only (`limit_choices_to`) is asked about as ever.
    """
    given = [field for field in _free_keys(type(row)) if field.name not in exclude and field.value_from_object(row)]
    read = {field.name for field in given if field.is_cached(row) and not field.get_cached_value(row)._state.adding}
    others = [field for field in given if field.name not in read]
    if row._state.adding or len(others) < 2:  # one is asked about by Django as well
        return read
    rows = type(row)._base_manager.using(row._state.db).filter(pk=row.pk)
    stored = rows.values(*(field.attname for field in others)).first() or {}
    return read | {field.name for field in others if stored.get(field.attname) == field.value_from_object(row)}


def _free_keys(model):
    return [field for field in model._meta.concrete_fields if field.many_to_one and not field.get_limit_choices_to()]


def _checks_together(constraints):
    checks = [constraint for constraint in constraints if isinstance(constraint, models.CheckConstraint)]
    others = [constraint for constraint in constraints if constraint not in checks]
    return [*others, AllChecks(checks)] if checks else others


class AllChecks:
    """A model's check constraints as one.

    One question when all of them hold; only a row that breaks one is asked about them singly, for the messages.
    """

    def __init__(self, checks):
        self.checks = checks

    def validate(self, model, instance, exclude=None, using=DEFAULT_DB_ALIAS):
        hidden = set(exclude or ())
        checks = [check for check in self.checks if not check.condition.referenced_base_fields & hidden]
        together = models.CheckConstraint(name="together", condition=Q(*(check.condition for check in checks)))
        # The question carries the value of every field not excluded, needed or not.
        idle = {field.name for field in model._meta.fields} - together.condition.referenced_base_fields
        try:
            together.validate(model, instance, exclude=idle, using=using)
        except ValidationError:
            raise ValidationError(list(self._broken(checks, model, instance, exclude, using))) from None

    @staticmethod
    def _broken(checks, *arguments):
        for check in checks:
            try:
                check.validate(*arguments)
            except ValidationError as refusal:
                yield refusal
