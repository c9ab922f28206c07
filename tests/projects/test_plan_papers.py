"""The decision on a plan with its annex, and the registration table: words, figures against screen and sheet, gaps."""

import io
from dataclasses import replace
from datetime import date

import pytest
from django.urls import reverse
from openpyxl import load_workbook
from pypdf import PdfReader

from khuyencong.documents.data import data_of
from khuyencong.documents.kinds import Imprint
from khuyencong.models import AuditEntry, OrganisationKind, Signer
from programs import services as program_services
from programs.models import Program, ProjectGroup, SourceCategory
from projects import services
from projects.demo import vinh_long_2016
from projects.documents import (
    LINES_IN_DECISION,
    PLAN_DECISION,
    PLAN_REGISTRATION,
    PlanLine,
    annex_rows,
    plan_decision,
    plan_registration,
)
from projects.documents import plan as plan_papers
from projects.documents.issuers import (
    authority_of,
    body_named,
    decision_symbol,
    full_name,
    head_lines,
    stored_signature,
)
from projects.documents.plan import table_of
from projects.models import ProjectStatus
from projects.plan_lines import plan_projects, sums
from tests.factories import FacilityFactory, OrganisationFactory, content, source, thai_nguyen
from tests.stories import (
    appraised_project,
    approve,
    approved_project,
    complete_project,
    decide_amendment,
    draft_plan,
    make_house,
    norm_exception,
    planned_project,
    submitted_amendment,
)

pytestmark = pytest.mark.django_db
FINAL = Imprint(draft=False)
COMMITTEE = "Ủy ban nhân dân tỉnh Vĩnh Long"


@pytest.fixture
def house():
    return make_house()


def line(heading="Máy móc", support=0, own=0, **fields):
    amounts = dict.fromkeys((category.value for category in SourceCategory), 0)
    amounts |= {"local": support, "counterpart": own}
    texts = dict.fromkeys(
        ("code", "name", "content", "form", "implementer", "coordinator", "industry", "priority", "aims", "period",
         "effect"), "",
    )  # fmt: skip
    values = texts | {"places": [], "sources": {"Khuyến công địa phương": support}, "heading": heading}
    return PlanLine(amounts=amounts, **values | fields)


def pages(pdf):
    """The text of each page on one line."""
    return [" ".join(page.extract_text().split()) for page in PdfReader(io.BytesIO(pdf)).pages]


def words(document):
    return " ".join(document.render_html().split())


# Rows


def test_annex_without_lines_is_its_total_alone():
    [total] = annex_rows([], ["local"])
    assert (total.kind, total.amounts, total.count) == ("total", [0, 0], 0)


def test_annex_numbers_groups_in_roman_and_lines_throughout():
    rows = annex_rows(
        [line("Tập huấn", 5, 1), line("Máy móc", 7, 2), line("Tập huấn", 11, 4)], ["local", "counterpart"]
    )
    assert [(row.kind, row.mark, row.label, row.amounts, row.count) for row in rows] == [
        ("group", "I", "Tập huấn", [21, 16, 5], 2),
        ("line", "1", "", [6, 5, 1], 1),
        ("line", "2", "", [15, 11, 4], 1),
        ("group", "II", "Máy móc", [9, 7, 2], 1),
        ("line", "3", "", [9, 7, 2], 1),
        ("total", "", "Tổng cộng", [30, 23, 7], 3),
    ]


def test_annex_of_forty_lines_sums_groups_and_total():
    lines = [line(f"Nhóm {number % 7}", support=number * 1_000_000, own=number) for number in range(1, 41)]
    table = table_of(lines, ["local", "counterpart"])
    groups = [row for row in table.rows if row.kind == "group"]
    assert (table.line_count, table.group_count, len(table.rows)) == (40, 7, 40 + 7 + 1)
    assert [sum(figures) for figures in zip(*(row.amounts for row in groups), strict=True)] == table.rows[-1].amounts
    assert (table.total, table.support) == (820_000_820, 820_000_000)
    assert [column.total for column in table.columns] == [820_000_820, 820_000_000, 820]


# Bodies and signatures that are kept as text


