"""The pages of the second factor: the code after the password, setting up an app, recovery codes."""

from django import forms
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import ValidationError
from django.shortcuts import redirect, render
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from khuyencong import second_factor, sign_ins
from khuyencong.forms import CleanTextMixin, add_refusal
from khuyencong.visits import caller_of, count_visit

TRIES_PER_MINUTE = 10


class CodeForm(CleanTextMixin, forms.Form):
    code = forms.CharField(
        label="Mã xác thực",
        max_length=20,
        help_text="6 số đang hiện trong ứng dụng; mất điện thoại thì nhập một mã dự phòng, mỗi mã dùng một lần.",
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "autofocus": True, "spellcheck": "false"}),
    )


class PasswordForm(forms.Form):
    """The password once more, before what a stranger at an unlocked computer must not do."""

    password = forms.CharField(
        label="Mật khẩu của ông/bà",
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    def __init__(self, *args, request, **kwargs):
        super().__init__(*args, **kwargs)
        self.request = request

    def clean_password(self):
        if count_visit(caller_of(self.request), what="password") > TRIES_PER_MINUTE:
            raise ValidationError("Nhập sai quá nhiều lần; chờ một phút rồi thử lại.")
        if not self.request.user.check_password(self.cleaned_data["password"]):
            raise ValidationError("Mật khẩu không đúng.")
        return self.cleaned_data["password"]


class SetUpForm(CodeForm):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["code"].help_text = "6 số mà ứng dụng hiện sau khi quét."
        self.fields["code"].widget.attrs["inputmode"] = "numeric"


class SetUpWithPasswordForm(SetUpForm, PasswordForm):
    field_order = ("code", "password")


private = method_decorator([never_cache, sensitive_post_parameters()], name="dispatch")


@private
class CodeView(View):
    """After the password: the code, then the page that was wanted."""

    def dispatch(self, request, *args, **kwargs):
        self.person = second_factor.waiting(request)
        if self.person is None:
            return redirect("home") if request.user.is_authenticated else redirect_to_login(request.path)
        return super().dispatch(request, *args, **kwargs)

    def get(self, request):
        return self.show(CodeForm())

    def post(self, request):
        form = CodeForm(request.POST)
        if not form.is_valid():
            return self.show(form)
        try:
            is_right = second_factor.is_right(self.person, form.cleaned_data["code"])
        except ValidationError as refusal:
            add_refusal(form, refusal)
            return self.show(form, 429)
        if is_right:
            wanted = second_factor.wanted_page(request)
            request.session.pop(second_factor.WAITING)
            sign_ins.begin(request, self.person, with_code=True)
            return redirect(wanted)
        second_factor.tell_wrong(self.person)
        if not second_factor.count_wrong(request):
            messages.error(request, "Sai mã nhiều lần. Đăng nhập lại từ đầu.")
            return redirect("login")
        form.add_error("code", "Mã không đúng hoặc đã dùng. Nhập mã đang hiện trong ứng dụng.")
        return self.show(form)

    def show(self, form, status=200):
        return render(self.request, "registration/second_factor_code.html", {"form": form}, status=status)


@private
class FirstSetUpView(View):
    """After the password, for roles that need a second factor and have none: set it up, then go on."""

    def dispatch(self, request, *args, **kwargs):
        self.person = second_factor.waiting(request)
        if self.person is None or second_factor.app_of(self.person):
            return redirect("home") if request.user.is_authenticated else redirect_to_login(request.path)
        return super().dispatch(request, *args, **kwargs)

    def get(self, request):
        return show_set_up(request, SetUpForm(), self.person, "registration/second_factor_first.html")

    def post(self, request):
        form = SetUpForm(request.POST)
        codes = set_up_by(form, request, self.person)
        if codes is None:
            return show_set_up(request, form, self.person, "registration/second_factor_first.html")
        wanted = second_factor.wanted_page(request)
        request.session.pop(second_factor.WAITING)
        sign_ins.begin(request, self.person, with_code=True)
        return show_codes(request, codes, wanted)


@private
class SetUpView(View):
    """For whoever is signed in: an app for the first time, or another telephone."""

    def get(self, request):
        return show_set_up(request, SetUpWithPasswordForm(request=request), request.user)

    def post(self, request):
        form = SetUpWithPasswordForm(request.POST, request=request)
        codes = set_up_by(form, request, request.user)
        return show_set_up(request, form, request.user) if codes is None else show_codes(request, codes, "/")


def second_factor_page(request):
    """Whether the person has a second factor, how many recovery codes are left, and what can be done."""
    return render(request, "registration/second_factor.html", overview(request, PasswordForm(request=request)))


@require_POST
@sensitive_post_parameters()
@never_cache
def recovery_codes_renew(request):
    form = PasswordForm(request.POST, request=request)
    if form.is_valid() and second_factor.app_of(request.user):
        return show_codes(request, second_factor.renew_codes(request.user), "/")
    return render(request, "registration/second_factor.html", overview(request, form))


@require_POST
@sensitive_post_parameters()
def second_factor_off(request):
    form = PasswordForm(request.POST, request=request)
    if not form.is_valid():
        return render(request, "registration/second_factor.html", overview(request, form))
    second_factor.turn_off(request.user)
    messages.success(request, "Đã tắt xác thực hai lớp. Từ nay chỉ còn mật khẩu bảo vệ tài khoản.")
    return redirect("second_factor")


def overview(request, form):
    return {
        "form": form,
        "app": second_factor.app_of(request.user),
        "codes_left": second_factor.codes_left(request.user),
        "is_forced": second_factor.is_forced(request.user),
    }


def set_up_by(form, request, person):
    """The recovery codes once the form's code is right; None with errors on the form."""
    if not form.is_valid():
        return None
    try:
        codes = second_factor.set_up(person, second_factor.new_secret(request), form.cleaned_data["code"])
    except ValidationError as refusal:
        add_refusal(form, refusal)
        return None
    del request.session[second_factor.SECRET]
    return codes


def show_set_up(request, form, person, template="registration/second_factor_set_up.html"):
    secret = second_factor.new_secret(request)
    context = {
        "form": form,
        "picture": second_factor.picture_of(person, secret),
        "secret": second_factor.shown_secret(secret),
        "person": person,
    }
    return render(request, template, context)


def show_codes(request, codes, wanted):
    return render(request, "registration/recovery_codes.html", {"codes": codes, "wanted": wanted})
