"""“Đang ở đâu, ai phải làm gì, còn thiếu gì, trước ngày nào” of an approved project, step by step."""

from datetime import date

import pytest

from projects import services
from projects.models import Contract, ProgressReport, Project
from projects.situation import situation_of
from tests import stories


def cells(project, user):
    """{question: (answer, detail, words of the links)}, as the person reads them."""
    project = Project.objects.get(pk=project.pk)
    found = situation_of(project, user=user)
    return {question: (answer, detail, [words for words, _url in links]) for question, answer, detail, links in found}


def links(project, user, question):
    found = situation_of(Project.objects.get(pk=project.pk), user=user)
    return dict(next(row[3] for row in found if row[0] == question))


@pytest.fixture
def approved(house):
    return stories.approved_project(house)


def test_approved_project_lacks_its_contract(house, approved):
    told = cells(approved, house.officer)

    assert told["Đang ở đâu"] == ("Bước 5 trên 7", "Đã phê duyệt", [])
    assert told["Ai phải làm gì"] == (
        "Chuyên viên, Lãnh đạo phòng hoặc Kế toán",
        "Ký hợp đồng. Giá trị hợp đồng của từng nguồn không vượt số được duyệt.",
        ["Ký hợp đồng"],
    )
    assert "Hợp đồng; chưa ký thì chưa tạm ứng được" in told["Còn thiếu gì"][2]
    assert told["Trước ngày nào"][0] == "30/11/2026"
    assert told["Trước ngày nào"][1].endswith("Quyết định 10/QĐ-UBND")
    page = f"/ke-hoach/{approved.plan_id}/hop-dong-moi/?de-an={approved.pk}"
    assert links(approved, house.officer, "Ai phải làm gì")["Ký hợp đồng"] == page


def test_work_lacks_reports_their_confirmation_and_the_acceptance(house, approved):
    services.sign_contract(stories.contract_of(approved), by=house.accountant, projects=[approved])
    assert cells(approved, house.officer)["Ai phải làm gì"][1].startswith("Bắt đầu thực hiện")
    services.start_project(approved, by=house.officer)
    told = cells(approved, house.officer)
    assert told["Đang ở đâu"][:2] == ("Bước 5 trên 8", "Đang thực hiện")
    assert "Báo cáo tiến độ tháng 3/2026, hạn 25/03/2026" in told["Còn thiếu gì"][2]
    assert "Biên bản nghiệm thu" in told["Còn thiếu gì"][2]
    assert told["Trước ngày nào"][0] == "25/03/2026"
    assert "Thông tư 36/2013/TT-BCT, Điều 23 khoản 3 điểm a" in told["Trước ngày nào"][1]

    report = ProgressReport(project=approved, month=date(2026, 3, 1), volume_percent=10, value_done=0)
    report = services.save_progress_report(report, by=house.officer)
    missing = cells(approved, house.officer)["Còn thiếu gì"][2]
    assert "Xác nhận của Sở về báo cáo tiến độ tháng 3/2026" in missing
    assert "Báo cáo tiến độ tháng 4/2026, hạn 25/04/2026" in missing
    services.confirm_progress_report(report, by=house.second_reviewer)
    assert "Xác nhận" not in "".join(cells(approved, house.officer)["Còn thiếu gì"][2])


def test_accepted_work_lacks_its_accounts_within_fifteen_days(house, approved):
    services.sign_contract(stories.contract_of(approved), by=house.accountant, projects=[approved])
    services.start_project(approved, by=house.officer)
    services.accept_project(approved, by=house.director, number="01/BBNT", accepted_on=date(2026, 11, 1))
    told = cells(approved, house.officer)

    assert told["Đang ở đâu"] == ("Bước 7 trên 8", "Đã nghiệm thu", [])
    assert told["Ai phải làm gì"][0] == "Chuyên viên hoặc Kế toán"
    assert "Hồ sơ quyết toán với bảng kê chứng từ" in told["Còn thiếu gì"][2]
    assert told["Trước ngày nào"][0] == "16/11/2026"
    page = f"/hop-dong/{Contract.objects.get().pk}/quyet-toan/"
    assert links(approved, house.officer, "Trước ngày nào") == {"Nộp hồ sơ quyết toán": page}


def test_without_a_contract_the_handover_is_next(house, approved):
    services.start_project(approved, by=house.officer)
    assert "Hợp đồng; chưa ký thì chưa tạm ứng được" in cells(approved, house.officer)["Còn thiếu gì"][2]
    services.accept_project(approved, by=house.director, number="01/BBNT", accepted_on=date(2026, 11, 1))
    told = cells(approved, house.officer)

    assert told["Đang ở đâu"][0] == "Bước 7 trên 7"
    assert told["Ai phải làm gì"][2] == ["Bàn giao"]
    assert told["Trước ngày nào"][2] == ["Theo dõi kết quả lần 1"]


def test_the_next_move_is_a_link_for_those_who_make_it(house, approved):
    services.start_project(approved, by=house.officer)

    assert links(approved, house.officer, "Ai phải làm gì") == {}
    page = f"/de-an/{approved.pk}/nghiem-thu/moi/"
    assert links(approved, house.second_reviewer, "Ai phải làm gì") == {"Ghi nhận nghiệm thu": page}
    assert links(approved, house.officer, "Còn thiếu gì")["Biên bản nghiệm thu"] == f"/de-an/{approved.pk}/nghiem-thu/"


def test_stopped_project_has_nothing_to_do(house, approved):
    Project.objects.filter(pk=approved.pk).update(status="stopped")
    told = cells(approved, house.officer)

    assert told["Ai phải làm gì"] == ("Không còn việc", "", [])
    assert told["Còn thiếu gì"] == ("Không thiếu gì", "", [])
    assert told["Trước ngày nào"] == ("Không còn hạn", "", [])


def test_page_shows_the_panel(house, approved, officer):
    services.start_project(approved, by=house.officer)
    text = officer.get(approved.get_absolute_url()).text

    assert "Biên bản nghiệm thu" in text
    assert "Quyết định 10/QĐ-UBND" in text
