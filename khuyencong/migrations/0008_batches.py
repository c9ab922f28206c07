import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('khuyencong', '0007_number_series'),
    ]

    operations = [
        migrations.CreateModel(
            name='Batch',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('title', models.CharField(max_length=200, verbose_name='tên')),
                ('issues', models.BooleanField(default=False, help_text='Phát hành văn bản nào chưa phát hành.', verbose_name='phát hành')),
                ('dated_on', models.DateField(blank=True, null=True, verbose_name='ngày văn bản')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='yêu cầu lúc')),
                ('claimed_until', models.DateTimeField(null=True, verbose_name='đang ghép đến')),
                ('finished_at', models.DateTimeField(null=True, verbose_name='xong lúc')),
                ('expires_at', models.DateTimeField(null=True, verbose_name='giữ đến')),
                ('merged', models.FileField(blank=True, upload_to='batches/', verbose_name='tệp in')),
                ('archive', models.FileField(blank=True, upload_to='batches/', verbose_name='tệp nén')),
                ('requested_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='người yêu cầu')),
            ],
            options={
                'verbose_name': 'in hàng loạt',
                'verbose_name_plural': 'in hàng loạt',
                'ordering': ['-pk'],
            },
        ),
        migrations.CreateModel(
            name='BatchItem',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveIntegerField(verbose_name='thứ tự')),
                ('kind', models.CharField(max_length=40, verbose_name='loại văn bản')),
                ('record_id', models.BigIntegerField(verbose_name='số hồ sơ')),
                ('variant', models.CharField(blank=True, max_length=40, verbose_name='lần, phần')),
                ('label', models.CharField(max_length=300, verbose_name='văn bản')),
                ('status', models.CharField(choices=[('waiting', 'Đang chờ'), ('done', 'Xong'), ('failed', 'Không xong')], default='waiting', max_length=8, verbose_name='trạng thái')),
                ('attempts', models.PositiveSmallIntegerField(default=0, verbose_name='số lần làm')),
                ('claimed_until', models.DateTimeField(null=True, verbose_name='đang làm đến')),
                ('error', models.CharField(blank=True, max_length=600, verbose_name='lỗi')),
                ('filename', models.CharField(blank=True, max_length=200, verbose_name='tên tệp')),
                ('file', models.FileField(blank=True, upload_to='batches/', verbose_name='tệp')),
                ('batch', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='items', to='khuyencong.batch', verbose_name='lần in')),
                ('document', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='khuyencong.issueddocument', verbose_name='văn bản phát hành')),
            ],
            options={
                'verbose_name': 'văn bản của lần in',
                'verbose_name_plural': 'văn bản của lần in',
                'ordering': ['position'],
                'constraints': [models.UniqueConstraint(fields=('batch', 'position'), name='batch_item_position_unique'), models.UniqueConstraint(fields=('batch', 'kind', 'record_id', 'variant'), name='batch_item_once'), models.CheckConstraint(condition=models.Q(models.Q(('status', 'done'), _negated=True), models.Q(('filename', ''), _negated=True), _connector='OR'), name='batch_item_done_has_file', violation_error_message='Văn bản đã xong phải có tệp.')],
            },
        ),
    ]
