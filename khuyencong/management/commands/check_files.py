from datetime import timedelta

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from khuyencong.files import damaged_files, files_without_rows
from khuyencong.models import StoredFile

# A request that is still storing its files is long over by then.
IN_THE_MAKING = timedelta(days=1)


class Command(BaseCommand):
    help = "Kiểm tra kho tệp tải lên: tệp mất hoặc bị thay đổi (mã băm), tệp thừa do lần gửi bị ngắt giữa chừng."

    def add_arguments(self, parser):
        parser.add_argument("--clean", action="store_true", help="xóa các tệp thừa đã cũ hơn một ngày")

    def handle(self, *args, clean, **options):
        spare = files_without_rows(before=timezone.now() - IN_THE_MAKING)
        for name in spare:
            if clean:
                StoredFile._meta.get_field("file").storage.delete(name)
            self.stdout.write(f"{'Đã xóa tệp thừa' if clean else 'Tệp thừa'}: {name}")
        damaged = damaged_files()
        for stored in damaged:
            self.stdout.write(f"Mất hoặc bị thay đổi: {stored.file.name} ({stored.name}, tải lên {stored.uploaded_by})")
        if damaged:
            raise CommandError(f"{len(damaged)} tệp mất hoặc bị thay đổi: phục hồi từ bản sao lưu.")
        self.stdout.write(f"{StoredFile.objects.count()} tệp nguyên vẹn, {len(spare)} tệp thừa.")
