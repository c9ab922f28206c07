"""The demo tells what the articles say: every figure found again through the querysets that the screens use."""

import contextlib
import csv
from collections import Counter, defaultdict
from datetime import date
from decimal import Decimal
from io import BytesIO, StringIO

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db.models import F, Q, Sum
from django.http import QueryDict
from django.test import override_settings
from django.urls import reverse
from python_calamine import CalamineWorkbook

from beneficiaries.models import Facility, IndustrialCluster
from khuyencong import settings as portal_settings
from khuyencong.audit import first_broken_entry
from khuyencong.documents.issuing import data_today, revoke_refusal
from khuyencong.documents.kinds import DRAFT, KINDS
from khuyencong.documents.letterheads import head_of, signer_of
from khuyencong.files import damaged_files
from khuyencong.models import AdministrativeUnit, AuditEntry, IssuedDocument, Organisation, Role, Signer, User
from programs.models import AnnualPlan, PlanStatus, Program
from projects.demo.tables import FOLDER
from projects.documents import ACCEPTANCE_MINUTES
from projects.models import (
    Acceptance,
    AcceptanceMember,
    Beneficiary,
    BeneficiaryAmount,
    Contract,
    ContractStatus,
    Disbursement,
    FundingLine,
    HandoverContract,
    HandoverContractAmount,
    HandoverEvent,
    HandoverItem,
    HandoverPerson,
    Project,
    ProjectKind,
    ProjectStatus,
    SnapshotPurpose,
)
from projects.services import approve_plan, budget_position, open_money
from tests.demo import load, row_counts
from tests.installations import connected_to

pytestmark = pytest.mark.django_db

DONE = (ProjectStatus.ACCEPTED, ProjectStatus.HANDED_OVER)
SOC_TRANG = "Sở Công Thương tỉnh Sóc Trăng"
VINH_LONG = "Sở Công Thương tỉnh Vĩnh Long"
REGIONAL = "Trung tâm Khuyến công và Tư vấn phát triển công nghiệp 1"
SME = "Dự án Phát triển doanh nghiệp nhỏ và vừa tỉnh Trà Vinh"
# Named in the articles; the people of the demo are made up.
REAL_PEOPLE = (
    "Trần Thị Thu Loan", "Châu Văn Hòa", "Vũ Bích Hảo", "Đinh Trọng Cường", "Phạm Văn Trường", "Trần Vân Anh",
    "Nguyễn Thị Thu Thủy", "Mỹ Nhân", "Thanh Thúy", "Bùi Việt", "Ngân Trần", "Giang",
)  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def demo(with_demo, install, django_db_blocker):
    """The demo, loaded once for all tests below, whose database is another one for as long; what loading it told."""
    installation = install(with_demo.copied, "figures")
    files = override_settings(MEDIA_ROOT=installation.media, PASSWORD_HASHERS=portal_settings.PASSWORD_HASHERS)
    with files, django_db_blocker.unblock(), connected_to(installation):
        yield installation.told


def plans_of(owner, **conditions):
    return AnnualPlan.objects.filter(owner__name=owner, **conditions)


def projects_of(owner, **conditions):
    return Project.objects.filter(owner__name=owner, **conditions)


def vinh_long_plan(year, round_no=1):
    return AnnualPlan.objects.get(owner__name=VINH_LONG, program__scope="local", year=year, round_no=round_no)


def test_demo_first_time_names_the_accounts(demo):
    assert demo == (
        "Đã nạp dữ liệu mẫu. Tài khoản dùng thử (mật khẩu khuyencong): "
        "chuyenvien, truongphong, giamdoc, ketoan, lanhdao, quantri, trungtam1.\n"
    )


def test_demo_second_time_changes_nothing_and_says_so():
    before, last = row_counts(), AuditEntry.objects.first()
    assert load() == "Dữ liệu mẫu đã được nạp từ trước; không thay đổi gì.\n"
    assert (row_counts(), AuditEntry.objects.first()) == (before, last)


def test_demo_bodies_print_the_head_and_the_signer_of_the_day():
    body = Organisation.objects.get(name=VINH_LONG)
    head = head_of(body, date(2026, 11, 22))
    assert (head["issuer"], head["place"]) == (
        {"parent": "Ủy ban nhân dân\ntỉnh Vĩnh Long", "name": ["Sở Công Thương"]}, "Vĩnh Long",
    )  # fmt: skip
    days = (date(2025, 6, 30), date(2025, 7, 1))
    assert [signer_of(body, "plan_registration", day).name for day in days] == ["Trương Minh Nhựt", "Phạm Hữu Lộc"]
    deputy = signer_of(body, "paper_reminder", days[1])
    assert (deputy.mode, deputy.capacity, deputy.post) == ("KT", "Giám đốc", "Phó Giám đốc")
    kinds = Signer.objects.exclude(kind="").values_list("kind", flat=True)
    assert set(kinds) <= set(KINDS)


