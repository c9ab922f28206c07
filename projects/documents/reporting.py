"""What reports of progress and completion tell alike: who reports, to whom, of which work (Điều 21, 23)."""

from collections import defaultdict
from datetime import date, timedelta

from khuyencong.dates import month_label
from khuyencong.documents.kinds import Slot
from khuyencong.documents.letterheads import signature_of, signer_of
from khuyencong.models import Organisation, OrganisationKind
from projects.documents import facts
from projects.documents.issuers import department_of
from projects.models import (
    Disbursement,
    Project,
)
from projects.permissions import DRAFTERS, role_refusal
from projects.services.acceptance import done_percent

CONFIRMATION = "Xác nhận của\nSở Công Thương"
FORM_HELP = (
    "Cổng in Mẫu 3a hằng tháng và Mẫu 3b khi hoàn thành. Điều 23 khoản 3 Thông tư 36/2013/TT-BCT ghi báo cáo tháng "
    "theo “Mẫu số 3b” nhưng mẫu gắn với điều đó là 3a; đây là cách hiểu của cổng."
)
ADDRESSEES = Slot(
    "addressees", "Kính gửi", "{so_nhan_bao_cao}\n{cuc_ben_a}", help="Mỗi nơi nhận một dòng.", is_list=True
)
RECIPIENTS = Slot("recipients", "Nơi nhận", "Như trên\nLưu: VT, hồ sơ đề án", is_list=True)


def last_day(month: date) -> date:
    return date(month.year + month.month // 12, month.month % 12 + 1, 1) - timedelta(days=1)


def in_words(month: date) -> str:
    """“tháng 01 năm 2026”, “tháng 6 năm 2026”."""
    return month_label(month).replace("/", " năm ")


def implementer_of(project: Project) -> Organisation:
    """Who reports: the implementing unit, else the body that keeps the project."""
    return project.implementing_unit or project.owner


def department_above(issuer, owner) -> Organisation | None:
    """The department that a report goes to; None when it reports itself."""
    department = department_of(owner)
    return None if department == issuer else department


def agency_of(project):
    """The ministry's agency, where it is party A (Thông tư 36/2013/TT-BCT, Điều 23 khoản 3)."""
    party = project.contract.party_a if project.contract else None
    return str(party) if party and party.kind == OrganisationKind.MINISTRY_DEPT else ""


def head_block(issuer, kind, imprint, day):
    """The head of the reporting body signs; until one is set the block says so."""
    signer = imprint.signer or signer_of(issuer, kind.key, day)
    return signature_of(signer) if signer else signature_of(None, post="Thủ trưởng đơn vị")


def advanced_until(projects, day: date) -> dict:
    """{(project pk, source pk): đồng} advanced and paid, refunds taken off, by vouchers in force up to a day."""
    paid = defaultdict(int)
    for row in Disbursement.objects.in_force().filter(project__in=projects, paid_on__lte=day):
        paid[row.project_id, row.source_id] += row.signed_amount
    return paid


def project_facts(project):
    return {
        "kind": project.get_kind_display(),
        "name": project.name,
        "code": project.code,
        "activity": facts.activity_of(project),
        "contract": facts.contract_words(project.contract),
        "beneficiaries": facts.served_by(project),
        "place": facts.place_of(project),
        "starts_on": project.starts_on,
        "ends_on": project.ends_on,
        "total_cost": project.total_cost,
    }


def item_facts(row):
    return {
        "name": row.name, "unit": row.unit_name, "planned": row.planned_quantity, "done": row.done_quantity,
        "percent": done_percent(row.done_quantity, row.planned_quantity), "amount": row.done_amount,
    }  # fmt: skip


def refusal_of(project_of, act):
    return lambda user, record: role_refusal(user, project_of(record), DRAFTERS, act)


def work_of(project):
    return "hợp đồng khuyến công" if project.contract else "đề án khuyến công"
