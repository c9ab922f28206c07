"""Pages of papers, walked as people do: prepare, issue, look, print, replace, revoke, check by phone."""

import io
from datetime import date
from functools import partial
from ipaddress import ip_network

import docx
import pytest
from django.core.cache import caches
from django.core.files.storage import default_storage
from django.urls import reverse
from openpyxl import load_workbook
from pypdf import PdfReader

from khuyencong import document_views, visits
from khuyencong.audit import record
from khuyencong.dates import today
from khuyencong.documents.codes import shown_code
from khuyencong.documents.issuing import data_today, issue, revoke
from khuyencong.documents.press import WORD_NOTE
from khuyencong.models import AuditEntry, IssuedDocument, Role, Signer, VisitCount
from programs.models import Program
from tests import stories
from tests.factories import IssuedDocumentFactory, ProgramFactory, UserFactory, thai_nguyen
from tests.khuyencong.toy_papers import ONLY_REVIEWERS, register_toy

pytestmark = pytest.mark.django_db


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


@pytest.fixture
def reviewer(client, by):
    client.force_login(by)
    return client


def paper(name, program, query=""):
    return reverse(name, args=["toy", program.pk]) + query


def text_of(response):
    return " ".join(response.content.decode().split())


# Before issuing


def test_prepare_page_tells_the_number_and_issues(reviewer, toy, program):
    page = text_of(reviewer.get(paper("document_prepare", program)))
    assert "<strong>01/TTr-TTKC</strong>" in page
    assert IssuedDocument.objects.count() == 0
    answer = reviewer.post(paper("document_prepare", program), {"dated_on": f"{today():%d/%m/%Y}"}, follow=True)
    document = IssuedDocument.objects.get()
    assert answer.redirect_chain == [(document.get_absolute_url(), 302)]
    assert f"Đã phát hành tờ trình số 01/TTr-TTKC: 1 trang, mã tra cứu {shown_code(document.code)}." in text_of(answer)


def test_prepare_page_lists_what_is_missing_and_has_no_button(reviewer, toy, program):
    Program.objects.update(name="")
    page = text_of(reviewer.get(paper("document_prepare", program)))
    assert "Chưa phát hành được: còn thiếu 1 mục" in page
    assert "Ghi tên chương trình." in page
    assert '<form method="post" novalidate' not in page
    answer = reviewer.post(paper("document_prepare", program), {"dated_on": f"{today():%d/%m/%Y}"})
    assert (answer.status_code, IssuedDocument.objects.count()) == (200, 0)


def test_refused_number_stands_at_its_field_and_what_was_typed_is_kept(reviewer, toy, program, by):
    issue(toy, ProgramFactory(created_by=by), by)
    answer = reviewer.post(paper("document_prepare", program), {"dated_on": f"{today():%d/%m/%Y}", "number_text": "01"})
    assert answer.context["form"].errors == {
        "number_text": [f"Số 01/TTr-TTKC của năm {today().year} đã cấp. Số tiếp theo còn trống là 02/TTr-TTKC."]
    }
    assert 'value="01"' in text_of(answer)


def test_series_is_started_behind_a_number_typed_by_hand(reviewer, toy, program):
    data = {"dated_on": f"{today():%d/%m/%Y}", "number_text": "46", "counts_on": "on"}
    reviewer.post(paper("document_prepare", program), data)
    assert "<strong>47/TTr-TTKC</strong>" in text_of(reviewer.get(paper("document_prepare", program)))


def test_second_version_is_asked_for_its_reason(reviewer, toy, program, by):
    first = issue(toy, program, by)
    page = text_of(reviewer.get(paper("document_prepare", program)))
    assert "Đã có Tờ trình 01/TTr-TTKC đang hiệu lực." in page
    data = {"dated_on": f"{today():%d/%m/%Y}"}
    assert reviewer.post(paper("document_prepare", program), data).context["form"].errors == {"reason": ["Nêu lý do."]}
    answer = reviewer.post(paper("document_prepare", program), data | {"reason": "Sai tên."}, follow=True)
    assert "Đã phát hành tờ trình số 02/TTr-TTKC, bản 2" in text_of(answer)
    assert "đã được thay thế bằng" in text_of(reviewer.get(first.get_absolute_url()))


