"""Start a draft from another project: what describes the work is taken over, what belongs to one year is not."""

from django.core.exceptions import ValidationError
from django.db import transaction

from khuyencong.audit import record
from khuyencong.text import nfc
from projects.services.entry import create_project, set_beneficiaries, set_cost_items, set_funding

# Days, group and total are those of a year and a plan; marks of priority are appraised anew.
COPIED = (
    "kind", "content", "industry", "target_mode", "implementing_unit", "coordinating_units", "investor", "unit",
    "place_note", "norm_quantity", "necessity", "objective", "scale", "activities", "arrangement", "economic_effect",
    "social_effect", "environmental_effect", "lasting_effect",
)  # fmt: skip
ITEM = ("name", "specification", "unit_name", "quantity", "unit_price")
MOST_AT_ONCE = 100


@transaction.atomic
def copy_project(source, plan, *, by, name, with_facilities=False):
    """A draft in an open plan with the texts, cost items and, within the same scope, the requested money of `source`.

    Facilities only when asked for: most often another one receives the next support. Raises as `create_project`.
    """
    fields = {field: getattr(source, field) for field in COPIED}
    project = create_project(plan, by=by, name=nfc(name), refuses_twin=True, **fields)
    if with_facilities:
        rows = [(row.facility, row.item, {}) for row in source.beneficiaries.select_related("facility")]
        project = set_beneficiaries(project, by=by, rows=rows)
    items = [{field: getattr(item, field) for field in ITEM} for item in source.cost_items.all()]
    if items:
        project = set_cost_items(project, by=by, rows=[item | {"beneficiary": None} for item in items])
    if plan.scope == source.plan.scope:
        lines = source.funding_lines.select_related("source")
        amounts = {line.source: line.requested_amount for line in lines}
        project = set_funding(project, by=by, total_cost=source.total_cost, amounts=amounts)
    record(by, "project.copy", "Chép từ đề án khác", project, changes=[("Chép từ", "", str(source))])
    return project


@transaction.atomic
def copy_projects(sources, plan, *, by):
    """Drafts of several projects, mostly of last year; ([new], [sources whose name the plan has already])."""
    sources = list(sources)
    if not sources:
        raise ValidationError("Chọn ít nhất một đề án.")
    if len(sources) > MOST_AT_ONCE:
        raise ValidationError(f"Mỗi lần chép nhiều nhất {MOST_AT_ONCE} đề án: bỏ bớt dấu chọn.")
    names = {nfc(name) for name in plan.projects.values_list("name", flat=True)}
    made, there = [], []
    for source in sources:
        if nfc(source.name) in names:
            there.append(source)
        else:
            made.append(copy_project(source, plan, by=by, name=source.name))
            names.add(nfc(source.name))
    return made, there
