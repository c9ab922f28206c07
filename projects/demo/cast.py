"""The bodies of the stories and the made-up people who work in them. Their password is public, hence `is_demo`."""

from dataclasses import dataclass
from datetime import date

from django.contrib.auth.hashers import make_password

from khuyencong.audit import record
from khuyencong.models import Organisation, OrganisationKind, Role, User
from projects.demo.tables import unit

PASSWORD = "khuyencong"
# Whom the loader names at the end; the others make four eyes in the stories of the past.
SHOWN = ("chuyenvien", "truongphong", "giamdoc", "ketoan", "lanhdao", "quantri", "trungtam1")

# Region 1 of Thông tư 26/2014/TT-BCT, Điều 3, in codes of then: 28 provinces from Hà Giang to Hà Tĩnh.
NORTH = (
    "01", "02", "04", "06", "08", "10", "11", "12", "14", "15", "17", "19", "20", "22", "24", "25", "26", "27", "30",
    "31", "33", "34", "35", "36", "37", "38", "40", "42",
)  # fmt: skip
LAST_DAY = date(2025, 6, 30)
ENDED = "Hoạt động đến khi sắp xếp đơn vị hành chính ngày 01/07/2025."


@dataclass(frozen=True)
class Body:
    """An organisation of the stories; `provinces` are codes of the old division, shown as today's provinces."""

    kind: OrganisationKind
    name: str
    parent: str = ""
    provinces: tuple[str, ...] = ()
    short_name: str = ""
    symbol: str = ""
    place: str = ""
    letterhead: str = ""
    valid_to: date | None = None
    note: str = ""
    is_sample: bool = False


