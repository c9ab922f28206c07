"""What the files already say about an acceptance, so that nobody types it twice; people check, complete and save."""

from collections import defaultdict

from khuyencong.models import OrganisationKind
from projects.models import Acceptance, AcceptanceMember, AcceptanceWork
from projects.models.funding import cost_amount
from projects.questions import COST_ITEMS, FUNDING, SUPPORTED, WORKS
from projects.services.acceptance import AMOUNTS, counting_rows, limit_of, places_left, sums_by_source


def new_acceptance(project, place=None) -> Acceptance:
    """Unsaved minutes of a place, or of all that is left; the last ones when no other place waits."""
    return Acceptance(
        project=project, form="", beneficiary=place, organiser=_usual_organiser(project),
        is_final=place is None or not places_left(project, besides=place),
        venue=place.facility.full_address[:250] if place else "",
    )  # fmt: skip


def _usual_organiser(project):
    """As last time, else the department that the body belongs to (Thông tư 36/2013, Điều 21 khoản 1)."""
    last = (
        Acceptance.objects.filter(project__owner=project.owner_id)
        .exclude(organiser=None)
        .order_by("-pk")
        .select_related("organiser")
        .first()
    )
    if last:
        return last.organiser
    bodies = (project.owner, project.owner.parent)
    return next((body for body in bodies if body and body.kind == OrganisationKind.PROVINCIAL_DEPT), None)


def usual_members(project, place=None) -> list[AcceptanceMember]:
    """Who attended for the bodies last time, and the representatives of the facilities."""
    rows = SUPPORTED.of(project)
    facilities = [place.facility] if place else [row.facility for row in rows]
    last = Acceptance.objects.filter(project__owner=project.owner_id, members__isnull=False).order_by("-pk").first()
    names = {str(row.facility) for row in last.project.beneficiaries.select_related("facility")} if last else ()
    members = [
        AcceptanceMember(name=row.name, title=row.title, body=row.body, is_chair=row.is_chair)
        for row in (last.members.all() if last else ())
        if row.body not in names
    ]
    return members + [
        AcceptanceMember(name=row.representative, title=row.representative_position, body=str(row)[:200])
        for row in facilities
        if row.representative
    ]


def works_left(project, place=None) -> list[AcceptanceWork]:
    """The items of the estimate of a place, or of all places, with what no minutes have accepted yet."""
    done = defaultdict(int)
    counted = {minutes.pk for minutes in counting_rows(project)}
    for work in WORKS.of(project):
        if work.acceptance_id in counted:
            done[work.cost_item_id] += work.done_quantity
    items = [row for row in COST_ITEMS.of(project) if place is None or row.beneficiary_id == place.pk]
    return [
        AcceptanceWork(
            cost_item=item, name=item.name, specification=item.specification, unit_name=item.unit_name,
            contracted_quantity=item.quantity, done_quantity=item.quantity - done[item.pk],
            amount=item.amount if not done[item.pk] else cost_amount(item.quantity - done[item.pk], item.unit_price),
        )
        for item in items
        if item.quantity > done[item.pk]
    ]  # fmt: skip


def amounts_left(project, place=None) -> dict:
    """{FundingSource pk: đồng} that no minutes have accepted yet, of a place or of the whole project."""
    amounts = AMOUNTS.of(project)
    before = sums_by_source(row for row in amounts if place is None or row.acceptance.beneficiary_id == place.pk)
    left = {}
    for line in FUNDING.of(project):
        left[line.source_id] = limit_of(line, project.contract)[0]
    if place:
        shares = {share.source_id: share.current_amount for share in place.amounts.all()}
        left = {key: min(amount, shares.get(key, 0)) for key, amount in left.items()}
    return {key: max(amount - before.get(key, 0), 0) for key, amount in left.items()}
