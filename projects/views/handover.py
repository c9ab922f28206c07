"""Handovers: the list, the event and its people, the close, all its papers in one file."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Count, Exists, OuterRef, Prefetch, Q, Subquery, prefetch_related_objects
from django.db.models.functions import Coalesce
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from khuyencong.audit import record
from khuyencong.desk.once import once
from khuyencong.documents import merge, pdf_response
from khuyencong.documents.batches import start_batch
from khuyencong.documents.panels import panels_of
from khuyencong.forms import LONGEST_SEARCH, add_refusal
from khuyencong.lists import SummedListView
from khuyencong.models import AuditEntry, Organisation
from khuyencong.permissions import family_q, require
from khuyencong.rows import change_rows, posted_rows, show_conflicts, tell
from khuyencong.versions import StaleVersionError
from programs.models import DECIDED_PLAN, AnnualPlan
from projects import permissions, services
from projects.documents import (
    HANDOVER_MINUTES,
    Sums,
    bundle_name,
    bundle_title,
    handover_bundle,
    number_of,
    sums_of,
)
from projects.forms.handover import HandoverFilterForm, HandoverForm, matching_organisations, own_house_first
from projects.forms.handover_rows import PEOPLE_OF_EVENT
from projects.models import Acceptance, HandoverEvent, Project, ProjectStatus, Side
from projects.services import prefill
from projects.services.handover import CLOSED, HOLDERS, missing_for_handover
from projects.shown import handover_rows

# A paper takes up to a second of one core to set: more of them would keep the person, and a thread of the server, busy.
PAPERS_AT_ONCE = 5
RECENT = 10
SUGGESTIONS = 12


NAMED = 3


class HandoverListView(SummedListView):
    stays_within_sight = True

    def get_queryset(self):
        self.filter_form = HandoverFilterForm(self.request.GET, user=self.request.user)
        return self.filter_form.filter(HandoverEvent.objects.visible_to(self.request.user))

    def shown(self):
        # An event of a large plan holds hundreds of projects; the row names three.
        codes = Prefetch("projects", Project.objects.only("code").order_by("code", "pk")[:NAMED], to_attr="named")
        held = HandoverEvent.projects.through.objects.filter(handoverevent=OuterRef("pk")).order_by()
        counted = held.values("handoverevent").annotate(count=Count("pk")).values("count")
        rows = HandoverEvent.objects.with_receiver_count().annotate(others=Coalesce(Subquery(counted), 0) - NAMED)
        return rows.select_related("plan", "giver").prefetch_related(codes)

    def values_of(self, page):
        return handover_rows(page)

    def values_rest_on(self):
        return None

    def get_context_data(self, **kwargs):
        return super().get_context_data(waiting=_plans_waiting(self.request.user), **kwargs)

    def get_template_names(self):
        name = "_handover_table" if self.request.htmx else "handover_list"
        return [f"projects/{name}.html"]


def _plans_waiting(user):
    """Approved plans of the person's own body with accepted projects that no event holds yet, and how many."""
    if user.role not in permissions.DRAFTERS:
        return []
    waiting = Q(projects__status=ProjectStatus.ACCEPTED, projects__handovers=None)
    plans = AnnualPlan.objects.visible_to(user).filter(family_q(user), status__in=DECIDED_PLAN)
    counted = plans.annotate(waiting_count=Count("projects", filter=waiting, distinct=True))
    return list(counted.filter(waiting_count__gt=0).order_by("-year", "round_no"))


@require_GET
def organisation_options(request):
    """Suggestions for a look-up field; the field's own name is the parameter."""
    text = next(iter(request.GET.values()), "")[:LONGEST_SEARCH].strip()
    offered = own_house_first(Organisation.objects.all(), request.user)
    rows = matching_organisations(offered, text)[:SUGGESTIONS] if text else []
    options = [(row.name, row.get_kind_display()) for row in rows]
    return render(request, "components/options.html", {"options": options})


# The event


def visible_event(request, pk):
    events = HandoverEvent.objects.visible_to(request.user).select_related(
        "plan__owner", "plan__program", "giver__parent", "owner", "updated_by"
    )  # fmt: skip
    return get_object_or_404(events, pk=pk)


@require_GET
def handover_detail(request, pk):
    event = visible_event(request, pk)
    voided = Acceptance.objects.filter(project=OuterRef("pk"), voided_at__isnull=False)
    projects = Project.objects.with_amounts().annotate(was_reopened=Exists(voided)).order_by("code")
    prefetch_related_objects([event], Prefetch("projects", projects))
    was_reopened = any(project.was_reopened for project in event.projects.all())
    gaps = missing_for_handover(event)
    people = event.people.all()
    signers = [person for person in people if person.minutes_id and person.signs]
    panels = panels_of(event.minutes.all(), request.user)
    rows = [
        (
            minutes, sums_of(minutes), number_of(minutes), [row for row in signers if row.minutes_id == minutes.pk],
            panels[minutes.pk],
        )
        for minutes in event.minutes.all()
    ]  # fmt: skip
    may_hold = permissions.can_hold_handover(request.user, event.plan)
    is_open = may_hold and not event.is_done
    context = {
        "event": event,
        "projects": event.projects.all(),
        "givers": [person for person in people if person.side == Side.GIVER],
        "witnesses": [person for person in people if person.side == Side.WITNESS],
        "rows": rows,
        "totals": Sums.over(sums for _minutes, sums, *_rest in rows),
        "may_hold": may_hold,
        "is_open": is_open,
        "reopened": list(prefill.reopened_since(event)) if was_reopened else [],
        "gaps": [(gap.text, _place_of(event, gap)) for gap in gaps],
        "leads_to_batch": event.is_done or len(rows) > PAPERS_AT_ONCE,
        "offered": list(prefill.facilities_without_minutes(event)) if is_open else [],
        "entries": AuditEntry.objects.about(event).of_changes().select_related("actor")[:RECENT],
    }
    return render(request, "projects/handover_detail.html", context)


