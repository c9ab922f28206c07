"""Facilities out of spreadsheets, through the pages as a person goes."""

import io
from datetime import date

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from beneficiaries.models import Facility, FacilityAlias, LegalForm
from khuyencong.audit import first_broken_entry
from khuyencong.models import AuditEntry, Role, SheetImport, Verdict
from tests.factories import FacilityFactory, OrganisationFactory, UserFactory, commune_of, thai_nguyen, vinh_long

CODE = "0314409058"
HEAD = ("TT", "Tên cơ sở", "Mã số thuế", "Địa chỉ", "Xã, phường", "Ngày cấp", "Vốn", "Lao động")


@pytest.fixture
def officer(db):
    return UserFactory(organisation=OrganisationFactory(areas=[vinh_long()]))


@pytest.fixture
def place():
    return commune_of(vinh_long())


def book_of(*rows, head=HEAD, before=(), unit=""):
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
