from django.apps import AppConfig


class ProgramsConfig(AppConfig):
    name = "programs"
    verbose_name = "Chương trình, kế hoạch"

    def ready(self):
        from programs import searched  # noqa: F401, PLC0415 -- registers kinds, needs the models
