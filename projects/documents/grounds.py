"""Texts that decisions rest on, as they were in force on a day; the wording of each body may name others."""

from datetime import date

from khuyencong.dates import long_date
from programs.models import Scope

# [(in force from, text)], the latest last.
LOCAL_GOVERNMENT = (
    (date(2004, 1, 10), "Luật Tổ chức Hội đồng nhân dân và Ủy ban nhân dân ngày 26 tháng 11 năm 2003"),
    (date(2016, 1, 1), "Luật Tổ chức chính quyền địa phương ngày 19 tháng 6 năm 2015"),
    (date(2025, 3, 1), "Luật Tổ chức chính quyền địa phương ngày 19 tháng 02 năm 2025"),
    (date(2025, 6, 16), "Luật Tổ chức chính quyền địa phương ngày 16 tháng 6 năm 2025"),
)
DECREE = "Nghị định số 45/2012/NĐ-CP ngày 21 tháng 5 năm 2012 của Chính phủ về khuyến công"
DECREES = (
    (date(2012, 7, 5), DECREE),
    (
        date(2025, 10, 15),
        f"{DECREE} (được sửa đổi, bổ sung tại Nghị định số 235/2025/NĐ-CP ngày 27 tháng 8 năm 2025 của Chính phủ)",
    ),
)
CIRCULAR = (
    "Thông tư số 46/2012/TT-BCT ngày 28 tháng 12 năm 2012 của Bộ trưởng Bộ Công Thương quy định chi tiết một số nội "
    "dung của Nghị định số 45/2012/NĐ-CP"
)
NATIONAL_CIRCULAR = (
    "Thông tư số 36/2013/TT-BCT ngày 27 tháng 12 năm 2013 của Bộ trưởng Bộ Công Thương quy định về việc xây dựng kế "
    "hoạch, tổ chức thực hiện và quản lý kinh phí khuyến công quốc gia"
)
FUNDS = (
    (
        date(2014, 4, 4),
        "Thông tư liên tịch số 26/2014/TTLT-BTC-BCT ngày 18 tháng 02 năm 2014 của Bộ trưởng Bộ Tài chính, Bộ trưởng "
        "Bộ Công Thương",
    ),
    (
        date(2018, 5, 11),
        "Thông tư số 28/2018/TT-BTC ngày 28 tháng 3 năm 2018 của Bộ trưởng Bộ Tài chính hướng dẫn lập, quản lý, sử "
        "dụng kinh phí khuyến công quốc gia và kinh phí khuyến công địa phương",
    ),
)


def in_force(texts, day: date) -> str:
    """The text that counted on the day; before the first one, that."""
    return max((row for row in texts if row[0] <= day), default=texts[0])[1]


def circular_on(scope: str) -> str:
    """What binds the money of a plan: the ministry's circular, or that on local work."""
    return NATIONAL_CIRCULAR if scope == Scope.NATIONAL else CIRCULAR


def decision_words(number: str, day: date | None, issuer: str) -> str:
    """“Quyết định số 10/QĐ-UBND ngày 04 tháng 01 năm 2016 của …”, dots where a part is missing."""
    told = f"Quyết định số {number or '......'} {long_date(day)}"
    return f"{told} của {issuer}" if issuer else told
