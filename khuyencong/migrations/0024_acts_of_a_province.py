from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("khuyencong", "0023_last_acts")]

    operations = [
        migrations.AddIndex(
            model_name="auditentry", index=models.Index(fields=["province", "-id"], name="audit_entry_of_province")
        ),
        migrations.AddIndex(
            model_name="auditentry", index=models.Index(fields=["owner", "-id"], name="audit_entry_of_body")
        ),
    ]
