"""WSGI entry point of the production server; refuses an unfit installation as `manage.py serve` does."""

import os

from django.core.wsgi import get_wsgi_application
from django.db import connection

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "khuyencong.settings")

application = get_wsgi_application()

# These read the settings and models that the line above has set up.
from khuyencong.checks import refuse_unfit  # noqa: E402
from khuyencong.loopback import serves_others, this_machine_only  # noqa: E402

refuse_unfit()
connection.close()
if not serves_others():
    application = this_machine_only(application)