def test_demo_after_its_accounts_were_removed_it_does_not_bring_them_back():
    call_command("remove_demo_accounts", stdout=StringIO())
    load()
    assert not User.objects.filter(is_demo=True).exists()


def test_demo_trail_is_whole():
    assert first_broken_entry() is None


def test_demo_accounts_are_all_demo_accounts():
    assert not User.objects.filter(is_demo=False).exists()


@pytest.mark.parametrize(
    ("username", "role"),
    [
        ("chuyenvien", Role.OFFICER),
        ("truongphong", Role.REVIEWER),
        ("giamdoc", Role.DIRECTOR),
        ("ketoan", Role.ACCOUNTANT),
        ("lanhdao", Role.VIEWER),
        ("quantri", Role.ADMIN),
        ("trungtam1", Role.REVIEWER),
    ],
)
def test_demo_account_opens_with_the_password(client, username, role):
    assert client.login(username=username, password="khuyencong")
    assert User.objects.get(username=username).role == role


def test_demo_only_the_administrator_is_staff():
    assert list(User.objects.filter(is_staff=True).values_list("username", flat=True)) == ["quantri"]


def test_demo_accounts_see_their_provinces():
    people = {user.username: user for user in User.objects.select_related("organisation")}
    everything = Project.objects.count()
    assert Project.objects.visible_to(people["quantri"]).count() == everything
    assert Project.objects.visible_to(people["lanhdao"]).count() == everything
    names = AdministrativeUnit.objects.filter(pk__in=people["giamdoc"].province_ids)
    assert [unit.name for unit in names] == ["Tỉnh Vĩnh Long"]
    # 28 provinces of then are 18 of today
    assert len(people["trungtam1"].province_ids) == 18
    seen = Project.objects.visible_to(people["trungtam1"])
    assert {project.owner.name for project in seen.select_related("owner")} == {REGIONAL}


def test_demo_people_are_made_up():
    names = [
        *User.objects.values_list("full_name", flat=True),
        *HandoverPerson.objects.values_list("name", flat=True),
        *AcceptanceMember.objects.values_list("name", flat=True),
        *AnnualPlan.objects.values_list("signer_name", flat=True),
        *Facility.objects.values_list("representative", flat=True),
    ]
    assert [name for name in names if name in REAL_PEOPLE] == []


def test_demo_every_project_state_is_shown():
    shown = set(projects_of(VINH_LONG).values_list("status", flat=True))
    assert shown == set(ProjectStatus.values)


def test_demo_every_plan_state_is_shown():
    shown = set(plans_of(VINH_LONG).values_list("status", flat=True))
    assert shown == set(PlanStatus.values)


def test_demo_lines_add_up_to_the_total():
    projects = Project.objects.exclude(status=ProjectStatus.DRAFT)
    changed = projects.filter(funding_lines__amendment__isnull=False).annotate(
        sum=Sum("funding_lines__approved_amount")
    )
    sums = projects.exclude(pk__in=changed.values("pk")).annotate(sum=Sum("funding_lines__requested_amount"))
    assert [project.code for project in [*sums, *changed] if project.sum != project.total_cost] == []
    assert len(changed) == 1


@pytest.mark.parametrize("stage", ["requested_amount", "appraised_amount", "approved_amount"])
def test_demo_shares_of_facilities_add_up_to_the_line(stage):
    with_facilities = Project.objects.exclude(status=ProjectStatus.DRAFT).filter(beneficiaries__isnull=False)
    lines, shares = defaultdict(int), defaultdict(int)
    for line in FundingLine.objects.filter(project__in=with_facilities.values("pk")):
        lines[line.project_id, line.source_id] += getattr(line, stage) or 0
    amounts = BeneficiaryAmount.objects.filter(beneficiary__project__in=with_facilities.values("pk"))
    for share in amounts.select_related("beneficiary"):
        shares[share.beneficiary.project_id, share.source_id] += getattr(share, stage) or 0
    assert lines
    assert shares == lines


