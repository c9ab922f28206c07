"""Enter a project: a draft first, then part by part, then check and submit."""

from datetime import date

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Sum
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from beneficiaries.models import Facility
from khuyencong.desk.once import once
from khuyencong.forms import VersionForm, add_refusal
from khuyencong.permissions import outsider_refusal, require
from khuyencong.rows import change_rows, posted_rows, show_conflicts, tell
from khuyencong.together import read_together
from khuyencong.versions import StaleVersionError
from programs.models import PaperStep
from projects import permissions, services
from projects.figures import beneficiaries_of, beneficiary_total, funding_table, texts_of
from projects.forms.entry import ContentForm, EffectForm, GeneralForm, NewProjectForm
from projects.forms.entry_rows import beneficiary_table, cost_table
from projects.forms.funding import FundingForm, sources_of, stored_split
from projects.forms.indicators import PLANNED
from projects.forms.parts import BY_SLUG, following
from projects.models import BeneficiaryAmount, ProjectStatus
from projects.questions import BENEFICIARIES, COST_ITEMS, FUNDING, SHARES, SUPPORTED
from projects.services.entry import NOT_EDITABLE
from projects.services.indicators import indicator_rows, offered_indicators
from projects.services.norms import EXCEPTIONS, Money, money_of, typed_findings
from projects.services.papers import QUESTIONS, lacking_papers
from projects.task_list import missing_links, named_fields, named_links, open_return, task_list
from projects.views.projects import changed_since_read, visible_project

ONLY_DRAFTERS = "Chỉ chuyên viên, lãnh đạo phòng được lập đề án."


@once
def project_create(request):
    """Start a draft; `?co-so=` puts a facility into it, `?ke-hoach=` chooses the plan."""
    require(permissions.can_create_project(request.user), ONLY_DRAFTERS)
    data = request.POST if request.method == "POST" else None
    form = NewProjectForm(data, user=request.user, initial={"plan": request.GET.get("ke-hoach")})
    facility = _asked_facility(request)
    if form.is_valid():
        try:
            project = services.create_project(by=request.user, facility=facility, **form.given)
        except ValidationError as refusal:
            add_refusal(form, refusal)
            if form.has_error("name", "twin"):
                form.ask_whether_another()
        else:
            messages.success(request, f"Đã lập bản dự thảo {project.code}. Điền từng phần, lưu lúc nào cũng được.")
            return redirect("projects:edit", project.pk, "thong-tin")
    return render(request, "projects/project_create.html", {"form": form, "facility": facility})


def _asked_facility(request):
    key = request.GET.get("co-so", "")
    if not (key.isascii() and key.isdigit() and len(key) < 19):
        return None
    return Facility.objects.visible_to(request.user).select_related("unit").filter(pk=key).first()


def project_edit(request, pk, part):
    """One part of the form; another person's save in between is shown, never overwritten."""
    if part not in HANDLERS:
        raise Http404
    project = visible_project(request, pk)
    require(request.user.role in permissions.DRAFTERS, ONLY_DRAFTERS)
    refusal = outsider_refusal(request.user, project)
    require(refusal is None, refusal)
    if not project.is_editable and request.method != "POST":
        messages.warning(request, NOT_EDITABLE)
        return redirect(project)
    if request.method != "POST":
        read_together(project, FUNDING, BENEFICIARIES, SUPPORTED, SHARES, COST_ITEMS, EXCEPTIONS, *QUESTIONS)
    return HANDLERS[part](request, project, part)


def _page(request, project, part, template, **context):
    missing = services.missing_items(project)
    note = open_return(project)
    context |= {
        "project": project,
        "part": BY_SLUG[part],
        "next_part": following(part),
        "tasks": task_list(project, missing, note),
        "missing": missing,
        "missing_here": missing_links(project, [item for item in missing if item.part == part]),
        "note": note,
        "note_items": named_links(project, note),
        "named": named_fields(note, part),
    }
    return render(request, f"projects/{template}.html", context)


