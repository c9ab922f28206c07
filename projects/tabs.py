"""The pages of one project, as tabs under its name; each page adds its own line here."""

from collections.abc import Callable
from dataclasses import dataclass

from django.urls import reverse


@dataclass(frozen=True)
class Tab:
    """`is_shown(project)` keeps away what has no meaning yet: no payments before approval."""

    url_name: str
    label: str
    is_shown: Callable


def always(project):
    return True


def once_approved(project):
    return project.is_approved


TABS = (
    Tab("projects:detail", "Tổng quan", always),
    Tab("projects:checks", "Điều kiện, mức hỗ trợ", always),
    Tab("projects:money", "Hợp đồng, chi", once_approved),
    Tab("projects:progress", "Tiến độ, kiểm tra", once_approved),
    Tab("projects:amendments", "Điều chỉnh", once_approved),
    Tab("projects:acceptances", "Nghiệm thu", once_approved),
    Tab("projects:papers", "Giấy tờ", always),
)


def tabs_of(project, current):
    """[(label, address, whether it is this page)] of the pages that the project has; `current` is a URL name."""
    shown = [tab for tab in TABS if tab.is_shown(project)]
    return [(tab.label, reverse(tab.url_name, args=[project.pk]), tab.url_name == current) for tab in shown]
