"""Projects with their money and facilities out of spreadsheets, into a draft plan."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from beneficiaries.models import LegalForm
from khuyencong.audit import first_broken_entry
from khuyencong.imports.writing import confirm, write_import
from khuyencong.models import AuditEntry, SheetImport, Verdict
from projects import services
from projects.models import Project, ProjectStatus
from tests import stories
from tests.factories import FacilityFactory, content, source
from tests.khuyencong.sheet_imports import book_of, previewed

HEAD = (
    "TT", "Tên đề án", "Đơn vị thụ hưởng", "Mã số thuế", "Hạng mục", "Ngày bắt đầu", "Ngày hoàn thành",
    "Khuyến công địa phương", "Vốn đối ứng",
)  # fmt: skip
SWEETS = "Ứng dụng máy móc tiên tiến trong sản xuất kẹo dừa"


@pytest.fixture
def house(db):
    return stories.make_house()


@pytest.fixture
def plan(house):
    return stories.draft_plan(house, budgets={"KCDP": 5_000_000_000})


@pytest.fixture
def facilities(house):
    company = FacilityFactory(
        name="Công ty TNHH An Phú", legal_form=LegalForm.SME, tax_code="0314409058", created_by=house.officer
    )
    return company, FacilityFactory(name="Hợp tác xã Mỹ Long", created_by=house.officer)


def taken_of(house, plan, *rows, **more):
    body = book_of(HEAD, *rows, before=[("ĐVT: triệu đồng",)])
    given = {"plan": plan.pk, "kind": "project", "content": content().pk}
    return previewed(house.officer, body, kind="de-an", given=given, **more)


def write(taken, mode="good"):
    confirm(taken, mode=mode, by=taken.requested_by)
    taken.refresh_from_db()
    write_import(taken)
    return taken


ROWS = (
    (1, SWEETS, "Công ty TNHH An Phú", "0314409058", "Máy nấu", date(2026, 3, 1), "11/2026", 150.5, 200),
    (None, None, "HTX Mỹ Long", None, "Máy gói", None, None, 149.5, 140),
    (2, "Tham gia hội chợ", None, None, None, None, None, 90, None),
)


def test_rows_become_drafts_with_money_and_facilities(house, plan, facilities):
    taken = taken_of(house, plan, *ROWS)
    assert [(line.number, line.verdict, line.errors) for line in taken.lines.all()] == [
        (3, Verdict.NEW, []), (4, Verdict.NEW, []), (5, Verdict.NEW, []),
    ]  # fmt: skip
    assert not Project.objects.exists()
    write(taken)
    sweets, fair = Project.objects.order_by("code")
    assert (sweets.name, sweets.plan, sweets.status, sweets.created_by) == (
        SWEETS, plan, ProjectStatus.DRAFT, house.officer,
    )  # fmt: skip
    assert (sweets.starts_on, sweets.ends_on, sweets.total_cost) == (
        date(2026, 3, 1), date(2026, 11, 30), 640_000_000,
    )  # fmt: skip
    lines = {line.source.code: line.requested_amount for line in sweets.funding_lines.all()}
    assert lines == {"KCDP": 300_000_000, "COUNTERPART": 340_000_000}
    shares = [
        (row.facility, row.item, {amount.source.code: amount.requested_amount for amount in row.amounts.all()})
        for row in sweets.beneficiaries.all()
    ]
    assert shares == [
        (facilities[0], "Máy nấu", {"KCDP": 150_500_000, "COUNTERPART": 200_000_000}),
        (facilities[1], "Máy gói", {"KCDP": 149_500_000, "COUNTERPART": 140_000_000}),
    ]
    assert (fair.total_cost, fair.beneficiaries.count()) == (90_000_000, 0)
    assert {item.part for item in services.missing_items(sweets)} == {"thong-tin", "noi-dung", "hieu-qua"}
    assert AuditEntry.objects.about(sweets).get(action="project.import").reason == taken_reason(taken)
    assert list(taken.lines.values_list("record_id", flat=True)) == [sweets.pk, sweets.pk, fair.pk]
    assert first_broken_entry() is None


def taken_reason(taken):
    return f"Từ tệp “{taken.name}”, lần nhập {taken.pk}"


def test_the_same_file_again_changes_nothing_and_a_new_figure_only_itself(house, plan, facilities):
    write(taken_of(house, plan, *ROWS))
    again = taken_of(house, plan, *ROWS)
    assert set(again.lines.values_list("verdict", flat=True)) == {Verdict.UNCHANGED}
    with pytest.raises(ValidationError, match="không có gì để ghi"):
        confirm(again, mode="good", by=house.officer)
    changed = (*ROWS[:2], (2, "Tham gia hội chợ", None, None, None, None, None, 95, None))
    taken = taken_of(house, plan, *changed, name="sửa.xlsx")
    assert [(line.verdict, line.changes) for line in taken.lines.all()] == [
        (Verdict.UNCHANGED, []),
        (Verdict.UNCHANGED, []),
        (Verdict.CHANGED, [
            ["tổng dự toán", "90.000.000", "95.000.000"], [str(source("KCDP")), "90.000.000", "95.000.000"],
        ]),
    ]  # fmt: skip
    write(taken)
    assert Project.objects.count() == 2
    assert Project.objects.get(name="Tham gia hội chợ").total_cost == 95_000_000


@pytest.mark.parametrize(
    ("row", "cell", "words"),
    [
        ((1, SWEETS, "Cơ sở Không Có", None, None, None, None, 1, 1), "C3", "Chưa có cơ sở “Cơ sở Không Có”"),
        ((1, SWEETS, "HTX Mỹ Long", "0100233488", None, None, None, 1, 1), "D3", "Chưa có cơ sở nào có mã số thuế"),
        ((1, SWEETS, None, None, None, "31/02/2026", None, 1, 1), "F3", "“31/02/2026” không phải ngày"),
        ((1, SWEETS, None, None, None, "01/12/2026", "01/03/2026", 1, 1), "", "Ngày hoàn thành phải sau"),
    ],
)
def test_a_row_that_is_wrong_holds_its_whole_project_back(house, plan, facilities, row, cell, words):
    taken = taken_of(house, plan, row, (None, None, "Công ty TNHH An Phú", "0314409058", None, None, None, 1, 1))
    first, second = taken.lines.all()
    assert (first.verdict, second.verdict) == (Verdict.REFUSED, Verdict.REFUSED)
    assert first.errors[0][0] == cell
    assert words in first.errors[0][1]


def test_a_submitted_project_is_not_written_over(house, plan):
    project = stories.submitted_project(house, plan)
    taken = taken_of(house, plan, (1, project.name, None, None, None, None, None, 1, 1))
    line = taken.lines.get()
    assert (line.verdict, line.errors) == (Verdict.REFUSED, [["", services.entry.NOT_EDITABLE]])


def test_only_open_plans_of_the_own_house_are_offered(house, plan, client):
    other = stories.draft_plan(stories.make_house(name="Bên cạnh"))
    taken = taken_of(house, plan, *ROWS)
    client.force_login(house.officer)
    form = client.get(reverse("import_columns", args=[taken.pk])).context["fixed"]
    assert (plan in form.fields["plan"].queryset, other in form.fields["plan"].queryset) == (True, False)
    with pytest.raises(ValidationError, match="không còn mở"):
        taken_of(house, other, *ROWS[:2], name="khác.xlsx")  # the very same file would be taken up again
    assert SheetImport.objects.get(name="khác.xlsx").status == "mapped"


VOUCHERS = ("Mã đề án", "Loại chứng từ", "Số chứng từ", "Ngày chứng từ", "Số tiền (đồng)")


def vouchers_of(house, *rows, name="so-chi.xlsx"):
    given = {"kind": "advance", "source": source("KCDP").pk}
    return previewed(house.accountant, book_of(VOUCHERS, *rows), kind="chi-tien", name=name, given=given)


def test_vouchers_are_tried_by_the_rules_of_their_form_and_written_once(house):
    project = stories.contracted_project(house, content=content("VOCATIONAL"))
    rows = (
        (project.code, "Tạm ứng", "UNC 01", "05/06/2026", 100_000_000),
        (project.code, None, "UNC 02", "06/06/2026", 100_000_000),
        (project.code, "Tạm ứng", "UNC 03", "07/06/2026", 100_000_000),
        ("KC99-999", None, "UNC 04", "07/06/2026", 1),
    )
    taken = vouchers_of(house, *rows)
    assert [line.verdict for line in taken.lines.all()] == [Verdict.NEW, Verdict.NEW, Verdict.REFUSED, Verdict.REFUSED]
    third, stranger = taken.lines.filter(verdict=Verdict.REFUSED)
    assert third.errors[0][0] == "E4"
    assert stranger.errors[0][0] == "A5"
    assert not project.disbursements.exists()
    assert AuditEntry.objects.about(project).filter(action="payment.pay").count() == 0
    write(taken)
    assert [(row.voucher_number, row.amount, row.round_no) for row in project.disbursements.all()] == [
        ("UNC 01", 100_000_000, 1), ("UNC 02", 100_000_000, 2),
    ]  # fmt: skip
    assert project.funding_lines.get(source__code="KCDP").paid_amount == 200_000_000
    changed = ((*rows[0][:4], 90_000_000), rows[1])
    again = vouchers_of(house, *changed, name="lại.xlsx")
    assert [(line.verdict, line.changes) for line in again.lines.all()] == [
        (Verdict.CHANGED, [["số tiền (đồng)", "100.000.000", "90.000.000"]]), (Verdict.UNCHANGED, []),
    ]  # fmt: skip
    write(again)
    assert project.funding_lines.get(source__code="KCDP").paid_amount == 190_000_000
    assert first_broken_entry() is None
