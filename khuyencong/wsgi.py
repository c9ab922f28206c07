"""WSGI entry point of the production server; refuses an unfit installation as `manage.py serve` does."""

import gc
import os

from django.core.wsgi import get_wsgi_application
from django.db import connection
from django.db.backends.signals import connection_created

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "khuyencong.settings")

application = get_wsgi_application()

# These read the settings and models that the line above has set up.
from khuyencong.checks import refuse_unfit  # noqa: E402
from khuyencong.database_limits import give_up_slow_questions  # noqa: E402
from khuyencong.loopback import serves_others, this_machine_only  # noqa: E402

refuse_unfit()
connection.close()
# A request that asks the database for a minute is given up; workers take the time they need.
connection_created.connect(give_up_slow_questions)
if not serves_others():
    application = this_machine_only(application)

# What stands now stands as long as the process: looking through all of it for garbage holds up a page by 0.1-0.2 s.
gc.collect()
gc.freeze()
# A page makes tens of thousands of objects that go without help; looking through them every 700 costs a tenth of it.
gc.set_threshold(50_000, 20, 20)
