"""The heaviest questions use an index on PostgreSQL, so that they stay flat.

A table of the tests is too small to tell, so reading all of it is forbidden here; without an index it is read all the
same.
Which of several indexes it takes is its own choice; only those of search are looked for by name.
"""

import pytest
from django.db import connection

from beneficiaries.models import Facility
from khuyencong.models import AuditEntry, DocumentLink, IssuedDocument, SearchEntry
from projects.models import Acceptance, BeneficiaryAmount, Disbursement, FundingLine, Project

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(connection.vendor != "postgresql", reason="plans of PostgreSQL"),
]
QUESTIONS = {
    "khuyencong_searchentry_tokens": lambda: SearchEntry.objects.extra(where=["tokens @@ 'may:*'"]),
    "audit_entry_of_subject": lambda: AuditEntry.objects.about(Project(pk=7))[:10],
    "khuyencong_auditentry_pkey": lambda: AuditEntry.objects.order_by("-pk").values_list("hash")[:1],
    "project_of_province": lambda: Project.objects.filter(province=1, status="approved").order_by(),
    "facility_of_province": lambda: Facility.objects.filter(province=1).order_by("sort_key")[:50],
    "issued_document_of_subject": lambda: IssuedDocument.objects.about(Project(pk=7)).order_by(),
    "document_link_of_subject": lambda: DocumentLink.objects.filter(subject_type="x", subject_id=7).order_by(),
    "funding_line_source_unique": lambda: FundingLine.objects.filter(project=7, source=1).order_by(),
    "beneficiary_amount_source_unique": lambda: BeneficiaryAmount.objects.filter(beneficiary=7, source=1).order_by(),
    "acceptance_final_once": lambda: Acceptance.objects.in_force().filter(project=7, is_final=True).order_by(),
    "disbursement_of_province": lambda: Disbursement.objects.filter(province=1).order_by("-paid_on")[:50],
}
OF_SEARCH = "khuyencong_searchentry_tokens"


@pytest.mark.parametrize("index", QUESTIONS)
def test_heavy_question_uses_its_index(index):
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        if index == OF_SEARCH:
            # In so few rows, looking at all of them in an index of another order seems as good.
            cursor.execute("SET LOCAL enable_indexscan = off")
    plan = QUESTIONS[index]().explain()
    assert "Seq Scan" not in plan
    assert index in plan or index != OF_SEARCH
