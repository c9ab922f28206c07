"""Facilities out of and back into the admin, through the same rules as the form."""

from import_export import fields, resources, widgets

from beneficiaries import services
from beneficiaries.models import Facility, Industry
from khuyencong.models import AdministrativeUnit, Organisation
from khuyencong.versions import save_record


class FacilityResource(resources.ModelResource):
    """One row a facility, matched by tax code; place by its full name, trade by its code."""

    unit = fields.Field("unit", "unit", widgets.ForeignKeyWidget(AdministrativeUnit, "label"))
    industry = fields.Field("industry", "industry", widgets.ForeignKeyWidget(Industry, "code"))
    owner = fields.Field("owner", "owner", widgets.ForeignKeyWidget(Organisation, "name"))

    class Meta:
        model = Facility
        fields = (
            "id", "name", "short_name", "legal_form", "tax_code", "license_number", "license_on", "address", "unit",
            "industry", "products", "established_year", "representative", "phone", "email", "labour_count", "capital",
            "revenue", "owner",
        )  # fmt: skip
        import_id_fields = ("id",)
        clean_model_instances = True
        skip_unchanged = True
        report_skipped = True

    def __init__(self, user=None):
        super().__init__()
        self.user = user

    def get_queryset(self):
        facilities = Facility.objects.select_related("unit", "industry", "owner")
        return facilities.visible_to(self.user) if self.user else facilities.none()

    def after_init_instance(self, instance, new, row, **kwargs):
        if new:
            instance.created_by = instance.updated_by = self.user

    def do_instance_save(self, instance, is_create):
        """Through the one door that validates, raises the version and writes the audit trail."""
        save_record(
            instance, by=self.user, action="facility.import", label="Nhập từ tệp", fields=services.FACILITY_FIELDS
        )
