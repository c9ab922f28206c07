"""Projects to look up and take out; states and money move on the portal's own pages."""

from django.contrib import admin
from import_export.admin import ExportMixin

from projects.models import Project
from projects.resources import ProjectResource


@admin.register(Project)
class ProjectAdmin(ExportMixin, admin.ModelAdmin):
    resource_classes = (ProjectResource,)
    skip_export_form = True
    list_display = ("code", "name", "plan", "status", "owner")
    list_filter = ("status", "plan__year")
    search_fields = ("search_key",)
    list_select_related = ("plan", "owner")
    show_full_result_count = False

    def get_queryset(self, request):
        return Project.objects.visible_to(request.user)

    def get_resource_kwargs(self, request, *args, **kwargs):
        return {"user": request.user}

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    def has_export_permission(self, request):
        return request.user.is_staff
