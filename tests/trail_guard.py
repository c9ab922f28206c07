"""What is kept per state of the data rests on this: whoever changes a row leaves an act in the trail.

Held for every post of a test: rows that it wrote say the same as before, or the trail has a new last act.
"""

import re
from collections import Counter

from django.apps import apps
from django.db import connection
from django.db.utils import DatabaseError

from khuyencong.kept import COMINGS
from khuyencong.models import AuditEntry

WRITES = re.compile(r'\s*(?:INSERT INTO|UPDATE|DELETE FROM) "(\w+)"')
# Rows that no kept page shows: of one person's desk, of sessions, of work in the background and of what it made.
BESIDE = {
    "axes_accessattempt", "axes_accessattemptexpiration", "axes_accessfailurelog", "axes_accesslog",
    "django_admin_log", "django_session", "khuyencong_auditentry", "khuyencong_batch", "khuyencong_batchitem",
    "khuyencong_columnchoice", "khuyencong_columnmemory", "khuyencong_counter", "khuyencong_desk",
    "khuyencong_entrydraft", "khuyencong_importline", "khuyencong_job", "khuyencong_notice",
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
        self.act, self.before = last_act(), {}

    def __call__(self, execute, sql, params, many, context):
        table = found[1] if (found := WRITES.match(sql)) else None
        if table in TABLES and table not in self.before:
            self.before[table] = None  # what is asked now is no write
            self.before[table] = content_of(table)
        return execute(sql, params, many, context)

    def changed(self):
        """Tables that say something else than before, where no act tells of it."""
        if last_act() != self.act:
            return []
        return [table for table, rows in self.before.items() if content_of(table) != rows]


def columns_of(model):
    anew = ANEW | ANEW_OF.get(model._meta.db_table, set())
    return [field.column for field in model._meta.concrete_fields if field.column not in anew]


TABLES = {
    model._meta.db_table: columns_of(model)
    for model in apps.get_models(include_auto_created=True)
    if model._meta.managed and model._meta.db_table not in BESIDE
}


def content_of(table):
    """How often each row stands there, without its key."""
    columns = ", ".join(f'"{column}"' for column in TABLES[table])
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT {columns} FROM "{table}"')  # noqa: S608 -- names of the models
        return Counter(map(repr, cursor.fetchall()))


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
