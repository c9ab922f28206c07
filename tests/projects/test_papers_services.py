"""The dossier: what each step needs and what is missing; papers added, changed, taken back; photos of a visit."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from khuyencong.dates import today
from khuyencong.models import AuditEntry, Role, StoredFile
from programs.models import PaperRule, PaperStep, Program, RuleFigure, RuleFigureKey
from projects import services
from projects.models import Acceptance, AcceptanceMember, Inspection, Paper, PaperCopy
from projects.services import papers as service
from tests import stories
from tests.factories import UserFactory, content
from tests.khuyencong.uploads import PDF, picture, upload
from tests.projects.settlements import put_up

pytestmark = pytest.mark.django_db


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
def approved(house):
    return stories.approved_project(house)


def national(project):
    """The same project as one of national money, whose rules are checked against their text."""
    Program.objects.filter(pk=project.plan.program_id).update(scope="national")
    project.plan.program.refresh_from_db()
    return project


def files_in(folder):
    return [path for path in folder.rglob("*") if path.is_file()]


def rule_named(project, name):
    return next(rule for rule in service.rules_of(project) if rule.name.startswith(name))


def paper(project, name="Công văn đề nghị", *, rule=True, **fields):
    if rule is True:
        rule = rule_named(project, name)
    values = {"step": rule.step if rule else PaperStep.SUBMIT, "rule": rule, "name": rule.name if rule else name}
    return Paper(project=project, **values | {"copy_kind": PaperCopy.ORIGINAL} | fields)


def add(house, row, content=PDF, by=None):
    return service.save_paper(row, by=by or house.officer, upload=content and upload(content))[0]


def step_of(project, step):
    return next(found for found in service.paper_list(project) if found.step == step)


def test_draft_is_asked_for_its_submission_alone(draft):
    [step] = service.paper_list(draft)

    assert step.step == PaperStep.SUBMIT
    assert [need.rule.name for need in step.missing] == [
        "Công văn đề nghị của đơn vị thực hiện",
        "Đề án và dự toán (Mẫu 1) có ký tên, đóng dấu",
        "Giấy tờ của cơ sở theo Phụ lục 2",
        "Cam kết đã đầu tư hoặc có đủ kinh phí thực hiện đề án sau khi được hỗ trợ",
        "Cam kết chưa được hỗ trợ từ nguồn nào của Nhà nước cho cùng nội dung chi",
    ]
    assert step.effect == "hồ sơ trình chưa đủ, cổng chỉ nhắc"
    assert service.lacking_papers(draft, PaperStep.SUBMIT)[0] == []


def test_approved_project_is_asked_for_every_step_by_its_content(approved):
    steps = {found.step: found for found in service.paper_list(approved)}

    assert list(steps) == list(PaperStep)
    remaining = [need.rule.name for need in steps[PaperStep.REMAINING].needs]
    assert "Hợp đồng, nghiệm thu, thanh lý hợp đồng mua máy móc, thiết bị" in remaining
    assert "Hợp đồng thuê gian hàng" not in remaining
    assert steps[PaperStep.ADVANCE].effect == "cổng chỉ nhắc, chưa chặn"
    assert steps[PaperStep.SUBMIT].is_past


def test_only_checked_rules_hold_a_step_up(approved):
    local, advised = service.lacking_papers(approved, PaperStep.ADVANCE)
    national(approved)

    assert (local, advised != []) == ([], True)
    assert service.lacking_papers(approved, PaperStep.ADVANCE)[0] == advised
    assert step_of(approved, PaperStep.ADVANCE).effect == "chưa thể tạm ứng"
    with pytest.raises(ValidationError) as refusal:
        service.require_papers(approved, PaperStep.ADVANCE)
    assert refusal.value.messages[0] == (
        "Chưa thể tạm ứng: thiếu Hợp đồng thực hiện đề án (Thông tư 36/2013/TT-BCT, Điều 13). Thêm ở trang “Giấy tờ” "
        f"của {approved.code}."
    )


def test_what_the_portal_holds_is_not_asked_for_twice(house):
    project = national(stories.contracted_project(house))

    assert service.lacking_papers(project, PaperStep.ADVANCE)[0] == [
        "Báo cáo tiến độ: giá trị thực hiện trên 70% tổng vốn đầu tư, Sở xác nhận"
    ]
    services.start_project(project, by=house.officer)
    stories.confirmed_report(house, project, volume="80", value=500_000_000)
    assert service.lacking_papers(project, PaperStep.ADVANCE)[0] == []
    service.require_papers(project, PaperStep.ADVANCE)
    contract = step_of(project, PaperStep.ADVANCE).needs[0]
    assert contract.record == "Hợp đồng 15/HĐ-KC ngày 01/02/2026"


@pytest.mark.parametrize(("invoices", "count"), [(False, 5), (True, 2)])
def test_settlement_follows_whether_the_implementer_invoices(house, invoices, count):
    project = stories.contracted_project(house)
    project.contract.issues_invoice = invoices

    assert len(step_of(project, PaperStep.SETTLEMENT).needs) == count


def test_photocopy_is_noted_but_answers_nothing(house, draft):
    add(house, paper(draft, copy_kind=PaperCopy.COPY))
    need = step_of(draft, PaperStep.SUBMIT).needs[0]
    assert (len(need.papers), need.is_met) == (1, False)

    add(house, paper(draft, number="12/TTKC"), PDF + b"\n")
    assert step_of(draft, PaperStep.SUBMIT).needs[0].is_met


def test_own_rule_of_a_province_goes_before_the_general_one(house, draft):
    general = rule_named(draft, "Cam kết chưa")
    PaperRule.objects.create(
        owner=house.department, step=general.step, name=general.name, is_mandatory=False, position=general.position
    )
    PaperRule.objects.create(step=PaperStep.SUBMIT, name="Của luật cũ", valid_to=today() - timedelta(days=1))
    PaperRule.objects.create(
        owner=stories.make_house(name="Khác").department, step=PaperStep.SUBMIT, name="Của tỉnh khác"
    )

    names = [need.rule.name for need in step_of(draft, PaperStep.SUBMIT).missing]
    assert general.name not in names
    assert not {"Của luật cũ", "Của tỉnh khác"} & set(names)


def test_approved_project_keeps_the_rules_of_its_approval(approved):
    PaperRule.objects.create(step=PaperStep.ADVANCE, name="Theo luật mới", valid_from=date(2026, 6, 1))

    assert "Theo luật mới" not in [rule.name for rule in service.rules_of(approved)]


def test_paper_is_told_with_its_file(house, draft):
    saved = add(house, paper(draft, number="12/TTKC-KH", dated_on=date(2026, 3, 5)))

    entry = AuditEntry.objects.about(draft).get(action="project.paper_add")
    told = {label: new for label, _old, new in entry.changes}
    assert told["tên giấy tờ"] == "Công văn đề nghị của đơn vị thực hiện"
    assert told["ngày"] == "05/03/2026"
    assert told["Tệp"] == f"quyet-dinh.pdf (1 KB, mã băm {saved.file.sha256[:8]}…)"


def test_file_is_replaced_and_the_old_one_stays_in_the_store(house, draft, media):
    first = add(house, paper(draft))
    old = first.file

    changed, _twins = service.save_paper(
        Paper.objects.get(pk=first.pk), by=house.reviewer, upload=upload(picture(), "anh.jpg"),
        seen=service.paper_mark(first),
    )  # fmt: skip

    assert changed.file.name == "anh.jpg"
    assert StoredFile.objects.filter(pk=old.pk).exists()
    assert len(files_in(media)) == 2
    [label, before, after] = AuditEntry.objects.get(action="project.paper_edit").changes[-1]
    assert (label, before.split(" ")[0], after.split(" ")[0]) == ("Tệp", "quyet-dinh.pdf", "anh.jpg")


def test_two_people_do_not_overwrite_each_other(house, draft):
    saved = add(house, paper(draft))
    mark = service.paper_mark(saved)
    theirs = Paper.objects.get(pk=saved.pk)
    theirs.number = "1"
    service.save_paper(theirs, by=house.reviewer, seen=mark)

    mine = Paper.objects.get(pk=saved.pk)
    mine.number = "2"
    with pytest.raises(ValidationError, match="Có người đã sửa giấy"):
        service.save_paper(mine, by=house.officer, seen=mark)


def test_same_file_is_told_and_the_same_paper_refused(house, draft, media):
    add(house, paper(draft))
    _saved, twins = service.save_paper(paper(draft, "Khác", rule=None), by=house.officer, upload=upload())
    assert [twin.name for twin in twins] == ["Công văn đề nghị của đơn vị thực hiện"]

    with pytest.raises(ValidationError, match="đã có trong hồ sơ"):
        add(house, paper(draft))
    assert Paper.objects.count() == 2
    assert len(files_in(media)) == 2


def test_refused_file_leaves_no_paper_and_no_file(house, draft, media):
    with pytest.raises(ValidationError, match="trang web"):
        add(house, paper(draft), b"<html>")

    assert not Paper.objects.exists()
    assert not AuditEntry.objects.filter(action="project.paper_add").exists()
    assert files_in(media) == []


def test_one_bad_file_of_several_keeps_none(house, draft, media):
    with pytest.raises(ValidationError):
        service.save_papers(paper(draft), by=house.officer, uploads=[upload(), upload(b"x")])
    assert (Paper.objects.count(), files_in(media)) == (0, [])

    found, _twins = service.save_papers(paper(draft), by=house.officer, uploads=[upload(), upload(PDF + b" ")])
    assert [row.name[-6:] for row in found] == [" (1/2)", " (2/2)"]
    assert len(step_of(draft, PaperStep.SUBMIT).needs[0].papers) == 2


def test_size_limit_is_the_bodys_own(house, draft):
    large = PDF[:20] + b"\n" * 1_500_000 + PDF[20:]
    add(house, paper(draft), large)
    RuleFigure.objects.create(key=RuleFigureKey.UPLOAD_MEGABYTES, value=1, owner=house.department)
    with pytest.raises(ValidationError, match="quá 1 MB"):
        add(house, paper(draft, "Khác", rule=None), large)

    RuleFigure.objects.all().delete()
    with pytest.raises(ValidationError, match="đề nghị người quản trị"):
        service.upload_limit(draft)


def test_removed_paper_stays_with_its_reason(house, draft, media):
    saved = add(house, paper(draft))
    with pytest.raises(ValidationError, match="Nêu lý do"):
        service.remove_paper(saved, by=house.officer, reason=" ")

    removed = service.remove_paper(saved, by=house.officer, reason="Nhầm tệp")

    assert (removed.removed_by, removed.remove_reason) == (house.officer, "Nhầm tệp")
    assert step_of(draft, PaperStep.SUBMIT).needs[0].papers == []
    assert len(files_in(media)) == 1
    assert AuditEntry.objects.get(action="project.paper_remove").reason == "Nhầm tệp"
    with pytest.raises(ValidationError, match="đã bỏ giấy này"):
        service.remove_paper(removed, by=house.officer, reason="Lần nữa")
    with pytest.raises(ValidationError, match="đã bỏ giấy này"):
        service.save_paper(Paper.objects.get(pk=saved.pk), by=house.officer)


def test_deleted_draft_takes_its_papers_and_files_along(house, draft, media, django_capture_on_commit_callbacks):
    add(house, paper(draft))

    with django_capture_on_commit_callbacks(execute=True):
        services.delete_draft(draft, by=house.officer)

    assert (Paper.objects.count(), StoredFile.objects.count(), files_in(media)) == (0, 0, [])


@pytest.mark.parametrize("role", [Role.DIRECTOR, Role.VIEWER, Role.ADMIN])
def test_other_roles_do_not_change_papers(house, draft, role):
    person = UserFactory(organisation=house.department, role=role)
    saved = add(house, paper(draft))

    with pytest.raises(PermissionDenied):
        add(house, paper(draft, "Khác", rule=None), by=person)
    with pytest.raises(PermissionDenied):
        service.remove_paper(saved, by=person, reason="Thử")


def test_rows_of_another_project_are_refused(house, approved):
    other = stories.complete_project(house, stories.draft_plan(house))
    stranger = other.beneficiaries.first()
    with pytest.raises(ValidationError, match="của đề án này"):
        add(house, paper(approved, beneficiary=stranger))
    with pytest.raises(ValidationError, match="tương lai"):
        add(house, paper(approved, dated_on=today() + timedelta(days=1)))


def test_photos_of_a_visit_are_added_once(house, approved, media):
    visit = Inspection.objects.create(
        project=approved, visited_on=date(2026, 5, 6), members="A", findings="Đạt", created_by=house.officer,
        updated_by=house.officer,
    )  # fmt: skip
    photos = [upload(picture(size=(60 + n, 40)), f"{n}.jpg") for n in range(3)]

    found, repeated = service.save_photos(visit, by=house.director, uploads=[*photos[:2], photos[0]])
    assert ([row.name for row in found], repeated) == (["0.jpg", "1.jpg"], ["0.jpg"])
    found, repeated = service.save_photos(visit, by=house.director, uploads=photos)

    assert ([row.name for row in found], repeated) == (["2.jpg"], ["0.jpg", "1.jpg"])
    assert (visit.photos.count(), StoredFile.objects.count(), len(files_in(media))) == (3, 3, 3)
    assert all(not step.extra for step in service.paper_list(approved))
    with pytest.raises(ValidationError, match="tối đa 30 tệp"):
        service.save_photos(visit, by=house.director, uploads=photos * 11)
    with pytest.raises(PermissionDenied):
        service.save_photos(visit, by=house.viewer, uploads=photos)


def test_advance_waits_for_its_papers_where_the_rule_is_checked(house):
    project = stories.contracted_project(house)
    services.start_project(project, by=house.officer)
    stories.confirmed_report(house, project, volume="80", value=500_000_000)
    training = PaperRule.objects.create(
        step=PaperStep.ADVANCE, name="Kế hoạch lắp đặt", legal_source="Quy chế của tỉnh, Điều 5", is_verified=False
    )
    stories.pay(house, project, 1_000_000)
    PaperRule.objects.filter(pk=training.pk).update(is_verified=True)

    with pytest.raises(ValidationError, match=r"Chưa thể tạm ứng: thiếu Kế hoạch lắp đặt \(Quy chế của tỉnh, Điều 5\)"):
        stories.pay(house, project, 1_000_000, number="PC 02")
    add(house, paper(project, "Kế hoạch lắp đặt"))
    stories.pay(house, project, 1_000_000, number="PC 02")
    assert project.disbursements.count() == 2


@pytest.mark.parametrize("step", [PaperStep.CONTRACT, PaperStep.ACCEPTANCE, PaperStep.SETTLEMENT])
def test_every_step_waits_for_what_its_page_calls_missing(house, step):
    PaperRule.objects.create(step=step, name="Văn bản của tỉnh", legal_source="Quy chế, Điều 9", is_verified=True)
    project = stories.approved_project(house)
    with pytest.raises(ValidationError) as refusal:
        _walk(house, project)

    project.refresh_from_db()
    [told] = refusal.value.messages
    assert told.endswith(f"thiếu Văn bản của tỉnh (Quy chế, Điều 9). Thêm ở trang “Giấy tờ” của {project.code}.")
    add(house, paper(project, "Văn bản của tỉnh"))
    assert service.lacking_papers(project, step)[0] == []


def _walk(house, project):
    """From the contract to the submitted accounts."""
    services.sign_contract(stories.contract_of(project), by=house.accountant, projects=[project])
    services.start_project(project, by=house.officer)
    minutes = Acceptance(project=project, number="1", form="5a", accepted_on=today())
    amounts = {line.source_id: line.approved_amount for line in project.funding_lines.all()}
    members = [AcceptanceMember(name="Lê Văn Tám", body="Sở Công Thương", is_chair=True)]
    services.accept(minutes, by=house.director, members=members, amounts=amounts)
    project.refresh_from_db()
    contract = project.contract
    put_up(contract, house)
    services.submit_settlement(contract.settlement, by=house.accountant)
