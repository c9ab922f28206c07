"""The demo, loaded as a person would, and what that leaves in the database."""

from io import StringIO

from django.apps import apps
from django.core.management import call_command


def load():
    """Run the loader; what it tells."""
    told = StringIO()
    call_command("load_demo", stdout=told)
    return told.getvalue()


def row_counts():
    return {model._meta.label: model.objects.count() for model in apps.get_models()}
