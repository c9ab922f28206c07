from django.db import migrations, models

NAME = "project_total_given_once_submitted"


class Migration(migrations.Migration):
    dependencies = [("projects", "0005_execution")]

    operations = [
        migrations.RemoveConstraint(model_name="project", name=NAME),
        migrations.AddConstraint(
            model_name="project",
            constraint=models.CheckConstraint(
                name=NAME,
                condition=models.Q(status__in=("draft", "returned"))
                | models.Q(total_cost__gt=0)
                | models.Q(status="stopped", total_cost=0),
                violation_error_message="Đề án đã trình phải có tổng dự toán lớn hơn 0.",
            ),
        ),
    ]
