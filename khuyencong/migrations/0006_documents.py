import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('khuyencong', '0005_files_and_delegation'),
    ]

    operations = [
        migrations.CreateModel(
            name='IssuedDocument',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(max_length=40, verbose_name='loại văn bản')),
                ('kind_label', models.CharField(max_length=160, verbose_name='tên loại văn bản')),
                ('title', models.CharField(max_length=600, verbose_name='trích yếu')),
                ('subject_type', models.CharField(max_length=60, verbose_name='loại hồ sơ')),
                ('subject_id', models.BigIntegerField(verbose_name='số hồ sơ')),
                ('subject_name', models.CharField(max_length=300, verbose_name='hồ sơ')),
                ('variant', models.CharField(blank=True, max_length=40, verbose_name='lần, phần')),
                ('issuer_name', models.CharField(max_length=250, verbose_name='cơ quan ban hành')),
                ('series', models.CharField(blank=True, help_text='Cơ quan và ký hiệu; trống: không số.', max_length=120, verbose_name='dãy số')),
                ('year', models.PositiveSmallIntegerField(verbose_name='năm')),
                ('number', models.PositiveIntegerField(blank=True, null=True, verbose_name='số')),
                ('number_text', models.CharField(blank=True, max_length=80, verbose_name='số, ký hiệu')),
                ('version', models.PositiveSmallIntegerField(default=1, verbose_name='bản')),
                ('dated_on', models.DateField(blank=True, null=True, verbose_name='ngày văn bản')),
                ('signer_name', models.CharField(blank=True, max_length=300, verbose_name='người ký')),
                ('status', models.CharField(choices=[('issued', 'Đang hiệu lực'), ('superseded', 'Đã thay thế'), ('revoked', 'Đã thu hồi')], default='issued', editable=False, max_length=10, verbose_name='trạng thái')),
                ('code', models.CharField(max_length=16, unique=True, verbose_name='mã tra cứu')),
                ('sha256', models.CharField(db_index=True, max_length=64, verbose_name='mã băm của PDF')),
                ('data', models.JSONField(default=dict, verbose_name='số liệu của văn bản')),
                ('page_count', models.PositiveIntegerField(verbose_name='số trang')),
                ('attachments', models.JSONField(default=list, verbose_name='tệp kèm theo')),
                ('issued_at', models.DateTimeField(auto_now_add=True, verbose_name='phát hành lúc')),
                ('closed_at', models.DateTimeField(editable=False, null=True, verbose_name='thu hồi, thay thế lúc')),
                ('close_reason', models.TextField(blank=True, editable=False, verbose_name='lý do thu hồi, thay thế')),
                ('is_sample', models.BooleanField(default=False, editable=False, verbose_name='dữ liệu mẫu')),
                ('search_key', models.TextField(editable=False, verbose_name='khóa tìm kiếm')),
                ('closed_by', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='người thu hồi, thay thế')),
                ('file', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='khuyencong.storedfile', verbose_name='tệp PDF')),
                ('issued_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='người phát hành')),
                ('owner', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='khuyencong.organisation', verbose_name='cơ quan quản lý hồ sơ')),
                ('province', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='khuyencong.administrativeunit', verbose_name='tỉnh, thành phố')),
                ('supersedes', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='superseded_by', to='khuyencong.issueddocument', verbose_name='thay thế')),
            ],
            options={
                'verbose_name': 'văn bản phát hành',
                'verbose_name_plural': 'văn bản phát hành',
                'ordering': ['-issued_at', '-pk'],
                'indexes': [models.Index(fields=['subject_type', 'subject_id'], name='issued_document_of_subject')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('number_text', ''), _negated=True), fields=('series', 'year', 'number_text', 'version'), name='issued_document_number_unique', violation_error_message='Số này đã có văn bản khác trong năm.'), models.UniqueConstraint(condition=models.Q(('status', 'issued')), fields=('kind', 'subject_type', 'subject_id', 'variant'), name='issued_document_one_in_force', violation_error_message='Hồ sơ đã có văn bản loại này đang hiệu lực; thu hồi hoặc thay thế bản đó.'), models.CheckConstraint(condition=models.Q(models.Q(('close_reason', ''), ('closed_at', None), ('closed_by', None), ('status', 'issued')), models.Q(models.Q(('status', 'issued'), _negated=True), ('closed_at__isnull', False), ('closed_by__isnull', False), models.Q(('close_reason', ''), _negated=True)), _connector='OR'), name='issued_document_closing_explained', violation_error_message='Thu hồi, thay thế văn bản thì nêu lý do.')],
            },
        ),
        migrations.CreateModel(
            name='DocumentLink',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('subject_type', models.CharField(max_length=60, verbose_name='loại hồ sơ')),
                ('subject_id', models.BigIntegerField(verbose_name='số hồ sơ')),
                ('subject_name', models.CharField(max_length=300, verbose_name='hồ sơ')),
                ('document', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='links', to='khuyencong.issueddocument', verbose_name='văn bản')),
            ],
            options={
                'verbose_name': 'hồ sơ liên quan của văn bản',
                'verbose_name_plural': 'hồ sơ liên quan của văn bản',
                'ordering': ['pk'],
                'indexes': [models.Index(fields=['subject_type', 'subject_id'], name='document_link_of_subject')],
                'constraints': [models.UniqueConstraint(fields=('document', 'subject_type', 'subject_id'), name='document_link_unique')],
            },
        ),
        migrations.CreateModel(
            name='Letterhead',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('valid_from', models.DateField(blank=True, null=True, verbose_name='có hiệu lực từ')),
                ('valid_to', models.DateField(blank=True, null=True, verbose_name='hết hiệu lực sau')),
                ('parent_lines', models.CharField(blank=True, help_text='Dấu | ngắt dòng; trống thì không in.', max_length=240, verbose_name='cơ quan chủ quản')),
                ('name_lines', models.CharField(help_text='Dấu | ngắt dòng.', max_length=240, verbose_name='cơ quan ban hành')),
                ('place', models.CharField(help_text='Ghi trước ngày, tháng, năm, ví dụ Vĩnh Long.', max_length=80, verbose_name='địa danh')),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='%(class)ss', to='khuyencong.organisation', verbose_name='cơ quan, tổ chức')),
            ],
            options={
                'verbose_name': 'phần đầu văn bản',
                'verbose_name_plural': 'phần đầu văn bản',
                'ordering': ['organisation__name', models.OrderBy(models.F('valid_from'), descending=True, nulls_last=True), '-pk'],
                'abstract': False,
                'constraints': [models.CheckConstraint(condition=models.Q(('valid_from', None), ('valid_to', None), ('valid_from__lte', models.F('valid_to')), _connector='OR'), name='letterhead_dates_in_order', violation_error_message='Ngày bắt đầu hiệu lực phải trước ngày hết hiệu lực.')],
            },
        ),
        migrations.CreateModel(
            name='Signer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('valid_from', models.DateField(blank=True, null=True, verbose_name='có hiệu lực từ')),
                ('valid_to', models.DateField(blank=True, null=True, verbose_name='hết hiệu lực sau')),
                ('kind', models.CharField(blank=True, help_text='Trống: mọi loại chưa có người ký riêng.', max_length=40, verbose_name='loại văn bản')),
                ('name', models.CharField(help_text='Không ghi học hàm, học vị.', max_length=120, verbose_name='họ và tên')),
                ('post', models.CharField(help_text='Ví dụ Giám đốc, Phó Giám đốc.', max_length=160, verbose_name='chức vụ')),
                ('mode', models.CharField(blank=True, choices=[('', 'Ký trực tiếp'), ('TM', 'TM. (thay mặt)'), ('KT', 'KT. (ký thay)'), ('TL', 'TL. (thừa lệnh)'), ('TUQ', 'TUQ. (thừa ủy quyền)'), ('Q', 'Q. (quyền)')], default='', max_length=3, verbose_name='hình thức ký')),
                ('capacity', models.CharField(blank=True, help_text='Ví dụ Giám đốc, Ủy ban nhân dân.', max_length=160, verbose_name='ký thay, thừa lệnh của')),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='%(class)ss', to='khuyencong.organisation', verbose_name='cơ quan, tổ chức')),
            ],
            options={
                'verbose_name': 'người ký văn bản',
                'verbose_name_plural': 'người ký văn bản',
                'ordering': ['organisation__name', 'kind', models.OrderBy(models.F('valid_from'), descending=True, nulls_last=True), '-pk'],
                'abstract': False,
                'constraints': [models.CheckConstraint(condition=models.Q(('valid_from', None), ('valid_to', None), ('valid_from__lte', models.F('valid_to')), _connector='OR'), name='signer_dates_in_order', violation_error_message='Ngày bắt đầu hiệu lực phải trước ngày hết hiệu lực.'), models.CheckConstraint(condition=models.Q(models.Q(('mode__in', ('TM', 'KT', 'TL', 'TUQ')), models.Q(('capacity', ''), _negated=True)), models.Q(models.Q(('mode__in', ('TM', 'KT', 'TL', 'TUQ')), _negated=True), ('capacity', '')), _connector='OR'), name='signer_capacity_follows_mode', violation_error_message='Ký TM., KT., TL., TUQ. thì ghi thay cho ai; ký trực tiếp thì bỏ trống.')],
            },
        ),
        migrations.CreateModel(
            name='Wording',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(max_length=40, verbose_name='loại văn bản')),
                ('slot', models.CharField(max_length=40, verbose_name='phần')),
                ('text', models.TextField(blank=True, verbose_name='lời văn')),
                ('valid_from', models.DateField(verbose_name='dùng từ ngày')),
                ('status', models.CharField(choices=[('draft', 'Bản soạn'), ('published', 'Đang dùng')], default='draft', max_length=9, verbose_name='trạng thái')),
                ('version', models.PositiveIntegerField(default=1, editable=False, verbose_name='phiên bản')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='soạn lúc')),
                ('published_at', models.DateTimeField(editable=False, null=True, verbose_name='đưa vào dùng lúc')),
                ('created_by', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='người soạn')),
                ('organisation', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='wordings', to='khuyencong.organisation', verbose_name='riêng của cơ quan')),
                ('published_by', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='người đưa vào dùng')),
            ],
            options={
                'verbose_name': 'lời văn của mẫu',
                'verbose_name_plural': 'lời văn của mẫu',
                'ordering': ['kind', 'slot', '-valid_from', '-pk'],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('published_at__isnull', False), ('published_by__isnull', False), ('status', 'published')), models.Q(('published_at', None), ('published_by', None), ('status', 'draft')), _connector='OR'), name='wording_published_by_someone', violation_error_message='Chỉ lời văn đang dùng mới có, và phải có, người đưa vào dùng.')],
            },
        ),
    ]
