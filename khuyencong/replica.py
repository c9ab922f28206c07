"""Read reports from a copy of the database that follows the primary, so that a long report keeps nobody from saving.

Only the pages of PAGES, only when read (GET), and only while the copy is fit: it follows, is not further behind than
REPLICA_LAG_SECONDS, and has whatever this person did last. Otherwise, and inside every transaction of a service, the
primary answers; so it does when the copy dies in the middle of a page.
"""

import logging
import math
import time
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.core.exceptions import MiddlewareNotUsed
from django.db import DEFAULT_DB_ALIAS, DatabaseError, InterfaceError, connections
from django.utils import timezone

from khuyencong.models import AuditEntry

ALIAS = "replica"
# URL names: reports and lists that leave as files. None of them is where somebody has just saved something.
PAGES = frozenset(
    {
        "contracts_export", "evaluation", "evaluation_changes", "evaluation_excel", "evaluation_rows",
        "evaluation_rows_export", "evaluations", "evaluations_export", "facilities_export", "handovers_export",
        "health", "health_export", "money", "plan_export", "plans_export", "products_export", "programs_export",
        "projects_export", "register_export",
    }
)  # fmt: skip
# A copy that does not answer is left alone for so long: each try may cost seconds.
SHUNNED_SECONDS = 30
# Clocks of web nodes and what a commit takes.
MARGIN = timedelta(seconds=10)
# The last replayed commit tells how far the copy is behind, but only where something is still to be replayed.
FITNESS = """
SELECT pg_is_in_recovery(),
       CASE WHEN pg_last_wal_replay_lsn() >= %s::pg_lsn THEN 0
            ELSE EXTRACT(EPOCH FROM clock_timestamp() - pg_last_xact_replay_timestamp()) END,
       %s IS NULL OR EXISTS (SELECT 1 FROM khuyencong_auditentry WHERE id = %s)
"""

logger = logging.getLogger(__name__)
_reading = ContextVar("reading", default=False)


@dataclass(frozen=True)
class Fitness:
    """How the copy stands: seconds behind, None where it does not answer or does not follow; `why_not` to use it."""

    lag: float | None
    why_not: str = ""

    @property
    def words(self):
        """“trễ 3 giây” for people; "" where nothing is known."""
        if self.lag is None:
            return ""
        return f"trễ {math.ceil(self.lag)} giây" if self.lag >= 1 else "trễ dưới 1 giây"


class Router:
    """Reads of a page that reads from the copy go there; everything else, and every write, to the primary."""

    def db_for_read(self, model, **hints):
        # Inside a transaction somebody is about to write, by what is true now.
        if _reading.get() and not connections[DEFAULT_DB_ALIAS].in_atomic_block:
            return ALIAS
        return DEFAULT_DB_ALIAS

    def db_for_write(self, model, **hints):
        return DEFAULT_DB_ALIAS

    def allow_relation(self, one, other, **hints):
        return True

    def allow_migrate(self, db, app_label, **hints):
        return db == DEFAULT_DB_ALIAS


class ReplicaMiddleware:
    """The last one: whatever stands around the page, such as session and trail, asks the primary."""

    shunned_until = 0.0

    def __init__(self, get_response):
        if ALIAS not in settings.DATABASES:
            raise MiddlewareNotUsed
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_view(self, request, view, args, kwargs):
        """The page as read from the copy; None leaves it to the primary."""
        is_asked = request.method == "GET" and request.resolver_match.view_name in PAGES
        if not is_asked or time.monotonic() < self.shunned_until:
            return None
        found = fitness(request.user)
        if found.lag is None:
            self._shun(found.why_not)
        if found.why_not:
            return None
        request.read_lag = found.words
        try:
            with reading():
                answer = view(request, *args, **kwargs)
                return answer.render() if callable(getattr(answer, "render", None)) else answer
        except (DatabaseError, InterfaceError) as error:
            # Gone in the middle, or its rows were taken away to follow the primary: nothing was sent yet.
            request.read_lag = ""
            self._shun(str(error))
            return None

    def _shun(self, why):
        type(self).shunned_until = time.monotonic() + SHUNNED_SECONDS
        connections[ALIAS].close()
        logger.warning("The replica is not read for %s s: %s", SHUNNED_SECONDS, why.strip().partition("\n")[0])


@contextmanager
def reading():
    """Reads outside transactions go to the copy for as long as the block takes."""
    token = _reading.set(True)
    try:
        yield
    finally:
        _reading.reset(token)


def fitness(user=None) -> Fitness:
    """How the copy stands; for a person, whether it has what they did last. The primary has to answer."""
    limit = settings.REPLICA_LAG_SECONDS
    own = _last_act(user, timedelta(seconds=limit) + MARGIN) if user else None
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        cursor.execute("SELECT pg_current_wal_lsn()::text")
        reached = cursor.fetchone()[0]
    try:
        with connections[ALIAS].cursor() as cursor:
            cursor.execute(FITNESS, [reached, own, own])
            follows, lag, has_own = cursor.fetchone()
    except (DatabaseError, InterfaceError) as error:
        connections[ALIAS].close()
        return Fitness(None, f"Bản sao không trả lời: {str(error).strip().partition(chr(10))[0]}")
    if not follows or lag is None:
        return Fitness(None, "Máy chủ ở REPLICA_URL không theo máy chính nào.")
    lag = max(0.0, float(lag))
    if lag > limit:
        return Fitness(lag, f"Bản sao trễ quá {limit} giây, cổng đọc ở máy chính.")
    return Fitness(lag, "" if has_own else "Bản sao chưa có việc người này vừa làm.")


def _last_act(user, span):
    """The last line of a person in the trail; older ones the copy has anyway."""
    rows = AuditEntry.objects.filter(actor=user, at__gte=timezone.now() - span)
    return rows.order_by("-pk").values_list("pk", flat=True).first()
