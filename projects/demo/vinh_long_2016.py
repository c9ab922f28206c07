"""Vĩnh Long 2016: a plan of eleven groups, of which the article names ten."""

from datetime import date

from programs.models import AnnualPlan, Program
from projects.demo.cast import Cast
from projects.demo.desk import Decision, Desk
from projects.demo.tables import Sketch, unit

ARTICLE = "Giang-KCVL, bài về kế hoạch khuyến công địa phương tỉnh Vĩnh Long năm 2016."
PLAN_NOTE = f"{ARTICLE} Quyết định, số nhóm và tổng kinh phí theo bài; người ký là giả định."
PROJECT_NOTE = f"{ARTICLE} Tên nhóm và tổng 2,1 tỷ đồng theo bài; kinh phí của từng nhóm là giả định."
UNNAMED = "Bài nêu 11 nhóm nhưng chỉ kể tên 10 nhóm."
DECISION = Decision("10/QĐ-UBND", date(2016, 1, 4), "UBND tỉnh Vĩnh Long", "Lê Tấn Phát")

# name, content, đồng of local money; the split of 2,1 tỷ is made up
GROUPS = (
    ("Tổ chức tập huấn nâng cao năng lực doanh nghiệp", "SEMINAR", 150_000_000),
    ("Hỗ trợ máy móc thiết bị tiên tiến trong sản xuất", "MACHINERY", 900_000_000),
    ("Hỗ trợ hệ thống xử lý ô nhiễm môi trường", "POLLUTION_FACILITY", 200_000_000),
    ("Tham dự hội chợ triển lãm trong nước", "FAIR_JOIN", 180_000_000),
    ("Bình chọn sản phẩm công nghiệp nông thôn tiêu biểu", "CONTEST", 120_000_000),
    ("Thuê tư vấn thiết kế mẫu mã bao bì và quảng bá sản phẩm", "CONSULT", 100_000_000),
    ("Tham quan học tập kinh nghiệm", "STUDY_TOUR", 90_000_000),
    ("Duy trì mạng lưới cộng tác viên khuyến công trên địa bàn tỉnh Vĩnh Long", "COLLABORATORS", 130_000_000),
    (
        "Tổ chức tuyên truyền nâng cao nhận thức và năng lực áp dụng sản xuất sạch hơn trong công nghiệp",
        "SEMINAR", 110_000_000,
    ),
    (
        "Xây dựng, phát hành tài liệu hướng dẫn việc sử dụng năng lượng tiết kiệm và hiệu quả trong doanh nghiệp và "
        "trong trường học",
        "OTHER", 70_000_000,
    ),
    ("Nhóm đề án chưa nêu tên trong nguồn", "OTHER", 50_000_000),
)  # fmt: skip


def tell(cast: Cast):
    desk = Desk(
        officer=cast.people["chuyenvien.vinhlong2016"],
        reviewer=cast.people["truongphong.vinhlong2016"],
        director=cast.people["giamdoc.vinhlong2016"],
        implementer=cast.bodies["trungtam-vinhlong"],
    )
    program = desk.open_program(
        Program(
            name="Chương trình khuyến công tỉnh Vĩnh Long giai đoạn 2016-2020", area=unit("old", "province", "86"),
            period_start=2016, period_end=2020, is_sample=True,
        )
    )  # fmt: skip
    groups = [
        (number, name, content, UNNAMED if number == len(GROUPS) else "")
        for number, (name, content, _amount) in enumerate(GROUPS, 1)
    ]
    plan = desk.open_plan(
        AnnualPlan(
            program=program, year=2016, name="Kế hoạch khuyến công địa phương tỉnh Vĩnh Long năm 2016",
            source_note=PLAN_NOTE,
        ),
        {"KCDP": sum(amount for _name, _content, amount in GROUPS)},
        groups,
    )  # fmt: skip
    told = {}
    for group, (name, content, amount) in zip(plan.groups.order_by("number"), GROUPS, strict=True):
        sketch = Sketch(
            plan="2016", name=name, content=content, fate="accepted", starts_on=date(2016, 2, 1),
            ends_on=date(2016, 12, 15), amounts={"KCDP": amount}, accepted_on=date(2016, 12, 20),
        )  # fmt: skip
        told[desk.plan_in(plan, sketch, {}, group=group, source_note=PROJECT_NOTE).pk] = sketch
    plan = desk.approve(desk.submit(plan), DECISION)
    desk.carry_out(plan, told)
    desk.close(plan)
