import io
from datetime import date, datetime

import openpyxl
import pytest
import tablib
from import_export.formats.base_formats import XLSX

from beneficiaries.models import Facility
from beneficiaries.resources import FacilityResource
from khuyencong.audit import first_broken_entry
from khuyencong.models import AuditEntry
from tests import stories
from tests.factories import FacilityFactory, UserFactory, commune_of, thai_nguyen

pytestmark = pytest.mark.django_db
TAX_CODE = "0100233488"


@pytest.fixture
def house():
    return stories.make_house()


@pytest.fixture
def facility(house):
    return FacilityFactory(
        name="Lò gốm Mang Thít", license_on=date(2020, 6, 5), capital=1_500_000_000, labour_count=12,
        created_by=house.officer,
    )  # fmt: skip


def exported(person, **kwargs):
    return FacilityResource(user=person).export(**kwargs).dict


def imported(person, *rows, dry_run=False, **columns):
    """The result of importing rows that have the columns of an export, changed by the given cells."""
    heads = FacilityResource(user=person).get_export_headers()
    data = tablib.Dataset(*[[row.get(head, "") for head in heads] for row in rows], headers=heads)
    return FacilityResource(user=person).import_data(data, dry_run=dry_run, raise_errors=False)


def faults(result):
    """Every message of the preview, by column where the file's cell is at fault."""
    said = []
    for row in result.invalid_rows:
        said += [f"{name}: {text}" for name, texts in row.field_specific_errors.items() for text in texts]
        said += row.non_field_specific_errors
    return said + [str(error.error) for _number, errors in result.row_errors() for error in errors]


def new_row(house, **cells):
    return {
        "Tên cơ sở": "Gạch Cái Nhum",
        "Hình thức pháp lý": "Hộ kinh doanh",
        "Xã, phường": str(commune_of(house.province)),
    } | cells


# Out


def test_export_writes_what_people_read(house, facility):
    [row] = exported(house.officer)
    assert row["Số trên cổng"] == str(facility.pk)
    assert row["Tên cơ sở"] == "Lò gốm Mang Thít"
    assert row["Hình thức pháp lý"] == "Hộ kinh doanh"
    assert row["Ngày cấp"] == "05/06/2020"
    assert row["Tổng nguồn vốn (đồng)"] == "1500000000"
    assert row["Xã, phường"] == str(facility.unit)
    assert row["Cơ quan quản lý"] == str(house.centre)
    assert (row["Mã số thuế"], row["Doanh thu năm gần nhất (đồng)"]) == ("", "")


def test_export_to_a_spreadsheet_keeps_numbers_days_and_text(house, facility):
    Facility.objects.update(name="=1+1", phone="+84 270")
    dataset = FacilityResource(user=house.officer).export(force_native_type=True)
    sheet = openpyxl.load_workbook(io.BytesIO(XLSX().export_data(dataset))).active
    heads, cells = (list(row) for row in sheet.iter_rows())
    by_head = {head.value: cell for head, cell in zip(heads, cells, strict=True)}
    assert by_head["Tổng nguồn vốn (đồng)"].value == 1_500_000_000
    assert by_head["Ngày cấp"].value == datetime(2020, 6, 5)
    assert (by_head["Tên cơ sở"].value, by_head["Tên cơ sở"].data_type) == ("'=1+1", "s")
    assert by_head["Điện thoại"].value == "'+84 270"


def test_export_holds_what_the_person_may_see(house, facility):
    FacilityFactory(unit=commune_of(thai_nguyen()))
    assert [row["Tên cơ sở"] for row in exported(house.viewer)] == ["Lò gốm Mang Thít"]
    assert len(exported(UserFactory(organisation=None, is_superuser=True))) == 2
    assert exported(None) == []


# Back in


def test_import_of_an_export_changes_nothing(house, facility):
    result = imported(house.officer, *exported(house.officer))
    assert (result.totals["skip"], faults(result)) == (1, [])
    assert (AuditEntry.objects.count(), Facility.objects.get().version) == (0, 1)


def test_import_of_a_spreadsheet_comes_back_as_it_went(house, facility):
    Facility.objects.update(name="=1+1", phone="+84 270")
    book = XLSX().export_data(FacilityResource(user=house.officer).export(force_native_type=True))
    result = FacilityResource(user=house.officer).import_data(XLSX().create_dataset(book))
    assert (result.totals["skip"], faults(result)) == (1, [])
    assert Facility.objects.get().name == "=1+1"


