"""A worker killed in the middle of an import, and the one that takes it up; at length in bench/import_killed.py."""

import os
import signal

import pytest
from django.db import connection

from beneficiaries.import_rules import FacilityExaminer
from beneficiaries.models import Facility
from khuyencong.audit import first_broken_entry
from khuyencong.imports import kinds, writing
from khuyencong.imports.work import run_import
from khuyencong.imports.writing import confirm
from khuyencong.models import AuditEntry, SheetImport, Verdict
from tests.factories import OrganisationFactory, UserFactory, commune_of, vinh_long
from tests.khuyencong.sheet_imports import book_of, previewed

ROWS = 7


@pytest.fixture
def officer(transactional_db):
    return UserFactory(organisation=OrganisationFactory(areas=[vinh_long()]))


def killed_while_writing(pk, lot):
    """A worker in a process of its own that dies by SIGKILL after it wrote its second lot and before that was done."""
    connection.close()
    child = os.fork()
    if child == 0:
        kinds.LOT = writing.LOT = lot
        real, calls = FacilityExaminer.write, []

        def write(self, rows):
            real(self, rows)
            calls.append(rows)
            if len(calls) == 2:
                os.kill(os.getpid(), signal.SIGKILL)

        FacilityExaminer.write = write
        try:
            run_import.call(pk)
        finally:
            os._exit(0)
    _pid, status = os.waitpid(child, 0)
    return os.WTERMSIG(status) if os.WIFSIGNALED(status) else None


def test_a_worker_killed_half_way_leaves_nothing_double_and_nothing_lost(officer, monkeypatch):
    place = commune_of(vinh_long()).label
    content = book_of(
        ("Tên cơ sở", "Xã, phường", "Số lao động"), *((f"Hộ kinh doanh Số {n}", place, n) for n in range(1, ROWS + 1))
    )
    taken = previewed(officer, content)
    monkeypatch.setattr(writing, "start", lambda taken: None)
    confirm(taken, mode="good", by=officer)
    assert killed_while_writing(taken.pk, lot=2) == signal.SIGKILL
    taken.refresh_from_db()
    assert (taken.status, Facility.objects.count(), taken.lines.exclude(written_at=None).count()) == ("writing", 2, 2)
    SheetImport.objects.update(claimed_until=None)
    run_import.call(taken.pk)
    taken.refresh_from_db()
    assert (taken.status, taken.done_count, Facility.objects.count()) == ("done", ROWS, ROWS)
    assert sorted(Facility.objects.values_list("labour_count", flat=True)) == list(range(1, ROWS + 1))
    assert AuditEntry.objects.filter(action="facility.import").count() == ROWS
    assert first_broken_entry() is None
    again = previewed(officer, content, name="lại.xlsx")
    assert set(again.lines.values_list("verdict", flat=True)) == {Verdict.UNCHANGED}
