"""Who may open and send what: the table of every address (khuyencong/data/access.txt), walked as every role.

A new address without a row fails here, so that somebody decides who it is for.
"""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.core.files.base import ContentFile
from django.db import connection, transaction
from django.urls import URLResolver, get_resolver, reverse
from django.utils import timezone

from beneficiaries.merging import merge_facilities
from beneficiaries.models import FacilityAlias
from khuyencong import access_table, calendar_links
from khuyencong.documents import drafting
from khuyencong.documents.issuing import issue
from khuyencong.documents.kinds import KINDS
from khuyencong.models import (
    AuditEntry,
    Batch,
    EntryDraft,
    FormTemplate,
    Job,
    JobStatus,
    Notice,
    ReturnedSheet,
    Role,
    SavedFilter,
    Signer,
    SignIn,
    StoredFile,
)
from projects import services
from projects.documents import HANDOVER_MINUTES
from projects.services.scenarios import start_scenario
from tests import stories
from tests.beneficiaries.products import certified_product
from tests.factories import FacilityFactory, UserFactory, content, thai_nguyen
from tests.khuyencong.scans import scanned
from tests.khuyencong.sheet_imports import facility_import
from tests.projects.handovers import add_minutes, draft_handover, machine
from tests.projects.settlements import due_contract, put_up
from tests.reports.evaluation_reports import evaluation_of, known_sum

# The rows stand in khuyencong/data/access.txt: a new address gets its row there.
# The feed is opened by its secret, not by a person: no sign-in, and no other province either.
# Rows of one person, which nobody else finds.
OWN = {"sign_in", "account", "import", "kept_filter", "kept_draft", "news"}
# Addresses of a kind of list or sheet, the same for everyone who may use them.
KINDS_OF_LISTS = ("list_kind", "edit_kind", "form_kind", "import_kind")
PUBLIC = {"healthz", "readyz", "metrics", "login", "calendar_feed", "verify_ask", "verify", "verify_page"}


RULES = access_table.rules()
# Every address as every role; a second time, on PostgreSQL, for its SQL alone: some roles see every page.
ROLES = access_table.ROLES if connection.vendor == "sqlite" else ("officer", "director", "admin")
# Refusals rest on rôles and on `visible_to`, which PostgreSQL is asked by the pages that open there.
refusals = pytest.mark.skipif(connection.vendor != "sqlite", reason="the same refusals as on SQLite")
# Every page that the walk was shown, for tests/test_pages.py: {(role, address): HTML}.
PAGES = {}


def names_of(resolver, space=""):
    """Every named address below a resolver, with its namespaces."""
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLResolver):
            yield from names_of(pattern, f"{space}{pattern.namespace}:" if pattern.namespace else space)
        elif pattern.name:
            yield space + pattern.name


NAMES = set(names_of(get_resolver()))
ADMIN_LISTS = sorted(name for name in NAMES if name.startswith("admin:") and name.endswith(("_changelist", "_add")))


@pytest.fixture
def house(db):
    return stories.make_house()


@pytest.fixture
def people(house):
    people = {role: getattr(house, role) for role in ROLES if role != "admin"}
    admin = UserFactory(organisation=house.department, role=Role.ADMIN, is_staff=True, is_superuser=True)
    return people | {"admin": admin}


@pytest.fixture
def outsiders(db):
    north = stories.make_house(thai_nguyen(), "Thái Nguyên")
    return [north.officer, north.reviewer, north.director]


