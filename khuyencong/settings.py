"""Settings: environment only, one file. `.env.example` documents each variable."""

import os
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path

import dj_database_url
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from import_export.formats.base_formats import CSV, XLSX

BASE_DIR = Path(__file__).resolve().parent.parent


def env_bool(name: str, default: bool) -> bool:
    """Read a switch such as DEBUG=1; anything but 1/0, true/false, yes/no is refused."""
    value = os.environ.get(name, "").strip().lower()
    if value in ("", None):
        return default
    if value in ("1", "true", "yes", "on"):
        return True
    if value in ("0", "false", "no", "off"):
        return False
    raise ImproperlyConfigured(f"{name} must be 1 or 0, not {value!r}.")


def env_list(name: str, default: str) -> list[str]:
    return [item.strip() for item in os.environ.get(name, default).split(",") if item.strip()]


def env_secret(name: str, default: str = "") -> str:
    """A secret from the variable, from the file that NAME_FILE names, or from the service's credential `name`.

    systemd (LoadCredential=secret_key:…) hands the last one to this service alone, out of every other's sight.
    """
    if value := os.environ.get(name):
        return value
    path = os.environ.get(f"{name}_FILE")
    if not path:
        handed = Path(os.environ.get("CREDENTIALS_DIRECTORY") or "/nonexistent", name.lower())
        path = handed if handed.is_file() else None
    try:
        return (Path(path).read_text(encoding="utf-8").strip() if path else "") or default
    except OSError as error:
        raise ImproperlyConfigured(f"{name}_FILE: không đọc được {path} ({error.strerror}).") from None


DEBUG = env_bool("DEBUG", False)

# The default key serves a demo on the loopback address; khuyencong.checks refuses it anywhere else.
DEFAULT_SECRET_KEY = "khoa-mac-dinh-chi-dung-cho-ban-thu-tren-may-ca-nhan"
SECRET_KEY = env_secret("SECRET_KEY", DEFAULT_SECRET_KEY)
# The key before: sign-ins go on, sealed secrets open and are sealed anew; taken out after a few weeks.
SECRET_KEY_FALLBACKS = [key for key in [env_secret("SECRET_KEY_OLD")] if key]

LOOPBACK_HOSTS = ["localhost", "127.0.0.1", "[::1]"]
ALLOWED_HOSTS = env_list("ALLOWED_HOSTS", ",".join(LOOPBACK_HOSTS))
CSRF_TRUSTED_ORIGINS = env_list("CSRF_TRUSTED_ORIGINS", "")
# Where people reach the portal from outside; printed in the QR of every page of an issued paper.
PUBLIC_ADDRESS = (os.environ.get("PUBLIC_ADDRESS") or "http://localhost:8000").strip().rstrip("/")

# 1 behind a TLS proxy: secure cookies and HSTS; the demo on loopback runs without.
HTTPS = env_bool("HTTPS", False)
# Web servers in front, as addresses or networks: they alone are believed when they tell who asks (khuyencong.visits).
TRUSTED_PROXIES = env_list("TRUSTED_PROXIES", "127.0.0.0/8,::1")
try:
    TRUSTED_NETWORKS = [ip_network(entry) for entry in TRUSTED_PROXIES]
except ValueError as error:
    raise ImproperlyConfigured(f"TRUSTED_PROXIES: {error}") from None

# A throw-away copy for training (make practice): every page says so, and an administrator puts the start back.
PRACTICE = env_bool("PRACTICE", False)

# State of one installation: database, uploads, collected static files, benchmark results.
VAR_DIR = Path(os.environ.get("VAR_DIR") or BASE_DIR / "var")
VAR_DIR.mkdir(parents=True, exist_ok=True)
MEDIA_ROOT = Path(os.environ.get("MEDIA_ROOT") or VAR_DIR / "media")
# Archives of `manage.py backup`; best on another disk. Older than so many days, backup and drill are told as overdue.
BACKUP_DIR = Path(os.environ.get("BACKUP_DIR") or VAR_DIR / "backups")
BACKUP_DAYS = int(os.environ.get("BACKUP_DAYS") or 2)
DRILL_DAYS = int(os.environ.get("DRILL_DAYS") or 35)
# Who may read /metrics from another machine or through the web server in front; empty: this machine only.
METRICS_TOKEN = env_secret("METRICS_TOKEN")
STATIC_ROOT = VAR_DIR / "static"
STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]

