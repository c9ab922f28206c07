from django.core.management.base import BaseCommand, CommandError

from khuyencong.desk import drafts, once
from reports import digest


class Command(BaseCommand):
    help = "Gửi thư tóm tắt của hôm nay, mỗi người nhiều nhất một thư; dọn bản nhập dở quá 30 ngày."

    def handle(self, *args, **options):
        drafts.forget_old()
        once.forget_old()
        sending = digest.send_all()
        self.stdout.write(
            f"Đã gửi {sending.sent} thư; {sending.quiet} người không có gì mới; {sending.failed} thư hỏng."
        )
        if sending.failed:
            raise CommandError("Có thư không gửi được: xem nhật ký máy, sửa cấu hình thư rồi chạy lại.")
