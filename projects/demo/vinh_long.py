"""A living province: Vĩnh Long after the merger of 2025, on 22/11/2026. Everything here is made up and marked."""

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from programs.models import AnnualPlan, Program, Scope
from projects import services
from projects.demo import vinh_long_handover, vinh_long_papers, vinh_long_year
from projects.demo.cast import Cast
from projects.demo.desk import Decision, Desk, fresh, sketches_of
from projects.demo.tables import MILLION, Sketch, read, unit
from projects.demo.works import Works
from projects.models import Project, ProjectStatus, TargetMode

PROVINCE = "UBND tỉnh Vĩnh Long"
SIGNER = "Nguyễn Hoàng Nam"
SAMPLE = "dữ liệu mẫu"
TARGETS = {
    "2021-2025": [
        ("PRJ_COUNT", 120, SAMPLE),
        ("MONEY_SUPPORT", 20_000_000_000, SAMPLE),
        ("MONEY_COUNTERPART", 45_000_000_000, SAMPLE),
        ("FAC_COUNT", 150, SAMPLE),
    ],
    "2026-2030": [
        ("PRJ_COUNT", 200, SAMPLE),
        ("PRJ_NATIONAL", 20, SAMPLE),
        ("MONEY_SUPPORT", 40_000_000_000, SAMPLE),
        ("MONEY_COUNTERPART", 90_000_000_000, SAMPLE),
        ("FAC_COUNT", 320, SAMPLE),
        ("MACH", 110, SAMPLE),
    ],
}
GOALS = {
    "2021-2025": "Gồm cả phần của Bến Tre và Trà Vinh trước khi sắp xếp đơn vị hành chính ngày 01/07/2025.",
    "2026-2030": "Nâng giá trị chế biến dừa, trái cây, thủy sản; đổi mới máy móc, sản xuất sạch hơn, chuyển đổi số.",
}


@dataclass(frozen=True)
class Scheme:
    """A plan of the province: envelopes in triệu đồng, and how far it has come."""

    program: str
    year: int
    round_no: int
    budgets: dict[str, int]
    decision: Decision | None = None
    is_closed: bool = False
    proposal: tuple[str, date | None] = ("", None)
    name: str = "Kế hoạch khuyến công địa phương năm {year}"


PLANS = {
    "2023-1": Scheme(
        "2021-2025", 2023, 1, {"KCDP": 2_000}, Decision("286/QĐ-UBND", date(2023, 2, 14), PROVINCE, SIGNER), True
    ),
    "2024-1": Scheme(
        "2021-2025", 2024, 1, {"KCDP": 2_700, "KCQG": 600},
        Decision("241/QĐ-UBND", date(2024, 1, 30), PROVINCE, SIGNER), True,
    ),
    "2025-1": Scheme(
        "2021-2025", 2025, 1, {"KCDP": 2_600, "KCQG": 800},
        Decision("307/QĐ-UBND", date(2025, 2, 6), PROVINCE, SIGNER), True,
    ),
    "2026-qg": Scheme(
        "quốc gia", 2026, 1, {"KCQG": 1_900},
        Decision("3514/QĐ-BCT", date(2025, 12, 19), "Bộ Công Thương", "Hoàng Gia Bảo", "Thứ trưởng"),
        name="Kế hoạch khuyến công quốc gia năm {year} (phần Vĩnh Long)",
    ),
    "2026-1": Scheme(
        "2026-2030", 2026, 1, {"KCDP": 4_500}, Decision("2187/QĐ-UBND", date(2025, 12, 15), PROVINCE, SIGNER),
        proposal=("187/TTr-SCT", date(2025, 12, 3)),
    ),
    "2026-2": Scheme(
        "2026-2030", 2026, 2, {"KCDP": 800}, Decision("1463/QĐ-UBND", date(2026, 7, 24), PROVINCE, SIGNER),
        proposal=("112/TTr-SCT", date(2026, 7, 15)),
    ),
    "2026-3": Scheme("2026-2030", 2026, 3, {"KCDP": 600}, proposal=("176/TTr-SCT", date(2026, 10, 30))),
    "2027-1": Scheme(
        "2026-2030", 2027, 1, {"KCDP": 2_400, "KCQG": 900}, proposal=("198/TTr-SCT", date(2026, 11, 20))
    ),
    "2027-2": Scheme("2026-2030", 2027, 2, {"KCDP": 1_500, "KCQG": 600}),
}  # fmt: skip
GROUPS = (
    (1, "Ứng dụng máy móc, thiết bị tiên tiến", "C3", ""),
    (2, "Mô hình trình diễn kỹ thuật", "C3", ""),
    (3, "Xử lý ô nhiễm tại cơ sở", "C7", ""),
    (4, "Sản phẩm, hội chợ, nhãn hiệu", "C4", ""),
    (5, "Đào tạo, nâng cao năng lực", "C2", ""),
)
# States that a project passes on its way through the plan.
THROUGH_PLAN = ("in_plan", "approved", "in_progress", "accepted", "line_returned")


