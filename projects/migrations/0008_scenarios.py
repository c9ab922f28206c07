import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("khuyencong", "0013_backups"),
        ("programs", "0010_paper_rules"),
        ("projects", "0007_norm_exceptions"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="PlanScenario",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="lập lúc")),
                ("updated_at", models.DateTimeField(auto_now=True, verbose_name="sửa cuối lúc")),
                ("version", models.PositiveIntegerField(default=1, editable=False, verbose_name="phiên bản")),
                (
                    "source_note",
                    models.CharField(
                        blank=True,
                        help_text="Văn bản hoặc bài viết mà số liệu lấy từ đó.",
                        max_length=500,
                        verbose_name="nguồn số liệu",
                    ),
                ),
                ("is_sample", models.BooleanField(default=False, editable=False, verbose_name="dữ liệu mẫu")),
                ("name", models.CharField(max_length=120, verbose_name="tên phương án")),
                ("note", models.CharField(blank=True, max_length=500, verbose_name="ghi chú")),
                ("chosen_at", models.DateTimeField(editable=False, null=True, verbose_name="lấy làm kế hoạch lúc")),
                (
                    "created_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="người lập",
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="khuyencong.organisation",
                        verbose_name="cơ quan quản lý",
                    ),
                ),
                (
                    "plan",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="scenarios",
                        to="programs.annualplan",
                        verbose_name="kế hoạch",
                    ),
                ),
                (
                    "province",
                    models.ForeignKey(
                        blank=True,
                        help_text="Theo địa giới từ 01/07/2025; trống khi trải trên nhiều tỉnh.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="khuyencong.administrativeunit",
                        verbose_name="tỉnh, thành phố",
                    ),
                ),
                (
                    "updated_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="người sửa cuối",
                    ),
                ),
            ],
            options={
                "verbose_name": "phương án kế hoạch",
                "verbose_name_plural": "phương án kế hoạch",
                "ordering": ["pk"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("plan", "name"),
                        name="plan_scenario_name_unique",
                        violation_error_message="Kế hoạch đã có phương án mang tên này.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ScenarioLine",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "place",
                    models.CharField(
                        choices=[
                            ("in_plan", "Trong kế hoạch"),
                            ("reserve", "Dự phòng"),
                            ("appraised", "Ngoài kế hoạch"),
                        ],
                        max_length=10,
                        verbose_name="xếp vào",
                    ),
                ),
                (
                    "project",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="projects.project",
                        verbose_name="đề án",
                    ),
                ),
                (
                    "scenario",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="lines",
                        to="projects.planscenario",
                        verbose_name="phương án",
                    ),
                ),
            ],
            options={
                "verbose_name": "dòng của phương án",
                "verbose_name_plural": "dòng của phương án",
                "ordering": ["pk"],
                "constraints": [
                    models.UniqueConstraint(fields=("scenario", "project"), name="scenario_line_unique"),
                    models.CheckConstraint(
                        condition=models.Q(("place__in", ["in_plan", "reserve", "appraised"])),
                        name="scenario_line_place_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="GridRow",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(max_length=40, verbose_name="khóa")),
                (
                    "plan",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="programs.annualplan",
                        verbose_name="kế hoạch",
                    ),
                ),
                (
                    "project",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="projects.project",
                        verbose_name="đề án",
                    ),
                ),
            ],
            options={
                "verbose_name": "dòng gõ trong bảng",
                "verbose_name_plural": "dòng gõ trong bảng",
                "constraints": [models.UniqueConstraint(fields=("plan", "key"), name="grid_row_key_unique")],
            },
        ),
    ]
