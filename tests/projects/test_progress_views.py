"""The page “Tiến độ, kiểm tra”: reports, their confirmation, visits, for each role."""

from datetime import date

import pytest
from django.urls import reverse

from projects import services
from projects.models import CostItem, Inspection, ProgressReport
from tests import stories
from tests.factories import thai_nguyen


@pytest.fixture(autouse=True)
def _mid_june(monkeypatch):
    for module in ("services.progress_reports", "services.inspections", "views.progress_reports"):
        monkeypatch.setattr(f"projects.{module}.today", lambda: date(2026, 6, 15))


@pytest.fixture
def house(db):
    return stories.make_house()


@pytest.fixture
def project(house):
    project = services.start_project(stories.approved_project(house), by=house.officer)
    CostItem.objects.create(project=project, name="Máy nấu", unit_name="cái", quantity=2, unit_price=5_000_000)
    return project


def page(client, user, name, *args, **kwargs):
    client.force_login(user)
    return client.get(reverse(f"projects:{name}", args=args), **kwargs)


def send(client, user, name, pk, data):
    client.force_login(user)
    return client.post(reverse(f"projects:{name}", args=[pk]), data)


def typed(month="2026-05-01", percent="55,5", value="355tr", items=(("Máy nấu", "1"),), **fields):
    data = {"month": month, "volume_percent": percent, "value_done": value, "items-TOTAL_FORMS": str(len(items)),
            "items-INITIAL_FORMS": "0", **fields}  # fmt: skip
    for number, (name, done) in enumerate(items):
        data |= {f"items-{number}-name": name, f"items-{number}-done_quantity": done}
    return data


def test_the_tab_stands_once_approved(client, house, project):
    assert "Tiến độ, kiểm tra" in page(client, house.viewer, "detail", project.pk).content.decode()
    draft = stories.draft_project(house, stories.draft_plan(house, year=2027))
    assert "Tiến độ, kiểm tra" not in page(client, house.viewer, "detail", draft.pk).content.decode()


def test_a_report_is_entered_with_items_out_of_the_estimate(client, house, project):
    form = page(client, house.officer, "progress_create", project.pk)
    assert form.context["items"].forms[0].initial["name"] == "Máy nấu"
    months = [label for _value, label in form.context["form"].fields["month"].choices]
    assert months[0] == "Tháng 6/2026"
    assert months[-1] == "Tháng 01/2026"
    item = project.cost_items.get()
    answer = send(
        client, house.officer, "progress_create", project.pk,
        typed(**{"items-0-cost_item": item.pk, "items-0-planned_quantity": "2", "items-0-done_amount": "5tr"}),
    )  # fmt: skip
    report = ProgressReport.objects.get()
    assert answer.url == reverse("projects:progress_detail", args=[report.pk])
    assert (str(report.volume_percent), report.value_done) == ("55.50", 355_000_000)
    row = report.items.get()
    assert (row.cost_item, row.planned_quantity, row.done_quantity, row.done_amount) == (item, 2, 1, 5_000_000)
    text = client.get(answer.url).content.decode()
    assert "55,5%" in text
    assert "355.000.000 đồng" in text
    assert "55,5% tổng dự toán 640.000.000 đồng" in text


def test_a_refusal_keeps_what_was_typed(client, house, project):
    stories.progress_report(house, project, month=4, volume="60")
    answer = send(client, house.officer, "progress_create", project.pk, typed(difficulties="Mưa nhiều"))
    text = answer.content.decode()
    assert answer.status_code == 200
    assert "Khối lượng của tháng 5/2026 là 55,5%, thấp hơn 60% của tháng 4/2026" in text
    assert "Mưa nhiều" in text
    assert 'value="355tr"' in text
    assert ProgressReport.objects.count() == 1


def test_rows_are_added_without_reading_the_form(client, house, project):
    answer = send(client, house.officer, "progress_create", project.pk, typed(value="abc", row="items-add"))
    assert answer.context["items"].total_form_count() == 2
    assert "field-error" not in answer.content.decode()


def test_two_who_save_at_once_choose(client, house, project):
    report = stories.progress_report(house, project, month=5)
    form = page(client, house.officer, "progress_edit", report.pk)
    seen = {"version": "1", "seen-items": form.context["seen"], "initial-month": "2026-05-01",
            "initial-volume_percent": "60", "initial-value_done": "0"}  # fmt: skip
    services.save_progress_report(ProgressReport.objects.get(pk=report.pk), by=house.second_officer, expected_version=1)
    answer = send(client, house.officer, "progress_edit", report.pk, typed(**seen))
    assert f"{house.second_officer} lưu lúc" in answer.content.decode()
    assert ProgressReport.objects.get().volume_percent == 60