def test_demo_nobody_decides_on_what_they_drew_up():
    authors = Q(created_by=F("approved_by")) | Q(submitted_by=F("approved_by"))
    assert not AnnualPlan.objects.filter(authors).exists()
    reviewed = Q(created_by=F("reviewer")) | Q(submitted_by=F("reviewer"))
    accepted = Q(acceptances__recorded_by=F("created_by")) | Q(acceptances__recorded_by=F("submitted_by"))
    assert not Project.objects.filter(authors | reviewed | accepted).exists()


def test_demo_approved_lines_stay_within_the_envelopes():
    plans = AnnualPlan.objects.filter(status__in=(PlanStatus.APPROVED, PlanStatus.CLOSED))
    assert [str(row.source) for plan in plans for row in budget_position(plan) if row.is_over] == []


def test_demo_what_is_made_up_is_marked():
    assert not Project.objects.filter(is_sample=False).exists()
    assert not Facility.objects.filter(is_sample=False).exists()
    assert not HandoverEvent.objects.filter(is_sample=False).exists()
    # What the articles tell without a gap: two programmes and a plan, and the national programme of the law.
    assert set(Program.objects.filter(is_sample=False).values_list("name", flat=True)) == {
        "Chương trình khuyến công tỉnh Sóc Trăng giai đoạn 2016-2020",
        "Chương trình khuyến công quốc gia đến năm 2020 (phần Sóc Trăng)",
        "Đề án khuyến công quốc gia điểm giai đoạn 2018-2020 tại các tỉnh, thành phố phía Bắc",
    }
    assert [plan.name for plan in AnnualPlan.objects.filter(is_sample=False)] == [
        "Kế hoạch khuyến công địa phương tỉnh Vĩnh Long năm 2016"
    ]


@pytest.mark.parametrize(
    ("owner", "source"),
    [
        (SOC_TRANG, "Bùi Việt, “Đề án khuyến công Sóc Trăng"),
        (REGIONAL, "Thanh Thúy, Báo Nam Định điện tử, 05/11/2020."),
        (SME, "Mỹ Nhân, “Hội thảo triển khai chiến lược rút lui của Dự án SME Trà Vinh”, Báo Trà Vinh."),
    ],
)
def test_demo_projects_of_an_article_name_it(owner, source):
    notes = projects_of(owner, plan__year__lt=2026).values_list("source_note", flat=True)
    assert notes
    assert [note for note in notes if not (note.startswith(source) and "giả định" in note)] == []


def test_demo_facilities_have_names_of_their_own():
    names = Counter(Facility.objects.values_list("name", flat=True))
    assert [name for name, count in names.items() if count > 1] == []


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*_facilities.csv")), ids=lambda path: path.stem)
def test_demo_communes_of_the_data_are_those_of_the_register(path):
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    wrong = [
        (row["name"], unit.name)
        for row in rows
        for unit in [
            AdministrativeUnit.objects.get(division=row["division"], level="commune", code=row["commune_code"])
        ]
        if unit.name != row["commune"]
    ]
    assert wrong == []


def test_soc_trang_program_aims_at_what_the_article_says():
    program = Program.objects.get(name="Chương trình khuyến công tỉnh Sóc Trăng giai đoạn 2016-2020")
    assert dict(program.targets.values_list("indicator__code", "value")) == {
        "PRJ_COUNT": Decimal(162),
        "MONEY_SUPPORT": Decimal(25_000_000_000),
        "MONEY_COUNTERPART": Decimal(125_920_000_000),
    }
    assert (program.area.name, program.province.name) == ("Tỉnh Sóc Trăng", "Thành phố Cần Thơ")


def test_soc_trang_first_three_years_are_done():
    projects = projects_of(SOC_TRANG, plan__year__range=(2016, 2018))
    assert set(projects.values_list("status", flat=True)) <= set(DONE)
    assert projects.totals()["total_amount"] == 51_154_000_000
    national = projects.filter(plan__program__scope="national", kind=ProjectKind.PROJECT).count()
    local = projects.filter(plan__program__scope="local", kind=ProjectKind.PROJECT).count()
    tasks = projects.filter(plan__program__scope="local", kind=ProjectKind.TASK).count()
    assert (national, local, tasks, projects.count()) == (8, 58, 1, 67)


