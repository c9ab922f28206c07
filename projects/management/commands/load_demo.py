from django.core.exceptions import PermissionDenied, ValidationError
from django.core.management.base import BaseCommand, CommandError

from khuyencong.files import atomic_with_files
from khuyencong.loopback import serves_others
from khuyencong.models import Counter
from khuyencong.table_statistics import take_stock
from projects.demo import cast, print_settings, stories

LOADED = "demo"
# Accounts whose password everybody knows, and figures that nobody could tell from the real ones.
FOR_THIS_MACHINE_ONLY = (
    "cổng này phục vụ máy khác (biến ALLOWED_HOSTS hoặc HTTPS), trong khi mật khẩu của tài khoản dùng thử là "
    "công khai. Để xem thử, bỏ hai biến đó; để dùng thật, chạy thẳng: python manage.py serve."
)


class Command(BaseCommand):
    help = (
        "Nạp dữ liệu mẫu: năm bài báo nguồn, một tỉnh đang hoạt động và các tài khoản dùng thử. "
        "Chạy lại không thay đổi gì; bị ngắt giữa chừng thì không để lại gì. "
        "Không nạp vào cổng phục vụ máy khác."
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


@atomic_with_files
def load() -> bool:
    """Tell every story, or none; False when that was done before. Raises PermissionDenied where others are served.

    The row of the counter is the marker: being unique, it also keeps a second loader waiting until the first ends.
    """
    _counter, is_new = Counter.objects.get_or_create(key=LOADED, defaults={"value": 1})
    if is_new:
        if serves_others():
            raise PermissionDenied(FOR_THIS_MACHINE_ONLY)
        players = cast.enter()
        print_settings.enter(players)
        stories.tell(players)
        take_stock()
    return is_new
