"""What was issued stays as it was; numbers come once, in order, and only to papers that were issued."""

import hashlib
import io
import json
from datetime import date, timedelta
from decimal import Decimal
from functools import partial

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.storage import default_storage
from django.db import DatabaseError, connection, transaction
from pypdf import PdfReader

from khuyencong.audit import first_broken_entry
from khuyencong.dates import today
from khuyencong.documents import issuing
from khuyencong.documents.codes import CODE, shown_code
from khuyencong.documents.data import canonical, data_of, differences, digest_of, plain
from khuyencong.documents.issuing import data_today, gaps_of, issue, number_ahead, revoke, revoke_refusal
from khuyencong.documents.kinds import DRAFT, Imprint
from khuyencong.documents.numbers import given_number, next_number, take_number
from khuyencong.documents.panels import panel_of
from khuyencong.files import bytes_of, damaged_files
from khuyencong.models import AuditEntry, Counter, DocumentLink, DocumentStatus, IssuedDocument, Role, StoredFile
from tests import stories
from tests.factories import ProgramFactory, UserFactory, thai_nguyen
from tests.khuyencong.toy_papers import ONLY_REVIEWERS, register_toy

pytestmark = pytest.mark.django_db
BODY = "TTr-TTKC"


@pytest.fixture(autouse=True)
def memory(settings):
    backend = {"BACKEND": "django.core.files.storage.InMemoryStorage"}
    settings.STORAGES = settings.STORAGES | {"default": backend}


@pytest.fixture
def register_kind(monkeypatch):
    return partial(register_toy, monkeypatch)


@pytest.fixture
def toy(register_kind):
    return register_kind()


@pytest.fixture
def program():
    return ProgramFactory(name="Khuyến công 2026 - 2030")


@pytest.fixture
def by(program):
    return program.created_by


def pages_of(document):
    return PdfReader(io.BytesIO(bytes_of(document.file, document.sha256)))


def refusal_of(act, *args, **kwargs):
    """{field or "": sentences} of a refused act."""
    with pytest.raises(ValidationError) as refusal:
        act(*args, **kwargs)
    if hasattr(refusal.value, "error_dict"):
        return refusal.value.message_dict
    return {"": refusal.value.messages}


# Issue


def test_issued_paper_is_frozen_with_number_hash_and_data(toy, program, by):
    document = issue(toy, program, by)
    content = bytes_of(document.file, document.sha256)
    assert (document.number_text, document.number, document.version, document.year) == (
        "01/TTr-TTKC",
        1,
        1,
        today().year,
    )
    assert (document.dated_on, document.year, document.page_count) == (today(), today().year, 1)
    assert document.sha256 == hashlib.sha256(content).hexdigest() == document.file.sha256
    assert (document.owner, document.province, document.issuer_name) == (
        program.owner,
        program.province,
        program.owner.name,
    )
    assert (document.file.name, document.file.content_type) == (f"2026_TTr_{program.pk}.pdf", "application/pdf")
    assert CODE.fullmatch(document.code)
    assert document.data["money"] == 4_500_000_000
    assert document.data["number_text"] == "01/TTr-TTKC"
    assert "verify" not in document.data
    text = pages_of(document).pages[0].extract_text()
    assert "Số: 01/TTr-TTKC" in text
    assert f"Mã tra cứu: {shown_code(document.code)}" in text
    assert "BẢN NHÁP" not in text
    [inside] = pages_of(document).attachments["so-lieu.json"]
    assert json.loads(inside) == {
        "code": document.code, "number": "01/TTr-TTKC", "version": 1, "data": document.data,
    }  # fmt: skip
    assert list(document.links.values_list("subject_type", "subject_id")) == [("programs.program", program.pk)]


def test_issue_is_told_on_the_paper_and_on_its_record(toy, program, by):
    document = issue(toy, program, by)
    told = AuditEntry.objects.filter(action="document.issue").order_by("pk")
    assert [(entry.subject_type, entry.actor, entry.label) for entry in told] == [
        ("khuyencong.issueddocument", by, "Phát hành văn bản"),
        ("programs.program", by, "Phát hành tờ trình"),
    ]
    assert ["SHA-256", "", document.sha256] in told[0].changes
    assert told[0].owner == program.owner
    assert first_broken_entry() is None