@pytest.fixture
def addresses(house, settings):
    """{name: address} with objects of the house, each in the state that its act asks for."""
    memory = {"BACKEND": "django.core.files.storage.InMemoryStorage"}
    settings.STORAGES = settings.STORAGES | {"default": memory}
    settings.SIGNING = settings.SIGNING | {"pkcs12": "/khong-co.p12"}
    budgets = {"KCDP": 5_000_000_000}
    open_plan, submitted_plan, approved_plan = (stories.draft_plan(house, budgets=budgets) for _ in range(3))
    stories.planned_project(house, submitted_plan)
    services.submit_plan(submitted_plan, by=house.reviewer)
    past_plan = stories.stated_plan(house)
    projects = [stories.planned_project(house, approved_plan) for _ in range(5)]
    approved, running, accepted, waiting, amended = projects
    services.submit_plan(approved_plan, by=house.reviewer)
    stories.approve(house, approved_plan)
    for project in projects:
        project.refresh_from_db()
    for project in (running, accepted, waiting):
        services.start_project(project, by=house.officer)
    for number, project in (("01/BBNT", accepted), ("02/BBNT", waiting)):
        services.accept_project(project, by=house.director, number=number, accepted_on=timezone.localdate())
        project.refresh_from_db()
    facility = FacilityFactory(created_by=house.officer)
    event = draft_handover(house, accepted)
    job = Job.objects.create(
        kind="projects", title="Xuất Excel: Đề án", requested_by=house.officer, status=JobStatus.DONE,
        filename="de-an.xlsx", file=ContentFile(b"PK", name="1.xlsx"), expires_at=timezone.now(),
    )  # fmt: skip
    book = StoredFile.objects.create(
        file=ContentFile(b"PK", name="mau"), name="mau.xlsx", size=2, sha256="0" * 64, uploaded_by=house.officer
    )
    form_template = FormTemplate.objects.create(
        organisation=house.department, kind="mau-2", file=book, valid_from=timezone.localdate() + timedelta(days=1),
        created_by=house.officer,
    )  # fmt: skip
    returned_sheet = ReturnedSheet.objects.create(
        kind="facilities", name="co-so.xlsx", sha256="0" * 64, uploaded_by=house.officer, made_at=timezone.now(),
        made_by=str(house.officer),
    )  # fmt: skip
    batch = Batch.objects.create(
        title="Biên bản", requested_by=house.officer, merged=ContentFile(b"%PDF", name="1.pdf"),
        finished_at=timezone.now(), expires_at=timezone.now() + timedelta(days=1),
    )  # fmt: skip
    draft = stories.draft_project(house, open_plan)
    appraised = stories.appraised_project(house, open_plan)
    paid_plan = stories.draft_plan(house, budgets=budgets)
    contracted = stories.contracted_project(house, paid_plan, content=content("VOCATIONAL"), decision="11/QĐ-UBND")
    voucher = stories.pay(house, contracted, 1_000_000)
    carried = services.carry_over(
        contracted, voucher.source, by=house.accountant, amount=1_000_000, decision_number="9/STC",
        decision_on=timezone.localdate(),
    )  # fmt: skip
    visit = stories.inspection(house, running)
    handed = add_minutes(house, event, facility, items=[machine()])
    wording = draft_wording(house)
    done, receiver = draft_handover(house, accepted), FacilityFactory(created_by=house.officer)
    minutes = add_minutes(house, done, receiver, items=[machine()])
    services.complete_handover(done, by=house.officer)
    paper = issue(HANDOVER_MINUTES, minutes, house.officer)
    scan = scanned(paper, house.officer)
    evaluation = evaluation_of(house, open_plan.program)
    doubled = FacilityFactory(created_by=house.officer)
    merge = merge_facilities(doubled, facility, by=house.reviewer, reason="Nhập hai lần.")
    arguments = {
        "-": [],
        "scenario": [start_scenario(open_plan, by=house.officer, name="Ưu tiên máy móc").pk],
        "evaluation": [evaluation.pk],
        "text_part": [evaluation.pk, "results"],
        "known_sum": [evaluation.pk, known_sum(house, evaluation.program).pk],
        "paper": [paper.pk],
        "scan": [scan.pk],
        "pile": [scan.batch_id],
        "signed_copy": [paper.signed_copies.get().pk],
        "paper_kind": ["handover_minutes", minutes.pk],
        "code": [paper.code],
        "code_page": [paper.code, 1],
        "history": ["de-an", draft.pk],
        "list_kind": ["projects"],
        "form_kind": ["mau-2"],
        "plan_form": ["mau-2", open_plan.pk],
        "form_template": [form_template.pk],
        "edit_kind": ["facilities"],
        "returned": [returned_sheet.pk],
        "job": [job.pk],
        "batch": [batch.pk],
        "batch_file": [batch.pk, "in"],
        "import_kind": ["co-so"],
        "import": [facility_import(house.officer).pk],
        "product": [certified_product(house, facility).pk],
        "delegation": [stories.delegation(house).pk],
        "account": [house.officer.pk],
        "sign_in": [sign_in_of(house.officer).pk],
        "kept_filter": [SavedFilter.objects.create(user=house.officer, kind="projects", name="Của tôi").pk],
        "kept_draft": [
            EntryDraft.objects.create(user=house.officer, address="/co-so/moi/", saved_at=timezone.now()).pk
        ],
        "news": [
            Notice.objects.create(
                user=house.officer,
                organisation=house.officer.organisation,
                kind="job",
                key="job:1",
                title="Xong",
                at=timezone.now(),
            ).pk  # fmt: skip
        ],
        "calendar_link": [calendar_links.new_link(by=house.officer)],
        "facility": [facility.pk],
        "alias": [FacilityAlias.objects.create(facility=facility, name="Tên cũ").pk],
        "merge": [merge.pk],
        "program": [open_plan.program_id],
        "open_plan": [open_plan.pk],
        "submitted_plan": [submitted_plan.pk],
        "past_plan": [past_plan.pk],
        "approved_plan": [approved_plan.pk],
        "snapshot": [submitted_plan.snapshots.get().pk],
        "draft": [draft.pk],
        "part": [draft.pk, "thong-tin"],
        "figures": [draft.pk, "kinh-phi"],
        "submitted": [stories.submitted_project(house, open_plan).pk],
        "exception": [stories.norm_exception(house, open_plan).pk],
        "appraised": [appraised.pk],
        "approved": [approved.pk],
        "running": [running.pk],
        "report": [stories.progress_report(house, running, month=6).pk],
        "confirmed": [stories.confirmed_report(house, running).pk],
        "inspection": [visit.pk],
        "photo": [stories.photo(house, visit).pk],
        "new_amendment": [running.pk, "thoi-gian"],
        "draft_amendment": [stories.amendment(house, approved).pk],
        "amendment": [stories.submitted_amendment(house, amended).pk],
        "contract": [contracted.contract_id],
        "contracted": [contracted.pk],
        "support": [stories.support_contract(house, contracted).pk],
        "voucher_kind": [contracted.pk, "tam-ung"],
        "voucher": [voucher.pk],
        "carried": [carried.pk],
        "accepted": [accepted.pk],
        "acceptance": [accepted.acceptances.get().pk],
        "round": [accepted.pk, "lan-1"],
        "dossier": [dossier(house, waiting).pk],
        "event": [event.pk],
        "minutes": [handed.pk],
        "body": [house.department.pk],
        "new_setting": [house.department.pk, "phan-dau"],
        "setting": ["nguoi-ky", Signer.objects.create(organisation=house.centre, name="Lê Văn Ký", post="Giám đốc").pk],
        "words": [house.centre.pk, "handover_minutes"],
        "slot": [house.centre.pk, "handover_minutes", "recipients"],
        "wording": [wording.pk],
        "wording_paper": [wording.pk, handed.pk],
    }
    found = {name: reverse(name, args=arguments[rule.about]) for name, rule in RULES.items()}
    # What the act needs to get as far as its guard.
    bodies = {
        "projects:plan_place": {"place": f"in_plan-{appraised.pk}"},
        "filter_save": {"kind": "projects", "name": "Năm nay"},
        "draft_save": {"draft-address": "/de-an/moi/"},
    }
    return SimpleNamespace(of=found, body=lambda name: bodies.get(name, {}))