def _go_on(request, project, part):
    """Where the button leads: on to the next part, or back to this one."""
    messages.success(request, f"Đã lưu phần “{BY_SLUG[part].label}” lúc {timezone.localtime():%H:%M}.")
    target = following(part).slug if request.POST.get("act") == "next" else part
    return redirect("projects:edit", project.pk, target)


def _save(request, project, form, save, *, is_untouched_in, show_conflicts):
    """Save under the version that the person saw, or under today's when others changed other parts only.

    False when nothing was saved: then the form says why, or shows both values.
    """
    if not permissions.can_edit_project(request.user, project):
        form.add_error(None, NOT_EDITABLE)
        return False
    try:
        try:
            save(project, form.expected_version or 0)
        except StaleVersionError as stale:
            if not is_untouched_in(stale.current):
                raise
            save(stale.current, stale.current.version)
    except StaleVersionError as stale:
        show_conflicts(stale.current)
        return False
    except ValidationError as refusal:
        add_refusal(form, refusal)
        return False
    return True


def _edit_fields(form_class):
    def handle(request, project, part):
        form = form_class(request.POST if request.method == "POST" else None, instance=project)

        def save(current, version):
            services.save_project(form.on(current), by=request.user, expected_version=version)

        if form.is_valid() and _save(
            request, project, form, save,
            is_untouched_in=form.is_untouched_in, show_conflicts=form.show_conflicts,
        ):  # fmt: skip
            return _go_on(request, project, part)
        # The form put what was typed on its own copy; head and task list tell what is stored.
        stored = visible_project(request, project.pk) if form.is_bound else project
        return _page(request, stored, part, "part_fields", form=form)

    return handle


def _edit_effects(request, project, part):
    """Texts on the effects and the figures planned, saved together."""
    stored = indicator_rows(project)
    planned = [row for row in stored if row.planned is not None]
    table = PLANNED.given(indicators=offered_indicators(project, date(project.plan.year, 12, 31)))
    data = posted_rows(request, [table], {table.prefix: planned})
    form = EffectForm(data, instance=project)
    if data is None:
        seen = table.digest(planned)
        return _page(request, project, part, "part_effects", form=form, targets=table.show(planned), seen=seen)
    act = data.get("row", "")
    if act:
        form.unread = True
        tell(request, change_rows([table], data, act))
    formset = table.read(data, unread=bool(act))

    def planned_now(current):
        return [row for row in indicator_rows(current) if row.planned is not None]

    def save(current, version):
        services.save_project(form.on(current), by=request.user, indicators=formset.rows, expected_version=version)

    def is_untouched_in(current):
        return form.is_untouched_in(current) and table.digest(planned_now(current)) == data.get(f"seen-{table.prefix}")

    def show_both(current):
        show_conflicts(form, current, [(table, planned_now(current), formset)])

    if not act and all([form.is_valid(), formset.is_valid()]) and _save(
        request, project, form, save, is_untouched_in=is_untouched_in, show_conflicts=show_both
    ):  # fmt: skip
        return _go_on(request, project, part)
    shown = visible_project(request, project.pk)
    seen = form.data.get(f"seen-{table.prefix}", "")
    return _page(request, shown, part, "part_effects", form=form, targets=formset, seen=seen)


# Money


def _edit_funding(request, project, part):
    form = FundingForm(request.POST if request.method == "POST" else None, project=project)
    act = request.POST.get("act")
    if act == "rest":
        tell(request, form.put_rest_into_counterpart())
    elif act == "sum":
        tell(request, form.take_from_facilities(_facility_sums(project)))
    elif form.is_valid():

        def save(current, version):
            services.set_funding(
                current, by=request.user, total_cost=form.cleaned_data["total_cost"], amounts=form.amounts,
                expected_version=version,
            )  # fmt: skip

        if _save(
            request, project, form, save,
            is_untouched_in=form.is_untouched_in, show_conflicts=form.show_conflicts,
        ):  # fmt: skip
            return _go_on(request, project, part)
    return _page(
        request, project, part, "part_funding", form=form, allocation=form.allocation(),
        has_sums=bool(_facility_sums(project)), findings=_findings_of_split(project, form),
    )  # fmt: skip


