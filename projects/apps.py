from django.apps import AppConfig


class ProjectsConfig(AppConfig):
    name = "projects"
    verbose_name = "Đề án"

    def ready(self):
        from projects import documents, imports  # noqa: F401, PLC0415 -- register their kinds; they need the models
