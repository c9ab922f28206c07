"""Which records of this room can be found, and by whose words besides their own."""

from khuyencong.search_index import Link, register
from projects.models import Contract, HandoverEvent, Project

register(1, Project, Link("projects_beneficiary", "project_id", "facility_id", "beneficiaries_facility"))
register(5, Contract, Link("projects_project", "contract_id"))
register(
    6,
    HandoverEvent,
    Link("projects_handoverevent_projects", "handoverevent_id", "project_id", "projects_project"),
    Link("projects_handoverminutes", "event_id", "receiver_id", "khuyencong_organisation"),
    Link("projects_handoverminutes", "event_id", "receiver_facility_id", "beneficiaries_facility"),
)