def test_the_department_confirms_and_takes_back(client, house, project):
    report = stories.progress_report(house, project)
    detail = reverse("projects:progress_detail", args=[report.pk])
    assert (
        "Xác nhận báo cáo tháng 05/2026" in page(client, house.director, "progress_detail", report.pk).content.decode()
    )
    answer = send(client, house.director, "progress_confirm", report.pk, {"version": report.version})
    assert answer.url == detail
    report.refresh_from_db()
    assert report.confirmed_by == house.director
    text = client.get(detail).content.decode()
    assert "Rút xác nhận" in text
    assert "Sửa</a>" not in text
    assert page(client, house.officer, "progress_edit", report.pk).url == detail
    answer = send(client, house.reviewer, "progress_withdraw", report.pk, {"reason": ""})
    assert "Nêu lý do" in answer.content.decode()
    send(client, house.reviewer, "progress_withdraw", report.pk, {"reason": "Sai khối lượng."})
    report.refresh_from_db()
    assert report.confirmed_by is None


def test_confirming_another_version_than_the_one_read_says_so(client, house, project):
    report = stories.progress_report(house, project)
    services.save_progress_report(ProgressReport.objects.get(pk=report.pk), by=house.second_officer)
    client.force_login(house.director)
    answer = client.post(reverse("projects:progress_confirm", args=[report.pk]), {"version": 1}, follow=True)
    assert "đã lưu hồ sơ này" in answer.content.decode()
    assert not ProgressReport.objects.get().is_confirmed


def test_the_author_sees_why_confirming_is_closed(client, house, project):
    report = services.save_progress_report(
        ProgressReport(project=project, month=date(2026, 5, 1), volume_percent=5, value_done=0), by=house.reviewer
    )
    text = page(client, house.reviewer, "progress_detail", report.pk).content.decode()
    assert "Người lập hoặc sửa báo cáo không tự xác nhận" in text
    assert "Xác nhận báo cáo tháng" not in text


def test_doubtful_figures_are_shown_not_refused(client, house, project):
    report = stories.progress_report(house, project, value=650_000_000)
    text = page(client, house.viewer, "progress_detail", report.pk).content.decode()
    assert "vượt tổng dự toán 640.000.000 đồng là 10.000.000 đồng" in text


def test_a_visit_is_entered_mended_and_resolved(client, house, project):
    data = {"kind": "periodic", "visited_on": "20/5/2026", "members": "Lê Văn Tám", "findings": "Chưa lắp xong.",
            "demands": "Lắp xong.", "demands_due_on": ""}  # fmt: skip
    assert "ghi hạn" in send(client, house.reviewer, "inspection_create", project.pk, data).content.decode()
    answer = send(client, house.reviewer, "inspection_create", project.pk, data | {"demands_due_on": "1/6/2026"})
    assert answer.url == reverse("projects:progress", args=[project.pk]) + "#inspections"
    visit = Inspection.objects.get()
    assert "Quá hạn khắc phục 01/06/2026" in client.get(answer.url).content.decode()
    form = page(client, house.officer, "inspection_resolve", visit.pk)
    assert "Lắp xong." in form.content.decode()
    send(
        client, house.officer, "inspection_resolve", visit.pk,
        {"version": visit.version, "resolved_on": "10/6/2026", "resolution": "Đã lắp."},
    )  # fmt: skip
    visit.refresh_from_db()
    assert (visit.resolved_on, visit.resolution) == (date(2026, 6, 10), "Đã lắp.")
    assert "Đã khắc phục ngày 10/06/2026" in page(client, house.viewer, "progress", project.pk).content.decode()
    assert page(client, house.officer, "inspection_edit", visit.pk).status_code == 302


def test_another_province_finds_nothing(client, house, project):
    report, visit = stories.progress_report(house, project), stories.inspection(house, project)
    north = stories.make_house(thai_nguyen(), "Thái Nguyên").reviewer
    for name, pk in (("progress", project.pk), ("progress_detail", report.pk), ("inspection_edit", visit.pk)):
        assert page(client, north, name, pk).status_code == 404


@pytest.mark.parametrize("count", [1, 3])
def test_the_page_asks_the_same_number_of_questions(
    client, house, project, django_assert_num_queries, count, settings, tmp_path
):
    settings.MEDIA_ROOT = tmp_path
    for month in range(1, 1 + count):
        stories.progress_report(house, project, month=month)
        stories.photo(house, stories.inspection(house, project))
    client.force_login(house.officer)
    with django_assert_num_queries(11):
        response = client.get(reverse("projects:progress", args=[project.pk]))
    assert response.content.decode().count("hien-truong.jpg") == count