INSTALLED_APPS = [
    # Before ours, whose admin takes theirs away: secrets of second factors are shown to nobody.
    "django_otp",
    "django_otp.plugins.otp_totp",
    "django_otp.plugins.otp_static",
    "axes",
    "khuyencong",
    "programs",
    "beneficiaries",
    "projects",
    "reports",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.forms",
    "csp",
    "django_htmx",
    "django_tasks",
    "django_tasks_db",
    "import_export",
]

MIDDLEWARE = [
    "khuyencong.request_log.RequestLogMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "khuyencong.compression.PageCompressionMiddleware",
    "csp.middleware.CSPMiddleware",
    "khuyencong.headers.HeadersMiddleware",
    "khuyencong.error_views.MaintenanceMiddleware",
    "khuyencong.methods.MethodsMiddleware",
    "khuyencong.request_size.RequestSizeMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "khuyencong.desk.kept_posts.KeptPostMiddleware",
    "khuyencong.session_guard.SessionGuardMiddleware",
    "khuyencong.view_as.ViewAsMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "khuyencong.desk.lists.ListMiddleware",
    "axes.middleware.AxesMiddleware",
    "khuyencong.file_trail.FileTrailMiddleware",
    "khuyencong.kept.OneStateMiddleware",
    # The last: only the page itself is read from the replica.
    "khuyencong.replica.ReplicaMiddleware",
]

ROOT_URLCONF = "khuyencong.urls"
WSGI_APPLICATION = "khuyencong.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "khuyencong.context_processors.portal",
            ],
            "builtins": ["khuyencong.templatetags.vietnamese"],
        },
    },
]
FORM_RENDERER = "khuyencong.forms.PortalFormRenderer"

# A new connection to PostgreSQL knows nothing yet: the first question of each kind takes it several times as long.
CONNECTION_SECONDS = 15 * 60
DATABASES = {
    "default": dj_database_url.parse(
        env_secret("DATABASE_URL", f"sqlite:///{VAR_DIR / 'khuyencong.sqlite3'}"),
        conn_max_age=CONNECTION_SECONDS,
        conn_health_checks=True,
    )
}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # WAL lets people read while one writes; IMMEDIATE takes the write lock when a transaction
    # starts, which is what `select_for_update` does on PostgreSQL.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;",
    }
# A copy that follows the primary, for reading reports (khuyencong.replica); further behind, the primary is read.
REPLICA_URL = env_secret("REPLICA_URL")
REPLICA_LAG_SECONDS = int(os.environ.get("REPLICA_LAG_SECONDS") or 30)
DATABASE_ROUTERS = []
if REPLICA_URL:
    if not DATABASES["default"]["ENGINE"].endswith("postgresql"):
        raise ImproperlyConfigured("REPLICA_URL: chỉ PostgreSQL có bản sao để đọc; bỏ biến này khi dùng SQLite.")
    DATABASES["replica"] = dj_database_url.parse(
        REPLICA_URL, conn_max_age=CONNECTION_SECONDS, conn_health_checks=True
    ) | {"TEST": {"MIRROR": "default"}}
    if DATABASES["replica"]["ENGINE"] != DATABASES["default"]["ENGINE"]:
        raise ImproperlyConfigured("REPLICA_URL phải là địa chỉ PostgreSQL, như DATABASE_URL.")
    DATABASES["replica"].setdefault("OPTIONS", {}).setdefault("connect_timeout", 3)
    DATABASE_ROUTERS = ["khuyencong.replica.Router"]
for database in DATABASES.values():
    if database["ENGINE"].endswith("postgresql"):
        # Compiling a question takes longer than any page's question runs, and is done anew for each.
        database.setdefault("OPTIONS", {}).setdefault("options", "-c jit=off")
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
    # Sums and tables that cost a scan, in the memory of each process (khuyencong.kept).
    "figures": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "LOCATION": "figures",
        # Room for what some sixty people read in one state of the data; the longest unread goes first.
        "OPTIONS": {"MAX_ENTRIES": 600},
    },
}