def test_soc_trang_result_of_three_years_stands_on_page_and_sheet(client):
    client.force_login(User.objects.get(username="lanhdao"))
    program = Program.objects.get(owner__name=SOC_TRANG, scope="local")
    way = client.get(program.get_absolute_url()).context["all_projects"]
    query = QueryDict(way, mutable=True)
    assert (query["tu-nam"], query["den-nam"], query["trang-thai"]) == ("2016", "2020", "da-duyet")

    query["den-nam"] = "2018"
    response = client.get(f"{reverse('projects:list')}?{query.urlencode()}")
    text = response.content.decode()
    assert "<dd>66 đề án, 1 nhiệm vụ</dd>" in text
    assert "<dt>Tổng kinh phí (đồng)</dt><dd>51.154.000.000</dd>" in text
    assert [words for words, _query in response.context["chips"]] == [
        "Từ năm: 2016", "Đến năm: 2018", "Trạng thái: Đã phê duyệt trở đi",
        "Chương trình: Chương trình khuyến công tỉnh Sóc Trăng giai đoạn 2016-2020",
        "Chương trình: Chương trình khuyến công quốc gia đến năm 2020 (phần Sóc Trăng)",
    ]  # fmt: skip

    sheet = client.get(f"{reverse('projects_export')}?{query.urlencode()}").getvalue()
    rows = CalamineWorkbook.from_filelike(BytesIO(sheet)).get_sheet_by_index(0).to_python()
    assert rows[2][0].startswith("Bộ lọc: Từ năm: 2016; Đến năm: 2018; Trạng thái: Đã phê duyệt trở đi; Chương trình: ")
    assert rows[3][0] == "Kết quả: 66 đề án, 1 nhiệm vụ"
    assert 51_154_000_000 in rows[-1]


def test_soc_trang_money_accepted_is_money_approved():
    lines = FundingLine.objects.filter(project__in=projects_of(SOC_TRANG, plan__year__range=(2016, 2018)).values("pk"))
    assert lines.aggregate(sum=Sum("accepted_amount"))["sum"] == 51_154_000_000


def test_soc_trang_national_project_of_2019_is_under_way():
    project = projects_of(SOC_TRANG, plan__program__scope="national", plan__year=2019).with_amounts().get()
    assert project.name == (
        "Hỗ trợ ứng dụng máy móc, thiết bị tiên tiến trong sản xuất bánh pía - lạp xưởng - bánh phồng tôm"
    )
    assert (project.support_amount, project.status) == (300_000_000, ProjectStatus.IN_PROGRESS)


def test_soc_trang_three_facilities_at_the_fair_and_four_websites():
    local = projects_of(SOC_TRANG, plan__program__scope="local", plan__year=2019).with_amounts()
    assert dict(local.values_list("content__code", "facility_count")) == {"FAIR_JOIN": 3, "DATABASE_WEB": 4}


def test_soc_trang_facilities_stand_in_communes_of_the_old_province():
    facilities = Facility.objects.filter(owner__name__endswith="tỉnh Sóc Trăng")
    places = set(facilities.values_list("unit__division", "unit__parent__parent__name", "province__name"))
    assert places == {("old", "Tỉnh Sóc Trăng", "Thành phố Cần Thơ")}


def test_vinh_long_2016_plan_has_the_decision_of_the_article():
    plan = vinh_long_plan(2016)
    assert (plan.decision_number, plan.decision_on, plan.decision_issuer) == (
        "10/QĐ-UBND",
        date(2016, 1, 4),
        "UBND tỉnh Vĩnh Long",
    )
    assert "Giang-KCVL" in plan.source_note


def test_vinh_long_2016_eleven_groups_hold_2_1_billion():
    plan = vinh_long_plan(2016)
    [position] = budget_position(plan)
    assert (position.source.code, position.budget, position.taken) == ("KCDP", 2_100_000_000, 2_100_000_000)
    assert plan.groups.count() == 11
    assert set(plan.projects.values_list("group__number", "target_mode")) == {
        (number, "group") for number in range(1, 12)
    }
    assert plan.projects.all().totals()["total_amount"] == 2_100_000_000


def test_vinh_long_2016_eleventh_group_is_not_named():
    last = vinh_long_plan(2016).groups.get(number=11)
    assert last.name == "Nhóm đề án chưa nêu tên trong nguồn"


@pytest.fixture
def key_projects():
    return projects_of(REGIONAL, is_key=True, plan__year__range=(2018, 2020))


def test_regional_centre_three_key_projects_of_181_946_9_million(key_projects):
    totals = key_projects.totals()
    assert (totals["count"], totals["total_amount"]) == (3, 181_946_900_000)
    assert set(key_projects.values_list("status", flat=True)) <= set(DONE)


