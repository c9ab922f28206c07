"""Issued papers never change, whoever asks the database; and a count of who asks the public pages."""

from django.db import migrations, models

from khuyencong.append_only import append_only, closed_once

CLOSING = ("status", "closed_by_id", "closed_at", "close_reason")


class Migration(migrations.Migration):
    dependencies = [("khuyencong", "0011_scan_attempts")]

    operations = [
        migrations.CreateModel(
            name="VisitCount",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("address", models.CharField(max_length=64, verbose_name="địa chỉ (băm)")),
                ("minute", models.DateTimeField(db_index=True, verbose_name="phút")),
                ("count", models.PositiveIntegerField(default=0, verbose_name="số lần")),
            ],
            options={
                "verbose_name": "lượt xem trang công khai",
                "verbose_name_plural": "lượt xem trang công khai",
                "ordering": ["-minute"],
                "constraints": [
                    models.UniqueConstraint(fields=("address", "minute"), name="visit_count_unique"),
                ],
            },
        ),
        closed_once("khuyencong_issueddocument", "khuyencong.IssuedDocument", free=CLOSING),
        append_only("khuyencong_documentlink"),
    ]