AUTH_USER_MODEL = "khuyencong.User"
# The first one hashes; a password kept by another is hashed anew when its owner signs in.
PASSWORD_HASHERS = [
    "khuyencong.passwords.Argon2",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
# Length and lists, no rules on kinds of characters (NIST SP 800-63B).
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "khuyencong.passwords.UnlikeThePerson"},
    {"NAME": "khuyencong.passwords.LongEnough", "OPTIONS": {"min_length": 12}},
    {"NAME": "khuyencong.passwords.Uncommon"},
    {"NAME": "khuyencong.passwords.NotGuessable"},
]
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "khuyencong.desk.person.PersonBackend",
]
# Five wrong passwords for an account from one address, or ten times as many from anywhere (khuyencong.lockout), shut
# the account for that address, or for all, until fifteen minutes have gone or an administrator opens it.
AXES_HANDLER = "khuyencong.lockout.Handler"
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_LOCKOUT_CALLABLE = "khuyencong.lockout.locked_page"
AXES_CLIENT_IP_CALLABLE = "khuyencong.visits.address_of"
AXES_RESET_ON_SUCCESS = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_DISABLE_ACCESS_LOG = True
AXES_ENABLE_ADMIN = AXES_VERBOSE = False
# Who needs a code from the telephone beside the password: by default where others are served, so not in the demo.
SECOND_FACTOR = env_bool("SECOND_FACTOR", HTTPS or bool(set(ALLOWED_HOSTS) - set(LOOPBACK_HOSTS)))
SECOND_FACTOR_ROLES = env_list("SECOND_FACTOR_ROLES", "director,accountant,admin")
OTP_TOTP_ISSUER = "Khuyến công"
OTP_TOTP_SYNC = False
# Without a click for so long, a sign-in ends; in any case after SESSION_COOKIE_AGE.
SESSION_IDLE_MINUTES = int(os.environ.get("SESSION_IDLE_MINUTES") or 120)
MESSAGE_STORAGE = "khuyencong.message_storage.MessageStorage"
CSRF_FAILURE_VIEW = "khuyencong.error_views.csrf_failure"
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "login"

LANGUAGE_CODE = "vi"
TIME_ZONE = os.environ.get("TIME_ZONE") or "Asia/Ho_Chi_Minh"
USE_I18N = True
USE_TZ = True
# The stock Vietnamese formats read 05/06 as 6 May and group no digits; ours is in khuyencong/formats.
FORMAT_MODULE_PATH = ["khuyencong.formats"]

# Uploads and issued papers: the folder MEDIA_ROOT, shared by all nodes, or a bucket of an S3-compatible store.
S3_BUCKET = os.environ.get("S3_BUCKET", "")
S3_STORE = {
    "BACKEND": "khuyencong.object_store.ObjectStore",
    "OPTIONS": {
        "bucket_name": S3_BUCKET,
        "endpoint_url": os.environ.get("S3_ENDPOINT") or None,
        "region_name": os.environ.get("S3_REGION") or "us-east-1",
        "access_key": env_secret("S3_ACCESS_KEY") or None,
        "secret_key": env_secret("S3_SECRET_KEY") or None,
        "location": os.environ.get("S3_PREFIX", ""),
    },
}
STORAGES = {
    "default": S3_STORE if S3_BUCKET else {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
# Pages link hashed names only; fonts of printed documents are read from the source folder, never sent.
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = ("gif", "icc", "jpg", "png", "ttf", "webp", "woff", "woff2")
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000
# All of one request with its files; the web server in front allows a little more, so that the portal tells.
REQUEST_MEGABYTES = int(os.environ.get("REQUEST_MEGABYTES") or 100)
# One pile of scanned pages; a form with more files than Django's own limit is answered without a word of why.
SCAN_MOST_FILES = 100
SCAN_MOST_PAGES = int(os.environ.get("SCAN_MOST_PAGES") or 300)
DATA_UPLOAD_MAX_NUMBER_FILES = 2 * SCAN_MOST_FILES
# ClamAV looks at uploads: unix:/run/clamav/clamd.ctl or 127.0.0.1:3310; empty: nobody does.
CLAMD = os.environ.get("CLAMD", "")
# Uploads are read by the portal alone.
FILE_UPLOAD_PERMISSIONS = 0o600
FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o700

SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = HTTPS
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
if HTTPS:
    # A cookie with this beginning is taken by browsers only from this very host over HTTPS: no neighbour plants one.
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "__Host-phien", "__Host-csrf"
SESSION_COOKIE_AGE = 12 * 3600
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "frame-src": [SELF],
        "object-src": [NONE],
    }
}

