"""Projects out of the admin as a flat table. They come in through the forms and their workflow only."""

from import_export import fields, resources

from projects.models import Project


class ProjectResource(resources.ModelResource):
    """One row a project, money in đồng at the project's own stage (see ProjectQuerySet.with_amounts)."""

    plan = fields.Field("plan__name", "plan")
    year = fields.Field("plan__year", "year")
    content = fields.Field("content__name", "content")
    implementing_unit = fields.Field("implementing_unit__name", "implementing_unit")
    status = fields.Field("get_status_display", "status")
    national = fields.Field("national_amount", "kcqg")
    local = fields.Field("local_amount", "kcdp")
    counterpart = fields.Field("counterpart_amount", "doi_ung")
    other = fields.Field("other_amount", "khac")
    total = fields.Field("total_amount", "tong_kinh_phi")

    class Meta:
        model = Project
        fields = (
            "code", "name", "kind", "year", "plan", "content", "implementing_unit", "status", "starts_on", "ends_on",
            "national", "local", "counterpart", "other", "total",
        )  # fmt: skip

    def __init__(self, user=None):
        super().__init__()
        self.user = user

    def get_queryset(self):
        projects = Project.objects.visible_to(self.user) if self.user else Project.objects.none()
        return projects.with_amounts().select_related("plan", "content", "implementing_unit")
