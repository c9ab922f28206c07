"""What is kept per state of the data rests on this: whoever changes a row leaves an act in the trail.

Held for every post of a test: rows that it wrote say the same as before, or the trail has a new last act. And where all
acts of a post concern one province alone, so do the rows: those of a record there, not what other provinces are shown.
"""

import re
from collections import Counter

from django.apps import apps
from django.db import connection
from django.db.utils import DatabaseError

from khuyencong.models import COMINGS, AuditEntry, LastAct

WRITES = re.compile(r'\s*(?:INSERT INTO|UPDATE|DELETE FROM) "(\w+)"')
# Rows that no kept page shows: of one person's desk, of sessions, of work in the background and of what it made.
BESIDE = {
    "axes_accessattempt", "axes_accessattemptexpiration", "axes_accessfailurelog", "axes_accesslog",
    "django_admin_log", "django_session", "khuyencong_auditentry", "khuyencong_batch", "khuyencong_batchitem",
    "khuyencong_columnchoice", "khuyencong_columnmemory", "khuyencong_counter", "khuyencong_desk",
    "khuyencong_entrydraft", "khuyencong_importline", "khuyencong_job", "khuyencong_lastact", "khuyencong_notice",
    "khuyencong_recoverycode", "khuyencong_returnedsheet", "khuyencong_savedfilter", "khuyencong_sentform",
    "khuyencong_sheetimport", "khuyencong_signin", "khuyencong_visitcount", "otp_static_staticdevice",
    "otp_static_statictoken", "otp_totp_totpdevice", "reports_evaluationtext",
}  # fmt: skip
# A form saved as it stood writes these anew, and rows that hang on others under new keys.
ANEW = {"id", "created_at", "updated_at", "updated_by_id", "version", "last_login", "password"}
ANEW_OF = {"projects_handovercontractamount": {"contract_id"}}


class Watch:
    """An `execute_wrapper` that reads a table before it is written first."""

    def __init__(self):
        self.act, self.parts, self.before = last_act(), last_acts(), {}

    def __call__(self, execute, sql, params, many, context):
        table = found[1] if (found := WRITES.match(sql)) else None
        if table in TABLES and table not in self.before:
            self.before[table] = None  # what is asked now is no write
            self.before[table] = content_of(table)
        return execute(sql, params, many, context)

    def changed(self):
        """Tables that say something else than before, where no act tells of it, or none to those who are shown it."""
        told = {part for part, digest in last_acts().items() if digest != self.parts.get(part)}
        changed = {table for table, rows in self.before.items() if content_of(table) != rows}
        if last_act() == self.act:
            return sorted(changed)
        if LastAct.EVERYBODYS in told:
            return []
        return sorted(table for table in changed if table not in AT_HOME or not self._is_told(table, told))

    def _is_told(self, table, told):
        """Rows that name their province and body: an act was told to both."""
        now, before = content_of(table), self.before[table]
        homes = {home for home, _said in (now - before) | (before - now)}
        return all(told.issuperset(LastAct.parts_of(provinces=filter(None, [home[0]]), owner=home[1]))
                   for home in homes if home is not None)  # fmt: skip


def columns_of(model):
    anew = ANEW | ANEW_OF.get(model._meta.db_table, set())
    return [field.column for field in model._meta.concrete_fields if field.column not in anew]


TABLES = {
    model._meta.db_table: columns_of(model)
    for model in apps.get_models(include_auto_created=True)
    if model._meta.managed and model._meta.db_table not in BESIDE
}


# Found again by other rows, which name them; or asked anew each time: the index of the search, checks of the trail.
OF_OTHERS = {"khuyencong_auditcheck", "khuyencong_searchentry", "khuyencong_storedfile"}


def is_at_home(model, on_the_way=()):
    """Whether rows are of a record that is seen in its own province and by its own body alone."""
    if getattr(model, "concerns_home_alone", False):
        return True
    parents = [field.remote_field.model for field in model._meta.concrete_fields if field.is_relation]
    return any(is_at_home(parent, (*on_the_way, model)) for parent in parents if parent not in (model, *on_the_way))


AT_HOME = OF_OTHERS | {
    model._meta.db_table for model in apps.get_models(include_auto_created=True) if is_at_home(model)
}


def content_of(table):
    """How often each row stands there, without its key: {(its province and body, or None, what it says): times}."""
    names = TABLES[table]
    columns = ", ".join(f'"{column}"' for column in names)
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT {columns} FROM "{table}"')  # noqa: S608 -- names of the models
        rows = cursor.fetchall()
    places = [names.index(name) for name in ("province_id", "owner_id") if name in names]
    return Counter((tuple(row[place] for place in places) if len(places) == 2 else None, repr(row)) for row in rows)


def last_acts():
    return dict(LastAct.objects.values_list("part", "hash"))


def last_act():
    acts = AuditEntry.objects.exclude(action__in=COMINGS).order_by("-pk")
    return acts.values_list("hash", flat=True).first()


def watching(request):
    """`Client.request` with the guard around every post."""

    def watched(client, **asked):
        if asked.get("REQUEST_METHOD") != "POST":
            return request(client, **asked)
        try:
            watch = Watch()
        except (DatabaseError, RuntimeError):  # a test without the database
            return request(client, **asked)
        with connection.execute_wrapper(watch):
            answer = request(client, **asked)
        assert watch.changed() == [], f"{asked['PATH_INFO']} changes rows and leaves no act"
        return answer

    return watched
