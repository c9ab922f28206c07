"""The decision that changes an approved project (Thông tư 36/2013/TT-BCT, Điều 11): before and after, side by side.

Money per source is read from the plan as it was frozen before and after the decision; until then, from the amendment
as drafted. Other changes are those that the page of the amendment tells.
"""

import re
from dataclasses import dataclass

from khuyencong.dates import long_date
from khuyencong.documents import Document
from khuyencong.documents.frame import day_of, frame
from khuyencong.documents.kinds import DRAFT, Imprint, Kind, Placeholder, Slot, register
from khuyencong.documents.letterheads import signature_of, signer_of
from khuyencong.models import Organisation
from khuyencong.money import format_vnd, vnd, vnd_words
from programs.models import SUPPORT_CATEGORIES, AmendmentKind, Authority, FundingSource
from projects.documents import grounds
from projects.documents.facts import called, file_name, one_line
from projects.documents.issuers import (
    MINISTRY,
    agency,
    agency_name,
    authority_of,
    body_named,
    decision_symbol,
    department_of,
    province_of,
    stored_signature,
)
from projects.documents.plan import body_name, own_head
from projects.models import Amendment, AmendmentStatus, PlanSnapshotAmount, SnapshotPurpose
from projects.permissions import CONFIRMERS, role_refusal
from projects.services import amendment_effects as effects
from projects.services.amendments import amounts_of

TEMPLATE = "documents/amendment_decision.html"
# Rows of money per source stand in a table of their own; a contract is changed by its appendix, not by the decision.
WHOLE_PROJECT, CONTRACT, ESTIMATE = "cả đề án: ", "hợp đồng", "tổng dự toán"
AMOUNT = re.compile(r"\d{1,3}(\.\d{3})*")
LAWS = ("Luật", "Nghị định", "Nghị quyết", "Thông tư", "Quyết định", "TTLT")


@dataclass(frozen=True)
class MoneyRow:
    """Approved money of one source before and after, in đồng."""

    name: str
    before: int
    after: int

    @property
    def difference(self) -> int:
        return self.after - self.before


def amendment_decision(amendment: Amendment, imprint: Imprint = DRAFT) -> Document:
    """The decision as carried out, or a draft of what it would change now."""
    project = amendment.project
    name, body = issuer_name(amendment), issuing_body(amendment)
    day = day_of(AMENDMENT_DECISION, amendment, imprint)
    rows = money_rows(amendment)
    head = frame(
        AMENDMENT_DECISION, amendment, imprint, **own_head(name, body, project.plan, day),
        signature=_signature(amendment, imprint, name, body, day),
    )  # fmt: skip
    context = {
        **head,
        "subject": [subject_of(amendment)],
        "authority": head["words"]["authority"],
        "project": f"{called(project)} (mã số {project.code})",
        "plan": str(project.plan),
        "kind": _lower_first(AmendmentKind(amendment.kind).label),
        "reason": amendment.reason.rstrip(" ."),
        "money": rows,
        "totals": total_of(rows) if rows else None,
        "width": _width(rows),
        "changes": other_changes(amendment, rows),
        "articles": head["words"]["articles"],
        "authority_note": _authority_note(amendment) if imprint.draft else "",
    }
    filename = file_name(project.plan.year, "QDDC", [project.code], f"lan {amendment.number} {project.name}")
    document = Document(TEMPLATE, filename, context)
    return document.as_draft() if imprint.draft else document


def money_rows(amendment: Amendment) -> list[MoneyRow]:
    """Every source of the project before and after; [] where the amendment is not about money."""
    found = _frozen_money(amendment) if amendment.status == AmendmentStatus.APPROVED else _drafted_money(amendment)
    rows = [MoneyRow(str(source), before, after) for source, before, after in found if before or after]
    return rows if any(row.difference for row in rows) else []


def _width(rows):
    total = total_of(rows)
    return max(len(format_vnd(amount)) for amount in (total.before, total.after))


def total_of(rows: list[MoneyRow]) -> MoneyRow:
    return MoneyRow("Tổng cộng", sum(row.before for row in rows), sum(row.after for row in rows))


def _drafted_money(amendment):
    approved = effects.Approved(amendment.project)
    targets = effects.targets_of(amendment, approved, amounts_of(amendment))
    before, after = effects.by_source(approved.figures), effects.by_source(targets)
    return [(source, before.get(pk, 0), after.get(pk, 0)) for pk, source in approved.sources().items()]


def _frozen_money(amendment):
    """From the snapshot that the decision took, and the one before it: [(source, before, after)]."""
    frozen = amendment.project.plan.snapshots.exclude(purpose=SnapshotPurpose.SUBMITTED)
    after = frozen.filter(taken_at__gte=amendment.approved_at).order_by("pk").first()
    before = frozen.filter(pk__lt=after.pk).order_by("pk").last() if after else None
    if before is None:
        return []
    sums = {before.pk: {}, after.pk: {}}
    amounts = PlanSnapshotAmount.objects.filter(line__snapshot__in=sums, line__project=amendment.project)
    for row in amounts.select_related("line"):
        sums[row.line.snapshot_id][row.source_id] = row.amount
    sources = FundingSource.objects.filter(pk__in={*sums[before.pk], *sums[after.pk]})
    return [(source, sums[before.pk].get(source.pk, 0), sums[after.pk].get(source.pk, 0)) for source in sources]


