from django.apps import AppConfig
from django.db.backends.signals import connection_created
from django.db.models.signals import post_migrate, pre_migrate


class KhuyencongConfig(AppConfig):
    name = "khuyencong"
    verbose_name = "Danh mục dùng chung"

    def ready(self):
        # They register, or need the models, which load first.
        from khuyencong import alphabet, checks, search_index, searched, together  # noqa: F401, PLC0415

        connection_created.connect(alphabet.teach)
        connection_created.connect(together.know_json)
        pre_migrate.connect(search_index.before_migrate, sender=self)
        post_migrate.connect(search_index.after_migrate, sender=self)
