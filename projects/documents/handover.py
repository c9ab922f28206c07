"""The minutes of a handover (Nghị định 30/2020/NĐ-CP, Phụ lục III, Mẫu 1.9)."""

from django.utils.text import slugify

from khuyencong.documents import Document
from khuyencong.documents.frame import frame
from khuyencong.documents.kinds import Imprint, Kind, Placeholder, Slot, register
from khuyencong.documents.letterheads import BLANK_SIGNATURE
from khuyencong.documents.numbers import number_text
from khuyencong.documents.wording import lines
from khuyencong.models import SigningMode
from khuyencong.text import fold
from projects.documents.facts import clock
from projects.handover_figures import figures_of
from projects.models import HandoverEvent, HandoverMinutes, Side
from projects.permissions import DRAFTERS, can_hold_handover

TEMPLATE = "documents/handover_minutes.html"
RECIPIENTS = Slot("recipients", "Nơi nhận", "Các bên ký biên bản\nLưu: VT, hồ sơ đề án", is_list=True)
CONCLUSION = Slot(
    "conclusion", "Kết luận",
    "Các bên thống nhất nội dung trên. Biên bản kết thúc vào hồi {ket_thuc} cùng ngày, được lập thành {so_ban} bản có "
    "giá trị như nhau, mỗi bên giữ {moi_ben} bản, đã đọc lại cho mọi người cùng nghe, nhất trí và ký tên.",
)  # fmt: skip
LEAD = Slot(
    "lead", "Lời dẫn của phần nội dung",
    "Bên giao bàn giao, Bên nhận nhận để quản lý, duy trì và phát huy các nội dung sau đây:",
)  # fmt: skip
LONGEST_NAME = 60
# No Vietnamese syllable is longer ("nghiêng"); the narrow columns of the paper are as wide as that.
LONGEST_WORD = 7


def handover_minutes(minutes: HandoverMinutes, imprint: Imprint | None = None) -> Document:
    """The paper for one receiver. Until the event is closed it is a draft without a number."""
    event = minutes.event
    imprint = imprint or Imprint(draft=not event.is_done)
    filename = _filename(event, minutes.receiver_name, minutes.receiver_facility)
    document = Document(TEMPLATE, filename, _context(minutes, event, imprint))
    return document.as_draft() if imprint.draft else document


def handover_bundle(event: HandoverEvent) -> list[Document]:
    """The papers of all receivers in the order of the event; `bundle_name` names the file they become."""
    return [handover_minutes(minutes) for minutes in event.minutes.with_contents()]


def bundle_name(event: HandoverEvent, count: int) -> str:
    """2026_BBBG_KC26-014_5-ben-nhan, with "-ban-nhap" until the event is closed."""
    name = _filename(event, f"{count} bên nhận")
    return name if event.is_done else f"{name}-ban-nhap"


def bundle_title(count: int) -> str:
    return f"Biên bản bàn giao, {count} bên nhận"


def number_of(minutes: HandoverMinutes) -> str:
    """03/BB-TTKC; empty before the event is closed."""
    return number_text(minutes.number, minutes.event.minutes_symbol) if minutes.number else ""


