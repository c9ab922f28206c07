"""The pages of the dossier: what they show, what they keep when a file is refused, and to whom files leave."""

from datetime import date

import pytest
from django.urls import reverse

from khuyencong.models import AuditEntry
from programs.models import PaperStep, RuleFigure, RuleFigureKey
from projects.models import Inspection, Paper
from projects.services import papers as service
from tests import stories
from tests.factories import content, thai_nguyen
from tests.khuyencong.uploads import PDF, docx, picture, upload
from tests.projects.test_papers_services import add, files_in, national, paper

pytestmark = pytest.mark.django_db
MACRO = "application/vnd.ms-word.document.macroEnabled.main+xml"


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"
    return settings.MEDIA_ROOT


@pytest.fixture
def house():
    return stories.make_house()


@pytest.fixture
def draft(house):
    return stories.draft_project(house, stories.draft_plan(house), content=content())


@pytest.fixture
def visit(house):
    project = stories.approved_project(house)
    return Inspection.objects.create(
        project=project, visited_on=date(2026, 5, 6), members="A", findings="Đạt", created_by=house.officer,
        updated_by=house.officer,
    )  # fmt: skip


def page(client, project):
    return client.get(reverse("projects:papers", args=[project.pk])).content.decode()


def send(client, project, files=(), **fields):
    rule = service.rules_of(project)[0]
    data = {"what": f"rule-{rule.pk}", "copy_kind": "original", "number": "12/TTKC-KH", "dated_on": "05/03/2026"}
    address = reverse("projects:paper_create", args=[project.pk])
    return client.post(address, data | {"files": list(files)} | fields)


def test_checklist_tells_what_is_missing_with_its_effect(client, house):
    project = national(stories.approved_project(house))
    client.force_login(house.officer)

    text = page(client, project)

    assert "Thiếu 2: chưa thể tạm ứng" in text
    assert "Thông tư 36/2013/TT-BCT, Điều 13 khoản 2 điểm d" in text
    assert "mark--bad" in text
    assert "Thiếu 5: bước này đã qua, bổ sung cho đủ hồ sơ lưu" in text


def test_paper_is_added_with_its_scan_and_shown(client, house, draft):
    client.force_login(house.officer)

    response = send(client, draft, [upload()])

    assert response.url == reverse("projects:papers", args=[draft.pk])
    saved = Paper.objects.get()
    text = page(client, draft)
    assert (saved.number, saved.dated_on) == ("12/TTKC-KH", date(2026, 3, 5))
    assert f"1 KB · mã băm {saved.file.sha256[:8]}…" in text
    assert reverse("projects:paper_file", args=[saved.pk]) in text


def test_several_files_become_several_papers(client, house, draft):
    client.force_login(house.officer)
    send(client, draft, [upload(name="1.pdf"), upload(PDF + b" ", "2.pdf")])

    assert sorted(Paper.objects.values_list("file__name", flat=True)) == ["1.pdf", "2.pdf"]


@pytest.mark.parametrize(
    ("name", "body", "told"),
    [
        ("trang.pdf", b"<html><script>alert(1)</script></html>", "trang web hoặc hình vẽ"),
        ("rong.pdf", b"", "rỗng (0 byte)"),
        ("anh.png", picture(), "nội dung là ảnh JPG"),
        ("macro.docx", docx(MACRO), "có macro"),
        ("hinh.svg", b"<svg onload='alert(1)'/>", "trang web hoặc hình vẽ"),
        ("to.pdf", PDF[:20] + b"\n" * 1_100_000 + PDF[20:], "quá 1 MB"),
    ],
)
def test_refused_file_keeps_what_was_typed(client, house, draft, media, name, body, told):
    RuleFigure.objects.filter(key=RuleFigureKey.UPLOAD_MEGABYTES).update(value=1)
    client.force_login(house.officer)

    response = send(client, draft, [upload(body, name)], name="Công văn có dấu đến")

    text = response.content.decode()
    assert response.status_code == 200
    assert told in text
    assert 'value="12/TTKC-KH"' in text
    assert 'value="Công văn có dấu đến"' in text
    assert "phải <strong>chọn lại</strong>" in text
    assert (Paper.objects.count(), files_in(media)) == (0, [])


@pytest.mark.parametrize("name", ["../../../tmp/a.pdf", f"{'d' * 300}.pdf", "a\r\nSet-Cookie: x=1.pdf"])
def test_hostile_name_never_becomes_a_path_or_a_header(client, house, draft, media, name):
    client.force_login(house.officer)
    send(client, draft, [upload(name=name)])
    saved = Paper.objects.get()

    response = client.get(reverse("projects:paper_file", args=[saved.pk]))

    assert response.getvalue() == PDF
    assert "Set-Cookie" not in response.headers
    assert response["Content-Disposition"].startswith("attachment; filename")
    assert all(path.is_relative_to(media / "files") for path in files_in(media))