# Digital signatures; nothing here means that nobody signs in the portal. Secrets stay outside the database.
SIGNING = {
    # A PKCS#12 file of the organisation and the file that holds its passphrase, or the passphrase itself.
    "pkcs12": os.environ.get("SIGNING_PKCS12", ""),
    "passphrase": os.environ.get("SIGNING_PASSPHRASE", ""),
    "passphrase_file": os.environ.get("SIGNING_PASSPHRASE_FILE", ""),
    # Or a PKCS#11 token: the library of its maker, its label, the label of certificate and key; PIN as the passphrase.
    "pkcs11_module": os.environ.get("SIGNING_PKCS11_MODULE", ""),
    "pkcs11_token": os.environ.get("SIGNING_PKCS11_TOKEN", ""),
    "pkcs11_certificate": os.environ.get("SIGNING_PKCS11_CERTIFICATE", ""),
    "pkcs11_key": os.environ.get("SIGNING_PKCS11_KEY", ""),
    # Whose papers are signed with it, as they name their body; empty: every body's.
    "issuer": os.environ.get("SIGNING_ISSUER", ""),
    "roles": env_list("SIGNING_ROLES", "director"),
    # A time-stamp authority; without one the time is the signer's own word.
    "tsa": os.environ.get("SIGNING_TSA", ""),
    # Certificates of authorities that are trusted when a signed PDF is checked.
    "roots": os.environ.get("SIGNING_ROOTS", ""),
}

TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend", "QUEUES": ["default"]}}

# Lines go to the standard error stream (the journal of the service) and, where LOG_DIR names a folder, to a file a day;
# where LOG_SYSLOG names a collector (host:port, or a socket), to another machine as well.
LOG_FORMAT = os.environ.get("LOG_FORMAT") or "lines"
if LOG_FORMAT not in ("lines", "json"):
    raise ImproperlyConfigured(f"LOG_FORMAT must be lines or json, not {LOG_FORMAT!r}.")
LOG_DIR = os.environ.get("LOG_DIR", "")
LOG_DAYS = int(os.environ.get("LOG_DAYS") or 90)
LOG_SYSLOG = os.environ.get("LOG_SYSLOG", "")
LOG_FAR = {"()": "khuyencong.request_log.far_handler", "address": LOG_SYSLOG, "formatter": "json"}
LOG_FILE = {"()": "khuyencong.request_log.DailyFile", "folder": LOG_DIR, "days": LOG_DAYS, "formatter": "json"}
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "lines": {"()": "khuyencong.request_log.PlainLines"},
        "json": {"()": "khuyencong.request_log.JsonLines"},
    },
    "handlers": {
        "console": {"class": "logging.StreamHandler", "formatter": LOG_FORMAT},
        **({"file": LOG_FILE} if LOG_DIR else {}),
        **({"far": LOG_FAR} if LOG_SYSLOG else {}),
    },
    "root": {
        "handlers": ["console", *(["file"] if LOG_DIR else []), *(["far"] if LOG_SYSLOG else [])],
        "level": "INFO",
    },  # fmt: skip
    # The PDF engine tells every step of every page; only what it drops or misses is worth a line. That the authority of
    # an uploaded signature is unknown is told on the page.
    "loggers": {
        "weasyprint": {"level": "WARNING"},
        "pikepdf": {"level": "WARNING"},
        "fontTools": {"level": "WARNING"},
        "pyhanko": {"level": "ERROR"},
        # Both write typed names and addresses; failures are in the audit trail, and in the lines of requests.
        "axes": {"level": "CRITICAL"},
        # A line a request is for files and programs, not for the terminal of whoever tries the portal.
        "khuyencong.request_log": {"level": "INFO" if LOG_DIR or LOG_SYSLOG or LOG_FORMAT == "json" else "WARNING"},
    },
}

# The admin's exchange of facilities and projects: spreadsheets only.
IMPORT_EXPORT_FORMATS = [XLSX, CSV]

# The daily letter (manage.py send_digest): by SMTP where a server is named, else into files that nobody receives.
EMAIL_HOST = os.environ.get("EMAIL_HOST", "")
EMAIL_PORT = int(os.environ.get("EMAIL_PORT") or 25)
EMAIL_HOST_USER = os.environ.get("EMAIL_USER", "")
EMAIL_HOST_PASSWORD = env_secret("EMAIL_PASSWORD")
EMAIL_USE_TLS = env_bool("EMAIL_TLS", EMAIL_PORT == 587)
EMAIL_USE_SSL = env_bool("EMAIL_SSL", EMAIL_PORT == 465)
EMAIL_TIMEOUT = 20
EMAIL_FILE_PATH = VAR_DIR / "thu"
MAIL_TO_CONSOLE = env_bool("EMAIL_CONSOLE", False)
EMAIL_BACKEND = "django.core.mail.backends." + (
    "smtp.EmailBackend" if EMAIL_HOST else "console.EmailBackend" if MAIL_TO_CONSOLE else "filebased.EmailBackend"
)
DEFAULT_FROM_EMAIL = os.environ.get("EMAIL_FROM") or "Khuyến công <khong-tra-loi@localhost>"

# Longer lists are written by the background worker (10,000 rows take about two seconds of one core).
EXPORT_ROWS_AT_ONCE = 5000