@pytest.mark.parametrize(
    ("typed", "name", "lines", "authority"),
    [
        ("UBND tỉnh Vĩnh Long", COMMITTEE, ["Ủy ban nhân dân", "tỉnh Vĩnh Long"], f"Chủ tịch {COMMITTEE}"),
        ("Bộ Công Thương", "Bộ Công Thương", ["Bộ Công Thương"], "Bộ trưởng Bộ Công Thương"),
        ("Sở Công Thương", "Sở Công Thương", ["Sở Công Thương"], "Giám đốc Sở Công Thương"),
        ("Ban Chỉ đạo", "Ban Chỉ đạo", ["Ban Chỉ đạo"], "Ban Chỉ đạo"),
    ],
)
def test_body_kept_as_text_has_head_and_authority(typed, name, lines, authority):
    assert (full_name(typed), head_lines(typed), authority_of(typed)) == (name, lines, authority)


def test_body_is_found_by_its_name_or_its_short_one():
    committee = OrganisationFactory(kind=OrganisationKind.PROVINCE_PC, name=COMMITTEE)
    other = OrganisationFactory(name="Ủy ban nhân dân tỉnh Vĩnh Long Hồ", short_name="UBND VLH")
    found = [body_named(name) for name in ("UBND tỉnh Vĩnh Long", COMMITTEE.upper(), "UBND", "")]
    assert found == [committee, committee, None, None]
    assert body_named(other.name) == other


def test_symbol_of_a_decision_is_that_of_its_body():
    body = OrganisationFactory(symbol="SCT")
    names = (COMMITTEE, "Bộ Công Thương", "Sở Công Thương", "Ban Chỉ đạo")
    assert [decision_symbol(name, None) for name in names] == ["QĐ-UBND", "QĐ-BCT", "QĐ-SCT", "QĐ"]
    assert decision_symbol("Ban Chỉ đạo", body) == "QĐ-SCT"


@pytest.mark.parametrize(
    ("position", "block"),
    [
        ("Chủ tịch", ("", "", "Chủ tịch")),
        ("Phó Chủ tịch", ("KT", "Chủ tịch", "Phó Chủ tịch")),
        ("Phó Giám đốc", ("KT", "Giám đốc", "Phó Giám đốc")),
        ("", ("", "", "Chủ tịch")),
    ],
)
def test_stored_signer_signs_for_the_head_as_a_deputy(position, block):
    signature = stored_signature("Lê Văn Tám", position, COMMITTEE)
    assert (signature["mode"], signature["capacity"], signature["post"]) == block


# Decision


def test_draft_decision_holds_the_lines_of_today_and_leaves_dots(house):
    plan = draft_plan(house)
    planned_project(house, plan)
    appraised_project(house, plan)
    document = plan_decision(plan)
    context = document.context
    assert (context["draft"], context["number_text"], context["symbol"]) == (True, "", "QĐ-UBND")
    assert [(row.kind, row.amounts) for row in context["table"].rows] == [
        ("group", [640_000_000, 300_000_000, 340_000_000]),
        ("line", [640_000_000, 300_000_000, 340_000_000]),
        ("total", [640_000_000, 300_000_000, 340_000_000]),
    ]
    html = words(document)
    assert "BẢN NHÁP" in html
    assert "Vĩnh Long, ngày ...... tháng ...... năm ......" in html
    assert "(Kèm theo Quyết định số ....../QĐ-UBND ngày ...... tháng ...... năm ...... của Chủ tịch" in html
    assert "Theo đề nghị của Giám đốc Sở Công Thương tại Tờ trình số ...... ngày ......" in html
    assert document.filename == "2026_QDKH_ke-hoach-khuyen-cong-dia-phuong-nam-2026-ban-nhap"


def test_draft_decision_of_an_empty_plan_says_so_in_figures(house):
    html = words(plan_decision(draft_plan(house)))
    assert "gồm 00 đề án, nhiệm vụ thuộc 00 nội dung hoạt động" in html
    assert "Tổng kinh phí: 0 đồng (bằng chữ: Không đồng)." in html


