"""Base acceptance minutes, Mẫu 5a, 5b, 5c (Thông tư 36/2013/TT-BCT, Điều 14, 19): one paper, told apart by its form.

The text of the forms was not at hand: the sections are our reading, built so that every fact of the articles has its
place, the committed money of the facility too (TTLT 26/2014/TTLT-BTC-BCT, Điều 8 khoản 3).
"""

from dataclasses import dataclass, field

from khuyencong.dates import short_date
from khuyencong.documents import Document
from khuyencong.documents.frame import frame
from khuyencong.documents.kinds import DRAFT, Imprint, Kind, Placeholder, Slot, register
from khuyencong.documents.letterheads import BLANK_SIGNATURE
from khuyencong.documents.numbers import symbol_of
from khuyencong.documents.wording import lines
from khuyencong.models import Organisation, OrganisationKind
from khuyencong.text import fold
from projects.documents import facts
from projects.figures import indicators_of, minutes_money, share
from projects.models import Acceptance, AcceptanceForm, AcceptanceMember, AcceptanceResult, Project
from projects.permissions import INSPECTORS, role_refusal
from projects.services.acceptance import done_percent

TEMPLATE = "documents/acceptance_minutes.html"
CHAIR, IMPLEMENTER, BENEFICIARY, COMMUNE, OTHER = "chair", "implementer", "beneficiary", "commune", "other"
# In the order in which those present are told.
LABELS = {
    CHAIR: "Cơ quan chủ trì nghiệm thu",
    IMPLEMENTER: "Đơn vị thực hiện",
    BENEFICIARY: "Đơn vị thụ hưởng",
    COMMUNE: "Chính quyền địa phương",
    OTHER: "Thành phần tham gia",
}
# Who signs, from left to right; whoever chairs comes last.
SIGNING = (BENEFICIARY, IMPLEMENTER, COMMUNE, OTHER, CHAIR)
BLANK_PARTIES = {
    BENEFICIARY: "Đơn vị thụ hưởng", IMPLEMENTER: "Đơn vị thực hiện", COMMUNE: "Ủy ban nhân dân cấp xã",
    CHAIR: "Cơ quan chủ trì",
}  # fmt: skip
COMMITTEES = ("uy ban nhan dan", "ubnd")
HOW = {
    AcceptanceForm.SITE: "nghiệm thu từng địa điểm (Mẫu số 5a)",
    AcceptanceForm.WHOLE: "nghiệm thu cả đề án (Mẫu số 5b)",
    AcceptanceForm.AGENCY: "cơ quan của Bộ Công Thương nghiệm thu (Mẫu số 5c)",
}
CONCLUSIONS = {
    AcceptanceResult.PASS: "Đạt, đề nghị thanh toán kinh phí khuyến công theo khối lượng được nghiệm thu.",
    AcceptanceResult.CONDITION: "Đạt có điều kiện.",
    AcceptanceResult.FAIL: "Không đạt.",
}


@dataclass(frozen=True)
class Party:
    """A body that took part, with its people in the order of the minutes, whoever chairs first."""

    role: str
    name: str
    people: list[AcceptanceMember] = field(default_factory=list)


def parties_of(minutes: Acceptance) -> list[Party]:
    """The members grouped by body, the chair's first; one body however it was spelled."""
    roles, found = _roles_of(minutes), {}
    for member in minutes.members.all():
        key = _body_key(member.body, roles)
        found.setdefault(key, []).append(member)
    parties = []
    for key, people in found.items():
        people = sorted(people, key=lambda member: not member.is_chair)
        role = CHAIR if people[0].is_chair else roles.get(key) or _guessed_role(key)
        parties.append(Party(role, people[0].body, people))
    return sorted(parties, key=lambda party: list(LABELS).index(party.role))


def _roles_of(minutes):
    """{folded name of a body: its role} of the bodies that the file names."""
    project, roles = minutes.project, {}
    for place in _places(minutes):
        roles[fold(place.facility.name)] = BENEFICIARY
    if project.implementing_unit:
        roles[fold(project.implementing_unit.name_on(minutes.accepted_on))] = IMPLEMENTER
    roles[fold(minutes.chair.name_on(minutes.accepted_on))] = CHAIR
    return roles


def _places(minutes):
    if minutes.beneficiary:
        return [minutes.beneficiary]
    return list(minutes.project.beneficiaries.filter(withdrawn_by=None).select_related("facility"))


