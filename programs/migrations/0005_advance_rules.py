"""How much may be advanced first and on what evidence (Thông tư 36/2013/TT-BCT, Điều 13), and the cap above it."""

from django.db import migrations

TT36 = "Thông tư 36/2013/TT-BCT, Điều 13"
TT17 = "Lời văn ban hành năm 2013; Thông tư 17/2018/TT-BCT sửa Điều 13, phần sửa của khoản này chưa đối chiếu được."

CONTENTS = [
    # percent, evidence, beyond (%), clause, note, contents
    (
        30, "volume", 50, f"{TT36} khoản 1",
        "Theo Thông tư 17/2018/TT-BCT: hạ tầng cụm công nghiệp; sửa chữa, nâng cấp hệ thống xử lý ô nhiễm tại cụm.",
        ("CCN_INFRA", "POLLUTION_CCN"),
    ),
    (70, "contract", None, f"{TT36} khoản 2 điểm a", TT17, ("VOCATIONAL", "CRAFT_TRANSFER")),
    (
        70, "contract", None, f"{TT36} khoản 2 điểm b", TT17,
        ("CONSULT", "SEMINAR", "STARTUP", "STUDY_TOUR", "BRAND", "ASSOCIATION", "LINKAGE_CLUSTER", "CP_ASSESSMENT"),
    ),
    (
        70, "contract", None, f"{TT36} khoản 2 điểm c", TT17,
        ("FAIR_ORGANISE", "FAIR_JOIN", "BROADCAST", "DATABASE_WEB", "PRINT", "CCN_DETAIL_PLAN"),
    ),
    (
        70, "value", 70, f"{TT36} khoản 2 điểm d", TT17,
        ("DEMO_NEW", "DEMO_REPLICATE", "MACHINERY", "TECH_TRANSFER", "POLLUTION_FACILITY"),
    ),
    (100, "acceptance", None, f"{TT36} khoản 3", TT17, ("ENTERPRISE_SETUP",)),
]  # fmt: skip
DEFAULT = {
    "first_percent": 70,
    "evidence": "contract",
    "legal_source": "Thông tư 36/2013/TT-BCT, Điều 16",
    "is_verified": False,
    "note": "Nội dung không có dòng riêng do người đứng đầu cơ quan quản lý khuyến công quyết định; sửa theo đó.",
}
CAP = {
    "key": "advance_cap",
    "value": 70,
    "legal_source": "Thông tư liên tịch 26/2014/TTLT-BTC-BCT, Điều 8 khoản 2 điểm b",
    "is_verified": True,
    "note": "Áp dụng cho tổng tạm ứng trước nghiệm thu. Văn bản này hết hiệu lực từ 11/5/2018; mức kế tiếp của "
    "Thông tư 28/2018/TT-BTC chưa đối chiếu được.",
}


def load(apps, schema_editor):
    contents = {row.code: row for row in apps.get_model("programs", "ActivityContent").objects.all()}
    rule = apps.get_model("programs", "AdvanceRule")
    for percent, evidence, beyond, clause, note, codes in CONTENTS:
        for code in codes:
            rule.objects.create(
                content=contents[code], first_percent=percent, evidence=evidence, over_percent=beyond,
                legal_source=clause, note=note, is_verified=True,
            )  # fmt: skip
    rule.objects.create(**DEFAULT)
    apps.get_model("programs", "RuleFigure").objects.create(**CAP)


def unload(apps, schema_editor):
    apps.get_model("programs", "AdvanceRule").objects.filter(owner=None).delete()
    apps.get_model("programs", "RuleFigure").objects.filter(owner=None, key=CAP["key"]).delete()


class Migration(migrations.Migration):
    dependencies = [("programs", "0004_rules")]

    operations = [migrations.RunPython(load, unload)]
