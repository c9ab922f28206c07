"""“Việc của tôi”: one module per stretch of work, `roles` puts together what a person sees."""

from reports.tasks.groups import SHOWN, Task, TaskGroup
from reports.tasks.roles import task_groups

__all__ = ["SHOWN", "Task", "TaskGroup", "task_groups"]