def test_import_changes_a_facility_with_a_trace(house, facility):
    [row] = exported(house.officer)
    result = imported(
        house.officer, row | {"Số lao động": "15", "Ngày cấp": "07/08/2021", "Tổng nguồn vốn (đồng)": "2 tỷ"}
    )
    assert faults(result) == []
    stored = Facility.objects.get()
    assert (stored.labour_count, stored.license_on, stored.capital, stored.version, stored.updated_by) == (
        15, date(2021, 8, 7), 2_000_000_000, 2, house.officer,
    )  # fmt: skip
    entry = AuditEntry.objects.about(facility).get()
    assert (entry.action, entry.label) == ("facility.import", "Nhập từ tệp")
    assert ["số lao động", "12", "15"] in entry.changes
    assert first_broken_entry() is None


def test_import_adds_a_facility_to_the_body_of_the_person(house):
    result = imported(house.officer, new_row(house))
    assert faults(result) == []
    facility = Facility.objects.get()
    assert (facility.owner, facility.created_by, facility.province) == (house.centre, house.officer, house.province)
    assert AuditEntry.objects.about(facility).count() == 1


def test_import_adds_to_the_body_that_the_file_names(house):
    admin = UserFactory(organisation=None, is_superuser=True, role="admin")
    assert "owner" in " ".join(faults(imported(admin, new_row(house))))
    assert faults(imported(admin, new_row(house, **{"Cơ quan quản lý": str(house.centre)}))) == []
    assert Facility.objects.get().owner == house.centre


def test_import_never_hands_a_record_to_another_body(house, facility):
    [row] = exported(house.officer)
    imported(house.officer, row | {"Cơ quan quản lý": str(house.department), "Số lao động": "9"})
    stored = Facility.objects.get()
    assert (stored.owner, stored.labour_count) == (house.centre, 9)


def test_dry_run_leaves_nothing_behind(house, facility):
    [row] = exported(house.officer)
    result = imported(house.officer, row | {"Số lao động": "15"}, new_row(house), dry_run=True)
    assert (result.totals["update"], result.totals["new"]) == (1, 1)
    assert (Facility.objects.get().labour_count, AuditEntry.objects.count()) == (12, 0)


@pytest.mark.parametrize(
    ("column", "cell", "words"),
    [
        ("Tên cơ sở", "", "name: "),
        ("Hình thức pháp lý", "Tập đoàn", "legal_form: Không có hình thức pháp lý “Tập đoàn”. Ghi đúng tên, ví dụ:"),
        ("Hình thức pháp lý", "Hợp tác xã", "Doanh nghiệp, hợp tác xã phải có mã số thuế."),
        ("Mã số thuế", "123", "tax_code: Nhập đủ 10, 12 hoặc 13 số; đang có 3."),
        ("Ngày cấp", "31/02/2025", "license_on: “31/02/2025” không phải ngày có thật"),
        ("Xã, phường", "Xã Không Đâu", "unit: Không tìm thấy “Xã Không Đâu”."),
        ("Xã, phường", "", "unit: "),
        ("Ngành, nghề", "Khai thác vàng", "industry: Không có ngành, nghề “Khai thác vàng”."),
        ("Tổng nguồn vốn (đồng)", "-5", "capital: Số tiền không được âm"),
        ("Số lao động", "nhiều", "labour_count: "),
        ("Số lao động", "-3", "labour_count: "),
        ("Năm thành lập", "1066", "Năm thành lập trong khoảng 1900-2100."),
        ("Cơ quan quản lý", "Sở Lạ", "owner: Không có cơ quan “Sở Lạ”."),
        ("Số trên cổng", "999999", "Không có cơ sở số 999999 trong địa bàn; bỏ trống ô “Số trên cổng” để thêm mới."),
    ],
)  # fmt: skip
def test_import_says_in_vietnamese_what_is_wrong(house, column, cell, words):
    result = imported(house.officer, new_row(house, **{column: cell}))
    assert any(said.startswith(words) for said in faults(result)), faults(result)
    assert Facility.objects.count() == 0


def test_import_refuses_a_tax_code_that_another_facility_has(house):
    FacilityFactory(tax_code=TAX_CODE, legal_form="sme")
    result = imported(house.officer, new_row(house, **{"Mã số thuế": "0100 233 488"}))
    assert faults(result) == ["tax_code: Mã số thuế này đã có ở một cơ sở khác."]


def test_import_does_not_reach_facilities_of_other_provinces(house):
    foreign = FacilityFactory(name="Trà Tân Cương", unit=commune_of(thai_nguyen()))
    result = imported(house.officer, new_row(house, **{"Số trên cổng": foreign.pk}))
    assert faults(result) == [f"Không có cơ sở số {foreign.pk} trong địa bàn; bỏ trống ô “Số trên cổng” để thêm mới."]
    assert Facility.objects.get().name == "Trà Tân Cương"


def test_one_wrong_row_keeps_the_whole_file_out(house):
    result = imported(house.officer, new_row(house), new_row(house, **{"Tên cơ sở": "Khác", "Số lao động": "-1"}))
    assert result.has_validation_errors()
