from django.apps import AppConfig


class ReportsConfig(AppConfig):
    name = "reports"
    verbose_name = "Báo cáo"

    def ready(self):
        # They register kinds; they need the models.
        from reports import documents, documents_of_meetings, searched  # noqa: F401, PLC0415
