from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from khuyencong.backups import BackupError, drill
from khuyencong.backups.runs import archives


class Command(BaseCommand):
    help = "Diễn tập: khôi phục bản sao lưu mới nhất (hoặc bản chỉ ra) sang chỗ khác, đối chiếu rồi xóa."

    def add_arguments(self, parser):
        parser.add_argument("archive", nargs="?", type=Path, help="tệp sao lưu; bỏ trống: bản mới nhất")

    def handle(self, *args, archive, **options):
        found = [archive] if archive else archives(settings.BACKUP_DIR)
        if not found:
            raise CommandError(f"Chưa có bản sao lưu nào trong {settings.BACKUP_DIR}. Chạy manage.py backup trước.")
        try:
            run = drill(found[-1])
        except BackupError as error:
            raise CommandError(f"Diễn tập không đạt: {error}") from error
        self.stdout.write(f"Diễn tập đạt trong {run.seconds} giây: {run.archive}, {run.row_count} dòng, ", ending="")
        self.stdout.write(f"{run.file_count} tệp. {run.message}")
