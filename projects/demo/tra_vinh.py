"""Trà Vinh: the SME project ends and hands its results over, one minutes for each receiver."""

from datetime import date, time

from khuyencong.models import SigningMode
from programs.models import AnnualPlan, FundingSource, Program
from projects import services
from projects.demo.cast import Cast
from projects.demo.desk import Decision, Desk
from projects.demo.tables import Sketch, read, unit
from projects.models import (
    CopyKind,
    HandoverContract,
    HandoverEvent,
    HandoverItem,
    HandoverMinutes,
    HandoverPaper,
    HandoverPerson,
    ItemKind,
    Side,
)

ARTICLE = "Mỹ Nhân, “Hội thảo triển khai chiến lược rút lui của Dự án SME Trà Vinh”, Báo Trà Vinh."
YEARS_NOTE = f"{ARTICLE} Bài nêu 09 năm thực hiện, không nêu năm: 2013-2021 là giả định."
PROJECT_NOTES = {
    "works": f"{YEARS_NOTE} 25 công trình, tổng mức đầu tư 76,08 tỷ đồng theo bài; tên đề án là giả định.",
    "support": (
        f"{YEARS_NOTE} 11 doanh nghiệp, giải ngân trên 11,8 tỷ đồng (vốn dự án trên 5,3 tỷ, vốn doanh nghiệp trên "
        "6,4 tỷ) theo bài; tên, giá trị từng hợp đồng là giả định."
    ),
}
EVENT_NOTE = (
    f"{ARTICLE} Ngày 12/12 không có năm trong bài. Địa điểm, người dự, tên và giá trị từng công trình, hợp đồng là giả "
    "định trong tổng số của bài."
)
FIGURES_NOTE = (
    "Nguồn ghi “số tiền giải ngân trên 11,8 tỷ đồng, trong đó, vốn dự án trên 5,3 tỷ đồng; vốn doanh nghiệp trên 6,4 "
    "tỷ đồng”. Cộng hai số thành phần được 11,7 tỷ đồng, thấp hơn số tổng 0,1 tỷ đồng. Các số được giữ nguyên như đã "
    "công bố, không sửa cho khớp; giá trị từng hợp đồng ghi trong bảng hợp đồng chuyển giao."
)
GROUNDS = (
    "Căn cứ chiến lược rút lui của Dự án Phát triển doanh nghiệp nhỏ và vừa tỉnh Trà Vinh (Dự án SME Trà Vinh) đã được "
    "Ban Chỉ đạo Dự án thông qua\n"
    "Căn cứ các hợp đồng hỗ trợ đã ký và biên bản nghiệm thu, thanh lý của từng hợp đồng"
)
DECISION = Decision("05/QĐ-BCĐ", date(2021, 1, 15), "Ban Chỉ đạo Dự án SME Trà Vinh", "Huỳnh Quốc Việt", "Trưởng ban")
CONDITION = (
    "Các kết quả, tài sản, hồ sơ đủ về số lượng, đúng danh mục; các công trình đang khai thác bình thường. Bên nhận đã "
    "kiểm tra thực tế và chấp nhận hiện trạng."
)
GIVER_DUTIES = (
    "Bàn giao đầy đủ hồ sơ, hợp đồng và tài khoản theo dõi trước khi Dự án kết thúc\n"
    "Giải trình số liệu khi cơ quan có thẩm quyền yêu cầu"
)
# receiver: people (salutation, name, title, signs, mode, in place of), duties
RECEIVERS = {
    "so-travinh": (
        [
            ("Ông", "Đặng Hoàng Phúc", "Phó Giám đốc", True, SigningMode.DEPUTY, "Giám đốc"),
            ("Bà", "Thạch Thị Sô Phi", "Trưởng phòng Quản lý công nghiệp", False, "", ""),
        ],
        "Quản lý, theo dõi việc thực hiện nghĩa vụ còn lại của 11 hợp đồng hỗ trợ\n"
        "Duy trì, nhân rộng kết quả trong kế hoạch hỗ trợ doanh nghiệp nhỏ và vừa giai đoạn 2021 - 2025\n"
        "Lưu trữ hồ sơ đã nhận theo quy định",
    ),
    "so-nn-travinh": (
        [("Ông", "Trầm Quốc Hưng", "Phó Giám đốc", True, SigningMode.DEPUTY, "Giám đốc")],
        "Quản lý, duy tu các công trình đã nhận\nKiểm tra các công trình định kỳ\nLưu trữ hồ sơ đã nhận theo quy định",
    ),
    "tra-cu": (
        [("Ông", "Kim Sa Rinh", "Phó Chủ tịch", True, SigningMode.DEPUTY, "Chủ tịch")],
        "Giao Ủy ban nhân dân xã, thị trấn quản lý, khai thác công trình\nBố trí kinh phí duy tu hằng năm",
    ),
    "chau-thanh": (
        [("Bà", "Nguyễn Thị Huỳnh Như", "Phó Chủ tịch", True, SigningMode.DEPUTY, "Chủ tịch")],
        "Giao Ủy ban nhân dân xã, thị trấn quản lý, khai thác công trình\nBố trí kinh phí duy tu hằng năm",
    ),
    "cang-long": (
        [("Ông", "Phan Văn Đời", "Phó Chủ tịch", True, SigningMode.DEPUTY, "Chủ tịch")],
        "Giao Ủy ban nhân dân xã, thị trấn quản lý, khai thác công trình\nBố trí kinh phí duy tu hằng năm",
    ),
}


