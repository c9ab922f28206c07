"""Accounts under the eyes of an administrator: who is locked out, who lacks a second factor, support, personal data."""

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Count, Exists, OuterRef, Q
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from khuyencong import lockout, personal_data, second_factor, sign_ins, view_as
from khuyencong.alphabet import Alphabetical
from khuyencong.audit import record
from khuyencong.forms import CleanTextMixin, add_refusal
from khuyencong.lists import PagedListView
from khuyencong.models import AuditEntry, AuthenticatorApp, Role, SignInEnd, User
from khuyencong.permissions import require
from khuyencong.xlsx import workbook_response

ONLY_ADMINISTRATORS = "Chỉ quản trị hệ thống xem tài khoản của người khác."
ACTS_SHOWN = 30


class FilterForm(CleanTextMixin, forms.Form):
    hides_optional = True
    STATES = (("", "Mọi tình trạng"), ("khong-hai-lop", "Chưa bật xác thực hai lớp"), ("tam-khoa", "Đang tạm khóa"))

    q = forms.CharField(label="Tìm theo tên, tên đăng nhập", required=False)
    role = forms.ChoiceField(label="Vai trò", required=False, choices=[("", "Mọi vai trò"), *Role.choices])
    state = forms.ChoiceField(label="Tình trạng", required=False, choices=STATES)

    def filter(self, people, locked):
        if not self.is_valid():
            return people.none()
        typed = self.cleaned_data
        if typed["q"]:
            people = people.filter(Q(full_name__icontains=typed["q"]) | Q(username__icontains=typed["q"]))
        if typed["role"]:
            people = people.filter(role=typed["role"])
        if typed["state"] == "khong-hai-lop":
            people = people.filter(has_app=False, is_active=True)
        return people.filter(username__in=locked) if typed["state"] == "tam-khoa" else people


class ReasonForm(CleanTextMixin, forms.Form):
    reason = forms.CharField(label="Lý do", max_length=300)


class EraseForm(ReasonForm):
    username = forms.CharField(label="Gõ lại tên đăng nhập để xác nhận", max_length=150)

    def __init__(self, *args, person, **kwargs):
        super().__init__(*args, **kwargs)
        self.person = person

    def clean_username(self):
        if self.cleaned_data["username"] != self.person.username:
            raise ValidationError(f"Gõ đúng “{self.person.username}”.")
        return self.cleaned_data["username"]


class AccountListView(PagedListView):
    template_name = "accounts/list.html"

    def get_queryset(self):
        require(self.request.user.is_superuser, ONLY_ADMINISTRATORS)
        self.locked = lockout.locked_names()
        self.filter_form = FilterForm(self.request.GET)
        people = User.objects.select_related("organisation").annotate(
            has_app=Exists(AuthenticatorApp.objects.filter(user=OuterRef("pk"), confirmed=True)),
            open_count=Count("sign_ins", filter=Q(sign_ins__in=sign_ins.open_rows())),
        )
        return self.filter_form.filter(people, self.locked).order_by("-is_active", Alphabetical("full_name"), "pk")

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        rows = [(person, person.username in self.locked) for person in context["page_obj"]]
        return context | {"form": self.filter_form, "rows": rows}


def person_of(request, pk):
    """The account, for administrators; nobody else learns which there are."""
    if not request.user.is_superuser:
        raise Http404
    return get_object_or_404(User.objects.select_related("organisation"), pk=pk)


@require_GET
def account(request, pk):
    return show(request, person_of(request, pk))


def show(request, person, **forms_with_errors):
    context = {
        "person": person,
        "is_locked": person.username in lockout.locked_names(),
        "app": second_factor.app_of(person),
        "is_forced": second_factor.is_forced(person),
        "rows": sign_ins.open_of(person),
        "acts": AuditEntry.objects.about(person).select_related("actor")[:ACTS_SHOWN],
        "can_view_as": person.is_active and not person.is_superuser,
        "erasure_refusal": personal_data.erasure_refusal(person, request.user),
        "view_form": ReasonForm(prefix="view"),
        "erase_form": EraseForm(person=person, prefix="erase"),
    }
    return render(request, "accounts/detail.html", context | forms_with_errors)


@require_POST
def account_unlock(request, pk):
    person = person_of(request, pk)
    lockout.unlock(person, by=request.user)
    messages.success(request, f"Đã mở khóa đăng nhập cho {person}.")
    return redirect("account", pk)


@require_POST
def account_reset_factor(request, pk):
    person = person_of(request, pk)
    second_factor.reset(person, by=request.user)
    sign_ins.end_all(person, SignInEnd.ADMIN)
    messages.success(request, f"Đã đặt lại xác thực hai lớp của {person}; các phiên đang mở đã kết thúc.")
    return redirect("account", pk)


@require_POST
def account_end_sessions(request, pk):
    person = person_of(request, pk)
    count = sign_ins.end_all(person, SignInEnd.ADMIN, keep=request.session.session_key)
    record(request.user, "user.end_session", "Kết thúc mọi phiên của tài khoản", person)
    messages.success(request, f"Đã kết thúc {count} phiên của {person}.")
    return redirect("account", pk)


@require_POST
def account_view_as(request, pk):
    person = person_of(request, pk)
    form = ReasonForm(request.POST, prefix="view")
    if not form.is_valid():
        return show(request, person, view_form=form)
    view_as.begin(request, person, form.cleaned_data["reason"])
    return redirect("home")


@require_POST
def view_as_end(request):
    person = view_as.end(request)
    return redirect("account", person.pk) if person else redirect("home")


@require_POST
def account_export(request, pk):
    person = person_of(request, pk)
    return workbook_response(personal_data.sheets_of(person, by=request.user))


@require_POST
def account_erase(request, pk):
    person = person_of(request, pk)
    form = EraseForm(request.POST, person=person, prefix="erase")
    if form.is_valid():
        try:
            personal_data.erase(person, by=request.user, reason=form.cleaned_data["reason"])
        except ValidationError as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, f"Đã xóa dữ liệu cá nhân của tài khoản {person}; tên còn trên hồ sơ đã làm.")
            return redirect("account", pk)
    return show(request, person, erase_form=form)
