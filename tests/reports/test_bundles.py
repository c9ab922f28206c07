"""Bundles for inspectors: what is inside against the database, who gets what, hashes, one answer for one content."""

import hashlib
import io
import os
import signal
import zipfile
from datetime import UTC, date, datetime

import openpyxl
import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.utils import timezone
from pypdf import PdfReader
from pytest_django.asserts import assertContains, assertRedirects

from khuyencong.documents.issuing import issue, revoke
from khuyencong.documents.kinds import KINDS
from khuyencong.models import AuditEntry, DocumentLink, Job, JobStatus
from khuyencong.money import format_vnd
from programs.models import PaperStep
from projects.figures import funding_table
from projects.models import Paper, Project
from projects.services.papers import remove_paper, save_paper
from reports import bundles, jobs
from reports.bundle_index import bundle_index, plan_stages, project_stages
from tests import stories
from tests.factories import thai_nguyen
from tests.khuyencong.scans import blank, issued, pdf_of, scanned
from tests.projects.settlements import due_contract, put_up

AT = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def project(house):
    """Accepted, under contract, put up for settlement, with a voucher."""
    project = stories.accepted_project(house)
    put_up(due_contract(house, project), house)
    return Project.objects.get(pk=project.pk)


def paper(house, project, name="Hóa đơn mua máy", **fields):
    """A scan of the dossier."""
    values = {"step": PaperStep.ACCEPTANCE, "number": "HD01", "dated_on": date(2026, 9, 1)} | fields
    scan = pdf_of([blank((210, 297))], "hoa-don.pdf")
    return save_paper(Paper(project=project, name=name, **values), by=house.officer, upload=scan)[0]


def register_paper(house, *subjects, **columns):
    """A row of the register that concerns these records."""
    document = issued(house, **columns)
    DocumentLink.objects.bulk_create(
        DocumentLink(document=document, subject_type=row._meta.label_lower, subject_id=row.pk, subject_name=str(row))
        for row in subjects
    )
    return document


def packed(bundle, at=AT):
    stream = io.BytesIO()
    bundles.write_bundle(bundle, stream, address="https://cong.example/kiem-tra/", at=at)
    return stream.getvalue()


def opened(content):
    archive = zipfile.ZipFile(io.BytesIO(content))
    return {name: archive.read(name) for name in archive.namelist()}


def project_files(user, project):
    return opened(packed(bundles.project_bundle(user, project.pk)))


def index_text(files):
    pages = PdfReader(io.BytesIO(files["00-muc-luc.pdf"])).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


def rows_of(content, sheet=None):
    book = openpyxl.load_workbook(io.BytesIO(content))
    return list((book[sheet] if sheet else book.active).values)


def test_bundle_holds_issued_signed_and_scanned_papers(house, project):
    document = register_paper(house, project)
    scanned(document, house.officer)
    scan = paper(house, project)
    files = project_files(house.viewer, project)
    stored = f"3-giay-to/2026_GT_{project.code}_nghiem-thu_hoa-don-mua-may.pdf"
    assert sorted(files) == [
        "00-muc-luc.pdf", "1-van-ban/2026_BBNT_DA-014.pdf", "2-ban-da-ky/2026_BBNT_DA-014_ban-da-ky.pdf", stored,
        "HUONG-DAN-KIEM-TRA.txt", "SHA256SUMS.txt", "dien-bien.xlsx", "muc-luc.xlsx", "tien-hop-dong-chung-tu.xlsx",
    ]  # fmt: skip
    assert hashlib.sha256(files["1-van-ban/2026_BBNT_DA-014.pdf"]).hexdigest() == document.sha256
    assert hashlib.sha256(files[stored]).hexdigest() == scan.file.sha256


def test_annexes_go_along_with_their_paper(house, project):
    stored = issued(house, number="02/BB-TTKC").file
    annex = {"name": "2026_QDKH_phu-luc.pdf", "file": stored.pk, "sha256": stored.sha256, "pages": 2}
    register_paper(house, project, attachments=[annex])
    files = project_files(house.viewer, project)
    assert [name for name in files if name.startswith("1-")] == [
        "1-van-ban/2026_BBNT_DA-014.pdf", "1-van-ban/2026_QDKH_phu-luc.pdf",
    ]  # fmt: skip


