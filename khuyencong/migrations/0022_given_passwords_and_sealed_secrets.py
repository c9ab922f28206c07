import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from khuyencong.seals import VERSION, seal


def seal_secrets(apps, schema_editor):
    """Secrets of authenticator apps are sealed; recovery codes kept the old way cannot be hashed anew, and go."""
    for app in apps.get_model("otp_totp", "TOTPDevice").objects.all():
        if not app.key.startswith(VERSION):
            app.key = seal(bytes.fromhex(app.key), purpose=f"totp:{app.user_id}")
            app.save(update_fields=["key"])
    apps.get_model("otp_static", "StaticToken").objects.all().delete()


class Migration(migrations.Migration):
    dependencies = [
        ("khuyencong", "0021_alphabetical"),
        ("otp_static", "0003_add_timestamps"),
        ("otp_totp", "0003_add_timestamps"),
    ]

    operations = [
        migrations.AddField(
            model_name="user",
            name="password_given_at",
            field=models.DateTimeField(blank=True, editable=False, null=True, verbose_name="mật khẩu tạm, đặt lúc"),
        ),
        migrations.CreateModel(
            name="AuthenticatorApp",
            fields=[],
            options={"proxy": True, "indexes": [], "constraints": []},
            bases=("otp_totp.totpdevice",),
        ),
        migrations.CreateModel(
            name="RecoveryCode",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("hash", models.CharField(max_length=128, verbose_name="mã băm")),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="recovery_codes",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="người dùng",
                    ),
                ),
            ],
            options={
                "verbose_name": "mã dự phòng",
                "verbose_name_plural": "mã dự phòng",
                "ordering": ["pk"],
            },
        ),
        migrations.RunPython(seal_secrets, migrations.RunPython.noop),
    ]
