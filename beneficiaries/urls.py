"""Addresses of this room."""

app_name = "beneficiaries"
urlpatterns = []
