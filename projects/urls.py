"""Addresses of this room, with the plan and facility pages that need projects."""

from django.urls import path

from projects.views import entry, facilities, projects

app_name = "projects"
urlpatterns = [
    path("co-so/<int:pk>/", facilities.facility_detail, name="facility_detail"),
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
