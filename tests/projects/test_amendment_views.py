"""The pages “Điều chỉnh”: choosing a kind, its form, decision, and what the plan shows afterwards."""

from datetime import date

import pytest
from django.urls import reverse

from projects import services
from projects.models import Amendment, AmendmentStatus, BeneficiaryAmount, FundingLine, ProjectStatus
from projects.views.amendments import WORDS
from tests import stories
from tests.factories import FacilityFactory, source, thai_nguyen

MILLION = 1_000_000
DECISION = {
    "decision_number": "99/QĐ-UBND", "decision_on": "18/11/2026", "signer_name": "Lê Văn Tám",
    "signer_position": "Phó Chủ tịch",
}  # fmt: skip


@pytest.fixture(autouse=True)
def _late_november(monkeypatch):
    for module in ("services.amendments", "services.contracts", "services.payments"):
        monkeypatch.setattr(f"projects.{module}.today", lambda: date(2026, 11, 20))


@pytest.fixture
def house(db):
    return stories.make_house()


@pytest.fixture
def project(house):
    return stories.approved_project(house, support=150 * MILLION, own=350 * MILLION)


def page(client, user, name, *args):
    client.force_login(user)
    return client.get(reverse(f"projects:{name}", args=args))


def send(client, user, name, args, data):
    client.force_login(user)
    return client.post(reverse(f"projects:{name}", args=args), data)


def text_of(answer):
    return answer.content.decode()


def share(project, code="KCDP"):
    return BeneficiaryAmount.objects.get(beneficiary__project=project, source=source(code))


def money(project, support, own=350):
    row = project.beneficiaries.get()
    return {
        f"money-{source('KCDP').pk}-{row.pk}": f"{support}tr",
        f"money-{source('COUNTERPART').pk}-{row.pk}": f"{own}tr",
    }  # fmt: skip


def increase(house, project, million):
    amounts = [(source("KCDP"), project.beneficiaries.get(), million * MILLION)]
    return stories.submitted_amendment(house, project, "funding_up", amounts=amounts)


def test_the_tab_offers_every_kind_to_those_who_draft(client, house, project):
    text = text_of(page(client, house.officer, "amendments", project.pk))
    assert all(reverse("projects:amendment_create", args=[project.pk, word]) in text for word in WORDS.values())
    assert "Lập điều chỉnh" not in text_of(page(client, house.director, "amendments", project.pk))


@pytest.mark.parametrize(("kind", "word"), WORDS.items())
def test_a_form_shows_only_the_fields_of_its_kind(client, house, project, kind, word):
    answer = page(client, house.officer, "amendment_create", project.pk, word)
    fields = set(answer.context["form"].fields) - {"version", "reason", "request_number", "request_on"}
    cells = set(money(project, 0))
    expected = {
        "funding_up": cells, "funding_down": cells, "time": {"new_starts_on", "new_ends_on"},
        "extend": {"new_ends_on"}, "place": {"new_unit", "new_place_note"}, "content": {"new_content"},
        "coordinator": {"new_coordinating_units"}, "beneficiary": {"removed_beneficiary", "added_facility"},
        "stop": set(),
    }  # fmt: skip
    assert fields == expected[kind]


def test_an_unknown_kind_is_not_found(client, house, project):
    assert page(client, house.officer, "amendment_create", project.pk, "gi-do").status_code == 404


def test_an_increase_goes_from_form_to_decision(client, house, project):
    form = text_of(page(client, house.officer, "amendment_create", project.pk, "tang-kinh-phi"))
    assert "Còn 850.000.000 đồng" in form
    data = money(project, 200) | {"reason": "Giá máy tăng.", "request_on": "10/11/2026"}
    answer = send(client, house.officer, "amendment_create", [project.pk, "tang-kinh-phi"], data)
    amendment = Amendment.objects.get()
    assert answer.url == amendment.get_absolute_url()
    text = text_of(client.get(answer.url))
    assert "Chủ tịch UBND tỉnh" in text
    assert "200.000.000" in text
    send(client, house.officer, "amendment_submit", [amendment.pk], {"version": amendment.version})
    assert "Ghi quyết định điều chỉnh" in text_of(page(client, house.director, "amendment_detail", amendment.pk))
    amendment.refresh_from_db()
    answer = send(
        client, house.director, "amendment_approve", [amendment.pk], DECISION | {"version": amendment.version}
    )
    assert answer.status_code == 302
    assert share(project).approved_amount == 200 * MILLION
    text = text_of(page(client, house.viewer, "amendments", project.pk))
    assert "Khi phê duyệt" in text
    assert "99/QĐ-UBND" in text
    plan = text_of(page(client, house.viewer, "plan_detail", project.plan_id))
    assert "Bản điều chỉnh lần 1" in plan
    assert "Sau điều chỉnh" in plan


