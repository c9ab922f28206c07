"""Sóc Trăng 2016-2020: the goals of the programme, 66 projects and one plan done, 2019 under way."""

from datetime import date

from programs.models import AnnualPlan, Program, Scope
from projects.demo.cast import Cast
from projects.demo.desk import Decision, Desk, sketches_of
from projects.demo.tables import unit

ARTICLE = "Bùi Việt, “Đề án khuyến công Sóc Trăng: Phát huy tốt hiệu quả”, bài ngày 02/07/2019."
DONE = (
    f"{ARTICLE} Bài cho biết 2016-2018 đã hoàn thành 1 kế hoạch và 66 đề án (8 quốc gia, 58 địa phương), tổng kinh phí "
    "trên 51,154 tỷ đồng. Tên, cơ sở, thời gian và kinh phí của từng đề án là giả định trong tổng số ấy."
)
PLAN_NOTE = f"{ARTICLE} Dự toán, số và ngày quyết định của từng năm là giả định."
UNDER_WAY = {
    "2019-qg": f"{ARTICLE} Tên đề án và 300 triệu đồng hỗ trợ theo bài; cơ sở và vốn đối ứng là giả định.",
    "2019-dp": f"{ARTICLE} Số cơ sở được hỗ trợ đến hết tháng 6/2019 theo bài; tên cơ sở, kinh phí là giả định.",
}
LOCAL, NATIONAL = "dp", "qg"
DECISIONS = {
    "2016-dp": Decision("184/QĐ-UBND", date(2016, 1, 28), "UBND tỉnh Sóc Trăng", "Trần Hữu Khánh"),
    "2016-qg": Decision("5127/QĐ-BCT", date(2015, 12, 14), "Bộ Công Thương", "Hoàng Gia Bảo", "Thứ trưởng"),
    "2017-dp": Decision("156/QĐ-UBND", date(2017, 1, 24), "UBND tỉnh Sóc Trăng", "Trần Hữu Khánh"),
    "2017-qg": Decision("5214/QĐ-BCT", date(2016, 12, 20), "Bộ Công Thương", "Hoàng Gia Bảo", "Thứ trưởng"),
    "2018-dp": Decision("203/QĐ-UBND", date(2018, 1, 30), "UBND tỉnh Sóc Trăng", "Trần Hữu Khánh"),
    "2018-qg": Decision("5306/QĐ-BCT", date(2017, 12, 18), "Bộ Công Thương", "Hoàng Gia Bảo", "Thứ trưởng"),
    "2019-dp": Decision("177/QĐ-UBND", date(2019, 1, 25), "UBND tỉnh Sóc Trăng", "Trần Hữu Khánh"),
    "2019-qg": Decision("5418/QĐ-BCT", date(2018, 12, 19), "Bộ Công Thương", "Hoàng Gia Bảo", "Thứ trưởng"),
}
PLAN_NAMES = {
    LOCAL: "Kế hoạch khuyến công địa phương tỉnh Sóc Trăng năm {year}",
    NATIONAL: "Kế hoạch khuyến công quốc gia năm {year} (phần Sóc Trăng)",
}


def tell(cast: Cast):
    desk = Desk(
        officer=cast.people["chuyenvien.soctrang"],
        reviewer=cast.people["truongphong.soctrang"],
        director=cast.people["giamdoc.soctrang"],
        implementer=cast.bodies["trungtam-soctrang"],
    )
    programs = _programs(desk)
    facilities = desk.register("soc_trang_facilities")
    for key, sketches in sketches_of("soc_trang_projects").items():
        year, scope = key.split("-")
        plan = AnnualPlan(
            program=programs[scope], year=int(year), name=PLAN_NAMES[scope].format(year=year), source_note=PLAN_NOTE,
            is_sample=True,
        )  # fmt: skip
        plan = desk.open_plan_for(sketches, plan)
        note = UNDER_WAY.get(key, DONE)
        plan = desk.run_plan(plan, sketches, facilities, DECISIONS[key], source_note=note)
        if key not in UNDER_WAY:
            desk.close(plan)


def _programs(desk):
    area = unit("old", "province", "94")
    local = desk.open_program(
        Program(
            name="Chương trình khuyến công tỉnh Sóc Trăng giai đoạn 2016-2020", area=area, period_start=2016,
            period_end=2020, source_note=ARTICLE,
        ),
        targets=[
            ("PRJ_COUNT", 162, "“mục tiêu thực hiện 162 đề án”"),
            ("MONEY_SUPPORT", 25_000_000_000, "“162 đề án với kinh phí 25 tỷ đồng”"),
            ("MONEY_COUNTERPART", 125_920_000_000, "“thu hút 125,92 tỷ đồng vốn đối ứng”"),
        ],
    )  # fmt: skip
    national = desk.open_program(
        Program(
            name="Chương trình khuyến công quốc gia đến năm 2020 (phần Sóc Trăng)", scope=Scope.NATIONAL, area=area,
            period_start=2014, period_end=2020, decision_number="1288/QĐ-TTg", decision_on=date(2014, 8, 1),
            decision_issuer="Thủ tướng Chính phủ", source_note=ARTICLE,
        )
    )  # fmt: skip
    return {LOCAL: local, NATIONAL: national}
