import logging
import time
from threading import Event, Thread

from django.db import connections
from django_tasks_db.management.commands.db_worker import Command as DatabaseWorker

from khuyencong import audit_checks
from khuyencong.claims import DATABASE_GONE, resume, resume_when_idle

# Seconds between two looks for what a worker on another machine has left.
LOOKS_EVERY = 60
# Seconds between two tries to reach a database that does not answer.
TRIES_EVERY = 3

logger = logging.getLogger(__name__)


class Command(DatabaseWorker):
    help = "Tiến trình nền: nhận lại việc dở dang của tiến trình đã bị dừng, rồi làm việc mới."

    def handle(self, *args, **options):
        over = Event()
        Thread(target=look_after, args=[over], daemon=True).start()
        try:
            while not self.worked(*args, **options):
                time.sleep(TRIES_EVERY)
        finally:
            over.set()

    def worked(self, *args, **options):
        """Work to the end that the options set; False when the database went away meanwhile."""
        try:
            resume()
            audit_checks.plan_next()
            super().handle(*args, **options)
        except DATABASE_GONE as error:
            logger.warning("The database does not answer, waiting: %s", str(error).strip().partition("\n")[0])
            connections.close_all()
            return False
        return True


def look_after(over):
    """Until the worker is over: take up now and then what others have left."""
    while not over.wait(LOOKS_EVERY):
        try:
            resume_when_idle()
        except DATABASE_GONE:
            logger.info("No look for work that was left: the database does not answer.")
        finally:
            connections.close_all()
