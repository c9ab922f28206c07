"""Several people issue at the same moment, or the process dies: numbers without gap or double, one paper in force."""

import os
import signal
from functools import partial

import pytest
from django.core.exceptions import ValidationError
from django.db import connection

from khuyencong import audit
from khuyencong.audit import first_broken_entry
from khuyencong.dates import today
from khuyencong.documents.issuing import issue, revoke
from khuyencong.documents.numbers import next_number, take_count
from khuyencong.files import damaged_files
from khuyencong.models import AuditEntry, IssuedDocument, StoredFile
from tests.factories import ProgramFactory
from tests.khuyencong.threads import at_once
from tests.khuyencong.toy_papers import register_toy

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = 6 if connection.vendor == "postgresql" else 2


@pytest.fixture
def toy(monkeypatch, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return register_toy(monkeypatch)


def outcome(act, *args, **kwargs):
    """The row, or the code of the refusal."""
    try:
        return act(*args, **kwargs)
    except ValidationError as refusal:
        return getattr(refusal, "code", None) or "refused"


def files_in(folder):
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


def test_papers_of_one_series_get_every_number_once(toy, tmp_path):
    programs = [ProgramFactory()]
    by = programs[0].created_by
    programs += [ProgramFactory(created_by=by) for _number in range(3 * ROUNDS - 1)]
    for turn in range(ROUNDS):
        at_once(lambda program: issue(toy, program, by), programs[3 * turn : 3 * turn + 3])
    numbers = IssuedDocument.objects.order_by("number").values_list("number", flat=True)
    assert list(numbers) == list(range(1, 3 * ROUNDS + 1))
    for document in IssuedDocument.objects.all():
        assert document.data["number_text"] == document.number_text
    assert len(files_in(tmp_path)) == StoredFile.objects.count() == 3 * ROUNDS
    assert damaged_files() == []
    assert first_broken_entry() is None


def test_one_record_has_one_paper_in_force(toy, tmp_path):
    program = ProgramFactory()
    by = program.created_by
    answers = at_once(lambda _person: outcome(issue, toy, program, by), range(3))
    [first] = [answer for answer in answers if isinstance(answer, IssuedDocument)]
    assert answers.count("refused") == 2  # a paper in force is replaced with a reason alone
    for _turn in range(ROUNDS):
        at_once(lambda reason: issue(toy, program, by, reason=reason), ["Một", "Hai"])
    papers = list(IssuedDocument.objects.order_by("version"))
    assert [paper.version for paper in papers] == list(range(1, 2 * ROUNDS + 2))
    assert [paper.number for paper in papers] == list(range(1, 2 * ROUNDS + 2))
    assert [paper.status for paper in papers] == ["superseded"] * (2 * ROUNDS) + ["issued"]
    assert [paper.supersedes for paper in papers] == [None, *papers[:-1]]
    assert papers[0] == first
    assert len(files_in(tmp_path)) == StoredFile.objects.count() == len(papers)
    assert first_broken_entry() is None


def test_number_by_hand_and_number_in_turn_never_meet(toy):
    programs = [ProgramFactory()]
    by = programs[0].created_by
    programs += [ProgramFactory(created_by=by) for _number in range(2 * ROUNDS - 1)]
    owner = programs[0].owner
    for turn in range(ROUNDS):
        typed = str(take_count(owner, "TTr-TTKC", today().year) + 1)
        orders = [(programs[2 * turn], typed), (programs[2 * turn + 1], "")]
        answers = at_once(lambda order: outcome(issue, toy, order[0], by, number_text=order[1]), orders)
        assert isinstance(answers[1], IssuedDocument)
    numbers = list(IssuedDocument.objects.values_list("number", flat=True))
    assert len(numbers) == len(set(numbers))


def test_issue_and_revoke_at_once_leave_one_state(toy):
    program = ProgramFactory()
    by = program.created_by
    for _turn in range(ROUNDS):
        document = outcome(issue, toy, program, by)
        if not isinstance(document, IssuedDocument):
            document = IssuedDocument.objects.get(status="issued")
        acts = [lambda: issue(toy, program, by, reason="Sai."), partial(revoke, document, by, "Nhầm.")]
        at_once(lambda act: outcome(act), acts)
        assert IssuedDocument.objects.filter(status="issued").count() <= 1
    closed = IssuedDocument.objects.exclude(status="issued")
    assert AuditEntry.objects.filter(action__in=["document.revoke", "document.supersede"]).count() == closed.count()
    assert first_broken_entry() is None


def die(act, at):
    """Run the act in a process of its own that is killed when it tells the trail for the `at`-th time."""
    connection.close()
    child = os.fork()
    if child == 0:
        saved, left = audit.AuditEntry.save, [at]

        def save(entry, *args, **kwargs):
            left[0] -= 1
            if not left[0]:
                os.kill(os.getpid(), signal.SIGKILL)
            saved(entry, *args, **kwargs)

        audit.AuditEntry.save = save
        try:
            act()
        finally:
            os._exit(0)
    _pid, status = os.waitpid(child, 0)
    return os.WTERMSIG(status) if os.WIFSIGNALED(status) else None


@pytest.mark.parametrize("at", [1, 2, 3])
def test_killed_half_way_leaves_the_old_paper_and_the_number(toy, at):
    program = ProgramFactory()
    by = program.created_by
    first = issue(toy, program, by)
    told = AuditEntry.objects.count()
    assert die(lambda: issue(toy, program, by, reason="Sai."), at) == signal.SIGKILL
    first.refresh_from_db()
    assert (first.status, IssuedDocument.objects.count(), StoredFile.objects.count()) == ("issued", 1, 1)
    assert AuditEntry.objects.count() == told
    assert next_number(program.owner, "TTr-TTKC", today().year) == "02/TTr-TTKC"
    second = issue(toy, program, by, reason="Sai.")
    assert (second.number_text, second.version, second.supersedes) == ("02/TTr-TTKC", 2, first)
    assert first_broken_entry() is None
