"""What several pages and files show alike: a project's money by source, facilities, texts; how many of each kind."""

from collections import defaultdict
from decimal import Decimal

from django.db.models import Count, F

from khuyencong.money import format_vnd
from projects.models import Beneficiary, ProjectKind, Stage, TargetMode
from projects.questions import BENEFICIARIES, FUNDING
from projects.services.acceptance import done_percent
from projects.services.indicators import figure, indicator_rows


def beneficiaries_of(project):
    """Facilities with their money now (`with_amounts`) and `support_rate`, the State's part of it in percent."""
    rows = BENEFICIARIES.of(project)
    for row in rows:
        row.support_rate = share(row.support_amount, row.total_amount)
    return rows


def beneficiary_total(rows):
    """{amount name: đồng} over the rows of `beneficiaries_of`, and their `support_rate`."""
    names = ("total_amount", "support_amount", "counterpart_amount")
    total = {name: sum(getattr(row, name) for row in rows) for name in names}
    return total | {"support_rate": share(total["support_amount"], total["total_amount"])}


def share(part, whole):
    """Percent as a Decimal, None of nothing."""
    return Decimal(part * 100) / whole if whole else None


def minutes_money(minutes):
    """Table B of acceptance minutes: [(FundingSource, đồng of the estimate, đồng accepted, percent)].

    The estimate of a place is its own share, where shares were laid down; else it is that of the project.
    """
    amounts = {row.source_id: row.amount for row in minutes.amounts.all()}
    place = minutes.beneficiary
    shares = {row.source_id: row.current_amount for row in place.amounts.all()} if place else {}
    rows = []
    for line in minutes.project.funding_lines.select_related("source"):
        estimate = shares.get(line.source_id, 0) if shares else line.approved_amount or 0
        done = amounts.get(line.source_id, 0)
        rows.append((line.source, estimate, done, share(done, estimate)))
    return rows


def funding_table(project):
    """Lines by source with every stage reached, each line's share of the current total, and the sums."""
    lines = FUNDING.of(project)
    stages = []
    for stage in Stage:
        amounts = [getattr(line, f"{stage.value}_amount") for line in lines]
        given = [amount for amount in amounts if amount is not None]
        if given or stage == Stage.REQUESTED:
            stages.append({"label": stage.label, "amounts": amounts, "sum": sum(given)})
    total = sum(line.current_amount for line in lines)
    rows = [
        {
            "source": line.source,
            "cells": [(stage["label"], stage["amounts"][number]) for stage in stages],
            "amount": line.current_amount,
            "share": share(line.current_amount, total),
        }
        for number, line in enumerate(lines)
    ]
    return {"rows": rows, "stages": stages, "total": total}


def texts_of(project):
    """[(name, text)] of the dossier's texts that are filled in."""
    names = (
        "necessity", "objective", "scale", "activities", "arrangement", "economic_effect", "social_effect",
        "environmental_effect", "lasting_effect", "appraisal_opinion",
    )  # fmt: skip
    return [
        (project._meta.get_field(name).verbose_name, getattr(project, name)) for name in names if getattr(project, name)
    ]


def kinds_in_words(projects):
    """How many of each kind these projects are: “66 đề án, 1 nhiệm vụ”; “0 đề án” of none. One query."""
    return kinds_told(count_kinds(projects))


def count_kinds(projects):
    """{kind: number}"""
    return dict(projects.order_by().values_list("kind").annotate(Count("pk")))


def kinds_told(counts):
    kinds = [kind for kind in ProjectKind if counts.get(kind)] or [ProjectKind.PROJECT]
    return ", ".join(f"{format_vnd(counts.get(kind, 0))} {kind.label.lower()}" for kind in kinds)


def indicators_of(project):
    """[(row, planned in words, done in words, done in percent of planned)], money in đồng."""
    found = []
    for row in indicator_rows(project):
        percent = None if row.done is None else done_percent(row.done, row.planned)
        found.append((row, figure(row.indicator, row.planned), figure(row.indicator, row.done), percent))
    return found


def facilities_of(projects):
    """{project pk: ["name, place" of each of its facilities]} of the rows of a page, in one question."""
    return by_project(facility_names(projects))


def facility_names(projects):
    """Their beneficiaries with no more than `named` and `placed`."""
    rows = Beneficiary.objects.filter(project__in=[project.pk for project in projects]).only("project")
    return rows.annotate(named=F("facility__name"), placed=F("facility__unit__name"))


def by_project(beneficiaries):
    """The answer of `facilities_of`, of rows that came with others."""
    found = defaultdict(list)
    for row in beneficiaries:
        found[row.project_id].append(f"{row.named}, {row.placed}")
    return found


def place_words(project, facilities):
    """For whom and where a project is, in one line; `facilities` as in `facilities_of`."""
    told = "; ".join(facilities[:2])
    if len(facilities) > 2:
        told += f"; tất cả {format_vnd(len(facilities))} cơ sở"
    if not facilities:
        by_group = "Lập theo nhóm" if project.target_mode == TargetMode.GROUP else ""
        told += project.unit.name if project.unit else project.place_note or by_group
    return f"Nhiệm vụ. {told}" if project.kind == ProjectKind.TASK else told
