"""Run inside the portal, for as long as the trial lasts: a line of JSON in (what people tried and were told), a line
out: what of it is missing or double, and which invariants do not hold. `python -m bench.faults.questions`.
"""

import json
import sys
from collections import Counter

import django

django.setup()

from django.core.files.storage import storages  # noqa: E402 -- models load only after setup()
from django.db import DatabaseError, connection, transaction  # noqa: E402
from django.db.models import Count, F, Q, Sum  # noqa: E402

from beneficiaries.models import Facility  # noqa: E402
from khuyencong.audit import first_broken_entry  # noqa: E402
from khuyencong.models import (  # noqa: E402
    AuditEntry,
    Batch,
    ImportStatus,
    IssuedDocument,
    ItemStatus,
    Job,
    SheetImport,
)
from programs.models import SUPPORT_CATEGORIES, AnnualPlan, PlanBudget  # noqa: E402
from projects.models import (  # noqa: E402
    APPROVED_PROJECT,
    BeneficiaryAmount,
    Disbursement,
    FundingLine,
    PlanSnapshot,
    Project,
)

ROWS_OF_AN_IMPORT = 3


def asked(tried, done):
    """Every fault as a sentence."""
    with transaction.atomic():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        return [*written(tried, done), *money(), *numbers(), *trail(tried)]


def written(tried, done):
    """Tried acts are there once or not at all, acknowledged ones once."""
    notes = Facility.objects.filter(note__startswith="Sửa").values_list("note", flat=True)
    seen = {
        "save": Counter(name.split()[0] for name in Facility.objects.values_list("name", flat=True)),
        "change": Counter(note.split()[-1] for note in notes),
        "pay": Counter(Disbursement.objects.values_list("voucher_number", flat=True)),
        "approve": Counter(
            number.partition("/")[0] for number in AnnualPlan.objects.values_list("decision_number", flat=True)
        ),
    }
    for act, found in seen.items():
        for word in tried.get(act, ()):
            least = int(word in done.get(act, ()))
            if not least <= found[word] <= 1:
                yield f"{act} {word}: {found[word]} times, at least {least} expected"
    for word, about in tried.get("approve", {}).items():
        yield from approved(word, about["plan"], word in done.get("approve", ()))
    papers = set(IssuedDocument.objects.values_list("pk", flat=True))
    for word, about in done.get("issue", {}).items():
        if about["document"] not in papers:
            yield f"issue {word}: document {about['document']} is gone"
    for act, model in (("import", SheetImport), ("print", Batch)):
        there = set(model.objects.values_list("pk", flat=True))
        yield from (f"{act} {word} is gone" for word, about in done.get(act, {}).items() if about["pk"] not in there)
    yield from imported(tried, seen["save"])


def approved(word, pk, is_told):
    """State, snapshot, projects and trail of a plan speak of the same."""
    plan = AnnualPlan.objects.get(pk=pk)
    is_approved = plan.status == "approved"
    if is_told and not is_approved:
        yield f"approve {word}: the plan is {plan.status}"
    told = AuditEntry.objects.filter(action="plan.approve", subject_id=pk).count()
    kept = PlanSnapshot.objects.filter(plan=plan, purpose="approved").count()
    moved = Project.objects.filter(plan=plan, status__in=APPROVED_PROJECT).count()
    if (told, kept, moved) != (int(is_approved),) * 3:
        yield f"approve {word}: plan {plan.status}, {told} entries, {kept} snapshots, {moved} projects"


def imported(tried, names):
    """All rows of a sheet or none: that is what the person chose."""
    for word in tried.get("import", ()):
        counts = [names[f"{word}{letter}"] for letter in "ABC"]
        if counts not in ([0] * ROWS_OF_AN_IMPORT, [1] * ROWS_OF_AN_IMPORT):
            yield f"import {word}: rows {counts}"