def _body_key(body, roles):
    """“Sở Công Thương” is the department of the file, whose name goes on with the province."""
    key = fold(body)
    longer = (name for name in roles if name.startswith(f"{key} "))
    return key if key in roles else next(longer, key)


def _guessed_role(key):
    return COMMUNE if key.startswith(COMMITTEES) else OTHER


def acceptance_minutes(minutes: Acceptance, imprint: Imprint = DRAFT) -> Document:
    """The paper of one acceptance. Minutes that were reopened stay a draft: they are read as history alone."""
    document = Document(TEMPLATE, _file_name(minutes), _context(minutes, imprint))
    return document.as_draft() if imprint.draft or minutes.voided_at else document


def _file_name(minutes):
    name = minutes.beneficiary.facility.name if minutes.beneficiary else minutes.project.name
    return facts.file_name(minutes.accepted_on.year, "BBNT", [minutes.project.code], name)


def _context(minutes, imprint):
    parties = parties_of(minutes)
    works = [_work(row) for row in minutes.works.all()]
    machines = [row for row in works if row["is_machine"]]
    counts = minutes.is_final and minutes.voided_at is None
    return {
        **frame(ACCEPTANCE_MINUTES, minutes, imprint, place="", signature=None),
        "date": minutes.accepted_on,
        "subject": _subject(minutes),
        "voided": _voided(minutes),
        "started_at": facts.clock(minutes.started_at),
        "venue": _venue(minutes),
        "parties": [_told(party) for party in parties] or _expected(minutes),
        "project": _project(minutes),
        "how": _how(minutes),
        "works": works,
        "machines": machines,
        "machine_total": sum(row["amount"] or 0 for row in machines),
        **_money(minutes),
        "remarks": lines(minutes.remarks),
        "indicators": [_indicator(*row) for row in indicators_of(minutes.project)] if counts else [],
        "shortcomings": facts.paragraphs(minutes.shortcomings),
        "conclusions": [{"label": text, "on": minutes.result == result} for result, text in CONCLUSIONS.items()],
        "conclusion": facts.paragraphs(minutes.conclusion),
        "signatures": _signatures(minutes, parties),
    }


def _subject(minutes):
    place = minutes.beneficiary
    return [facts.called(minutes.project), *([f"(tại {place.facility.name})"] if place else [])]


def _voided(minutes):
    if minutes.voided_at is None:
        return ""
    return f"Biên bản đã mở lại ngày {short_date(minutes.voided_at)}, không còn hiệu lực: {minutes.void_reason}"


def _venue(minutes):
    """Where one met; at the facility when nothing else is told."""
    if minutes.venue or minutes.beneficiary is None:
        return minutes.venue
    return f"{minutes.beneficiary.facility.name}, {minutes.beneficiary.facility.full_address}"


def _how(minutes):
    last = "lần cuối, nghiệm thu toàn bộ đề án" if minutes.is_final else "nghiệm thu một phần"
    return f"{HOW[minutes.form]}; {last}"


def _told(party):
    people = [{"title": "", "name": member.name, "position": _position(member)} for member in party.people]
    return {"label": LABELS[party.role], "name": party.name, "address": "", "people": people}


def _position(member):
    return ", ".join(filter(None, [member.title, "chủ trì" if member.is_chair else ""]))


def _expected(minutes):
    """Who should have been there, for files of the past that name nobody: lines to fill in."""
    project = minutes.project
    bodies = [(CHAIR, minutes.chair.name_on(minutes.accepted_on))]
    if project.implementing_unit:
        bodies.append((IMPLEMENTER, project.implementing_unit.name_on(minutes.accepted_on)))
    bodies += [(BENEFICIARY, place.facility.name) for place in _places(minutes)]
    blank = {"title": "", "name": "................................", "position": "................"}
    return [{"label": LABELS[role], "name": name, "address": "", "people": [blank]} for role, name in bodies]


def _project(minutes):
    project = minutes.project
    unit = project.implementing_unit
    return {
        "kind": project.get_kind_display(),
        "name": project.name,
        "code": project.code,
        "activity": facts.activity_of(project),
        "implementer": unit.name_on(minutes.accepted_on) if unit else "",
        "coordinators": project.coordinating_units,
        "beneficiaries": facts.served_by(project, minutes.beneficiary),
        "place": facts.place_of(project),
        "starts_on": project.starts_on,
        "ends_on": project.ends_on,
    }


