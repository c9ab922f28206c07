"""A specimen that shows every element of the kit beside its rule (Nghị định 30/2020/NĐ-CP, Phụ lục I).

No record stands behind it and it is never issued: every name and figure is made up.
"""

from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from khuyencong.documents.letterheads import BLANK_SIGNATURE
from khuyencong.documents.press import Document

LONG_NAME = (
    "Công ty trách nhiệm hữu hạn một thành viên Sản xuất, Chế biến, Thương mại, Dịch vụ và Xuất nhập khẩu Nông sản, "
    "Thủy sản, Thủ công mỹ nghệ Đồng bằng sông Cửu Long (mẫu) – Chi nhánh khu vực Tây Nam Bộ"
)
LARGE_AMOUNT = 999_999_000_000_000
REGULAR, BOLD, ITALIC, BOLD_ITALIC = "đứng", "đậm", "nghiêng", "đậm nghiêng"


@dataclass(frozen=True)
class Element:
    """A part of a paper: what the decree says and how the kit sets it.

    `sample` is a text that stands once in the specimen and is set as `size` (pt) and `face` tell; `is_ours` marks what
    the decree leaves open and we chose.
    """

    box: str
    name: str
    rule: str
    size: float
    face: str
    sample: str
    kit: str = ""
    is_ours: bool = False

    @property
    def set_as(self) -> str:
        """“14 pt, đậm; in hoa”."""
        size = f"{self.size:g} pt, {self.face}".replace(".", ",")
        return f"{size}; {self.kit}" if self.kit else size


@dataclass(frozen=True)
class PageRule:
    name: str
    rule: str
    kit: str
    is_ours: bool = False


PAGE_RULES = (
    PageRule(
        "Khổ giấy", "A4, chiều dài; bảng trong văn bản thì được đặt chiều rộng", "A4; trang ngang cho bảng nhiều cột"
    ),
    PageRule("Lề", "trên, dưới 20-25 mm; trái 30-35 mm; phải 15-20 mm", "trên 20, dưới 22, trái 30, phải 15 mm"),
    PageRule(
        "Phông chữ",
        "Times New Roman, bộ mã Unicode TCVN 6909:2001, màu đen",
        "Liberation Serif, cùng độ rộng từng chữ với Times New Roman, nhúng trong tệp",
        is_ours=True,
    ),
    PageRule(
        "Số trang",
        "từ 1, chữ số Ả Rập, cỡ 13-14, đứng, giữa lề trên, không hiện ở trang 1",
        "cỡ 14, giữa lề trên, từ trang 2",
    ),
    PageRule("Trang phụ lục", "đánh số riêng theo từng phụ lục", "mỗi phụ lục đếm lại từ 1"),
    PageRule(
        "Cột phần đầu", "theo sơ đồ ô 1-4 của Phụ lục I", "trái 43%, phải 57%; số và ngày cùng một dòng", is_ours=True
    ),
)

