from django.core.management.base import BaseCommand

from khuyencong import practice


class Command(BaseCommand):
    help = "Bản tập huấn: giữ dữ liệu lúc này làm điểm bắt đầu, để nút “Đặt lại từ đầu” trả về."

    def handle(self, *args, **options):
        practice.keep_start()
