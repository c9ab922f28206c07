from django.apps import AppConfig


class ReportsConfig(AppConfig):
    name = "reports"
    verbose_name = "Báo cáo"

    def ready(self):
        from reports import documents, documents_of_meetings  # noqa: F401, PLC0415 -- register kinds, need the models
