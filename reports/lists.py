"""Lists as files: the same filter form and rows as the screen, whoever writes them, request or worker."""

from django.db.models import Count, OuterRef, Subquery, Sum
from django.db.models.functions import Coalesce
from django.http import Http404
from django.shortcuts import get_object_or_404

from khuyencong.document_forms import RegisterFilterForm
from khuyencong.models import AuditEntry, IssuedDocument
from khuyencong.money import format_vnd
from khuyencong.templatetags.vietnamese import quantity
from programs.forms import ProgramFilterForm
from programs.models import Program
from projects.figures import kinds_in_words
from projects.forms.contracts import ContractFilterForm
from projects.forms.filters import ProjectFilterForm
from projects.forms.handover import HandoverFilterForm
from projects.forms.plans import PlanFilterForm
from projects.models import Contract, HandoverContractAmount, HandoverEvent, HandoverItem, ItemKind, Project
from projects.plan_lines import with_sums
from reports import records
from reports.dashboard.money import MoneyFilterForm, rows_of, totals_of
from reports.evaluation.behind import asked, behind
from reports.evaluation.lines import lines_of
from reports.evaluation.selection import Selection
from reports.evaluation.words import narrowing_of, title_of
from reports.evaluation_forms import EvaluationFilterForm
from reports.exporters import (
    ContractListExporter,
    EvaluationListExporter,
    FigureRowsExporter,
    HandoverListExporter,
    MoneyListExporter,
    PlanListExporter,
    ProgramListExporter,
    ProjectListExporter,
    RegisterExporter,
    TimelineSheet,
)
from reports.models import Evaluation


def _exporter(exporter_class, rows, *, form, found, user):
    """`found` says in words how much the filter of the form left."""
    described = "; ".join(words for _name, words in form.describe())
    return exporter_class(
        rows,
        subtitle_lines=[f"Bộ lọc: {described or 'không'}", f"Kết quả: {found}"],
        organisation=str(user.organisation or ""),
        printed_by=str(user),
    )


def for_export(projects):
    """With everything that the columns read, in a constant number of queries."""
    related = projects.select_related("plan", "group", "content__parent", "industry", "implementing_unit")
    return related.with_amounts().prefetch_related("beneficiaries__facility__unit")


def project_list(user, query):
    """(exporter, number of rows) of what the person sees under a query string; so are those below."""
    form = ProjectFilterForm(query, user=user)
    projects = form.filter(Project.objects.visible_to(user))
    found = kinds_in_words(projects)
    return _exporter(ProjectListExporter, for_export(projects), form=form, found=found, user=user), projects.count()


def program_list(user, query):
    form = ProgramFilterForm(query, programs=Program.objects.visible_to(user))
    programs = form.rows().select_related("area", "owner")
    count = programs.count()
    found = f"{format_vnd(count)} chương trình"
    return _exporter(ProgramListExporter, programs, form=form, found=found, user=user), count


def plan_list(user, query):
    form = PlanFilterForm(query, user=user)
    plans = form.rows()
    count = plans.count()
    rows = form.ordered(with_sums(plans)).select_related("program", "owner")
    found = f"{format_vnd(count)} kế hoạch"
    return _exporter(PlanListExporter, rows, form=form, found=found, user=user), count


def handover_list(user, query):
    form = HandoverFilterForm(query, user=user)
    events = form.filter(HandoverEvent.objects.visible_to(user))
    counts = dict(events.order_by().values_list("is_done").annotate(Count("pk")))
    count = sum(counts.values())
    rows = _with_values(events.with_receiver_count()).select_related("plan", "giver").prefetch_related("projects")
    found = f"{format_vnd(count)} đợt bàn giao, {format_vnd(counts.get(True, 0))} đã hoàn tất"
    return _exporter(HandoverListExporter, rows, form=form, found=found, user=user), count


