from django.db import migrations

from khuyencong.trigrams import trigram_index


class Migration(migrations.Migration):
    """The search box looks in these; it belongs to this room, the tables to those below."""

    dependencies = [
        ("reports", "0003_phrases"),
        ("beneficiaries", "0004_facility_aliases"),
        ("khuyencong", "0012_issuing"),
        ("projects", "0009_minutes_facts"),
    ]

    operations = [
        trigram_index("projects_project"),
        trigram_index("beneficiaries_facility"),
        trigram_index("khuyencong_issueddocument"),
        trigram_index("projects_contract"),
    ]
