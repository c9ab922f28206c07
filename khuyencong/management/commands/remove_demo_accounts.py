from django.core.management.base import BaseCommand
from django.db import transaction

from khuyencong.audit import record
from khuyencong.models import User


class Command(BaseCommand):
    help = (
        "Khóa các tài khoản dùng thử trước khi cổng phục vụ người khác. Tên vẫn còn trong dấu vết của hồ sơ; "
        "chạy lại không thay đổi gì."
    )

    @transaction.atomic
    def handle(self, *args, **options):
        accounts = list(User.objects.select_for_update().filter(is_demo=True).order_by("username"))
        for account in accounts:
            # The trail of the sample records names these people, so the rows stay, shut for good.
            # A new password also ends every session that is still open.
            account.set_unusable_password()
            account.is_active = account.is_staff = account.is_superuser = account.is_demo = False
            account.save()
            record(None, "user.remove_demo", "Khóa tài khoản dùng thử", account)
        names = ", ".join(account.username for account in accounts) or "không còn tài khoản nào"
        self.stdout.write(f"Đã khóa tài khoản dùng thử: {names}.")
