"""Addresses of this room: the first page, search, help, and figures that leave as files."""

from django.urls import path

from reports import calendar_views, evaluation_excel, evaluation_rows, evaluation_views, export_views, home_views, views

urlpatterns = [
    path("", home_views.home, name="home"),
    path("kinh-phi/", home_views.money_rows, name="money"),
    path("lich/", calendar_views.calendar_page, name="calendar"),
    path("lich/lien-ket-moi/", calendar_views.calendar_renew, name="calendar_renew"),
    path("lich/thu-hoi/", calendar_views.calendar_revoke, name="calendar_revoke"),
    path("lich/<str:secret>.ics", calendar_views.calendar_feed, name="calendar_feed"),
    path("tim-kiem/", views.search, name="search"),
    path("lich-su/<slug:kind>/<int:pk>/", views.history, name="history"),
    path("de-an/xuat-excel/", export_views.projects_export, name="projects_export"),
    path("co-so/xuat-excel/", export_views.facilities_export, name="facilities_export"),
    path("chuong-trinh/xuat-excel/", export_views.programs_export, name="programs_export"),
    path("ke-hoach/xuat-excel/", export_views.plans_export, name="plans_export"),
    path("ban-giao/xuat-excel/", export_views.handovers_export, name="handovers_export"),
    path("van-ban/xuat-excel/", export_views.register_export, name="register_export"),
    path("hop-dong/xuat-excel/", export_views.contracts_export, name="contracts_export"),
    path("danh-gia/xuat-excel/", export_views.evaluations_export, name="evaluations_export"),
    path("lich-su/<slug:kind>/<int:pk>/xuat-excel/", export_views.history_export, name="history_export"),
    path("xuat-excel/chon-cot/<slug:kind>/", export_views.export_columns, name="export_columns"),
    path("de-an/<int:pk>/bo-ho-so/", views.project_bundle, name="project_bundle"),
    path("ke-hoach/<int:pk>/bo-ho-so/", views.plan_bundle, name="plan_bundle"),
    path("viec-nen/<int:pk>/", views.job, name="job"),
    path("viec-nen/<int:pk>/tep/", views.job_file, name="job_file"),
    path("ke-hoach/<int:pk>/xuat-excel/", views.plan_export, name="plan_export"),
    path("danh-gia/", evaluation_views.EvaluationListView.as_view(), name="evaluations"),
    path("danh-gia/moi/", evaluation_views.evaluation_create, name="evaluation_create"),
    path("danh-gia/<int:pk>/", evaluation_views.evaluation, name="evaluation"),
    path("danh-gia/<int:pk>/sua/", evaluation_views.evaluation_edit, name="evaluation_edit"),
    path("danh-gia/<int:pk>/phan/<slug:part>/", evaluation_views.evaluation_part, name="evaluation_part"),
    path(
        "danh-gia/<int:pk>/phan/<slug:part>/theo-so-lieu/",
        evaluation_views.evaluation_part_restore,
        name="evaluation_part_restore",
    ),
    path("danh-gia/<int:pk>/so-lieu-nhap/", evaluation_views.evaluation_figures, name="evaluation_figures"),
    path(
        "danh-gia/<int:pk>/so-lieu-nhap/<int:figure_pk>/",
        evaluation_views.evaluation_figure_edit,
        name="evaluation_figure_edit",
    ),
    path(
        "danh-gia/<int:pk>/so-lieu-nhap/<int:figure_pk>/bo/",
        evaluation_views.evaluation_figure_remove,
        name="evaluation_figure_remove",
    ),
    path("danh-gia/<int:pk>/thay-doi/", evaluation_views.evaluation_changes, name="evaluation_changes"),
    path("danh-gia/<int:pk>/excel/", evaluation_excel.evaluation_excel, name="evaluation_excel"),
    path("danh-gia/<int:pk>/dong/", evaluation_rows.evaluation_rows, name="evaluation_rows"),
    path("danh-gia/<int:pk>/dong/xuat-excel/", evaluation_rows.evaluation_rows_export, name="evaluation_rows_export"),
    path("tro-giup/", views.help_page, name="help"),
    path("tro-giup/ai-duoc-lam-gi/", views.who_may, name="who_may"),
    path("co-gi-moi/", views.changelog, name="changelog"),
]