def _context(minutes, event, imprint):
    figures = figures_of(minutes)
    people = list(event.people.filter(minutes=None))
    of_giver = [person for person in people if person.side == Side.GIVER]
    of_receiver = list(minutes.people.all())
    witnesses = [person for person in people if person.side == Side.WITNESS]
    framed = frame(HANDOVER_MINUTES, minutes, imprint, place="", signature=None)
    return {
        **framed,
        "subject": event.subject_lines,
        "grounds": lines(event.grounds),
        "started_at": clock(event.started_at),
        "date": event.held_on,
        "month_day": event.held_month_day or None,
        "venue": event.venue,
        "parties": [
            _party(Side.GIVER, event.giver.name_on(event.reference_day), event.giver.address, of_giver),
            _party(Side.RECEIVER, *_receiver(minutes), of_receiver),
            *(_party(Side.WITNESS, body, "", rows) for body, rows in _by_body(witnesses).items()),
        ],
        "results": [_item(item) for item in figures.results],
        "works": [_item(item) for item in figures.works],
        "equipment": [_item(item) for item in figures.equipment],
        "result_columns": _columns(figures.results),
        "asset_columns": _columns(figures.works + figures.equipment),
        "result_total": figures.result_total,
        "work_total": figures.work_total,
        "equipment_total": figures.equipment_total,
        "asset_total": figures.asset_total,
        "papers": [_paper(paper) for paper in figures.papers],
        "paper_sheets": figures.sheet_count,
        "contract_sources": [str(source) for source in figures.contract_sources],
        "contracts": [_contract(contract, figures.contract_money) for contract in figures.contracts],
        "has_paid": bool(figures.contract_money),
        "contract_totals": _contract_totals(figures),
        "finance": minutes.finance,
        "condition": minutes.condition,
        "checks": [],
        "duties": _duties(minutes),
        "notes": _lines(event.note),
        "lead": framed["words"]["lead"],
        "conclusion": _lines(framed["words"]["conclusion"].rstrip(" .\n")),
        "signatures": [
            *_signatures(Side.RECEIVER, of_receiver),
            *_signatures(Side.GIVER, of_giver),
            *(_signature(Side.WITNESS.label, person) for person in witnesses if person.signs),
        ],
    }


def _filename(event, receiver, facility=None):
    """Named after the project; for a facility, after the project that supports it."""
    projects = event.projects.order_by("code")
    own = list(projects.filter(beneficiaries__facility=facility).values_list("code", flat=True)) if facility else []
    codes = own or list(projects.values_list("code", flat=True))
    code = codes[0] if codes else "chua-chon-de-an"
    more = f"-va-{len(codes) - 1}-de-an" if len(codes) > 1 else ""
    return f"{event.year}_BBBG_{code}{more}_{slugify(fold(receiver))[:LONGEST_NAME].strip('-')}"


def _receiver(minutes):
    """Name and address of the receiving side."""
    if minutes.receiver:
        return minutes.receiver.name_on(minutes.event.reference_day), minutes.receiver.address
    facility = minutes.receiver_facility
    return facility.name, ", ".join(filter(None, [facility.address, str(facility.unit)]))


def _party(side, name, address, people):
    rows = [{"title": person.salutation, "name": person.name, "position": person.title} for person in people]
    return {"label": side.label, "name": name, "address": address.rstrip(" ."), "people": rows}


def _by_body(people):
    bodies = {}
    for person in people:
        bodies.setdefault(person.body, []).append(person)
    return bodies


def _item(item):
    return {
        "name": item.name,
        "spec": item.specification,
        "unit": item.unit_name,
        "quantity": item.quantity,
        "amount": item.amount,
        "at_least": item.is_at_least,
        "source": _source(item.source),
        "place": str(item.place or ""),
        "condition": item.condition,
        "note": item.note,
    }


def _columns(items):
    """{column: class of its width, "" when it is left out because no row has anything in it}.

    A word that is too long for the narrow column, such as the code of a machine, gets a wider one.
    """
    texts = {
        "spec": ([item.specification for item in items], "c-spec", "c-code"),
        "source": ([_source(item.source) for item in items], "c-source", "c-spec"),
        "note": ([item.note for item in items], "c-remark", "c-spec"),
    }
    return {name: _width(*column) for name, column in texts.items()}


def _width(texts, narrow, wide):
    if not any(texts):
        return ""
    words = " ".join(texts).replace("-", "- ").split()
    return wide if max(map(len, words)) > LONGEST_WORD else narrow


def _source(source):
    """The State's money by its full name, other money by its short one: the column is narrow."""
    if source is None:
        return ""
    return source.name if source.is_support else source.short_name or source.name


def _paper(paper):
    return {
        "name": paper.name,
        "number": paper.number,
        "dated_on": paper.dated_on,
        "sheets": paper.sheet_count,
        "copy": paper.get_copy_kind_display(),
    }


def _contract(contract, money):
    paid, left = money.get(contract.pk, (None, None))
    amounts = {str(part.source): part.amount for part in contract.amounts.all()}
    return {
        "beneficiary": contract.beneficiary,
        "number": contract.number,
        "signed_on": contract.signed_on,
        "amounts": amounts,
        "total": sum(amounts.values()) if amounts else None,
        "paid": paid,
        "remaining": left,
        "note": contract.note,
    }


