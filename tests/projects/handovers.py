"""A handover like that of the Trà Vinh SME project: five receivers, 25 works, 11 contracts, a note on the figures."""

from datetime import date, time
from decimal import Decimal

from projects import services
from projects.models import (
    HandoverContract,
    HandoverEvent,
    HandoverItem,
    HandoverMinutes,
    HandoverPaper,
    HandoverPerson,
    ItemKind,
    Side,
)
from tests.factories import FacilityFactory, OrganisationFactory, commune_of, source
from tests.memory import remembered
from tests.stories import accepted_project, approve, draft_plan, planned_project

WORKS_TOTAL = 76_080_000_000
CONTRACTS_TOTAL = 11_820_000_000
PROJECT_MONEY = (520, 610, 390, 560, 280, 530, 640, 450, 480, 318, 590)
OWN_MONEY = (640, 720, 450, 690, 330, 640, 780, 540, 570, 382, 710)
NOTE = (
    "Báo cáo ghi giải ngân trên 11,8 tỷ đồng, trong đó vốn dự án trên 5,3 tỷ đồng, vốn doanh nghiệp trên 6,4 tỷ đồng; "
    "hai số làm tròn cộng được 11,7 tỷ đồng. Giữ nguyên như nguồn."
)


def person(side, name, title, **fields):
    return HandoverPerson(side=side, salutation="Ông", name=name, title=title, **fields)


def giver_people():
    return [
        person(Side.GIVER, "Nguyễn Văn Giao", "Giám đốc", signs=True),
        person(Side.GIVER, "Trần Thị Sổ", "Kế toán trưởng"),
        person(
            Side.WITNESS, "Lê Văn Chứng", "Ủy viên thường trực", body="Ban Chỉ đạo", signs=True, signing_mode="TM",
            signing_capacity="Ban Chỉ đạo",
        ),
    ]  # fmt: skip


def receiver_people(name="Phạm Thị Nhận"):
    return [person(Side.RECEIVER, name, "Phó Giám đốc", signs=True, signing_mode="KT", signing_capacity="Giám đốc")]


def works(count=25, total=WORKS_TOTAL):
    """Works that add up to the total, the last one taking the rest."""
    share = total // count
    amounts = [share] * (count - 1) + [total - share * (count - 1)]
    return [
        HandoverItem(
            kind=ItemKind.WORK, name=f"Đường giao thông nông thôn tuyến số {number}", unit_name="công trình",
            quantity=Decimal(1), amount=amount, source=source("OTHER"), condition="Đang khai thác",
        )
        for number, amount in enumerate(amounts, 1)
    ]  # fmt: skip


def machine(name="Máy nấu chân không", amount=640_000_000, **fields):
    return HandoverItem(
        kind=ItemKind.EQUIPMENT, name=name, specification="Inox 304", unit_name="máy", quantity=Decimal("1.00"),
        amount=amount, condition="Mới 100%", **fields,
    )  # fmt: skip


def contracts():
    return [
        (
            HandoverContract(
                beneficiary=f"Doanh nghiệp số {number}", number=f"{number:02d}/HĐHT", signed_on=date(2019, 6, number)
            ),
            {source("OTHER"): project * 1_000_000, source("COUNTERPART"): own * 1_000_000},
        )
        for number, (project, own) in enumerate(zip(PROJECT_MONEY, OWN_MONEY, strict=True), 1)
    ]


def papers():
    return [
        HandoverPaper(name="Hợp đồng hỗ trợ kèm phụ lục", number="01 đến 11/HĐHT", sheet_count=264),
        HandoverPaper(name="Biên bản nghiệm thu", dated_on=date(2020, 11, 30), sheet_count=132, copy_kind="copy"),
    ]


@remembered
def another_accepted_project(house, number="11/QĐ-UBND", **kwargs):
    """An accepted project of a further plan, under a decision of its own."""
    plan = draft_plan(house)
    project = planned_project(house, plan, **kwargs)
    services.submit_plan(plan, by=house.reviewer)
    approve(house, plan, number=number)
    project = services.start_project(project, by=house.officer)
    return services.accept_project(project, by=house.director, number="02/BBNT", accepted_on=date(2026, 11, 1))


@remembered
def draft_handover(house, project=None, *, people=True, **fields):
    """An event of one accepted project, without receivers."""
    project = project or accepted_project(house)
    fields = {
        "subject": "kết quả, đầu ra Dự án | Phát triển doanh nghiệp nhỏ và vừa",
        "held_on": date(2026, 11, 20),
        "started_at": time(14),
        "ended_at": time(16, 30),
        "venue": "Hội trường Sở Công Thương",
        "giver": house.centre,
        "grounds": "Căn cứ Quyết định số 10/QĐ-UBND ngày 04/01/2026;\nCăn cứ Biên bản nghiệm thu số 01/BBNT.",
        **fields,
    }
    event = HandoverEvent(plan=project.plan, **fields)
    return services.save_handover(
        event, by=house.officer, projects=[project], people=giver_people() if people else None
    )


@remembered
def add_minutes(house, event, receiver, *, people=None, items=(), contracts=(), papers=(), **fields):
    kind = "receiver_facility" if hasattr(receiver, "tax_code") else "receiver"
    return services.save_minutes(
        HandoverMinutes(event=event, **{kind: receiver}, **fields), by=house.officer,
        people=receiver_people() if people is None else people, items=items, contracts=contracts, papers=papers,
    )  # fmt: skip


@remembered
def sme_handover(house, project=None, **fields):
    """The whole event, ready to be closed: the works to one receiver, the contracts to another, three more."""
    event = draft_handover(house, project, note=NOTE, **fields)
    names = ("Sở Công Thương tỉnh Trà Vinh", "Ủy ban nhân dân huyện Trà Cú", "Ủy ban nhân dân huyện Càng Long")
    department, tra_cu, cang_long = (OrganisationFactory(name=name, kind="district_pc") for name in names)
    place = commune_of(house.province)
    result = HandoverItem(
        kind=ItemKind.RESULT, name="Doanh nghiệp được hỗ trợ vốn", unit_name="doanh nghiệp", quantity=Decimal(11),
        amount=11_800_000_000, is_at_least=True,
    )  # fmt: skip
    add_minutes(
        house, event, department, items=[result], contracts=contracts(), papers=papers(),
        giver_duties="Bàn giao đầy đủ hồ sơ;\nGiải trình số liệu.", receiver_duties="Theo dõi 11 hợp đồng.",
        condition="Hồ sơ đủ, đúng danh mục.", finance="Đã quyết toán.", copies=6,
    )  # fmt: skip
    add_minutes(house, event, tra_cu, items=works())
    add_minutes(house, event, cang_long, papers=papers()[:1])
    for name in ("Công ty TNHH Chế biến dừa Tân Bình Phú", "Hợp tác xã Chiếu cói Long Hưng"):
        facility = FacilityFactory(name=name, created_by=house.officer, unit=place)
        add_minutes(house, event, facility, items=[machine(place=place)])
    return HandoverEvent.objects.select_related("plan__owner", "giver").get(pk=event.pk)
