import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("khuyencong", "0014_imports"),
    ]

    operations = [
        migrations.CreateModel(
            name="ReturnedSheet",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(max_length=40, verbose_name="danh sách")),
                ("name", models.CharField(max_length=200, verbose_name="tên tệp")),
                ("sha256", models.CharField(max_length=64, verbose_name="mã băm")),
                ("uploaded_at", models.DateTimeField(auto_now_add=True, verbose_name="đưa lên lúc")),
                ("made_at", models.DateTimeField(verbose_name="tệp xuất lúc")),
                ("made_by", models.CharField(max_length=200, verbose_name="người xuất")),
                ("row_count", models.PositiveIntegerField(default=0, verbose_name="số dòng")),
                ("rows", models.JSONField(default=list, verbose_name="các dòng khác")),
                ("refused", models.JSONField(default=list, verbose_name="ô không đọc được")),
                ("remarks", models.JSONField(default=list, verbose_name="điều cần biết")),
                (
                    "status",
                    models.CharField(
                        choices=[("open", "Chờ xác nhận"), ("done", "Đã ghi"), ("dropped", "Đã bỏ")],
                        default="open",
                        max_length=10,
                        verbose_name="trạng thái",
                    ),
                ),
                ("finished_at", models.DateTimeField(null=True, verbose_name="xong lúc")),
                ("written", models.JSONField(default=list, help_text="[[dòng, số ô], …]", verbose_name="đã ghi")),
                (
                    "uploaded_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="người đưa lên",
                    ),
                ),
            ],
            options={
                "verbose_name": "tệp sửa ngoài máy",
                "verbose_name_plural": "tệp sửa ngoài máy",
                "ordering": ["-pk"],
            },
        ),
        migrations.CreateModel(
            name="ColumnChoice",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(max_length=40, verbose_name="danh sách")),
                ("columns", models.JSONField(default=list, verbose_name="các cột")),
                ("changed_at", models.DateTimeField(auto_now=True, verbose_name="chọn lúc")),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="của",
                    ),
                ),
            ],
            options={
                "verbose_name": "cột đã chọn",
                "verbose_name_plural": "cột đã chọn",
                "ordering": ["pk"],
                "constraints": [models.UniqueConstraint(fields=("user", "kind"), name="column_choice_one_per_list")],
            },
        ),
        migrations.CreateModel(
            name="FormTemplate",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(max_length=40, verbose_name="biểu mẫu")),
                (
                    "note",
                    models.CharField(
                        blank=True, help_text="Ví dụ: theo công văn số …", max_length=200, verbose_name="ghi chú"
                    ),
                ),
                ("valid_from", models.DateField(verbose_name="dùng từ ngày")),
                ("valid_to", models.DateField(blank=True, null=True, verbose_name="đến hết ngày")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="đưa lên lúc")),
                (
                    "created_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="người đưa lên",
                    ),
                ),
                (
                    "file",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="khuyencong.storedfile",
                        verbose_name="tệp mẫu",
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="khuyencong.organisation",
                        verbose_name="cơ quan",
                    ),
                ),
            ],
            options={
                "verbose_name": "tệp mẫu biểu",
                "verbose_name_plural": "tệp mẫu biểu",
                "ordering": ["-valid_from", "-pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("valid_to", None), ("valid_to__gte", models.F("valid_from")), _connector="OR"
                        ),
                        name="form_template_days_in_order",
                        violation_error_message="Ngày hết hạn phải từ ngày bắt đầu dùng trở đi.",
                    )
                ],
            },
        ),
    ]
