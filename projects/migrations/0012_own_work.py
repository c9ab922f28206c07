from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("projects", "0011_lists_at_size")]

    operations = [
        migrations.AddIndex(
            model_name="acceptance",
            index=models.Index(
                fields=["project", "accepted_on"], condition=Q(is_final=True, voided_at=None), name="acceptance_day"
            ),
        ),
        migrations.AddIndex(
            model_name="contract", index=models.Index(fields=["owner", "status"], name="contract_of_body")
        ),
        migrations.AddIndex(
            model_name="project", index=models.Index(fields=["owner", "status"], name="project_of_body")
        ),
        migrations.AddIndex(
            model_name="project", index=models.Index(fields=["created_by", "status"], name="project_of_writer")
        ),
        migrations.AddIndex(
            model_name="project", index=models.Index(fields=["submitted_by", "status"], name="project_of_submitter")
        ),
    ]