def test_checksums_are_true_of_every_file(house, project):
    register_paper(house, project)
    files = project_files(house.viewer, project)
    told = dict(reversed(line.split("  ")) for line in files.pop("SHA256SUMS.txt").decode().splitlines())
    assert told == {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}


def test_closed_papers_stand_apart_and_say_why(house, project):
    document = register_paper(house, project, kind="acceptance_minutes")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("khuyencong.documents.issuing.require_issuer", lambda *_: None)
        revoke(document, house.officer, "Ghi sai số tiền.")
    remove_paper(paper(house, project), by=house.officer, reason="Nhầm đề án.")
    bundle = bundles.project_bundle(house.viewer, project.pk)
    files = opened(packed(bundle))
    assert [name for name in files if name.startswith("4-")] == [
        "4-khong-con-hieu-luc/2026_BBNT_DA-014.pdf",
        f"4-khong-con-hieu-luc/2026_GT_{project.code}_nghiem-thu_hoa-don-mua-may.pdf",
    ]
    notes = [row[-1] for row in rows_of(files["muc-luc.xlsx"]) if row[-1]]
    assert any(note.startswith("Đã thu hồi ngày") and "Ghi sai số tiền." in note for note in notes)
    assert any("Nhầm đề án." in note for note in notes)


def test_same_names_stay_apart(house, project):
    register_paper(house, project, number="03/BB-TTKC")
    register_paper(house, project, number="04/BB-TTKC")
    files = project_files(house.viewer, project)
    names = [name for name in files if name.startswith("1-")]
    assert names == ["1-van-ban/2026_BBNT_DA-014.pdf", "1-van-ban/2026_BBNT_DA-014-2.pdf"]


@pytest.mark.parametrize("name", ["../../etc/passwd", "..\\..\\x", "/a/b", ".", "CON:|?*", "Hồ sơ\n"])
def test_names_never_leave_their_folder(name):
    part = bundles.plain(name)
    assert part
    assert not {"/", "\\", ":", "\n"} & set(part)
    assert not part.startswith(".")


def test_damaged_and_lost_files_are_told_not_given(house, project):
    damaged, lost = paper(house, project, "Bị sửa"), paper(house, project, "Bị mất")
    with open(damaged.file.file.path, "ab") as stream:
        stream.write(b"x")
    os.remove(lost.file.file.path)
    files = project_files(house.viewer, project)
    assert not [name for name in files if name.startswith("3-")]
    told = [row for row in rows_of(files["muc-luc.xlsx"]) if row[-1] and bundles.MISSING in row[-1]]
    assert sorted(row[3] for row in told) == ["Bị mất", "Bị sửa"]
    assert "2 tệp không kèm được" in index_text(files)


def test_money_contract_and_vouchers_are_those_of_the_database(house, project):
    content = project_files(house.viewer, project)["tien-hop-dong-chung-tu.xlsx"]
    money = [row for row in rows_of(content, "Kinh phí") if row[1] and row[0] != "STT"]
    lines = list(project.funding_lines.select_related("source"))
    amounts = {row[1]: row[2:] for row in money}
    for line in lines:
        assert amounts[line.source.name][:4] == (
            line.requested_amount, line.appraised_amount, line.approved_amount, line.contracted_amount,
        )  # fmt: skip
    assert "05/HĐ-SCT" in [row[2] for row in rows_of(content, "Hợp đồng")]
    assert "Mua máy nấu kẹo" in [row[3] for row in rows_of(content, "Chứng từ quyết toán")]


def test_timeline_holds_every_entry_of_the_record(house, project):
    told = rows_of(project_files(house.viewer, project)["dien-bien.xlsx"])
    labels = [row[3] for row in told]
    entries = AuditEntry.objects.about(project)
    assert entries.count() > 3
    assert {entry.label for entry in entries} <= set(labels)


def test_index_of_a_project_shows_the_figures_of_its_page(house, project):
    stages, shown = project_stages(project), funding_table(project)
    assert stages["totals"] == [stage["sum"] for stage in shown["stages"]]
    assert [row["amounts"] for row in stages["rows"]] == [[amount for _x, amount in row["cells"]] for row in
                                                          shown["rows"]]  # fmt: skip
    document = bundle_index(bundles.project_bundle(house.viewer, project.pk), [], at=AT, entries=[])
    assert ("Trạng thái", project.get_status_display()) in document.context["facts"]
    assert document.context["stages"] == stages


