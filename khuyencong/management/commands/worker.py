from django_tasks_db.management.commands.db_worker import Command as DatabaseWorker

from khuyencong import audit_checks
from khuyencong.claims import resume


class Command(DatabaseWorker):
    help = "Tiến trình nền: nhận lại việc dở dang của tiến trình đã bị dừng, rồi làm việc mới."

    def handle(self, *args, **options):
        resume()
        audit_checks.plan_next()
        super().handle(*args, **options)
