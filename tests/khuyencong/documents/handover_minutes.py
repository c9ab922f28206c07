"""Handover of the Trà Vinh SME project: totals are those of the source, the details within are made up."""

from copy import deepcopy
from datetime import date
from decimal import Decimal

PROJECT, OWN = "Vốn dự án", "Vốn doanh nghiệp"

CONTRACTS = (
    ("Doanh nghiệp tư nhân Cơ khí Hòa Ân", 520_000_000, 640_000_000),
    ("Công ty TNHH Chế biến dừa Tân Bình Phú", 610_000_000, 720_000_000),
    ("Hợp tác xã Chiếu cói Long Hưng", 390_000_000, 450_000_000),
    ("Công ty TNHH Thực phẩm Vàm Lầu", 560_000_000, 690_000_000),
    ("Hộ kinh doanh Bánh tét Cô Lành", 280_000_000, 330_000_000),
    ("Doanh nghiệp tư nhân Gạch không nung Thanh Lợi", 530_000_000, 640_000_000),
    ("Công ty cổ phần Thủy sản Bến Đò", 640_000_000, 780_000_000),
    ("Hợp tác xã Mật hoa dừa Cầu Kè Xanh", 450_000_000, 540_000_000),
    ("Công ty TNHH Sản xuất và Thương mại Đồ gỗ mỹ nghệ Phước Thọ", 480_000_000, 570_000_000),
    ("Hộ kinh doanh Rượu Thuận Thành", 318_000_000, 382_000_000),
    ("Công ty TNHH Than hoạt tính Ba Động", 590_000_000, 710_000_000),
)


def item(name, **changes):
    return {
        "name": name,
        "spec": "",
        "unit": "",
        "quantity": None,
        "amount": None,
        "at_least": False,
        "source": "",
        "place": "",
        "condition": "",
        "note": "",
    } | changes


def signature(party, name, **changes):
    nothing = dict.fromkeys(("on_behalf", "mode", "capacity", "post", "manner"), "")
    return nothing | {"party": party, "name": name} | changes


def paper(name, sheets, copy, number="", dated_on=None):
    return {"name": name, "number": number, "dated_on": dated_on, "sheets": sheets, "copy": copy}


def person(title, name, position):
    return {"title": title, "name": name, "position": position}


def contract(number, beneficiary, project, own):
    return {
        "beneficiary": beneficiary,
        "number": f"{number:02d}/HĐHT-SME",
        "signed_on": date(2019, 6, number),
        "amounts": {OWN: own, PROJECT: project},  # not in the order of the columns
        "total": project + own,
        "paid": None,
        "remaining": None,
        "note": "",
    }


WORKS = (
    item(
        "Đường bê tông vào cụm cơ sở chế biến dừa",
        spec="Dài 1.250 m, rộng 3,5 m",
        unit="công trình",
        quantity=Decimal(9),
        amount=31_420_000_000,
        source="Vốn dự án",
        place="các xã của huyện Càng Long và huyện Tiểu Cần",
        condition="Đang khai thác",
    ),
    item(
        "Cầu giao thông nông thôn",
        spec="Tải trọng 5 tấn",
        unit="công trình",
        quantity=Decimal(12),
        amount=28_160_000_000,
        source="Vốn dự án",
        place="các xã của huyện Cầu Kè, huyện Trà Cú",
        condition="Đang khai thác",
        note="Bảo trì năm 2022",
    ),
    item(
        "Trạm cấp nước sạch",
        spec="Công suất 1,5 m³/giờ, ống Ø 200",
        unit="công trình",
        quantity=Decimal(4),
        amount=16_500_000_000,
        source="Vốn dự án",
        place="thị trấn Mỹ Long",
        condition="Đang khai thác",
    ),
)

EQUIPMENT = (
    item(
        "Máy tính xách tay",
        spec="Latitude 3410",
        unit="bộ",
        quantity=Decimal(6),
        amount=96_000_000,
        source="Vốn dự án",
        condition="Còn sử dụng được",
    ),
    item("Bàn ghế làm việc", unit="bộ", quantity=Decimal("4.5"), source="Vốn dự án", condition="Cũ, còn 60%"),
)

