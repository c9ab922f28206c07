from django.apps import AppConfig


class ProjectsConfig(AppConfig):
    name = "projects"
    verbose_name = "Đề án"

    def ready(self):
        from projects import documents, import_payments, imports  # noqa: F401, PLC0415 -- register; they need the models
