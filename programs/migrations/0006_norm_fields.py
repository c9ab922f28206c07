"""Levels of support of one province, and what a rate is of; apart from the rows, which PostgreSQL asks for."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("programs", "0005_advance_rules"), ("khuyencong", "0005_files_and_delegation")]

    operations = [
        migrations.AlterField(
            model_name="norm",
            name="content",
            field=models.ForeignKey(
                blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="norms",
                to="programs.activitycontent", verbose_name="nội dung",
                help_text="Chọn nội dung của Điều 4 thì áp dụng cho mọi loại hoạt động chưa có mức riêng. "
                "Trống: chỉ nhắc ở nội dung chưa có mức nào.",
            ),
        ),
        migrations.AddField(
            model_name="norm",
            name="province",
            field=models.ForeignKey(
                blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+",
                to="khuyencong.administrativeunit", verbose_name="của tỉnh",
                limit_choices_to={"level": "province", "division": "new"},
                help_text="Mức do HĐND, UBND tỉnh quy định; được dùng trước mức chung.",
            ),
        ),
        migrations.AddField(
            model_name="norm",
            name="rate_of",
            field=models.CharField(
                blank=True, max_length=120, verbose_name="tỷ lệ tính trên",
                help_text="Trống: chi phí của cơ sở hoặc đề án. Tính trên thứ khác (giá thuê gian hàng, lãi suất…) thì "
                "cổng chỉ nhắc, không tính.",
            ),
        ),
        migrations.AlterField(
            model_name="rulefigure",
            name="key",
            field=models.CharField(
                max_length=30, verbose_name="quy định",
                choices=[
                    ("duplicate_years", "Số năm xét trùng hỗ trợ"),
                    ("foreign_fairs", "Số lần tham gia hội chợ nước ngoài trong năm của một cơ sở"),
                    ("advance_cap", "Trần tạm ứng trước nghiệm thu (%)"),
                    ("upload_megabytes", "Dung lượng tối đa của một tệp (MB)"),
                    ("key_contents", "Số nội dung ít nhất của đề án điểm"),
                    ("key_months", "Số tháng mà đề án điểm phải dài hơn"),
                    ("sme_labour", "Số lao động nhiều nhất của doanh nghiệp nhỏ và vừa"),
                    ("sme_capital_billions", "Tổng nguồn vốn nhiều nhất của doanh nghiệp nhỏ và vừa (tỷ đồng)"),
                ],
            ),
        ),
    ]