def test_file_is_for_those_who_see_the_project_and_is_told(client, house, draft):
    saved = add(house, paper(draft))
    address = reverse("projects:paper_file", args=[saved.pk])
    other = stories.make_house(thai_nguyen(), "Thái Nguyên")
    for person, status in ((house.viewer, 200), (house.accountant, 200), (other.officer, 404), (other.director, 404)):
        client.force_login(person)
        response = client.get(address)
        assert (response.status_code, response.streaming) == (status, status == 200)
        if response.streaming:
            response.getvalue()

    entries = AuditEntry.objects.filter(action="file.download")
    assert {entry.actor for entry in entries} == {house.viewer, house.accountant}
    client.logout()
    assert client.get(address).status_code == 302
    assert client.get(f"/media/{saved.file.file.name}").status_code == 404


def test_viewer_reads_and_does_not_change(client, house, draft):
    saved = add(house, paper(draft))
    client.force_login(house.viewer)

    assert reverse("projects:paper_create", args=[draft.pk]) not in page(client, draft)
    assert send(client, draft, [upload()]).status_code == 403
    for name in ("paper_edit", "paper_remove"):
        assert client.post(reverse(f"projects:{name}", args=[saved.pk])).status_code == 403
    assert Paper.objects.in_force().count() == 1


def test_paper_is_edited_replaced_and_taken_back(client, house, draft):
    saved = add(house, paper(draft))
    client.force_login(house.reviewer)
    address = reverse("projects:paper_edit", args=[saved.pk])
    form = client.get(address).context["form"]
    data = {"what": form["what"].value(), "copy_kind": "valid_copy", "number": "9", "seen": form["seen"].value()}

    assert client.post(address, data | {"files": [upload(picture(), "anh.jpg")]}).status_code == 302
    saved.refresh_from_db()
    assert (saved.number, saved.copy_kind, saved.file.name) == ("9", "valid_copy", "anh.jpg")
    again = client.post(address, data)
    assert "Có người đã sửa giấy" in again.content.decode()

    address = reverse("projects:paper_remove", args=[saved.pk])
    assert "Nêu lý do" in client.post(address).content.decode()
    assert client.post(address, {"reason": "Nhầm đề án"}).status_code == 302
    text = page(client, draft)
    assert "Đã bỏ (1)" in text
    assert "Nhầm đề án" in text
    assert client.get(reverse("projects:paper_edit", args=[saved.pk])).status_code == 302


def test_same_file_is_told(client, house, draft):
    add(house, paper(draft))
    client.force_login(house.officer)

    response = send(client, draft, [upload()], what="step-submit", name="Giấy khác")
    assert "Tệp giống hệt tệp của giấy “Công văn đề nghị" in client.get(response.url).content.decode()
    response = send(client, draft, [upload()], what="step-submit", name="Giấy khác")
    assert "đã có trong hồ sơ" in response.content.decode()
    assert "Ghi tên giấy tờ." in send(client, draft, what="step-submit").content.decode()


def test_photos_of_a_visit(client, house, visit):
    client.force_login(house.officer)
    address = reverse("projects:inspection_photos", args=[visit.pk])

    assert "Chọn ít nhất một tệp." in client.post(address).content.decode()
    response = client.post(address, {"files": [upload(picture(), "1.jpg"), upload(picture(), "2.jpg")]})
    text = client.get(response.url).content.decode()

    [photo] = visit.photos.all()
    assert "Đã thêm 1 tệp vào lần kiểm tra. Bỏ qua 1 tệp đã có: 2.jpg." in text
    small = client.get(reverse("projects:paper_thumbnail", args=[photo.pk]))
    assert (small.status_code, small["Content-Type"]) == (200, "image/jpeg")
    assert "Ảnh, tệp của các lần kiểm tra (1)" in page(client, visit.project)
    client.force_login(house.viewer)
    assert client.post(address, {"files": [upload(picture(), "3.jpg")]}).status_code == 403


def test_page_costs_the_same_with_more_rows(client, house, django_assert_num_queries):
    project = stories.contracted_project(house)
    client.force_login(house.officer)
    add(house, paper(project, "Kế", rule=None, step=PaperStep.ADVANCE))
    page(client, project)
    with django_assert_num_queries(QUERIES):
        page(client, project)
    for number in range(3):
        row = paper(project, f"Giấy {number}", rule=None, step=PaperStep.REMAINING)
        add(house, row, PDF + b" " * number)
    with django_assert_num_queries(QUERIES):
        page(client, project)


QUERIES = 5