def _place_of(event, gap):
    """Where a gap is closed."""
    if gap.minutes:
        return f"{reverse('projects:minutes_edit', args=[gap.minutes.pk])}#{gap.part}"
    if gap.part == "minutes":
        return reverse("projects:minutes_create", args=[event.pk])
    return f"{reverse('projects:handover_edit', args=[event.pk])}#{gap.part}"


@once
def handover_create(request, pk):
    plans = AnnualPlan.objects.visible_to(request.user).select_related("program", "owner")
    plan = get_object_or_404(plans, pk=pk)
    require(permissions.can_hold_handover(request.user, plan), HOLDERS)
    projects = list(prefill.ready_projects(plan))
    if not projects:
        waiting = plan.projects.approved().order_by("code")
        return render(request, "projects/handover_none.html", {"plan": plan, "waiting": waiting})
    event = prefill.new_handover(plan, projects)
    people = prefill.giver_people(plan.owner)
    return _edit_event(request, event, people, initial={"projects": projects})


def handover_edit(request, pk):
    event = visible_event(request, pk)
    require(permissions.can_hold_handover(request.user, event.plan), HOLDERS)
    if event.is_done and request.method != "POST":
        return back_to(request, event)
    return _edit_event(request, event, list(event.people.filter(minutes=None)))


def back_to(request, event):
    messages.warning(request, CLOSED)
    return redirect(event)


def _edit_event(request, event, people, *, initial=None):
    table = PEOPLE_OF_EVENT
    data = posted_rows(request, [table], {table.prefix: people})
    form = HandoverForm(data, instance=event, initial=initial)
    if data is None:
        return _event_page(request, event, form, table.show(people), table.digest(people))
    act = data.get("row", "")
    if act:
        form.unread = True
        tell(request, change_rows([table], data, act))
    formset = table.read(data, unread=bool(act))
    if not act and all([form.is_valid(), formset.is_valid()]):
        try:
            saved = services.save_handover(
                form.instance, by=request.user, projects=form.cleaned_data["projects"], people=formset.rows,
                expected_version=form.expected_version,
            )  # fmt: skip
        except StaleVersionError as stale:
            show_conflicts(form, stale.current, [(table, list(stale.current.people.filter(minutes=None)), formset)])
        except ValidationError as refusal:
            add_refusal(form, refusal)
        else:
            count = saved.projects.count()
            messages.success(request, f"Đã lưu đợt bàn giao: {count} đề án, ngày {saved.held_label or 'chưa ghi'}.")
            if form.dropped:
                messages.info(request, f"Đã bỏ {form.dropped} căn cứ là biên bản nghiệm thu của đề án không bàn giao.")
            return redirect(saved)
    return _event_page(request, event, form, formset, form.data.get(f"seen-{table.prefix}", ""))


def _event_page(request, event, form, people, seen):
    stored = HandoverEvent.objects.filter(pk=event.pk).select_related("plan").first()
    context = {"event": stored, "plan": event.plan, "form": form, "people": people, "seen": seen}
    return render(request, "projects/handover_form.html", context)


@require_POST
def handover_complete(request, pk):
    event = visible_event(request, pk)
    try:
        done = services.complete_handover(event, by=request.user)
    except ValidationError as refusal:
        for text in refusal.messages:
            messages.error(request, text)
    else:
        numbers = [number_of(minutes) for minutes in done.minutes.all()]
        listed = numbers[0] if len(numbers) == 1 else f"{numbers[0]} đến {numbers[-1]}"
        messages.success(
            request,
            f"Đã hoàn tất bàn giao: {len(numbers)} biên bản số {listed}, {done.projects.count()} đề án đã bàn giao.",
        )
    return redirect(event)


# Print


@require_http_methods(["GET", "POST"])
def handover_pdf(request, pk):
    """All minutes in one file: a few drafts at once; many, or those of a closed event, by the workers, once the person
    has said so, since reading never queues.
    """
    event = visible_event(request, pk)
    count = event.minutes.count()
    if not count:
        messages.warning(request, "Chưa có biên bản nào để in: thêm bên nhận trước.")
        return redirect(event)
    if request.method == "POST":
        return redirect(_start_print(event, by=request.user, issues=request.POST.get("act") == "issue"))
    if event.is_done or count > PAPERS_AT_ONCE:
        context = {"event": event, "count": count, "may_issue": _may_issue(event, request.user)}
        return render(request, "projects/handover_print.html", context)
    pdf = merge(handover_bundle(event), title=bundle_title(count))
    receivers = [("Bên nhận", "", minutes.receiver_name) for minutes in _minutes_of(event)]
    record(request.user, "handover.print", "In bản nháp biên bản", event, changes=receivers)
    return pdf_response(pdf, bundle_name(event, count), inline="tai-ve" not in request.GET)


def _start_print(event, *, by, issues):
    papers = [(HANDOVER_MINUTES, minutes, "") for minutes in _minutes_of(event)]
    return start_batch(papers, by=by, title=f"{bundle_title(len(papers))}: {event}", issues=issues)


def _may_issue(event, user):
    return event.is_done and permissions.can_hold_handover(user, event.plan)


def _minutes_of(event):
    return event.minutes.select_related("receiver", "receiver_facility")
