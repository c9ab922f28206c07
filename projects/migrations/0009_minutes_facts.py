import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("projects", "0008_scenarios"),
    ]

    operations = [
        migrations.AddField(
            "acceptance", "started_at", models.TimeField(blank=True, null=True, verbose_name="bắt đầu lúc")
        ),
        migrations.AddField(
            "acceptance", "ended_at", models.TimeField(blank=True, null=True, verbose_name="kết thúc lúc")
        ),
        migrations.AddField(
            "acceptance", "copies", models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="số bản")
        ),
        migrations.AddField(
            "handovercontract",
            "contract",
            models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="projects.contract",
                verbose_name="hợp đồng trên cổng",
            ),
        ),
    ]