def test_decision_reads_as_the_form_asks(house):
    plan = draft_plan(house)
    project = planned_project(house, plan)
    services.submit_plan(plan, by=house.reviewer, proposal_number="12/TTr-SCT", proposal_on=date(2025, 12, 20))
    approve(house, plan)
    plan.refresh_from_db()
    context = plan_decision(plan, FINAL).context
    assert context["issuer"] == {"parent": "", "name": ["Ủy ban nhân dân", "tỉnh Vĩnh Long"]}
    assert (context["place"], context["date"], context["number_text"]) == (
        "Vĩnh Long", date(2026, 1, 4), "10/QĐ-UBND",
    )  # fmt: skip
    assert context["authority"] == f"Chủ tịch {COMMITTEE}"
    assert context["grounds"] == [
        "Căn cứ Luật Tổ chức chính quyền địa phương ngày 16 tháng 6 năm 2025",
        "Căn cứ Nghị định số 45/2012/NĐ-CP ngày 21 tháng 5 năm 2012 của Chính phủ về khuyến công (được sửa đổi, bổ "
        "sung tại Nghị định số 235/2025/NĐ-CP ngày 27 tháng 8 năm 2025 của Chính phủ)",
        "Căn cứ Thông tư số 46/2012/TT-BCT ngày 28 tháng 12 năm 2012 của Bộ trưởng Bộ Công Thương quy định chi tiết "
        "một số nội dung của Nghị định số 45/2012/NĐ-CP",
        "Căn cứ Thông tư số 28/2018/TT-BTC ngày 28 tháng 3 năm 2018 của Bộ trưởng Bộ Tài chính hướng dẫn lập, quản "
        "lý, sử dụng kinh phí khuyến công quốc gia và kinh phí khuyến công địa phương",
        "Theo đề nghị của Giám đốc Sở Công Thương tại Tờ trình số 12/TTr-SCT ngày 20 tháng 12 năm 2025",
    ]
    assert (context["signature"]["mode"], context["signature"]["name"]) == ("KT", "Lê Văn Tám")
    html = words(plan_decision(plan, FINAL))
    assert "gồm 01 đề án, nhiệm vụ thuộc 01 nội dung hoạt động, với những nội dung chủ yếu sau:" in html
    assert "Tổng kinh phí: 640.000.000 đồng (bằng chữ: Sáu trăm bốn mươi triệu đồng), trong đó:" in html
    assert "Khuyến công địa phương: 300.000.000 đồng;" in html
    assert "Vốn đối ứng của đơn vị thụ hưởng: 340.000.000 đồng." in html
    assert f"{project.name} ({project.code})" in html
    assert "theo Phụ lục kèm theo Quyết định này." in html
    assert "BẢN NHÁP" not in html


def test_decision_names_the_programme_that_it_follows(house):
    plan = draft_plan(house)
    plan.program.decision_number, plan.program.decision_on = "99/QĐ-UBND", date(2025, 12, 1)
    plan.program.decision_issuer = "UBND tỉnh Vĩnh Long"
    [ground] = [row for row in plan_decision(plan).context["grounds"] if "99/QĐ-UBND" in row]
    assert ground == (
        f"Căn cứ Quyết định số 99/QĐ-UBND ngày 01 tháng 12 năm 2025 của {COMMITTEE} phê duyệt {plan.program.name}"
    )


def test_decision_of_a_body_of_the_portal_takes_its_head_and_signer(house):
    committee = OrganisationFactory(
        kind=OrganisationKind.PROVINCE_PC, name=COMMITTEE, letterhead="Ủy ban nhân dân|tỉnh Vĩnh Long", symbol="UBND",
        place="Vĩnh Long",
    )  # fmt: skip
    Signer.objects.create(organisation=committee, name="Trần Thị Chín", post="Chủ tịch")
    plan = draft_plan(house)
    assert (PLAN_DECISION.issuer(plan), PLAN_DECISION.issuer_name(plan)) == (committee, COMMITTEE)
    context = plan_decision(plan).context
    assert context["issuer"]["name"] == ["Ủy ban nhân dân", "tỉnh Vĩnh Long"]
    assert context["signature"]["name"] == "Trần Thị Chín"
    planned_project(house, plan)
    services.submit_plan(plan, by=house.reviewer)
    approve(house, plan)
    plan.refresh_from_db()
    assert plan_decision(plan).context["signature"]["name"] == "Lê Văn Tám"


