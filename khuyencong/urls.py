"""All addresses. Rooms are named by dotted string; a page that needs several rooms belongs to the upper one."""

from django.contrib import admin
from django.contrib.auth import views as auth_views
from django.contrib.auth.decorators import login_not_required
from django.urls import include, path

from khuyencong import delegation_views, print_setting_views, specimen_views, unit_views, views, wording_views

urlpatterns = [
    path("", include("reports.urls")),
    path("chuong-trinh/", include("programs.urls")),
    path("co-so/", include("beneficiaries.urls")),
    path("", include("projects.urls")),
    path("doc-so-tien/", views.read_amount, name="read_amount"),
    path("don-vi-hanh-chinh/", unit_views.unit_search, name="unit_search"),
    path("giao-quyen/", delegation_views.delegation_list, name="delegations"),
    path("giao-quyen/<int:pk>/thu-hoi/", delegation_views.delegation_revoke, name="delegation_revoke"),
    path("mau-van-ban/", print_setting_views.overview, name="print_settings"),
    path("mau-van-ban/co-quan/<int:pk>/", print_setting_views.body_page, name="print_settings_body"),
    path("mau-van-ban/co-quan/<int:pk>/xem-thu/", print_setting_views.head_preview, name="print_head"),
    path(
        "mau-van-ban/co-quan/<int:pk>/<slug:what>/moi/",
        print_setting_views.setting_create,
        name="print_setting_create",
    ),
    path("mau-van-ban/<slug:what>/<int:pk>/sua/", print_setting_views.setting_edit, name="print_setting_edit"),
    path("mau-van-ban/<slug:what>/<int:pk>/het-hieu-luc/", print_setting_views.setting_end, name="print_setting_end"),
    path("mau-van-ban/<slug:what>/<int:pk>/bo/", print_setting_views.setting_remove, name="print_setting_remove"),
    path("mau-van-ban/ban-soan/<int:pk>/", wording_views.wording_preview, name="wording_preview"),
    path("mau-van-ban/ban-soan/<int:pk>/van-ban/<int:record_pk>/", wording_views.wording_paper, name="wording_paper"),
    path("mau-van-ban/ban-soan/<int:pk>/dua-vao-dung/", wording_views.wording_publish, name="wording_publish"),
    path("mau-van-ban/ban-soan/<int:pk>/bo-ban-soan/", wording_views.wording_discard, name="wording_discard"),
    path("mau-van-ban/loi-van/<slug:body>/<slug:kind>/", wording_views.wording_list, name="wordings"),
    path("mau-van-ban/loi-van/<slug:body>/<slug:kind>/<slug:slot>/", wording_views.wording_slot, name="wording_slot"),
    path(
        "mau-van-ban/loi-van/<slug:body>/<slug:kind>/<slug:slot>/viet-lai/",
        wording_views.wording_edit,
        name="wording_edit",
    ),
    path("tro-giup/trinh-bay-van-ban/", specimen_views.layout_page, name="paper_layout"),
    path("tro-giup/trinh-bay-van-ban/trang-mau/", specimen_views.specimen_page, name="paper_specimen"),
    path("tro-giup/trinh-bay-van-ban/trang-mau/pdf/", specimen_views.specimen_file, name="paper_specimen_pdf"),
    path("healthz", login_not_required(views.healthz), name="healthz"),
    path("dang-nhap/", auth_views.LoginView.as_view(redirect_authenticated_user=True), name="login"),
    path("dang-xuat/", auth_views.LogoutView.as_view(), name="logout"),
    path("doi-mat-khau/", auth_views.PasswordChangeView.as_view(), name="password_change"),
    path("doi-mat-khau/xong/", auth_views.PasswordChangeDoneView.as_view(), name="password_change_done"),
    path("quan-tri/", admin.site.urls),
]