def tell(cast: Cast):
    desk = Desk(
        officer=cast.people["chuyenvien.travinh"],
        reviewer=cast.people["truongphong.travinh"],
        director=cast.people["giamdoc.travinh"],
        implementer=cast.bodies["sme-travinh"],
    )
    facilities = desk.register("tra_vinh_facilities")
    plan = _carried_out_plan(desk, facilities)
    event = _event(desk, plan)
    for key in RECEIVERS:
        _minutes(desk, event, cast.bodies[key], key, facilities)
    services.complete_handover(event, by=desk.reviewer)
    desk.close(plan)


def _carried_out_plan(desk, facilities):
    program = desk.open_program(
        Program(
            name="Dự án Phát triển doanh nghiệp nhỏ và vừa tỉnh Trà Vinh (Dự án SME Trà Vinh)",
            area=unit("old", "province", "84"), period_start=2013, period_end=2021, source_note=YEARS_NOTE,
            is_sample=True,
        )
    )  # fmt: skip
    plan = desk.open_plan(
        AnnualPlan(
            program=program, year=2021, name="Kế hoạch kết thúc và bàn giao Dự án SME Trà Vinh",
            source_note=f"{YEARS_NOTE} Số, ngày quyết định là giả định.", is_sample=True,
        ),
        {},
    )  # fmt: skip
    told = {}
    for key, sketch in _sketches().items():
        project = desk.plan_in(plan, sketch, facilities, source_note=PROJECT_NOTES[key])
        told[project.pk] = sketch
    plan = desk.approve(desk.submit(plan), DECISION)
    desk.carry_out(plan, told)
    return plan


def _sketches():
    shares = tuple(
        {"OTHER": int(row["project_amount"]), "COUNTERPART": int(row["own_amount"])}
        for row in read("tra_vinh_contracts")
    )
    span = {"starts_on": date(2013, 1, 1), "ends_on": date(2021, 11, 30), "accepted_on": date(2021, 11, 30)}
    return {
        "works": Sketch(
            plan="2021", name="Đầu tư xây dựng 25 công trình tại 15 xã, thị trấn", content="OTHER", fate="accepted",
            amounts={"OTHER": sum(int(row["amount"]) for row in read("tra_vinh_works"))}, **span,
        ),
        "support": Sketch(
            plan="2021", name="Hỗ trợ vốn 11 doanh nghiệp", content="TECH_TRANSFER", fate="accepted",
            amounts={code: sum(share[code] for share in shares) for code in ("OTHER", "COUNTERPART")},
            facilities=tuple(row["facility"] for row in read("tra_vinh_contracts")), shares=shares,
            items=("đổi mới công nghệ, quy trình sản xuất",) * len(shares), **span,
        ),
    }  # fmt: skip


