"""Who decides on paper: the body named in a decision, its head, and how its signer signs.

Plans and amendments keep the body of their decision as text, since a people's committee or a ministry need not be a
body of the portal; where one of that name is kept, its letterhead and signers count.
"""

import re

from khuyencong.documents.letterheads import BLANK_SIGNATURE
from khuyencong.models import Organisation, OrganisationKind, SigningMode
from khuyencong.text import fold
from programs.models import Scope

MINISTRY = "Bộ Công Thương"
DEPARTMENT = "Sở Công Thương"
AGENCY = "Cục quản lý khuyến công"
COMMITTEE = "Ủy ban nhân dân"
# How the head of a body is called, by the first words of its name.
HEADS = {COMMITTEE: "Chủ tịch", "Bộ": "Bộ trưởng", "Cục": "Cục trưởng", "Sở": "Giám đốc", "Trung tâm": "Giám đốc"}
CENTRAL, CAPITAL = ("Bộ", "Cục"), "Hà Nội"
SYMBOLS = {COMMITTEE: "UBND", MINISTRY: "BCT", DEPARTMENT: "SCT"}


def full_name(name: str) -> str:
    """“UBND tỉnh Vĩnh Long” -> “Ủy ban nhân dân tỉnh Vĩnh Long”."""
    return re.sub(r"^UBND\b", COMMITTEE, name.strip())


def body_named(name: str) -> Organisation | None:
    """The body of the portal that a decision names, by its full or short name, accents or not."""
    keys = {fold(name), fold(full_name(name))} - {""}
    found = Organisation.objects.filter(search_key__contains=fold(full_name(name))) if keys else ()
    return next((row for row in found if keys & {fold(row.name), fold(row.short_name)}), None)


def department_of(owner: Organisation) -> Organisation:
    """The department over the body that keeps a record; the body itself where there is none."""
    is_centre = owner.kind == OrganisationKind.PROVINCIAL_CENTRE and owner.parent
    return owner.parent if is_centre else owner


def province_of(plan) -> str:
    """“tỉnh Vĩnh Long”, by the name of the programme's own time; "" of a plan over several provinces."""
    unit = plan.program.area or plan.province
    return f"{unit.name[:1].lower()}{unit.name[1:]}" if unit else ""


def place_of(plan, body: str) -> str:
    """“Vĩnh Long”, before the day of a paper; ministries sit in the capital."""
    if body.startswith(CENTRAL):
        return CAPITAL
    unit = plan.program.area or plan.province
    return unit.short_name if unit else ""


def committee_of(plan) -> str:
    """Who approves a plan that has no decision yet (Nghị định 45/2012/NĐ-CP, Điều 2): committee or ministry."""
    province = province_of(plan)
    return MINISTRY if plan.scope == Scope.NATIONAL or not province else f"{COMMITTEE} {province}"


def agency() -> Organisation | None:
    """The ministry's body for industry promotion."""
    return Organisation.objects.filter(kind=OrganisationKind.MINISTRY_DEPT).order_by("pk").first()


def agency_name() -> str:
    found = agency()
    return found.name if found else AGENCY


def head_lines(name: str) -> list[str]:
    """The printed lines of a body that is kept as text alone."""
    name = full_name(name)
    rest = name.removeprefix(COMMITTEE).strip()
    return [COMMITTEE, rest] if rest and rest != name else [name]


def head_post(name: str) -> str:
    """“Chủ tịch” of a committee; "" where the name does not tell."""
    return next((post for first, post in HEADS.items() if full_name(name).startswith(first)), "")


def authority_of(name: str) -> str:
    """“Chủ tịch Ủy ban nhân dân tỉnh Vĩnh Long”, for the line above the grounds."""
    return f"{head_post(name)} {full_name(name)}".strip()


def decision_symbol(name: str, body: Organisation | None) -> str:
    """“QĐ-UBND”."""
    symbol = body.symbol if body else ""
    symbol = symbol or next((text for first, text in SYMBOLS.items() if full_name(name).startswith(first)), "")
    return f"QĐ-{symbol}" if symbol else "QĐ"


def stored_signature(name: str, position: str, body: str) -> dict:
    """The block of a signer who is kept with the decision; a deputy signs KT. (Nghị định 30/2020/NĐ-CP, Điều 13)."""
    block = {**BLANK_SIGNATURE, "post": position or head_post(body), "name": name}
    head = position.removeprefix("Phó ")
    if head == position:
        return block
    return {**block, "mode": SigningMode.DEPUTY.value, "capacity": f"{head[:1].upper()}{head[1:]}"}