ELEMENTS = (
    Element("1", "Quốc hiệu", "in hoa, 12-13, đứng, đậm", 12, BOLD, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"),
    Element(
        "1",
        "Tiêu ngữ",
        "in thường, 13-14, đứng, đậm; gạch nối có cách chữ; dưới có dòng kẻ dài bằng dòng chữ",
        13,
        BOLD,
        "Độc lập - Tự do - Hạnh phúc",
        "kẻ dài bằng dòng chữ",
    ),
    Element("2", "Cơ quan chủ quản", "in hoa, 12-13, đứng", 12, REGULAR, "ỦY BAN NHÂN DÂN TỈNH MẪU"),
    Element(
        "2",
        "Cơ quan ban hành",
        "in hoa, 12-13, đứng, đậm; dưới có dòng kẻ bằng 1/3 đến 1/2 dòng chữ",
        12,
        BOLD,
        "SỞ CÔNG THƯƠNG",
        "kẻ 36% dòng dài nhất",
    ),
    Element(
        "3",
        "Số, ký hiệu",
        "13, đứng; “Số” in thường, ký hiệu in hoa; số dưới 10 thêm số 0 đằng trước",
        13,
        REGULAR,
        "Số: 07/TM-SCT",
    ),
    Element(
        "4",
        "Địa danh, ngày tháng năm",
        "in thường, 13-14, nghiêng; ngày dưới 10 và tháng 1, 2 thêm số 0 đằng trước",
        13,
        ITALIC,
        "Mẫu, ngày 05 tháng 01 năm 2026",
    ),
    Element("5a", "Tên loại văn bản", "in hoa, 13-14, đứng, đậm, giữa trang", 14, BOLD, "TRANG MẪU"),
    Element(
        "5a",
        "Trích yếu",
        "in thường, 13-14, đứng, đậm; dưới có dòng kẻ bằng 1/3 đến 1/2 dòng chữ",
        14,
        BOLD,
        "Thành phần thể thức và bố cục",
        "kẻ 36%; chỗ ngắt dòng do người lập chọn",
    ),
    Element(
        "5b",
        "Trích yếu của công văn (V/v)",
        "in thường, 12-13, đứng, dưới Số 6 pt",
        12,
        REGULAR,
        "V/v xem thử trích yếu",
    ),
    Element(
        "9a", "Kính gửi", "in thường, 13-14, đứng; một nơi thì cùng dòng", 14, REGULAR, "Một nơi nhận đặt cùng dòng"
    ),
    Element(
        "9a",
        "Kính gửi nhiều nơi",
        "mỗi nơi một dòng, gạch đầu dòng, chấm phẩy, dòng cuối dấu chấm",
        14,
        REGULAR,
        "- Các Sở, ban, ngành tỉnh;",
    ),
    Element(
        "6",
        "Căn cứ",
        "in thường, 13-14, nghiêng, mỗi căn cứ một dòng, chấm phẩy, dòng cuối dấu chấm",
        14,
        ITALIC,
        "Căn cứ Luật mẫu;",
    ),
    Element("6", "Chương, tên chương", "in hoa, 13-14, đứng, đậm, giữa trang", 14, BOLD, "TÊN CHƯƠNG"),
    Element("6", "Phần, mục của báo cáo", "số La Mã, in hoa, 13-14, đứng, đậm", 14, BOLD, "I. PHẦN, MỤC"),
    Element(
        "6",
        "Điều",
        "in thường, cỡ chữ nội dung, đứng, đậm, lùi 1 hoặc 1,27 cm",
        14,
        BOLD,
        "Điều 1. Tên điều",
        "lùi 1,27 cm",
    ),
    Element("6", "Khoản có tên", "số Ả Rập, dấu chấm; có tên thì đậm, dòng riêng", 14, BOLD, "1. Tên khoản"),
    Element("6", "Khoản", "cỡ chữ nội dung, số Ả Rập, dấu chấm", 14, REGULAR, "Khoản đánh số Ả Rập", "cổng tự đánh số"),
    Element(
        "6",
        "Điểm",
        "chữ cái tiếng Việt và dấu ngoặc đơn, in thường",
        14,
        REGULAR,
        "Điểm thứ năm",
        "a) b) c) d) đ) e) … tự đánh, có đ",
    ),
    Element(
        "6",
        "Nội dung",
        "in thường, 13-14; thẳng hai lề; dòng đầu lùi 1 hoặc 1,27 cm; đoạn cách ít nhất 6 pt; dòng đơn đến 1,5",
        14,
        REGULAR,
        "Đoạn văn thẳng hai lề",
        "lùi 1,27 cm, cách 6 pt, dòng 1,25",
    ),
    Element("7a", "Quyền hạn, chức vụ", "in hoa, 13-14, đứng, đậm; TM., Q., KT., TL., TUQ.", 14, BOLD, "KT. CHỦ TỊCH"),
    Element(
        "7b",
        "Họ và tên người ký",
        "in thường, 13-14, đứng, đậm; không ghi học hàm, học vị",
        14,
        BOLD,
        "Trần Thị Mẫu",
        "chừa 26 mm để ký, đóng dấu",
    ),
    Element("9b", "Nơi nhận", "in thường, 12, đậm, nghiêng, ngang hàng với chức vụ", 12, BOLD_ITALIC, "Nơi nhận:"),
    Element(
        "9b",
        "Danh sách nơi nhận",
        "in thường, 11, đứng, gạch đầu dòng, chấm phẩy, dòng cuối dấu chấm",
        11,
        REGULAR,
        "- Lưu: VT, QLCN.",
    ),
    Element("", "Hết văn bản", "“./.” theo các mẫu của Phụ lục III", 14, REGULAR, "/."),
    Element("10b", "Độ khẩn", "in hoa, 13-14, đứng, đậm, khung đỏ 30 × 8, 40 × 8, 20 × 8 mm", 13, BOLD, "THƯỢNG KHẨN"),
    Element(
        "",
        "Số phụ lục",
        "in thường, 14, đứng, đậm, giữa trang; số La Mã khi có hai phụ lục trở lên",
        14,
        BOLD,
        "Phụ lục II",
    ),
    Element("", "Tên phụ lục", "in hoa, 13-14, đứng, đậm, giữa trang", 14, BOLD, "DANH MỤC KHỔ NGANG"),
    Element(
        "",
        "Thông tin kèm theo của phụ lục",
        "in thường, 13-14, nghiêng, giữa trang, trong ngoặc đơn",
        13,
        ITALIC,
        "(Kèm theo bảng khổ ngang)",
    ),
    Element(
        "",
        "Các bên cùng ký",
        "Mẫu 1.9 có thư ký và chủ tọa; biên bản hai bên trở lên chưa có quy định",
        14,
        BOLD,
        "ĐẠI DIỆN BÊN GIAO",
        "mỗi bên một khối, tên ngang hàng nhau",
        is_ours=True,
    ),
    Element(
        "",
        "Bảng",
        "không có quy định",
        12,
        REGULAR,
        "Cơ sở mẫu số 1 của bảng",
        "đầu bảng đậm, lặp lại mỗi trang; số tiền sát phải",
        is_ours=True,
    ),
    Element(
        "", "Đơn vị tính", "không có quy định", 12, ITALIC, "Đơn vị tính: đồng", "sát phải, trên bảng", is_ours=True
    ),
    Element(
        "",
        "Chân trang: mã tra cứu, dữ liệu mẫu",
        "không có quy định",
        8.5,
        REGULAR,
        "Trang mẫu của cổng",
        "chân mọi trang",
        is_ours=True,
    ),
)


def specimen() -> Document:
    """The paper on which every element stands."""
    rows = [
        {"name": f"Cơ sở mẫu số {number} của bảng", "code": f"CS-{number:03d}", "amount": number * 38_000_000}
        for number in range(1, 5)
    ]
    rows += [{"name": LONG_NAME, "code": "CS-005", "amount": LARGE_AMOUNT}]
    return Document(
        "documents/specimen.html",
        "trang-mau-the-thuc",
        {
            "sample_note": "Trang mẫu của cổng: tên người, số hiệu, số liệu là giả định, không có giá trị pháp lý.",
            "issuer": {"parent": "Ủy ban nhân dân tỉnh Mẫu", "name": ["Sở Công Thương"]},
            "number_text": "07/TM-SCT",
            "symbol": "TM-SCT",
            "about": "xem thử trích yếu",
            "place": "Mẫu",
            "date": date(2026, 1, 5),
            "subject": ["Thành phần thể thức và bố cục"],
            "addressees": ["Ủy ban nhân dân tỉnh Mẫu", "Các Sở, ban, ngành tỉnh", "Ủy ban nhân dân các xã, phường"],
            "grounds": ["Căn cứ Luật mẫu", "Căn cứ Nghị định mẫu", "Theo đề nghị của Trưởng phòng mẫu"],
            "points": [
                "Điểm thứ nhất",
                "Điểm thứ hai",
                "Điểm thứ ba",
                "Điểm thứ tư",
                "Điểm thứ năm, sau d là đ",
                "Điểm cuối",
            ],
            "rows": rows,
            "total": sum(row["amount"] for row in rows),
            "recipients": ["Như trên", "Lưu: VT, QLCN"],
            "modes": [
                _signature("Lê Văn Mẫu", "Giám đốc"),
                _signature(
                    "Trần Thị Mẫu",
                    "Phó Chủ tịch",
                    mode="KT",
                    capacity="Chủ tịch",
                    on_behalf="Ủy ban nhân dân",
                    note="Thay mặt tập thể, ký thay người đứng đầu:",
                ),
                _signature(
                    "Phạm Văn Mẫu",
                    "Trưởng phòng Quản lý công nghiệp",
                    mode="TL",
                    capacity="Giám đốc",
                    note="Thừa lệnh:",
                ),
                _signature(
                    "Võ Thị Mẫu",
                    "Giám đốc Trung tâm Khuyến công",
                    mode="TUQ",
                    capacity="Giám đốc",
                    note="Thừa ủy quyền:",
                ),
                _signature("Đỗ Văn Mẫu", "Giám đốc", mode="Q", note="Quyền cấp trưởng:"),
            ],
            "party_sets": [
                [_party("Bên nhận", "Giám đốc"), _party("Bên giao", "Giám đốc")],
                [
                    _party("Bên một", "Giám đốc"),
                    _party("Bên hai", "Phó Giám đốc", mode="KT", capacity="Giám đốc"),
                    _party("Bên ba", "Chủ tịch"),
                ],
            ],
            "appendices": [
                {
                    "roman": "I",
                    "name": "Danh mục khổ dọc",
                    "attached": "(Kèm theo trang mẫu số 07/TM-SCT)",
                    "landscape": False,
                },
                {
                    "roman": "II",
                    "name": "Danh mục khổ ngang",
                    "attached": "(Kèm theo bảng khổ ngang)",
                    "landscape": True,
                },
            ],
        },
    )


@lru_cache(maxsize=1)
def specimen_pdf() -> bytes:
    """The specimen as a file; the same bytes each time, so it is made once."""
    return specimen().render_pdf()


def _signature(name, post, *, note="", **parts):
    return {**BLANK_SIGNATURE, "name": name, "post": post, "note": note, **parts}


def _party(party, post, **parts):
    return _signature(f"Người ký {party.lower()}", post, party=f"Đại diện {party.lower()}", **parts)
