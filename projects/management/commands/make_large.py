import time
from datetime import date

from django.core.management.base import BaseCommand, CommandError

from khuyencong.dates import today
from khuyencong.files import atomic_with_files
from khuyencong.loopback import serves_others
from khuyencong.models import Counter, Organisation, User
from projects.demo import cast
from projects.demo.large.checks import faults
from projects.demo.large.country import Country

MADE = "large"
FEWEST = 34
MOST = 1_000_000


class Command(BaseCommand):
    help = (
        "Lập bộ số liệu lớn để đo tốc độ: 34 tỉnh, 15 năm, mặc định 100.000 đề án, toàn dữ liệu mẫu, cùng tài khoản "
        "dùng thử (chuyenvien.<mã tỉnh>, lanhdao, quantri…). Chỉ chạy trên cơ sở dữ liệu trống của một cổng không "
        "phục vụ máy khác; chạy lại không thay đổi gì; bị ngắt giữa chừng thì không để lại gì."
    )

    def add_arguments(self, parser):
        parser.add_argument("--projects", type=int, default=100_000, metavar="N", help="số đề án")
        parser.add_argument("--seed", type=int, default=1, metavar="N", help="số gieo: cùng số thì cùng dữ liệu")
        parser.add_argument(
            "--until",
            type=date.fromisoformat,
            metavar="NĂM-THÁNG-NGÀY",
            help="ngày cuối có việc; mặc định 31/10 vừa qua",
        )
        parser.add_argument("--skip-check", action="store_true", help="không cộng lại các số sau khi lập")

    def handle(self, *args, projects, seed, until, skip_check, **options):
        if not FEWEST <= projects <= MOST:
            raise CommandError(f"Số đề án từ {FEWEST} đến {MOST}.")
        if Counter.objects.filter(key=MADE).exists():
            self.stdout.write("Bộ số liệu lớn đã được lập từ trước; không thay đổi gì.")
            return
        if refusal := _refusal():
            raise CommandError(refusal)
        started = time.monotonic()
        until = until or last_day(today())
        make(projects, seed, until, self._tell if options["verbosity"] > 1 else _silent, check=not skip_check)
        self.stdout.write(
            f"Đã lập {projects} đề án đến ngày {until:%d/%m/%Y} trong {time.monotonic() - started:.0f} giây. "
            f"Mật khẩu các tài khoản: {cast.PASSWORD}."
        )

    def _tell(self, line):
        self.stdout.write(line)


def last_day(day: date) -> date:
    """The last 31 October: by then the year's plans are decided and next year's are being drafted."""
    return date(day.year if (day.month, day.day) >= (10, 31) else day.year - 1, 10, 31)


@atomic_with_files
def make(projects: int, seed: int, until: date, tell, *, check=True):
    """Everything or nothing; raises CommandError with the faults when a figure does not hold."""
    Counter.objects.create(key=MADE, value=projects)
    Country(projects, seed, until, tell).populate()
    if check and (found := faults()):
        raise CommandError("Không lập: " + "; ".join(found))


def _refusal():
    if serves_others():
        return "Cổng này phục vụ máy khác (biến ALLOWED_HOSTS hoặc HTTPS); mật khẩu các tài khoản mẫu là công khai."
    if User.objects.exists() or Organisation.objects.exists():
        return "Cổng này đã có người dùng hoặc cơ quan: bộ số liệu lớn chỉ lập được trên cơ sở dữ liệu trống."
    return None


def _silent(_line):
    pass
