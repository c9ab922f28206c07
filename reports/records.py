"""Which kinds of records have a timeline page and are found by the search box."""

from beneficiaries.models import Facility
from programs.models import AnnualPlan, Program
from projects.models import HandoverEvent, Project

# address word: model, name of one, URL name of its list
KINDS = {
    "de-an": (Project, "đề án", "projects:list"),
    "co-so": (Facility, "cơ sở", "beneficiaries:list"),
    "ke-hoach": (AnnualPlan, "kế hoạch", "projects:plan_list"),
    "chuong-trinh": (Program, "chương trình", "programs:list"),
    "ban-giao": (HandoverEvent, "đợt bàn giao", "projects:handover_list"),
}
FOUND_EACH = 10


def found(user, text):
    """[(word, noun, list URL name, rows, count)] of the kinds where something visible matches the text."""
    results = []
    for word, (model, noun, list_name) in KINDS.items():
        rows = model.objects.visible_to(user).matching(text)
        count = rows.count()
        if count:
            results.append((word, noun, list_name, list(rows[:FOUND_EACH]), count))
    return results