KIND = OrganisationKind
BODIES = {
    "cuc": Body(
        KIND.MINISTRY_DEPT, "Cục Đổi mới sáng tạo, Chuyển đổi xanh và Khuyến công", symbol="ĐCK", place="Hà Nội",
        note="Trước đây là Cục Công nghiệp địa phương, Cục Công Thương địa phương.",
    ),
    "trungtam1": Body(
        KIND.REGIONAL_CENTRE, "Trung tâm Khuyến công và Tư vấn phát triển công nghiệp 1", "cuc", NORTH,
        short_name="Trung tâm 1", symbol="TTKC1", place="Hà Nội",
    ),
    "ubnd-vinhlong": Body(
        KIND.PROVINCE_PC, "Ủy ban nhân dân tỉnh Vĩnh Long", provinces=("86",), symbol="UBND", place="Vĩnh Long",
    ),
    "so-vinhlong": Body(
        KIND.PROVINCIAL_DEPT, "Sở Công Thương tỉnh Vĩnh Long", "ubnd-vinhlong", ("86",), symbol="SCT",
        place="Vĩnh Long", letterhead="Sở Công Thương",
    ),
    "trungtam-vinhlong": Body(
        KIND.PROVINCIAL_CENTRE, "Trung tâm Khuyến công và Tư vấn phát triển công nghiệp tỉnh Vĩnh Long",
        "so-vinhlong", ("86",), short_name="Trung tâm Khuyến công Vĩnh Long", symbol="TTKC", place="Vĩnh Long",
        letterhead="Trung tâm Khuyến công|và Tư vấn phát triển công nghiệp",
        note="Tên sau khi sắp xếp là giả định.", is_sample=True,
    ),
    "so-soctrang": Body(
        KIND.PROVINCIAL_DEPT, "Sở Công Thương tỉnh Sóc Trăng", "", ("94",), symbol="SCT", place="Sóc Trăng",
        letterhead="Sở Công Thương", valid_to=LAST_DAY, note=ENDED,
    ),
    "trungtam-soctrang": Body(
        KIND.PROVINCIAL_CENTRE, "Trung tâm Khuyến công và Tư vấn phát triển công nghiệp tỉnh Sóc Trăng",
        "so-soctrang", ("94",), short_name="Trung tâm Khuyến công Sóc Trăng", symbol="TTKC", place="Sóc Trăng",
        letterhead="Trung tâm Khuyến công|và Tư vấn phát triển công nghiệp", valid_to=LAST_DAY, note=ENDED,
    ),
    "so-khdt-travinh": Body(
        KIND.PROVINCIAL_DEPT, "Sở Kế hoạch và Đầu tư tỉnh Trà Vinh", "", ("84",), symbol="SKHĐT", place="Trà Vinh",
        letterhead="Sở Kế hoạch và Đầu tư|tỉnh Trà Vinh", valid_to=LAST_DAY, note=ENDED,
    ),
    "sme-travinh": Body(
        KIND.SERVICE_ORG, "Dự án Phát triển doanh nghiệp nhỏ và vừa tỉnh Trà Vinh", "so-khdt-travinh", ("84",),
        short_name="Dự án SME Trà Vinh", symbol="DASME", place="Trà Vinh",
        letterhead="Dự án Phát triển|doanh nghiệp nhỏ và vừa",
    ),
    "so-travinh": Body(
        KIND.PROVINCIAL_DEPT, "Sở Công Thương tỉnh Trà Vinh", "", ("84",), symbol="SCT", place="Trà Vinh",
        letterhead="Sở Công Thương", valid_to=LAST_DAY, note=ENDED,
    ),
    "so-nn-travinh": Body(
        KIND.PROVINCIAL_DEPT, "Sở Nông nghiệp và Phát triển nông thôn tỉnh Trà Vinh", "", ("84",), symbol="SNN",
        place="Trà Vinh", letterhead="Sở Nông nghiệp và|Phát triển nông thôn", valid_to=LAST_DAY, note=ENDED,
    ),
    "tra-cu": Body(
        KIND.DISTRICT_PC, "Ủy ban nhân dân huyện Trà Cú, tỉnh Trà Vinh", "", ("84",), symbol="UBND", place="Trà Cú",
        letterhead="Ủy ban nhân dân|huyện Trà Cú", valid_to=LAST_DAY, note=ENDED,
    ),
    "chau-thanh": Body(
        KIND.DISTRICT_PC, "Ủy ban nhân dân huyện Châu Thành, tỉnh Trà Vinh", "", ("84",), symbol="UBND",
        place="Châu Thành", letterhead="Ủy ban nhân dân|huyện Châu Thành", valid_to=LAST_DAY, note=ENDED,
    ),
    "cang-long": Body(
        KIND.DISTRICT_PC, "Ủy ban nhân dân huyện Càng Long, tỉnh Trà Vinh", "", ("84",), symbol="UBND",
        place="Càng Long", letterhead="Ủy ban nhân dân|huyện Càng Long", valid_to=LAST_DAY, note=ENDED,
    ),
    "so-vungtau": Body(
        KIND.PROVINCIAL_DEPT, "Sở Công Thương tỉnh Bà Rịa - Vũng Tàu", "", ("77",), symbol="SCT",
        place="Bà Rịa - Vũng Tàu", letterhead="Sở Công Thương", valid_to=LAST_DAY, note=ENDED,
    ),
    "trungtam-vungtau": Body(
        KIND.PROVINCIAL_CENTRE, "Trung tâm Khuyến công và Tư vấn phát triển công nghiệp tỉnh Bà Rịa - Vũng Tàu",
        "so-vungtau", ("77",), short_name="Trung tâm Khuyến công Bà Rịa - Vũng Tàu", symbol="TTKC",
        place="Bà Rịa - Vũng Tàu", letterhead="Trung tâm Khuyến công|và Tư vấn phát triển công nghiệp",
        valid_to=LAST_DAY, note=ENDED,
    ),
    "ubnd-ham-giang": Body(
        KIND.COMMUNE_PC, "Ủy ban nhân dân xã Hàm Giang, tỉnh Vĩnh Long", "", ("86",), symbol="UBND",
        place="Hàm Giang", letterhead="Ủy ban nhân dân|xã Hàm Giang",
    ),
}  # fmt: skip

