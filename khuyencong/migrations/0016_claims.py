from django.db import migrations, models

UNTIL = models.DateTimeField(editable=False, null=True, verbose_name="đang làm đến")
ATTEMPTS = models.PositiveSmallIntegerField(default=0, editable=False, verbose_name="số lần làm")


class Migration(migrations.Migration):
    dependencies = [
        ("khuyencong", "0015_exports"),
    ]

    operations = [
        migrations.AddField(
            "job",
            "task",
            models.CharField(blank=True, default="", editable=False, max_length=120, verbose_name="hàm làm việc"),
            preserve_default=False,
        ),
        migrations.AddField("job", "claimed_until", UNTIL),
        migrations.AddField("job", "attempts", ATTEMPTS),
        migrations.AlterField("batch", "claimed_until", UNTIL),
        migrations.AddField("batch", "attempts", ATTEMPTS),
        migrations.AlterField("batchitem", "claimed_until", UNTIL),
        migrations.AlterField("batchitem", "attempts", ATTEMPTS),
        migrations.RenameField("scanbatch", "touched_at", "claimed_until"),
        migrations.AlterField("scanbatch", "claimed_until", UNTIL),
        migrations.AlterField("scanbatch", "attempts", ATTEMPTS),
    ]
