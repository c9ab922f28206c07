from django.db import migrations

from khuyencong.append_only import append_only


class Migration(migrations.Migration):
    dependencies = [("projects", "0001_initial")]

    operations = [
        append_only("projects_plansnapshot"),
        append_only("projects_plansnapshotline"),
        append_only("projects_plansnapshotamount"),
    ]
