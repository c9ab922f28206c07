"""What must hold before the portal serves people; what does not is refused at start, in Vietnamese.

Asked by `manage.py serve`, by `khuyencong.wsgi` under any other server, and by `manage.py check --deploy`
(with `--database default` for the database).
"""

from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import Error, Tags, register
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from khuyencong.loopback import LOOPBACK_ADDRESSES, serves_others
from khuyencong.models import User
from khuyencong.store_check import store_fault


def settings_faults(host=None):
    """Settings that are for one's own machine only, as a list of `Error`."""
    faults = []
    if not serves_others(host):
        return faults
    if settings.SECRET_KEY == settings.DEFAULT_SECRET_KEY:
        faults.append(
            Error(
                "Máy chủ phục vụ người khác mà vẫn dùng khóa bí mật mặc định.",
                hint="Đặt biến SECRET_KEY bằng một chuỗi ngẫu nhiên, giữ kín (cách tạo: xem .env.example).",
                id="khuyencong.E001",
            )
        )
    if settings.DEBUG:
        faults.append(
            Error(
                "Máy chủ phục vụ người khác mà đang bật chế độ gỡ lỗi, trang lỗi sẽ lộ dữ liệu.",
                hint="Bỏ biến DEBUG.",
                id="khuyencong.E002",
            )
        )
    if not is_public_address(settings.PUBLIC_ADDRESS):
        faults.append(
            Error(
                f"Mã QR trên văn bản sẽ dẫn tới {settings.PUBLIC_ADDRESS}, nơi người nhận văn bản không mở được.",
                hint="Đặt biến PUBLIC_ADDRESS bằng địa chỉ https của cổng, ví dụ https://khuyencong.tinh.gov.vn.",
                id="khuyencong.E006",
            )
        )
    if hosts := unproven_hosts(settings.DATABASES["default"]):
        faults.append(
            Error(
                f"Cơ sở dữ liệu ở máy khác ({', '.join(hosts)}) mà đường truyền không được kiểm tra chứng thư.",
                hint="Thêm sslmode=verify-full (và sslrootcert=… của tỉnh) vào DATABASE_URL.",
                id="khuyencong.E008",
            )
        )
    return faults


def unproven_hosts(database):
    """The machines of a PostgreSQL database over a network that need not prove who they are; none for a socket."""
    if database.get("OPTIONS", {}).get("sslmode") == "verify-full":
        return []
    own = {host.strip("[]") for host in (*settings.LOOPBACK_HOSTS, *LOOPBACK_ADDRESSES)}
    hosts = str(database.get("HOST") or "").split(",")
    return [host for host in hosts if host and not host.startswith("/") and host not in own]


def is_public_address(address):
    """An https address of a host, without a path, that is not this very machine."""
    parts = urlsplit(address)
    own = {host.strip("[]") for host in (*settings.LOOPBACK_HOSTS, *LOOPBACK_ADDRESSES)}
    return (parts.scheme, parts.path, parts.query) == ("https", "", "") and (parts.hostname or "") not in {*own, ""}


def database_faults(host=None):
    """A database that is not ready, or not ready for others, as a list of `Error`."""
    try:
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            return [
                Error(
                    "Cơ sở dữ liệu chưa được cập nhật cho phiên bản này.",
                    hint="Chạy: python manage.py migrate",
                    id="khuyencong.E003",
                )
            ]
        usernames = User.objects.filter(is_demo=True).order_by("username").values_list("username", flat=True)
        demo = list(usernames) if serves_others(host) else []
    except DatabaseError as refusal:
        return [
            Error(
                f"Không dùng được cơ sở dữ liệu: {str(refusal).strip()}",
                hint="Kiểm tra biến DATABASE_URL và máy chủ cơ sở dữ liệu.",
                id="khuyencong.E004",
            )
        ]
    if not demo:
        return []
    return [
        Error(
            f"Máy chủ phục vụ người khác mà còn tài khoản dùng thử (mật khẩu công khai): {', '.join(demo)}.",
            hint="Gỡ bằng lệnh: python manage.py remove_demo_accounts",
            id="khuyencong.E005",
        )
    ]


def store_faults():
    """A store of files that takes none or gives back others, as a list of `Error`."""
    fault = store_fault()
    if not fault:
        return []
    if settings.S3_BUCKET:
        hint = "Kiểm tra S3_ENDPOINT, S3_BUCKET, khóa truy cập và quyền đọc, ghi, xóa của khóa ấy."
    else:
        hint = f"Kiểm tra thư mục {settings.MEDIA_ROOT}: còn chỗ, và tài khoản chạy cổng ghi được."
    return [Error(f"Kho tệp không nhận tệp: {fault}", hint=hint, id="khuyencong.E007")]


def refuse_unfit(host=None):
    """Raise `ImproperlyConfigured` with every fault and its remedy, or return."""
    faults = settings_faults(host) + database_faults(host) + store_faults()
    if faults:
        lines = [f"- {fault.msg} {fault.hint}" for fault in faults]
        raise ImproperlyConfigured("\n".join(["Không khởi động cổng khuyến công:", *lines]))


@register(Tags.security, deploy=True)
def check_settings(app_configs, **kwargs):
    return settings_faults()


@register(Tags.files, deploy=True)
def check_store(app_configs, **kwargs):
    return store_faults()


@register(Tags.database, deploy=True)
def check_database(app_configs, databases=None, **kwargs):
    return database_faults()