def sign_in_of(user):
    return SignIn.objects.create(user=user, session_key="x" * 32, device="Firefox, Linux", seen_at=timezone.now())


def draft_wording(house):
    """A draft of the department's recipients of handover minutes."""
    keeper = UserFactory(organisation=house.department, role=Role.ADMIN)
    kind = KINDS["handover_minutes"]
    return drafting.save_draft(
        kind, kind.slot("recipients"), house.department, by=keeper, text="Như trên", valid_from=timezone.localdate()
    )


def dossier(house, project):
    """A contract of an accepted project whose final accounts are drawn up."""
    contract = due_contract(house, project)
    put_up(contract, house)
    return contract


def differing(answers, expected):
    """{what: (answer, expected answer)} where the two are not the same."""
    return {what: (code, expected[what]) for what, code in answers.items() if code != expected[what]}


def opened(client, address, role):
    """Status of a GET, with a file read to its end, which closes it, and a page kept."""
    response = client.get(address)
    if response.streaming:
        response.getvalue()
    elif response.status_code == 200 and b"<html" in response.content:
        PAGES[role, address] = response.content.decode()
    return response.status_code


def walked(client, people, addresses):
    """{(role, name): status} of every address, opened as every role."""
    answers = {}
    for role in ROLES:
        client.force_login(people[role])
        answers |= {(role, name): opened(client, address, role) for name, address in addresses.of.items()}
    return answers