def test_decision_stays_as_approved_when_amendments_follow(house):
    project = approved_project(house, coordinating_units="UBND xã An Bình")
    plan = project.plan
    before = data_of(plan_decision(plan, FINAL))
    [row] = project.beneficiaries.all()
    fewer = [(source("KCDP"), row, 250_000_000)]
    decide_amendment(house, submitted_amendment(house, project, "funding_down", amounts=fewer))
    times = {"new_starts_on": date(2026, 4, 1), "new_ends_on": date(2026, 12, 15)}
    for kind, fields in (
        ("time", times),
        ("coordinator", {"new_coordinating_units": "UBND phường"}),
        ("beneficiary", {"removed_beneficiary": row, "added_facility": FacilityFactory(created_by=house.officer)}),
    ):
        project.refresh_from_db()
        decide_amendment(house, submitted_amendment(house, project, kind, **fields), number=f"9{kind}/QĐ")
    plan.refresh_from_db()
    assert data_of(plan_decision(plan, FINAL)) == before
    [line] = [row.line for row in plan_decision(plan, FINAL).context["table"].rows if row.line]
    assert (line.coordinator, line.period) == ("UBND xã An Bình", "tháng 3/2026 - tháng 11/2026")
    [today] = [row.line for row in plan_registration(plan, FINAL).context["table"].rows if row.line]
    assert (today.coordinator, today.period) == ("UBND phường", "tháng 4/2026 - tháng 12/2026")
    assert (line.amounts["local"], today.amounts["local"]) == (300_000_000, 250_000_000)
    assert (len(line.places), len(today.places), line.places == today.places) == (1, 1, False)


def test_decision_has_a_column_for_the_money_in_use_alone(house):
    plan = draft_plan(house, budgets={"KCDP": 10**9, "KCQG": 10**9})
    project = complete_project(house, plan)
    amounts = {source("KCQG"): 5_000_000, source("KCDP"): 4_000_000, source("COUNTERPART"): 3_000_000}
    amounts[source("OTHER")] = 2_000_000
    project = services.set_beneficiaries(project, by=house.officer, rows=[])
    project = services.set_funding(project, by=house.officer, total_cost=14_000_000, amounts=amounts)
    facility = FacilityFactory(created_by=house.officer)
    project = services.set_beneficiaries(project, by=house.officer, rows=[(facility, "Máy", amounts)])
    project = services.appraise_project(
        services.submit_project(project, by=house.officer), by=house.reviewer, opinion="Đạt."
    )
    services.place_project(project, by=house.reviewer, status=ProjectStatus.IN_PLAN)
    table = plan_decision(plan).context["table"]
    assert [(column.label, column.total) for column in table.columns] == [
        ("Tổng số", 14_000_000), ("Khuyến công quốc gia", 5_000_000), ("Khuyến công địa phương", 4_000_000),
        ("Đối ứng", 3_000_000), ("Khác", 2_000_000),
    ]  # fmt: skip
    assert (table.support, sum(amount for _name, amount in table.sources)) == (9_000_000, 14_000_000)


def test_decision_of_one_source_tells_it_in_one_sentence(house):
    plan = group_plan(house, [("Tổ chức tập huấn", 150_000_000)])
    html = words(plan_decision(plan))
    assert "Kinh phí, nguồn Khuyến công địa phương: 150.000.000 đồng (bằng chữ: Một trăm năm mươi triệu đồng)." in html
    assert [column.label for column in plan_decision(plan).context["table"].columns] == [
        "Tổng số",
        "Khuyến công địa phương",
    ]


def group_plan(house, groups, **kwargs):
    """A plan of groups, each with one project of its name without facilities, placed."""
    plan = draft_plan(house, budgets={"KCDP": sum(amount for _name, amount in groups)}, **kwargs)
    for number, (name, amount) in enumerate(groups, 1):
        group = ProjectGroup.objects.create(plan=plan, number=number, name=name)
        project = services.create_project(
            plan, by=house.officer, name=name, group=group, content=content("SEMINAR"), target_mode="group",
            implementing_unit=house.centre, starts_on=date(plan.year, 2, 1), ends_on=date(plan.year, 12, 15),
            necessity="Cần.", objective="Mục tiêu.", activities="Nội dung.", economic_effect="Hiệu quả.",
        )  # fmt: skip
        project = services.set_funding(project, by=house.officer, total_cost=amount, amounts={source("KCDP"): amount})
        project = services.submit_project(project, by=house.officer)
        project = services.appraise_project(project, by=house.reviewer, opinion="Đạt.")
        services.place_project(project, by=house.reviewer, status=ProjectStatus.IN_PLAN)
    return plan