def _findings_of_split(project, form):
    """The norms held against the split as typed and the facilities as stored."""
    return typed_findings(project, Money(form.by_category, money_of(project).facilities))


def _facility_sums(project):
    """{FundingSource pk: đồng} over the facilities, as requested."""
    shares = BeneficiaryAmount.objects.filter(beneficiary__project=project).order_by()
    return dict(shares.values_list("source").annotate(sum=Sum("requested_amount")))


# Rows


def _stored_beneficiaries(project):
    rows = project.beneficiaries.select_related("facility__unit").prefetch_related("amounts__source")
    return [(row, {amount.source: amount.requested_amount for amount in row.amounts.all()}) for row in rows]


def _beneficiary_context(request, project):
    """The rows as stored, the table that edits them, and the lines that they must add up to."""
    stored = _stored_beneficiaries(project)
    lines = stored_split(project)
    lines.pop("total_cost")
    used = set(lines) | {source for _row, amounts in stored for source in amounts}
    sources = sources_of(project.plan, {source.pk for source in used})
    # Once the split is made, a facility takes part in what it holds.
    sources = [source for source in sources if source in used] if lines else sources
    return stored, beneficiary_table(request.user, stored, sources), lines


def _edit_beneficiaries(request, project, part):
    stored, table, lines = _beneficiary_context(request, project)
    data = posted_rows(request, [table], {table.prefix: stored})
    if data is not None and data.get("row", "").startswith("row-fill-"):
        _fill_row(request, table, data, lines)

    def save(rows, current, version):
        found = [(beneficiary.facility, beneficiary.item, amounts) for beneficiary, amounts in rows]
        services.set_beneficiaries(current, by=request.user, rows=found, expected_version=version)

    head, formset = _rows(request, project, table, data, stored, save, _stored_beneficiaries)
    if formset is None:
        return _go_on(request, project, part)
    return _page(
        request, project, part, "part_beneficiaries", head=head, formset=formset, sums=formset.sums(lines), lines=lines,
        findings=_findings_of_facilities(project, formset),
    )  # fmt: skip


def _findings_of_facilities(project, formset):
    """The norms held against the facilities as typed and the split as stored."""
    return typed_findings(project, Money(money_of(project).lines, formset.by_facility()))


def _fill_row(request, table, data, lines):
    """Put what is left of each line into one row, as the button beside it asks."""
    number = data["row"].removeprefix("row-fill-")
    sums = table.read(data, unread=True).sums(lines)
    left = {row["source"]: row["left"] for row in sums if row["left"] > 0}
    if not left:
        return tell(request, "Không còn gì để điền: các đơn vị thụ hưởng đã đủ hoặc vượt kinh phí của đề án.")
    if number.isascii() and number.isdigit() and len(number) < 5:
        table.fill(data, int(number), left)
    return tell(request, "Đã điền phần còn lại, chưa lưu.")


def _stored_items(project):
    return COST_ITEMS.of(project)


def _edit_cost_items(request, project, part):
    stored, table = _stored_items(project), cost_table(project)
    data = posted_rows(request, [table], {table.prefix: stored})
    names = table.formset.form._meta.fields

    def save(rows, current, version):
        found = [{name: getattr(item, name) for name in names} for item in rows]
        services.set_cost_items(current, by=request.user, rows=found, expected_version=version)

    head, formset = _rows(request, project, table, data, stored, save, _stored_items)
    if formset is None:
        return _go_on(request, project, part)
    return _page(request, project, part, "part_cost_items", head=head, formset=formset)