def post_without_trace(client, addresses, name):
    """Status of a POST; what it changed is undone."""
    with transaction.atomic():
        answer = client.post(addresses.of[name], addresses.body(name))
        if answer.streaming:
            answer.getvalue()
        transaction.set_rollback(True)
    return answer.status_code


def test_every_address_has_a_row():
    assert {name for name in NAMES if not name.startswith("admin:")} == set(RULES)


def test_stranger_is_sent_to_sign_in_and_changes_nothing(client, addresses):
    before = AuditEntry.objects.count()
    opened, answers = set(), {}
    for name, address in addresses.of.items():
        answer = client.get(address)
        if answer.status_code == 200:
            opened.add(name)
        else:
            posted = client.post(address, addresses.body(name))
            answers[name] = (answer.get("Location"), posted.get("Location"))

    assert opened == PUBLIC
    assert answers.pop("admin_login") == ("/dang-nhap/", "/dang-nhap/")
    assert answers == {name: (f"/dang-nhap/?next={addresses.of[name]}",) * 2 for name in answers}
    assert AuditEntry.objects.count() == before


def test_roles_open_what_the_table_says(client, people, addresses):
    expected = {(role, name): rule.get[role] for role in ROLES for name, rule in RULES.items()}

    assert differing(walked(client, people, addresses), expected) == {}


@refusals
def test_roles_that_may_not_send_are_refused_and_nothing_changes(client, people, addresses):
    before = AuditEntry.objects.count()
    answers, expected = {}, {}
    for role in ROLES:
        client.force_login(people[role])
        for name, rule in RULES.items():
            if role not in rule.senders:
                answers[role, name] = client.post(addresses.of[name], addresses.body(name)).status_code
                refused = 404 if rule.get[role] == 404 or rule.about in OWN else 403
                expected[role, name] = refused if rule.takes_post else 405

    assert differing(answers, expected) == {}
    assert AuditEntry.objects.count() == before


def test_roles_that_may_send_are_heard(client, people, addresses):
    """An empty form is answered with its errors or with where to go, never with a refusal of the person."""
    answers = {}
    for role in ROLES:
        for name in [name for name, rule in RULES.items() if role in rule.senders]:
            client.force_login(people[role])  # signing out is one of the acts
            answers[role, name] = post_without_trace(client, addresses, name)

    assert {what: code for what, code in answers.items() if code not in (200, 302)} == {}
    assert len(answers) > 50


@refusals
def test_another_province_finds_nothing(client, outsiders, addresses):
    before = AuditEntry.objects.count()
    found = {}
    for person in outsiders:
        client.force_login(person)
        for name, rule in RULES.items():
            if rule.about in ("-", *KINDS_OF_LISTS) or name in PUBLIC:
                continue
            if set(rule.get.values()) != {405}:
                found[person.role, name, "GET"] = client.get(addresses.of[name]).status_code
            if rule.takes_post:
                found[person.role, name, "POST"] = client.post(addresses.of[name], addresses.body(name)).status_code

    assert {what: code for what, code in found.items() if code != 404} == {}
    assert len(found) > 100
    assert AuditEntry.objects.count() == before


def test_administration_opens_for_administrators_alone(client, people):
    opened = set()
    for role in ROLES:
        client.force_login(people[role])
        opened |= {role for name in ["admin:index", *ADMIN_LISTS] if client.get(reverse(name)).status_code == 200}

    assert opened == {"admin"}
    client.force_login(people["officer"])
    assert client.get(reverse("admin:index"), follow=True).status_code == 403
    client.force_login(people["admin"])
    answers = {name: client.get(reverse(name)).status_code for name in ADMIN_LISTS if name.endswith("_changelist")}
    assert answers == dict.fromkeys(answers, 200)
    assert len(answers) > 10
