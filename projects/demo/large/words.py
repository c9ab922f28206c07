"""Made-up names that sound like real ones, and what projects are about. Nobody in here exists."""

from dataclasses import dataclass

SAMPLE = "dữ liệu mẫu"
FAMILIES = (
    "Nguyễn", "Nguyễn", "Nguyễn", "Trần", "Trần", "Lê", "Lê", "Phạm", "Huỳnh", "Hoàng", "Phan", "Vũ", "Võ", "Đặng",
    "Bùi", "Đỗ", "Hồ", "Ngô", "Dương", "Lý", "Nông", "Hà", "Thạch", "Sơn", "Mai", "Trịnh", "Đinh", "Lâm", "Tô",
)  # fmt: skip
MIDDLE = ("Văn", "Thị", "Hữu", "Ngọc", "Minh", "Thanh", "Quốc", "Thị Kim", "Thị Thu", "Đức", "Xuân", "Hoàng", "Gia")
GIVEN = (
    "An", "Bình", "Châu", "Dung", "Đạt", "Giang", "Hạnh", "Hùng", "Khải", "Lan", "Long", "Mai", "Nam", "Nga", "Oanh",
    "Phúc", "Phượng", "Quân", "Sơn", "Tâm", "Thảo", "Tiến", "Trang", "Tuấn", "Uyên", "Vinh", "Yến", "Thắng", "Lộc",
)  # fmt: skip
FIRST_SYLLABLES = (
    "An", "Bảo", "Đại", "Đức", "Gia", "Hải", "Hoàng", "Hồng", "Hưng", "Khánh", "Kim", "Lam", "Minh", "Mỹ", "Nam",
    "Ngọc", "Phú", "Phước", "Quang", "Sao", "Tân", "Thanh", "Thiên", "Thuận", "Trung", "Trường", "Tuấn", "Việt", "Vĩnh",
    "Xuân",
)  # fmt: skip
SECOND_SYLLABLES = (
    "An", "Bình", "Cường", "Đạt", "Hà", "Hải", "Hòa", "Khang", "Lâm", "Lợi", "Long", "Mai", "Nguyên", "Nghĩa", "Phát",
    "Phong", "Phúc", "Phương", "Quý", "Sơn", "Tài", "Tâm", "Thành", "Thịnh", "Thảo", "Tiến", "Trí", "Vinh", "Vượng",
    "Yên",
)  # fmt: skip
# Industry code: how many of a hundred facilities, what they make.
TRADES = {
    "a": (38, (
        "cà phê rang xay", "bún khô", "gạo hữu cơ", "nước mắm", "chả cá", "dừa sấy", "hạt điều", "trà xanh",
        "bánh tráng", "tinh bột nghệ", "mật ong", "trái cây sấy", "tôm khô", "rượu nếp", "miến dong", "gỗ ván ép",
        "dầu lạc", "thức ăn chăn nuôi", "hồ tiêu", "măng khô",
    )),
    "b": (17, ("may mặc", "giày dép", "đồ gỗ nội thất", "bao bì giấy", "nhựa gia dụng", "túi xách", "chăn ga gối")),
    "c": (14, ("gạch không nung", "phân bón hữu cơ", "cửa nhôm kính", "cấu kiện bê tông", "đá ốp lát")),
    "d": (13, ("máy nông nghiệp", "kết cấu thép", "khuôn mẫu", "linh kiện điện tử", "phụ tùng xe", "cơ khí gò hàn")),
    "đ": (13, ("mây tre đan", "gốm sứ", "lụa tơ tằm", "thảm xơ dừa", "lục bình", "chạm khắc gỗ", "nón lá")),
    "e": (2, ("đá xây dựng", "cát nghiền")),
    "g": (3, ("viên nén sinh khối", "xử lý nước thải")),
}  # fmt: skip
MACHINES = (
    "Máy sấy", "Máy đóng gói", "Máy ép", "Máy cắt CNC", "Máy phân loại", "Máy nghiền", "Lò hấp", "Máy trộn",
    "Dây chuyền chiết rót", "Máy may công nghiệp", "Máy in bao bì", "Máy hút chân không", "Máy cưa", "Máy hàn",
)  # fmt: skip


@dataclass(frozen=True)
class Work:
    """A kind of project: of a hundred how many, what it costs in million đồng, how many facilities at the most.

    `counterpart` is how many đồng of their own the facilities add to one of support, at least and at most.
    """

    content: str
    weight: int
    name: str
    support: tuple[int, int]
    counterpart: tuple[float, float] | None = None
    facilities: int = 0
    indicators: tuple[str, ...] = ()
    is_task: bool = False


WORKS = (
    Work("MACHINERY", 52, "Hỗ trợ ứng dụng {machine} trong sản xuất {product}", (60, 200), (1.05, 4), 3,
         ("MACH", "JOB_NEW", "JOB_KEPT", "REVENUE")),
    Work("TECH_TRANSFER", 5, "Hỗ trợ chuyển giao công nghệ sản xuất {product}", (80, 200), (1.1, 3), 1,
         ("MACH", "JOB_NEW", "REVENUE")),
    Work("DEMO_NEW", 8, "Xây dựng mô hình trình diễn kỹ thuật sản xuất {product}", (120, 450), (2.4, 6), 1,
         ("DEMO", "JOB_NEW", "REVENUE")),
    Work("DEMO_REPLICATE", 3, "Nhân rộng mô hình sản xuất {product}", (40, 100), (0.5, 2), 1, ("DEMO", "JOB_KEPT")),
    Work("VOCATIONAL", 4, "Đào tạo nghề {product} cho lao động nông thôn", (50, 150), (0.1, 0.3), 1,
         ("CLASS", "LEARNER", "TRAINED")),
    Work("FAIR_JOIN", 6, "Hỗ trợ tham gia hội chợ, triển lãm {product}", (30, 160), (0.3, 0.6), 8, ("FAIR",)),
    Work("BRAND", 4, "Xây dựng, đăng ký nhãn hiệu sản phẩm {product}", (15, 35), (1.05, 2), 1, ("BRAND", "WEB")),
    Work("CONSULT", 2, "Tư vấn, trợ giúp hoàn thiện quản lý sản xuất {product}", (15, 35), (1.05, 2), 1, ("CONSULT",)),
    Work("SHOWROOM", 1, "Phòng trưng bày, giới thiệu sản phẩm {product}", (30, 80), (1.1, 2), 1, ("SHOWROOM",)),
    Work("CONTEST", 3, "Bình chọn sản phẩm công nghiệp nông thôn tiêu biểu cấp tỉnh", (80, 250), None, 0,
         ("CERT_PROVINCE", "CERT_REGION", "CERT_NATION"), True),
    Work("SEMINAR", 4, "Tập huấn nâng cao năng lực quản lý cho cơ sở sản xuất {product}", (25, 90), None, 0,
         ("CLASS", "LEARNER"), True),
    Work("BROADCAST", 4, "Tuyên truyền chính sách khuyến công trên truyền hình", (20, 100), None, 0, (), True),
    Work("PRINT", 2, "Xuất bản bản tin khuyến công", (20, 80), None, 0, (), True),
    Work("MONITORING", 2, "Kiểm tra, giám sát các đề án khuyến công", (15, 50), None, 0, (), True),
)  # fmt: skip


def person(rng) -> str:
    return f"{rng.choice(FAMILIES)} {rng.choice(MIDDLE)} {rng.choice(GIVEN)}"


def own_name(rng) -> str:
    return f"{rng.choice(FIRST_SYLLABLES)} {rng.choice(SECOND_SYLLABLES)}"