def test_deputy_signs_when_chosen_and_today_s_data_are_not_called_different(reviewer, toy, program, by, monkeypatch):
    deputy = Signer(organisation=program.owner, name="Lê Thị Phó", post="Phó Giám đốc", mode="KT", capacity="Giám đốc")
    for module in ("document_forms", "documents.issuing"):
        monkeypatch.setattr(f"khuyencong.{module}.deputies_signing", lambda organisation, day: [deputy])
    reviewer.post(paper("document_prepare", program), {"dated_on": f"{today():%d/%m/%Y}", "signer": "0"})
    document = IssuedDocument.objects.get()
    assert document.signer_name == "Lê Thị Phó"
    assert reviewer.get(document.get_absolute_url()).context["differences"] == []


def test_word_copy_of_an_issued_paper_says_what_it_is_until_its_record_changes(reviewer, toy, program, by):
    issue(toy, program, by)

    def footer():
        file = io.BytesIO(reviewer.get(paper("document_draft_word", program)).content)
        return " ".join(line.text for line in docx.Document(file).sections[0].footer.paragraphs)

    assert WORD_NOTE in footer()
    program.name = "Khuyến công 2026 - 2031"
    program.save()
    assert WORD_NOTE not in footer()


def test_draft_comes_as_page_pdf_and_word_and_is_told(reviewer, toy, program):
    answers = [
        reviewer.get(paper(name, program)) for name in ("document_preview", "document_draft_pdf", "document_draft_word")
    ]
    assert "BẢN NHÁP" in text_of(answers[0])
    assert "BẢN NHÁP" in PdfReader(io.BytesIO(answers[1].content)).pages[0].extract_text()
    assert answers[2]["Content-Type"].endswith("wordprocessingml.document")
    reviewer.get(paper("document_draft_pdf", program, "?tai-ve"))
    told = AuditEntry.objects.about(program).filter(action__startswith="document.").order_by("pk")
    assert [(entry.action, entry.label) for entry in told] == [
        ("document.print", "In bản nháp"), ("document.download", "Tải bản nháp Word"),
        ("document.download", "Tải bản nháp"),
    ]  # fmt: skip
    assert IssuedDocument.objects.count() == 0


def test_variants_have_pages_of_their_own(reviewer, register_kind, program):
    register_kind(variants=lambda program: [("thang-3", "Tháng 3")])
    assert "tháng 3" in text_of(reviewer.get(paper("document_prepare", program, "?lan=thang-3")))
    assert reviewer.get(paper("document_prepare", program, "?lan=thang-4")).status_code == 404
    register_kind(variants=lambda program: [])
    assert "Chưa có số liệu để lập văn bản này." in text_of(reviewer.get(paper("document_prepare", program)))
    assert reviewer.get(paper("document_preview", program)).status_code == 404


def test_who_may_not_issue_still_reads(client, toy, program):
    client.force_login(UserFactory(role=Role.OFFICER, organisation=program.owner))
    refused = client.get(paper("document_prepare", program))
    assert (refused.status_code, ONLY_REVIEWERS in text_of(refused)) == (403, True)
    assert client.post(paper("document_prepare", program)).status_code == 403
    assert client.get(paper("document_preview", program)).status_code == 200


def test_another_province_and_unknown_rows_do_not_exist(client, toy, program, by):
    document = issue(toy, program, by)
    client.force_login(stories.make_house(thai_nguyen(), "Thái Nguyên").reviewer)
    names = ("document_prepare", "document_preview", "document_draft_pdf", "document_draft_word")
    issued = [reverse(name, args=[document.pk]) for name in ("document_detail", "document_file", "document_revoke")]
    assert [client.get(path).status_code for path in [paper(name, program) for name in names] + issued] == [404] * 7
    assert client.get("/van-ban/").context["totals"]["count"] == 0
    client.force_login(by)
    for path in ("/van-ban/lap/khong-co/1/", "/van-ban/lap/toy/999999/", "/van-ban/999999/"):
        assert client.get(path).status_code == 404


# Issued


