"""Liquidation minutes of a contract, Mẫu 6 (Thông tư 36/2013/TT-BCT, Điều 12, 18).

The text of the form was not at hand: the sections are our reading of the two articles. Figures are those of the
accounts of the contract, the same as on its pages.
"""

from khuyencong.documents import Document
from khuyencong.documents.frame import day_of, frame
from khuyencong.documents.kinds import DRAFT, Imprint, Kind, Placeholder, Slot, register
from khuyencong.documents.letterheads import signature_of, signer_of
from khuyencong.documents.numbers import symbol_of
from khuyencong.models import Organisation
from projects import workflow
from projects.documents import facts
from projects.final_accounts import AccountTable
from projects.models import BINDING_CONTRACT, Acceptance, Contract, Liquidation, Project
from projects.permissions import role_refusal
from projects.services.acceptance import measured
from projects.services.settlement import accounts_of, liquidation_gaps

TEMPLATE = "documents/liquidation_minutes.html"
# Five columns of longer amounts do not fit upright.
LONGEST_UPRIGHT = 13
FIGURES = ("contracted", "accepted", "paid", "to_pay", "to_refund")
MOST_NAMED = 5


def liquidation_minutes(contract: Contract, imprint: Imprint = DRAFT) -> Document:
    """The minutes by which both parties end a contract; a draft until the liquidation is recorded."""
    projects = projects_of(contract)
    year = (liquidation_of(contract) or contract).signed_on.year
    name = facts.file_name(year, "BBTL", [project.code for project in projects], contract.number)
    document = Document(TEMPLATE, name, _context(contract, projects, imprint))
    return document.as_draft() if imprint.draft else document


def liquidation_of(contract: Contract) -> Liquidation | None:
    return Liquidation.objects.filter(contract=contract).first()


def projects_of(contract: Contract) -> list[Project]:
    return list(contract.projects.select_related("plan__program", "implementing_unit").order_by("code"))


def _context(contract, projects, imprint):
    liquidation, day = liquidation_of(contract), day_of(LIQUIDATION_MINUTES, contract, imprint)
    table = AccountTable(accounts_of(contract))
    support, own = table.support, [account for account in table.accounts if not account.source.is_support]
    totals = support.totals | {"to_pay": support.totals["to_pay"] or 0, "to_refund": support.totals["to_refund"] or 0}
    party_a = _party(contract.party_a, contract.party_a_signer, day)
    party_b = _party(contract.party_b, contract.party_b_signer, day)
    return {
        **frame(LIQUIDATION_MINUTES, contract, imprint, place="", signature=None),
        "date": liquidation.signed_on if liquidation else imprint.dated_on,
        "subject": [facts.contract_words(contract), *_subject(projects)],
        "contract": _contract(contract),
        "parties": [party_a | {"label": "Bên A"}, party_b | {"label": "Bên B (đơn vị thực hiện)"}],
        "volumes": [row for project in projects if (row := _volume(project))["items"]],
        "many": len(projects) > 1,
        "accounts": [_account_group(project, rows) for project, rows in support.projects],
        "totals": totals,
        "own_accepted": facts.sum_known(account.accepted for account in own),
        "widths": {name: facts.longest([totals[name]]) for name in FIGURES},
        "is_wide": max(facts.longest([totals[name]]) for name in FIGURES) > LONGEST_UPRIGHT,
        "is_force_majeure": bool(liquidation and liquidation.is_force_majeure),
        "explanation": facts.paragraphs(liquidation.explanation) if liquidation else [],
        "signatures": [_signature(party_b, "Đại diện bên B"), _signature(party_a, "Đại diện bên A")],
    }


def _subject(projects):
    """Of one project its name, of several how many."""
    if len(projects) == 1:
        return [f"thực hiện {facts.called(projects[0])}"]
    return [f"thực hiện {len(projects)} đề án, nhiệm vụ khuyến công"] if projects else []


def _contract(contract):
    return {
        "words": facts.contract_words(contract), "starts_on": contract.starts_on or contract.signed_on,
        "ends_on": contract.ends_on,
    }  # fmt: skip


def _party(organisation: Organisation, typed, day):
    """Name, address and representative: who signs for the body that day, else who signed the contract.

    The contract keeps its signer as one text, “Lê Văn A, Giám đốc”.
    """
    name, _comma, post = (part.strip() for part in typed.partition(","))
    signer = signer_of(organisation, "liquidation_minutes", day)
    body = organisation.name_on(day)
    block = signature_of(signer) if signer else facts.signed_by(
        name, post, body, party="", organisation=organisation, day=day
    )  # fmt: skip
    return {
        "name": body, "address": organisation.address, "representative": block["name"], "position": block["post"],
        "block": block,
    }  # fmt: skip


def _signature(party, label):
    return party["block"] | {"party": f"{label}\n{party['name']}"}


def _volume(project):
    """Table of one project: what its minutes in force accepted."""
    rows = measured(project)
    items = [
        {
            "name": row.name, "unit": row.unit_name, "planned": row.contracted, "done": row.done,
            "percent": row.percent, "amount": row.amount,
        }
        for row in rows
    ]  # fmt: skip
    return {"name": f"{project.code}: {project.name}", "items": items, "total": sum(row.amount for row in rows)}


