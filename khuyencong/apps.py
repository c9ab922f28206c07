from django.apps import AppConfig


class KhuyencongConfig(AppConfig):
    name = "khuyencong"
    verbose_name = "Danh mục dùng chung"

    def ready(self):
        from khuyencong import checks  # noqa: F401, PLC0415 -- registers; it needs the models, which load first