def test_numbers_run_on_and_restart_each_year(toy, by):
    programs = [ProgramFactory(created_by=by) for _number in range(3)]
    last_year = date(today().year - 1, 12, 31)
    issued = [
        issue(toy, programs[0], by), issue(toy, programs[1], by), issue(toy, programs[2], by, dated_on=last_year),
    ]  # fmt: skip
    assert [row.number_text for row in issued] == ["01/TTr-TTKC", "02/TTr-TTKC", "01/TTr-TTKC"]
    assert [row.year for row in issued] == [today().year, today().year, today().year - 1]


def test_number_by_hand_is_checked_and_passed_over_later(toy, by):
    first, second, third = (ProgramFactory(created_by=by) for _number in range(3))
    assert issue(toy, first, by, number_text="2").number_text == "02/TTr-TTKC"
    assert refusal_of(issue, toy, second, by, number_text="2") == {
        "number_text": [f"Số 02/TTr-TTKC của năm {today().year} đã cấp. Số tiếp theo còn trống là 01/TTr-TTKC."]
    }
    assert [issue(toy, row, by).number_text for row in (second, third)] == ["01/TTr-TTKC", "03/TTr-TTKC"]


def test_series_goes_on_behind_numbers_given_outside_the_portal(toy, by):
    first, second = (ProgramFactory(created_by=by) for _number in range(2))
    started = issue(toy, first, by, number_text="46", counts_on=True)
    assert issue(toy, second, by).number_text == "47/TTr-TTKC"
    told = AuditEntry.objects.about(started).get()
    assert ["Dãy số", "", "đếm tiếp từ 46/TTr-TTKC"] in told.changes


def test_number_that_the_record_holds_already_is_taken_over(register_kind, program, by):
    kind = register_kind(own_number=lambda program: "10/QĐ-UBND", symbol=lambda program: "QĐ-UBND")
    assert number_ahead(kind, program, today()) == "10/QĐ-UBND"
    assert "number_text" in refusal_of(issue, kind, program, by, number_text="11")
    first = issue(kind, program, by)
    second = issue(kind, program, by, reason="Sai tên.")
    assert [(row.number_text, row.number, row.version) for row in (first, second)] == [
        ("10/QĐ-UBND", 10, 1), ("10/QĐ-UBND", 10, 2),
    ]  # fmt: skip
    assert Counter.objects.filter(value__gt=0).count() == 0
    other = ProgramFactory(created_by=by)
    assert refusal_of(issue, kind, other, by) == {
        "": [
            f"Số 10/QĐ-UBND của năm {today().year} đã ghi trên văn bản khác: Tờ trình về {program.name}. Sửa số trong "
            "hồ sơ này rồi phát hành."
        ]
    }


def test_paper_without_a_series_has_no_number(register_kind, program, by):
    kind = register_kind(symbol=lambda program: "")
    document = issue(kind, program, by)
    assert (document.number_text, document.number, document.series) == ("", None, "")
    assert "number_text" in refusal_of(issue, kind, program, by, number_text="1", reason="Thử.")


def test_what_is_missing_is_listed_and_no_number_is_lost(toy, program, by):
    program.name = ""
    type(program).objects.filter(pk=program.pk).update(name="")
    assert gaps_of(toy, program) == ["Ghi tên chương trình."]
    assert refusal_of(issue, toy, program, by) == {"": ["Ghi tên chương trình."]}
    assert next_number(program.owner, BODY, today().year) == "01/TTr-TTKC"
    assert IssuedDocument.objects.count() == 0


def test_variant_that_the_record_does_not_have_is_missing(register_kind, program, by):
    kind = register_kind(variants=lambda program: [("2026-03", "Tháng 3"), ("2026-04", "Tháng 4")])
    assert gaps_of(kind, program) == ["Chưa có số liệu để lập văn bản này."]
    march, april = (issue(kind, program, by, variant=month) for month in ("2026-03", "2026-04"))
    assert [march.is_in_force, april.is_in_force] == [True, True]
    assert [paper.document for paper in panel_of(program, by) if paper.kind is kind] == [march, april]


