"""Addresses of this room, with the plan and facility pages that need projects."""

from django.urls import path

from projects.views import entry, facilities, plans, projects

app_name = "projects"
urlpatterns = [
    path("co-so/<int:pk>/", facilities.facility_detail, name="facility_detail"),
    path("ke-hoach/", plans.PlanListView.as_view(), name="plan_list"),
    path("ke-hoach/<int:pk>/", plans.plan_detail, name="plan_detail"),
    path("ke-hoach/<int:pk>/xep/", plans.plan_place, name="plan_place"),
    path("ke-hoach/<int:pk>/trinh/", plans.plan_submit, name="plan_submit"),
    path("ke-hoach/<int:pk>/duyet/", plans.plan_approve, name="plan_approve"),
    path("ke-hoach/<int:pk>/tra-lai/", plans.plan_return, name="plan_return"),
    path("ke-hoach/<int:pk>/ket-thuc/", plans.plan_close, name="plan_close"),
    path("ke-hoach/ban-chup/<int:pk>/", plans.plan_snapshot, name="plan_snapshot"),
    path("de-an/", projects.ProjectListView.as_view(), name="list"),
    path("de-an/moi/", entry.project_create, name="create"),
    path("de-an/<int:pk>/", projects.project_detail, name="detail"),
    path("de-an/<int:pk>/sua/<slug:part>/", entry.project_edit, name="edit"),
    path("de-an/<int:pk>/chia-nguon/", entry.project_split, name="split"),
    path("de-an/<int:pk>/tham-dinh/", projects.project_appraise, name="appraise"),
    path("de-an/<int:pk>/tra-lai/", projects.project_return, name="return"),
    path("de-an/<int:pk>/khong-duyet/", projects.project_reject, name="reject"),
    path("de-an/<int:pk>/chuyen-ke-hoach/", projects.project_move, name="move"),
    path("de-an/<int:pk>/bat-dau/", projects.project_start, name="start"),
    path("de-an/<int:pk>/nghiem-thu/", projects.project_accept, name="accept"),
    path("de-an/<int:pk>/xoa/", projects.project_delete, name="delete"),
]
