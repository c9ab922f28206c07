"""Drafts of projects as a list that may travel: what they are, when, by whom, and their money per source."""

from beneficiaries.models import Industry
from khuyencong.exports.edit_columns import EditColumn
from khuyencong.exports.edit_lists import EditList, errors_in, require_valid, typed
from khuyencong.models import Organisation
from khuyencong.permissions import outsider_refusal
from programs.models import ActivityContent, FundingSource
from projects import permissions, services
from projects.forms.entry import GeneralForm
from projects.forms.filters import ProjectFilterForm
from projects.forms.funding import FundingForm, stored_split
from projects.forms.rows import cell_of, source_name
from projects.models import EDITABLE_PROJECT, Project, ProjectKind, TargetMode
from projects.services.entry import NOT_EDITABLE

GENERAL = (
    "name", "kind", "content", "industry", "target_mode", "is_key", "implementing_unit", "coordinating_units",
    "place_note", "starts_on", "ends_on",
)  # fmt: skip
RELATED = (
    "plan__program", "plan__owner", "group", "content__parent", "industry", "implementing_unit", "owner", "unit",
    "updated_by",
)  # fmt: skip
ONLY_DRAFTERS = "Chỉ chuyên viên, lãnh đạo phòng được sửa đề án."


def columns():
    return (
        EditColumn("code", "Mã đề án", width=12, is_locked=True),
        EditColumn("plan", "Kế hoạch", width=26, is_locked=True),
        EditColumn("name", "Tên đề án, nhiệm vụ", width=44),
        EditColumn("kind", "Loại", "choice", 12, lambda: ProjectKind.choices),
        EditColumn("content", "Nội dung hoạt động", "choice", 30, _contents),
        EditColumn("industry", "Ngành, nghề", "choice", 22, _industries),
        EditColumn("target_mode", "Cách lập", "choice", 12, lambda: TargetMode.choices),
        EditColumn("is_key", "Đề án điểm", "flag", 9),
        EditColumn("implementing_unit", "Đơn vị thực hiện", "choice", 28, _bodies),
        EditColumn("coordinating_units", "Đơn vị phối hợp", width=24),
        EditColumn("place_note", "Địa điểm (ghi thêm)", width=22),
        EditColumn("starts_on", "Bắt đầu", "date", 12),
        EditColumn("ends_on", "Hoàn thành", "date", 12),
        EditColumn("total_cost", "Tổng dự toán (đồng)", "money", 18),
        *(
            EditColumn(cell_of(source), f"{source_name(source)} (đồng)", "money", 18)
            for source in FundingSource.objects.all()
        ),
    )


def _contents():
    return [
        (content.pk, f"{content.heading.short_name or content.heading.name} › {content.name}" if content.parent else
         content.name)
        for content in ActivityContent.objects.select_related("parent")
    ]  # fmt: skip


def _industries():
    return [(industry.pk, industry.short_name) for industry in Industry.objects.all()]


def _bodies():
    return [(body.pk, body.name) for body in Organisation.objects.all()]


def rows(user, query):
    form = ProjectFilterForm(query, user=user)
    projects = form.filter(Project.objects.visible_to(user)).filter(status__in=EDITABLE_PROJECT)
    found = projects.select_related(*RELATED).prefetch_related("funding_lines__source")
    return [project for project in found if permissions.can_edit_project(user, project)]


def find(user, keys):
    projects = Project.objects.visible_to(user).select_related(*RELATED)
    return projects.prefetch_related("funding_lines__source").in_bulk(keys)


def refusal(user, project):
    if why := outsider_refusal(user, project):
        return why
    if user.role not in permissions.DRAFTERS:
        return ONLY_DRAFTERS
    return None if permissions.can_edit_project(user, project) else NOT_EDITABLE


def values(project):
    told = {"code": project.code, "plan": str(project.plan), "total_cost": project.total_cost}
    lines = {cell_of(line.source): line.requested_amount for line in project.funding_lines.all()}
    return told | lines | {name: getattr(project, name) for name in GENERAL}


def _parts(project, changes):
    """(form of the general part or None, form of the money or None) with the changes typed into them."""
    general = {name: value for name, value in changes.items() if name in GENERAL}
    money = {name: value for name, value in changes.items() if name not in GENERAL}
    forms = [None, None]
    if general:
        forms[0] = GeneralForm(typed(GeneralForm(instance=project), project, general), instance=project)
    if money:
        stored = stored_split(project)
        by_field = {name if name == "total_cost" else cell_of(name): value for name, value in stored.items()}
        data = {name: "" if value is None else str(value) for name, value in by_field.items()}
        forms[1] = FundingForm(data | money | {"version": str(project.version)}, project=project)
    return forms


def _foreign_sources(form, changes):
    """Sources that the plan year does not have, by field."""
    return {
        name: "Nguồn này không dùng trong năm của kế hoạch; để trống ô này."
        for name, value in changes.items() if name.startswith("source-") and value and name not in form.fields
    }  # fmt: skip


def errors(project, changes, user):
    general, money = _parts(project, changes)
    found = {}
    if money:
        found |= errors_in(money) | _foreign_sources(money, changes)
    if general:
        found |= errors_in(general)
    return found


def save(project, changes, by):
    """The general part, then the money, each through the service of its page."""
    version = project.version
    general, money = _parts(project, changes)
    for form in filter(None, (general, money)):
        require_valid(form)
    if general:
        version = services.save_project(general.on(project), by=by, expected_version=version).version
    if money:
        services.set_funding(
            project, by=by, total_cost=money.cleaned_data["total_cost"], amounts=money.amounts, expected_version=version
        )


PROJECTS = EditList(
    kind="projects", title="Đề án đang soạn", noun="đề án", filename="de-an-sua-ngoai-may",
    columns=columns, rows=rows, find=find, refusal=refusal, values=values, errors=errors, save=save,
)  # fmt: skip