def test_day_to_come_and_day_against_the_record_are_refused(register_kind, toy, program, by):
    tomorrow = today() + timedelta(days=1)
    assert "dated_on" in refusal_of(issue, toy, program, by, dated_on=tomorrow)
    kind = register_kind(day=lambda program: date(2026, 3, 5))
    assert refusal_of(issue, kind, program, by, dated_on=date(2026, 3, 6)) == {
        "dated_on": ["Ngày của văn bản theo hồ sơ là 05/03/2026; sửa hồ sơ nếu ngày này sai."]
    }
    assert issue(kind, program, by).dated_on == date(2026, 3, 5)


def test_role_and_province_are_asked(toy, program):
    with pytest.raises(PermissionDenied, match=ONLY_REVIEWERS):
        issue(toy, program, UserFactory(role=Role.OFFICER, organisation=program.owner))
    stranger = stories.make_house(thai_nguyen(), "Thái Nguyên").reviewer
    with pytest.raises(PermissionDenied, match="không được xem"):
        issue(toy, program, stranger)


def test_draft_never_carries_a_number_of_the_series(toy, program):
    take_number(program.owner, BODY, today().year)
    draft = toy.build(program, DRAFT)
    assert draft.context["number_text"] == ""
    assert "BẢN NHÁP" in draft.render_html()
    assert "....../TTr-TTKC" in draft.render_html().replace('<span class="blank">', "").replace("</span>", "")


# Supersede, revoke


def test_second_version_needs_a_reason_and_supersedes_the_first(toy, program, by):
    first = issue(toy, program, by)
    assert refusal_of(issue, toy, program, by) == {"reason": ["Nêu lý do thay thế Tờ trình 01/TTr-TTKC."]}
    second = issue(toy, program, by, reason="Sai số tiền.")
    first.refresh_from_db()
    assert (second.version, second.number_text, second.supersedes) == (2, "02/TTr-TTKC", first)
    assert (first.status, first.closed_by, first.close_reason) == ("superseded", by, "Sai số tiền.")
    assert first.superseded_by == second
    assert second.file.name.endswith("_ban-2.pdf")
    assert bytes_of(first.file, first.sha256)
    [entry] = AuditEntry.objects.filter(action="document.supersede")
    assert (entry.before, entry.after, entry.reason) == ("issued", "superseded", "Sai số tiền.")


def test_revoked_paper_frees_the_record_but_not_its_number(toy, program, by):
    document = issue(toy, program, by)
    assert refusal_of(revoke, document, by, " ") == {"reason": ["Nêu lý do thu hồi văn bản."]}
    revoke(document, by, "Phát hành nhầm.")
    document.refresh_from_db()
    assert (document.status, document.close_reason) == ("revoked", "Phát hành nhầm.")
    assert refusal_of(revoke, document, by, "Nữa.") == {"": ["Văn bản đã thu hồi, không thu hồi được nữa."]}
    again = issue(toy, program, by)
    assert (again.version, again.number_text, again.supersedes) == (2, "02/TTr-TTKC", None)


def test_whoever_may_not_issue_may_not_revoke(toy, program, by):
    document = issue(toy, program, by)
    officer = UserFactory(role=Role.OFFICER, organisation=program.owner)
    assert revoke_refusal(document, officer) == ONLY_REVIEWERS
    with pytest.raises(PermissionDenied):
        revoke(document, officer, "Thử.")
    assert revoke_refusal(document, by) is None


# Data


def test_data_of_the_record_that_changed_are_told(toy, program, by):
    document = issue(toy, program, by)
    assert differences(document.data, data_today(document, by)) == []
    type(program).objects.filter(pk=program.pk).update(name="Khuyến công 2026 - 2031")
    assert differences(document.data, data_today(document, by)) == [
        ("Khuyến công 2026 - 2031", "Khuyến công 2026 - 2030", "Khuyến công 2026 - 2031")
    ]
    assert data_today(document, stories.make_house(thai_nguyen(), "Thái Nguyên").reviewer) is None


