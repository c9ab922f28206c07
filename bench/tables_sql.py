"""The figures of the tables of a report as one would ask for them by hand: the fewest statements, no spare columns.

Of today, by plan year, in the division of 2025. Each is a list of statements; `{…}` are the parts below.
"""

from projects.models import APPROVED_PROJECT

APPROVED = ", ".join(f"'{state.value}'" for state in APPROVED_PROJECT)
PARTS = {
    "from_projects": """
        FROM projects_project p JOIN programs_annualplan n ON n.id = p.plan_id
        LEFT JOIN programs_activitycontent c ON c.id = p.content_id
        WHERE n.program_id IN ({programs}) AND n.year BETWEEN {first} AND {last} AND n.decision_on <= '{until}'
        AND p.status IN ({approved})""",
    "columns": "p.id, n.year, p.kind, p.is_key, p.is_priority, p.implementing_unit_id, "
    "coalesce(c.parent_id, c.id) AS content",
    "is_done": "EXISTS (SELECT 1 FROM projects_acceptance a WHERE a.project_id = p.id AND a.is_final "
    "AND a.voided_at IS NULL AND a.accepted_on <= '{until}')",
    "is_stopped": "EXISTS (SELECT 1 FROM projects_amendment m WHERE m.project_id = p.id AND m.kind = 'stop' "
    "AND m.status = 'approved' AND m.decision_on <= '{until}')",
    "is_amended": "EXISTS (SELECT 1 FROM projects_amendment m WHERE m.project_id = p.id AND m.kind <> 'stop' "
    "AND m.status = 'approved' AND m.decision_on <= '{until}')",
    "is_national": "EXISTS (SELECT 1 FROM projects_fundingline l JOIN programs_fundingsource s ON s.id = l.source_id "
    "WHERE l.project_id = d.id AND s.category = 'national')",
    "turns": """FROM done d JOIN projects_beneficiary b ON b.project_id = d.id AND b.withdrawn_by_id IS NULL
        JOIN beneficiaries_facility f ON f.id = b.facility_id AND NOT f.is_outside_province""",
    "shares": """FROM done d JOIN projects_beneficiary b ON b.project_id = d.id AND b.withdrawn_by_id IS NULL
        JOIN beneficiaries_facility f ON f.id = b.facility_id
        JOIN projects_beneficiaryamount x ON x.beneficiary_id = b.id
        JOIN programs_fundingsource s ON s.id = x.source_id""",
    "alone": """FROM done d JOIN projects_fundingline l ON l.project_id = d.id
        JOIN programs_fundingsource s ON s.id = l.source_id
        WHERE NOT EXISTS (SELECT 1 FROM projects_beneficiary b WHERE b.project_id = d.id)""",
    "accepted": """FROM done d JOIN projects_acceptance a ON a.project_id = d.id AND a.voided_at IS NULL
        JOIN projects_acceptanceamount x ON x.acceptance_id = a.id
        JOIN programs_fundingsource s ON s.id = x.source_id""",
    "place": """place AS (
        SELECT u.id, u.province_id, CASE WHEN u.division = 'new' THEN u.id ELSE o.only_one END AS place
        FROM khuyencong_administrativeunit u LEFT JOIN (
            SELECT predecessor_id, min(successor_id) AS only_one FROM khuyencong_unitsuccession
            GROUP BY predecessor_id HAVING count(DISTINCT successor_id) = 1
        ) o ON o.predecessor_id = u.id WHERE u.level = 'commune')""",
}
PLANNED = "WITH done AS (SELECT {columns} {from_projects})"
DONE = "WITH done AS (SELECT {columns} {from_projects} AND {is_done})"
STOPPED = "WITH done AS (SELECT {columns} {from_projects} AND {is_stopped})"
AMENDED = "WITH done AS (SELECT {columns} {from_projects} AND {is_amended})"
UNFINISHED = "WITH done AS (SELECT {columns} {from_projects} AND NOT {is_done} AND NOT {is_stopped})"
COUNTS = """ SELECT sum(CASE WHEN d.kind = 'project' THEN 1 ELSE 0 END),
    sum(CASE WHEN d.kind = 'project' AND {is_national} THEN 1 ELSE 0 END),
    sum(CASE WHEN d.kind = 'task' THEN 1 ELSE 0 END), sum(CASE WHEN d.is_key THEN 1 ELSE 0 END) FROM done d"""
TURNS = " SELECT count(DISTINCT b.facility_id), count(*) {turns}"
PROVINCES = " SELECT count(DISTINCT u.province_id) {turns} JOIN khuyencong_administrativeunit u ON u.id = f.unit_id"


def given(columns):
    return f""" SELECT {columns}, sum(l.approved_amount) FROM done d JOIN projects_fundingline l ON l.project_id = d.id
        JOIN programs_fundingsource s ON s.id = l.source_id GROUP BY {columns}"""


def stated(columns, amount):
    return f""" SELECT {columns}, sum(i.{amount}) FROM done d JOIN projects_projectindicator i ON i.project_id = d.id
        GROUP BY {columns}"""


def paid(columns):
    return f""" SELECT {columns}, sum(CASE WHEN v.kind = 'refund' THEN -v.amount ELSE v.amount END) FROM done d
        JOIN projects_disbursement v ON v.project_id = d.id AND v.voided_at IS NULL AND v.paid_on <= '{{until}}'
        JOIN programs_fundingsource s ON s.id = v.source_id GROUP BY {columns}"""


