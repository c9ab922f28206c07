from django.apps import AppConfig


class BeneficiariesConfig(AppConfig):
    name = "beneficiaries"
    verbose_name = "Cơ sở công nghiệp nông thôn"

    def ready(self):
        from beneficiaries import imports, searched  # noqa: F401, PLC0415 -- register kinds, need the models
