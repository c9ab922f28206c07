from django.apps import AppConfig


class ReportsConfig(AppConfig):
    name = "reports"
    verbose_name = "Báo cáo"

    def ready(self):
        from reports import documents  # noqa: F401, PLC0415 -- registers its kinds; it needs the models
