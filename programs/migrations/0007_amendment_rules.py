"""Who decides on a change of an approved project: Thông tư 36/2013/TT-BCT, Điều 11, and a default for local money."""

from django.db import migrations

TT36 = "Thông tư 36/2013/TT-BCT, Điều 11"
TT17 = (
    "Lời văn ban hành năm 2013; Thông tư 17/2018/TT-BCT (khoản 10, 11 Điều 1) sửa Điều 11, phần sửa của các khoản 2-4 "
    "chưa đối chiếu được."
)
LOCAL = "Đề xuất: Thông tư 36/2013 chỉ áp dụng cho khuyến công quốc gia; sửa theo quy chế khuyến công của tỉnh."
DECISION = "quyết định"
AGENCY_FORM = "quyết định của Cục hoặc điều khoản hợp đồng"
DEPARTMENT_FORM = "điều chỉnh kế hoạch hoặc quyết định của Sở, gửi Cục một bản"

NATIONAL = [
    # kind, target mode, authority, form, clause
    ("funding_up", "", "ministry", DECISION, TT36),
    ("content", "", "ministry", DECISION, TT36),
    ("extend", "", "ministry", DECISION, TT36),
    ("stop", "", "ministry", DECISION, f"{TT36} khoản 2 điểm a, khoản 3"),
    ("place", "specific", "agency", AGENCY_FORM, TT36),
    ("beneficiary", "specific", "agency", AGENCY_FORM, TT36),
    ("coordinator", "specific", "agency", AGENCY_FORM, TT36),
    ("place", "group", "department", DEPARTMENT_FORM, TT36),
    ("beneficiary", "group", "department", DEPARTMENT_FORM, TT36),
    ("coordinator", "group", "department", DEPARTMENT_FORM, TT36),
    ("time", "", "agency", AGENCY_FORM, TT36),
    ("funding_down", "", "agency", AGENCY_FORM, TT36),
]
LOCAL_AUTHORITIES = {
    "province": ("funding_up", "content", "extend", "stop"),
    "department": ("place", "beneficiary", "coordinator", "time", "funding_down"),
}


def load(apps, schema_editor):
    rule = apps.get_model("programs", "AmendmentRule")
    for kind, target_mode, authority, form, clause in NATIONAL:
        rule.objects.create(
            scope="national", kind=kind, target_mode=target_mode, authority=authority, form=form, legal_source=clause,
            note=TT17,
        )  # fmt: skip
    for authority, kinds in LOCAL_AUTHORITIES.items():
        for kind in kinds:
            rule.objects.create(scope="local", kind=kind, authority=authority, form=DECISION, note=LOCAL)


def unload(apps, schema_editor):
    apps.get_model("programs", "AmendmentRule").objects.filter(owner=None).delete()


class Migration(migrations.Migration):
    dependencies = [("programs", "0006_norms")]

    operations = [migrations.RunPython(load, unload)]
