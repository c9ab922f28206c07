"""Who is signed in on which device: begun, seen, listed, ended; each beginning and end is in the trail."""

import re
import time
from datetime import timedelta

from django.conf import settings
from django.contrib.auth import login, logout
from django.contrib.sessions.backends.db import SessionStore
from django.core.cache import cache
from django.utils import timezone

from khuyencong.audit import record
from khuyencong.models import SignIn, SignInEnd
from khuyencong.visits import address_of

# Under this name a session says which sign-in it is, when it was last seen, whether a code was given.
KEY = "sign_in"
# How exactly the last click is known.
SEEN_EVERY = 300
# An ended sign-in is kept so long, for questions of the owner and of inspectors.
KEPT = timedelta(days=90)
SYSTEMS = (
    ("Windows", "Windows"), ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Mac OS", "macOS"),
    ("CrOS", "ChromeOS"), ("Linux", "Linux"),
)  # fmt: skip
BROWSERS = (
    ("Edg", "Edge"), ("coc_coc_browser", "Cốc Cốc"), ("OPR/", "Opera"), ("SamsungBrowser", "Samsung Internet"),
    ("Firefox", "Firefox"), ("FxiOS", "Firefox"), ("CriOS", "Chrome"), ("Chrome", "Chrome"), ("Safari", "Safari"),
)  # fmt: skip


def begin(request, user, *, with_code=False):
    """Sign a person in: the session gets a new key, so that one planted before is worth nothing."""
    backend = getattr(user, "backend", "khuyencong.desk.person.PersonBackend")
    login(request, user, backend=backend)
    if request.session.session_key is None:  # a flushed session has no key before it is written
        request.session.create()
    row = SignIn.objects.create(
        user=user,
        session_key=request.session.session_key,
        address=address_of(request),
        device=device_of(request),
        with_code=with_code,
        seen_at=timezone.now(),
    )
    now = int(time.time())
    request.session[KEY] = {"id": row.pk, "began": now, "seen": now, "code": with_code}
    told = "mật khẩu và mã xác thực" if with_code else "mật khẩu"
    record(user, "user.login", "Đăng nhập", user, changes=[("Thiết bị", "", row.device), ("Bằng", "", told)])
    return row


def finish(request, end):
    """End the session of this request."""
    user, state = request.user, request.session.get(KEY)
    if user.is_authenticated:
        if state:
            _close(SignIn.objects.open().filter(pk=state["id"]), end)
        record(user, "user.logout", "Đăng xuất" if end == SignInEnd.LOGOUT else "Hết phiên", user)
    logout(request)


def seen(request, state):
    """Note a click now and then; False when the last one, or the sign-in itself, is too long ago."""
    now = int(time.time())
    if now - state["seen"] > settings.SESSION_IDLE_MINUTES * 60 or now - state["began"] > settings.SESSION_COOKIE_AGE:
        return False
    if now - state["seen"] >= SEEN_EVERY:
        request.session[KEY] = state | {"seen": now}
        # Two clicks at the same moment write once.
        if cache.add(f"{KEY}:{state['id']}:{now // SEEN_EVERY}", True, SEEN_EVERY):
            SignIn.objects.open().filter(pk=state["id"]).update(seen_at=timezone.now())
    return True


def open_of(user):
    """Sign-ins of a person that still hold."""
    return open_rows().filter(user=user)


def open_rows():
    """Sign-ins that still hold: not ended, and not run out by themselves."""
    since = timezone.now() - timedelta(seconds=settings.SESSION_COOKIE_AGE)
    idle = timezone.now() - timedelta(minutes=settings.SESSION_IDLE_MINUTES, seconds=SEEN_EVERY)
    return SignIn.objects.open().filter(started_at__gt=since, seen_at__gt=idle)


def end_one(row, *, by):
    """End a sign-in of one's own, on any device."""
    _end([row], SignInEnd.OWNER)
    told = [("Thiết bị", row.device, "")]
    record(by, "user.end_session", "Kết thúc phiên trên thiết bị khác", row.user, changes=told)


def end_all(user, end, *, keep=None):
    """End every sign-in of a person but the one with the session key `keep`; how many there were."""
    rows = list(user.sign_ins.open().exclude(session_key=keep or ""))
    _end(rows, end)
    return len(rows)


def keep_own(request):
    """After a change of password the session has another key: the row follows."""
    if state := request.session.get(KEY):
        SignIn.objects.filter(pk=state["id"]).update(session_key=request.session.session_key)


def forget_old():
    """Drop sign-ins that ended, or ran out, long ago."""
    limit = timezone.now() - KEPT
    SignIn.objects.filter(seen_at__lt=limit).delete()


def device_of(request):
    """What a browser says it is, in two words: "Firefox, Windows"."""
    told = request.headers.get("User-Agent", "")
    browser = next((name for mark, name in BROWSERS if mark in told), "Trình duyệt khác")
    system = next((name for mark, name in SYSTEMS if mark in re.sub(r"like Mac OS X", "", told)), "máy khác")
    return f"{browser}, {system}"


def _end(rows, end):
    for row in rows:
        SessionStore(row.session_key).delete()
    _close(SignIn.objects.filter(pk__in=[row.pk for row in rows]), end)


def _close(rows, end):
    rows.filter(ended_at=None).update(ended_at=timezone.now(), end=end)