def _contract_totals(figures):
    if figures.contract_total is None:
        return None
    amounts = {str(source): amount for source, amount in figures.contract_amounts.items()}
    # A sum over some of the contracts would read like one over all.
    is_known = len(figures.contract_money) == len(figures.contracts)
    paid, left = map(sum, zip(*figures.contract_money.values(), strict=True)) if is_known else (None, None)
    return {"amounts": amounts, "total": figures.contract_total, "paid": paid, "remaining": left, "at_least": False}


def _duties(minutes):
    return list(filter(None, (_duty(Side.GIVER, minutes.giver_duties), _duty(Side.RECEIVER, minutes.receiver_duties))))


def _duty(side, text):
    """The duties of a side as lettered points; a single one stands in the sentence."""
    lead, points = f"{side.label} có trách nhiệm:", [line.rstrip(" ;.") for line in _lines(text)]
    if len(points) == 1:
        return {"text": f"{lead} {points[0]}.", "points": []}
    return {"text": lead, "points": points} if points else None


def _signatures(side, people):
    """A block for each signer; an empty one to sign by hand where nobody is named yet."""
    party = f"Đại diện {side.label.lower()}"
    signers = [person for person in people if person.signs]
    return [_signature(party, person) for person in signers] or [_signature(party, None)]


def _signature(party, person):
    block = BLANK_SIGNATURE | {"party": party}
    if person is None:
        return block
    mode = SigningMode(person.signing_mode)
    return block | {"mode": mode.value, "capacity": person.signing_capacity, "post": person.title, "name": person.name}


def _lines(text):
    return [line.strip() for line in text.splitlines() if line.strip()]


def _subjects(minutes):
    facility = [minutes.receiver_facility] if minutes.receiver_facility else []
    return [minutes.event, *minutes.event.projects.order_by("code"), *facility, minutes.event.plan]


def _issue_refusal(user, minutes):
    if not can_hold_handover(user, minutes.event.plan):
        return "Biên bản bàn giao do chuyên viên, lãnh đạo phòng của cơ quan quản lý kế hoạch phát hành."
    return None


def _issue_gaps(minutes, imprint):
    return [] if minutes.event.is_done else ["Hoàn tất đợt bàn giao để biên bản có số, rồi phát hành."]


HANDOVER_MINUTES = register(
    Kind(
        key="handover_minutes",
        label="Biên bản bàn giao",
        model=HandoverMinutes,
        build=handover_minutes,
        records=lambda user: HandoverMinutes.objects.filter(event__in=HandoverEvent.objects.visible_to(user)),
        issuer=lambda minutes: minutes.event.giver,
        subjects=_subjects,
        refusal=_issue_refusal,
        roles=DRAFTERS,
        title=lambda minutes: f"Bàn giao {' '.join(minutes.event.subject_lines)} cho {minutes.receiver_name}",
        file_code="BBBG",
        home=lambda minutes: minutes.event,
        gaps=_issue_gaps,
        own_number=number_of,
        symbol=lambda minutes: minutes.event.minutes_symbol,
        day=lambda minutes: minutes.event.held_on or minutes.event.reference_day,
        by_day="event__held_on",
        slots=(LEAD, CONCLUSION, RECIPIENTS),
        placeholders=(
            Placeholder("ben_giao", "bên giao", lambda minutes: str(minutes.event.giver)),
            Placeholder("ben_nhan", "bên nhận", lambda minutes: minutes.receiver_name),
            Placeholder("noi_dung", "nội dung bàn giao", lambda minutes: " ".join(minutes.event.subject_lines)),
            Placeholder("ket_thuc", "giờ kết thúc", lambda minutes: clock(minutes.event.ended_at)),
            Placeholder("so_ban", "số bản", lambda minutes: f"{minutes.copies:02d}"),
            Placeholder("moi_ben", "số bản mỗi bên giữ", lambda minutes: f"{minutes.copies_each:02d}"),
        ),
    )
)
