import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from khuyencong.models import AuditEntry
from khuyencong.versions import StaleVersionError
from projects import services
from projects.models import BeneficiaryAmount, Project, ProjectReturn, ProjectStatus
from tests import stories
from tests.factories import FacilityFactory, source
from tests.khuyencong.threads import at_once


def share(project, code):
    return BeneficiaryAmount.objects.get(beneficiary__project=project, source=source(code))


def line(project, code):
    return project.funding_lines.get(source=source(code))


def test_appraise_project_keeps_requested_figures_by_default(house, plan):
    project = stories.appraised_project(house, plan)

    assert (project.status, project.reviewer) == (ProjectStatus.APPRAISED, house.reviewer)
    assert line(project, "KCDP").appraised_amount == 300_000_000


def test_appraise_project_sums_the_facilities_into_the_line(house, plan):
    project = stories.submitted_project(house, plan)
    figures = {share(project, "KCDP").pk: 280_000_000}
    services.appraise_project(project, by=house.reviewer, opinion="Hạ theo mức.", shares=figures)

    assert line(project, "KCDP").appraised_amount == 280_000_000
    assert line(project, "COUNTERPART").appraised_amount == 340_000_000


def test_appraise_project_never_exceeds_the_request(house, plan):
    project = stories.submitted_project(house, plan)

    with pytest.raises(ValidationError, match="vượt đề nghị 300.000.000 đồng"):
        services.appraise_project(
            project, by=house.reviewer, opinion="Đạt.", shares={share(project, "KCDP").pk: 300_000_001}
        )

    assert line(project, "KCDP").appraised_amount is None
    assert Project.objects.get().status == ProjectStatus.SUBMITTED


def test_appraise_project_needs_an_opinion(house, plan):
    project = stories.submitted_project(house, plan)

    with pytest.raises(ValidationError, match="Ghi ý kiến thẩm định"):
        services.appraise_project(project, by=house.reviewer, opinion="  ")


def test_appraise_project_is_not_for_its_author(house, plan):
    author = house.officer
    project = stories.submitted_project(house, plan)
    author.role = house.reviewer.role
    author.save()

    with pytest.raises(PermissionDenied, match="Người lập hoặc trình"):
        services.appraise_project(project, by=author, opinion="Đạt.")


def test_appraise_project_twice_is_refused(house, plan):
    project = stories.appraised_project(house, plan)

    with pytest.raises(ValidationError, match="hồ sơ đang “Đã thẩm định”"):
        services.appraise_project(project, by=house.reviewer, opinion="Đạt.")


def test_appraise_project_refuses_another_file_than_the_one_read(house, plan):
    project = stories.submitted_project(house, plan)
    seen = project.version
    services.return_project(project, by=house.reviewer, reason="Sửa số.")
    services.submit_project(project, by=house.officer)

    with pytest.raises(StaleVersionError):
        services.appraise_project(project, by=house.reviewer, opinion="Đạt.", expected_version=seen)

    assert Project.objects.get().status == ProjectStatus.SUBMITTED


def test_appraise_project_keeps_facilities_and_lines_in_step(house, plan):
    project = stories.complete_project(house, plan)
    facilities = [FacilityFactory(created_by=house.officer) for _ in range(2)]
    halves = {source("KCDP"): 150_000_000, source("COUNTERPART"): 170_000_000}
    services.set_beneficiaries(project, by=house.officer, rows=[(facility, "", halves) for facility in facilities])
    services.submit_project(project, by=house.officer)
    first = BeneficiaryAmount.objects.filter(beneficiary__project=project, source=source("KCDP")).first()
    services.appraise_project(project, by=house.reviewer, opinion="Hạ.", shares={first.pk: 100_000_000})

    shares = BeneficiaryAmount.objects.filter(beneficiary__project=project, source=source("KCDP"))
    assert sorted(shares.values_list("appraised_amount", flat=True)) == [100_000_000, 150_000_000]
    assert line(project, "KCDP").appraised_amount == 250_000_000


def test_appraise_project_tells_what_was_cut(house, plan):
    project = stories.submitted_project(house, plan)
    figures = {share(project, "KCDP").pk: 280_000_000}
    services.appraise_project(project, by=house.reviewer, opinion="Hạ theo mức.", shares=figures)

    entry = AuditEntry.objects.about(project).first()
    assert (entry.before, entry.after, entry.reason) == ("submitted", "appraised", "Hạ theo mức.")
    assert entry.changes == [["Khuyến công địa phương: đề nghị → thẩm định", "300.000.000", "280.000.000"]]


@pytest.mark.django_db(transaction=True)
def test_appraise_and_return_at_once_leave_one_decision():
    house = stories.make_house()
    project = stories.submitted_project(house, stories.draft_plan(house))

    def appraise():
        services.appraise_project(project, by=house.reviewer, opinion="Đạt.")

    def send_back():
        services.return_project(project, by=house.reviewer, reason="Sửa số.")

    def decide(act):
        try:
            act()
        except ValidationError as refusal:
            return refusal.code
        return "done"

    # An appraised file may still be returned, a returned one no longer be appraised.
    answers = at_once(decide, [appraise, send_back])
    project.refresh_from_db()
    assert (answers, project.status) in (
        (["done", "done"], ProjectStatus.RETURNED),
        (["state", "done"], ProjectStatus.RETURNED),
    )


def test_return_project_keeps_the_reason_and_its_items(house, plan):
    project = stories.submitted_project(house, plan)
    project = services.return_project(project, by=house.reviewer, reason="Sửa vốn đối ứng.", items=["kinh-phi"])

    note = ProjectReturn.objects.get()
    assert project.status == ProjectStatus.RETURNED
    assert (note.reason, note.items, note.level) == ("Sửa vốn đối ứng.", ["kinh-phi"], "submitted")


def test_return_project_needs_a_reason(house, plan):
    project = stories.submitted_project(house, plan)

    with pytest.raises(ValidationError, match="Nêu lý do trả lại"):
        services.return_project(project, by=house.reviewer, reason=" ")

    assert Project.objects.get().status == ProjectStatus.SUBMITTED


def test_returned_project_comes_back_to_the_same_reviewer(house, plan):
    project = stories.submitted_project(house, plan)
    project = services.return_project(project, by=house.reviewer, reason="Thiếu báo giá.")
    project = services.submit_project(project, by=house.officer)

    assert (project.status, project.reviewer) == (ProjectStatus.SUBMITTED, house.reviewer)
    assert ProjectReturn.objects.get().resolved_at is not None
    with pytest.raises(PermissionDenied, match="thẩm định"):
        services.appraise_project(project, by=house.second_reviewer, opinion="Đạt.")


def test_reject_project_needs_a_reason_and_ends_it(house, plan):
    project = stories.submitted_project(house, plan)
    with pytest.raises(ValidationError):
        services.reject_project(project, by=house.reviewer, reason="")

    project = services.reject_project(project, by=house.reviewer, reason="Trùng hỗ trợ năm 2024.")

    assert project.status == ProjectStatus.REJECTED
    with pytest.raises(ValidationError):
        services.submit_project(project, by=house.officer)
