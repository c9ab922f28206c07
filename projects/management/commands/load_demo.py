from django.core.exceptions import PermissionDenied, ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from khuyencong.models import Counter
from projects.demo import cast, stories

LOADED = "demo"


class Command(BaseCommand):
    help = (
        "Nạp dữ liệu mẫu: năm bài báo nguồn, một tỉnh đang hoạt động và các tài khoản dùng thử. "
        "Chạy lại không thay đổi gì; bị ngắt giữa chừng thì không để lại gì."
    )

    def handle(self, *args, **options):
        try:
            loaded = load()
        except (ValidationError, PermissionDenied) as refusal:
            told = "; ".join(refusal.messages) if isinstance(refusal, ValidationError) else str(refusal)
            raise CommandError(f"Không nạp được dữ liệu mẫu, chưa có gì thay đổi: {told}") from refusal
        if not loaded:
            self.stdout.write("Dữ liệu mẫu đã được nạp từ trước; không thay đổi gì.")
            return
        names = ", ".join(cast.SHOWN)
        self.stdout.write(f"Đã nạp dữ liệu mẫu. Tài khoản dùng thử (mật khẩu {cast.PASSWORD}): {names}.")


@transaction.atomic
def load() -> bool:
    """Tell every story, or none; False when that was done before.

    The row of the counter is the marker: being unique, it also keeps a second loader waiting until the first ends.
    """
    _counter, is_new = Counter.objects.get_or_create(key=LOADED, defaults={"value": 1})
    if is_new:
        stories.tell(cast.enter())
    return is_new