def test_regional_centre_each_lasts_more_than_a_year(key_projects):
    assert [project.name for project in key_projects if (project.ends_on - project.starts_on).days <= 365] == []


def test_regional_centre_63_facilities_in_the_nine_provinces(key_projects):
    supported = Facility.objects.filter(supports__project__in=key_projects.values("pk"))
    assert (supported.count(), supported.distinct().count()) == (63, 63)
    assert set(supported.values_list("unit__parent__parent__short_name", flat=True)) == {
        "Lào Cai", "Yên Bái", "Tuyên Quang", "Thái Nguyên", "Hà Nam", "Ninh Bình", "Thanh Hóa", "Nghệ An",
        "Nam Định",
    }  # fmt: skip


def test_regional_centre_desk_of_today_has_work():
    head = User.objects.get(username="trungtam1")
    waiting = projects_of(REGIONAL, status=ProjectStatus.SUBMITTED)
    assert waiting.visible_to(head).count() == 3


@pytest.fixture
def event():
    return HandoverEvent.objects.get(owner__name=SME)


def test_tra_vinh_event_is_on_12_12_of_no_year(event):
    assert (event.held_on, event.held_month_day, event.is_done) == (None, "12-12", True)


def test_tra_vinh_each_receiver_has_numbered_minutes(event):
    assert list(event.minutes.values_list("number", "receiver__name")) == [
        (1, "Sở Công Thương tỉnh Trà Vinh"),
        (2, "Sở Nông nghiệp và Phát triển nông thôn tỉnh Trà Vinh"),
        (3, "Ủy ban nhân dân huyện Trà Cú, tỉnh Trà Vinh"),
        (4, "Ủy ban nhân dân huyện Châu Thành, tỉnh Trà Vinh"),
        (5, "Ủy ban nhân dân huyện Càng Long, tỉnh Trà Vinh"),
    ]


def test_tra_vinh_25_works_in_15_communes_of_7_districts(event):
    works = HandoverItem.objects.filter(minutes__event=event, kind="work")
    assert works.aggregate(sum=Sum("amount"), count=Sum("quantity")) == {"sum": 76_080_000_000, "count": 25}
    assert works.values("place").distinct().count() == 15
    assert works.values("place__parent").distinct().count() == 7
    assert set(works.values_list("place__kind", flat=True)) == {"Xã", "Thị trấn"}
    assert set(works.values_list("place__parent__kind", flat=True)) == {"Huyện", "Thị xã", "Thành phố"}
    assert set(works.values_list("place__parent__parent__name", flat=True)) == {"Tỉnh Trà Vinh"}


def test_tra_vinh_districts_receive_their_own_works(event):
    works = HandoverItem.objects.filter(minutes__event=event, kind="work", minutes__receiver__kind="district_pc")
    named = set(works.values_list("minutes__receiver__place", "place__parent__short_name"))
    assert named == {("Trà Cú", "Trà Cú"), ("Châu Thành", "Châu Thành"), ("Càng Long", "Càng Long")}


def test_tra_vinh_11_contracts_go_to_the_department_of_industry(event):
    contracts = HandoverContract.objects.filter(minutes__event=event)
    assert set(contracts.values_list("minutes__receiver__name", flat=True)) == {"Sở Công Thương tỉnh Trà Vinh"}
    assert contracts.values("beneficiary").distinct().count() == 11
    amounts = HandoverContractAmount.objects.filter(contract__in=contracts).order_by()
    sums = dict(amounts.values_list("source__code").annotate(sum=Sum("amount")))
    # The article: over 5,3 and over 6,4, together over 11,8 tỷ.
    assert sums == {"OTHER": 5_368_000_000, "COUNTERPART": 6_452_000_000}


def test_tra_vinh_difference_of_the_source_is_kept(event):
    assert "trên 11,8 tỷ đồng" in event.note
    assert "vốn dự án trên 5,3 tỷ đồng; vốn doanh nghiệp trên 6,4 tỷ đồng" in event.note
    assert "11,7 tỷ đồng, thấp hơn số tổng 0,1 tỷ đồng" in event.note


def test_tra_vinh_results_are_those_of_the_article(event):
    results = HandoverItem.objects.filter(minutes__event=event, kind="result")
    assert list(results.values_list("quantity", "amount", "is_at_least")) == [
        (Decimal(670), None, False),
        (Decimal(11), 11_800_000_000, True),
    ]
    assert "khoảng 300 doanh nghiệp, hợp tác xã, hộ kinh doanh" in results[0].name