@pytest.fixture
def vinh_long(house):
    """The plan of the article: eleven groups, 2,1 tỷ, decision 10/QĐ-UBND of 04/01/2016."""
    program = program_services.save_program(
        Program(name="Chương trình khuyến công 2016-2020", area=house.province, period_start=2016, period_end=2020),
        by=house.reviewer,
    )  # fmt: skip
    groups = [(name, amount) for name, _content, amount in vinh_long_2016.GROUPS]
    plan = group_plan(house, groups, year=2016, program=program)
    services.submit_plan(plan, by=house.reviewer)
    approve(house, plan)
    plan.refresh_from_db()
    return plan


def test_vinh_long_2016_prints_eleven_groups_and_2_1_billion(vinh_long):
    document = plan_decision(vinh_long, FINAL)
    groups = [row for row in document.context["table"].rows if row.kind == "group"]
    assert [(row.label, row.amounts) for row in groups] == [
        (name, [amount, amount]) for name, _content, amount in vinh_long_2016.GROUPS
    ]
    printed = pages(document.render_pdf())
    text = " ".join(printed)
    assert "Số: 10/QĐ-UBND Vĩnh Long, ngày 04 tháng 01 năm 2016" in text
    assert "gồm 11 đề án, nhiệm vụ thuộc 11 nhóm đề án" in text
    assert "2.100.000.000 đồng (bằng chữ: Hai tỷ một trăm triệu đồng)" in text
    assert "Luật Tổ chức chính quyền địa phương ngày 19 tháng 6 năm 2015" in text
    assert "26/2014/TTLT-BTC-BCT" in text
    assert "235/2025" not in text
    assert "Tổng cộng (11 đề án, nhiệm vụ) 2.100.000.000 2.100.000.000" in text
    assert [mark for mark in ("I ", "IX ", "XI ") if f"{mark}" not in text] == []
    [first] = [page for page in printed if page.startswith("Phụ lục")]
    assert "(Kèm theo Quyết định số 10/QĐ-UBND ngày 04 tháng 01 năm 2016 của Chủ tịch" in first
    assert printed[printed.index(first) + 1].endswith(" 2")


def test_pdf_of_hard_figures_and_names_stays_whole(house):
    plan = draft_plan(house)
    document = plan_decision(plan)
    most, name = 999_999_000_000_000, "Hỗ trợ ứng dụng máy móc thiết bị tiên tiến trong sản xuất " * 4
    facilities = [f"Công ty trách nhiệm hữu hạn một thành viên số {number} (Xã An Bình)" for number in range(1, 7)]
    lines = [
        line("Nhóm một", most - 39 * 10, 10, name=name[:200], code="KC26-001", places=facilities),
        *(line(f"Nhóm {number % 3}", 10, 0, name=f"Đề án {number}", code=f"{number}") for number in range(39)),
    ]
    table = table_of(lines, ["local", "counterpart"])
    printed = pages(replace(document, context={**document.context, "table": table}).render_pdf())
    text = " ".join(printed)
    assert "999.999.000.000.010" in text
    assert "Chín trăm chín mươi chín nghìn chín trăm chín mươi chín tỷ không trăm linh mười" not in text
    assert [row for row in facilities if row not in text] == []
    assert all("STT Tên đề án" in page for page in printed[2:-1])
    assert "Tổng cộng (40 đề án, nhiệm vụ)" in printed[-1]


def test_long_annex_is_named_and_left_to_a_file_of_its_own(house):
    document = plan_decision(draft_plan(house))
    lines = [line(support=1) for _number in range(LINES_IN_DECISION + 1)]

    def html(count):
        return words(replace(document, context={**document.context, "table": table_of(lines[:count], ["local"])}))

    assert "theo Phụ lục kèm theo Quyết định này (151 dòng, lập thành tệp riêng)." in html(LINES_IN_DECISION + 1)
    assert "appendix" not in html(LINES_IN_DECISION + 1)
    assert "lập thành tệp riêng" not in html(LINES_IN_DECISION)
    assert html(LINES_IN_DECISION).count('<section class="appendix landscape">') == 1


def test_decision_waits_for_approval_and_for_an_intact_snapshot(house, monkeypatch):
    plan = draft_plan(house)
    planned_project(house, plan)
    assert [gap.partition(":")[0] for gap in PLAN_DECISION.gaps(plan, FINAL)] == [
        "Kế hoạch chưa được phê duyệt trên cổng"
    ]
    services.submit_plan(plan, by=house.reviewer)
    approve(house, plan)
    plan.refresh_from_db()
    assert PLAN_DECISION.gaps(plan, FINAL) == []
    monkeypatch.setattr(plan_papers, "is_intact", lambda snapshot: False)
    [gap] = PLAN_DECISION.gaps(plan, FINAL)
    assert "không còn khớp mã băm" in gap


