import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('khuyencong', '0010_scans'),
        ('programs', '0010_paper_rules'),
    ]

    operations = [
        migrations.CreateModel(
            name='EvaluationPhrase',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('difficulty', 'Khó khăn, tồn tại'), ('task', 'Nhiệm vụ, giải pháp')], max_length=10, verbose_name='loại')),
                ('code', models.CharField(max_length=30, unique=True, verbose_name='mã')),
                ('text', models.CharField(max_length=400, verbose_name='câu')),
                ('position', models.PositiveSmallIntegerField(default=0, verbose_name='thứ tự')),
                ('is_offered', models.BooleanField(default=True, verbose_name='còn dùng')),
                ('source', models.CharField(blank=True, max_length=300, verbose_name='nguồn')),
            ],
            options={
                'verbose_name': 'câu mẫu của báo cáo',
                'verbose_name_plural': 'câu mẫu của báo cáo',
                'ordering': ['kind', 'position', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='Evaluation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='lập lúc')),
                ('updated_at', models.DateTimeField(auto_now=True, verbose_name='sửa cuối lúc')),
                ('version', models.PositiveIntegerField(default=1, editable=False, verbose_name='phiên bản')),
                ('source_note', models.CharField(blank=True, help_text='Văn bản hoặc bài viết mà số liệu lấy từ đó.', max_length=500, verbose_name='nguồn số liệu')),
                ('is_sample', models.BooleanField(default=False, editable=False, verbose_name='dữ liệu mẫu')),
                ('kind', models.CharField(choices=[('interim', 'Sơ kết'), ('final', 'Tổng kết')], default='interim', max_length=7, verbose_name='loại')),
                ('starts_on', models.DateField(verbose_name='từ ngày')),
                ('ends_on', models.DateField(verbose_name='đến ngày')),
                ('basis', models.CharField(choices=[('plan', 'Theo năm kế hoạch'), ('event', 'Theo ngày diễn ra')], default='plan', help_text='Theo năm kế hoạch: mọi đề án của kế hoạch các năm đó. Theo ngày: việc phê duyệt, nghiệm thu, chi, quyết toán diễn ra trong thời gian đó.', max_length=5, verbose_name='tính theo')),
                ('until', models.DateField(blank=True, help_text='Trống: tính đến hôm nay, cho đến khi phát hành.', null=True, verbose_name='số liệu đến hết ngày')),
                ('division', models.CharField(choices=[('old', 'trước 01/07/2025'), ('new', 'từ 01/07/2025')], default='new', help_text='Đơn vị hành chính trước hoặc từ 01/07/2025.', max_length=3, verbose_name='địa bàn theo')),
                ('scope', models.CharField(blank=True, choices=[('national', 'Quốc gia'), ('local', 'Địa phương')], help_text='Trống: cả hai.', max_length=8, verbose_name='phạm vi nguồn')),
                ('addressee', models.CharField(blank=True, max_length=300, verbose_name='kính gửi')),
                ('created_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='người lập')),
                ('owner', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='khuyencong.organisation', verbose_name='cơ quan quản lý')),
                ('place', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='khuyencong.administrativeunit', verbose_name='chỉ địa bàn')),
                ('program', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='evaluations', to='programs.program', verbose_name='chương trình')),
                ('province', models.ForeignKey(blank=True, help_text='Theo địa giới từ 01/07/2025; trống khi trải trên nhiều tỉnh.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='khuyencong.administrativeunit', verbose_name='tỉnh, thành phố')),
                ('updated_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='người sửa cuối')),
            ],
            options={
                'verbose_name': 'báo cáo đánh giá',
                'verbose_name_plural': 'báo cáo đánh giá',
                'ordering': ['-ends_on', '-pk'],
                'constraints': [models.CheckConstraint(condition=models.Q(('ends_on__gte', models.F('starts_on'))), name='evaluation_dates_in_order', violation_error_message='Ngày kết thúc phải sau ngày bắt đầu.'), models.CheckConstraint(condition=models.Q(models.Q(('basis', 'plan'), _negated=True), models.Q(('ends_on__day', 31), ('ends_on__month', 12), ('starts_on__day', 1), ('starts_on__month', 1)), _connector='OR'), name='evaluation_plan_years_whole', violation_error_message='Tính theo năm kế hoạch thì lấy trọn năm: từ 01/01 đến 31/12.')],
            },
        ),
        migrations.CreateModel(
            name='EvaluationPick',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('note', models.TextField(blank=True, verbose_name='nói rõ')),
                ('evaluation', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='picks', to='reports.evaluation', verbose_name='báo cáo')),
                ('phrase', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='reports.evaluationphrase', verbose_name='câu mẫu')),
            ],
            options={
                'verbose_name': 'câu đã chọn',
                'verbose_name_plural': 'câu đã chọn',
                'ordering': ['phrase__kind', 'phrase__position', 'pk'],
                'constraints': [models.UniqueConstraint(fields=('evaluation', 'phrase'), name='evaluation_pick_once', violation_error_message='Câu này đã chọn.')],
            },
        ),
        migrations.CreateModel(
            name='EvaluationText',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('part', models.CharField(max_length=20, verbose_name='phần')),
                ('text', models.TextField(blank=True, verbose_name='nội dung')),
                ('suggestion', models.TextField(blank=True, verbose_name='câu gợi ý khi đó')),
                ('updated_at', models.DateTimeField(auto_now=True, verbose_name='viết lúc')),
                ('evaluation', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='texts', to='reports.evaluation', verbose_name='báo cáo')),
                ('updated_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='người viết')),
            ],
            options={
                'verbose_name': 'phần lời của báo cáo',
                'verbose_name_plural': 'phần lời của báo cáo',
                'ordering': ['part'],
                'constraints': [models.UniqueConstraint(fields=('evaluation', 'part'), name='evaluation_text_part_unique')],
            },
        ),
        migrations.CreateModel(
            name='ManualFigure',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='lập lúc')),
                ('updated_at', models.DateTimeField(auto_now=True, verbose_name='sửa cuối lúc')),
                ('version', models.PositiveIntegerField(default=1, editable=False, verbose_name='phiên bản')),
                ('source_note', models.CharField(blank=True, help_text='Văn bản hoặc bài viết mà số liệu lấy từ đó.', max_length=500, verbose_name='nguồn số liệu')),
                ('is_sample', models.BooleanField(default=False, editable=False, verbose_name='dữ liệu mẫu')),
                ('starts_on', models.DateField(verbose_name='từ ngày')),
                ('ends_on', models.DateField(verbose_name='đến ngày')),
                ('value', models.DecimalField(decimal_places=2, max_digits=20, verbose_name='số liệu')),
                ('is_at_least', models.BooleanField(default=False, verbose_name='“trên” (ít nhất)')),
                ('note', models.CharField(blank=True, max_length=500, verbose_name='ghi chú')),
                ('created_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='người lập')),
                ('indicator', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='programs.indicator', verbose_name='chỉ tiêu')),
                ('owner', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='khuyencong.organisation', verbose_name='cơ quan quản lý')),
                ('program', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='manual_figures', to='programs.program', verbose_name='chương trình')),
                ('province', models.ForeignKey(blank=True, help_text='Theo địa giới từ 01/07/2025; trống khi trải trên nhiều tỉnh.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='khuyencong.administrativeunit', verbose_name='tỉnh, thành phố')),
                ('updated_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='người sửa cuối')),
            ],
            options={
                'verbose_name': 'số liệu nhập tổng',
                'verbose_name_plural': 'số liệu nhập tổng',
                'ordering': ['indicator__position', 'starts_on', 'pk'],
                'constraints': [models.UniqueConstraint(fields=('program', 'indicator', 'starts_on', 'ends_on'), name='manual_figure_unique', violation_error_message='Chỉ tiêu này đã có số liệu nhập cho thời gian đó.'), models.CheckConstraint(condition=models.Q(('ends_on__gte', models.F('starts_on'))), name='manual_figure_dates_in_order', violation_error_message='Ngày kết thúc phải sau ngày bắt đầu.'), models.CheckConstraint(condition=models.Q(('value__gte', 0)), name='manual_figure_not_negative', violation_error_message='Số liệu không thể âm.'), models.CheckConstraint(condition=models.Q(('source_note', ''), _negated=True), name='manual_figure_sourced', violation_error_message='Ghi nguồn của số liệu: văn bản, bài viết, báo cáo nào.')],
            },
        ),
    ]
