"""Addresses of this room."""

from django.urls import path

from beneficiaries import views

app_name = "beneficiaries"
urlpatterns = [
    path("", views.FacilityListView.as_view(), name="list"),
    path("moi/", views.facility_create, name="create"),
    path("chon/", views.facility_options, name="options"),
    path("kiem-tra/", views.facility_check, name="check"),
    path("<int:pk>/sua/", views.facility_edit, name="edit"),
    path("<int:pk>/ten-cu/", views.facility_aliases, name="aliases"),
    path("ten-cu/<int:pk>/bo/", views.alias_remove, name="alias_remove"),
]
