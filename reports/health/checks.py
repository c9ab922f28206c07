"""Every check, in the order in which the page lists them, and how many records each finds."""

from django.db.models import Count, Value

from khuyencong.models import User
from khuyencong.together import together
from reports.health import course_checks, money_checks, report_checks

CHECKS = {check.key: check for module in (money_checks, course_checks, report_checks) for check in module.CHECKS}


def counts_of(user: User) -> dict[str, int]:
    """{key of a check: number of records that it finds}; one statement."""
    questions = {}
    for key, check in CHECKS.items():
        rows = check.rows(user).order_by().annotate(of_all=Value(1)).values("of_all")
        questions[key] = (rows.annotate(found_count=Count("pk", distinct=True)), {"count": "found_count"})
    found = together(questions)
    return {key: sum(row.count for row in found[key]) for key in CHECKS}
