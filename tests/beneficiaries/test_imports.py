"""Facilities out of spreadsheets, through the pages as a person goes."""

import io
from datetime import date

import openpyxl
import pytest
from django.core.exceptions import ValidationError
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from beneficiaries.forms import code_is_taken
from beneficiaries.import_rules import FacilityExaminer
from beneficiaries.merging import merge_facilities
from beneficiaries.models import Facility, FacilityAlias, LegalForm
from khuyencong.audit import first_broken_entry
from khuyencong.imports.intake import drop_expired_imports
from khuyencong.imports.work import run_import
from khuyencong.imports.writing import MOVED
from khuyencong.models import AuditEntry, Role, SheetImport, Verdict
from khuyencong.sheets.encodings import VNI
from tests.factories import FacilityFactory, OrganisationFactory, UserFactory, commune_of, thai_nguyen, vinh_long

CODE = "0314409058"
HEAD = ("TT", "Tên cơ sở", "Mã số thuế", "Địa chỉ", "Xã, phường", "Ngày cấp", "Vốn", "Lao động")


@pytest.fixture
def officer(db):
    return UserFactory(organisation=OrganisationFactory(areas=[vinh_long()]))


@pytest.fixture
def place():
    return commune_of(vinh_long())


def book_of(*rows, head=HEAD, before=()):
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Danh sách"
    for row in before:
        sheet.append(row)
    sheet.append(head)
    for row in rows:
        sheet.append(row)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


class Person:
    """Goes through the pages; `callbacks` runs what waits for the end of a request."""

    def __init__(self, client, user, callbacks):
        self.client, self.callbacks = client, callbacks
        client.force_login(user)

    def post(self, address, data):
        with self.callbacks(execute=True):
            return self.client.post(address, data)

    def upload(self, content, name="danh sách.xlsx"):
        answer = self.post(reverse("import_upload", args=["co-so"]), {"file": SimpleUploadedFile(name, content)})
        assert answer.status_code == 302, answer.context["form"].errors
        return SheetImport.objects.first()

    def preview(self, content, **choices):
        taken = self.upload(content)
        page = self.client.get(reverse("import_columns", args=[taken.pk]))
        form = page.context["form"]
        data = {bound.html_name: bound.value() for bound in form} | choices
        assert self.post(reverse("import_columns", args=[taken.pk]), data).status_code == 302
        taken.refresh_from_db()
        assert taken.status == "previewed", taken.error
        return taken

    def write(self, taken, mode="good"):
        answer = self.post(reverse("import_write", args=[taken.pk]), {"mode": mode})
        taken.refresh_from_db()
        return answer


@pytest.fixture
def person(client, officer, django_capture_on_commit_callbacks):
    return Person(client, officer, django_capture_on_commit_callbacks)


def verdicts(taken):
    return [(line.number, line.verdict) for line in taken.lines.all()]


def test_a_sheet_with_titles_groups_and_totals_becomes_facilities(person, place, officer):
    content = book_of(
        ("I", "Cơ sở mới", None, None, None, None, None, None),
        (1, "Công ty TNHH Kẹo dừa An Phú", CODE, "Ấp 3", place.name, date(2019, 6, 5), 1500, 25),
        (2, "Hộ kinh doanh Năm Lành", None, f"Ấp 1, {place.label}", None, "05/06/2018", 250.5, 4),
        (None, "Tổng cộng", None, None, None, None, 1750.5, 29),
        before=[("DANH SÁCH CƠ SỞ CÔNG NGHIỆP NÔNG THÔN",), ("ĐVT: triệu đồng",)],
    )
    taken = person.preview(content)
    assert verdicts(taken) == [(5, Verdict.NEW), (6, Verdict.NEW)]
    assert Facility.objects.count() == 0
    person.write(taken)
    assert taken.status == "done"
    company, household = Facility.objects.order_by("-capital")
    assert (company.tax_code, company.legal_form, company.unit, company.capital) == (
        CODE, LegalForm.SME, place, 1_500_000_000,
    )  # fmt: skip
    assert (household.address, household.legal_form, household.capital) == ("Ấp 1", LegalForm.HOUSEHOLD, 250_500_000)
    assert (household.owner, household.created_by, household.province) == (officer.organisation, officer, vinh_long())
    history = AuditEntry.objects.about(company).get()
    assert (history.label, history.actor, history.reason) == (
        "Nhập từ tệp", officer, f"Từ tệp “danh sách.xlsx”, lần nhập {taken.pk}",
    )  # fmt: skip
    assert ["SHA-256", "", taken.sha256] in AuditEntry.objects.about(taken).get().changes
    assert first_broken_entry() is None


