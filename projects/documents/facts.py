"""What several papers tell of a project alike: the papers it rests on, whom it serves, how its file is named."""

from django.utils.text import slugify

from khuyencong.dates import DOTS, long_date
from khuyencong.documents.letterheads import BLANK_SIGNATURE, signature_of
from khuyencong.models import Organisation, Signer, SigningMode
from khuyencong.money import format_vnd
from khuyencong.text import fold
from khuyencong.unit_names import name_in_sentence
from programs.models import AnnualPlan, Scope
from projects.documents.grounds import CIRCULAR, NATIONAL_CIRCULAR, decision_words
from projects.documents.issuers import head_post
from projects.models import AmendmentStatus, Contract, ContractKind, Project, ProjectKind, SupportContract

LONGEST_FILE_NAME = 60
NO_CLOCK = f"{DOTS} giờ {DOTS} phút"
LONGEST_TITLE = 600
# More support contracts than these are counted, not listed.
MOST_NAMED = 5


def file_name(year: int, file_code: str, codes: list[str], name: str) -> str:
    """2026_BBNT_KC26-014_ten-co-so, plain letters; several projects are named by the first one and counted."""
    more = f"-va-{len(codes) - 1}-de-an" if len(codes) > 1 else ""
    code = codes[0] if codes else "chua-co-de-an"
    return f"{year}_{file_code}_{code}{more}_{slugify(fold(name.replace('/', '-')))[:LONGEST_FILE_NAME].strip('-')}"


def clock(time) -> str:
    """“14 giờ 00 phút”; dots to fill in while it is not known."""
    return f"{time:%H} giờ {time:%M} phút" if time else NO_CLOCK


def one_line(text: str) -> str:
    """A trích yếu as the register can keep it."""
    return text if len(text) <= LONGEST_TITLE else f"{text[: LONGEST_TITLE - 1].rstrip()}…"


def called(project: Project) -> str:
    """“Đề án “Hỗ trợ …””, with the marks of quotation."""
    return f"{ProjectKind(project.kind).label} “{project.name}”"


def dated(words: str, number: str, day) -> str:
    """“Hợp đồng số 15/HĐ-KC ngày 01 tháng 02 năm 2026”."""
    return f"{words} số {number} {long_date(day)}"


def regulation_of(project: Project) -> str:
    return regulation_of_plan(project.plan)


def regulation_of_plan(plan: AnnualPlan) -> str:
    """The circular that binds the money of the plan (Thông tư 46/2012/TT-BCT, Điều 8; Thông tư 36/2013/TT-BCT)."""
    return NATIONAL_CIRCULAR if plan.scope == Scope.NATIONAL else CIRCULAR


def plan_decision_of(project: Project) -> str:
    """The decision on the plan; "" before it."""
    plan = project.plan
    if not plan.decision_number:
        return ""
    return decision_words(plan.decision_number, plan.decision_on, plan.decision_issuer)


def contract_words(contract: Contract | None) -> str:
    if contract is None:
        return ""
    words = "Hợp đồng" if contract.kind == ContractKind.IMPLEMENTATION else "Quyết định giao nhiệm vụ"
    return dated(words, contract.number, contract.signed_on)


def appendices_of(contract: Contract | None) -> str:
    rows = contract.appendices.all() if contract else ()
    return ", ".join(dated("Phụ lục hợp đồng", row.number, row.signed_on) for row in rows)


def amendments_of(project: Project) -> str:
    """The decisions that changed the project, the first one first."""
    rows = project.amendments.filter(status=AmendmentStatus.APPROVED).order_by("number")
    return ", ".join(dated("Quyết định", row.decision_number, row.decision_on) for row in rows)


def support_contracts_of(project: Project, place=None) -> str:
    """Of one facility or of all that take part; many are told by their count."""
    rows = SupportContract.objects.filter(beneficiary__project=project, beneficiary__withdrawn_by=None)
    rows = list(rows.filter(beneficiary=place) if place else rows)
    if len(rows) > MOST_NAMED:
        return f"{len(rows)} hợp đồng hỗ trợ ký với các đơn vị thụ hưởng"
    return ", ".join(dated("Hợp đồng hỗ trợ", row.number, row.signed_on) for row in rows)


def activity_of(project: Project) -> str:
    """The content of Nghị định 45/2012/NĐ-CP, Điều 4, with its clause; "" while none is chosen."""
    content = project.content
    if content is None:
        return ""
    return f"{content} ({content.legal_source})" if content.legal_source else str(content)


def served_by(project: Project, place=None) -> list[dict]:
    """[{name, address, representative, position}] of one facility, or of all that still take part."""
    rows = [place] if place else project.beneficiaries.filter(withdrawn_by=None).select_related("facility__unit")
    return [
        {
            "name": row.facility.name,
            "address": name_in_sentence(row.facility.full_address),
            "representative": row.facility.representative,
            "position": row.facility.representative_position,
        }
        for row in rows
    ]


def signed_by(name: str, post: str, body: str, *, party: str, organisation: Organisation | None, day) -> dict:
    """The block of a person who is told by name and post; how they sign is in the settings of their body.

    Without these a deputy of the head signs for the head (Nghị định 30/2020/NĐ-CP, Điều 13).
    """
    if organisation and (signer := Signer.objects.in_force(day, organisation).filter(name=name).first()):
        return signature_of(signer, party=party)
    block = {**BLANK_SIGNATURE, "party": party, "post": post, "name": name}
    head = head_post(body)
    if head and post.casefold() == f"Phó {head}".casefold():
        return block | {"mode": SigningMode.DEPUTY.value, "capacity": head}
    return block


def longest(amounts) -> int:
    """How many characters the longest of these amounts takes, for the width of its column; đồng or None."""
    return max((len(format_vnd(amount)) for amount in amounts if amount is not None), default=1)


def place_words(facility) -> str:
    """“xã An Bình, tỉnh Vĩnh Long”, inside a sentence."""
    return name_in_sentence(str(facility.unit))


def place_of(project: Project) -> str:
    """Where the project itself says that it lies; "" where only its facilities tell."""
    return ", ".join(filter(None, [project.place_note, str(project.unit or "")]))


def subjects_of(project: Project) -> list:
    """What a paper of a project concerns: itself, its facilities, its contract, its plan."""
    places = project.beneficiaries.filter(withdrawn_by=None).select_related("facility")
    return [project, *(row.facility for row in places), *filter(None, [project.contract]), project.plan]


def paragraphs(text: str) -> list[str]:
    """The lines of a text that hold anything, as they were typed."""
    return [line.strip() for line in text.splitlines() if line.strip()]


def sum_known(amounts) -> int | None:
    """What the amounts that are known add up to, đồng; None when none is."""
    known = [amount for amount in amounts if amount is not None]
    return sum(known) if known else None
