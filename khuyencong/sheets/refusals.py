"""Why a file is not opened, and what to do about it."""

from django.core.exceptions import ValidationError

ACCEPTED = "Excel (.xlsx, .xls), LibreOffice (.ods) và văn bản (.csv, .txt)"
MOST_MEGABYTES = 40
MOST_ROWS = 120_000
MOST_COLUMNS = 300
MOST_CELLS = 4_000_000
MOST_SHEETS = 60

_SAVE_AGAIN = "Mở bằng Excel, chọn Lưu thành (Save As) .xlsx rồi tải lại."
SENTENCES = {
    "damaged": f"hỏng hoặc không phải bảng tính. {_SAVE_AGAIN}",
    "kind": f"không phải bảng tính. Cổng nhận {ACCEPTED}.",
    "empty": "không có dữ liệu. Kiểm tra có đúng tệp cần tải rồi tải lại.",
    "password": "có mật khẩu nên không mở được. Bỏ mật khẩu (Tệp › Thông tin › Bảo vệ sổ làm việc), lưu rồi tải lại.",
    "macro": "có macro (chương trình) bên trong, không nhận. Lưu thành .xlsx (không macro) rồi tải lại.",
    "entities": "có khai báo XML lạ (DTD, thực thể) mà Excel không ghi, không nhận. " + _SAVE_AGAIN,
    "parts": f"có phần lạ bên trong. {_SAVE_AGAIN}",
    "links": "có liên kết chạy chương trình khác (DDE, OLE), không nhận. Vào Dữ liệu › Sửa liên kết, ngắt liên kết, "
    "lưu rồi tải lại.",
    "bomb": "bên trong quá lớn so với tệp (tệp nén bất thường), không mở. Chép vùng dữ liệu cần nhập sang tệp mới "
    "rồi tải lại.",
    "large": "quá nhiều dòng hoặc cột để đọc. Xóa dòng, cột trống thừa hoặc tách thành nhiều tệp, "
    f"mỗi tệp không quá {MOST_ROWS // 1000}.000 dòng và {MOST_COLUMNS} cột.",
    "far": "có ô nằm rất xa bảng (đến {cell}). Chọn các dòng, cột thừa ngoài bảng, xóa hẳn (Delete), lưu rồi tải lại.",
    "size": f"lớn hơn {MOST_MEGABYTES} MB. Bỏ ảnh, trang không cần nhập hoặc tách thành nhiều tệp rồi tải lại.",
    "sheets": f"có hơn {MOST_SHEETS} trang. Giữ lại các trang cần nhập rồi tải lại.",
    "binary": f"là sổ nhị phân (.xlsb). {_SAVE_AGAIN}",
    "html": "là trang web (HTML, XML) mang đuôi bảng tính. " + _SAVE_AGAIN,
    "text": "không đọc được chữ bên trong (không phải Unicode, TCVN3, VNI). Mở bằng Excel, lưu thành "
    "“CSV UTF-8” hoặc .xlsx rồi tải lại.",
}


def refusal(code: str, detail: str = "") -> ValidationError:
    """The ValidationError of one of SENTENCES, not yet naming the file; `detail` takes the place of its words."""
    return ValidationError(detail or SENTENCES[code], code=code)