def _account_group(project, table):
    rows = [
        {"source": str(account.source)} | {name: getattr(account, name) for name in FIGURES}
        for account in table.accounts
    ]
    return {"name": f"{project.code}: {project.name}", "rows": rows, "totals": table.totals}


def _minutes_of(contract):
    """The acceptance minutes in force on which the liquidation rests; many are told by their count."""
    rows = list(Acceptance.objects.in_force().filter(project__contract=contract))
    if len(rows) > MOST_NAMED:
        return f"{len(rows)} biên bản nghiệm thu của các đề án thuộc hợp đồng"
    return ", ".join(facts.dated("Biên bản nghiệm thu", row.number, row.accepted_on) for row in rows)


def _settlement_of(contract):
    settlement = getattr(contract, "settlement", None)
    if settlement is None or not settlement.number:
        return ""
    return facts.dated("Công văn đề nghị quyết toán", settlement.number, settlement.dated_on)


def _refusal(user, contract):
    return role_refusal(user, contract, workflow.SETTLERS, "Phát hành biên bản thanh lý")


def _gaps(contract, imprint):
    if liquidation_of(contract):
        return []
    return ["Ghi nhận thanh lý hợp đồng để biên bản có số, ngày.", *liquidation_gaps(contract)]


def _subjects(contract):
    projects = projects_of(contract)
    places = [
        row.facility
        for project in projects
        for row in project.beneficiaries.filter(withdrawn_by=None).select_related("facility")
    ]
    return list(dict.fromkeys([contract, *projects, *places, contract.plan]))


def _number(contract):
    liquidation = liquidation_of(contract)
    return liquidation.number if liquidation else ""


def _day(contract):
    liquidation = liquidation_of(contract)
    return liquidation.signed_on if liquidation else None


def _records(user):
    rows = Contract.objects.visible_to(user).binding()
    return rows.select_related("plan__program", "owner", "party_a__parent", "party_b", "settlement")


LIQUIDATION_MINUTES = register(
    Kind(
        key="liquidation_minutes",
        label="Biên bản thanh lý hợp đồng",
        form="Mẫu số 6, Thông tư 36/2013/TT-BCT",
        model=Contract,
        build=liquidation_minutes,
        records=_records,
        issuer=lambda contract: contract.party_a,
        subjects=_subjects,
        refusal=_refusal,
        roles=workflow.SETTLERS,
        gaps=_gaps,
        variants=lambda contract: [("", "")] if contract.status in BINDING_CONTRACT else [],
        title=lambda contract: facts.one_line(
            f"Thanh lý {', '.join([facts.contract_words(contract), *_subject(projects_of(contract))])}"
        ),
        file_code="BBTL",
        own_number=_number,
        symbol=lambda contract: symbol_of("BB", contract.party_a),
        day=_day,
        by_day="liquidation__signed_on",
        slots=(
            Slot(
                "grounds", "Căn cứ",
                "Căn cứ {thong_tu}\n"
                "Căn cứ {hop_dong}\n"
                "Căn cứ {phu_luc}\n"
                "Căn cứ {bien_ban_nghiem_thu}\n"
                "Căn cứ {cong_van_quyet_toan}",
                help="Mỗi căn cứ một dòng; dòng có chỗ điền mà hồ sơ không có thì không in.",
                is_list=True,
            ),
            Slot("opening", "Câu mở đầu phần nội dung", "Hai bên thống nhất thanh lý {hop_dong} với nội dung sau:"),
            Slot(
                "ending", "Chấm dứt nghĩa vụ",
                "Hai bên đã thực hiện xong nghĩa vụ theo {hop_dong}, trừ các khoản nêu tại mục II nếu còn.\n"
                "Kể từ ngày ký biên bản này, hợp đồng hết hiệu lực; hai bên không còn quyền và nghĩa vụ theo hợp đồng, "
                "trừ trách nhiệm lưu giữ hồ sơ, chứng từ và sử dụng kết quả đúng mục đích hỗ trợ",
                is_list=True,
            ),
            Slot(
                "closing", "Câu kết",
                "Biên bản được lập thành 04 bản có giá trị như nhau, mỗi bên giữ 02 bản, đã đọc lại cho hai bên cùng "
                "nghe, nhất trí và ký tên",
            ),
            Slot("recipients", "Nơi nhận", "Hai bên ký biên bản\nLưu: VT, hồ sơ hợp đồng", is_list=True),
        ),
        placeholders=(
            Placeholder("hop_dong", "Hợp đồng", facts.contract_words),
            Placeholder("phu_luc", "Phụ lục hợp đồng", facts.appendices_of),
            Placeholder("bien_ban_nghiem_thu", "Biên bản nghiệm thu", _minutes_of),
            Placeholder("cong_van_quyet_toan", "Công văn đề nghị quyết toán", _settlement_of),
            Placeholder(
                "thong_tu", "Thông tư áp dụng cho nguồn vốn", lambda contract: facts.regulation_of_plan(contract.plan)
            ),
            Placeholder("ben_a", "Bên A", lambda contract: str(contract.party_a)),
            Placeholder("ben_b", "Bên B", lambda contract: str(contract.party_b)),
        ),
    )
)  # fmt: skip