def test_index_tells_number_pages_hash_and_money_of_the_page(viewer, house, project):
    document = register_paper(house, project)
    text = index_text(project_files(house.viewer, project))
    assert {document.number_text, document.sha256, project.code} <= set(text.split())
    page = viewer.get(project.get_absolute_url())
    for stage in funding_table(project)["stages"]:
        assert format_vnd(stage["sum"]) in text
        assertContains(page, format_vnd(stage["sum"]))


def test_long_index_counts_and_leaves_the_rows_to_the_sheet(house, project, monkeypatch):
    paper(house, project)
    monkeypatch.setattr("reports.bundle_index.MOST_FILES_PRINTED", 1)
    monkeypatch.setattr("reports.bundle_index.MOST_ENTRIES_PRINTED", 1)
    text = index_text(project_files(house.viewer, project))
    assert "3-giay-to (1 tệp)" in text
    assert "ghi trong muc-luc.xlsx" in text
    assert "việc: xem dien-bien.xlsx" in text
    assert "Hóa đơn mua máy" not in text


def test_stages_of_a_plan_are_the_sums_of_its_projects(house, plan):
    projects = [stories.planned_project(house, plan) for _ in range(2)]
    requested = sum(line.requested_amount for row in projects for line in row.funding_lines.all())
    stages = plan_stages(projects)
    assert stages["labels"] == ["Đề nghị", "Thẩm định"]
    assert stages["totals"][0] == requested


def test_plan_bundle_has_a_folder_for_each_project(house, project):
    plan = project.plan
    issue(KINDS["plan_decision"], plan, house.reviewer)
    own = register_paper(house, project, number="03/BB-TTKC")
    bundle = bundles.plan_bundle(house.viewer, plan.pk)
    files = opened(packed(bundle))
    assert bundles.require_room(bundle) == len(files)
    home = bundles.folder_of(project)
    assert f"{home}/1-van-ban/{own.file.name}" in files
    assert {f"{home}/dien-bien.xlsx", f"{home}/tien-hop-dong-chung-tu.xlsx", "ke-hoach.xlsx"} <= set(files)
    assert [name for name in files if name.startswith("1-van-ban/")] == [f"1-van-ban/2026_QDKH_{_decision(bundle)}"]
    assert len([name for name in files if name.startswith("ban-giu-nguyen/")]) == plan.snapshots.count()
    assert any(row[1] == str(project) for row in rows_of(files["ke-hoach.xlsx"], "Đối chiếu"))


def _decision(bundle):
    [row] = [row for row in bundle.documents if row.kind == "plan_decision"]
    return row.file.name.partition("_QDKH_")[2]


def test_paper_of_two_projects_stands_above_their_folders(house, plan):
    first, second = stories.planned_project(house, plan), stories.planned_project(house, plan)
    document = register_paper(house, first, second)
    bundle = bundles.plan_bundle(house.viewer, plan.pk)
    assert [row.folder for row in bundle.wanted] == ["1-van-ban"]
    assert [row.pk for row in bundle.documents] == [document.pk]
    assert not bundle.homes


def test_same_content_gives_the_same_bytes(house, project):
    register_paper(house, project)
    assert packed(bundles.project_bundle(house.viewer, project.pk)) == packed(
        bundles.project_bundle(house.viewer, project.pk)
    )


def test_other_province_gets_nothing(client, house, project):
    north = stories.make_house(thai_nguyen(), "Thái Nguyên")
    client.force_login(north.director)
    assert client.post(f"/de-an/{project.pk}/bo-ho-so/").status_code == 404
    assert client.post(f"/ke-hoach/{project.plan_id}/bo-ho-so/").status_code == 404
    with pytest.raises(Project.DoesNotExist):
        bundles.project_bundle(north.director, project.pk)


def test_paper_of_another_house_stays_out(house, project):
    north = stories.make_house(thai_nguyen(), "Thái Nguyên")
    document = register_paper(house, project)
    register_paper(north, project, number="09/BB-TTKC")
    assert [row.pk for row in bundles.project_bundle(house.viewer, project.pk).documents] == [document.pk]


# Job


@pytest.fixture
def viewer(client, house):
    client.force_login(house.viewer)
    return client


