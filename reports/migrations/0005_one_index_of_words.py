from django.db import migrations

from khuyencong.trigrams import no_trigram_index


class Migration(migrations.Migration):
    """Every kind is looked for in one index now (khuyencong.search_index)."""

    dependencies = [("reports", "0004_search_trigrams"), ("khuyencong", "0020_search")]

    operations = [
        no_trigram_index("projects_project"),
        no_trigram_index("beneficiaries_facility"),
        no_trigram_index("khuyencong_issueddocument"),
        no_trigram_index("projects_contract"),
    ]
