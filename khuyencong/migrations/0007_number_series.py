"""Numbers of handover minutes go on in the series of their body, symbol and year."""

from django.db import migrations


def _symbols(apps):
    Organisation = apps.get_model("khuyencong", "Organisation")
    return {pk: f"BB-{symbol}" if symbol else "BB" for pk, symbol in Organisation.objects.values_list("pk", "symbol")}


def to_series(apps, schema_editor):
    symbols = _symbols(apps)
    for counter in apps.get_model("khuyencong", "Counter").objects.filter(key__startswith="handover:"):
        _handover, giver, year = counter.key.split(":")
        counter.key = f"document:{giver}:{symbols[int(giver)]}:{year}"
        counter.save(update_fields=["key"])


def back(apps, schema_editor):
    Counter = apps.get_model("khuyencong", "Counter")
    for giver, symbol in _symbols(apps).items():
        for counter in Counter.objects.filter(key__startswith=f"document:{giver}:{symbol}:"):
            counter.key = f"handover:{giver}:{counter.key.rpartition(':')[2]}"
            counter.save(update_fields=["key"])


class Migration(migrations.Migration):
    dependencies = [("khuyencong", "0006_documents")]

    operations = [migrations.RunPython(to_series, back)]