def test_the_same_file_again_changes_nothing_and_says_so(person, place):
    content = book_of((1, "Hộ kinh doanh Năm Lành", None, "Ấp 1", place.name, None, None, 4))
    person.write(person.preview(content))
    again = person.preview(content)
    assert verdicts(again) == [(2, Verdict.UNCHANGED)]
    assert "Tệp này không làm thay đổi gì." in person.client.get(again.get_absolute_url()).text
    entries = AuditEntry.objects.count()
    assert person.write(again).status_code == 200
    assert (Facility.objects.count(), AuditEntry.objects.count()) == (1, entries)


def test_a_row_shows_old_and_new_and_writes_only_what_differs(person, officer, place):
    stored = FacilityFactory(
        name="Công ty TNHH An Phú", legal_form=LegalForm.SME, tax_code=CODE, unit=place, labour_count=20,
        phone="0270 1", created_by=officer,
    )  # fmt: skip
    taken = person.preview(book_of((1, "Cty TNHH An Phú", "314409058", None, None, None, None, 25)))
    line = taken.lines.get()
    assert (line.verdict, line.matched_id, line.changes) == (
        Verdict.CHANGED, stored.pk,
        [["tên cơ sở", "Công ty TNHH An Phú", "Cty TNHH An Phú"], ["số lao động", "20", "25"]],
    )  # fmt: skip
    assert "<del>20</del>" in person.client.get(taken.get_absolute_url()).text
    person.write(taken)
    stored.refresh_from_db()
    assert (stored.labour_count, stored.phone, stored.version, stored.unit) == (25, "0270 1", 2, place)
    assert stored.search_key.startswith("cty tnhh an phu")
    assert AuditEntry.objects.about(stored).get().changes == line.changes


def test_refused_cells_are_told_with_their_address_and_marked_in_the_error_workbook(person, place):
    content = book_of(
        (1, "Hộ kinh doanh Năm Lành", None, "Ấp 1", place.name, "31/02/2025", None, "nhiều"),
        (2, "Công ty TNHH An Phú", "0314409059", "Ấp 1", place.name, None, None, 3),
        (3, "Hộ kinh doanh Sáu Đẹp", None, "Ấp 1", place.name, None, None, 3),
    )
    taken = person.preview(content)
    errors = {cell: sentence for line in taken.lines.all() for cell, sentence in line.errors}
    assert sorted(errors) == ["C3", "F2", "H2"]
    assert errors["F2"].startswith("“31/02/2025” không phải ngày")
    assert (
        "F2</strong>: “31/02/2025” không phải ngày" in person.client.get(f"{taken.get_absolute_url()}?xem=co-loi").text
    )
    answer = person.client.get(reverse("import_errors", args=[taken.pk]))
    sheet = openpyxl.load_workbook(io.BytesIO(b"".join(answer.streaming_content)))["Danh sách"]
    assert (sheet["F2"].value, sheet["F2"].comment.text) == ("31/02/2025", errors["F2"])
    assert [cell.coordinate for row in sheet for cell in row if cell.comment] == ["F2", "H2", "C3"]
    person.write(taken)
    assert [facility.name for facility in Facility.objects.all()] == ["Hộ kinh doanh Sáu Đẹp"]


def test_a_text_file_in_an_old_encoding_goes_straight_to_its_columns(person, place):
    text = f"STT;Tên cơ sở;Xã phường\n1;Hộ kinh doanh Bánh tráng Cù Lao Mây;{place.name}\nCộng: 1 cơ sở;;\n"
    old = {new: old for old, new in VNI.items()}
    content = "".join(old.get(letter, letter) for letter in text).encode("cp1252")
    taken = person.upload(content, "cơ sở.csv")
    page = person.client.get(reverse("import_columns", args=[taken.pk]))
    assert "đã chuyển sang Unicode" in page.text
    data = {bound.html_name: bound.value() for bound in page.context["form"]}
    person.post(reverse("import_columns", args=[taken.pk]), data)
    assert [(line.label, line.verdict) for line in taken.lines.all()] == [
        ("Hộ kinh doanh Bánh tráng Cù Lao Mây", Verdict.NEW)
    ]


