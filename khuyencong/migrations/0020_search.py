from django.db import migrations, models

from khuyencong.search_index import ENTRIES, TOKENS, VOCABULARY, WORDS

SQLITE = [
    # The words alone, not where they stand (detail=none); beginnings of two to six letters are kept ready.
    f"CREATE VIRTUAL TABLE {WORDS} USING fts5(words, content='{ENTRIES}', content_rowid='id', detail=none, "
    "prefix='2 3 4 5 6', tokenize=\"unicode61 remove_diacritics 0 tokenchars '='\")",
    f"CREATE VIRTUAL TABLE {VOCABULARY} USING fts5vocab({WORDS}, row)",
]
POSTGRESQL = [
    # Kept beside the words, so that no row is taken apart while it is looked for.
    f"ALTER TABLE {ENTRIES} ADD COLUMN tokens tsvector GENERATED ALWAYS AS ({TOKENS}) STORED",
    f"CREATE INDEX {ENTRIES}_tokens ON {ENTRIES} USING gin (tokens)",
]


def index(apps, schema_editor):
    for statement in POSTGRESQL if schema_editor.connection.vendor == "postgresql" else SQLITE:
        schema_editor.execute(statement, params=None)


def drop(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        schema_editor.execute(f"DROP TABLE {VOCABULARY}")
        schema_editor.execute(f"DROP TABLE {WORDS}")


class Migration(migrations.Migration):
    """Filled, and kept by triggers, after the migrations of every room (khuyencong.search_index)."""

    dependencies = [("khuyencong", "0019_desk")]

    operations = [
        migrations.CreateModel(
            name="SearchEntry",
            fields=[
                ("id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("words", models.TextField(verbose_name="từ khóa")),
            ],
            options={"verbose_name": "từ khóa tìm kiếm", "verbose_name_plural": "từ khóa tìm kiếm"},
        ),
        migrations.RunPython(index, drop),
        migrations.AddIndex(
            model_name="issueddocument",
            index=models.Index(fields=["-issued_at", "-id"], name="issued_document_newest"),
        ),
        migrations.AddIndex(
            model_name="issueddocument", index=models.Index(fields=["year"], name="issued_document_of_year")
        ),
    ]