def test_tra_vinh_projects_are_handed_over():
    projects = projects_of(SME).with_amounts().order_by("code")
    assert list(projects.values_list("status", "total_amount", "facility_count")) == [
        (ProjectStatus.HANDED_OVER, 76_080_000_000, 0),
        (ProjectStatus.HANDED_OVER, 11_820_000_000, 11),
    ]


def test_ba_ria_centre_runs_four_clusters():
    centre = Organisation.objects.get(name__endswith="tỉnh Bà Rịa - Vũng Tàu", kind="provincial_centre")
    clusters = IndustrialCluster.objects.filter(operator=centre, operated_from=date(2023, 7, 1))
    assert set(clusters.values_list("name", "unit__name", "unit__parent__parent__name")) == {
        ("Cụm công nghiệp Hoà Long", "Xã Hòa Long", "Tỉnh Bà Rịa - Vũng Tàu"),
        ("Cụm công nghiệp chế biến thực phẩm Long Phước", "Xã Long Phước", "Tỉnh Bà Rịa - Vũng Tàu"),
        ("Cụm công nghiệp chế biến hải sản Bình Châu", "Xã Bình Châu", "Tỉnh Bà Rịa - Vũng Tàu"),
        ("Cụm công nghiệp chế biến hải sản Lộc An", "Xã Lộc An", "Tỉnh Bà Rịa - Vũng Tàu"),
    }
    assert Facility.objects.filter(cluster__in=clusters).values("cluster").distinct().count() == 4


def test_living_province_pays_no_more_than_its_vouchers_say():
    lines = FundingLine.objects.filter(project__in=projects_of(VINH_LONG), paid_amount__gt=0).select_related("project")
    for line in lines:
        entries = Disbursement.objects.in_force().filter(project=line.project, source=line.source_id)
        assert sum(entry.signed_amount for entry in entries) == line.paid_amount <= line.contracted_amount
    assert lines.count() > 30


def test_living_province_shows_contracts_at_every_stage():
    shown = set(Contract.objects.filter(owner__name=VINH_LONG).values_list("status", flat=True))
    assert shown == set(ContractStatus.values) - {ContractStatus.CANCELLED}
    stopped = projects_of(VINH_LONG).get(status=ProjectStatus.STOPPED)
    assert [told for told in open_money(stopped.plan) if stopped.code in told] != []


def test_living_province_size():
    living = projects_of(VINH_LONG, plan__year__range=(2023, 2027))
    facilities = Facility.objects.filter(supports__project__in=living.values("pk")).distinct()
    assert (living.count(), facilities.count()) == (124, 65)
    assert set(facilities.values_list("unit__division", flat=True)) == {"old", "new"}


def test_living_province_plan_on_the_directors_desk_is_110_million_over():
    plan = vinh_long_plan(2027)
    assert plan.status == PlanStatus.SUBMITTED
    position = {row.source.code: row for row in budget_position(plan)}
    assert (position["KCDP"].taken, position["KCDP"].left) == (2_510_000_000, -110_000_000)
    assert (position["KCQG"].taken, position["KCQG"].left) == (600_000_000, 300_000_000)
    assert position["COUNTERPART"].taken == 4_579_000_000
    lines = plan.projects.filter(status=ProjectStatus.IN_PLAN).order_by("code")
    assert [line.code for line in lines] == [f"KC27-{number:03d}" for number in range(1, 15)]


def test_living_province_director_approves_it_only_without_some_lines():
    plan, director = vinh_long_plan(2027), User.objects.get(username="giamdoc")
    decision = {
        "decision_number": "2310/QĐ-UBND", "decision_on": date(2026, 11, 24),
        "decision_issuer": "UBND tỉnh Vĩnh Long", "signer_name": "Lê Bình", "signer_position": "Chủ tịch",
    }  # fmt: skip
    with pytest.raises(ValidationError, match=r"vượt 110\.000\.000 đồng"):
        approve_plan(plan, by=director, **decision)
    returned = plan.projects.filter(code__in=("KC27-005", "KC27-010"))
    plan = approve_plan(
        plan, by=director, returned=dict.fromkeys(returned.values_list("pk", flat=True), "Làm rõ."), **decision
    )
    assert plan.projects.approved().totals()["local_amount"] == 2_040_000_000