@dataclass
class Province:
    """What the story has entered so far."""

    desk: Desk
    officers: dict
    facilities: dict
    programs: dict
    plans: dict
    told: dict[int, Sketch]

    def projects(self, key):
        """Projects told in a plan, with their sketches, in the order of the file."""
        pks = [pk for pk, sketch in self.told.items() if sketch.plan == key]
        found = Project.objects.select_related("plan__program", "owner", "created_by").in_bulk(pks)
        return [(found[pk], self.told[pk]) for pk in pks]


def tell(cast: Cast):
    desk = Desk(
        officer=cast.people["chuyenvien"],
        reviewer=cast.people["truongphong"],
        director=cast.people["giamdoc"],
        implementer=cast.bodies["trungtam-vinhlong"],
    )
    province = Province(
        desk=desk, officers=cast.people, facilities=desk.register("vinh_long_facilities"), programs=_programs(desk),
        plans={}, told={},
    )  # fmt: skip
    _open_plans(province)
    for key, sketches in sketches_of("vinh_long_projects").items():
        for sketch in sketches:
            _enter(province, key, sketch)
    works = Works(desk, cast.people["ketoan"])
    contracts = {}
    for key, scheme in PLANS.items():
        if scheme.decision:
            contracts[key] = _decide(province, key, scheme, works)
    vinh_long_year.finish(province, works)
    _return_supplement(province)
    _submit_twice(province)
    vinh_long_handover.tell(province, cast)
    vinh_long_year.settle_2025(province, contracts["2025-1"], works)
    vinh_long_year.settle_2026(contracts["2026-1"], works)
    vinh_long_year.change(province, works)
    vinh_long_papers.tell(province, works)


def _programs(desk):
    area = unit("new", "province", "86")
    programs = {
        period: desk.open_program(
            Program(
                name=f"Chương trình khuyến công tỉnh Vĩnh Long giai đoạn {period}", area=area,
                period_start=int(period[:4]), period_end=int(period[-4:]), is_sample=True,
                goal=GOALS[period],
            ),
            targets,
        )
        for period, targets in TARGETS.items()
    }  # fmt: skip
    programs["quốc gia"] = desk.open_program(
        Program(
            name="Chương trình khuyến công quốc gia giai đoạn 2026-2030 (phần Vĩnh Long)", scope=Scope.NATIONAL,
            area=area, period_start=2026, period_end=2030, decision_number="2646/QĐ-BCT",
            decision_on=date(2025, 9, 23), decision_issuer="Bộ Công Thương", is_sample=True,
        )
    )  # fmt: skip
    return programs


def _open_plans(province):
    for key, scheme in PLANS.items():
        plan = AnnualPlan(
            program=province.programs[scheme.program], year=scheme.year, round_no=scheme.round_no,
            name=scheme.name.format(year=scheme.year), proposal_number=scheme.proposal[0],
            proposal_on=scheme.proposal[1], is_sample=True,
        )  # fmt: skip
        budgets = {code: amount * MILLION for code, amount in scheme.budgets.items()}
        province.plans[key] = province.desk.open_plan(plan, budgets, GROUPS if key == "2027-1" else ())


def _enter(province, key, sketch):
    """From the officer's draft to where the file waits for its plan."""
    desk, officer = province.desk, province.officers[sketch.more["officer"]]
    plan = province.plans[key]
    if sketch.fate == ProjectStatus.DRAFT:
        project = _unfinished(province, plan, sketch, officer)
    else:
        group = plan.groups.filter(number=sketch.more["group"] or 0).first()
        project = desk.draft(plan, as_first_told(sketch), province.facilities, by=officer, group=group)
        _add_cost_items(project, by=officer)
        _judge(desk, project, sketch)
    province.told[project.pk] = sketch


def as_first_told(sketch):
    """The sketch with the money of its first submission, where that was another."""
    first = sketch.more["first"]
    if ":" not in first:
        return sketch
    support, own = map(int, first.split(":"))
    amounts = {"KCDP": support, "COUNTERPART": own}
    return replace(sketch, amounts=amounts, shares=(amounts,))


def _judge(desk, project, sketch):
    if sketch.fate == "submitted":
        services.submit_project(project, by=project.created_by)
    elif sketch.fate == "returned":
        project = services.submit_project(project, by=project.created_by)
        items = sketch.more["items"].split()
        services.return_project(project, by=desk.reviewer, reason=sketch.more["reason"], items=items)
    elif sketch.fate == "rejected":
        project = services.submit_project(project, by=project.created_by)
        services.reject_project(project, by=desk.reviewer, reason=sketch.more["reason"])
    else:
        project = desk.appraise(project, shares=[int(amount) for amount in sketch.more["appraised"].split()])
        if sketch.fate == "reserve" or sketch.more["first"] == "reserve":
            desk.place(project, ProjectStatus.RESERVE)
        elif sketch.fate in THROUGH_PLAN:
            desk.place(project)


