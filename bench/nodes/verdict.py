"""Run inside the portal that is left: what was acknowledged is looked for. Tells faults as JSON on the standard output.

The promises of all officers come as JSON on the standard input.
"""

import hashlib
import json
import sys
import time
from collections import Counter

from django.core.management import CommandError, call_command
from django.db.models import Count

from khuyencong.documents.issuing import in_force
from khuyencong.documents.kinds import KINDS
from khuyencong.files import bytes_of
from khuyencong.models import (
    AuditEntry,
    Batch,
    DocumentStatus,
    IssuedDocument,
    ItemStatus,
    Job,
    JobStatus,
)
from projects import services
from projects.models import Paper, Project, ProjectStatus

# Claims of killed workers run out after two minutes, and what they had is done again.
LONGEST = 420


def told(promises):
    """{what: count}, each of which has to be 0; and what was counted."""
    wait_for_workers()
    return {
        "projects acknowledged and lost": lost_projects(promises),
        "projects there twice": twice(Project.objects.filter(name__startswith="Đề án thử nút"), "plan", "name"),
        "texts acknowledged and lost": lost_texts(promises),
        "submissions acknowledged and lost": lost_submissions(promises),
        "submissions told twice or not at all": submissions_told_wrong(promises),
        "papers issued and lost": sum(not has_one_issued(kind, key) for kind, key in promises["issued"]),
        "papers in force twice": twice(
            IssuedDocument.objects.filter(status=DocumentStatus.ISSUED), "kind", "subject_type", "subject_id", "variant"
        ),
        "issued files damaged": sum(
            bytes_of(one.file, one.file.sha256) is None for one in IssuedDocument.objects.select_related("file")
        ),
        "scans acknowledged and lost": lost_scans(promises),
        "scans there twice": twice(Paper.objects.filter(name__startswith="Bản quét"), "project", "name"),
        "piles not finished": Batch.objects.filter(pk__in=promises["batches"], finished_at=None).count()
        + len(promises["batches"]) - Batch.objects.filter(pk__in=promises["batches"]).count(),
        "papers of piles not made": items_not_made(promises),
        "bundles not made": len(promises["jobs"])
        - Job.objects.filter(pk__in=promises["jobs"], status=JobStatus.DONE).count(),
        "invariants broken": invariants_broken(),
        "verify_audit and check_files": commands_failed(),
    }  # fmt: skip


def wait_for_workers():
    until = time.monotonic() + LONGEST
    while time.monotonic() < until:
        if not any(model.objects.unfinished().exists() for model in (Batch, Job)):
            return
        time.sleep(1)


def twice(rows, *key):
    return rows.order_by().values(*key).annotate(count=Count("pk")).filter(count__gt=1).count()


def lost_projects(promises):
    there = set(Project.objects.filter(name__in=promises["projects"]).values_list("name", flat=True))
    return len(set(promises["projects"]) - there)


def lost_texts(promises):
    """The text that is there was sent with or after the last one acknowledged."""
    lost = 0
    for key, text in promises["saved"].items():
        sent = promises["sent"][key]
        lost += Project.objects.get(pk=key).necessity not in sent[sent.index(text) :]
    return lost


def lost_submissions(promises):
    states = Project.objects.filter(pk__in=promises["submitted"]).values_list("status", flat=True)
    return len(promises["submitted"]) - sum(state == ProjectStatus.SUBMITTED for state in states)


def submissions_told_wrong(promises):
    entries = AuditEntry.objects.filter(action="project.submit", subject_id__in=promises["submitted"])
    counts = Counter(entries.values_list("subject_id", flat=True))
    return sum(counts[key] != 1 for key in promises["submitted"])


def has_one_issued(kind, key):
    record = KINDS[kind].model.objects.get(pk=key)
    return in_force(KINDS[kind], record, "") is not None


def lost_scans(promises):
    hashes = dict(Paper.objects.filter(name__in=promises["papers"]).values_list("name", "file__sha256"))
    lost = 0
    for name, sha256 in promises["papers"].items():
        paper = Paper.objects.filter(name=name).select_related("file").first()
        kept = paper and bytes_of(paper.file, hashes[name])
        lost += kept is None or hashlib.sha256(kept).hexdigest() != sha256
    return lost


def items_not_made(promises):
    return sum(
        batch.items.exclude(status=ItemStatus.DONE).count()
        for batch in Batch.objects.filter(pk__in=promises["batches"])
    )


def invariants_broken():
    """Numbers of issued papers, sums of what was submitted, hashes: what holds at any moment of the portal's life."""
    numbers = IssuedDocument.objects.filter(number__isnull=False)
    submitted = Project.objects.filter(status=ProjectStatus.SUBMITTED, name__startswith="Đề án đủ hồ sơ")
    return twice(numbers, "kind", "series", "year", "number", "version") + sum(
        bool(services.missing_items(project)) for project in submitted
    )


def commands_failed():
    failed = 0
    for command in ("verify_audit", "check_files"):
        try:
            call_command(command, stdout=sys.stderr)
        except CommandError as error:
            print(error, file=sys.stderr)
            failed += 1
    return failed


def main():
    print(json.dumps(told(json.load(sys.stdin)), ensure_ascii=False))
