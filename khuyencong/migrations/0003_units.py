from django.db import migrations

from khuyencong.data.units.load import load_units, unload_units


class Migration(migrations.Migration):
    dependencies = [("khuyencong", "0002_append_only_audit")]

    operations = [migrations.RunPython(load_units, unload_units)]
