from django.apps import AppConfig


class ProjectsConfig(AppConfig):
    name = "projects"
    verbose_name = "Đề án"

    def ready(self):
        # They register kinds; they need the models.
        from projects import (  # noqa: F401, PLC0415
            documents,
            import_indicators,
            import_past_plans,
            import_payments,
            imports,
            searched,
        )
