"""Sheets as provinces have them, each with several oddities, and what a careful officer would read out of them.

Names of firms and people are invented.
"""

import io
from dataclasses import dataclass, field
from datetime import datetime

import openpyxl

from khuyencong.sheets import Field

PROJECT_FIELDS = (
    Field("code", "Mã đề án", "code"),
    Field("name", "Tên đề án", "text", ("Tên đề án, nhiệm vụ", "Nội dung đề án")),
    Field("facility", "Đơn vị thụ hưởng", "text", ("Cơ sở thụ hưởng", "Tên cơ sở")),
    Field("address", "Địa điểm thực hiện", "text", ("Địa chỉ", "Địa điểm")),
    Field("begin", "Thời gian bắt đầu", "date", spans="begin"),
    Field("end", "Thời gian kết thúc", "date", spans="end"),
    Field("total", "Tổng kinh phí", "money", ("Tổng vốn đầu tư", "Tổng dự toán", "Tổng số")),
    Field("local", "Kinh phí KCĐP", "money", ("Kinh phí khuyến công địa phương", "NSKCĐP")),
    Field("national", "Kinh phí KCQG", "money", ("Kinh phí khuyến công quốc gia",)),
    Field("own", "Vốn đối ứng", "money", ("Đối ứng của cơ sở", "Đơn vị thụ hưởng đóng góp")),
    Field("note", "Ghi chú", "text"),
)
FACILITY_FIELDS = (
    Field("name", "Tên cơ sở", "text", ("Tên doanh nghiệp", "Tên đơn vị", "Cơ sở CNNT")),
    Field("tax_code", "Mã số thuế", "tax_code"),
    Field("address", "Địa chỉ", "text"),
    Field("person", "Người đại diện", "text", ("Chủ cơ sở", "Giám đốc")),
    Field("phone", "Điện thoại", "code"),
    Field("trade", "Ngành nghề", "text"),
    Field("workers", "Số lao động", "count"),
    Field("founded", "Năm thành lập", "year"),
)


@dataclass
class Province:
    """A sheet and its truth: `data` are row numbers, `keys` the field of each column letter."""

    rows: list
    fields: tuple
    keys: dict
    data: list
    unit: int = 1
    merged: tuple = ()
    hidden_rows: tuple = ()
    hidden_columns: tuple = ()
    groups: list = field(default_factory=list)
    sums: list = field(default_factory=list)

    def stream(self):
        """The sheet as an .xlsx file."""
        book = openpyxl.Workbook()
        for number, row in enumerate(self.rows, start=1):
            for index, cell in enumerate(row, start=1):
                if cell is not None:
                    book.active.cell(number, index, cell)
        for part in self.merged:
            book.active.merge_cells(part)
        for number in self.hidden_rows:
            book.active.row_dimensions[number].hidden = True
        for letter in self.hidden_columns:
            book.active.column_dimensions[letter].hidden = True
        stream = io.BytesIO()
        book.save(stream)
        stream.seek(0)
        return stream