def _work(row):
    """A line of table A; what has an origin, a value or is new stands in table C, too."""
    return {
        "name": row.name,
        "unit": row.unit_name,
        "planned": row.contracted_quantity,
        "done": row.done_quantity,
        "percent": done_percent(row.done_quantity, row.contracted_quantity),
        "note": row.note,
        "origin": row.specification,
        "amount": row.amount,
        "is_new": row.is_new,
        "is_machine": bool(row.specification or row.is_new or row.amount is not None),
    }


def _money(minutes):
    rows = [
        {"source": str(source), "planned": planned, "done": done, "percent": percent, "is_support": source.is_support}
        for source, planned, done, percent in minutes_money(minutes)
    ]
    planned, done = sum(row["planned"] for row in rows), sum(row["done"] for row in rows)
    support = sum(row["done"] for row in rows if row["is_support"])
    return {
        "money": rows,
        "money_total": {"planned": planned, "done": done, "percent": share(done, planned)},
        "support_amount": support,
        "own_amount": done - support,
    }


def _indicator(row, planned, done, percent):
    return {
        "name": str(row.indicator), "planned": planned, "done": done, "percent": percent,
        "is_verified": row.is_verified, "note": row.note,
    }  # fmt: skip


def _signatures(minutes, parties):
    """A block for every body, signed by its first person; the four of the form are never left out."""
    served = sum(party.role == BENEFICIARY for party in parties)
    blocks = []
    for role in SIGNING:
        blocks += [_signature(minutes, party, served > 1) for party in parties if party.role == role]
        if role in BLANK_PARTIES and not any(_stands_for(party, role, minutes) for party in parties):
            blocks.append({**BLANK_SIGNATURE, "party": BLANK_PARTIES[role]})
    return blocks


def _stands_for(party, role, minutes):
    """Whether the body signs in that role; an implementer that chairs its own acceptance signs once."""
    if party.role == role:
        return True
    unit = minutes.project.implementing_unit
    return role == IMPLEMENTER and unit is not None and fold(unit.name).startswith(fold(party.name))


def _signature(minutes, party, is_named):
    person = party.people[0]
    label = {BENEFICIARY: LABELS[BENEFICIARY], IMPLEMENTER: LABELS[IMPLEMENTER]}.get(party.role, party.name)
    if party.role == BENEFICIARY and is_named:
        label = f"{label}\n{party.name}"
    if party.role == CHAIR:
        label = f"{label}\n(chủ trì)"
    body = {CHAIR: minutes.chair, IMPLEMENTER: minutes.project.implementing_unit}.get(party.role)
    return facts.signed_by(
        person.name, person.title, party.name, party=label, organisation=body, day=minutes.accepted_on
    )


def _refusal(user, minutes):
    return role_refusal(user, minutes.project, INSPECTORS, "Phát hành biên bản nghiệm thu")


def _gaps(minutes, imprint):
    if minutes.voided_at:
        return [f"{_voided(minutes)}. Biên bản này đã mở lại nên chỉ in để lưu, không phát hành."]
    return [text for text, is_missing in _needs(minutes) if is_missing]


def _needs(minutes):
    members = list(minutes.members.all())
    is_ministry = bool(minutes.organiser) and minutes.organiser.kind == OrganisationKind.MINISTRY_DEPT
    return [
        ("Biên bản chưa ghi thành phần nghiệm thu: bổ sung thành phần vào biên bản.", not members),
        ("Chưa rõ ai chủ trì nghiệm thu.", members and not any(member.is_chair for member in members)),
        ("Mẫu 5c do Cục nghiệm thu: ghi cơ quan chủ trì.", minutes.form == AcceptanceForm.AGENCY and not is_ministry),
        ("Đề án chưa ghi đơn vị thực hiện.", minutes.project.implementing_unit is None),
    ]


def _subjects(minutes) -> list:
    project = minutes.project
    facilities = [place.facility for place in _places(minutes)]
    return [minutes, project, *facilities, *filter(None, [project.contract]), project.plan]


def _title(minutes):
    where = f", tại {minutes.beneficiary.facility.name}" if minutes.beneficiary else ""
    return facts.one_line(f"Nghiệm thu cơ sở {facts.called(minutes.project)}{where}")


