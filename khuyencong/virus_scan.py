"""Uploads shown to ClamAV before they are kept, where the setting CLAMD names its socket.

Where it is named and does not answer, nothing is taken in: a guard that is asleep is told, not passed by.
"""

import logging
import socket
import struct

from django.conf import settings
from django.core.exceptions import ValidationError

from khuyencong.text import quoted

CHUNK = 64 * 1024
SECONDS = 20
FOUND = b"FOUND"
CLEAN = b"OK"

logger = logging.getLogger(__name__)


def refuse_infected(stream, name):
    """Raise ValidationError for a file in which ClamAV finds something, or when it cannot be asked."""
    if not settings.CLAMD:
        return
    try:
        answer = _asked(stream)
    except OSError:
        logger.exception("ClamAV does not answer.")
        answer = b""
    finally:
        stream.seek(0)
    if answer.endswith(FOUND):
        raise ValidationError(
            f"Tệp {quoted(name)} có mã độc nên không được nhận. Báo bộ phận công nghệ thông tin, quét máy vừa tạo tệp.",
            code="infected",
        )
    if not answer.endswith(CLEAN):
        raise ValidationError(
            f"Chưa kiểm tra được mã độc trong tệp {quoted(name)} nên chưa nhận. Thử lại sau ít phút; vẫn lỗi thì báo "
            "người quản trị.",
            code="unscanned",
        )


def _asked(stream):
    """What clamd answers to INSTREAM: the file in pieces, each after its length, an empty one at the end."""
    stream.seek(0)
    with _connected() as connection:
        connection.sendall(b"zINSTREAM\0")
        while chunk := stream.read(CHUNK):
            connection.sendall(struct.pack("!L", len(chunk)) + chunk)
        connection.sendall(struct.pack("!L", 0))
        answer = b""
        while not answer.endswith(b"\0") and (more := connection.recv(CHUNK)):
            answer += more
    return answer.rstrip(b"\0").strip()


def _connected():
    """A connection to `unix:/run/clamav/clamd.ctl` or `host:port`."""
    if not settings.CLAMD.startswith("unix:"):
        host, _colon, port = settings.CLAMD.rpartition(":")
        return socket.create_connection((host, int(port)), timeout=SECONDS)
    connection = socket.socket(socket.AF_UNIX)
    connection.settimeout(SECONDS)
    try:
        connection.connect(settings.CLAMD.removeprefix("unix:"))
    except OSError:
        connection.close()
        raise
    return connection
