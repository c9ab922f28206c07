from django.apps import AppConfig


class ProjectsConfig(AppConfig):
    name = "projects"
    verbose_name = "Đề án"

    def ready(self):
        from projects import documents  # noqa: F401, PLC0415 -- registers its kinds; it needs the models