MINUTES = {
    "sample_note": "Dữ liệu mẫu: tên người, số hiệu và số liệu chi tiết là giả định.",
    "draft": False,
    "verify": None,
    "issuer": {
        "parent": "Sở Kế hoạch và Đầu tư\nTrà Vinh",
        "name": ["Dự án Phát triển", "doanh nghiệp nhỏ và vừa"],
    },
    "number_text": "03/BB-DASME",
    "symbol": "BB-DASME",
    "subject": ["kết quả, đầu ra Dự án", "Phát triển doanh nghiệp nhỏ và vừa tỉnh Trà Vinh"],
    "grounds": [
        "Căn cứ chiến lược rút lui của Dự án Phát triển doanh nghiệp nhỏ và vừa tỉnh Trà Vinh "
        "(Dự án SME Trà Vinh) đã được Ban Chỉ đạo Dự án thông qua",
        "Căn cứ Quyết định số 1250/QĐ-UBND của Ủy ban nhân dân tỉnh về việc giao cơ quan tiếp nhận, quản lý "
        "kết quả, đầu ra của Dự án",
        "Căn cứ các hợp đồng hỗ trợ đã ký và biên bản nghiệm thu, thanh lý của từng hợp đồng",
    ],
    "started_at": "14 giờ 00 phút",
    "date": None,
    "month_day": "12-12",
    "venue": "Hội trường Sở Kế hoạch và Đầu tư tỉnh Trà Vinh",
    "parties": [
        {
            "label": "Bên giao",
            "name": "Dự án SME Trà Vinh",
            "address": "số 19A đường Nam Kỳ Khởi Nghĩa, thành phố Trà Vinh",
            "people": [
                person("Bà", "Lâm Thị Thu Nguyệt", "Giám đốc Dự án"),
                person("Ông", "Kiên Minh Tâm", "Kế toán trưởng"),
            ],
        },
        {
            "label": "Bên nhận",
            "name": "Sở Công Thương tỉnh Trà Vinh",
            "address": "",
            "people": [
                person("Ông", "Đặng Hoàng Phúc", "Phó Giám đốc Sở"),
                person("Bà", "Thạch Thị Sô Phi", "Trưởng phòng Quản lý công nghiệp"),
            ],
        },
        {
            "label": "Chứng kiến",
            "name": "Ban Chỉ đạo Dự án",
            "address": "",
            "people": [person("Ông", "Huỳnh Quốc Việt", "Ủy viên thường trực Ban Chỉ đạo")],
        },
    ],
    "results": [
        item(
            "Cán bộ và doanh nghiệp được truyền thông về Chương trình hỗ trợ doanh nghiệp",
            unit="lượt",
            quantity=Decimal(670),
            condition="Kèm danh sách",
            note="Khoảng 300 doanh nghiệp",
        ),
        item(
            "Doanh nghiệp được hỗ trợ vốn",
            unit="doanh nghiệp",
            quantity=Decimal(11),
            amount=11_800_000_000,
            at_least=True,
            source="Vốn dự án, vốn doanh nghiệp",
            condition="Đang hoạt động",
        ),
    ],
    "result_total": {"amount": 11_800_000_000, "at_least": True},
    "result_columns": {"spec": "", "source": "", "note": "c-remark"},
    "asset_columns": {"spec": "c-spec", "source": "c-source", "note": "c-remark"},
    "works": list(WORKS),
    "work_total": {"amount": 76_080_000_000, "at_least": False},
    "equipment": list(EQUIPMENT),
    "equipment_total": {"amount": 96_000_000, "at_least": False},
    "asset_total": {"amount": 76_176_000_000, "at_least": False},
    "papers": [
        paper("Hợp đồng hỗ trợ kèm phụ lục", 264, "Bản chính", number="01 đến 11/HĐHT-SME"),
        paper("Biên bản nghiệm thu, thanh lý hợp đồng", 132, "Bản chính", dated_on=date(2020, 11, 30)),
        paper("Hồ sơ hoàn công 25 công trình", 1875, "Bản sao"),
        paper("Quyết định giao quản lý", 2, "Bản sao", number="1250/QĐ-UBND", dated_on=date(2020, 6, 5)),
    ],
    "paper_sheets": 2273,
    "contract_sources": [PROJECT, OWN],
    "contracts": [contract(number, *row) for number, row in enumerate(CONTRACTS, start=1)],
    "has_paid": False,
    "contract_totals": {
        "amounts": {PROJECT: 5_368_000_000, OWN: 6_452_000_000},
        "total": 11_820_000_000,
        "paid": None,
        "remaining": None,
        "at_least": False,
    },
    "finance": "Dự án đã quyết toán, không còn công nợ.\n\nSố dư tài khoản theo dõi: 0 đồng.",
    "notes": [
        "báo cáo tổng hợp của Dự án ghi “giải ngân trên 11,8 tỷ đồng, trong đó vốn dự án trên 5,3 tỷ đồng, "
        "vốn doanh nghiệp trên 6,4 tỷ đồng”. Cộng hai số làm tròn được 11,7 tỷ đồng, thấp hơn 0,1 tỷ đồng so "
        "với số tổng. Biên bản giữ nguyên các số đã báo cáo và lấy bảng hợp đồng làm căn cứ bàn giao.",
    ],
    "condition": "Các kết quả, tài sản, hồ sơ đủ về số lượng, đúng danh mục; các công trình đang khai thác "
    "bình thường. Bên nhận đã kiểm tra thực tế và chấp nhận hiện trạng:",
    "checks": [
        {"label": "Đủ hồ sơ theo danh mục.", "on": True},
        {"label": "Đã kiểm tra thực tế công trình.", "on": True},
        {"label": "Còn nghĩa vụ tài chính chưa thực hiện.", "on": False},
    ],
    "duties": [
        {
            "text": "Bên giao có trách nhiệm:",
            "points": [
                "Bàn giao đầy đủ hồ sơ, hợp đồng và tài khoản theo dõi trước khi Dự án kết thúc",
                "Giải trình số liệu khi cơ quan có thẩm quyền yêu cầu",
                "Phối hợp với Bên nhận thông báo cho 11 doanh nghiệp về việc chuyển giao hợp đồng",
            ],
        },
        {
            "text": "Bên nhận có trách nhiệm:",
            "points": [
                "Quản lý, theo dõi việc thực hiện nghĩa vụ còn lại của 11 hợp đồng hỗ trợ",
                "Duy trì, nhân rộng kết quả trong kế hoạch hỗ trợ doanh nghiệp giai đoạn 2021 - 2025",
                "Kiểm tra các công trình định kỳ",
                "Lưu trữ hồ sơ đã nhận theo quy định",
                "Báo cáo Ủy ban nhân dân tỉnh kết quả duy trì trước ngày 15 tháng 12 hằng năm",
            ],
        },
        {"text": "Hai bên cùng giải quyết vướng mắc phát sinh.", "points": []},
    ],
    "lead": "Bên giao bàn giao, Bên nhận nhận để quản lý, duy trì và phát huy các nội dung sau đây:",
    "conclusion": [
        "Các bên thống nhất nội dung trên. Biên bản kết thúc vào hồi 16 giờ 30 phút cùng ngày, được lập thành 06 bản "
        "có giá trị như nhau, mỗi bên giữ 02 bản, đã đọc lại cho mọi người cùng nghe, nhất trí và ký tên"
    ],
    "recipients": ["Các bên ký biên bản", "Lưu: VT, hồ sơ Dự án"],
    "signatures": [
        signature("Đại diện bên nhận", "Đặng Hoàng Phúc", mode="KT", capacity="Giám đốc", post="Phó Giám đốc"),
        signature("Đại diện bên giao", "Lâm Thị Thu Nguyệt", post="Giám đốc Dự án"),
        signature("Chứng kiến", "Huỳnh Quốc Việt", mode="TM", capacity="Ban Chỉ đạo", post="Ủy viên thường trực"),
    ],
}

NOTHING = {
    "parties": [],
    "results": [],
    "result_total": None,
    "works": [],
    "work_total": None,
    "equipment": [],
    "equipment_total": None,
    "asset_total": None,
    "papers": [],
    "paper_sheets": None,
    "contract_sources": [],
    "contracts": [],
    "has_paid": False,
    "contract_totals": None,
    "finance": "",
    "notes": [],
    "condition": "",
    "checks": [],
    "duties": [],
}


def minutes(**changes):
    """The minutes with some of their parts exchanged."""
    return deepcopy(MINUTES) | changes


def bare_minutes(**changes):
    """Minutes with no part but those given."""
    return deepcopy(MINUTES) | NOTHING | changes