@pytest.mark.parametrize("kind", [PLAN_DECISION, PLAN_REGISTRATION])
def test_reviewers_and_directors_of_the_body_issue(house, kind):
    plan = draft_plan(house)
    stranger = make_house(thai_nguyen(), "Thái Nguyên").director
    people = (house.reviewer, house.second_reviewer, house.director, house.officer, house.viewer, stranger)
    refusals = [kind.refusal(person, plan) for person in people]
    assert refusals[:3] == [None, None, None]
    assert [refusal[:6] for refusal in refusals[3:5]] == ["Việc “", "Việc “"]
    assert refusals[5].startswith("Hồ sơ do")
    assert list(kind.records(stranger)) == []
    assert list(kind.records(house.viewer)) == [plan]


def test_decision_is_found_by_every_project_that_it_holds(house):
    project = approved_project(house)
    assert list(PLAN_DECISION.subjects(project.plan)) == [project.plan, project]
    assert list(PLAN_DECISION.subjects(draft_plan(house, year=2027))) == [project.plan.program.plans.get(year=2027)]


# Registration table


def test_registration_holds_the_figures_of_page_and_sheet(client, house):
    plan = draft_plan(house)
    for support in (300_000_000, 200_000_000):
        planned_project(house, plan, support=support)
    appraised_project(house, plan)
    table = plan_registration(plan).context["table"]
    in_plan = [project for project in plan_projects(plan) if project.status == ProjectStatus.IN_PLAN]
    assert {
        "total_amount": table.total, "local_amount": table.columns[2].total, "support_amount": table.support,
        "count": table.line_count,
    }.items() <= sums(in_plan).items()  # fmt: skip
    client.force_login(house.viewer)
    assert "500.000.000" in client.get(reverse("projects:plan_detail", args=[plan.pk])).content.decode()
    sheet = load_workbook(io.BytesIO(client.get(reverse("plan_export", args=[plan.pk])).getvalue())).active
    cells = [cell.value for row in sheet.iter_rows() for cell in row]
    assert table.total == 1_180_000_000
    for row in table.rows:
        assert row.kind != "line" or [cells.count(amount) >= 1 for amount in row.amounts] == [True] * 5
    assert [column.label for column in table.columns][1:] == [
        "Khuyến công quốc gia", "Khuyến công địa phương", "Đối ứng", "Khác",
    ]  # fmt: skip


def test_registration_tells_appraisal_and_what_exceeds_a_norm(house):
    plan = draft_plan(house)
    project = norm_exception(house, plan).project
    services.appraise_project(project, by=house.reviewer, opinion="Đạt, giữ nguyên mức.")
    services.place_project(project, by=house.reviewer, status=ProjectStatus.IN_PLAN)
    html = words(plan_registration(plan))
    assert "Đạt, giữ nguyên mức." in html
    assert "Lý do: Dây chuyền đồng bộ." in html
    assert "Lý do: Dây chuyền đồng bộ." not in words(plan_decision(plan))


def test_registration_of_a_project_without_facilities_tells_its_place(house):
    plan = group_plan(house, [("Tập huấn", 100)])
    project = plan.projects.get()
    project.place_note = "Toàn tỉnh"
    project.save()
    [row] = [row.line for row in plan_registration(plan).context["table"].rows if row.line]
    assert row.places == ["Toàn tỉnh"]


def test_registration_is_wide_and_signed_by_two(house):
    plan = draft_plan(house)
    planned_project(house, plan)
    document = plan_registration(plan, FINAL)
    assert document.context["landscape"] is True
    assert [block["party"] or block["post"] for block in document.context["signatures"]] == [
        "Người lập biểu",
        "Giám đốc",
    ]
    reader = PdfReader(io.BytesIO(document.render_pdf()))
    assert all(page.mediabox.width > page.mediabox.height for page in reader.pages)
    text = " ".join(" ".join(page.extract_text().split()) for page in reader.pages)
    assert "Tổng cộng (1 đề án, nhiệm vụ) 640.000.000 0 300.000.000 340.000.000 0" in text
    assert "Đơn vị tính: đồng" in text
    assert "Kết quả thẩm định" in text


