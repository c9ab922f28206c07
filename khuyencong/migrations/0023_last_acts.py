from django.db import migrations, models


def name_the_state(apps, schema_editor):
    """What was done so far counts as done for everybody; from now on each part has a last act of its own."""
    last = apps.get_model("khuyencong", "AuditEntry").objects.order_by("-pk").values_list("hash", flat=True).first()
    if last is not None:
        parts = apps.get_model("khuyencong", "LastAct").objects
        for part in ("all", "everybody's"):
            parts.create(part=part, hash=last)


class Migration(migrations.Migration):
    dependencies = [("khuyencong", "0022_given_passwords_and_sealed_secrets")]

    operations = [
        migrations.CreateModel(
            name="LastAct",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("part", models.CharField(max_length=40, unique=True)),
                ("hash", models.CharField(max_length=64)),
            ],
            options={"verbose_name": "việc gần nhất", "verbose_name_plural": "việc gần nhất"},
        ),
        migrations.RunPython(name_the_state, migrations.RunPython.noop),
    ]
