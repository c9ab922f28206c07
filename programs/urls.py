"""Addresses of this room."""

from django.urls import path

from programs import views

app_name = "programs"
urlpatterns = [
    path("", views.ProgramListView.as_view(), name="list"),
    path("moi/", views.program_create, name="create"),
    path("<int:pk>/", views.program_detail, name="detail"),
    path("<int:pk>/sua/", views.program_edit, name="edit"),
    path("<int:pk>/ke-hoach-moi/", views.plan_create, name="plan_create"),
    path("ke-hoach/<int:pk>/sua/", views.plan_edit, name="plan_edit"),
    path("ke-hoach/<int:pk>/du-toan/", views.plan_budget, name="plan_budget"),
    path("ke-hoach/<int:pk>/nhom/", views.plan_groups, name="plan_groups"),
]
