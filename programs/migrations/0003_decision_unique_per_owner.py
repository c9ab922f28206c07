from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("programs", "0002_catalogues")]

    operations = [
        migrations.RemoveConstraint("annualplan", "annual_plan_decision_unique"),
        migrations.AddConstraint(
            "annualplan",
            models.UniqueConstraint(
                fields=["owner", "decision_issuer", "decision_number", "decision_on"],
                condition=~models.Q(decision_number=""),
                name="annual_plan_decision_unique",
                violation_error_message="Quyết định này đã dùng cho kế hoạch khác.",
            ),
        ),
    ]
