from django_tasks_db.management.commands.db_worker import Command as DatabaseWorker

from khuyencong.documents.batches import resume_batches
from khuyencong.documents.scans import resume_stalled_batches


class Command(DatabaseWorker):
    help = "Tiến trình nền: nhận lại việc in hàng loạt, lượt quét dở dang của tiến trình đã bị dừng, rồi làm việc mới."

    def handle(self, *args, **options):
        resume_batches()
        resume_stalled_batches()
        super().handle(*args, **options)