def by_facility(column, place=""):
    """What T5 … T7 ask by a column of facilities: projects, facilities, turns; money; projects that name none."""
    start = DONE.replace("WITH ", "WITH {place}, ", 1) if place else DONE
    join = " JOIN place ON place.id = f.unit_id" if place else ""
    return [
        f"{start} SELECT {column}, count(DISTINCT d.id), count(DISTINCT b.facility_id), count(*) {{turns}}{join} "
        f"GROUP BY {column}",
        f"{start} SELECT {column}, s.category, sum(x.approved_amount) {{shares}}{join} GROUP BY {column}, s.category",
        f"{DONE} SELECT s.category, sum(l.approved_amount), count(DISTINCT d.id) {{alone}} GROUP BY s.category",
        f"{DONE} SELECT count(*) FROM done",
        f"{DONE}{TURNS}",
    ]


def measured(start, money, column):
    parts = (COUNTS, money, TURNS, stated("i.indicator_id", column), PROVINCES)
    return [start + part for part in parts]


ACCEPTED = " SELECT s.category, sum(x.amount) {accepted} GROUP BY s.category"
T1 = [*measured(PLANNED, given("s.category"), "planned"), *measured(DONE, ACCEPTED, "done")]
# T1 a second time for the period before.
T1_BEFORE = measured(DONE, ACCEPTED, "done")
YEARS = " SELECT d.year, count(*) FROM done d GROUP BY d.year"

STATEMENTS = {
    "T1": T1,
    "T2": [
        PLANNED + given("l.source_id, d.year"),
        f"{DONE} SELECT x.source_id, d.year, sum(x.amount) {{accepted}} GROUP BY x.source_id, d.year",
    ],
    "T3": [
        f"{PLANNED} SELECT d.content, count(*) FROM done d GROUP BY d.content",
        f"{DONE} SELECT d.content, count(*) FROM done d GROUP BY d.content",
        f"{DONE} SELECT d.content, count(DISTINCT b.facility_id) {{turns}} GROUP BY d.content",
        f"{DONE}{TURNS}",
        f"{DONE} SELECT d.content, s.category, sum(x.amount) {{accepted}} GROUP BY d.content, s.category",
    ],
    "T4": [
        *(start + YEARS for start in (PLANNED, DONE, AMENDED, STOPPED)),
        PLANNED + given("s.category, d.year"),
        PLANNED + paid("s.category, d.year"),
        PLANNED + """ SELECT s.category, d.year, sum(x.amount) FROM done d
            JOIN projects_settlementamount x ON x.project_id = d.id
            JOIN projects_settlement t ON t.id = x.settlement_id
            AND t.status = 'approved'
            JOIN programs_fundingsource s ON s.id = x.source_id GROUP BY s.category, d.year""",
        "SELECT year, decision_number, decision_on FROM programs_annualplan WHERE program_id IN ({programs}) "
        "AND decision_on <= '{until}'",
    ],
    "T5": by_facility("f.legal_form"),
    "T6": by_facility("place.province_id, place.place", place="place"),
    "T7": by_facility("f.industry_id") + by_facility("d.is_priority"),
    "T8": [
        PLANNED + stated("i.indicator_id", "planned"),
        DONE + stated("i.indicator_id, i.is_verified", "done"),
        DONE + """ SELECT v.indicator_id, w.round, sum(v.value) FROM done d JOIN projects_followup w
            ON w.project_id = d.id AND w.surveyed_on <= '{until}' JOIN projects_followupvalue v ON v.follow_up_id = w.id
            GROUP BY v.indicator_id, w.round""",
        DONE + """ SELECT w.round, count(*), sum(CASE WHEN w.is_operating THEN 1 ELSE 0 END) FROM done d
            JOIN projects_followup w ON w.project_id = d.id AND w.surveyed_on <= '{until}' GROUP BY w.round""",
    ],
    "T10": [
        statement
        for start in (STOPPED, UNFINISHED)
        for statement in (
            f"{start} SELECT count(*) FROM done",
            start + given("s.category"),
            start + paid("s.category, v.kind"),
            f"{start} SELECT d.id, q.code, q.name FROM done d JOIN projects_project q ON q.id = d.id "
            "ORDER BY d.year, q.code LIMIT 200",
        )
    ],
    "T11": by_facility("d.implementing_unit_id"),
}  # fmt: skip


def statements(key: str, programs, first: int, last: int, until) -> list[str]:
    """Ready to be run; T1 with the same years before the period."""
    found = [_ready(statement, programs, first, last, until) for statement in STATEMENTS[key]]
    if key == "T1":
        length = last - first + 1
        found += [_ready(statement, programs, first - length, last - length, until) for statement in T1_BEFORE]
    return found


def _ready(statement, programs, first, last, until):
    given = {
        "programs": ", ".join(str(program) for program in programs), "first": first, "last": last, "until": until,
        "approved": APPROVED,
    }  # fmt: skip
    for _depth in range(3):
        for name, text in (PARTS | given).items():
            statement = statement.replace(f"{{{name}}}", str(text))
    return statement