def test_what_the_form_lets_stand_empty_is_left_empty_and_told(person, place):
    head = ("TT", "Tên cơ sở", "Mã số thuế", "Xã, phường", "Ngành nghề", "Điện thoại")
    content = book_of((1, "Công ty TNHH An Phú", 314409058, place.name, "Nghề lạ", 912345678), head=head)
    taken = person.preview(content)
    line = taken.lines.get()
    assert (line.verdict, [cell for cell, _sentence in line.errors]) == (Verdict.NEW, ["C2", "E2"])
    page = person.client.get(f"{taken.get_absolute_url()}?xem=luu-y").text
    assert "Có lưu ý (1)" in page
    assert "Lưu ý <strong>E2</strong>: “Nghề lạ” không có trong danh mục" in page
    person.write(taken)
    made = Facility.objects.get()
    assert (made.tax_code, made.industry, made.phone) == (CODE, None, "0912345678")


def test_all_or_nothing_writes_nothing_while_a_row_is_refused(person, place):
    taken = person.preview(
        book_of(
            (1, "Hộ kinh doanh Năm Lành", None, "Ấp 1", place.name, None, None, 4),
            (2, "Hộ kinh doanh Sáu Đẹp", None, "Ấp 1", "xã Không Có Ở Đâu", None, None, 3),
        )
    )
    answer = person.write(taken, mode="all")
    assert (answer.status_code, taken.status, Facility.objects.count()) == (200, "previewed", 0)
    assert "Còn 1 dòng có lỗi hoặc chưa chọn" in answer.text


@pytest.mark.parametrize(
    ("choice", "verdict", "count"),
    [("same-{pk}", Verdict.CHANGED, 1), ("new", Verdict.NEW, 2), ("leave", Verdict.LEFT_OUT, 1)],
)
def test_a_person_decides_between_facilities_that_look_alike(person, officer, place, choice, verdict, count):
    stored = FacilityFactory(name="Hộ kinh doanh Năm Lành", unit=place, labour_count=2, created_by=officer)
    taken = person.preview(book_of((1, "Cơ sở Năm Lành", None, "Ấp 1", place.name, None, None, 4)))
    line = taken.lines.get()
    assert (line.verdict, line.candidates[0][0]) == (Verdict.DOUBTFUL, stored.pk)
    person.post(reverse("import_decide", args=[taken.pk]), {"dong2": choice.format(pk=stored.pk)})
    line.refresh_from_db()
    assert line.verdict == verdict
    person.write(taken)
    assert Facility.objects.count() == count
    assert Facility.objects.filter(labour_count=4).count() == (verdict != Verdict.LEFT_OUT)


def test_a_choice_that_was_not_offered_is_refused(person, officer, place):
    FacilityFactory(name="Hộ kinh doanh Năm Lành", unit=place, created_by=officer)
    taken = person.preview(book_of((1, "Cơ sở Năm Lành", None, "Ấp 1", place.name, None, None, 4)))
    assert person.post(reverse("import_decide", args=[taken.pk]), {"dong2": "same-999999"}).status_code == 200
    assert taken.lines.get().decision == ""


def test_matching_reaches_old_tax_codes_and_stops_at_the_province(person, officer, place):
    old = FacilityFactory(name="Hộ kinh doanh Cũ", unit=place, created_by=officer)
    FacilityAlias.objects.create(facility=old, tax_code=CODE)
    elsewhere = FacilityFactory(
        name="Công ty Xa", legal_form=LegalForm.SME, tax_code="0100233488", unit=commune_of(thai_nguyen())
    )
    taken = person.preview(
        book_of(
            (1, "Hộ kinh doanh Tên Khác", CODE, "Ấp 1", place.name, None, None, 4),
            (2, elsewhere.name, elsewhere.tax_code, "Ấp 1", place.name, None, None, 4),
        )
    )
    near, far = taken.lines.all()
    assert (near.verdict, near.candidates[0][0], near.candidates[0][2]) == (Verdict.DOUBTFUL, old.pk, "mã số thuế cũ")
    assert far.errors == [["C3", code_is_taken(None)]]
    assert "Công ty Xa" not in str(far.candidates)


