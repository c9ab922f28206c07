"""All addresses. Rooms are named by dotted string; a page that needs several rooms belongs to the upper one."""

from django.contrib import admin
from django.contrib.auth import views as auth_views
from django.contrib.auth.decorators import login_not_required
from django.urls import include, path

from khuyencong import delegation_views, unit_views, views

urlpatterns = [
    path("", include("reports.urls")),
    path("chuong-trinh/", include("programs.urls")),
    path("co-so/", include("beneficiaries.urls")),
    path("", include("projects.urls")),
    path("doc-so-tien/", views.read_amount, name="read_amount"),
    path("don-vi-hanh-chinh/", unit_views.unit_search, name="unit_search"),
    path("giao-quyen/", delegation_views.delegation_list, name="delegations"),
    path("giao-quyen/<int:pk>/thu-hoi/", delegation_views.delegation_revoke, name="delegation_revoke"),
    path("healthz", login_not_required(views.healthz), name="healthz"),
    path("dang-nhap/", auth_views.LoginView.as_view(redirect_authenticated_user=True), name="login"),
    path("dang-xuat/", auth_views.LogoutView.as_view(), name="logout"),
    path("doi-mat-khau/", auth_views.PasswordChangeView.as_view(), name="password_change"),
    path("doi-mat-khau/xong/", auth_views.PasswordChangeDoneView.as_view(), name="password_change_done"),
    path("quan-tri/", admin.site.urls),
]