def money():
    """I1 to I3: sums agree, paid ≤ contracted ≤ approved, approved ≤ budget."""
    over = FundingLine.objects.filter(source__category__in=SUPPORT_CATEGORIES).filter(
        Q(paid_amount__gt=F("contracted_amount")) | Q(contracted_amount__gt=F("approved_amount"))
    )
    yield from (f"line {line.pk}: {line.paid_amount} paid of {line.contracted_amount}" for line in over)
    paid = {
        (row["project"], row["source"]): row["paid"]
        for row in Disbursement.objects.in_force().values("project", "source").annotate(
            paid=Sum("amount", filter=~Q(kind="refund"), default=0) - Sum("amount", filter=Q(kind="refund"), default=0)
        ).order_by()
    }  # fmt: skip
    shares = {
        (row["beneficiary__project"], row["source"]): row["sum"]
        for row in BeneficiaryAmount.objects.values("beneficiary__project", "source")
        .annotate(sum=Sum("approved_amount"))
        .order_by()
    }
    taken = Counter()
    lines = FundingLine.objects.filter(source__category__in=SUPPORT_CATEGORIES, project__status__in=APPROVED_PROJECT)
    for line in lines.select_related("project"):
        key = (line.project_id, line.source_id)
        if paid.get(key, 0) != line.paid_amount:
            yield f"line {line.pk}: {line.paid_amount} paid, vouchers say {paid.get(key, 0)}"
        if shares.get(key) is not None and shares[key] != line.approved_amount:
            yield f"line {line.pk}: {line.approved_amount} approved, facilities get {shares[key]}"
        taken[line.project.plan_id, line.source_id] += line.approved_amount or 0
    for budget in PlanBudget.objects.all():
        if taken[budget.plan_id, budget.source_id] > budget.amount:
            yield f"plan {budget.plan_id}: {taken[budget.plan_id, budget.source_id]} of {budget.amount}"


def numbers():
    """No issued number twice, one paper in force per record, its file there."""
    papers = IssuedDocument.objects.exclude(number_text="").filter(kind="dossier_request")
    doubles = papers.values("owner", "number_text", "dated_on__year").annotate(count=Count("pk")).filter(count__gt=1)
    yield from (f"number {row['number_text']} issued {row['count']} times" for row in doubles.order_by())
    in_force = IssuedDocument.objects.filter(status="issued").values("kind", "subject_id", "variant")
    yield from (
        f"{row['kind']} of {row['subject_id']}: {row['count']} in force"
        for row in in_force.annotate(count=Count("pk")).filter(count__gt=1).order_by()
    )
    store = storages["default"]
    for paper in IssuedDocument.objects.order_by("-pk").select_related("file")[:50]:
        if not store.exists(paper.file.file.name):
            yield f"document {paper.pk}: its PDF is gone"


def trail(tried):
    if broken := first_broken_entry():
        yield f"trail broken at {broken.pk}"
    # All of their projects: people go on while this is asked.
    ours = Disbursement.objects.filter(voucher_number__in=list(tried.get("pay", ()))).values("project")
    paid = Counter(Disbursement.objects.filter(project__in=ours).values_list("project_id", flat=True))
    told = Counter(AuditEntry.objects.filter(action="payment.pay").values_list("subject_id", flat=True))
    yield from (
        f"project {pk}: {count} vouchers, {told[pk]} entries in the trail"
        for pk, count in paid.items()
        if told[pk] != count
    )


def unfinished():
    """Long work that nobody has brought to its end, as sentences."""
    for taken in SheetImport.objects.filter(status__in=[ImportStatus.WRITING, ImportStatus.MAPPED]):
        yield f"import {taken.pk} is still {taken.status}"
    for batch in Batch.objects.filter(finished_at=None):
        yield f"pile {batch.pk} is not finished"
    for batch in Batch.objects.filter(items__status=ItemStatus.FAILED).distinct():
        yield f"pile {batch.pk}: {batch.items.filter(status=ItemStatus.FAILED).first().error}"
    for job in Job.objects.exclude(status="done"):
        yield f"job {job.pk} is {job.status}"


def answer(question):
    try:
        faults = list(unfinished()) if question.get("ask") == "unfinished" else asked(**question)
        return {"faults": faults}
    except DatabaseError as error:
        return {"gone": repr(error)}
    finally:
        # A file that stays open keeps its disk from being taken away.
        connection.close()


if __name__ == "__main__":
    for line in sys.stdin:
        print(json.dumps(answer(json.loads(line)), ensure_ascii=False), flush=True)