def other_changes(amendment: Amendment, rows: list[MoneyRow]) -> list[dict]:
    """[{item, before, after}] of what the page tells beside the money per source."""
    if amendment.status == AmendmentStatus.APPROVED:
        changes = amendment.changes
    else:
        changes = effects.planned_changes(amendment, amendment.project, amounts_of(amendment))
    told = {row.name for row in rows} | {f"{WHOLE_PROJECT}{row.name}" for row in rows}
    return [
        {"item": f"{label[:1].upper()}{label[1:]}", "before": _with_unit(old), "after": _with_unit(new)}
        for label, old, new in changes
        if label not in told and not label.startswith(CONTRACT) and not (rows and label == ESTIMATE)
    ]


def _with_unit(text):
    """Amounts are told without their unit; days, names and places stay as they are."""
    return f"{text} đồng" if AMOUNT.fullmatch(text) else text


def subject_of(amendment) -> str:
    return f"Điều chỉnh {_lower_first(called(amendment.project))} thuộc {amendment.project.plan}"


def _lower_first(text):
    return f"{text[:1].lower()}{text[1:]}"


def issuer_name(amendment: Amendment) -> str:
    """The body whose head decides, by the authority of the rule."""
    plan = amendment.project.plan
    if amendment.authority == Authority.DEPARTMENT:
        return department_of(amendment.owner).name
    if amendment.authority == Authority.MINISTRY:
        return MINISTRY
    if amendment.authority == Authority.AGENCY:
        return agency_name()
    return body_name(plan)


def issuing_body(amendment: Amendment) -> Organisation | None:
    """The body of the portal that decides; None where it is kept as text alone."""
    if amendment.authority == Authority.DEPARTMENT:
        return department_of(amendment.owner)
    if amendment.authority == Authority.AGENCY:
        return agency()
    return body_named(issuer_name(amendment))


def _signature(amendment, imprint, name, body, day):
    if amendment.status == AmendmentStatus.APPROVED:
        return stored_signature(amendment.signer_name, amendment.signer_position, name)
    signer = imprint.signer or (body and signer_of(body, AMENDMENT_DECISION.key, day))
    return signature_of(signer) if signer else stored_signature("", "", name)


def _authority_note(amendment):
    """Whose decision it is and which rule says so; for whoever checks the draft."""
    source = f" Căn cứ xác định: {amendment.authority_source.rstrip('.')}." if amendment.authority_source else ""
    return f"Thẩm quyền quyết định: {amendment.get_authority_display()}.{source}"


def _authority_ground(amendment):
    """The clause that gives the authority; "" where the rule is the portal's proposal."""
    return amendment.authority_source if amendment.authority_source.startswith(LAWS) else ""


def _plan_decision(amendment):
    plan = amendment.project.plan
    return grounds.decision_words(plan.decision_number, plan.decision_on, authority_of(body_name(plan)))


def _request(amendment):
    """“Theo đề nghị … tại văn bản số …”."""
    unit = amendment.project.implementing_unit
    told = f"Theo đề nghị của {unit or 'đơn vị thực hiện'}"
    if amendment.request_number or amendment.request_on:
        told += f" tại văn bản số {amendment.request_number or '......'} {long_date(amendment.request_on)}"
    return told


def _support(amendment):
    """Khuyến công money of the project after the decision, in đồng."""
    names = set(FundingSource.objects.filter(category__in=SUPPORT_CATEGORIES).values_list("name", flat=True))
    rows = money_rows(amendment)
    if rows:
        return sum(row.after for row in rows if row.name in names)
    lines = amendment.project.funding_lines.filter(source__category__in=SUPPORT_CATEGORIES)
    return sum(line.current_amount for line in lines)


def _local_law(amendment):
    is_central = amendment.authority in (Authority.MINISTRY, Authority.AGENCY)
    return "" if is_central else grounds.in_force(grounds.LOCAL_GOVERNMENT, _day(amendment))


def _day(amendment):
    return day_of(AMENDMENT_DECISION, amendment, DRAFT)


def _gaps(amendment, imprint):
    if amendment.status != AmendmentStatus.APPROVED:
        return ["Điều chỉnh chưa được quyết định trên cổng: ghi số, ngày quyết định và người ký rồi phát hành."]
    return []


def _subjects(amendment):
    rows = amendment.project.beneficiaries.select_related("facility")
    return [amendment, amendment.project, *(row.facility for row in rows), amendment.project.plan]