def test_code_of_a_merged_record_leads_to_the_one_that_is_left(person, officer, place):
    reviewer = UserFactory(organisation=officer.organisation, role=Role.REVIEWER)
    codes = (CODE, "0100233488", "0101248141")
    first, second, left = (
        FacilityFactory(name=f"Công ty {name}", legal_form=LegalForm.SME, tax_code=code, unit=place, created_by=officer)
        for name, code in zip(("Một", "Hai", "Ba"), codes, strict=True)
    )
    merge_facilities(first, second, by=reviewer, reason="Nhập hai lần.")
    merge_facilities(second, left, by=reviewer, reason="Nhập hai lần.")
    taken = person.preview(
        book_of(
            (1, first.name, CODE, "Ấp 9", place.name, None, None, 40),
            (2, left.name, left.tax_code, "Ấp 9", place.name, None, None, 41),
        )
    )
    old, twice = taken.lines.all()
    assert (old.verdict, old.matched_id) == (Verdict.CHANGED, left.pk)
    assert "đã gộp vào “Công ty Ba”" in str(old.errors)
    assert twice.verdict == Verdict.REFUSED
    person.write(taken)

    left.refresh_from_db()
    assert (left.name, left.tax_code, left.address) == ("Công ty Ba", codes[2], "Ấp 9")
    assert set(Facility.objects.exclude(merged_into=None)) == {first, second}
    assert Facility.objects.count() == 3


def test_two_rows_of_one_facility_are_not_two_facilities(person, place):
    taken = person.preview(
        book_of(
            (1, "Công ty TNHH An Phú", CODE, "Ấp 1", place.name, None, None, 4),
            (2, "Công ty TNHH An Phú", CODE, "Ấp 1", place.name, None, None, 4),
            (3, "Hộ kinh doanh Năm Lành", None, "Ấp 1", place.name, None, None, 4),
            (4, "Hộ kinh doanh Năm Lành", None, "Ấp 2", place.name, None, None, 4),
        )
    )
    assert verdicts(taken) == [
        (2, Verdict.NEW), (3, Verdict.REFUSED), (4, Verdict.NEW), (5, Verdict.DOUBTFUL),
    ]  # fmt: skip
    assert taken.lines.get(number=3).errors == [["C3", "Mã số thuế này đã ở dòng 2: gộp hai dòng hoặc bỏ một dòng."]]


def test_what_moved_since_the_preview_is_not_written_over(person, officer, place):
    stored = FacilityFactory(name="Hộ kinh doanh Năm Lành", unit=place, labour_count=2, created_by=officer)
    content = book_of(
        (1, "Hộ kinh doanh Năm Lành", None, None, place.name, None, None, 4),
        (2, "Hộ kinh doanh Sáu Đẹp", None, None, place.name, None, None, 4),
        (3, "Hộ kinh doanh Bảy Tốt", None, None, place.name, None, None, 4),
    )
    taken = person.preview(content)
    Facility.objects.filter(pk=stored.pk).update(labour_count=9, version=2)
    FacilityFactory(name="Hộ kinh doanh Sáu Đẹp", unit=place, created_by=officer)
    person.write(taken)
    stored.refresh_from_db()
    assert (stored.labour_count, taken.status, taken.done_count) == (9, "done", 1)
    assert verdicts(taken) == [(2, Verdict.REFUSED), (3, Verdict.REFUSED), (4, Verdict.NEW)]
    assert taken.lines.first().errors == [["", MOVED]]


def test_an_import_killed_half_way_goes_on_where_it_stopped(person, place, monkeypatch):
    rows = [(n, f"Hộ kinh doanh Số {n}", None, None, place.name, None, None, n) for n in range(1, 7)]
    taken = person.preview(book_of(*rows))
    monkeypatch.setattr("khuyencong.imports.writing.LOT", 2)
    monkeypatch.setattr("khuyencong.imports.kinds.LOT", 2)
    real, calls = FacilityExaminer.write, []

    def killed(self, lot):
        calls.append(lot)
        if len(calls) == 2:
            raise KeyboardInterrupt
        real(self, lot)

    monkeypatch.setattr(FacilityExaminer, "write", killed)
    with pytest.raises(KeyboardInterrupt):
        person.write(taken)
    taken.refresh_from_db()
    assert (taken.status, taken.done_count, Facility.objects.count()) == ("writing", 2, 2)
    SheetImport.objects.update(claimed_until=None)
    run_import.call(taken.pk)
    taken.refresh_from_db()
    assert (taken.status, taken.done_count) == ("done", 6)
    assert sorted(Facility.objects.values_list("labour_count", flat=True)) == [1, 2, 3, 4, 5, 6]
    assert first_broken_entry() is None
    # Pressed again, or come to by a second worker: nothing more.
    person.write(taken)
    run_import.call(taken.pk)
    assert Facility.objects.count() == 6