def test_viewer_takes_a_bundle_and_the_trail_tells(viewer, house, project, django_capture_on_commit_callbacks):
    document = register_paper(house, project)
    assertContains(viewer.get(project.get_absolute_url()), f'action="/de-an/{project.pk}/bo-ho-so/"')
    assertContains(viewer.get(project.plan.get_absolute_url()), f'action="/ke-hoach/{project.plan_id}/bo-ho-so/"')
    with django_capture_on_commit_callbacks(execute=True):
        response = viewer.post(f"/de-an/{project.pk}/bo-ho-so/")
    job = Job.objects.get()
    assertRedirects(response, job.get_absolute_url())
    assertContains(viewer.get(job.get_absolute_url()), "Đã ghi 7 tệp.")
    assert (job.status, job.kind, job.total_count) == (JobStatus.DONE, "project_bundle", 7)
    content = viewer.get(f"{job.get_absolute_url()}tep/").getvalue()
    assert len(opened(content)) == 7
    assert job.filename == f"{bundles.project_bundle(house.viewer, project.pk).name}.zip"
    entry = AuditEntry.objects.about(project).first()
    assert (entry.actor, entry.label) == (house.viewer, "Lấy bộ hồ sơ")
    assert entry.changes[-1] == ["SHA-256 của ZIP", "", hashlib.sha256(content).hexdigest()]
    taken = AuditEntry.objects.about(document).first()
    assert (taken.actor, taken.action, taken.label) == (house.viewer, "document.download", "Tải văn bản")


def test_pressing_twice_queues_once(viewer, project):
    viewer.post(f"/de-an/{project.pk}/bo-ho-so/")
    viewer.post(f"/de-an/{project.pk}/bo-ho-so/")
    assert Job.objects.count() == 1


def test_reading_the_address_makes_nothing(viewer, project):
    assert viewer.get(f"/de-an/{project.pk}/bo-ho-so/").status_code == 405
    assert not Job.objects.exists()


def test_worker_reads_again_what_the_person_may_see(house, project):
    job = jobs.start_bundle("project_bundle", project.pk, by=house.viewer)
    north = stories.make_house(thai_nguyen(), "Thái Nguyên")
    house.viewer.organisation = north.department
    house.viewer.save()
    jobs.run_bundle.func(job.pk)
    job.refresh_from_db()
    assert (job.status, job.error) == (JobStatus.FAILED, "Hồ sơ này không còn, hoặc ông/bà không còn được xem.")
    assert not job.file


def test_too_much_is_refused_in_words(viewer, house, project, monkeypatch):
    paper(house, project)
    monkeypatch.setattr(bundles, "MOST_BYTES", 10)
    with pytest.raises(ValidationError, match="Bộ hồ sơ nặng 1 KB, quá 1 KB một lần: lấy từng đề án"):
        bundles.require_room(bundles.plan_bundle(house.viewer, project.plan_id))
    assertContains(viewer.post(f"/de-an/{project.pk}/bo-ho-so/", follow=True), "Bộ hồ sơ nặng")
    assert not Job.objects.exists()


def test_run_twice_does_the_work_once(house, project):
    job = jobs.start_bundle("project_bundle", project.pk, by=house.viewer)
    jobs.run_bundle.func(job.pk)
    jobs.run_bundle.func(job.pk)
    assert AuditEntry.objects.filter(action="bundle.download").count() == 1


def test_killed_worker_leaves_a_job_that_is_taken_up_again(
    transactional_db, django_capture_on_commit_callbacks, monkeypatch
):
    house = stories.make_house()
    project = stories.draft_project(house, stories.draft_plan(house))
    monkeypatch.setattr(jobs.run_bundle.__class__, "enqueue", lambda *_: None)
    job = jobs.start_bundle("project_bundle", project.pk, by=house.viewer)
    connection.close()
    child = os.fork()
    if child == 0:
        jobs.record_bundle = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
        try:
            jobs.run_bundle.func(job.pk)
        finally:
            os._exit(0)
    assert os.WTERMSIG(os.waitpid(child, 0)[1]) == signal.SIGKILL
    job.refresh_from_db()
    assert (job.status, bool(job.file)) == (JobStatus.RUNNING, False)
    Job.objects.update(claimed_until=timezone.now())
    monkeypatch.setattr(jobs.run_bundle.__class__, "enqueue", lambda task, *given: task.func(*given))
    assert jobs.start_bundle("project_bundle", project.pk, by=house.viewer) == job
    job.refresh_from_db()
    assert job.status == JobStatus.DONE
    assert AuditEntry.objects.filter(action="bundle.download").count() == 1
