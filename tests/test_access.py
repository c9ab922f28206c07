"""Who may open and send what: one table of every address, walked as every role.

A new address without a row fails here, so that somebody decides who it is for.
"""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.core.files.base import ContentFile
from django.db import transaction
from django.urls import URLResolver, get_resolver, reverse
from django.utils import timezone

from beneficiaries.models import FacilityAlias
from khuyencong import calendar_links
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
from projects.models import ProjectStatus
from projects.services.scenarios import start_scenario
from tests import stories
from tests.beneficiaries.products import certified_product
from tests.factories import FacilityFactory, UserFactory, content, thai_nguyen
from tests.khuyencong.scans import scanned
from tests.khuyencong.sheet_imports import facility_import
from tests.projects.handovers import add_minutes, draft_handover, machine
from tests.projects.settlements import due_contract, put_up
from tests.reports.evaluation_reports import evaluation_of, known_sum

# What each role of the own house gets on GET, then the roles whose POST is taken: "all" answers everyone,
# "none" has no POST. 405 is an address that takes nothing but POST, 404 a row that is not there for this person.
ROLES = ("officer", "reviewer", "director", "accountant", "viewer", "admin")
TABLE = """
address                         object          off rev dir acc vie adm  POST
home                            -               200 200 200 200 200 200  none
money                           -               200 200 200 200 200 200  none
health                          -               200 200 200 200 200 200  none
health_export                   -               200 200 200 200 200 200  all
calendar                        -               200 200 200 200 200 200  none
calendar_renew                  -               405 405 405 405 405 405  all
calendar_revoke                 -               405 405 405 405 405 405  all
notices                         -               200 200 200 200 200 200  none
notice_open                     news            405 405 405 405 405 405  officer
notice_mark                     -               405 405 405 405 405 405  all
notice_settings                 -               405 405 405 405 405 405  all
desk_numbers                    -               405 405 405 405 405 405  all
filters                         -               200 200 200 200 200 200  none
filter_save                     -               405 405 405 405 405 405  all
filter_change                   kept_filter     405 405 405 405 405 405  officer
filter_delete                   kept_filter     405 405 405 405 405 405  officer
drafts                          -               200 200 200 200 200 200  none
draft_save                      -               405 405 405 405 405 405  all
draft_session                   -               200 200 200 200 200 200  none
draft                           kept_draft      200 404 404 404 404 404  none
draft_data                      kept_draft      200 404 404 404 404 404  none
draft_drop                      kept_draft      405 405 405 405 405 405  officer
tour                            -               200 200 200 200 200 200  none
tour_end                        -               405 405 405 405 405 405  all
practice_reset                  -               405 405 405 405 405 405  nobody
calendar_feed                   calendar_link   200 200 200 200 200 200  none
search                          -               200 200 200 200 200 200  none
help                            -               200 200 200 200 200 200  none
who_may                         -               200 200 200 200 200 200  none
changelog                       -               200 200 200 200 200 200  none
history                         history         200 200 200 200 200 200  none
job                             job             200 404 404 404 404 404  none
job_file                        job             200 404 404 404 404 404  none
projects_export                 -               200 200 200 200 200 200  all
facilities_export               -               200 200 200 200 200 200  all
programs_export                 -               200 200 200 200 200 200  all
plans_export                    -               200 200 200 200 200 200  all
handovers_export                -               200 200 200 200 200 200  all
register_export                 -               200 200 200 200 200 200  all
contracts_export                -               200 200 200 200 200 200  all
evaluations_export              -               200 200 200 200 200 200  all
history_export                  history         200 200 200 200 200 200  all
round_trip                      edit_kind       200 200 403 403 403 403  officer reviewer
round_trip_file                 edit_kind       200 200 403 403 403 403  none
returned_sheet                  returned        200 404 404 404 404 404  officer
export_columns                  list_kind       200 200 200 200 200 200  all
plan_export                     open_plan       200 200 200 200 200 200  none
project_bundle                  draft           405 405 405 405 405 405  all
plan_bundle                     open_plan       405 405 405 405 405 405  all
evaluations                     -               200 200 200 200 200 200  none
evaluation_create               -               200 200 403 403 403 403  officer reviewer
evaluation                      evaluation      200 200 200 200 200 200  none
evaluation_edit                 evaluation      200 200 403 403 403 403  officer reviewer
evaluation_part                 text_part       200 200 403 403 403 403  officer reviewer
evaluation_part_restore         text_part       405 405 405 405 405 405  officer reviewer
evaluation_figures              evaluation      200 200 200 200 200 200  officer reviewer
evaluation_figure_edit          known_sum       200 200 403 403 403 403  officer reviewer
evaluation_figure_remove        known_sum       405 405 405 405 405 405  officer reviewer
evaluation_changes              evaluation      200 200 200 200 200 200  none
evaluation_rows                 evaluation      200 200 200 200 200 200  none
evaluation_rows_export          evaluation      200 200 200 200 200 200  all
evaluation_pdf                  evaluation      405 405 405 405 405 405  all
evaluation_excel                evaluation      200 200 200 200 200 200  all
read_amount                     -               200 200 200 200 200 200  none
unit_search                     -               200 200 200 200 200 200  none
document_register               -               200 200 200 200 200 200  none
document_detail                 paper           200 200 200 200 200 200  none
document_file                   paper           200 200 200 200 200 200  none
document_revoke                 paper           200 200 403 403 403 403  officer reviewer
document_prepare                paper_kind      200 200 403 403 403 403  officer reviewer
document_preview                paper_kind      200 200 200 200 200 200  none
document_draft_pdf              paper_kind      200 200 200 200 200 200  none
document_draft_word             paper_kind      200 200 200 200 200 200  none
document_sign                   paper           405 405 405 405 405 405  director
signed_upload                   paper           200 200 403 200 403 403  officer reviewer accountant
signed_copy_file                signed_copy     200 200 200 200 200 200  none
scans                           -               200 200 200 200 200 200  officer reviewer accountant
scan_batch                      pile            200 200 200 200 200 200  none
scan_resume                     pile            405 405 405 405 405 405  officer reviewer accountant
scan_page                       scan            200 200 403 200 403 403  officer reviewer accountant
scan_picture                    scan            200 200 200 200 200 200  none
scan_discard                    scan            405 405 405 405 405 405  officer reviewer accountant
imports                         -               200 200 200 200 200 200  none
import_upload                   import_kind     200 200 403 403 403 403  officer reviewer
import_template                 import_kind     200 200 403 403 403 403  none
import_detail                   import          200 404 404 404 404 404  none
import_sheet                    import          200 404 404 404 404 404  officer
import_columns                  import          200 404 404 404 404 404  officer
import_decide                   import          405 405 405 405 405 405  officer
import_write                    import          405 405 405 405 405 405  officer
import_errors                   import          200 404 404 404 404 404  none
batches                         -               200 200 200 200 200 200  all
batch_detail                    batch           200 404 404 404 404 404  officer
batch_file                      batch_file      200 404 404 404 404 404  none
verify_ask                      -               200 200 200 200 200 200  none
verify                          code            200 200 200 200 200 200  none
verify_page                     code_page       200 200 200 200 200 200  none
delegations                     -               403 403 200 403 403 403  director
delegation_revoke               delegation      405 405 405 405 405 405  director
operations                      -               403 403 403 403 403 200  none
print_settings                  -               200 200 200 200 200 200  none
print_settings_body             body            200 200 200 200 200 200  none
print_head                      body            200 200 200 200 200 200  none
form_file                       plan_form       200 200 200 200 200 200  none
form_settings                   body            200 200 200 200 200 200  admin
form_template_file              form_template   200 200 200 200 200 200  none
form_template_end               form_template   405 405 405 405 405 405  admin
form_default                    form_kind       200 200 200 200 200 200  none
print_setting_create            new_setting     403 403 403 403 403 200  admin
print_setting_edit              setting         403 403 403 403 403 200  admin
print_setting_end               setting         403 403 403 403 403 200  admin
print_setting_remove            setting         405 405 405 405 405 405  admin
wordings                        words           200 200 200 200 200 200  none
wording_slot                    slot            200 200 200 200 200 200  none
wording_edit                    slot            403 403 403 403 403 200  admin
wording_preview                 wording         403 403 403 403 403 200  none
wording_paper                   wording_paper   403 403 403 403 403 200  none
wording_publish                 wording         405 405 405 405 405 405  admin
wording_discard                 wording         405 405 405 405 405 405  admin
paper_layout                    -               200 200 200 200 200 200  none
paper_specimen                  -               200 200 200 200 200 200  none
paper_specimen_pdf              -               200 200 200 200 200 200  none
healthz                         -               200 200 200 200 200 200  none
readyz                          -               200 200 200 200 200 200  none
metrics                         -               200 200 200 200 200 200  none
login                           -               302 302 302 302 302 302  all
second_factor_code              -               302 302 302 302 302 302  all
second_factor_first             -               302 302 302 302 302 302  all
admin_login                     -               302 302 302 302 302 302  all
logout                          -               405 405 405 405 405 405  all
sessions                        -               200 200 200 200 200 200  none
session_end                     sign_in         405 405 405 405 405 405  officer
sessions_end_others             -               405 405 405 405 405 405  all
accounts                        -               403 403 403 403 403 200  none
account                         account         404 404 404 404 404 200  none
account_unlock                  account         405 405 405 405 405 405  admin
account_reset_factor            account         405 405 405 405 405 405  admin
account_end_sessions            account         405 405 405 405 405 405  admin
account_view_as                 account         405 405 405 405 405 405  admin
account_export                  account         405 405 405 405 405 405  admin
account_erase                   account         405 405 405 405 405 405  admin
view_as_end                     -               405 405 405 405 405 405  all
trail                           -               403 403 403 403 200 200  none
trail_export                    -               403 403 403 403 200 200  none
trail_check                     -               405 405 405 405 405 405  admin
second_factor                   -               200 200 200 200 200 200  all
second_factor_set_up            -               200 200 200 200 200 200  all
recovery_codes                  -               405 405 405 405 405 405  all
second_factor_off               -               405 405 405 405 405 405  all
password_change                 -               200 200 200 200 200 200  all
password_change_done            -               200 200 200 200 200 200  none
beneficiaries:list              -               200 200 200 200 200 200  none
beneficiaries:options           -               200 200 200 200 200 200  none
beneficiaries:check             -               200 200 403 403 403 403  none
beneficiaries:create            -               200 200 403 403 403 403  officer reviewer
beneficiaries:edit              facility        200 200 403 403 403 403  officer reviewer
beneficiaries:products          -               200 200 200 200 200 200  none
beneficiaries:product_create    -               200 200 403 403 403 403  officer reviewer
beneficiaries:product_edit      product         200 200 403 403 403 403  officer reviewer
beneficiaries:product_remove    product         405 405 405 405 405 405  officer reviewer
products_export                 -               200 200 200 200 200 200  all
beneficiaries:aliases           facility        200 200 403 403 403 403  officer reviewer
beneficiaries:alias_remove      alias           405 405 405 405 405 405  officer reviewer
programs:list                   -               200 200 200 200 200 200  none
programs:create                 -               403 200 403 403 403 403  reviewer
programs:detail                 program         200 200 200 200 200 200  none
programs:edit                   program         403 200 403 403 403 403  reviewer
programs:plan_create            program         403 200 403 403 403 403  reviewer
programs:plan_edit              open_plan       403 200 403 403 403 403  reviewer
programs:plan_budget            open_plan       403 200 403 403 403 403  reviewer
programs:plan_groups            open_plan       403 200 403 403 403 403  reviewer
projects:facility_detail        facility        200 200 200 200 200 200  none
projects:plan_list              -               200 200 200 200 200 200  none
projects:plan_detail            open_plan       200 200 200 200 200 200  none
projects:plan_place             open_plan       405 405 405 405 405 405  reviewer
projects:plan_grid              open_plan       200 200 403 403 403 403  officer reviewer
projects:plan_grid_save         open_plan       405 405 405 405 405 405  officer reviewer
projects:plan_grid_news         open_plan       200 200 403 403 403 403  none
projects:scenario_list          open_plan       200 200 200 200 200 200  officer reviewer
projects:scenario_detail        scenario        200 200 200 200 200 200  officer reviewer
projects:scenario_sums          scenario        405 405 405 405 405 405  all
projects:scenario_choose        scenario        405 405 405 405 405 405  reviewer
projects:scenario_delete        scenario        405 405 405 405 405 405  officer reviewer
projects:plan_compare           open_plan       200 200 200 200 200 200  none
projects:plan_compare_export    open_plan       200 200 200 200 200 200  none
projects:plan_submit            open_plan       405 405 405 405 405 405  reviewer
projects:plan_approve           submitted_plan  403 403 200 403 403 403  director
projects:plan_return            submitted_plan  403 403 200 403 403 403  director
projects:plan_record            past_plan       403 403 200 403 403 403  director
projects:plan_close             approved_plan   405 405 405 405 405 405  director
projects:plan_snapshot          snapshot        200 200 200 200 200 200  none
projects:list                   -               200 200 200 200 200 200  none
projects:create                 -               200 200 403 403 403 403  officer reviewer
projects:detail                 draft           200 200 200 200 200 200  none
projects:edit                   part            200 200 403 403 403 403  officer reviewer
projects:sums                   figures         405 405 405 405 405 405  all
projects:delete                 draft           200 403 403 403 403 403  officer
projects:checks                 submitted       200 200 200 200 200 200  reviewer director
projects:norm_withdraw          exception       405 405 405 405 405 405  reviewer director
projects:appraise               submitted       403 200 403 403 403 403  reviewer
projects:return                 submitted       403 200 403 403 403 403  reviewer
projects:reject                 submitted       403 200 403 403 403 403  reviewer
projects:move                   appraised       403 200 403 403 403 403  reviewer
projects:start                  approved        200 200 403 403 403 403  officer reviewer
projects:acceptances            running         200 200 200 200 200 200  none
projects:accept                 running         403 200 200 403 403 403  reviewer director
projects:acceptance_detail      acceptance      200 200 200 200 200 200  none
projects:acceptance_supplement  acceptance      403 200 200 403 403 403  reviewer director
projects:acceptance_reopen      accepted        403 403 200 403 403 403  director
projects:follow_ups             -               200 200 200 200 200 200  none
projects:follow_up              round           200 200 403 403 403 403  officer reviewer
projects:progress               running         200 200 200 200 200 200  none
projects:progress_create        running         200 200 403 403 403 403  officer reviewer
projects:progress_detail        report          200 200 200 200 200 200  none
projects:progress_edit          report          200 200 403 403 403 403  officer reviewer
projects:progress_confirm       report          405 405 405 405 405 405  reviewer director
projects:progress_withdraw      confirmed       405 405 405 405 405 405  reviewer director
projects:inspection_create      running         200 200 200 403 403 403  officer reviewer director
projects:inspection_edit        inspection      200 200 200 403 403 403  officer reviewer director
projects:inspection_resolve     inspection      200 200 200 403 403 403  officer reviewer director
projects:contract_list          -               200 200 200 200 200 200  none
projects:contract_create        approved_plan   200 200 403 200 403 403  officer reviewer accountant
projects:contract_detail        contract        200 200 200 200 200 200  none
projects:contract_edit          contract        200 200 403 200 403 403  officer reviewer accountant
projects:contract_cancel        contract        403 200 403 200 403 403  reviewer accountant
projects:contract_appendix      contract        200 200 403 200 403 403  officer reviewer accountant
projects:money                  contracted      200 200 200 200 200 200  none
projects:support_contract_create contracted     200 200 403 200 403 403  officer reviewer accountant
projects:support_contract_edit  support         200 200 403 200 403 403  officer reviewer accountant
projects:payment_create         voucher_kind    403 403 403 200 403 403  accountant
projects:payment_room           voucher_kind    403 403 403 200 403 403  none
projects:payment_edit           voucher         403 403 403 200 403 403  accountant
projects:payment_void           voucher         403 403 403 200 403 403  accountant
projects:unspent                approved_plan   200 200 200 200 200 200  accountant
projects:carry_over_drop        carried         403 403 403 200 403 403  accountant
projects:settlement_detail      dossier         200 200 200 200 200 200  none
projects:settlement_edit        dossier         200 403 403 200 403 403  officer accountant
projects:settlement_sums        dossier         405 405 405 405 405 405  all
projects:settlement_submit      dossier         405 405 405 405 405 405  officer accountant
projects:settlement_approve     dossier         405 405 405 405 405 405  director
projects:settlement_return      dossier         405 405 405 405 405 405  director
projects:liquidate              dossier         200 403 403 200 403 403  officer accountant
projects:reconciliation         approved_plan   200 200 200 200 200 200  none
projects:amendments             running         200 200 200 200 200 200  none
projects:amendment_create       new_amendment   200 200 403 403 403 403  officer reviewer
projects:amendment_detail       amendment       200 200 200 200 200 200  none
projects:amendment_edit         draft_amendment 200 200 403 403 403 403  officer reviewer
projects:amendment_submit       draft_amendment 405 405 405 405 405 405  officer reviewer
projects:amendment_return       amendment       405 405 405 405 405 405  director
projects:amendment_reject       amendment       405 405 405 405 405 405  director
projects:amendment_approve      amendment       405 405 405 405 405 405  director
projects:amendment_delete       draft_amendment 405 405 405 405 405 405  officer
projects:copy                   draft           200 200 403 403 403 403  officer reviewer
projects:plan_copy              open_plan       200 200 403 403 403 403  officer reviewer
projects:papers                 draft           200 200 200 200 200 200  none
projects:paper_create           draft           200 200 403 200 403 403  officer reviewer accountant
projects:paper_edit             photo           200 200 403 200 403 403  officer reviewer accountant
projects:paper_remove           photo           200 200 403 200 403 403  officer reviewer accountant
projects:paper_file             photo           200 200 200 200 200 200  none
projects:paper_thumbnail        photo           200 200 200 200 200 200  none
projects:inspection_photos      inspection      200 200 200 403 403 403  officer reviewer director
projects:handover_list          -               200 200 200 200 200 200  none
projects:organisation_options   -               200 200 200 200 200 200  none
projects:handover_create        approved_plan   200 200 403 403 403 403  officer reviewer
projects:handover_detail        event           200 200 200 200 200 200  none
projects:handover_edit          event           200 200 403 403 403 403  officer reviewer
projects:handover_complete      event           405 405 405 405 405 405  officer reviewer
projects:handover_pdf           event           200 200 200 200 200 200  all
projects:minutes_create         event           200 200 403 403 403 403  officer reviewer
projects:minutes_fill           event           405 405 405 405 405 405  officer reviewer
projects:minutes_edit           minutes         200 200 403 403 403 403  officer reviewer
projects:minutes_delete         minutes         200 200 403 403 403 403  officer reviewer
projects:minutes_preview        minutes         200 200 200 200 200 200  none
"""
# The feed is opened by its secret, not by a person: no sign-in, and no other province either.
# Rows of one person, which nobody else finds.
OWN = {"sign_in", "account", "import", "kept_filter", "kept_draft", "news"}
# Addresses of a kind of list or sheet, the same for everyone who may use them.
KINDS_OF_LISTS = ("list_kind", "edit_kind", "form_kind", "import_kind")
PUBLIC = {"healthz", "readyz", "metrics", "login", "calendar_feed", "verify_ask", "verify", "verify_page"}