GROUNDS = """\
Căn cứ {luat_to_chuc}
Căn cứ {nghi_dinh}
Căn cứ {thong_tu}
Căn cứ {can_cu_tham_quyen}
Căn cứ {quyet_dinh_ke_hoach}
{theo_de_nghi}"""
ARTICLES = """\
Các nội dung khác của {quyet_dinh_ke_hoach} không trái với Quyết định này giữ nguyên hiệu lực thi hành
Quyết định này có hiệu lực thi hành kể từ ngày ký. Chánh Văn phòng {co_quan_ban_hanh}; {don_vi_thuc_hien} và thủ \
trưởng các đơn vị có liên quan chịu trách nhiệm thi hành Quyết định này"""

AMENDMENT_DECISION = register(
    Kind(
        key="amendment_decision",
        label="Quyết định điều chỉnh",
        model=Amendment,
        build=amendment_decision,
        records=lambda user: Amendment.objects.visible_to(user).exclude(status=AmendmentStatus.REJECTED),
        issuer=issuing_body,
        issuer_name=issuer_name,
        subjects=_subjects,
        refusal=lambda user, amendment: role_refusal(user, amendment, CONFIRMERS, "Phát hành quyết định điều chỉnh"),
        roles=CONFIRMERS,
        title=lambda amendment: one_line(subject_of(amendment)),
        file_code="QDDC",
        form="Mẫu 1.2, Phụ lục III, Nghị định 30/2020/NĐ-CP",
        home=lambda amendment: amendment.project,
        variants=lambda amendment: [] if amendment.status == AmendmentStatus.REJECTED else [("", "")],
        gaps=_gaps,
        own_number=lambda amendment: amendment.decision_number,
        symbol=lambda amendment: decision_symbol(issuer_name(amendment), issuing_body(amendment)),
        day=lambda amendment: amendment.decision_on,
        by_day="decision_on",
        slots=(
            Slot("authority", "Dòng thẩm quyền", "{tham_quyen}", "In hoa, ở giữa, trước các căn cứ."),
            Slot("grounds", "Căn cứ", GROUNDS, "Mỗi dòng một căn cứ.", is_list=True),
            Slot(
                "articles", "Các điều từ Điều 2", ARTICLES,
                "Mỗi dòng một điều, không gõ “Điều 2.”: số điều tự đánh. Điều 1 gồm bảng số liệu, cổng tự lập.",
                is_list=True,
            ),
            Slot(
                "recipients", "Nơi nhận", "Như Điều 3\nSở Công Thương, Sở Tài chính\nKho bạc Nhà nước\nLưu: VT",
                is_list=True,
            ),
        ),
        placeholders=(
            Placeholder("ten_de_an", "Tên đề án, nhiệm vụ", lambda amendment: amendment.project.name),
            Placeholder("ma_de_an", "Mã đề án", lambda amendment: amendment.project.code),
            Placeholder("ten_ke_hoach", "Tên kế hoạch", lambda amendment: str(amendment.project.plan)),
            Placeholder("nam", "Năm kế hoạch", lambda amendment: str(amendment.project.plan.year)),
            Placeholder("tinh", "Tỉnh, thành phố", lambda amendment: province_of(amendment.project.plan)),
            Placeholder("lan", "Lần điều chỉnh", lambda amendment: str(amendment.number)),
            Placeholder(
                "loai_dieu_chinh", "Loại điều chỉnh", lambda amendment: _lower_first(amendment.get_kind_display())
            ),
            Placeholder("ly_do", "Lý do", lambda amendment: amendment.reason.rstrip(" .")),
            Placeholder("co_quan_ban_hanh", "Cơ quan quyết định", issuer_name),
            Placeholder(
                "tham_quyen", "Người có thẩm quyền", lambda amendment: authority_of(issuer_name(amendment))
            ),
            Placeholder(
                "can_cu_tham_quyen", "Điều khoản giao thẩm quyền; chưa có thì bỏ cả dòng", _authority_ground
            ),
            Placeholder("quyet_dinh_ke_hoach", "Quyết định phê duyệt kế hoạch", _plan_decision),
            Placeholder("theo_de_nghi", "Theo đề nghị của đơn vị, kèm số và ngày văn bản", _request),
            Placeholder(
                "don_vi_thuc_hien", "Đơn vị thực hiện",
                lambda amendment: str(amendment.project.implementing_unit or "đơn vị thực hiện"),
            ),
            Placeholder(
                "luat_to_chuc", "Luật về chính quyền địa phương; Bộ, Cục quyết định thì bỏ cả dòng", _local_law,
            ),
            Placeholder(
                "nghi_dinh", "Nghị định về khuyến công, kèm bản sửa đổi còn hiệu lực",
                lambda amendment: grounds.in_force(grounds.DECREES, _day(amendment)),
            ),
            Placeholder(
                "thong_tu", "Thông tư về quản lý khuyến công địa phương hoặc quốc gia",
                lambda amendment: grounds.circular_on(amendment.project.plan.scope),
            ),
            Placeholder(
                "kinh_phi_ho_tro", "Kinh phí khuyến công sau điều chỉnh", lambda amendment: vnd(_support(amendment))
            ),
            Placeholder("bang_chu", "Số đó bằng chữ", lambda amendment: vnd_words(_support(amendment))),
        ),
    )
)  # fmt: skip
