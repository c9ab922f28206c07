"""Three handovers of the living province: two closed, one drawn up and waiting to be closed."""

from datetime import date, time

from khuyencong.models import SigningMode
from projects import services
from projects.models import (
    HandoverEvent,
    HandoverItem,
    HandoverMinutes,
    HandoverPaper,
    HandoverPerson,
    ItemKind,
    Project,
    Side,
)

CONDITION = "Máy móc mới, đúng nhãn hiệu, quy cách; đã chạy thử và hoạt động bình thường."
GIVER_DUTIES = "Bàn giao đủ máy móc, hồ sơ kèm theo\nHướng dẫn vận hành, theo dõi trong thời gian bảo hành"
RECEIVER_DUTIES = (
    "Quản lý, sử dụng đúng mục đích của đề án\nVận hành, bảo dưỡng theo hướng dẫn\n"
    "Báo cáo kết quả sử dụng hằng năm cho Trung tâm Khuyến công"
)
GROUNDS = "Căn cứ {decision} phê duyệt kế hoạch khuyến công năm {year}\nCăn cứ biên bản nghiệm thu của từng đề án"
CLOSED = (
    "Ứng dụng máy chạm gỗ dừa CNC",
    "Ứng dụng lò nung con thoi tiết kiệm năng lượng",
    "Ứng dụng máy chẻ, vót nan tre",
)
# Of the national plan, handed over and waiting for its final accounts.
HANDED_OVER = ("Dây chuyền sơ chế chỉ xơ dừa",)
OPEN = (
    "Dây chuyền rang xay bột ca cao", "Máy xay xát, đánh bóng gạo hữu cơ",
    "Ứng dụng máy dệt chiếu bán tự động Cà Hom",
)  # fmt: skip


def tell(province, cast):
    desk = province.desk
    done = _event(
        desk, province.plans["2025-1"], CLOSED, held_on=date(2025, 12, 22), started_at=time(8, 30),
        ended_at=time(10, 45), venue="Hội trường Sở Công Thương tỉnh Vĩnh Long",
        subject="máy móc, thiết bị|các đề án khuyến công năm 2025",
    )  # fmt: skip
    services.complete_handover(done, by=desk.officer)
    national = _event(
        desk, province.plans["2026-qg"], HANDED_OVER, held_on=date(2026, 10, 30), started_at=time(9, 0),
        ended_at=time(10, 0), venue="Trụ sở cơ sở thụ hưởng", subject="máy móc, thiết bị|đề án khuyến công quốc gia",
    )  # fmt: skip
    services.complete_handover(national, by=desk.officer)
    waiting = _event(
        desk, province.plans["2026-1"], OPEN, held_on=date(2026, 11, 27), started_at=time(14, 0), ended_at=None,
        venue="Nhà văn hóa xã Hàm Giang", subject="máy móc, thiết bị|các đề án khuyến công năm 2026, đợt 1",
    )  # fmt: skip
    _commune_minutes(desk, waiting, cast.bodies["ubnd-ham-giang"])


def _event(desk, plan, names, **fields):
    plan.refresh_from_db()
    grounds = GROUNDS.format(
        decision=f"Quyết định số {plan.decision_number} của {plan.decision_issuer}", year=plan.year
    )
    event = HandoverEvent(plan=plan, giver=desk.implementer, grounds=grounds, is_sample=True, **fields)
    projects = list(Project.objects.filter(plan=plan, name__in=names).order_by("code"))
    people = [
        HandoverPerson(
            side=Side.GIVER, salutation="Ông", name="Trần Vĩnh Khang", title="Phó Giám đốc", signs=True,
            signing_mode=SigningMode.DEPUTY, signing_capacity="Giám đốc",
        ),
        HandoverPerson(side=Side.GIVER, salutation="Bà", name=desk.officer.full_name, title="Chuyên viên"),
    ]  # fmt: skip
    event = services.save_handover(event, by=desk.officer, projects=projects, people=people)
    for project in projects:
        _facility_minutes(desk, event, project)
    return event


def _facility_minutes(desk, event, project):
    beneficiary = project.beneficiaries.select_related("facility").get()
    facility = beneficiary.facility
    total = sum(line.accepted_amount for line in project.funding_lines.all())
    services.save_minutes(
        HandoverMinutes(
            event=event, receiver_facility=facility, condition=CONDITION, giver_duties=GIVER_DUTIES,
            receiver_duties=RECEIVER_DUTIES,
        ),
        by=desk.officer,
        people=[
            HandoverPerson(
                side=Side.RECEIVER, name=facility.representative, title=facility.representative_position, signs=True
            )
        ],
        items=[
            HandoverItem(
                kind=ItemKind.EQUIPMENT, name=_capital(beneficiary.item), unit_name="bộ", quantity=1, amount=total,
                condition="Mới, hoạt động tốt", note=f"Đề án {project.code}",
            )
        ],
        papers=[
            HandoverPaper(
                name="Biên bản nghiệm thu cơ sở", number=project.acceptance.number,
                dated_on=project.acceptance.accepted_on, sheet_count=6,
            ),
            HandoverPaper(name="Tài liệu kỹ thuật, phiếu bảo hành", sheet_count=24),
        ],
    )  # fmt: skip


def _commune_minutes(desk, event, receiver):
    services.save_minutes(
        HandoverMinutes(
            event=event, receiver=receiver, condition="Tài liệu đủ, đúng danh mục.", giver_duties=GIVER_DUTIES,
            receiver_duties="Lưu giữ, phổ biến tài liệu cho các hộ dệt chiếu trong xã",
        ),
        by=desk.officer,
        people=[
            HandoverPerson(
                side=Side.RECEIVER, salutation="Ông", name="Sơn Minh Trí", title="Phó Chủ tịch", signs=True,
                signing_mode=SigningMode.DEPUTY, signing_capacity="Chủ tịch",
            )
        ],
        items=[
            HandoverItem(
                kind=ItemKind.RESULT, name="Tài liệu hướng dẫn dệt chiếu bằng máy bán tự động", unit_name="quyển",
                quantity=60, condition="Kèm danh sách",
            )
        ],
    )  # fmt: skip


def _capital(text):
    return text[:1].upper() + text[1:]
