"""Addresses of this room."""

from django.urls import path

from beneficiaries import merge_views, product_views, views

app_name = "beneficiaries"
urlpatterns = [
    path("", views.FacilityListView.as_view(), name="list"),
    path("moi/", views.facility_create, name="create"),
    path("chon/", views.facility_options, name="options"),
    path("kiem-tra/", views.facility_check, name="check"),
    path("san-pham/", product_views.ProductListView.as_view(), name="products"),
    path("san-pham/moi/", product_views.product_create, name="product_create"),
    path("san-pham/<int:pk>/sua/", product_views.product_edit, name="product_edit"),
    path("san-pham/<int:pk>/bo/", product_views.product_remove, name="product_remove"),
    path("<int:pk>/sua/", views.facility_edit, name="edit"),
    path("<int:pk>/ten-cu/", views.facility_aliases, name="aliases"),
    path("<int:pk>/gop/", merge_views.facility_merge, name="merge"),
    path("gop/<int:pk>/hoan-tac/", merge_views.merge_undo, name="merge_undo"),
    path("ten-cu/<int:pk>/bo/", views.alias_remove, name="alias_remove"),
]