def _unfinished(province, plan, sketch, officer):
    """A draft that still lacks what `missing` names: people save what they have."""
    desk, missing = province.desk, sketch.more["missing"].split()
    if missing == ["nothing"]:
        return desk.draft(plan, sketch, province.facilities, by=officer)
    project = services.create_project(
        plan, by=officer, name=sketch.name, content=desk.contents[sketch.content], kind=sketch.kind, is_sample=True,
        target_mode=TargetMode.SPECIFIC, implementing_unit=desk.implementer,
        necessity="" if "text" in missing else "Đơn hàng tăng, cơ sở chưa đáp ứng đủ.",
        starts_on=None if "text" in missing else sketch.starts_on,
        ends_on=None if "text" in missing else sketch.ends_on,
    )  # fmt: skip
    if "money" not in missing:
        amounts = {code: amount for code, amount in sketch.amounts.items() if code == "KCDP" or "split" not in missing}
        total = sum(sketch.amounts.values())
        services.set_funding(project, by=officer, total_cost=total, amounts=desk.by_source(amounts))
    if sketch.facilities:
        rows = [(province.facilities[key], "", {}) for key in sketch.facilities]
        services.set_beneficiaries(project, by=officer, rows=rows)
    return fresh(project)


def _add_cost_items(project, *, by):
    rows = [
        {
            "name": row["name"], "specification": row["specification"], "unit_name": row["unit_name"],
            "quantity": Decimal(row["quantity"]), "unit_price": int(row["unit_price"]),
        }
        for row in read("vinh_long_cost_items")
        if row["project"] == project.name
    ]  # fmt: skip
    if rows:
        services.set_cost_items(project, by=by, rows=rows)


def _decide(province, key, scheme, works):
    """Submit, approve and carry out; a line that goes back waits in a later round. Answers the contracts."""
    desk = province.desk
    plan = desk.submit(province.plans[key])
    returned = {project.pk: sketch for project, sketch in province.projects(key) if sketch.fate == "line_returned"}
    reasons = {pk: sketch.more["reason"] for pk, sketch in returned.items()}
    plan = desk.approve(plan, scheme.decision, returned=reasons)
    for pk, sketch in returned.items():
        later = province.plans[sketch.more["moved_to"]]
        services.move_project(Project.objects.get(pk=pk), by=desk.reviewer, plan=later)
    if key in vinh_long_year.CONTRACTED_YEARS:
        return vinh_long_year.carry_out(province, key, works)
    desk.carry_out(plan, province.told)
    if scheme.is_closed:
        desk.close(plan)
    return {}


def _return_supplement(province):
    """The third round of 2026 went up and came back."""
    plan = province.desk.submit(province.plans["2026-3"])
    services.return_plan(
        plan, by=province.desk.director, items=["Tờ trình", "Thời gian thực hiện"],
        reason="Còn hai tháng hết năm: nêu rõ đề án nào kịp nghiệm thu trước 31/12/2026, đề án nào chuyển sang 2027.",
    )  # fmt: skip


def _submit_twice(province):
    """The first round of 2027: returned once, mended in three places, and on the director's desk again."""
    desk = province.desk
    plan = desk.submit(province.plans["2027-1"])
    services.return_plan(
        plan, by=desk.director, items=["KC27-003", "KC27-008"],
        reason="Rà lại giá máy của hai đề án có mức hỗ trợ cao so với thị trường; xem xét thêm vật liệu không nung.",
    )  # fmt: skip
    for project, sketch in province.projects("2027-1"):
        if sketch.more["first"] == "reserve":
            desk.place(project)
        elif sketch.more["first"]:
            _lower(desk, project, sketch)
    desk.submit(plan)


def _lower(desk, project, sketch):
    """Take the line out, return it, enter the lower figures, and appraise it again."""
    project = desk.place(project, ProjectStatus.APPRAISED)
    services.return_project(
        project, by=desk.reviewer, items=["kinh-phi"], reason="Lập lại kinh phí theo báo giá mới, thấp hơn."
    )
    officer = project.created_by
    desk.set_money(project, sketch.amounts, by=officer)
    rows = [
        (row.facility, row.item, desk.by_source(share))
        for row, share in zip(project.beneficiaries.select_related("facility"), sketch.shares, strict=True)
    ]
    services.set_beneficiaries(project, by=officer, rows=rows)
    desk.place(desk.appraise(fresh(project)))