def test_detail_page_tells_everything_and_where_the_record_changed(reviewer, toy, program, by):
    document = issue(toy, program, by)
    page = text_of(reviewer.get(document.get_absolute_url()))
    assert document.sha256 in page
    assert "tệp trong kho khớp mã băm này" in page
    assert f'<a href="{program.get_absolute_url()}">{program}</a>' in page
    assert "Hồ sơ đã thay đổi" not in page
    Program.objects.update(name="Khuyến công 2027")
    changed = reviewer.get(document.get_absolute_url())
    assert [tuple(row) for row in changed.context["differences"]] == [
        ("Khuyến công 2027", "Khuyến công 2026 - 2030", "Khuyến công 2027")
    ]
    assert "Hồ sơ đã thay đổi sau khi phát hành: 1 chỗ khác văn bản" in text_of(changed)


def test_what_changed_is_worked_out_once_in_each_state_of_the_data(reviewer, toy, program, by, settings, monkeypatch):
    settings.CACHES = settings.CACHES | {
        "figures": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "papers"}
    }
    caches["figures"].clear()
    document, made = issue(toy, program, by), []
    monkeypatch.setattr(document_views, "data_today", lambda *given: made.append(given) or data_today(*given))
    for _visit in range(2):
        reviewer.get(document.get_absolute_url())
    assert len(made) == 1

    Program.objects.update(name="Khuyến công 2027")
    record(by, "program.updated", "sửa chương trình", program)
    for _visit in range(2):
        assert "1 chỗ khác văn bản" in text_of(reviewer.get(document.get_absolute_url()))
    assert len(made) == 2


def test_pdf_is_given_as_issued_and_each_time_told(reviewer, toy, program, by):
    document = issue(toy, program, by)
    shown = reviewer.get(reverse("document_file", args=[document.pk]))
    saved = reviewer.get(reverse("document_file", args=[document.pk]) + "?tai-ve")
    assert shown.content == saved.content
    assert shown["Content-Disposition"] == f'inline; filename="2026_TTr_{program.pk}.pdf"'
    assert saved["Content-Disposition"].startswith("attachment")
    told = AuditEntry.objects.about(document).order_by("pk").values_list("action", flat=True)
    assert list(told) == ["document.issue", "document.print", "document.download"]
    page = text_of(reviewer.get(document.get_absolute_url()))
    assert "mở bản in văn bản" in page
    assert "tải văn bản" in page


def test_tampered_pdf_is_not_given_out(reviewer, toy, program, by):
    document = issue(toy, program, by)
    name = document.file.file.name
    default_storage.delete(name)
    default_storage.save(name, io.BytesIO(b"%PDF-1.7 someone else's"))
    answer = reviewer.get(reverse("document_file", args=[document.pk]))
    assert (answer.status_code, b"%PDF" in answer.content) == (500, False)
    assert "không còn nguyên vẹn" in text_of(answer)
    assert "không còn đúng như khi phát hành" in text_of(reviewer.get(document.get_absolute_url()))


def test_revoke_asks_why_and_stays(reviewer, toy, program, by):
    document = issue(toy, program, by)
    path = reverse("document_revoke", args=[document.pk])
    assert reviewer.post(path, {"reason": ""}).context["form"].errors == {"reason": ["Nêu lý do."]}
    answer = reviewer.post(path, {"reason": "Phát hành nhầm."}, follow=True)
    assert "“Phát hành nhầm.”" in text_of(answer)
    assert "không thu hồi được nữa" in text_of(reviewer.get(path, follow=True))


# The register


def test_register_tells_the_kind_once():
    told = [IssuedDocument(kind_label="Công văn", title=title).told for title in ("Công văn nhắc", "Nhắc giấy tờ")]
    assert told == ["Công văn nhắc", "Công văn: Nhắc giấy tờ"]


