import django.db.models.deletion
from django.db import migrations, models


def a_row_for_each(apps, schema_editor):
    """The worker counts those of large reports when it looks around."""
    kept = apps.get_model("reports", "KeptFigures")
    reports = apps.get_model("reports", "Evaluation").objects.values_list("pk", flat=True)
    kept.objects.bulk_create(kept(evaluation_id=pk) for pk in reports.iterator())


class Migration(migrations.Migration):

    dependencies = [
        ('reports', '0005_one_index_of_words'),
    ]

    operations = [
        migrations.CreateModel(
            name='KeptFigures',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('claimed_until', models.DateTimeField(editable=False, null=True, verbose_name='đang làm đến')),
                ('attempts', models.PositiveSmallIntegerField(default=0, editable=False, verbose_name='số lần làm')),
                ('tables', models.JSONField(help_text='{khóa: bảng}, như dữ liệu đóng băng khi phát hành', null=True, verbose_name='bảng')),
                ('counted_at', models.DateTimeField(null=True, verbose_name='đếm lúc')),
                ('counted', models.CharField(blank=True, max_length=80, verbose_name='trạng thái dữ liệu khi đếm')),
                ('tried_at', models.DateTimeField(null=True, verbose_name='thử lúc')),
                ('tried', models.CharField(blank=True, max_length=80, verbose_name='trạng thái dữ liệu khi thử')),
                ('evaluation', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='kept', to='reports.evaluation', verbose_name='báo cáo')),
            ],
            options={
                'verbose_name': 'số liệu đếm sẵn',
                'verbose_name_plural': 'số liệu đếm sẵn',
            },
        ),
        migrations.RunPython(a_row_for_each, migrations.RunPython.noop),
    ]