def test_living_province_second_submission_differs_in_three_lines():
    snapshots = vinh_long_plan(2027).snapshots.filter(purpose=SnapshotPurpose.SUBMITTED).order_by("number")
    first, second = (
        {
            line.code: (line.status, sum(amount.amount for amount in line.amounts.all()))
            for line in snapshot.lines.prefetch_related("amounts")
        }
        for snapshot in snapshots
    )
    changed = {code: (first[code], second[code]) for code in second if first.get(code) != second[code]}
    assert changed == {
        "KC27-003": (("in_plan", 460_000_000), ("in_plan", 376_000_000)),
        "KC27-005": (("reserve", 635_000_000), ("in_plan", 635_000_000)),
        "KC27-008": (("in_plan", 1_680_000_000), ("in_plan", 1_360_000_000)),
    }


def test_living_province_returned_plan_says_why():
    plan = AnnualPlan.objects.get(owner__name=VINH_LONG, status=PlanStatus.RETURNED)
    assert plan.returns.get(resolved_at=None).items == ["Tờ trình", "Thời gian thực hiện"]


def test_living_province_line_returned_with_a_decision_waits_in_a_later_plan():
    project = projects_of(VINH_LONG).get(name="Xây dựng nhãn hiệu bánh tráng Mỹ Lồng")
    assert (project.code[:5], project.plan.year, project.status) == ("KC26-", 2027, ProjectStatus.RETURNED)


def test_living_province_two_handovers_are_closed_and_one_waits():
    events = HandoverEvent.objects.filter(owner__name=VINH_LONG)
    told = {(event.is_done, event.minutes.count(), event.projects.count()) for event in events}
    assert told == {(True, 3, 3), (True, 1, 1), (False, 4, 3)}


def test_living_province_officer_finds_returned_files_first_and_unfinished_drafts():
    own = projects_of(VINH_LONG, created_by__username="chuyenvien")
    assert own.filter(status=ProjectStatus.RETURNED).count() == 2
    assert own.filter(status=ProjectStatus.DRAFT).count() == 4


def test_living_province_appraisal_may_lower_a_share():
    share = Beneficiary.objects.get(facility__name="Công ty TNHH Kẹo dừa Hương Quê", project__plan__year=2026)
    assert share.amounts.get(source__code="KCDP").approved_amount == 300_000_000
    assert share.amounts.get(source__code="KCDP").requested_amount == 340_000_000


def minutes_of_acceptances(**conditions):
    return Acceptance.objects.filter(**conditions).select_related("project__owner__parent", "organiser")


def test_demo_acceptances_of_a_body_and_year_have_numbers_of_their_own():
    numbers = Counter((row.chair.pk, row.accepted_on.year, row.number) for row in minutes_of_acceptances())
    assert [row for row, count in numbers.items() if count > 1] == []
    assert [number for _body, _year, number in numbers if "/BB-" not in number] == []


def test_living_province_numbers_its_acceptances_day_by_day():
    rows = minutes_of_acceptances(project__owner__name=VINH_LONG, accepted_on__year__gte=2025)
    rows = rows.order_by("accepted_on", "pk")
    days = defaultdict(list)
    for row in rows:
        days[row.accepted_on.year].append((int(row.number.split("/")[0]), row.accepted_on))
    assert {year: len(told) for year, told in days.items()} == {2025: 19, 2026: 12}
    for told in days.values():
        assert sorted(told) == sorted(told, key=lambda row: row[1])
        assert [number for number, _day in sorted(told)] == list(range(1, len(told) + 1))


def test_living_province_acceptances_are_complete_enough_to_be_issued():
    rows = minutes_of_acceptances(project__owner__name=VINH_LONG, accepted_on__year__gte=2025)
    for row in rows:
        assert ACCEPTANCE_MINUTES.gaps(row, DRAFT) == []
        assert row.venue
        assert row.works.count() >= 1
        bodies = list(row.members.values_list("body", flat=True))
        assert (bodies[0], bodies[1]) == ("Sở Công Thương", str(row.project.implementing_unit.name_on(row.accepted_on)))
        places = row.project.beneficiaries.filter(withdrawn_by=None)
        assert {str(place.facility) for place in places.select_related("facility")} <= set(bodies)
        communes = [body for body in bodies if body.startswith("Ủy ban nhân dân ")]
        assert len(communes) == (places.count() == 1), row


PAPERS_ISSUED = [
    ("acceptance_minutes", "issued", "truongphong", 2),
    ("amendment_decision", "issued", "giamdoc", 1),
    ("appraisal_sheet", "issued", "truongphong", 1),
    ("handover_minutes", "issued", "chuyenvien", 3),
    ("handover_minutes", "superseded", "chuyenvien", 1),
    ("liquidation_minutes", "issued", "ketoan", 1),
    ("paper_reminder", "issued", None, 1),
    ("paper_reminder", "revoked", None, 1),
    ("plan_decision", "issued", "giamdoc", 2),
    ("progress_report", "issued", None, 1),
]