def test_a_refused_form_keeps_what_was_typed_and_says_why(client, house, project):
    data = money(project, 100) | {"reason": "Giá máy giảm."}
    answer = send(client, house.officer, "amendment_create", [project.pk, "tang-kinh-phi"], data)
    assert answer.status_code == 200
    text = text_of(answer)
    assert "không tăng: chọn loại" in text
    assert 'value="100tr"' in text
    assert "Giá máy giảm." in text
    assert not Amendment.objects.exists()


def test_what_stands_in_the_way_is_shown_before_and_at_the_decision(client, house):
    project = stories.contracted_project(house, support=150 * MILLION, own=350 * MILLION)
    amounts = [(source("KCDP"), project.beneficiaries.get(), 120 * MILLION)]
    amendment = stories.submitted_amendment(house, project, "funding_down", amounts=amounts)
    words = "cao hơn số mới 120.000.000 đồng; ký phụ lục"
    assert words in text_of(page(client, house.viewer, "amendment_detail", amendment.pk))
    data = DECISION | {"version": amendment.version}
    answer = send(client, house.director, "amendment_approve", [amendment.pk], data)
    assert text_of(answer).count(words) > 1
    data |= {"appendix_number": "PL 01", "appendix_on": "17/11/2026"}
    assert send(client, house.director, "amendment_approve", [amendment.pk], data).status_code == 302
    text = text_of(page(client, house.viewer, "amendment_detail", amendment.pk))
    assert "PL 01 ngày 17/11/2026" in text


def test_a_contract_is_asked_for_its_appendix_only_where_there_is_one(client, house, project):
    amendment = increase(house, project, 200)
    answer = page(client, house.director, "amendment_detail", amendment.pk)
    assert "appendix_number" not in answer.context["decision_form"].fields


def test_the_department_s_own_decision_is_signed_by_the_director(client, house, project):
    type(house.director).objects.filter(pk=house.director.pk).update(position="Giám đốc")
    amendment = stories.submitted_amendment(house, project)
    form = page(client, house.director, "amendment_detail", amendment.pk).context["decision_form"]
    assert (form["signer_name"].value(), form["signer_position"].value()) == (house.director.full_name, "Giám đốc")
    other = services.reject_amendment(amendment, by=house.director, reason="x")
    assert other.status == AmendmentStatus.REJECTED
    asked_above = increase(house, project, 200)
    form = page(client, house.director, "amendment_detail", asked_above.pk).context["decision_form"]
    assert form["signer_name"].value() is None


def test_returning_and_rejecting_need_words_and_show_them(client, house, project):
    amendment = stories.submitted_amendment(house, project)
    answer = send(client, house.director, "amendment_return", [amendment.pk], {"version": amendment.version})
    assert "Nêu lý do" in text_of(answer)
    data = {"version": amendment.version, "reason": "Ghi rõ xã nào."}
    send(client, house.director, "amendment_return", [amendment.pk], data)
    assert "Ghi rõ xã nào." in text_of(page(client, house.officer, "amendment_detail", amendment.pk))
    form = page(client, house.officer, "amendment_edit", amendment.pk)
    assert form.context["form"]["new_coordinating_units"].value() == "UBND xã"
    data = {"reason": "Cơ sở đề nghị.", "new_coordinating_units": "UBND xã An Bình", "version": 3}
    send(client, house.officer, "amendment_edit", [amendment.pk], data)
    amendment.refresh_from_db()
    send(client, house.officer, "amendment_submit", [amendment.pk], {"version": amendment.version})
    amendment.refresh_from_db()
    data = {"version": amendment.version, "reason": "Không cần thiết."}
    send(client, house.director, "amendment_reject", [amendment.pk], data)
    amendment.refresh_from_db()
    assert amendment.status == AmendmentStatus.REJECTED
    assert amendment.changes == [["đơn vị phối hợp", "", "UBND xã An Bình"]]


