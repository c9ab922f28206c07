"""Papers that are set by the background worker because there are many."""

from django_tasks import task

from khuyencong.audit import record
from khuyencong.documents import merge
from khuyencong.jobs import counted, make_file, queue
from projects.documents import bundle_name, bundle_title, handover_bundle
from projects.models import HandoverEvent

HANDOVER = "handover"
# A paper takes up to a second of one core to set: more of them would keep the person, and a thread of the server, busy.
PAPERS_AT_ONCE = 5


def start_handover_print(event, *, by):
    """Queue the minutes of all receivers as one PDF and return the Job."""
    count = event.minutes.count()
    return queue(
        run_handover_print, HANDOVER, title=f"In {count} biên bản: {event}"[:200], params={"event": event.pk}, by=by,
        count=count,
    )  # fmt: skip


@task()
def run_handover_print(job_pk):
    make_file(job_pk, _write_handover)


def _write_handover(job, stream):
    events = HandoverEvent.objects.visible_to(job.requested_by).select_related("plan", "giver__parent")
    event = events.get(pk=job.params["event"])
    papers = handover_bundle(event)
    stream.write(merge(counted(papers, job, every=1), title=bundle_title(len(papers))))
    record_print(event, event.minutes.select_related("receiver", "receiver_facility"), by=job.requested_by)
    return f"{bundle_name(event, len(papers))}.pdf"


def record_print(event, minutes, *, by):
    """Who took the paper away is told; nothing else changes."""
    label = "In biên bản" if event.is_done else "In bản nháp biên bản"
    record(by, "handover.print", label, event, changes=[("Bên nhận", "", paper.receiver_name) for paper in minutes])
