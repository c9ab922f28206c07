"""Bà Rịa - Vũng Tàu 2023: the centre, the four clusters that it runs, and a small plan."""

from datetime import date

from beneficiaries.models import IndustrialCluster
from programs.models import AnnualPlan, Program
from projects.demo.cast import Cast, add
from projects.demo.desk import Decision, Desk, sketches_of
from projects.demo.tables import unit

ARTICLE = "Ngân Trần, bài về buổi làm việc với Sở Công Thương Đắk Lắk, tháng 8/2023."
CLUSTER_NOTE = f"{ARTICLE} Bài cho biết Trung tâm quản lý, vận hành từ tháng 7/2023; ngày 01 là giả định."
SINCE = date(2023, 7, 1)
DECISION = Decision("318/QĐ-UBND", date(2023, 2, 21), "UBND tỉnh Bà Rịa - Vũng Tàu", "Mai Thế Vĩnh")
# name as the article writes it: commune of then
CLUSTERS = {
    "Cụm công nghiệp Hoà Long": "26572",
    "Cụm công nghiệp chế biến thực phẩm Long Phước": "26569",
    "Cụm công nghiệp chế biến hải sản Bình Châu": "26656",
    "Cụm công nghiệp chế biến hải sản Lộc An": "26701",
}


def tell(cast: Cast):
    centre = cast.bodies["trungtam-vungtau"]
    for name, code in CLUSTERS.items():
        cluster = IndustrialCluster(
            name=name, unit=unit("old", "commune", code), operator=centre, operated_from=SINCE,
            source_note=CLUSTER_NOTE,
        )  # fmt: skip
        add(cluster, by=cast.admin)
    desk = Desk(
        officer=cast.people["chuyenvien.vungtau"],
        reviewer=cast.people["truongphong.vungtau"],
        director=cast.people["giamdoc.vungtau"],
        implementer=centre,
    )
    program = desk.open_program(
        Program(
            name="Chương trình khuyến công tỉnh Bà Rịa - Vũng Tàu giai đoạn 2021-2025",
            area=unit("old", "province", "77"), period_start=2021, period_end=2025, is_sample=True,
        )
    )  # fmt: skip
    facilities = desk.register("ba_ria_facilities")
    [sketches] = sketches_of("ba_ria_projects").values()
    plan = AnnualPlan(
        program=program, year=2023, name="Kế hoạch khuyến công địa phương tỉnh Bà Rịa - Vũng Tàu năm 2023",
        source_note=f"{ARTICLE} Bài cho biết UBND tỉnh ban hành kế hoạch hằng năm; mọi số liệu ở đây là giả định.",
        is_sample=True,
    )  # fmt: skip
    plan = desk.open_plan_for(sketches, plan)
    desk.close(desk.run_plan(plan, sketches, facilities, DECISION))