def test_all_or_nothing_that_breaks_leaves_nothing(person, place, monkeypatch):
    rows = [(n, f"Hộ kinh doanh Số {n}", None, None, place.name, None, None, n) for n in range(1, 5)]
    taken = person.preview(book_of(*rows))
    monkeypatch.setattr("khuyencong.imports.kinds.LOT", 2)
    real, calls = FacilityExaminer.write, []

    def refused(self, lot):
        calls.append(lot)
        if len(calls) == 2:
            raise ValidationError("Không ghi được.")
        real(self, lot)

    monkeypatch.setattr(FacilityExaminer, "write", refused)
    person.write(taken, mode="all")
    assert (taken.status, taken.error, Facility.objects.count()) == ("previewed", "Không ghi được.", 0)


def test_the_template_comes_back_as_it_was_filled_in(person, place):
    answer = person.client.get(reverse("import_template", args=["co-so"]))
    book = openpyxl.load_workbook(io.BytesIO(b"".join(answer.streaming_content)))
    sheet = book["Nhập liệu"]
    below = sheet.column_dimensions["A"].protection
    assert (sheet.protection.sheet, sheet["A1"].protection.locked, below.locked) == (True, True, False)
    heads = {cell.value: cell.column for cell in sheet[1]}
    filled = {
        "Tên cơ sở": "Hợp tác xã Mỹ Long", "Mã số thuế": CODE, "Xã, phường": place.label,
        "Hình thức pháp lý": "Hợp tác xã", "Ngành, nghề": book["Danh mục"]["B2"].value,
        "Tổng nguồn vốn (đồng)": 1_500_000_000,
    }  # fmt: skip
    for label, value in filled.items():
        sheet.cell(2, heads[label], value)
    stream = io.BytesIO()
    book.save(stream)
    taken = person.preview(stream.getvalue())
    assert [(line.number, line.verdict, line.errors) for line in taken.lines.all()] == [(2, Verdict.NEW, [])]
    person.write(taken)
    made = Facility.objects.get()
    assert (made.legal_form, made.industry.short_name, made.capital) == (
        LegalForm.COOPERATIVE, filled["Ngành, nghề"], 1_500_000_000,
    )  # fmt: skip


def test_only_the_person_and_the_editors_take_facilities_in(person, place, client):
    taken = person.preview(book_of((1, "Hộ kinh doanh Năm Lành", None, None, place.name, None, None, 4)))
    viewer = UserFactory(role=Role.VIEWER, organisation=taken.organisation)
    client.force_login(viewer)
    assert client.get(taken.get_absolute_url()).status_code == 404
    assert client.post(reverse("import_write", args=[taken.pk]), {"mode": "good"}).status_code == 404
    assert client.get(reverse("import_upload", args=["co-so"])).status_code == 403


def test_columns_chosen_once_are_remembered(person, place):
    head = ("TT", "Chủ thể sản xuất", "Xã", "Đơn vị")
    content = book_of((1, "Hộ kinh doanh Năm Lành", place.name, "x"), head=head)
    taken = person.preview(content, cot1="name", cot3="")
    person.write(taken)
    other = person.upload(book_of((1, "Hộ kinh doanh Bảy Tốt", place.name, "x"), head=head), "khác.xlsx")
    columns = {column["heading"]: (column["field"], column["certainty"]) for column in other.layout["columns"]}
    assert columns["Chủ thể sản xuất"] == ("name", "sure")


def test_a_file_that_is_no_sheet_leaves_nothing_behind(person):
    upload = SimpleUploadedFile("danh sách.xlsx", b"PK\x03\x04 broken")
    answer = person.post(reverse("import_upload", args=["co-so"]), {"file": upload})
    assert (answer.status_code, SheetImport.objects.count()) == (200, 0)
    assert answer.context["form"].errors["file"]


def test_files_go_when_their_time_is_over(person, place):
    taken = person.preview(book_of((1, "Hộ kinh doanh Năm Lành", None, None, place.name, None, None, 4)))
    name = taken.file.name
    SheetImport.objects.update(expires_at=timezone.now())
    drop_expired_imports()
    taken.refresh_from_db()
    assert (taken.status, bool(taken.file), taken.lines.count()) == ("expired", False, 0)
    assert not default_storage.exists(name)
    assert "hết hạn giữ" in person.client.get(taken.get_absolute_url()).text