def _rows(request, project, table, data, stored, save, stored_in):
    """(form that carries the version, formset) of a part made of rows; no formset once the rows are saved."""
    if data is None:
        head = VersionForm(initial={"version": project.version})
        head.seen = table.digest(stored)
        return head, table.show(stored)
    head = VersionForm(data)
    act = data.get("row", "")
    if act:
        tell(request, change_rows([table], data, act))
    formset = table.read(data, unread=bool(act))
    if not act and formset.is_valid() and head.is_valid():

        def show_conflicts(current):
            head.show_conflicts(current)
            if conflict := table.conflict(head.data, stored=stored_in(current), mine=formset.rows):
                head.conflicts.append(conflict)

        if _save(
            request, project, head, lambda current, version: save(formset.rows, current, version),
            is_untouched_in=lambda current: table.digest(stored_in(current)) == data.get(f"seen-{table.prefix}"),
            show_conflicts=show_conflicts,
        ):  # fmt: skip
            return head, None
    head.seen = head.data.get(f"seen-{table.prefix}", "")
    return head, formset


@require_POST
def project_sums(request, pk, part):
    """The sums of what is being typed in a part of figures; nothing is saved."""
    project = visible_project(request, pk)
    if part == "kinh-phi":
        form = FundingForm(request.POST, project=project)
        context = {"form": form, "allocation": form.allocation(), "live": True}
        context["findings"] = _findings_of_split(project, form)
        return render(request, "projects/_split_sums.html", context)
    if part == "thu-huong":
        _stored, table, lines = _beneficiary_context(request, project)
        formset = table.read(request.POST.copy(), unread=True)
        context = {"sums": formset.sums(lines), "findings": _findings_of_facilities(project, formset)}
        return render(request, "projects/_share_sums.html", context)
    if part == "du-toan":
        formset = cost_table(project).read(request.POST.copy(), unread=True)
        return render(request, "projects/_cost_sums.html", {"formset": formset, "project": project, "live": True})
    raise Http404


# Check and submit


def _check(request, project, part):
    """Check your answers, then submit what was read."""
    if request.method == "POST":
        return _submit(request, project)
    missing = services.missing_items(project)
    beneficiaries = beneficiaries_of(project)
    items = _stored_items(project)
    return _page(
        request, project, part, "part_check", found=missing_links(project, missing), funding=funding_table(project),
        beneficiaries=beneficiaries, beneficiary_total=beneficiary_total(beneficiaries), cost_items=items,
        cost_total=sum(item.amount for item in items), texts=texts_of(project),
        findings=services.norm_findings(project), duplicates=services.duplicates(project, user=request.user),
        papers=lacking_papers(project, PaperStep.SUBMIT)[1],
    )  # fmt: skip


def _submit(request, project):
    form = VersionForm(request.POST)
    form.is_valid()
    try:
        project = services.submit_project(project, by=request.user, expected_version=form.cleaned_data.get("version"))
    except StaleVersionError as stale:
        messages.warning(request, changed_since_read(stale.current))
    except ValidationError as refusal:
        if getattr(refusal, "code", "") == "state":
            messages.info(request, f"{project.code} đang “{project.get_status_display()}”, không cần trình nữa.")
            return redirect(project)
        messages.error(request, f"Chưa trình được: còn {len(refusal.messages)} mục ở danh sách bên dưới.")
    else:
        where = "thẩm định" if project.status == ProjectStatus.SUBMITTED else project.get_status_display().lower()
        messages.success(request, f"Đã trình {project.code}, chuyển sang bước {where}.")
        for finding in services.norm_findings(project):
            if finding.over and not finding.exception:
                whose = ", ".join(filter(None, [project.code, finding.subject]))
                messages.warning(request, f"{whose}: {finding.text}.")
        return redirect(project)
    return redirect("projects:edit", project.pk, "kiem-tra")


HANDLERS = {
    "thong-tin": _edit_fields(GeneralForm),
    "noi-dung": _edit_fields(ContentForm),
    "hieu-qua": _edit_effects,
    "kinh-phi": _edit_funding,
    "thu-huong": _edit_beneficiaries,
    "du-toan": _edit_cost_items,
    "kiem-tra": _check,
}
