from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from khuyencong.backups import BackupError, save


class Command(BaseCommand):
    help = "Sao lưu cơ sở dữ liệu, tệp và cấu hình vào một tệp đã kiểm tra; cổng vẫn chạy trong lúc đó."

    def add_arguments(self, parser):
        parser.add_argument("folder", nargs="?", default=settings.BACKUP_DIR, help="thư mục chứa (%(default)s)")
        parser.add_argument("--keep", type=int, help="chỉ giữ chừng ấy bản mới nhất trong thư mục")

    def handle(self, *args, folder, keep, **options):
        if keep is not None and keep < 1:
            raise CommandError("--keep phải từ 1 trở lên.")
        try:
            run = save(folder, keep=keep)
        except BackupError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"Đã sao lưu vào {run.archive}: {run.row_count} dòng, {run.file_count} tệp.")
        self.stdout.write(f"{run.size} byte, SHA-256 {run.sha256}. {run.message}")
