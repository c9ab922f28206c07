"""When acts are due: Thông tư 36/2013/TT-BCT, Điều 10, 18, 23, and what a portal may propose beside it."""

from datetime import date

from django.db import migrations

TT36 = "Thông tư 36/2013/TT-BCT"
TT17 = "Thông tư 17/2018/TT-BCT"
FOLLOWED = {
    "is_verified": False,
    "note": "Đề xuất: không văn bản nào định số tháng; Sở sửa theo quy chế của tỉnh. Không hỏi lại đề án nghiệm thu "
    "trước ngày có hiệu lực ghi ở đây.",
    "valid_from": date(2025, 1, 1),
}

RULES = [
    {
        "key": "register_department", "scope": "national", "kind": "yearly", "day": 20, "month": 5, "year_offset": -1,
        "legal_source": f"{TT36}, Điều 10 khoản 1", "is_verified": False,
        "note": f"Ngày 20/5 của lời văn năm 2013; từ {TT17} mỗi Sở tự định ngày, sửa theo văn bản của Sở.",
    },
    {
        "key": "register_ministry", "scope": "national", "kind": "yearly", "day": 20, "month": 6, "year_offset": -1,
        "legal_source": f"{TT17}, Điều 1 khoản 9", "is_verified": True,
        "note": f"Trước ngày 20/6 của năm trước; {TT36}, Điều 10, lời văn năm 2013: ngày 15/6.",
    },
    {
        "key": "monthly_report", "kind": "monthly", "day": 25,
        "legal_source": f"{TT36}, Điều 23 khoản 3 điểm a", "is_verified": True,
        "note": "Báo cáo của tháng nào gửi trước ngày 25 của tháng đó.",
    },
    {
        "key": "contract_end", "kind": "after", "days_after": 0,
        "legal_source": "Hợp đồng đã ký", "is_verified": True,
        "note": "Ngày kết thúc ghi trong hợp đồng; số ngày khác 0 khi Sở cho thêm thời gian.",
    },
    {
        "key": "settlement", "kind": "after", "days_after": 15,
        "legal_source": f"{TT36}, Điều 18 khoản 1", "is_verified": True,
        "note": "Tính từ ngày nghiệm thu đề án cuối cùng của hợp đồng; ngày lịch, không phải ngày làm việc.",
    },
    {
        "key": "liquidation", "kind": "yearly", "day": 22, "month": 1, "year_offset": 1,
        "legal_source": f"{TT36}, Điều 18 khoản 2", "is_verified": True,
        "note": "Chậm nhất ngày 22/01 của năm sau.",
    },
    {"key": "follow_up_first", "kind": "after", "months_after": 6, **FOLLOWED},
    {"key": "follow_up_second", "kind": "after", "months_after": 12, **FOLLOWED},
]  # fmt: skip


def load(apps, schema_editor):
    rule = apps.get_model("programs", "DeadlineRule")
    for fields in RULES:
        rule.objects.create(**fields)


def unload(apps, schema_editor):
    apps.get_model("programs", "DeadlineRule").objects.filter(owner=None).delete()


class Migration(migrations.Migration):
    dependencies = [("programs", "0008_followed_indicators")]

    operations = [migrations.RunPython(load, unload)]
