"""Ways of putting a draft plan together: kept side by side, copied, one of them carried out."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from khuyencong.audit import record
from khuyencong.permissions import require
from khuyencong.versions import save_record
from programs.permissions import PLANNERS
from projects import permissions
from projects.models import Place, PlanScenario, ScenarioLine
from projects.services.locking import locked_plan, locked_project
from projects.services.plan import COUNTED, MOVES, place_project

DRAWING = (permissions.DRAFTERS, "Lập phương án")
CHOOSING = (PLANNERS, "Lấy phương án làm kế hoạch")
# On the way out before on the way in, so that no line waits for another's money.
ORDER = (Place.OUT, Place.RESERVE, Place.IN_PLAN)


def scenario_refusal(user, plan) -> str | None:
    """Why a person may not draw up scenarios of a plan now."""
    return permissions.role_refusal(user, plan, *DRAWING) or _closed(plan)


def choice_refusal(user, plan) -> str | None:
    """Why a person may not make a scenario the plan now."""
    return permissions.role_refusal(user, plan, *CHOOSING) or _closed(plan)


def _closed(plan):
    if plan.is_open:
        return None
    return f"{plan} đang “{plan.get_status_display().lower()}”: chỉ xem lại được các phương án."


def _guard(user, plan, roles, act):
    refusal = permissions.role_refusal(user, plan, roles, act)
    require(refusal is None, refusal)
    if not plan.is_open:
        raise ValidationError(_closed(plan))


def place_now(project) -> Place:
    """Where a line of the plan stands today."""
    if project.status in COUNTED:
        return Place.IN_PLAN
    return Place.RESERVE if project.status == Place.RESERVE else Place.OUT


@transaction.atomic
def save_scenario(scenario, *, by, places=None, expected_version=None):
    """Save a scenario with its name and, when given, its places {project pk: Place}, which replace the old ones.

    Raises PermissionDenied, ValidationError, StaleVersionError.
    """
    _guard(by, locked_plan(scenario.plan), *DRAWING)
    changes = []
    if places is not None:
        codes = dict(scenario.plan.projects.filter(pk__in=places).values_list("pk", "code"))
        old = places_of(scenario) if scenario.pk else {}
        changes = [
            (code, Place(old.get(pk, Place.OUT)).label, Place(places[pk]).label)
            for pk, code in codes.items()
            if old.get(pk, Place.OUT) != places[pk]
        ]
    saved = save_record(
        scenario, by=by, action="scenario.save", label="Lưu phương án", fields=("name", "note"),
        expected_version=expected_version, more_changes=changes,
    )  # fmt: skip
    if places is not None:
        saved.lines.all().delete()
        ScenarioLine.objects.bulk_create(
            ScenarioLine(scenario=saved, project_id=pk, place=place) for pk, place in places.items() if pk in codes
        )
    return saved


def places_of(scenario) -> dict[int, str]:
    """{project pk: place} of the lines that the scenario names."""
    return dict(scenario.lines.values_list("project", "place"))


def start_scenario(plan, *, by, name, source=None):
    """A new scenario that begins as another one, or as the plan stands now."""
    places = places_of(source) if source else {row.pk: place_now(row).value for row in plan.projects.all()}
    return save_scenario(PlanScenario(plan=plan, name=name), by=by, places=places)


@transaction.atomic
def delete_scenario(scenario, *, by):
    _guard(by, locked_plan(scenario.plan), *DRAWING)
    record(by, "scenario.delete", "Xóa phương án", scenario)
    scenario.delete()


@transaction.atomic
def choose_scenario(scenario, *, by):
    """Put every line of the plan where the scenario has it; ([moved], [(project, why it stays)]).

    Only appraised lines move, each as by its own button. Raises PermissionDenied, ValidationError.
    """
    plan = locked_plan(scenario.plan)
    _guard(by, plan, *CHOOSING)
    places = places_of(scenario)
    wanted = [(row, places.get(row.pk, Place.OUT.value)) for row in plan.projects.order_by("pk")]
    moved, stay = [], []
    for place in ORDER:
        for project, target in wanted:
            if target != place or target == place_now(project):
                continue
            if project.status not in MOVES:
                stay.append((project, f"đang “{project.get_status_display().lower()}”"))
                continue
            moved.append(place_project(locked_project(project), by=by, status=place.value))
    scenario.chosen_at = timezone.now()
    scenario.save(update_fields=["chosen_at"])
    record(
        by, "scenario.choose", "Lấy phương án làm kế hoạch", scenario,
        changes=[("Số đề án chuyển chỗ", "", str(len(moved)))],
    )  # fmt: skip
    return moved, stay