def test_same_data_give_the_same_json_whatever_their_form():
    one = {"b": Decimal("2.50"), "a": [date(2026, 3, 5), None, True], "c": {"y": 1, "x": "Bến Tre"}}
    other = {"c": {"x": "Bến Tre", "y": 1}, "a": (date(2026, 3, 5), None, True), "b": Decimal("2.5")}
    assert canonical(plain(one)) == canonical(plain(other))
    assert canonical(plain(one)).decode() == '{"a":["2026-03-05",null,true],"b":"2.5","c":{"x":"Bến Tre","y":1}}'
    assert [plain(Decimal(text)) for text in ("0.00", "100", "1E+2", "-3.10")] == ["0", "100", "100", "-3.1"]
    assert digest_of(plain(one)) != digest_of(plain(one | {"b": Decimal("2.51")}))


@pytest.mark.parametrize("value", [1.5, object(), {1, 2}])
def test_what_is_no_frozen_data_is_refused(value):
    with pytest.raises(TypeError):
        plain({"a": [value]})


def test_difference_that_stands_twice_on_the_paper_is_told_once():
    assert differences({"total": 5, "sum": 5, "count": 2}, {"total": 6, "sum": 6, "count": 3}) == [
        ("", "5", "6"), ("", "2", "3"),
    ]  # fmt: skip


def test_differences_are_told_by_the_name_of_their_row():
    printed = {"rows": [{"name": "Máy sấy", "amount": 5_000_000}, {"name": "Máy ép", "amount": 1}], "day": "2026-03-05"}
    now = {"rows": [{"name": "Máy sấy", "amount": 6_000_000}], "day": None}
    assert differences(printed, now) == [
        ("Máy sấy", "5.000.000", "6.000.000"), ("dòng 2", "Máy ép, 1", ""), ("", "05/03/2026", ""),
    ]  # fmt: skip


def test_same_data_and_code_give_the_same_bytes(toy, program, by, monkeypatch):
    monkeypatch.setattr(issuing, "new_code", lambda: "7K4MPQ6XTC")
    order = issuing.Order(toy, program.pk, by)
    drafts = [issuing.set_pages(issuing.prepare(order, "7K4MPQ6XTC"), "7K4MPQ6XTC") for _turn in range(2)]
    assert drafts[0].pdf == drafts[1].pdf
    assert issue(toy, program, by).sha256 == hashlib.sha256(drafts[0].pdf).hexdigest()


def test_data_are_the_context_without_the_marks(toy, program):
    imprint = Imprint(draft=False, number_text="05/TTr-TTKC", dated_on=date(2026, 3, 5))
    data = data_of(toy.build(program, imprint))
    assert (data["date"], data["number_text"]) == ("2026-03-05", "05/TTr-TTKC")
    assert not {"draft", "verify"} & set(data)


# Overtaken


def test_number_taken_while_the_paper_was_set_is_asked_again(toy, program, by, monkeypatch):
    tries = []
    set_pages = issuing.set_pages

    def slowly(draft, code):
        tries.append(draft.imprint.number_text)
        if len(tries) == 1:
            take_number(program.owner, BODY, today().year)
        return set_pages(draft, code)

    monkeypatch.setattr(issuing, "set_pages", slowly)
    document = issue(toy, program, by)
    assert tries == ["01/TTr-TTKC", "02/TTr-TTKC"]
    assert document.number_text == "02/TTr-TTKC"
    assert "Số: 02/TTr-TTKC" in pages_of(document).pages[0].extract_text()


def test_record_changed_while_the_paper_was_set_prints_as_it_is_now(toy, program, by, monkeypatch):
    names, set_pages = iter(["Một", "Hai"]), issuing.set_pages

    def slowly(draft, code):
        result = set_pages(draft, code)
        if name := next(names, ""):
            type(program).objects.filter(pk=program.pk).update(name=name)
        return result

    monkeypatch.setattr(issuing, "set_pages", slowly)
    document = issue(toy, program, by)
    assert document.data["title"] == "Hai"
    assert document.number_text == "01/TTr-TTKC"