def _event(desk, plan):
    event = HandoverEvent(
        plan=plan, subject="kết quả, đầu ra Dự án|Phát triển doanh nghiệp nhỏ và vừa tỉnh Trà Vinh",
        held_month_day="12-12", started_at=time(14, 0), ended_at=time(16, 30),
        venue="Hội trường Sở Kế hoạch và Đầu tư tỉnh Trà Vinh", giver=desk.implementer, grounds=GROUNDS,
        note=FIGURES_NOTE, source_note=EVENT_NOTE, is_sample=True,
    )  # fmt: skip
    people = [
        HandoverPerson(
            side=Side.GIVER, salutation="Bà", name=desk.reviewer.full_name, title="Giám đốc Dự án", signs=True
        ),
        HandoverPerson(side=Side.GIVER, salutation="Ông", name=desk.officer.full_name, title="Kế toán trưởng"),
        HandoverPerson(
            side=Side.WITNESS, salutation="Ông", name="Huỳnh Quốc Việt", title="Trưởng ban", body="Ban Chỉ đạo Dự án",
            signs=True, signing_mode=SigningMode.ON_BEHALF, signing_capacity="Ban Chỉ đạo",
        ),
    ]  # fmt: skip
    return services.save_handover(event, by=desk.officer, projects=list(plan.projects.all()), people=people)


def _minutes(desk, event, receiver, key, facilities):
    people, duties = RECEIVERS[key]
    works = [_work(row) for row in read("tra_vinh_works") if row["receiver"] == key]
    programme = key == "so-travinh"
    services.save_minutes(
        HandoverMinutes(
            event=event, receiver=receiver, condition=CONDITION, giver_duties=GIVER_DUTIES, receiver_duties=duties,
            copies=6, copies_each=2,
        ),
        by=desk.officer,
        people=[
            HandoverPerson(
                side=Side.RECEIVER, salutation=salutation, name=name, title=title, signs=signs, signing_mode=mode,
                signing_capacity=capacity,
            )
            for salutation, name, title, signs, mode, capacity in people
        ],
        items=[*(_results() if programme else ()), *works],
        contracts=_contracts(facilities) if programme else (),
        papers=_papers(works, programme),
    )  # fmt: skip


def _results():
    return [
        HandoverItem(
            kind=ItemKind.RESULT, quantity=670, unit_name="cán bộ, doanh nghiệp", condition="Kèm danh sách",
            name="Cán bộ và doanh nghiệp được truyền thông về Chương trình hỗ trợ doanh nghiệp, trong đó khoảng 300 "
            "doanh nghiệp, hợp tác xã, hộ kinh doanh",
        ),
        HandoverItem(
            kind=ItemKind.RESULT, name="Doanh nghiệp được hỗ trợ vốn", quantity=11, unit_name="doanh nghiệp",
            amount=11_800_000_000, is_at_least=True, condition="Đang hoạt động",
        ),
    ]  # fmt: skip


def _work(row):
    return HandoverItem(
        kind=ItemKind.WORK, name=row["name"], unit_name="công trình", quantity=1, amount=int(row["amount"]),
        source=FundingSource.objects.get(code="OTHER"), place=unit("old", "commune", row["commune_code"]),
        condition="Đang khai thác",
    )  # fmt: skip


def _contracts(facilities):
    project_money, own_money = (FundingSource.objects.get(code=code) for code in ("OTHER", "COUNTERPART"))
    return [
        (
            HandoverContract(beneficiary=facilities[row["facility"]].name, number=row["number"]),
            {project_money: int(row["project_amount"]), own_money: int(row["own_amount"])},
        )
        for row in read("tra_vinh_contracts")
    ]


def _papers(works, programme):
    papers = []
    if programme:
        papers += [
            HandoverPaper(name="Hợp đồng hỗ trợ kèm phụ lục", number="01 đến 11/HĐHT-SME", sheet_count=264),
            HandoverPaper(name="Biên bản nghiệm thu, thanh lý hợp đồng", sheet_count=132),
            HandoverPaper(name="Danh sách 670 cán bộ và doanh nghiệp được truyền thông", sheet_count=28),
        ]
    if works:
        papers.append(
            HandoverPaper(
                name=f"Hồ sơ hoàn công {len(works)} công trình", sheet_count=75 * len(works), copy_kind=CopyKind.COPY
            )
        )
    return papers
