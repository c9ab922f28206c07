"""Log lines without personal data: each carries the id of its request, which the answer and the error page carry, too.

A line tells which page, how long, which account by number. Names, addresses typed, queries, secrets in addresses, words
of exceptions (databases quote whole rows in them) and values of variables never get here.
"""

import json
import logging
import os
import re
import secrets
import time
import traceback
from contextvars import ContextVar
from datetime import UTC, date, datetime, timedelta
from logging.handlers import SysLogHandler
from pathlib import Path

from django.conf import settings

REQUEST_ID = ContextVar("request_id", default="")
# Asked every few seconds by machines; a line each would hide the others.
SILENT = ("/healthz", "/readyz", "/metrics", "/static/")
MASKS = (
    (re.compile(r"\?\S*"), "?…"),  # what was searched and typed
    (re.compile(r"[\w.+-]+@[\w-]+(\.[\w-]+)+"), "…@…"),
    (re.compile(r"(?<![\w:.-])\+?\d[\d .]{7,14}\d(?![\w:-])"), "…"),  # telephone, citizen and tax numbers
    (re.compile(r"[A-Za-z0-9_-]{24,}"), "…"),  # keys of sessions, secrets of links, hashes
    (re.compile(r"(?i)(password|mật khẩu|secret|token|authorization|cookie)(\s*[=:]\s*)\S+"), r"\1\2…"),
    (re.compile(r"[\x00-\x1f\x7f\u2028\u2029]+"), " "),  # one line stays one line
)

logger = logging.getLogger(__name__)


class RequestLogMiddleware:
    """Outermost: gives the request its id, and tells how it went."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        request.request_id = secrets.token_hex(5)
        REQUEST_ID.set(request.request_id)
        started = time.perf_counter()
        response = self.get_response(request)
        response["X-Request-ID"] = request.request_id
        if not request.path.startswith(SILENT):
            logger.info("request", extra={"told": _told(request, response, time.perf_counter() - started)})
        return response


def _told(request, response, seconds):
    match = request.resolver_match
    session = getattr(request, "session", None)
    return {
        "method": request.method if request.method.isalpha() else "?",
        "page": match.view_name if match else "",
        "status": response.status_code,
        "ms": round(seconds * 1000),
        # The number of the account, without asking the database for it.
        "user": session.get("_auth_user_id", "") if session is not None and session.accessed else "",
    }


def scrubbed(text: str) -> str:
    """A message without what may be of a person or a secret, on one line, not longer than a screen."""
    for pattern, mask in MASKS:
        text = pattern.sub(mask, text)
    return text[:2000]


class JsonLines(logging.Formatter):
    """One JSON object a line, for programs that gather logs."""

    def format(self, record):
        return json.dumps(self.fields(record), ensure_ascii=False)

    def fields(self, record):
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": scrubbed(record.getMessage()),
            "request": REQUEST_ID.get(),
        }
        line |= getattr(record, "told", {})
        if record.exc_info and record.exc_info[0]:
            line["error"], line["where"] = kind_of(record.exc_info[1]), where(record.exc_info[2])
        return line


class PlainLines(JsonLines):
    """The same for people at a terminal."""

    def format(self, record):
        line = self.fields(record)
        rest = " ".join(f"{name}={value}" for name, value in list(line.items())[4:] if value != "" and name != "where")
        text = f"{line['at'][:19]} {line['level']} {line['logger']}: {line['message']} {rest}".rstrip()
        return "\n    ".join([text, *line.get("where", ())])


def kind_of(error) -> str:
    """The kinds of an error and of what led to it, without their words."""
    kinds, seen = [], set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        kinds.append(f"{type(error).__module__}.{type(error).__qualname__}")
        error = error.__cause__ or error.__context__
    return " < ".join(kinds)


def where(trace) -> list[str]:
    """The places that led to an error: file, line, function; no source text, no values."""
    frames = traceback.extract_tb(trace)[-15:]
    return [f"{_short(frame.filename)}:{frame.lineno} {frame.name}" for frame in frames]


def _short(filename):
    path = Path(filename)
    return str(path.relative_to(settings.BASE_DIR)) if path.is_relative_to(settings.BASE_DIR) else path.name


def far_handler(address):
    """Lines for a collector of logs: syslog over UDP to “host:port”, or into a socket of this machine (“/dev/log”)."""
    if address.startswith("/"):
        return SysLogHandler(address)
    host, _, port = address.rpartition(":")
    far = SysLogHandler((host.strip("[]"), int(port)))
    far.ident = "khuyencong: "
    return far


class DailyFile(logging.Handler):
    """A file a day in a folder, older ones removed; processes write side by side, each line in one piece."""

    def __init__(self, folder, days):
        super().__init__()
        self.folder, self.days, self.day, self.stream = Path(folder), days, None, None

    def emit(self, record):
        try:
            line = f"{self.format(record)}\n".encode()
            os.write(self.open(), line)
        except Exception:
            self.handleError(record)

    def open(self):
        today = datetime.now(UTC).date()
        if today != self.day:
            self.close_file()
            self.folder.mkdir(parents=True, exist_ok=True)
            path = self.folder / f"khuyencong-{today:%Y-%m-%d}.log"
            self.stream = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o640)
            self.day = today
            self.remove_old(today - timedelta(days=self.days))
        return self.stream

    def remove_old(self, limit: date):
        for path in self.folder.glob("khuyencong-????-??-??.log"):
            if path.stem[-10:] < f"{limit:%Y-%m-%d}":
                path.unlink(missing_ok=True)

    def close_file(self):
        if self.stream is not None:
            os.close(self.stream)
            self.stream = self.day = None

    def close(self):
        self.close_file()
        super().close()