# user name: (role, salutation, full name, position, body)
PEOPLE = {
    "chuyenvien": (Role.OFFICER, "Bà", "Đỗ Thị Bích Ngân", "Chuyên viên", "trungtam-vinhlong"),
    "chuyenvien2": (Role.OFFICER, "Ông", "Huỳnh Tấn Đạt", "Chuyên viên", "trungtam-vinhlong"),
    "truongphong": (Role.REVIEWER, "Ông", "Lê Hoàng Phúc", "Trưởng phòng Quản lý công nghiệp", "so-vinhlong"),
    "giamdoc": (Role.DIRECTOR, "Ông", "Phạm Hữu Lộc", "Giám đốc Sở", "so-vinhlong"),
    "phogiamdoc": (Role.DIRECTOR, "Bà", "Cao Thị Mỹ Duyên", "Phó Giám đốc Sở", "so-vinhlong"),
    "ketoan": (Role.ACCOUNTANT, "Bà", "Võ Thị Bích Trâm", "Kế toán trưởng", "trungtam-vinhlong"),
    "lanhdao": (Role.VIEWER, "Ông", "Nguyễn Đức Khải", "Phó Cục trưởng", "cuc"),
    "trungtam1": (Role.REVIEWER, "Ông", "Đào Quang Thắng", "Trưởng phòng Khuyến công", "trungtam1"),
    "chuyenvien.trungtam1": (Role.OFFICER, "Bà", "Vương Thị Hải Hà", "Chuyên viên", "trungtam1"),
    "giamdoc.trungtam1": (Role.DIRECTOR, "Ông", "Lương Xuân Bách", "Giám đốc Trung tâm", "trungtam1"),
    "chuyenvien.soctrang": (Role.OFFICER, "Bà", "Trịnh Thị Ngọc Mai", "Chuyên viên", "trungtam-soctrang"),
    "truongphong.soctrang": (Role.REVIEWER, "Ông", "Lâm Thanh Sang", "Trưởng phòng Quản lý công nghiệp", "so-soctrang"),
    "giamdoc.soctrang": (Role.DIRECTOR, "Ông", "Tăng Quốc Dũng", "Giám đốc Sở", "so-soctrang"),
    "chuyenvien.vinhlong2016": (Role.OFFICER, "Bà", "Phan Thị Kiều Oanh", "Chuyên viên", "trungtam-vinhlong"),
    "truongphong.vinhlong2016": (Role.REVIEWER, "Ông", "Hồ Văn Thuận", "Phó Trưởng phòng", "so-vinhlong"),
    "giamdoc.vinhlong2016": (Role.DIRECTOR, "Ông", "Trương Minh Nhựt", "Giám đốc Sở", "so-vinhlong"),
    "chuyenvien.travinh": (Role.OFFICER, "Ông", "Kiên Minh Tâm", "Kế toán trưởng Dự án", "sme-travinh"),
    "truongphong.travinh": (Role.REVIEWER, "Bà", "Lâm Thị Thu Nguyệt", "Giám đốc Dự án", "sme-travinh"),
    "giamdoc.travinh": (Role.DIRECTOR, "Ông", "Nguyễn Chí Công", "Giám đốc Sở", "so-khdt-travinh"),
    "chuyenvien.vungtau": (Role.OFFICER, "Bà", "Tô Thị Thanh Hương", "Chuyên viên", "trungtam-vungtau"),
    "truongphong.vungtau": (Role.REVIEWER, "Ông", "Bùi Quang Vinh", "Giám đốc Trung tâm", "trungtam-vungtau"),
    "giamdoc.vungtau": (Role.DIRECTOR, "Ông", "Lý Gia Hùng", "Phó Giám đốc Sở", "so-vungtau"),
}  # fmt: skip


@dataclass(frozen=True)
class Cast:
    admin: User
    bodies: dict[str, Organisation]
    people: dict[str, User]


def enter() -> Cast:
    """The administrator comes first, then enters the bodies and the accounts of everyone else."""
    # One hash for all: it is slow to make on purpose, and this password is no secret.
    password = make_password(PASSWORD)
    admin = User(
        username="quantri", password=password, full_name="Ngô Thị Tường Vi", salutation="Bà",
        position="Quản trị hệ thống", role=Role.ADMIN, is_staff=True, is_superuser=True, is_demo=True,
    )  # fmt: skip
    add(admin, by=None)
    bodies = {}
    for key, body in BODIES.items():
        bodies[key] = _organisation(body, bodies, by=admin)
    people = {}
    for username, (role, salutation, full_name, position, body) in PEOPLE.items():
        people[username] = User(
            username=username, password=password, full_name=full_name, salutation=salutation, position=position,
            role=role, organisation=bodies[body], is_demo=True,
        )  # fmt: skip
        add(people[username], by=admin)
    return Cast(admin, bodies, people)


def _organisation(body, bodies, *, by):
    organisation = Organisation(
        kind=body.kind, name=body.name, parent=bodies.get(body.parent), short_name=body.short_name,
        symbol=body.symbol, place=body.place, letterhead=body.letterhead, valid_to=body.valid_to, note=body.note,
        is_sample=body.is_sample,
    )  # fmt: skip
    add(organisation, by=by)
    organisation.areas.set({unit("old", "province", code).province for code in body.provinces})
    return organisation


def add(row, *, by):
    """Enter a row of the administrator's, as the administration pages do: checked, saved, written down."""
    row.full_clean()
    row.save()
    record(by, f"{row._meta.model_name}.create", f"Thêm {row._meta.verbose_name}", row)
