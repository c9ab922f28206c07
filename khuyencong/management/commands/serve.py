import contextlib
import http.client
import socket
import time
from contextlib import ExitStack

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from khuyencong.checks import refuse_unfit
from khuyencong.models import User
from khuyencong.processes import GRACE, Child, Stop, Worker

# A background worker is replaced after so many jobs: the PDF engine's memory only grows.
JOBS_PER_WORKER = 100
# Seconds within which the web server has to answer.
START_LIMIT = 60


class Command(BaseCommand):
    help = "Chạy cổng bằng máy chủ web (gunicorn) cùng tiến trình nền; dừng một là dừng cả."
    requires_system_checks = []

    def add_arguments(self, parser):
        parser.add_argument("--host", default="127.0.0.1", help="địa chỉ lắng nghe (%(default)s)")
        parser.add_argument("--port", default=8000, type=int, help="số cổng (%(default)s)")
        parser.add_argument("--workers", default=2, type=int, help="số tiến trình web (%(default)s)")
        parser.add_argument("--jobs", default=2, type=int, help="số tiến trình nền (%(default)s)")
        parser.add_argument("--threads", default=4, type=int, help="số luồng mỗi tiến trình (%(default)s)")

    def handle(self, *args, host, port, workers, threads, jobs, **options):
        try:
            refuse_unfit(host)
        except ImproperlyConfigured as refusal:
            raise CommandError(str(refusal)) from None
        refuse_taken(host, port)
        demo = list(User.objects.filter(is_demo=True).select_related("organisation").order_by("pk"))
        connection.close()

        address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        web_command = [
            *("-m", "gunicorn", "khuyencong.wsgi", "--bind", address, "--no-control-socket"),
            *("--workers", str(workers), "--threads", str(threads), "--graceful-timeout", str(GRACE)),
            *("--log-level", "warning", "--timeout", "60", "--keep-alive", "5"),
            *("--limit-request-line", "4094", "--limit-request-fields", "64", "--limit-request-field_size", "8190"),
        ]
        worker_command = ["manage.py", "worker", "--max-tasks", str(JOBS_PER_WORKER), "--no-reload"]
        with (
            Stop() as stop,
            Child(*web_command) as web,
            ExitStack() as background,
        ):
            if is_up(web, stop, host, port):
                self.announce(f"http://{address}", demo)
            # After the pages, which people wait for, answer.
            crew = [background.enter_context(Worker(*worker_command, "--verbosity", "0")) for _job in range(jobs)]
            while web.is_alive() and not stop.wanted:
                for worker in crew:
                    worker.keep_alive()
                stop.wait(0.5)
            for worker in crew:
                worker.ask_to_finish()
        if not stop.wanted:
            raise CommandError(f"Máy chủ web đã dừng (mã {web.process.returncode}), cổng dừng theo.")
        self.stdout.write("Đã dừng cổng khuyến công.")

    def announce(self, address, demo):
        lines = ["", f"Cổng khuyến công đã sẵn sàng: {address}"]
        if demo:
            lines += ["", "Tài khoản dùng thử, mật khẩu chung là khuyencong:"]
            width = max(len(user.username) for user in demo)
            for user in demo:
                body = f" – {user.organisation}" if user.organisation else ""
                lines.append(f"  {user.username:<{width}}  {user.get_role_display()}{body}")
        self.stdout.write("\n".join([*lines, "", "Nhấn Ctrl+C để dừng.", ""]))
        self.stdout.flush()


def is_up(web, stop, host, port):
    """Wait for the portal to answer over HTTP; False when it was stopped or died before that."""
    caller = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    names = [name for name in settings.ALLOWED_HOSTS if name[0] not in "*."]
    headers = {"Host": next(iter(names), "localhost"), "X-Forwarded-Proto": "https"}
    deadline = time.monotonic() + START_LIMIT
    while web.is_alive() and not stop.wanted:
        with contextlib.suppress(OSError, http.client.HTTPException):
            with contextlib.closing(http.client.HTTPConnection(caller, port, timeout=5)) as request:
                request.request("GET", "/healthz", headers=headers)
                request.getresponse()
            return True
        if time.monotonic() > deadline:
            raise CommandError(f"Máy chủ web không trả lời sau {START_LIMIT} giây.")
        stop.wait(0.1)
    return False


def refuse_taken(host, port):
    """Raise `CommandError` unless the address can be listened on."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OverflowError:
            raise CommandError(f"Số cổng {port} không hợp lệ, phải từ 1 đến 65535.") from None
        except OSError as refusal:
            raise CommandError(
                f"Không mở được cổng {port} trên {host}, có thể một chương trình khác đang dùng "
                f"({refusal.strerror}). Chọn cổng khác, ví dụ: make run PORT={port + 1}"
            ) from None
