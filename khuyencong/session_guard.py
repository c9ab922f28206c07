"""Who this request really comes from: sign-ins that ran out end, a second factor that is needed was given, and a
password that somebody else chose is replaced first.
"""

from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.views import redirect_to_login
from django.shortcuts import redirect
from django.urls import reverse

from khuyencong import second_factor, sign_ins
from khuyencong.models import SignInEnd


class SessionGuardMiddleware:
    """After the person is known, before any page."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        state = request.session.get(sign_ins.KEY)
        if state and not sign_ins.seen(request, state):
            sign_ins.finish(request, SignInEnd.IDLE)
            messages.info(request, "Lâu không làm gì nên phiên đã kết thúc. Đăng nhập lại để làm tiếp.")
            return redirect_to_login(request.get_full_path() if request.method == "GET" else "/")
        # Asked of every request, so that a role given today, or a setting switched on, counts at once.
        if lacks_code(request, state):
            logout(request)
            return redirect_to_login(request.get_full_path() if request.method == "GET" else "/")
        if has_given_password(request):
            return redirect("password_change")
        return self.get_response(request)


def has_given_password(request):
    """Whether the person still uses the password that an administrator chose, and wants to go elsewhere with it."""
    user = request.user
    if not user.is_authenticated or user.password_given_at is None:
        return False
    return request.path not in (reverse("password_change"), reverse("logout"))


def lacks_code(request, state):
    if (state and state["code"]) or not second_factor.settings.SECOND_FACTOR:
        return False
    return request.user.is_authenticated and second_factor.is_forced(request.user)