def test_register_filters_by_number_title_kind_year_state_and_day(client):
    by = UserFactory(role=Role.VIEWER)
    rows = {
        "biên bản": {"number": 7, "dated_on": date(2026, 3, 5), "search_key": "07/bb-ttkc ban giao may say da-014"},
        "cũ": {"number": 8, "dated_on": date(2025, 3, 5), "year": 2025, "search_key": "08/bb-ttkc keo dua"},
        "đã thu hồi": {"number": 9, "is_revoked": True, "kind": "toy", "search_key": "09/bb-ttkc keo dua"},
    }
    made = {name: IssuedDocumentFactory(issued_by=by, title=name, **traits) for name, traits in rows.items()}
    IssuedDocumentFactory()
    client.force_login(by)

    def found(query=""):
        return [row.title for row in client.get(f"/van-ban/?{query}").context["page_obj"]]

    assert sorted(found()) == ["biên bản", "cũ", "đã thu hồi"]
    assert found("q=may sấy") == found("q=ĐA-014") == found("q=07/BB") == ["biên bản"]
    assert sorted(found("q=kẹo dừa")) == ["cũ", "đã thu hồi"]
    assert found("nam=2025") == ["cũ"]
    assert found("trang-thai=revoked") == ["đã thu hồi"]
    assert found("loai=handover_minutes&tu-ngay=01/03/2026&den-ngay=31/03/2026") == ["biên bản"]
    assert found("tu-ngay=32/13/2026") == []
    assert found("sap-xep=so") == ["cũ", "biên bản", "đã thu hồi"]
    totals = client.get("/van-ban/").context["totals"]
    assert totals == {"count": 3, "pages": 3, "issued": 2, "superseded": 0, "revoked": 1}
    assert [chip[0] for chip in client.get("/van-ban/?nam=2025&q=dua").context["chips"]] == ["Tìm: dua", "Năm: 2025"]
    assert str(made["biên bản"]) == "Biên bản bàn giao 07/BB-TTKC"


def test_register_goes_to_excel_as_filtered(client):
    by = UserFactory()
    kept = IssuedDocumentFactory(issued_by=by, number=7, code="7K4MPQ6XTC", dated_on=date(2026, 3, 5), page_count=4)
    IssuedDocumentFactory(issued_by=by, year=2025, number=8)
    client.force_login(by)
    assert "Xuất Excel 1 dòng" in text_of(client.get("/van-ban/?nam=2026"))
    answer = client.get("/van-ban/xuat-excel/?nam=2026")
    cells = {cell.value for row in load_workbook(io.BytesIO(answer.getvalue())).active.iter_rows() for cell in row}
    assert {"07/BB-TTKC", "7K4MP-Q6XTC", kept.sha256, "Đang hiệu lực", "Bộ lọc: Năm: 2026"} <= cells
    assert "08/BB-TTKC" not in cells


@pytest.mark.parametrize("count", [1, 3])
def test_register_asks_a_constant_number_of_questions(client, django_assert_num_queries, count):
    by = UserFactory()
    for _row in range(count):
        IssuedDocumentFactory(issued_by=by)
    client.force_login(by)
    with django_assert_num_queries(7):
        client.get("/van-ban/")


def test_search_box_finds_a_paper_and_its_timeline(reviewer, toy, program, by):
    document = issue(toy, program, by)
    assert document.get_absolute_url() in text_of(reviewer.get("/tim-kiem/?q=01/TTr-TTKC"))
    assert "phát hành văn bản" in text_of(reviewer.get(reverse("history", args=["van-ban", document.pk])))


# Open to everyone


def verify(client, code, **kwargs):
    return client.get(reverse("verify", args=[code]), **kwargs)


def test_anyone_learns_whether_a_paper_is_genuine_and_nothing_about_people(client, toy, program, by):
    document = issue(toy, program, by)
    page = verify(client, document.code)
    text = text_of(page)
    assert "Văn bản có thật, đang hiệu lực" in text
    for told in ("Tờ trình", "01/TTr-TTKC", f"{today():%d/%m/%Y}", program.owner.name, document.sha256):
        assert told in text
    for kept in (str(by), program.name, "4.500.000.000", document.get_absolute_url()):
        assert kept not in text
    assert (page["X-Robots-Tag"], "no-store" in page["Cache-Control"]) == ("noindex, nofollow", True)
    assert "certutil -hashfile" in text
    assert "sha256sum" in text


