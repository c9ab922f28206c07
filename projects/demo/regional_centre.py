"""Trung tâm 1: three national key projects 2018-2020 in nine northern provinces, and its desk of today."""

from datetime import date

from programs.models import AnnualPlan, Program, Scope
from projects import services
from projects.demo.cast import Cast
from projects.demo.desk import Decision, Desk
from projects.demo.tables import Sketch, read

ARTICLE = "Thanh Thúy, Báo Nam Định điện tử, 05/11/2020."
PROJECT_NOTE = (
    f"{ARTICLE} Bài cho biết 3 đề án, tổng kinh phí 181 tỷ 946,9 triệu đồng, 63 cơ sở dệt may, cơ khí, chế biến nông "
    "sản của 9/28 tỉnh. Tên đề án, cơ sở và phân chia kinh phí là giả định trong tổng số ấy."
)
PLAN_NOTE = f"{ARTICLE} Dự toán, số và ngày quyết định là giả định."
BEYOND_YEAR = "Đề án điểm gồm ứng dụng máy móc tiên tiến và đào tạo, nâng cao tay nghề cho lao động của cơ sở."
# key in regional_shares: name, from, to, accepted; the plan is that of the first year
KEY_PROJECTS = {
    "det-may": (
        "Đề án điểm hỗ trợ ứng dụng máy móc, thiết bị tiên tiến trong sản xuất hàng dệt may",
        date(2018, 3, 1), date(2019, 12, 15), date(2019, 12, 20),
    ),
    "nong-san": (
        "Đề án điểm hỗ trợ ứng dụng máy móc, thiết bị tiên tiến trong chế biến nông sản",
        date(2018, 4, 1), date(2020, 6, 30), date(2020, 7, 10),
    ),
    "co-khi": (
        "Đề án điểm hỗ trợ ứng dụng máy móc, thiết bị tiên tiến trong sản xuất cơ khí",
        date(2019, 2, 15), date(2020, 9, 30), date(2020, 10, 12),
    ),
}  # fmt: skip
MINISTRY = "Bộ Công Thương"
PRIORITY = "Ngành nghề ưu tiên: chế biến, tiểu thủ công nghiệp, cơ khí (Thông tư 46/2012/TT-BCT, Điều 6 khoản 2)"
DECISIONS = {
    2018: Decision("5307/QĐ-BCT", date(2017, 12, 18), MINISTRY, "Hoàng Gia Bảo", "Thứ trưởng"),
    2019: Decision("5419/QĐ-BCT", date(2018, 12, 19), MINISTRY, "Hoàng Gia Bảo", "Thứ trưởng"),
}
# Today's desk: name, content, facilities with (national, own) triệu đồng, fate
TODAY = (
    ("Ứng dụng máy sao chè bằng điện tại Thái Nguyên", "MACHINERY",
     {"che-minh-lap": (280, 390), "che-yen-lang": (250, 310)}, "submitted"),
    ("Ứng dụng máy may lập trình tại Thái Nguyên", "MACHINERY", {"may-huong-son-phu-binh": (300, 760)}, "submitted"),
    ("Mô hình trình diễn chưng cất tinh dầu quế", "DEMO_NEW", {"que-nghia-do": (600, 1_480)}, "submitted"),
    ("Ứng dụng trung tâm gia công CNC tại Duy Tiên", "MACHINERY", {"co-khi-dong-van-xanh": (300, 1_150)}, "in_plan"),
    ("Ứng dụng khung dệt cải tiến tại Sa Pa", "MACHINERY", {"tho-cam-ta-phin": (180, 205)}, "returned"),
)  # fmt: skip


def tell(cast: Cast):
    desk = Desk(
        officer=cast.people["chuyenvien.trungtam1"],
        reviewer=cast.people["trungtam1"],
        director=cast.people["giamdoc.trungtam1"],
        implementer=cast.bodies["trungtam1"],
    )
    facilities = desk.register("regional_facilities")
    _key_projects(desk, facilities)
    _today(desk, facilities)


def _key_projects(desk, facilities):
    program = desk.open_program(
        Program(
            name="Đề án khuyến công quốc gia điểm giai đoạn 2018-2020 tại các tỉnh, thành phố phía Bắc",
            scope=Scope.NATIONAL, period_start=2018, period_end=2020, source_note=ARTICLE,
        )
    )  # fmt: skip
    by_year = {}
    for sketch in _sketches():
        by_year.setdefault(sketch.starts_on.year, []).append(sketch)
    for year, sketches in by_year.items():
        plan = AnnualPlan(
            program=program, year=year, name=f"Kế hoạch đề án khuyến công quốc gia điểm năm {year}",
            source_note=PLAN_NOTE, is_sample=True,
        )  # fmt: skip
        plan = desk.open_plan_for(sketches, plan)
        plan = desk.run_plan(
            plan, sketches, facilities, DECISIONS[year], is_key=True, scale=BEYOND_YEAR, source_note=PROJECT_NOTE,
            is_priority=True, priority_note=PRIORITY,
        )  # fmt: skip
        desk.close(plan)


def _sketches():
    rows = read("regional_shares")
    for key, (name, starts_on, ends_on, accepted_on) in KEY_PROJECTS.items():
        lines = [row for row in rows if row["project"] == key]
        shares = tuple({"KCQG": int(row["kcqg"]), "COUNTERPART": int(row["counterpart"])} for row in lines)
        yield Sketch(
            plan="diem",
            name=name,
            content="MACHINERY",
            fate="accepted",
            starts_on=starts_on,
            ends_on=ends_on,
            amounts={code: sum(share[code] for share in shares) for code in ("KCQG", "COUNTERPART")},
            facilities=tuple(row["facility"] for row in lines),
            shares=shares,
            items=tuple(row["item"] for row in lines),
            accepted_on=accepted_on,
        )


def _today(desk, facilities):
    """A plan that is being drawn up, so that the head of the centre finds work on the desk."""
    program = desk.open_program(
        Program(
            name="Chương trình khuyến công quốc gia giai đoạn 2026-2030 (phần Trung tâm 1)", scope=Scope.NATIONAL,
            period_start=2026, period_end=2030, decision_number="2646/QĐ-BCT", decision_on=date(2025, 9, 23),
            decision_issuer=MINISTRY, is_sample=True,
        )
    )  # fmt: skip
    plan = desk.open_plan(
        AnnualPlan(
            program=program, year=2027, name="Kế hoạch khuyến công quốc gia năm 2027 (phần Trung tâm 1)",
            is_sample=True,
        ),
        {"KCQG": 2_500_000_000},
    )  # fmt: skip
    for name, content, money, fate in TODAY:
        shares = tuple(
            {"KCQG": national * 1_000_000, "COUNTERPART": own * 1_000_000} for national, own in money.values()
        )
        sketch = Sketch(
            plan="2027", name=name, content=content, fate=fate, starts_on=date(2027, 3, 1),
            ends_on=date(2027, 11, 30), facilities=tuple(money), shares=shares, items=("",) * len(money),
            amounts={code: sum(share[code] for share in shares) for code in ("KCQG", "COUNTERPART")},
        )  # fmt: skip
        project = desk.draft(plan, sketch, facilities)
        if fate == "in_plan":
            desk.place(desk.appraise(project))
            continue
        project = services.submit_project(project, by=desk.officer)
        if fate == "returned":
            services.return_project(
                project, by=desk.reviewer, items=["kinh-phi"],
                reason="Bổ sung báo giá máy của hai nhà cung cấp và cam kết vốn đối ứng của hợp tác xã.",
            )  # fmt: skip