def register_list(user, query):
    form = RegisterFilterForm(query, user=user)
    documents = form.filter(IssuedDocument.objects.visible_to(user))
    totals = documents.totals()
    found = f"{format_vnd(totals['count'])} văn bản, {format_vnd(totals['issued'])} đang hiệu lực"
    rows = documents.select_related("issued_by").defer("data", "search_key")
    return _exporter(RegisterExporter, rows, form=form, found=found, user=user), totals["count"]


def contract_list(user, query):
    form = ContractFilterForm(query, user=user)
    filtered = form.filter(Contract.objects.visible_to(user))
    rows = form.ordered(filtered.with_amounts()).select_related("plan", "party_a", "party_b")
    totals = filtered.totals()
    found = f"{format_vnd(totals['count'])} hợp đồng"
    rows = rows.prefetch_related("projects")
    return _exporter(ContractListExporter, rows, form=form, found=found, user=user), totals["count"]


def evaluation_list(user, query):
    form = EvaluationFilterForm(query, evaluations=Evaluation.objects.visible_to(user))
    rows = form.rows().select_related("program", "owner", "place")
    count = rows.count()
    found = f"{format_vnd(count)} báo cáo"
    return _exporter(EvaluationListExporter, rows, form=form, found=found, user=user), count


def money_list(user, query):
    form = MoneyFilterForm(query, user=user)
    lines = form.lines()
    count = totals_of(lines)["count"]
    found = f"năm {form.year}, {format_vnd(count)} đề án, nhiệm vụ"
    return _exporter(MoneyListExporter, form.ordered(rows_of(lines)), form=form, found=found, user=user), count


def timeline(user, query):
    """`ho-so` is the kind of record and `so` its key, as in the address of its timeline."""
    kind = records.KINDS.get(query.get("ho-so", ""))
    if kind is None:
        raise Http404
    record = get_object_or_404(kind.model.objects.visible_to(user), pk=query.get("so"))
    entries = AuditEntry.objects.about(record).select_related("actor")
    exporter = TimelineSheet(
        entries,
        subtitle_lines=[f"{kind.noun.capitalize()}: {record}"],
        organisation=str(user.organisation or ""),
        printed_by=str(user),
    )
    return exporter, entries.count()


def _with_values(events):
    """Annotate events with what the head of their list sums up (`HandoverEventQuerySet.totals`), in đồng."""
    items = HandoverItem.objects.filter(minutes__event=OuterRef("pk")).exclude(kind=ItemKind.RESULT)
    amounts = HandoverContractAmount.objects.filter(contract__minutes__event=OuterRef("pk"))
    return events.annotate(
        asset_amount=_sum_per_event(items, "minutes__event"),
        contract_amount=_sum_per_event(amounts, "contract__minutes__event"),
    )


def _sum_per_event(rows, path):
    # A subquery, not a join: joined sums would multiply.
    return Coalesce(Subquery(rows.order_by().values(path).annotate(sum=Sum("amount")).values("sum")), 0)


class FigureRows:
    """The rows behind a figure, read some hundreds at a time."""

    def __init__(self, found):
        self.found = found

    def __iter__(self):
        return self.iterator()

    def iterator(self, chunk_size=500):
        for first in range(0, self.found.count, chunk_size):
            yield from lines_of(self.found, first, first + chunk_size)


def figure_rows(user, query):
    """`bao-cao` is the report, the rest names the figure; Http404 where that is nothing."""
    evaluation = get_object_or_404(Evaluation.objects.visible_to(user), pk=query["bao-cao"])
    asked_for = asked(query)
    try:
        found = behind(Selection.of(evaluation, user), asked_for)
        title, unit = title_of(asked_for)
    except (LookupError, ValueError) as unknown:
        raise Http404 from unknown
    exporter = FigureRowsExporter(
        FigureRows(found),
        subtitle_lines=[str(evaluation), "; ".join([title, *narrowing_of(asked_for)]), _figure_words(found, unit)],
        organisation=str(user.organisation or ""),
        printed_by=str(user),
    )
    return exporter, found.count


def _figure_words(found, unit):
    return f"Số liệu: {quantity(found.figure)} {unit}".strip()
