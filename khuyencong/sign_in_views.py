"""The door: signing in and out, one's own sign-ins on all devices, the change of the password."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import get_user_model, views
from django.contrib.auth.forms import PasswordChangeForm
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_POST

from khuyencong import second_factor, sign_ins
from khuyencong.accounts import is_given_password_over
from khuyencong.audit import record
from khuyencong.models import SignInEnd
from khuyencong.permissions import require
from khuyencong.second_factor_views import PasswordForm
from khuyencong.visits import caller_of, count_visit

# Tries of one address in a minute: enough for an office in the morning.
TRIES_PER_MINUTE = 30


@method_decorator([never_cache, sensitive_post_parameters()], name="dispatch")
class LoginView(views.LoginView):
    redirect_authenticated_user = True

    def post(self, request, *args, **kwargs):
        if count_visit(caller_of(request), what="login") > TRIES_PER_MINUTE:
            answer = render(request, "429.html", status=429)
            answer["Retry-After"] = "60"
            return answer
        return super().post(request, *args, **kwargs)

    def form_valid(self, form):
        user = form.get_user()
        if is_given_password_over(user):
            record(None, "user.login_failed", "Đăng nhập bằng mật khẩu tạm đã hết hạn", user)
            form.add_error(None, "Mật khẩu tạm đã hết hạn. Nhờ quản trị hệ thống đặt mật khẩu tạm khác.")
            return self.render_to_response(self.get_context_data(form=form, has_run_out=True))
        if step := second_factor.next_step(user):
            second_factor.wait_for_code(self.request, user, self.get_success_url())
            return redirect(step)
        sign_ins.begin(self.request, user)
        return redirect(self.get_success_url())

    def form_invalid(self, form):
        tell_failure(self.request, form.cleaned_data.get("username"))
        return super().form_invalid(form)


def admin_login(request):
    """Where the administration sends those whom it does not let in: strangers to the door, others away (403).

    The door would send whoever is signed in back at once, and so on for ever.
    """
    require(request.user.is_staff or not request.user.is_authenticated, "Trang quản trị chỉ mở cho người quản trị.")
    query = request.META.get("QUERY_STRING", "")
    return redirect(f"{reverse('login')}?{query}" if query else "login")


def tell_failure(request, username):
    """A wrong password is in the trail, of whom it was typed for if there is such an account; what was typed is not.

    Attempts that the lockout did not even look at are not told: the trail is kept for ever, and grows by them.
    """
    was_locked = getattr(request, "axes_locked_out", False)
    counted = getattr(request, "axes_failures_since_start", None)
    if not username or (was_locked and counted is None):
        return
    user = get_user_model().objects.filter(username=username).first()
    record(None, "user.login_failed", "Đăng nhập không thành công", user)
    if was_locked:
        record(None, "user.login_locked", "Tạm dừng nhận đăng nhập", user)


class LogoutView(views.LogoutView):
    def post(self, request, *args, **kwargs):
        sign_ins.finish(request, SignInEnd.LOGOUT)
        answer = redirect(self.get_success_url())
        # Where several people use one computer, going back shows nothing of the one before.
        answer["Clear-Site-Data"] = '"cache"'
        return answer


class OwnPasswordForm(PasswordChangeForm):
    """A password that only its owner knows."""

    def clean(self):
        typed = super().clean()
        if typed.get("new_password1") and typed["new_password1"] == typed.get("old_password"):
            self.add_error("new_password1", "Đây là mật khẩu đang dùng: đặt mật khẩu khác.")
        return typed

    def save(self, commit=True):
        self.user.password_given_at = None
        return super().save(commit)


@method_decorator(sensitive_post_parameters(), name="dispatch")
class PasswordChangeView(views.PasswordChangeView):
    form_class = OwnPasswordForm

    def form_valid(self, form):
        answer = super().form_valid(form)
        sign_ins.keep_own(self.request)
        user, own = self.request.user, self.request.session.session_key
        sign_ins.end_all(user, SignInEnd.PASSWORD, keep=own)
        record(user, "user.password", "Đổi mật khẩu", user)
        return answer


@require_GET
def session_list(request):
    """Where the person is signed in now, and what was before."""
    return show_sessions(request, PasswordForm(request=request))


def show_sessions(request, form):
    own = request.session.session_key
    rows = list(sign_ins.open_of(request.user))
    context = {
        "form": form,
        "rows": rows,
        "own": own,
        "has_others": any(row.session_key != own for row in rows),
        "ended": request.user.sign_ins.exclude(pk__in=[row.pk for row in rows])[:20],
        "idle_minutes": settings.SESSION_IDLE_MINUTES,
    }
    return render(request, "registration/sessions.html", context)


@require_POST
@sensitive_post_parameters()
def session_end(request, pk):
    """Another session ends for whoever knows the password, not for whoever found the computer unlocked."""
    row = get_object_or_404(sign_ins.open_of(request.user), pk=pk)
    if row.session_key == request.session.session_key:
        sign_ins.finish(request, SignInEnd.LOGOUT)
        return redirect("login")
    form = PasswordForm(request.POST, request=request)
    if not form.is_valid():
        return show_sessions(request, form)
    sign_ins.end_one(row, by=request.user)
    messages.success(request, f"Đã kết thúc phiên trên {row.device}.")
    return redirect("sessions")


@require_POST
@sensitive_post_parameters()
def sessions_end_others(request):
    form = PasswordForm(request.POST, request=request)
    if not form.is_valid():
        return show_sessions(request, form)
    count = sign_ins.end_all(request.user, SignInEnd.OWNER, keep=request.session.session_key)
    record(request.user, "user.end_session", "Kết thúc mọi phiên khác", request.user)
    messages.success(request, f"Đã kết thúc {count} phiên khác. Không nhận ra phiên nào: đổi mật khẩu ngay.")
    return redirect("sessions")
