"""A form sent after the session had ended is not lost: it waits in the browser's new session for its own person.

The texts are shown again after signing in and sent by a button, never by themselves; files have to be chosen again.
"""

from django.contrib import messages
from django.contrib.auth import SESSION_KEY
from django.core import signing
from django.http import HttpResponseRedirect
from django.middleware.csrf import CsrfViewMiddleware
from django.urls import reverse

from khuyencong.desk import drafts
from khuyencong.desk.person import cookie_name
from khuyencong.visits import caller_of, count_visit

KEPT = "kept_post"
# Who worked in this browser last, signed: only they are shown what was typed.
COOKIE, SALT, COOKIE_DAYS = "nguoi", "khuyencong.kept_posts", 7
PER_MINUTE = 20
# What a script asks beside the page; the page itself holds its texts.
ASIDE = ("draft_save", "draft_session", "login", "logout")
TOLD = (
    "Phiên đã kết thúc trước khi lưu. Những gì vừa gõ được giữ lại: đăng nhập bằng chính tài khoản đó để xem và gửi "
    "lại; tệp đính kèm thì chọn lại."
)


class KeptPostMiddleware:
    """Outside the guard of sessions, inside the messages."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if (kept := self.waiting(request)) is not None:
            return HttpResponseRedirect(kept.get_absolute_url())
        person = request.session.get(SESSION_KEY) or self.last_person(request)
        response = self.get_response(request)
        if request.method == "POST" and response.status_code == 302:
            self.after_post(request, response, person)
        signed_in = request.session.get(SESSION_KEY)
        if signed_in and signed_in != self.last_person(request):
            response.set_cookie(
                cookie_name(COOKIE), signing.dumps(signed_in, salt=SALT), max_age=COOKIE_DAYS * 86400,
                secure=request.is_secure(), httponly=True, samesite="Lax",
            )  # fmt: skip
        return response

    @staticmethod
    def last_person(request):
        """The key of whoever signed in here last, as text; None where nobody did or the cookie is not ours."""
        try:
            return signing.loads(request.COOKIES.get(cookie_name(COOKIE), ""), salt=SALT, max_age=COOKIE_DAYS * 86400)
        except signing.BadSignature:
            return None

    def after_post(self, request, response, person):
        if request.session.get(SESSION_KEY):
            if drafts.desk_of(request.user).draft_count:
                drafts.drop(request.user, address=request.get_full_path())
        elif person and response.url.startswith(reverse("login")):
            self.keep(request, person)

    @staticmethod
    def keep(request, person):
        """Hold the texts in the new session of this browser, if it was this portal's page that sent them."""
        address, pairs = request.get_full_path(), drafts.pairs_of(request.POST)
        is_small = sum(len(name) + len(text) for name, text in pairs) <= drafts.LARGEST
        is_aside = request.path in [reverse(name) for name in ASIDE]
        if not pairs or not is_small or is_aside or not drafts.is_own_page(address):
            return
        if _is_forged(request) or count_visit(caller_of(request), what="kept_post") > PER_MINUTE:
            return
        request.session[KEPT] = {"person": person, "address": address, "pairs": pairs}
        messages.info(request, TOLD)

    @staticmethod
    def waiting(request):
        """The draft made of what waited for this person; whoever else signs in does not see it."""
        is_page = request.method == "GET" and request.headers.get("Sec-Fetch-Mode", "navigate") == "navigate"
        if not is_page or KEPT not in request.session or not request.user.is_authenticated:
            return None
        kept = request.session.pop(KEPT)
        if kept["person"] != request.session.get(SESSION_KEY):
            return None
        return drafts.save_draft(request.user, kept["address"], kept["pairs"], over=True, was_sent=True)


def _is_forged(request):
    """Whether the token of the form is missing or wrong; where the session had run out nobody has asked yet."""
    check = CsrfViewMiddleware(lambda request: None)
    check.process_request(request)
    return check.process_view(request, lambda request: None, (), {}) is not None
