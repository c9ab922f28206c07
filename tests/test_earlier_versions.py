"""The demo of earlier versions of the portal, brought forward by the migrations of this one.

`tests/versions/` holds SQLite files as an earlier version left them, packed, without the administrative units, which
every version loads from the same file: they are put back before the migrations run.
"""

import json
import lzma
import sqlite3
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from tests import portal

VERSIONS = sorted(Path(settings.BASE_DIR, "tests", "versions").glob("*.sqlite3.xz"))
UNITS = ("khuyencong_administrativeunit", "khuyencong_unitsuccession", "khuyencong_unitalias")
# Rows of people: none may come or go on the way. Catalogues and rules grow with the versions.
RECORDS = (
    "khuyencong_auditentry", "khuyencong_user", "beneficiaries_facility", "programs_program", "programs_annualplan",
    "programs_planbudget", "projects_project", "projects_fundingline", "projects_beneficiary", "projects_plansnapshot",
    "projects_beneficiaryamount", "projects_handoverminutes",
)  # fmt: skip
LOOK = """
import json
from django.test import Client
from khuyencong.audit import first_broken_entry
from khuyencong.models import User
from projects.models import Project
from programs.models import AnnualPlan
client = Client(headers={"Host": "127.0.0.1"}, raise_request_exception=False)
client.force_login(User.objects.get(username="chuyenvien"))
pages = ["/", "/de-an/", "/co-so/", "/ke-hoach/", "/ban-giao/", "/van-ban/", "/kinh-phi/"]
mine = client.get("/").wsgi_request.user
pages += [row.get_absolute_url() for model in (Project, AnnualPlan) for row in model.objects.visible_to(mine)[:2]]
answers = {page: client.get(page).status_code for page in pages}
print("LOOK" + json.dumps({"broken": str(first_broken_entry()), "pages": answers}))
"""


def put_units_back(path):
    with sqlite3.connect(path) as old, connection.cursor() as cursor:
        old.execute("PRAGMA foreign_keys = OFF")
        for table in UNITS:
            columns = [row[1] for row in old.execute(f"PRAGMA table_info({table})")]
            cursor.execute(f"SELECT {', '.join(columns)} FROM {table} ORDER BY id")
            marks = ", ".join("?" * len(columns))
            old.executemany(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})", cursor.fetchall())


def facts(path):
    """{table: (rows, sum of every column of money)} of the records."""
    found = {}
    with sqlite3.connect(path) as base:
        for table in RECORDS:
            columns = [row[1] for row in base.execute(f"PRAGMA table_info({table})") if row[1].endswith("amount")]
            sums = ", ".join(["COUNT(*)", *(f"SUM({column})" for column in columns)])
            found[table] = dict(
                zip(["rows", *columns], base.execute(f"SELECT {sums} FROM {table}").fetchone(), strict=True)
            )
    return found


@pytest.mark.parametrize("packed", VERSIONS, ids=lambda path: path.name.partition(".")[0])
def test_demo_of_an_earlier_version_comes_forward(packed, tmp_path, db):
    if connection.vendor != "sqlite":
        pytest.skip("The files are of SQLite: once is enough.")
    path = tmp_path / "khuyencong.sqlite3"
    path.write_bytes(lzma.decompress(packed.read_bytes()))
    put_units_back(path)
    before = facts(path)
    portal.run("migrate", "--skip-checks", "-v0", VAR_DIR=str(tmp_path))
    after = facts(path)

    kept = {table: {name: after[table][name] for name in values} for table, values in before.items()}
    assert kept == before
    # With DEBUG, pages ask for no collected files.
    told = portal.run("shell", "-v0", "--command", LOOK, VAR_DIR=str(tmp_path), DEBUG="1")
    seen = json.loads(told.partition("LOOK")[2])
    assert seen["broken"] == "None"
    assert set(seen["pages"].values()) == {200}, seen["pages"]