def annex():
    """The annex of a plan decision: letterhead, three levels of head, a numbering row, groups, signatures."""
    rows = [
        ["UBND TỈNH AN BÌNH", None, None, None, None, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"],
        ["SỞ CÔNG THƯƠNG", None, None, None, None, "Độc lập - Tự do - Hạnh phúc"],
        [],
        ["PHỤ LỤC: KẾ HOẠCH KHUYẾN CÔNG ĐỊA PHƯƠNG NĂM 2025"],
        ["(Kèm theo Quyết định số 12/QĐ-UBND ngày 05 tháng 01 năm 2025 của UBND tỉnh)"],
        [None, None, None, None, None, None, None, "Đơn vị tính: triệu đồng"],
        ["TT", "Tên đề án", "Đơn vị thụ hưởng", "Địa điểm", "Kinh phí", None, None, "Ghi chú"],
        [None, None, None, None, "Tổng số", "Trong đó", None, None],
        [None, None, None, None, None, "KCĐP", "Đối ứng", None],
        ["(1)", "(2)", "(3)", "(4)", "(5)=(6)+(7)", "(6)", "(7)", "(8)"],
        ["I", "Hỗ trợ ứng dụng máy móc tiên tiến", None, None, 1500.5, 500.5, 1000],
        [1, "Máy sấy nông sản", "Công ty TNHH Hòa Phát Đạt", "xã An Hòa", 900.5, 300.5, 600, "mới"],
        [2, "Máy ép viên", "HTX Tân Tiến", "xã Bình Minh", 600, 200, 400],
        ["II", "Tổ chức hội chợ, triển lãm", None, None, 150, 150, None],
        [1, "Hội chợ hàng CNNT tiêu biểu", "Trung tâm Khuyến công", "thành phố An Bình", 150, 150],
        ["III", "Quản lý chương trình", "Sở Công Thương", "toàn tỉnh", 50, 50],
        [None, "Tổng cộng", None, None, 1700.5, 700.5, 1000],
        [],
        ["Ghi chú: kinh phí đối ứng do cơ sở tự bảo đảm."],
        [None, None, None, None, None, "An Bình, ngày 05 tháng 01 năm 2025"],
        [None, "Nơi nhận:", None, None, None, "GIÁM ĐỐC"],
        [None, "- Như trên;", None, None, None, "(Ký, ghi rõ họ tên)"],
        [None, "- Lưu: VT.", None, None, None, None],
        [None, None, None, None, None, "Nguyễn Văn Thử"],
    ]
    return Province(
        rows,
        PROJECT_FIELDS,
        {"B": "name", "C": "facility", "D": "address", "E": "total", "F": "local", "G": "own", "H": "note"},
        [12, 13, 15, 16],
        1_000_000,
        ("A4:H4", "A7:A9", "B7:B9", "C7:C9", "D7:D9", "E7:G7", "H7:H9", "E8:E9", "F8:G8"),
        groups=[11, 14],
        sums=[17],
    )


def unmerged_two_levels():
    """Heads of two levels without merged cells, money as Vietnamese text, "Cộng mục I", repeated head."""
    rows = [
        ["Biểu tổng hợp đề án khuyến công"],
        ["STT", "Tên đề án, nhiệm vụ", "Cơ sở thụ hưởng", "Kinh phí (tr.đ)", None, None, "Thời gian", None],
        [None, None, None, "Tổng", "KCQG", "KCĐP", "Bắt đầu", "Kết thúc"],
        ["A", "HUYỆN CHÂU HÒA"],
        ["1", "Dây chuyền đóng gói", "Cơ sở Ba Tốt", "1.234,5", "234,5", "1.000", "tháng 3/2018", "quý IV/2018"],
        ["2", "Lò nung gốm", "DNTN Gốm Đỏ", "800", "-", "800", "05.03.18", "31/12/2018"],
        ["Cộng A", None, None, "2.034,5", "234,5", "1.800"],
        ["STT", "Tên đề án, nhiệm vụ", "Cơ sở thụ hưởng", "Kinh phí (tr.đ)", None, None, "Thời gian", None],
        [None, None, None, "Tổng", "KCQG", "KCĐP", "Bắt đầu", "Kết thúc"],
        ["B", "HUYỆN TÂN LẬP"],
        ["3", "Máy cưa CNC", "Hộ kinh doanh Năm Gỗ", "450", "", "450", "1/4/2018", "30/9/2018"],
        ["Cộng B", None, None, "450", "", "450"],
        ["TỔNG CỘNG (A+B)", None, None, "2.484,5", "234,5", "2.250"],
        ["Người lập biểu", None, None, "Kế toán trưởng", None, None, "Giám đốc"],
        ["Trần Thị B", None, None, "Lê C", None, None, "Phạm D"],
    ]
    return Province(
        rows,
        PROJECT_FIELDS,
        {"B": "name", "C": "facility", "D": "total", "E": "national", "F": "local", "G": "begin", "H": "end"},
        [5, 6, 11],
        1_000_000,
        groups=[4, 10],
        sums=[7, 12, 13],
    )


def blank_columns():
    """Begins at C4 with an empty column inside, total on top, group of bare words, a hidden row and column."""
    rows = [
        [],
        [None, None, "DANH SÁCH ĐỀ ÁN ĐÃ HỖ TRỢ"],
        [None, None, "ĐVT: 1.000 đ"],
        [None, None, "Số TT", None, "Tên đề án", "Đơn vị thụ hưởng", "Tổng kinh phí", "Kinh phí KCĐP", "Mã số nội bộ"],
        [None, None, None, None, "TỔNG SỐ", None, 950_000, 350_000],
        [None, None, None, None, "Huyện Mỹ Xuyên"],
        [None, None, 1, None, "Máy đóng chai", "Công ty Nước Mát", 400_000, 150_000, 77],
        [None, None, 2, None, "Máy chiên", "Cơ sở Bánh Pía Hồng", 300_000, 100_000, 78],
        [],
        [None, None, None, None, "Huyện Kế Sách"],
        [None, None, 3, None, "Máy tách màu", "HTX Lúa Sạch", 250_000, 100_000, 79],
        [None, None, 4, None, "Đề án đã dừng", "HTX Cũ", 1_000, 1_000, 80],
    ]
    return Province(
        rows,
        PROJECT_FIELDS,
        {"E": "name", "F": "facility", "G": "total", "H": "local"},
        [7, 8, 11],
        1_000,
        hidden_rows=(12,),
        hidden_columns=("I",),
        groups=[6, 10],
        sums=[5],
    )


def merged_down():
    """One project over several facilities: number and name merged down; its sum merged down counts once."""
    rows = [
        ["BẢNG CHI TIẾT ĐỀ ÁN NHÓM (Đơn vị: đồng)"],
        ["TT", "Tên đề án", "Cơ sở thụ hưởng", "Địa chỉ", "Kinh phí KCĐP", "Tổng kinh phí"],
        [1, "Hỗ trợ máy may", "Cơ sở May Xinh", "xã Hòa An", 50_000_000, 400_000_000],
        [None, None, "Cơ sở May Đẹp", "xã Hòa Bình", 60_000_000, None],
        [None, None, "Cơ sở May Bền", "xã Hòa Lợi", 40_000_000, None],
        [2, "Hỗ trợ lò sấy", "Hộ Bảy Lò", "xã Long Đức", 70_000_000, 160_000_000],
        ["Cộng", None, None, None, 220_000_000, 560_000_000],
    ]
    return Province(
        rows,
        PROJECT_FIELDS,
        {"B": "name", "C": "facility", "D": "address", "E": "local", "F": "total"},
        [3, 4, 5, 6],
        1,
        ("A3:A5", "B3:B5", "F3:F5"),
        sums=[7],
    )


def facilities():
    """A list of facilities: tax codes without their zero, phones as numbers, no serial column, notes with a star."""
    rows = [
        ["DANH SÁCH CƠ SỞ CNNT TRÊN ĐỊA BÀN TỈNH"],
        ["Tên doanh nghiệp", "MST", "Địa chỉ trụ sở", "Chủ cơ sở", "SĐT", "Ngành nghề SXKD", "Số LĐ (người)", "Năm TL"],
        ["Công ty TNHH Một", 100233488, "ấp 1, xã Phú Lộc", "Nguyễn Một", 912345678, "gốm sứ", 25, 2010],
        ["DNTN Hai", "0314409058-002", "ấp 2, xã Phú Lộc", "Trần Hai", "0299.3821234", "cơ khí", "12 người", "2015"],
        ["Hộ kinh doanh Ba", "001095012345", "khóm 3", "Lê Ba", "0988 777 666", "bánh pía", 4.0, "năm 2020"],
        ["(*) Số liệu do phòng Kinh tế các huyện cung cấp."],
    ]
    return Province(
        rows,
        FACILITY_FIELDS,
        {"A": "name", "B": "tax_code", "C": "address", "D": "person", "E": "phone", "F": "trade", "G": "workers",
         "H": "founded"},
        [3, 4, 5],
    )  # fmt: skip


def two_tables():
    """Two tables one below the other with different heads; the second is not this import's."""
    rows = [
        ["I. KẾ HOẠCH ĐỀ ÁN", None, None, "Đơn vị tính: đồng"],
        ["TT", "Mã đề án", "Tên đề án", "Tổng kinh phí", "Kinh phí KCQG"],
        [1, "DA-001", "Máy dệt chiếu", 250_000_000, 100_000_000],
        [2, "DA-002", "Máy xay cà phê", 350_000_000, 150_000_000],
        [None, None, "Cộng", 600_000_000, 250_000_000],
        [],
        ["II. DANH SÁCH CÁN BỘ"],
        ["TT", "Họ và tên", "Chức vụ", "Đơn vị"],
        [1, "Nguyễn A", "Trưởng phòng", "Trung tâm"],
        [2, "Trần B", "Chuyên viên", "Trung tâm"],
    ]
    return Province(
        rows,
        PROJECT_FIELDS,
        {"B": "code", "C": "name", "D": "total", "E": "national"},
        [3, 4],
        sums=[5],
    )


def dotted_numbers():
    """Groups numbered 1, 2 with data 1.1 and 1.2 that Excel keeps as numbers; sums in the groups; no total."""
    rows = [
        ["Phụ lục 2 - ĐVT: trđ"],
        ["STT", "Nội dung đề án", "Địa điểm thực hiện", "Tổng dự toán", "NSKCĐP", "Đơn vị thụ hưởng đóng góp"],
        [1, "Hỗ trợ máy móc", None, 300, 100, 200],
        [1.1, "Máy cán tôn", "xã Một", 120.25, 40.25, 80],
        [1.2, "Máy hàn tự động", "xã Hai", 179.75, 59.75, 120],
        [2, "Trình diễn kỹ thuật", None, 500, 250, 250],
        [2.1, "Mô hình gạch không nung", "xã Ba", 500, 250, 250],
    ]
    return Province(
        rows,
        PROJECT_FIELDS,
        {"B": "name", "C": "address", "D": "total", "E": "local", "F": "own"},
        [4, 5, 7],
        1_000_000,
        groups=[3, 6],
    )


def dates_and_floats():
    """Days as Excel days, as text, as serial numbers; sums with the rest that binary numbers leave."""
    rows = [
        ["Stt", "Tên đề án", "Ngày bắt đầu", "Ngày kết thúc", "Vốn đối ứng (triệu đồng)", "Kinh phí KCĐP (đồng)"],
        [1, "Đóng tàu gỗ", datetime(2018, 3, 5), "31/12/2018", 181946.90000000002, 300_000_000],
        [2, "Nhà màng", 43164, "5-6-2018", 0.1 + 0.2, "25 tr"],
        [3, "Sấy cá", "2018-03-05", "30.11.18", "1,2 tỷ", "120.000.000 đ"],
        ["Tổng", None, None, None, 183147.2, 445_000_000],
    ]
    return Province(
        rows,
        PROJECT_FIELDS,
        {"B": "name", "C": "begin", "D": "end", "E": "own", "F": "local"},
        [2, 3, 4],
        sums=[5],
    )


def letters_and_dashes():
    """Groups A and I, data a) b), lines of an enumeration beside; English numbers; a title over two lines."""
    rows = [
        ["TỔNG HỢP ĐỀ ÁN KHUYẾN CÔNG"],
        ["GIAI ĐOẠN 2021 - 2025"],
        ["ĐVT: đồng"],
        ["TT", "Tên đề án", "Đơn vị thụ hưởng", "Tổng kinh phí", "Ghi chú"],
        ["A", "KHUYẾN CÔNG ĐỊA PHƯƠNG", None, "1,500,000,000"],
        ["I", "Năm 2021", None, "1,500,000,000"],
        ["a)", "Máy thổi chai", "Cty CP Nhựa Sài", "500,000,000", "xong"],
        ["b)", "Máy in bao bì", "Cty TNHH In Lụa", "1,000,000,000", "xong"],
        ["B", "KHUYẾN CÔNG QUỐC GIA", None, "700,000,000"],
        ["I", "Năm 2022", None, "700,000,000"],
        ["a)", "Máy dập khuôn", "Cty Cơ khí Thép", "700,000,000", "đang làm"],
        ["Cộng (A+B)", None, None, "2,200,000,000"],
        ["Bằng chữ: Hai tỷ hai trăm triệu đồng."],
    ]
    return Province(
        rows,
        PROJECT_FIELDS,
        {"B": "name", "C": "facility", "D": "total", "E": "note"},
        [7, 8, 11],
        groups=[5, 6, 9, 10],
        sums=[12],
    )


def plain_capital_heads():
    """Heads in capitals with line breaks and abbreviations; blank rows between; the unit in a group of the head."""
    rows = [
        ["SỐ\nTT", "TÊN ĐỀ ÁN", "ĐV THỤ\nHƯỞNG", "ĐỊA ĐIỂM\nTH", "NGUỒN VỐN (TRIỆU ĐỒNG)", None, None],
        [None, None, None, None, "KP KCĐP", "KP KCQG", "ĐỐI ỨNG"],
        [1, "Xưởng mộc", "CS CNNT Mộc Việt", "xã Tân An", 90, None, 200],
        [],
        [2, "Xưởng rèn", "CS Rèn Ba Búa", "xã Tân Bình", None, 150, 400],
        [],
        [],
        [3, "Xưởng dệt", "CS Dệt Lụa", "xã Tân Châu", 110, None, 300],
    ]
    return Province(
        rows,
        PROJECT_FIELDS,
        {"B": "name", "C": "facility", "D": "address", "E": "local", "F": "national", "G": "own"},
        [3, 5, 8],
        1_000_000,
        ("A1:A2", "B1:B2", "C1:C2", "D1:D2", "E1:G1"),
    )


PROVINCES = (
    annex,
    unmerged_two_levels,
    blank_columns,
    merged_down,
    facilities,
    two_tables,
    dotted_numbers,
    dates_and_floats,
    letters_and_dashes,
    plain_capital_heads,
)
