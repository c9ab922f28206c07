from django.apps import AppConfig


class ProjectsConfig(AppConfig):
    name = "projects"
    verbose_name = "Đề án"

    def ready(self):
        # They register kinds; they need the models.
        from projects import documents, import_payments, imports, searched  # noqa: F401, PLC0415