def test_registration_waits_for_a_line(house):
    plan = draft_plan(house)
    assert [gap[:22] for gap in PLAN_REGISTRATION.gaps(plan, FINAL)] == ["Kế hoạch chưa có đề án"]
    planned_project(house, plan)
    assert PLAN_REGISTRATION.gaps(plan, FINAL) == []


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize("build", [plan_decision, plan_registration])
def test_papers_ask_as_often_for_many_lines_as_for_one(house, count, build, django_assert_max_num_queries):
    plan = draft_plan(house, budgets={"KCDP": 10**10})
    for _number in range(count):
        planned_project(house, plan)
    plan = type(plan).objects.select_related("program__area", "owner__parent", "province").get(pk=plan.pk)
    with django_assert_max_num_queries(28):
        build(plan)


def test_papers_change_nothing(house):
    plan = approved_project(house).plan
    before = AuditEntry.objects.count()
    plan_decision(plan)
    plan_registration(plan)
    assert AuditEntry.objects.count() == before


def test_papers_stand_on_the_page_of_the_plan_and_of_its_snapshot(client, house):
    plan = approved_project(house).plan
    client.force_login(house.reviewer)
    page = client.get(reverse("projects:plan_detail", args=[plan.pk])).content.decode()
    for kind in (PLAN_DECISION, PLAN_REGISTRATION):
        assert reverse("document_prepare", args=[kind.key, plan.pk]) in page
    prepared = reverse("document_prepare", args=[PLAN_DECISION.key, plan.pk])
    shown = [
        prepared in client.get(reverse("projects:plan_snapshot", args=[row.pk])).content.decode()
        for row in plan.snapshots.order_by("pk")
    ]
    assert shown == [False, True]


def test_national_plan_is_the_ministry_s(house):
    agency = OrganisationFactory(kind=OrganisationKind.MINISTRY_DEPT, name="Cục Khuyến công")
    plan = draft_plan(house, budgets={"KCQG": 10**9})
    plan.program.scope = "national"
    context = plan_decision(plan).context
    assert (context["issuer"]["name"], context["place"], context["symbol"]) == (["Bộ Công Thương"], "Hà Nội", "QĐ-BCT")
    assert context["authority"] == "Bộ trưởng Bộ Công Thương"
    assert [row for row in context["grounds"] if "chính quyền địa phương" in row] == []
    assert "36/2013/TT-BCT" in context["grounds"][1]
    assert context["grounds"][-1].startswith(f"Theo đề nghị của Cục trưởng {agency}")


def test_many_facilities_are_told_across_the_table(house):
    document = plan_decision(draft_plan(house))
    places = [f"Cơ sở {number} (Xã An Bình)" for number in range(1, 5)]

    def html(rows):
        table = table_of([line(support=1, places=rows)], ["local"])
        return words(replace(document, context={**document.context, "table": table}))

    assert "4 cơ sở, nêu ở dòng dưới" in html(places)
    assert "Đơn vị thụ hưởng, địa điểm: Cơ sở 1 (Xã An Bình); Cơ sở 2 (Xã An Bình);" in html(places)
    assert "Cơ sở 1 (Xã An Bình)<br>Cơ sở 2 (Xã An Bình)" in html(places[:3])
    assert "nêu ở dòng dưới" not in html(places[:3])


def test_long_amounts_send_bodies_and_facilities_under_the_line(house):
    document = plan_registration(draft_plan(house))
    most = 999_999_000_000_000
    lines = [line("Nhóm", most, most, name="Tên dài " * 25, implementer="Trung tâm", places=["Cơ sở A", "Cơ sở B"])]
    roomy, tight = table_of(lines, ["local"]), table_of(lines, ["national", "local", "counterpart"])
    assert [(table.is_tight, table.name_span, table.text_span) for table in (roomy, tight)] == [
        (False, 3, 5), (True, 1, 5),
    ]  # fmt: skip
    html = words(replace(document, context={**document.context, "table": tight}))
    assert "Đơn vị thực hiện: Trung tâm." in html
    assert "Đơn vị thụ hưởng, địa điểm: Cơ sở A; Cơ sở B." in html
    assert html.count("Cơ sở A") == 1