def test_superseded_paper_leads_to_the_newer_and_a_revoked_one_says_so(client, toy, program, by):
    first = issue(toy, program, by)
    second = issue(toy, program, by, reason="Lý do riêng.")
    text = text_of(verify(client, first.code))
    assert "đã được thay thế" in text
    assert reverse("verify", args=[second.code]) in text
    revoke(second, by, "Lý do riêng.")
    text = text_of(verify(client, second.code))
    assert "Văn bản đã thu hồi" in text
    assert "Lý do riêng" not in text


def test_qr_of_a_page_leads_there_in_any_case(client, toy, program, by):
    document = issue(toy, program, by)
    assert "mã vừa quét ở trang 1" in text_of(client.get(f"/KT/{document.code}/1"))
    assert "văn bản thật không có trang này" in text_of(client.get(f"/KT/{document.code.lower()}/2"))


@pytest.mark.parametrize("code", ["3333333333", "khong-co", "<b>x", "ă" * 70])
def test_unknown_code_has_a_page_of_its_own(client, code):
    page = verify(client, code)
    assert page.status_code == 404
    assert "Không có văn bản nào mang mã này" in text_of(page)
    assert "<b>x" not in text_of(page)


def test_code_is_typed_by_hand(client, toy, program, by):
    document = issue(toy, program, by)
    typed = shown_code(document.code).lower()
    assert client.get("/kiem-tra/", {"ma": typed}).headers["Location"] == reverse("verify", args=[document.code])
    assert "Mã tra cứu" in text_of(client.get("/kiem-tra/"))
    assert "không đúng dạng" in text_of(client.get("/kiem-tra/", {"ma": "123"}))


def test_public_pages_only_read(client):
    paths = ["/kiem-tra/", reverse("verify", args=["3333333333"]), "/KT/3333333333/1"]
    assert [client.post(path).status_code for path in paths] == [405] * 3
    assert client.head("/kiem-tra/").status_code == 200


def test_too_many_questions_of_one_address_wait(client, monkeypatch):
    monkeypatch.setattr(visits, "PER_MINUTE", 2)
    answers = [verify(client, "3333333333", REMOTE_ADDR="10.0.0.1") for _turn in range(3)]
    assert [answer.status_code for answer in answers] == [404, 404, 429]
    assert answers[2]["Retry-After"] == "60"
    assert verify(client, "3333333333", REMOTE_ADDR="10.0.0.2").status_code == 404
    assert not VisitCount.objects.filter(address__contains="10.0.0.1").exists()


@pytest.mark.parametrize(
    ("remote", "forwarded", "expected"),
    [
        ("10.0.0.1", "", "10.0.0.1"),
        ("10.0.0.1", "1.2.3.4", "10.0.0.1"),  # none of ours: whatever it tells
        ("127.0.0.1", "1.2.3.4", "1.2.3.4"),
        ("", "1.2.3.4", "1.2.3.4"),  # a Unix socket
        ("::ffff:10.9.0.7", "6.6.6.6, 1.2.3.4", "1.2.3.4"),  # what stands further left may be made up
        ("10.9.0.7", "6.6.6.6, 1.2.3.4, 10.9.0.8", "1.2.3.4"),  # two web servers in front
        ("10.9.0.7", "10.9.0.8", "10.9.0.8"),
    ],
)
def test_caller_is_told_by_our_own_servers_alone(rf, settings, remote, forwarded, expected):
    settings.HTTPS = True
    settings.TRUSTED_NETWORKS = [ip_network("10.9.0.0/24"), ip_network("127.0.0.0/8"), ip_network("::1")]
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    assert visits.caller_of(rf.get("/kiem-tra/", headers=headers, REMOTE_ADDR=remote)) == expected


def test_neighbours_of_an_ipv6_network_count_together_and_old_counts_go(settings):
    counts = [visits.count_visit(address) for address in ("2001:db8::1", "2001:db8::2", "2001:db8:1::1", "not one")]
    assert counts == [1, 2, 1, 1]
    VisitCount.objects.update(minute="2026-01-01T00:00:00Z")
    visits.count_visit("10.0.0.1")
    assert VisitCount.objects.count() == 1
