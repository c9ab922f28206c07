"""What lists stand beside: Django's admin of the same rows, and the rows and sums themselves, asked for by hand."""

from django.contrib import admin
from django.db import models

from khuyencong.lists import PER_PAGE
from khuyencong.models import IssuedDocument
from programs.models import AnnualPlan
from projects.models import Contract, HandoverEvent

# Of each list that the country sees: one page of rows, then what stands in its head.
BY_HAND = {
    "list_page": (
        "SELECT p.id, p.code, p.name, p.status, p.ends_on, c.name, u.name FROM projects_project p "
        "JOIN programs_annualplan n ON n.id = p.plan_id LEFT JOIN programs_activitycontent c ON c.id = p.content_id "
        "LEFT JOIN khuyencong_administrativeunit u ON u.id = p.unit_id ORDER BY n.year DESC, p.code, p.id LIMIT 50",
        "SELECT s.category, SUM(COALESCE(l.approved_amount, l.appraised_amount, l.requested_amount)) "
        "FROM projects_fundingline l JOIN programs_fundingsource s ON s.id = l.source_id GROUP BY s.category",
        "SELECT kind, COUNT(*) FROM projects_project GROUP BY kind",
    ),
    "facility_list": (
        "SELECT f.id, f.name, f.tax_code, u.name, (SELECT COUNT(*) FROM projects_beneficiary b "
        "WHERE b.facility_id = f.id) FROM beneficiaries_facility f "
        "JOIN khuyencong_administrativeunit u ON u.id = f.unit_id "
        "WHERE f.merged_into_id IS NULL ORDER BY f.sort_key, f.id LIMIT 50",
        "SELECT COUNT(*) FROM beneficiaries_facility WHERE merged_into_id IS NULL",
    ),
    "plan_list": (
        "SELECT n.id, n.name, n.year, n.status, n.decision_number, n.decision_on, (SELECT SUM(b.amount) "
        "FROM programs_planbudget b WHERE b.plan_id = n.id), (SELECT COUNT(*) FROM projects_project p "
        "WHERE p.plan_id = n.id) FROM programs_annualplan n ORDER BY n.year DESC, n.id LIMIT 50",
        "SELECT s.category, SUM(b.amount) FROM programs_planbudget b "
        "JOIN programs_fundingsource s ON s.id = b.source_id GROUP BY s.category",
        "SELECT COUNT(*) FROM programs_annualplan",
    ),
    "contract_list": (
        "SELECT c.id, c.number, c.signed_on, c.ends_on, c.status, o.name, (SELECT SUM(l.contracted_amount) "
        "FROM projects_fundingline l JOIN projects_project p ON p.id = l.project_id WHERE p.contract_id = c.id) "
        "FROM projects_contract c JOIN khuyencong_organisation o ON o.id = c.party_b_id "
        "ORDER BY c.signed_on DESC, c.id DESC LIMIT 50",
        "SELECT SUM(contracted_amount), SUM(paid_amount) FROM projects_fundingline",
        "SELECT status, COUNT(*) FROM projects_contract GROUP BY status",
    ),
    "handover_list": (
        "SELECT h.id, h.subject, h.held_on, h.is_done, n.name, (SELECT COUNT(*) FROM projects_handoverminutes m "
        "WHERE m.event_id = h.id) FROM projects_handoverevent h JOIN programs_annualplan n ON n.id = h.plan_id "
        "ORDER BY h.held_on DESC, h.id DESC LIMIT 50",
        "SELECT COUNT(*) FROM projects_handoverevent",
    ),
    "register_list": (
        "SELECT d.id, d.kind, d.number, d.issued_at, u.full_name FROM khuyencong_issueddocument d "
        "LEFT JOIN khuyencong_user u ON u.id = d.issued_by_id ORDER BY d.issued_at DESC, d.id DESC LIMIT 50",
        "SELECT COUNT(*) FROM khuyencong_issueddocument",
    ),
}  # fmt: skip
# What drawing fifty rows may take beyond asking for them.
DRAWN = 0.05


def register() -> None:
    """Django's admin for what the portal's own administration leaves out; in this process alone.

    Before any address is asked for, which is when the addresses of the admin are put together.
    """
    for model, columns in (
        (AnnualPlan, ("name", "year", "status", "decision_number", "decision_on")),
        (Contract, ("number", "signed_on", "ends_on", "status", "party_b")),
        (HandoverEvent, ("subject", "held_on", "is_done", "plan")),
        (IssuedDocument, ("kind", "number", "issued_at", "issued_by")),
    ):
        keys = [field.name for field in model._meta.fields if isinstance(field, models.ForeignKey)]
        shown = {"list_display": columns, "list_select_related": keys, "list_per_page": PER_PAGE, "raw_id_fields": keys}
        admin.site.register(model, type(f"Stock{model.__name__}Admin", (admin.ModelAdmin,), shown))
