"""The demo, loaded as a person would, and what that leaves in the database."""

from io import StringIO

from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.test import override_settings


def load():
    """Run the loader on a portal for this machine alone; what it tells."""
    told = StringIO()
    # Django's test client comes from a host of its own, which the runner allowed.
    with override_settings(ALLOWED_HOSTS=settings.LOOPBACK_HOSTS):
        call_command("load_demo", stdout=told)
    return told.getvalue()


def row_counts():
    return {model._meta.label: model.objects.count() for model in apps.get_models()}
