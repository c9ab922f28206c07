"""Support: an administrator looks at the pages as another person sees them, reads only, for half an hour.

Everything told meanwhile, such as a file taken away, is told as the administrator's doing.
"""

import time

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect
from django.urls import reverse

from khuyencong.audit import VIEWING, Viewing, record
from khuyencong.models import User
from khuyencong.permissions import require

# In the administrator's session: whom they look at the pages as, and until when.
KEY = "view_as"
LASTS = 30 * 60
END = "view_as_end"
# Where secrets of the person stand, or the person's own affairs are settled; support needs none of them.
PERSONAL = (
    "sessions", "second_factor", "second_factor_set_up", "password_change", "password_change_done", "calendar",
    "drafts", "draft", "draft_data", "draft_session",
)  # fmt: skip


def begin(request, person, reason):
    """Look at the pages as this person from the next request on."""
    by = request.user
    require(by.is_superuser, "Chỉ quản trị hệ thống được xem với quyền của người khác.")
    require(person != by and not person.is_superuser, "Không xem với quyền của quản trị hệ thống.")
    require(person.is_active, "Tài khoản này đã khóa.")
    record(by, "user.view_as", "Bắt đầu xem với quyền của người khác", person, reason=reason)
    request.session[KEY] = {"user": person.pk, "until": int(time.time()) + LASTS}


def end(request):
    """Back to oneself; only once."""
    state = request.session.pop(KEY, None)
    person = state and User.objects.filter(pk=state["user"]).first()
    if person:
        record(request.user, "user.view_as_end", "Thôi xem với quyền của người khác", person)
    return person


class ViewAsMiddleware:
    """Puts the other person in the place of the administrator, for reading."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        state = request.session.get(KEY)
        if not state or not request.user.is_authenticated:
            return self.get_response(request)
        if request.path in (reverse(END), reverse("logout")):
            return self.get_response(request)
        person = self.person_of(request, state)
        if person is None:
            end(request)
            messages.info(request, "Đã hết thời gian xem với quyền của người khác.")
            return redirect(reverse("accounts"))
        return self.as_person(request, person)

    @staticmethod
    def person_of(request, state):
        if time.time() > state["until"] or not request.user.is_superuser:
            return None
        people = User.objects.select_related("organisation", "desk")
        return people.filter(pk=state["user"], is_active=True, is_superuser=False).first()

    def as_person(self, request, person):
        administrator, request.user = request.user, person
        request.viewed_by = administrator
        token = VIEWING.set(Viewing(administrator, person))
        try:
            return self.get_response(request)
        finally:
            VIEWING.reset(token)

    def process_view(self, request, view, args, kwargs):
        """Asked inside the other middleware, so that the refusal looks like every other."""
        if not hasattr(request, "viewed_by"):
            return
        if request.method not in ("GET", "HEAD"):
            raise PermissionDenied("Đang xem với quyền của người khác: chỉ xem, không làm thay được việc gì.")
        if request.resolver_match.view_name in PERSONAL:
            raise PermissionDenied("Trang riêng của người đó: mật khẩu, phiên đăng nhập, mã không ai xem thay.")
