from django.db import migrations

from khuyencong.append_only import append_only


class Migration(migrations.Migration):
    dependencies = [("khuyencong", "0001_initial")]

    operations = [append_only("khuyencong_auditentry")]
