"""Chỉ tiêu theo dõi: which indicators stand in a project, and which are asked for again after acceptance."""

from django.db import migrations, models

OF_PROJECTS = (
    "DEMO", "MACH", "CLASS", "LEARNER", "TRAINED", "SEMINAR", "CERT_PROVINCE", "CERT_REGION", "CERT_NATION", "FAIR",
    "WEB", "BRAND", "SHOWROOM", "CONSULT", "JOB_NEW",
)  # fmt: skip
FOLLOWED = ("JOB_NEW",)
# Code, name, unit; no text of law names them, so an administrator may change them.
NEW = [
    ("JOB_KEPT", "Lao động đang làm việc tại cơ sở", "người"),
    ("REVENUE", "Doanh thu của cơ sở trong 12 tháng gần nhất", "đồng"),
    ("OUTPUT_VALUE", "Giá trị sản lượng trong 12 tháng gần nhất", "đồng"),
    ("OUTPUT_TON", "Sản lượng trong 12 tháng gần nhất, tính bằng tấn", "tấn"),
    ("OUTPUT_PIECE", "Sản lượng trong 12 tháng gần nhất, tính bằng sản phẩm", "sản phẩm"),
]


def load(apps, schema_editor):
    indicator = apps.get_model("programs", "Indicator")
    last = indicator.objects.order_by("-position").values_list("position", flat=True).first() or 0
    for position, (code, name, unit) in enumerate(NEW, last + 1):
        indicator.objects.get_or_create(code=code, defaults={"name": name, "unit": unit, "position": position})
    codes = [code for code, _name, _unit in NEW]
    indicator.objects.filter(code__in=(*OF_PROJECTS, *codes)).update(is_of_projects=True)
    indicator.objects.filter(code__in=(*FOLLOWED, *codes)).update(is_followed=True)


def unload(apps, schema_editor):
    apps.get_model("programs", "Indicator").objects.filter(code__in=[code for code, _name, _unit in NEW]).delete()


class Migration(migrations.Migration):
    dependencies = [("programs", "0007_amendment_rules")]

    operations = [
        migrations.AddField(
            model_name="indicator",
            name="is_of_projects",
            field=models.BooleanField(
                default=False, help_text="Đề án nêu kế hoạch khi lập, kết quả khi nghiệm thu.",
                verbose_name="ghi ở từng đề án",
            ),
        ),
        migrations.AddField(
            model_name="indicator",
            name="is_followed",
            field=models.BooleanField(
                default=False, help_text="Cơ sở báo lại sau nghiệm thu, theo thời hạn của quy định.",
                verbose_name="theo dõi sau nghiệm thu",
            ),
        ),
        migrations.RunPython(load, unload),
    ]  # fmt: skip