def _chair(minutes) -> Organisation:
    return minutes.chair


def _records(user):
    rows = Acceptance.objects.filter(project__in=Project.objects.visible_to(user))
    return rows.select_related(
        "project__plan__program", "project__owner__parent", "project__implementing_unit", "project__content",
        "project__contract", "project__unit", "beneficiary__facility__unit", "organiser__parent",
    )  # fmt: skip


GROUNDS = Slot(
    "grounds", "Căn cứ",
    "Căn cứ {thong_tu}\n"
    "Căn cứ {quyet_dinh_ke_hoach} về việc phê duyệt {ten_ke_hoach}\n"
    "Căn cứ {quyet_dinh_dieu_chinh} về việc điều chỉnh đề án\n"
    "Căn cứ {hop_dong}\n"
    "Căn cứ {phu_luc}\n"
    "Căn cứ {hop_dong_ho_tro}",
    help="Mỗi căn cứ một dòng; dòng có chỗ điền mà hồ sơ không có thì không in.",
    is_list=True,
)  # fmt: skip
OPENING = Slot(
    "opening", "Câu mở đầu phần nội dung", "Cùng tiến hành nghiệm thu cơ sở đề án khuyến công với nội dung sau:"
)
CLOSING = Slot(
    "closing", "Câu kết",
    "Biên bản kết thúc vào hồi {ket_thuc} cùng ngày, được lập thành {so_ban} bản có giá trị như nhau, "
    "mỗi bên giữ 01 bản, đã đọc lại cho mọi người cùng nghe, nhất trí và ký tên",
)  # fmt: skip
RECIPIENTS = Slot("recipients", "Nơi nhận", "Các bên ký biên bản\nLưu: VT, hồ sơ đề án", is_list=True)

ACCEPTANCE_MINUTES = register(
    Kind(
        key="acceptance_minutes",
        label="Biên bản nghiệm thu cơ sở",
        form="Mẫu số 5a, 5b, 5c, Thông tư 36/2013/TT-BCT",
        model=Acceptance,
        build=acceptance_minutes,
        records=_records,
        home=lambda minutes: minutes.project,
        issuer=_chair,
        subjects=_subjects,
        refusal=_refusal,
        roles=INSPECTORS,
        gaps=_gaps,
        title=_title,
        file_code="BBNT",
        own_number=lambda minutes: minutes.number,
        symbol=lambda minutes: symbol_of("BB", minutes.chair),
        day=lambda minutes: minutes.accepted_on,
        by_day="accepted_on",
        slots=(GROUNDS, OPENING, CLOSING, RECIPIENTS),
        placeholders=(
            Placeholder("ten_de_an", "Tên đề án", lambda minutes: minutes.project.name),
            Placeholder("ten_ke_hoach", "Tên kế hoạch năm", lambda minutes: str(minutes.project.plan)),
            Placeholder(
                "thong_tu", "Thông tư áp dụng cho nguồn vốn", lambda minutes: facts.regulation_of(minutes.project)
            ),
            Placeholder(
                "quyet_dinh_ke_hoach", "Quyết định phê duyệt kế hoạch",
                lambda minutes: facts.plan_decision_of(minutes.project),
            ),
            Placeholder(
                "quyet_dinh_dieu_chinh", "Các quyết định điều chỉnh",
                lambda minutes: facts.amendments_of(minutes.project),
            ),
            Placeholder(
                "hop_dong", "Hợp đồng thực hiện đề án", lambda minutes: facts.contract_words(minutes.project.contract)
            ),
            Placeholder(
                "phu_luc", "Phụ lục hợp đồng", lambda minutes: facts.appendices_of(minutes.project.contract)
            ),
            Placeholder(
                "hop_dong_ho_tro", "Hợp đồng hỗ trợ với cơ sở",
                lambda minutes: facts.support_contracts_of(minutes.project, minutes.beneficiary),
            ),
            Placeholder("ket_thuc", "Giờ kết thúc", lambda minutes: facts.clock(minutes.ended_at)),
            Placeholder("so_ban", "Số bản; chưa ghi thì mỗi bên ký một bản", lambda minutes: _copies(minutes)),
        ),
    )
)  # fmt: skip


def _copies(minutes):
    return f"{minutes.copies or len(_signatures(minutes, parties_of(minutes))):02d}"