def test_paper_that_cannot_be_set_costs_no_number_and_leaves_no_file(toy, program, by, monkeypatch):
    monkeypatch.setattr(issuing, "tell", lambda *args, **kwargs: 1 / 0)
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        issue(toy, program, by)
    assert (IssuedDocument.objects.count(), StoredFile.objects.count()) == (0, 0)
    assert default_storage.listdir("")[1] == []
    assert next_number(program.owner, BODY, today().year) == "01/TTr-TTKC"


# Append-only


FROZEN = sorted(
    field.attname
    for field in IssuedDocument._meta.concrete_fields
    if field.name not in ("status", "closed_by", "closed_at", "close_reason")
)


def test_database_refuses_to_change_an_issued_paper(toy, program, by):
    document = issue(toy, program, by)
    for column in FROZEN:
        with pytest.raises(DatabaseError, match="chỉ được thêm dòng"), transaction.atomic():
            IssuedDocument.objects.filter(pk=document.pk).update(**{column: getattr(document, column)})


def test_database_refuses_to_open_delete_or_relink(toy, program, by):
    document = issue(toy, program, by)
    acts = [
        lambda: IssuedDocument.objects.filter(pk=document.pk).delete(),
        lambda: DocumentLink.objects.filter(document=document).update(subject_id=0),
        lambda: DocumentLink.objects.filter(document=document).delete(),
    ]
    for act in acts:
        with pytest.raises(DatabaseError, match="chỉ được thêm dòng"), transaction.atomic():
            act()
    revoke(document, by, "Nhầm.")
    with pytest.raises(DatabaseError, match="chỉ được thêm dòng"), transaction.atomic():
        IssuedDocument.objects.update(status="issued", closed_by=None, closed_at=None, close_reason="")
    if connection.vendor == "postgresql":
        connection.cursor().execute("SET CONSTRAINTS ALL IMMEDIATE")  # else it waits for checks to come
        with pytest.raises(DatabaseError, match="chỉ được thêm dòng"), transaction.atomic():
            connection.cursor().execute("TRUNCATE khuyencong_issueddocument CASCADE")


def test_tampered_pdf_no_longer_matches_its_hash(toy, program, by):
    document = issue(toy, program, by)
    assert damaged_files() == []
    name, content = document.file.file.name, bytes_of(document.file, document.sha256)
    default_storage.delete(name)
    assert bytes_of(document.file, document.sha256) is None
    default_storage.save(name, io.BytesIO(content.replace(b"%PDF-1.7", b"%PDF-1.6", 1)))
    assert bytes_of(document.file, document.sha256) is None
    assert damaged_files() == [document.file]


# Panel


def test_panel_tells_state_and_gaps_in_a_constant_number_of_queries(toy, program, by, django_assert_num_queries):
    [paper] = [paper for paper in panel_of(program, by) if paper.kind is toy]
    assert (paper.document, paper.is_open, paper.gaps, paper.is_issued) == (None, True, [], False)
    officer = UserFactory(role=Role.OFFICER, organisation=program.owner)
    assert [row.is_open for row in panel_of(program, officer) if row.kind is toy] == [False]
    first = issue(toy, program, by)
    second = issue(toy, program, by, reason="Sai.")
    with django_assert_num_queries(1):
        [paper] = [paper for paper in panel_of(program, by) if paper.kind is toy]
    assert (paper.document, paper.is_issued) == (second, True)
    revoke(second, by, "Nhầm.")
    [paper] = [paper for paper in panel_of(program, by) if paper.kind is toy]
    assert (paper.document, paper.is_issued, first.version) == (second, False, 1)
    assert paper.document.status == DocumentStatus.REVOKED


def test_given_number_of_another_series_is_free(toy, program, by):
    issue(toy, program, by)
    assert given_number("1", program.owner, "BB-TTKC", today().year) == "01/BB-TTKC"
