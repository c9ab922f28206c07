"""Five steps that show a person their own work, on the real pages; a page of words and links without script, too."""

from dataclasses import dataclass

from django.urls import reverse

from khuyencong.models import Role

# In addresses: which step is shown.
STEP = "huong-dan"


@dataclass(frozen=True)
class Step:
    """`spot` is the part of the page that is meant, as a selector of CSS."""

    title: str
    text: str
    url_name: str
    spot: str

    def url(self, number):
        return f"{reverse(self.url_name)}?{STEP}={number}"


TASKS = Step(
    "Việc của tôi",
    "Mở cổng ra là thấy việc đang chờ chính mình: gom theo loại việc, việc quá hạn và gần hạn đứng trước, nút làm ngay "
    "ở bên phải. Hai con số trên đầu mọi trang là số việc đang chờ và số tin chưa đọc.",
    "home", ".desk-numbers",
)  # fmt: skip
FIND = Step(
    "Tìm gì cũng ở một ô",
    "Bấm phím / ở bất cứ trang nào rồi gõ: tên, mã, mã số thuế, số quyết định, tên xã cũ hay mới, không cần dấu.",
    "home", "#site-search",
)  # fmt: skip
LIST = Step(
    "Danh sách theo ý mình",
    "Lọc, sắp xếp, bỏ từng điều kiện bằng dấu ×; số hồ sơ và tổng tiền đang lọc ở ngay trên. Đặt tên và lưu bộ "
    "lọc hay dùng ở “Bộ lọc của tôi”, gửi được cho đồng nghiệp bằng một liên kết.",
    "projects:list", ".list-bar-acts",
)  # fmt: skip
HELP = Step(
    "Khi chưa rõ",
    "Trợ giúp, “Ai được làm gì” và “Có gì mới” ở cuối mọi trang. Năm bước này luôn có ở trang Trợ giúp.",
    "help", "main h1",
)  # fmt: skip
PLANS = Step(
    "Kế hoạch năm",
    "Mỗi kế hoạch cho thấy dự toán, số đã xếp, số còn lại theo nguồn, và việc tiếp theo là của ai.",
    "projects:plan_list", "main table, main .empty",
)  # fmt: skip
MONEY = Step(
    "Hợp đồng và tiền",
    "Giá trị theo nguồn, đã chi, còn được chi; mở một hợp đồng để ghi tạm ứng, thanh toán, quyết toán.",
    "projects:contract_list", "main table, main .empty",
)  # fmt: skip
STEPS = {
    Role.OFFICER: (
        TASKS,
        Step(
            "Lập đề án",
            "Chọn kế hoạch, gõ tên, lưu: đề án có danh sách các phần phải điền, phần nào xong có dấu. Gõ dở cổng tự "
            "giữ; lúc trình, trang Kiểm tra cho xem lại. Nhiều đề án giống nhau: mở kế hoạch, bấm “Nhập theo bảng”.",
            "projects:create", "main form",
        ),
        LIST, FIND, HELP,
    ),
    Role.REVIEWER: (TASKS, PLANS, LIST, FIND, HELP),
    Role.DIRECTOR: (
        TASKS, PLANS, LIST,
        Step(
            "Báo cáo đánh giá",
            "Số liệu giai đoạn đếm thẳng từ đề án, biên bản, chứng từ; bấm vào một số là thấy đúng các dòng phía sau.",
            "evaluations", "main h1",
        ),
        HELP,
    ),
    Role.ACCOUNTANT: (TASKS, MONEY, LIST, FIND, HELP),
    Role.VIEWER: (
        Step(
            "Con số của năm",
            "Dự toán, đã chi, nghiệm thu, nguy cơ không chi hết. Bấm vào một số là mở đúng danh sách của số ấy.",
            "home", "main h1",
        ),
        PLANS, LIST, FIND, HELP,
    ),
    Role.ADMIN: (
        Step(
            "Người dùng, cơ quan, danh mục",
            "Trang quản trị giữ tài khoản và danh mục; quản trị không quyết định đề án, kế hoạch.",
            "home", "main .page-head",
        ),
        Step(
            "Vận hành", "Sao lưu, diễn tập khôi phục: lần đạt gần nhất và việc quá hạn.", "operations", "main h1"
        ),
        Step(
            "Mẫu văn bản", "Đầu văn bản, người ký, lời văn in ra; xem thử trước khi đưa vào dùng.", "print_settings",
            "main h1",
        ),
        FIND, HELP,
    ),
}  # fmt: skip


def steps_of(user):
    return STEPS.get(user.role, STEPS[Role.VIEWER])


def step_at(user, text):
    """(number, step) that an address asks for, None where it asks for none."""
    steps = steps_of(user)
    if not (text.isascii() and text.isdigit() and len(text) == 1 and 1 <= int(text) <= len(steps)):
        return None
    return int(text), steps[int(text) - 1]