def read(line):
    name, about, *rest = line.split()
    senders = rest[len(ROLES) :]
    return name, SimpleNamespace(
        about=about,
        get=dict(zip(ROLES, map(int, rest), strict=False)),
        takes_post=senders != ["none"],
        senders=set(ROLES) if senders == ["all"] else set(senders) - {"none"},
    )


RULES = dict(map(read, TABLE.strip().splitlines()[1:]))


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
            ).pk
        ],
        "calendar_link": [calendar_links.new_link(by=house.officer)],
        "facility": [facility.pk],
        "alias": [FacilityAlias.objects.create(facility=facility, name="Tên cũ").pk],
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
        "projects:plan_place": {"project": appraised.pk, "place": ProjectStatus.IN_PLAN},
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


def opened(client, address):
    """Status of a GET, with a file read to its end, which closes it."""
    response = client.get(address)
    if response.streaming:
        response.getvalue()
    return response.status_code


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
    answers = {}
    for role in ROLES:
        client.force_login(people[role])
        answers |= {(role, name): opened(client, address) for name, address in addresses.of.items()}
    expected = {(role, name): rule.get[role] for role in ROLES for name, rule in RULES.items()}

    assert differing(answers, expected) == {}


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
    client.force_login(people["admin"])
    answers = {name: client.get(reverse(name)).status_code for name in ADMIN_LISTS if name.endswith("_changelist")}
    assert answers == dict.fromkeys(answers, 200)
    assert len(answers) > 10