def test_pressing_twice_decides_once(client, house, project):
    amendment = increase(house, project, 200)
    data = DECISION | {"version": amendment.version}
    for _press in range(2):
        answer = send(client, house.director, "amendment_approve", [amendment.pk], data)
        assert answer.url == amendment.get_absolute_url()
    assert FundingLine.objects.get(project=project, source=source("KCDP")).approved_amount == 200 * MILLION
    assert project.plan.snapshots.filter(purpose="amended").count() == 1


def test_a_stale_page_is_read_again(client, house, project):
    amendment = increase(house, project, 200)
    answer = send(client, house.director, "amendment_approve", [amendment.pk], DECISION | {"version": 1})
    assert answer.url == amendment.get_absolute_url()
    assert "sau khi ông/bà mở trang" in text_of(client.get(answer.url))
    assert share(project).approved_amount == 150 * MILLION


def test_a_facility_leaves_and_the_pages_say_so(client, house, project):
    new = FacilityFactory(created_by=house.officer, owner=house.centre)
    old = project.beneficiaries.get()
    data = {"removed_beneficiary": old.pk, "added_facility": new.name, "reason": "Cơ sở ngừng hoạt động."}
    answer = send(client, house.officer, "amendment_create", [project.pk, "don-vi-thu-huong"], data)
    assert answer.status_code == 302, text_of(answer)
    amendment = Amendment.objects.get()
    services.submit_amendment(amendment, by=house.officer)
    stories.decide_amendment(house, amendment, on=date(2026, 11, 18))
    text = text_of(page(client, house.viewer, "detail", project.pk))
    assert "Đã thôi thụ hưởng theo quyết định điều chỉnh" in text
    assert new.name in text


def test_a_stopped_project_shows_what_goes_back(client, house):
    project = stories.contracted_project(house, support=150 * MILLION, own=350 * MILLION)
    FundingLine.objects.filter(project=project, source=source("KCDP")).update(paid_amount=100 * MILLION)
    assert "Phải hoàn trả" in text_of(page(client, house.officer, "amendment_create", project.pk, "ngung"))
    amendment = stories.submitted_amendment(house, project, "stop")
    stories.decide_amendment(house, amendment, on=date(2026, 11, 18))
    project.refresh_from_db()
    assert project.status == ProjectStatus.STOPPED
    text = text_of(page(client, house.viewer, "amendments", project.pk))
    assert "Phải hoàn trả" in text
    assert "100.000.000 đồng" in text


def test_a_draft_is_deleted_by_its_author(client, house, project):
    amendment = stories.amendment(house, project)
    assert send(client, house.second_officer, "amendment_delete", [amendment.pk], {}).status_code == 403
    answer = send(client, house.officer, "amendment_delete", [amendment.pk], {})
    assert answer.url == reverse("projects:amendments", args=[project.pk])
    assert not Amendment.objects.exists()


def test_another_province_finds_nothing(client, house, project):
    amendment = stories.submitted_amendment(house, project)
    north = stories.make_house(thai_nguyen(), "Thái Nguyên").director
    assert page(client, north, "amendments", project.pk).status_code == 404
    assert page(client, north, "amendment_detail", amendment.pk).status_code == 404
    assert send(client, north, "amendment_approve", [amendment.pk], DECISION).status_code == 404


@pytest.mark.parametrize("count", [1, 3])
def test_the_page_asks_the_same_number_of_questions(client, house, project, django_assert_num_queries, count):
    for number in range(count):
        amendment = stories.submitted_amendment(house, project, new_coordinating_units=f"Xã {number}")
        stories.decide_amendment(house, amendment, number=f"{number}/QĐ", on=date(2026, 11, 18))
    client.force_login(house.viewer)
    with django_assert_num_queries(6):
        client.get(reverse("projects:amendments", args=[project.pk]))