def test_living_province_has_issued_papers():
    told = Counter(IssuedDocument.objects.values_list("kind", "status"))
    assert told == {(kind, status): count for kind, status, _who, count in PAPERS_ISSUED}
    people = {(row.kind, row.issued_by.username) for row in IssuedDocument.objects.select_related("issued_by")}
    named = {(kind, who) for kind, _status, who, _count in PAPERS_ISSUED if who}
    assert named <= people
    assert {who for _kind, who in people - named} <= {"chuyenvien", "chuyenvien2"}
    assert not IssuedDocument.objects.exclude(owner__name=VINH_LONG, is_sample=True).exists()
    assert list(damaged_files()) == []


def test_living_province_papers_say_what_the_records_say():
    decisions = IssuedDocument.objects.filter(kind="plan_decision").order_by("dated_on")
    assert list(decisions.values_list("number_text", "dated_on")) == [
        ("307/QĐ-UBND", date(2025, 2, 6)), ("2187/QĐ-UBND", date(2025, 12, 15)),
    ]  # fmt: skip
    director = User.objects.get(username="giamdoc")
    in_force = IssuedDocument.objects.filter(status="issued").exclude(kind="paper_reminder")
    assert [str(row) for row in in_force if data_today(row, director) != row.data] == []


def test_living_province_reissued_minutes_keep_their_number():
    [old] = IssuedDocument.objects.filter(status="superseded")
    new = old.superseded_by
    assert (new.number_text, new.version, new.status) == (old.number_text, 2, "issued")
    assert new.number_text == "01/BB-TTKC"


def issuing_roles(kind, people):
    """The roles whose person may issue some of the records of a kind; None when the demo has no record of it."""
    records = list(kind.records(people[Role.DIRECTOR])[:40])
    if not records:
        return None
    return {role for role, person in people.items() if any(kind.refusal(person, record) is None for record in records)}


def test_who_may_issue_is_what_the_refusals_say():
    names = {
        Role.OFFICER: "chuyenvien", Role.REVIEWER: "truongphong", Role.DIRECTOR: "giamdoc",
        Role.ACCOUNTANT: "ketoan", Role.VIEWER: "lanhdao", Role.ADMIN: "quantri",
    }  # fmt: skip
    people = {role: User.objects.select_related("organisation").get(username=name) for role, name in names.items()}
    asked = {key: issuing_roles(kind, people) for key, kind in KINDS.items()}
    assert {key for key, roles in asked.items() if roles is None} <= {
        "evaluation_report", "evaluation_summary", "evaluation_slides",
    }  # fmt: skip
    found = {key: roles for key, roles in asked.items() if roles is not None}
    assert found == {key: set(KINDS[key].roles) for key in found}
    for document in IssuedDocument.objects.exclude(kind="appraisal_sheet"):
        revoking = {role for role, person in people.items() if revoke_refusal(document, person) is None}
        assert revoking == set(KINDS[document.kind].roles)


def test_living_province_shares_stand_under_support_contracts():
    projects = projects_of(VINH_LONG).filter(beneficiaries__support_contracts__isnull=False).distinct()
    assert [(row.name, row.beneficiaries.count()) for row in projects.order_by("code")] == [
        ("Ứng dụng máy móc tiên tiến trong sản xuất kẹo dừa", 2),
        ("Đánh giá sản xuất sạch hơn tại 3 cơ sở chế biến", 3),
    ]
    assert not Beneficiary.objects.filter(project__in=projects, support_contracts=None).exists()


def test_living_province_keeps_a_scan_that_tells_it_is_made_up(client):
    client.force_login(User.objects.get(username="chuyenvien"))
    [paper] = Project.objects.get(name="Ứng dụng máy móc tiên tiến trong sản xuất kẹo dừa").papers.exclude(file=None)
    assert (paper.name, paper.number, paper.file.content_type) == (
        "Báo giá máy móc của đề án", "17/BG", "image/jpeg",
    )  # fmt: skip
    assert "bao-gia.jpg" in client.get(reverse("projects:papers", args=[paper.project_id])).text
    with contextlib.closing(client.get(reverse("projects:paper_file", args=[paper.pk]))) as answer:
        assert answer.status_code == 200
