"""Amendments: whose decision, what each kind does, and that money and versions stay in order (I2, I3, I9)."""

from datetime import date

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Sum

from khuyencong.models import AuditEntry, Role
from khuyencong.versions import StaleVersionError
from programs.models import AmendmentKind, AmendmentRule, Authority, Norm
from projects import services
from projects.models import (
    Amendment,
    AmendmentStatus,
    Beneficiary,
    BeneficiaryAmount,
    FundingLine,
    ProjectStatus,
    SnapshotPurpose,
    TargetMode,
)
from projects.services.amendment_effects import Approved, refunds_due
from projects.services.amendments import (
    approve_amendment,
    approved_version,
    delete_amendment,
    reject_amendment,
    return_amendment,
    rule_for,
    save_amendment,
    submit_amendment,
)
from projects.services.plan import budget_position, is_intact
from tests import stories
from tests.factories import FacilityFactory, UserFactory, commune_of, content, source, thai_nguyen
from tests.khuyencong.threads import at_once

MILLION = 1_000_000


@pytest.fixture(autouse=True)
def _late_november(monkeypatch):
    for module in ("amendments", "progress_reports", "payments", "contracts"):
        monkeypatch.setattr(f"projects.services.{module}.today", lambda: date(2026, 11, 20))


@pytest.fixture
def house(db):
    return stories.make_house()


def approved(house, **kwargs):
    kwargs = {"support": 150 * MILLION, "own": 350 * MILLION, **kwargs}
    return stories.approved_project(house, **kwargs)


def contracted(house, **kwargs):
    return stories.contracted_project(house, support=150 * MILLION, own=350 * MILLION, **kwargs)


def figure(project, code="KCDP", number=0):
    """(source, beneficiary) of a share, as `save_amendment` takes it."""
    return source(code), list(project.beneficiaries.all())[number]


def draft(house, project, kind, *, amounts=(), **fields):
    amendment = Amendment(project=project, kind=kind, reason="Cơ sở đề nghị.", **fields)
    return save_amendment(amendment, by=house.officer, amounts=amounts)


def submitted(house, project, kind, **kwargs):
    return submit_amendment(draft(house, project, kind, **kwargs), by=house.officer)


def decide(house, amendment, *, by=None, **kwargs):
    decision = {
        "decision_number": "99/QĐ-UBND", "decision_on": date(2026, 11, 18), "signer_name": "Lê Văn Tám",
        "signer_position": "Phó Chủ tịch",
    }  # fmt: skip
    return approve_amendment(amendment, by=by or house.director, **decision | kwargs)


def amend(house, project, kind, *, decision=None, **kwargs):
    amendment = decide(house, submitted(house, project, kind, **kwargs), **decision or {})
    project.refresh_from_db()
    return amendment


def funding(house, project, million, code="KCDP", **kwargs):
    """An increase or a decrease of the first facility's share to that many million đồng."""
    now = BeneficiaryAmount.objects.get(beneficiary__project=project, source=source(code)).approved_amount
    kind = AmendmentKind.FUNDING_UP if million * MILLION > now else AmendmentKind.FUNDING_DOWN
    return submitted(house, project, kind, amounts=[(*figure(project, code), million * MILLION)], **kwargs)


def line(project, code="KCDP"):
    return FundingLine.objects.get(project=project, source=source(code))


def assert_sums_agree(project):
    """I1: lines are the sum of the shares, and the estimate is the sum of the lines."""
    project.refresh_from_db()
    lines = dict(project.funding_lines.values_list("source", "approved_amount"))
    shares = BeneficiaryAmount.objects.filter(beneficiary__project=project).order_by().values_list("source")
    assert dict(shares.annotate(Sum("approved_amount"))) == lines
    assert project.total_cost == sum(lines.values())


# Whose decision


@pytest.mark.parametrize(
    ("scope", "mode", "kind", "authority"),
    [
        ("national", TargetMode.SPECIFIC, AmendmentKind.FUNDING_UP, Authority.MINISTRY),
        ("national", TargetMode.SPECIFIC, AmendmentKind.BENEFICIARY, Authority.AGENCY),
        ("national", TargetMode.GROUP, AmendmentKind.BENEFICIARY, Authority.DEPARTMENT),
        ("national", TargetMode.GROUP, AmendmentKind.TIME, Authority.AGENCY),
        ("local", TargetMode.SPECIFIC, AmendmentKind.FUNDING_UP, Authority.PROVINCE),
        ("local", TargetMode.GROUP, AmendmentKind.PLACE, Authority.DEPARTMENT),
        ("local", TargetMode.SPECIFIC, AmendmentKind.STOP, Authority.PROVINCE),
    ],
)
def test_the_table_of_authorities(house, scope, mode, kind, authority):
    project = stories.draft_project(house, stories.draft_plan(house), target_mode=mode)
    project.plan.program.scope = scope
    assert rule_for(project, kind, date(2026, 6, 1)).authority == authority


def test_every_kind_has_its_authority_for_both_moneys_and_modes(house):
    project = stories.draft_project(house, stories.draft_plan(house))
    for scope in ("national", "local"):
        project.plan.program.scope = scope
        for project.target_mode in TargetMode:
            for kind in AmendmentKind:
                assert rule_for(project, kind, date(2026, 6, 1)).authority


def test_the_province_s_own_rule_goes_before_and_only_in_its_time(house):
    project = stories.draft_project(house, stories.draft_plan(house))
    AmendmentRule.objects.create(
        kind=AmendmentKind.EXTEND, scope="local", authority=Authority.DEPARTMENT, owner=house.department,
        valid_from=date(2026, 7, 1), legal_source="Quyết định 20/2026/QĐ-UBND",
    )  # fmt: skip
    assert rule_for(project, AmendmentKind.EXTEND, date(2026, 6, 30)).authority == Authority.PROVINCE
    assert rule_for(project, AmendmentKind.EXTEND, date(2026, 7, 1)).authority == Authority.DEPARTMENT
    AmendmentRule.objects.filter(kind=AmendmentKind.EXTEND).delete()
    with pytest.raises(ValidationError, match="Chưa có quy định ai quyết định “Gia hạn sang năm sau”"):
        rule_for(project, AmendmentKind.EXTEND, date(2026, 7, 1))


def test_the_rule_of_the_day_of_decision_is_kept_with_the_amendment(house):
    project = approved(house)
    amendment = submitted(house, project, AmendmentKind.TIME, new_ends_on=date(2026, 12, 20))
    assert amendment.authority == Authority.DEPARTMENT
    AmendmentRule.objects.create(
        kind=AmendmentKind.TIME, scope="local", authority=Authority.PROVINCE, owner=house.department,
        legal_source="Quyết định 20/2026/QĐ-UBND",
    )  # fmt: skip
    amendment = decide(house, amendment)
    assert (amendment.authority, amendment.authority_source) == (Authority.PROVINCE, "Quyết định 20/2026/QĐ-UBND")
    AmendmentRule.objects.update(authority=Authority.MINISTRY)
    amendment.refresh_from_db()
    assert amendment.authority == Authority.PROVINCE


# Life


def test_only_drafters_of_the_house_draft(house):
    project = approved(house)
    north = stories.make_house(thai_nguyen(), "Thái Nguyên")
    others = [UserFactory(organisation=house.department, role=role) for role in (Role.DIRECTOR, Role.ACCOUNTANT)]
    for user in (*others, house.viewer, north.officer):
        amendment = Amendment(project=project, kind=AmendmentKind.TIME, reason="x", new_ends_on=date(2026, 12, 1))
        with pytest.raises(PermissionDenied):
            save_amendment(amendment, by=user)


@pytest.mark.parametrize("status", [ProjectStatus.ACCEPTED, ProjectStatus.SETTLED, ProjectStatus.STOPPED])
def test_projects_past_their_work_are_not_amended(house, status):
    project = approved(house)
    type(project).objects.filter(pk=project.pk).update(status=status)
    with pytest.raises(ValidationError, match="chỉ điều chỉnh từ khi phê duyệt đến trước nghiệm thu"):
        draft(house, project, AmendmentKind.TIME, new_ends_on=date(2026, 12, 1))


def test_one_at_a_time(house):
    project = approved(house)
    first = draft(house, project, AmendmentKind.TIME, new_ends_on=date(2026, 12, 1))
    with pytest.raises(ValidationError, match="Điều chỉnh lần 1: .* còn “dự thảo”"):
        draft(house, project, AmendmentKind.PLACE, new_place_note="Ấp 2")
    with pytest.raises(IntegrityError), transaction.atomic():
        Amendment.objects.create(
            project=project, number=2, kind="time", reason="x", created_by=house.officer, updated_by=house.officer
        )
    delete_amendment(first, by=house.officer)
    assert draft(house, project, AmendmentKind.PLACE, new_place_note="Ấp 2").number == 1


def test_what_was_submitted_is_not_deleted_and_others_do_not_delete(house):
    project = approved(house)
    amendment = draft(house, project, AmendmentKind.PLACE, new_place_note="Ấp 2")
    with pytest.raises(PermissionDenied):
        delete_amendment(amendment, by=house.second_officer)
    amendment = return_amendment(submit_amendment(amendment, by=house.officer), by=house.director, reason="Thiếu.")
    with pytest.raises(ValidationError, match="đã trình thì không xóa được"):
        delete_amendment(amendment, by=house.officer)


def test_a_change_of_nothing_is_refused(house):
    project = approved(house)
    with pytest.raises(ValidationError, match="Chưa có gì khác với hiện nay"):
        draft(house, project, AmendmentKind.TIME, new_ends_on=project.ends_on)
    with pytest.raises(ValidationError, match="Chưa có gì khác với hiện nay"):
        draft(house, project, AmendmentKind.FUNDING_DOWN, amounts=[(*figure(project), 150 * MILLION)])


def test_fields_of_another_kind_are_emptied(house):
    project = approved(house)
    amendment = draft(
        house, project, AmendmentKind.PLACE, new_place_note="Ấp 2", new_ends_on=date(2027, 1, 1), new_content=content(),
        amounts=[(*figure(project), 1)],
    )  # fmt: skip
    assert (amendment.new_place_note, amendment.new_ends_on, amendment.new_content) == ("Ấp 2", None, None)
    assert not amendment.amounts.exists()


def test_a_returned_amendment_is_mended_and_comes_back(house):
    project = approved(house)
    amendment = submitted(house, project, AmendmentKind.PLACE, new_place_note="Ấp 2")
    with pytest.raises(ValidationError, match="không sửa được"):
        save_amendment(amendment, by=house.officer)
    with pytest.raises(ValidationError, match="Nêu lý do"):
        return_amendment(amendment, by=house.director, reason=" ")
    amendment = return_amendment(amendment, by=house.director, reason="Ghi rõ ấp.")
    assert (amendment.status, amendment.answer) == (AmendmentStatus.RETURNED, "Ghi rõ ấp.")
    amendment.new_place_note = "Ấp 3"
    amendment = submit_amendment(save_amendment(amendment, by=house.officer), by=house.officer)
    decide(house, amendment)
    project.refresh_from_db()
    assert project.place_note == "Ấp 3"


def test_a_rejected_amendment_changes_nothing(house):
    project = approved(house)
    amendment = reject_amendment(funding(house, project, 200), by=house.director, reason="Hết dự toán.")
    assert (amendment.status, line(project).approved_amount) == (AmendmentStatus.REJECTED, 150 * MILLION)
    with pytest.raises(ValidationError, match="hồ sơ đang “Không đồng ý”"):
        decide(house, amendment)


def test_stale_readers_neither_save_nor_decide(house):
    project = approved(house)
    amendment = draft(house, project, AmendmentKind.PLACE, new_place_note="Ấp 2")
    save_amendment(amendment, by=house.second_officer, expected_version=1)
    with pytest.raises(StaleVersionError):
        save_amendment(amendment, by=house.officer, expected_version=1)
    amendment = submit_amendment(amendment, by=house.officer)
    with pytest.raises(StaleVersionError):
        decide(house, amendment, expected_version=1)


# Four eyes, decision


def test_only_a_director_who_did_not_write_it_decides(house):
    project = approved(house)
    amendment = submitted(house, project, AmendmentKind.PLACE, new_place_note="Ấp 2")
    for user in (house.officer, house.reviewer, house.accountant, house.viewer):
        with pytest.raises(PermissionDenied):
            decide(house, amendment, by=user)
    Amendment.objects.update(created_by=house.director)
    with pytest.raises(PermissionDenied, match="Người lập hoặc trình hồ sơ không được quyết định"):
        decide(house, amendment)
    assert decide(house, amendment, by=house.second_director).approved_by == house.second_director


@pytest.mark.parametrize(
    ("given", "where"),
    [
        ({"decision_number": " "}, "decision_number"),
        ({"decision_on": date(2026, 11, 21)}, "decision_on"),
        ({"decision_on": date(2026, 1, 3)}, "decision_on"),
        ({"decision_on": date(2026, 11, 9)}, "decision_on"),
        ({"appendix_number": "PL01"}, "appendix_number"),
    ],
)
def test_decisions_that_cannot_be_are_refused(house, given, where):
    project = approved(house)
    amendment = submitted(house, project, AmendmentKind.PLACE, new_place_note="Ấp 2", request_on=date(2026, 11, 10))
    with pytest.raises(ValidationError) as refusal:
        decide(house, amendment, **given)
    assert list(refusal.value.message_dict) == [where]
    project.refresh_from_db()
    assert project.place_note == ""


def test_the_decision_is_told_on_both_records(house):
    project = approved(house)
    amendment = amend(house, project, AmendmentKind.TIME, new_ends_on=date(2026, 12, 20))
    assert amendment.changes == [["hoàn thành", "30/11/2026", "20/12/2026"]]
    assert project.ends_on == date(2026, 12, 20)
    for record in (project, amendment):
        entry = AuditEntry.objects.about(record).first()
        assert entry.changes == amendment.changes
    label = AuditEntry.objects.about(project).first().label
    assert label == "Điều chỉnh lần 1: Thay đổi thời gian trong năm, 99/QĐ-UBND"


# Fields


@pytest.mark.parametrize(
    ("kind", "day", "words"),
    [
        (AmendmentKind.TIME, date(2027, 1, 1), "Sang năm 2027 là gia hạn sang năm sau"),
        (AmendmentKind.TIME, date(2026, 2, 1), "Không thể trước ngày bắt đầu 01/03/2026"),
        (AmendmentKind.EXTEND, date(2026, 12, 31), "Trong năm 2026 thì chọn loại"),
        (AmendmentKind.EXTEND, date(2028, 1, 1), "chỉ gia hạn sang năm liền sau, đến hết 31/12/2027"),
        (AmendmentKind.EXTEND, None, "Nhập ngày hoàn thành mới"),
    ],
)
def test_time_stays_in_the_year_and_an_extension_crosses_it(house, kind, day, words):
    with pytest.raises(ValidationError, match=words):
        draft(house, approved(house), kind, new_ends_on=day)


def test_a_project_that_has_begun_keeps_its_first_day(house):
    project = services.start_project(approved(house), by=house.officer)
    with pytest.raises(ValidationError, match="Đề án đã bắt đầu"):
        draft(house, project, AmendmentKind.TIME, new_starts_on=date(2026, 4, 1))


def test_place_content_and_coordinator(house):
    project = approved(house)
    place = commune_of(house.province, 3)
    amend(house, project, AmendmentKind.PLACE, new_unit=place, new_place_note="Ấp 2")
    amend(house, project, AmendmentKind.CONTENT, new_content=content("TECH_TRANSFER"),
          decision={"decision_number": "100/QĐ"})  # fmt: skip
    third = amend(house, project, AmendmentKind.COORDINATOR, new_coordinating_units="UBND xã")
    assert (project.unit, project.place_note) == (place, "Ấp 2")
    assert (project.content, project.coordinating_units) == (content("TECH_TRANSFER"), "UBND xã")
    assert (third.number, third.changes) == (3, [["đơn vị phối hợp", "", "UBND xã"]])
    amend(house, project, AmendmentKind.PLACE, new_unit=None, new_place_note="Ấp 2")
    course = {label: (old, new) for label, old, new in approved_version(project)}
    assert course["địa điểm chi tiết"] == ("", "Ấp 2")
    # Back to where it was: nothing differs from the decision.
    assert "địa điểm" not in course


# Money: I2, I3


def test_an_increase_moves_share_line_and_estimate_together(house):
    project = approved(house)
    amendment = decide(house, funding(house, project, 200))
    assert line(project).approved_amount == 200 * MILLION
    assert line(project).amendment == amendment
    assert BeneficiaryAmount.objects.get(amendment=amendment).approved_amount == 200 * MILLION
    assert_sums_agree(project)
    who = project.beneficiaries.get()
    assert amendment.changes == [
        [f"{who}: {source('KCDP')}", "150.000.000", "200.000.000"],
        [f"cả đề án: {source('KCDP')}", "150.000.000", "200.000.000"],
        ["tổng dự toán", "500.000.000", "550.000.000"],
    ]


def test_an_increase_beyond_the_free_budget_is_refused_with_what_is_left(house):
    project = approved(house, plan=stories.draft_plan(house, budgets={"KCDP": 180 * MILLION}))
    amendment = funding(house, project, 190)
    with pytest.raises(ValidationError, match="cần thêm 40.000.000 đồng, dự toán của kế hoạch chỉ còn 30.000.000 đồng"):
        decide(house, amendment)
    assert line(project).approved_amount == 150 * MILLION
    amendment = return_amendment(amendment, by=house.director, reason="Vượt dự toán.")
    save_amendment(amendment, by=house.officer, amounts=[(*figure(project), 180 * MILLION)])
    decide(house, submit_amendment(amendment, by=house.officer))
    (position,) = [row for row in budget_position(project.plan) if row.source == source("KCDP")]
    assert (position.taken, position.left) == (180 * MILLION, 0)


def test_two_increases_cannot_spend_the_same_free_money(house):
    plan = stories.draft_plan(house, budgets={"KCDP": 350 * MILLION})
    projects = [stories.planned_project(house, plan, support=150 * MILLION, own=350 * MILLION) for _ in range(2)]
    services.submit_plan(plan, by=house.reviewer)
    stories.approve(house, plan)
    first, second = (funding(house, project, 190) for project in projects)
    decide(house, first)
    with pytest.raises(ValidationError, match="chỉ còn 10.000.000 đồng"):
        decide(house, second)


def test_the_kind_says_which_way_the_money_goes(house):
    project = approved(house)
    where = figure(project)
    with pytest.raises(ValidationError, match="không tăng: chọn loại “Không đổi hoặc giảm"):
        draft(house, project, AmendmentKind.FUNDING_UP, amounts=[(*where, 100 * MILLION)])
    with pytest.raises(ValidationError, match="Tổng mức hỗ trợ tăng 10.000.000 đồng"):
        draft(house, project, AmendmentKind.FUNDING_DOWN, amounts=[(*where, 160 * MILLION)])
    with pytest.raises(ValidationError, match="chọn loại “Ngừng triển khai”"):
        draft(house, project, AmendmentKind.FUNDING_DOWN, amounts=[(*where, 0)])


def test_figures_of_other_projects_and_sources_are_refused(house):
    project, other = approved(house), approved(stories.make_house(thai_nguyen(), "Thái Nguyên"))
    for figures in (figure(other), (source("KCQG"), figure(project)[1]), (source("KCDP"), None)):
        with pytest.raises(ValidationError, match="Có nguồn hoặc cơ sở không còn trong đề án"):
            draft(house, project, AmendmentKind.FUNDING_UP, amounts=[(*figures, 400 * MILLION)])


def test_the_facility_s_own_money_is_free_of_the_plan_s_budget(house):
    project = approved(house)
    amend(house, project, AmendmentKind.FUNDING_DOWN, amounts=[(*figure(project, "COUNTERPART"), 900 * MILLION)])
    assert line(project, "COUNTERPART").approved_amount == 900 * MILLION
    assert_sums_agree(project)


def test_a_decrease_below_the_contract_needs_the_appendix_first(house):
    project = contracted(house)
    amendment = funding(house, project, 120)
    with pytest.raises(ValidationError, match="ghi 150.000.000 đồng, cao hơn số mới 120.000.000 đồng; ký phụ lục"):
        decide(house, amendment)
    decide(house, amendment, appendix_number="PL 01", appendix_on=date(2026, 11, 17))
    kcdp = line(project)
    assert (kcdp.approved_amount, kcdp.contracted_amount) == (120 * MILLION, 120 * MILLION)
    appendix = project.contract.appendices.get()
    assert (appendix.number, appendix.amendment_id) == ("PL 01", amendment.pk)
    assert appendix.content == f"hợp đồng, {source('KCDP')}: 150.000.000 → 120.000.000"
    assert AuditEntry.objects.about(project.contract).first().label.startswith("Phụ lục PL 01")
    assert_sums_agree(project)


def test_a_decrease_below_what_was_paid_is_refused_even_with_an_appendix(house):
    project = contracted(house)
    FundingLine.objects.filter(pk=line(project).pk).update(paid_amount=100 * MILLION)
    amendment = funding(house, project, 90)
    with pytest.raises(ValidationError, match="đã chi 100.000.000 đồng, .*ghi hoàn trả 10.000.000 đồng trước"):
        decide(house, amendment, appendix_number="PL 01", appendix_on=date(2026, 11, 17))
    assert line(project).contracted_amount == 150 * MILLION
    assert not project.contract.appendices.exists()


def test_an_increase_enters_the_contract_only_with_an_appendix(house):
    project = contracted(house)
    decide(house, funding(house, project, 180))
    assert line(project).contracted_amount == 150 * MILLION
    decide(
        house, funding(house, project, 200), decision_number="101/QĐ", appendix_number="PL 02",
        appendix_on=date(2026, 11, 18),
    )  # fmt: skip
    kcdp = line(project)
    assert (kcdp.approved_amount, kcdp.contracted_amount) == (200 * MILLION, 170 * MILLION)


def test_an_extension_beyond_the_contract_needs_the_appendix_and_moves_its_end(house):
    project = contracted(house)
    amendment = submitted(house, project, AmendmentKind.EXTEND, new_ends_on=date(2027, 3, 31))
    with pytest.raises(ValidationError, match="hết hạn ngày 15/12/2026, trước ngày mới 31/03/2027"):
        decide(house, amendment)
    with pytest.raises(ValidationError, match="Từ ngày ký hợp đồng 01/02/2026 đến hôm nay"):
        decide(house, amendment, appendix_number="PL 01", appendix_on=date(2026, 1, 31))
    amendment = decide(house, amendment, appendix_number="PL 01", appendix_on=date(2026, 11, 17))
    project.contract.refresh_from_db()
    assert project.contract.ends_on == date(2027, 3, 31)
    assert amendment.changes[-1] == ["hợp đồng, đến hết ngày", "15/12/2026", "31/03/2027"]


def test_an_increase_beyond_a_norm_needs_the_director_s_reason_which_stays(house):
    project = approved(house)
    norm = Norm.objects.create(
        content=content(), scope="local", name="Máy móc", per_unit="cơ sở", basis="facility", is_verified=True,
        cap_amount=180 * MILLION, owner=house.department,
    )  # fmt: skip
    amendment = funding(house, project, 200)
    with pytest.raises(ValidationError) as refusal:
        decide(house, amendment)
    [text] = refusal.value.message_dict["norm_reason"]
    assert "20.000.000" in text
    assert text.endswith("giảm số điều chỉnh, hoặc ghi lý do vượt mức.")
    assert line(project).approved_amount == 150 * MILLION
    assert not project.norm_exceptions.exists()
    decide(house, amendment, norm_reason="Dây chuyền đồng bộ.")
    kept = project.norm_exceptions.get()
    assert (kept.norm, kept.decided_by, kept.support_amount) == (norm, house.director, 200 * MILLION)


def test_money_of_a_source_that_the_project_had_not_comes_out_of_the_plan(house):
    budgets = {"KCDP": 150 * MILLION, "KCQG": 60 * MILLION}
    project = contracted(house, plan=stories.draft_plan(house, budgets=budgets))
    amounts = [(*figure(project, "KCQG"), 50 * MILLION)]
    amendment = submitted(house, project, AmendmentKind.FUNDING_UP, amounts=amounts)
    decide(house, amendment, appendix_number="PL 01", appendix_on=date(2026, 11, 17))
    added = line(project, "KCQG")
    assert (added.requested_amount, added.approved_amount, added.contracted_amount) == (0, 50 * MILLION, 50 * MILLION)
    assert ["cả đề án: Khuyến công quốc gia", "0", "50.000.000"] in Amendment.objects.get().changes
    assert_sums_agree(project)


# At once


@pytest.mark.django_db(transaction=True)
def test_two_increases_at_the_same_moment_spend_the_free_money_once(house):
    plan = stories.draft_plan(house, budgets={"KCDP": 350 * MILLION})
    projects = [stories.planned_project(house, plan, support=150 * MILLION, own=350 * MILLION) for _ in range(2)]
    services.submit_plan(plan, by=house.reviewer)
    stories.approve(house, plan)
    waiting = [funding(house, project, 190) for project in projects]

    def press(amendment):
        try:
            return decide(house, amendment).status
        except ValidationError as refusal:
            return " ".join(refusal.messages)

    answers = at_once(press, waiting)

    assert sorted("chỉ còn 10.000.000 đồng" in answer for answer in answers) == [False, True]
    assert budget_position(plan)[0].taken == 340 * MILLION
    assert plan.snapshots.filter(purpose=SnapshotPurpose.AMENDED).count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_presses_decide_once(house):
    project = approved(house)
    amendment = funding(house, project, 200)

    def press(director):
        try:
            return decide(house, amendment, by=director).status
        except ValidationError as refusal:
            return " ".join(refusal.messages)

    answers = at_once(press, [house.director, house.second_director])

    assert sorted(answer == AmendmentStatus.APPROVED for answer in answers) == [False, True]
    assert project.plan.snapshots.filter(purpose=SnapshotPurpose.AMENDED).count() == 1
    assert_sums_agree(project)


# Facilities


def two_facilities(house):
    plan = stories.draft_plan(house)
    project = stories.complete_project(house, plan, support=150 * MILLION, own=350 * MILLION)
    first = project.beneficiaries.get().facility
    second = FacilityFactory(created_by=house.officer)
    kcdp, own = source("KCDP"), source("COUNTERPART")
    rows = [
        (first, "Máy nấu", {kcdp: 100 * MILLION, own: 200 * MILLION}),
        (second, "Máy ép", {kcdp: 50 * MILLION, own: 150 * MILLION}),
    ]
    services.set_beneficiaries(project, by=house.officer, rows=rows)
    services.set_cost_items(
        project, by=house.officer,
        rows=[{"name": "Máy nấu", "quantity": 1, "unit_price": MILLION, "beneficiary": project.beneficiaries.first()}],
    )  # fmt: skip
    project = services.submit_project(project, by=house.officer)
    services.appraise_project(project, by=house.reviewer, opinion="Đạt.")
    services.place_project(project, by=house.reviewer, status=ProjectStatus.IN_PLAN)
    services.submit_plan(plan, by=house.reviewer)
    stories.approve(house, plan)
    project.refresh_from_db()
    return project


def test_the_facility_that_leaves_stays_with_nothing_and_the_new_one_takes_its_shares(house):
    project = two_facilities(house)
    old = project.beneficiaries.first()
    new = FacilityFactory(created_by=house.officer)
    amendment = amend(house, project, AmendmentKind.BENEFICIARY, removed_beneficiary=old, added_facility=new)
    old.refresh_from_db()
    assert old.withdrawn_by == amendment
    assert set(old.amounts.values_list("approved_amount", flat=True)) == {0}
    taker = project.beneficiaries.get(facility=new)
    assert sorted(taker.amounts.values_list("approved_amount", flat=True)) == [100 * MILLION, 200 * MILLION]
    assert (taker.item, project.cost_items.get().beneficiary) == ("Máy nấu", taker)
    assert ["đơn vị thụ hưởng", str(old), str(new)] in amendment.changes
    assert_sums_agree(project)
    snapshot = project.plan.snapshots.filter(purpose=SnapshotPurpose.AMENDED).get()
    assert str(old) not in [name for name, _place in snapshot.lines.get().facilities]


def test_one_already_in_takes_the_shares_on_top_and_a_returning_one_comes_back(house):
    project = two_facilities(house)
    first, second = project.beneficiaries.all()
    amend(house, project, AmendmentKind.BENEFICIARY, removed_beneficiary=first, added_facility=second.facility)
    assert Approved(project).figures[source("KCDP").pk, second.facility_id] == 150 * MILLION
    amend(house, project, AmendmentKind.BENEFICIARY, removed_beneficiary=second, added_facility=first.facility,
          decision={"decision_number": "100/QĐ"})  # fmt: skip
    assert list(Approved(project).current) == [first.facility_id]
    assert_sums_agree(project)


def test_facilities_that_cannot_change_are_refused(house):
    project = two_facilities(house)
    other = approved(stories.make_house(thai_nguyen(), "Thái Nguyên"))
    first = project.beneficiaries.first()
    new = FacilityFactory(created_by=house.officer)
    cases = [
        ({"added_facility": new}, "Chọn cơ sở thôi thụ hưởng"),
        ({"removed_beneficiary": first}, "đang có 300.000.000 đồng: chọn cơ sở nhận thay"),
        ({"removed_beneficiary": first, "added_facility": first.facility}, "Chọn cơ sở khác"),
        ({"removed_beneficiary": other.beneficiaries.get(), "added_facility": new}, "không còn là đơn vị thụ hưởng"),
    ]
    for fields, words in cases:
        with pytest.raises(ValidationError, match=words):
            draft(house, project, AmendmentKind.BENEFICIARY, **fields)


def test_a_group_project_names_a_facility_once_it_is_known(house):
    plan = stories.draft_plan(house)
    project = stories.complete_project(house, plan, target_mode=TargetMode.GROUP)
    services.set_beneficiaries(project, by=house.officer, rows=[])
    project = services.submit_project(project, by=house.officer)
    services.appraise_project(project, by=house.reviewer, opinion="Đạt.")
    services.place_project(project, by=house.reviewer, status=ProjectStatus.IN_PLAN)
    services.submit_plan(plan, by=house.reviewer)
    stories.approve(house, plan)
    new = FacilityFactory(created_by=house.officer)
    amend(house, project, AmendmentKind.BENEFICIARY, added_facility=new)
    assert [row.facility for row in Beneficiary.objects.filter(project=project)] == [new]
    assert line(project).approved_amount == 300 * MILLION


# Stop


def test_a_project_stopped_before_any_money_keeps_nothing_and_frees_the_budget(house):
    project = approved(house)
    amendment = amend(house, project, AmendmentKind.STOP)
    assert (project.status, project.total_cost) == (ProjectStatus.STOPPED, 0)
    assert_sums_agree(project)
    assert (budget_position(project.plan)[0].left, refunds_due(project)) == (1_000 * MILLION, [])
    assert amendment.changes[0] == ["trạng thái", "Đã phê duyệt", "Đã ngừng"]
    assert ["tổng dự toán", "500.000.000", "0"] in amendment.changes


def test_a_stopped_project_keeps_what_was_paid_and_owes_what_was_not_accepted(house):
    project = two_facilities(house)
    services.sign_contract(stories.contract_of(project), by=house.accountant, projects=[project])
    FundingLine.objects.filter(pk=line(project).pk).update(paid_amount=100_000_001, accepted_amount=30 * MILLION)
    amend(house, project, AmendmentKind.STOP)
    kcdp = line(project)
    assert (kcdp.approved_amount, kcdp.contracted_amount, kcdp.paid_amount) == (100_000_001,) * 3
    assert refunds_due(project) == [(source("KCDP"), 70_000_001)]
    shares = BeneficiaryAmount.objects.filter(beneficiary__project=project, source=source("KCDP"))
    amounts = shares.order_by("beneficiary").values_list("approved_amount", flat=True)
    assert list(amounts) == [66_666_668, 33_333_333]
    assert line(project, "COUNTERPART").approved_amount == 0
    assert_sums_agree(project)
    assert project.contract.appendices.get().number == f"{project.code}, 99/QĐ-UBND"


# Versions: I9


def test_the_approved_version_stays_and_each_amendment_adds_one(house):
    project = approved(house)
    plan = project.plan
    first = plan.snapshots.get(purpose=SnapshotPurpose.APPROVED)
    decide(house, funding(house, project, 200))
    decide(house, funding(house, project, 180), decision_number="100/QĐ-UBND")
    amended = list(plan.snapshots.filter(purpose=SnapshotPurpose.AMENDED).order_by("number"))
    assert [(row.number, row.decision_number) for row in amended] == [(1, "99/QĐ-UBND"), (2, "100/QĐ-UBND")]
    amounts = [
        snapshot.lines.get().amounts.get(source=source("KCDP")).amount // MILLION for snapshot in (first, *amended)
    ]
    assert amounts == [150, 200, 180]
    assert all(is_intact(snapshot) for snapshot in (first, *amended))
    plan.refresh_from_db()
    assert plan.decision_number == "10/QĐ-UBND"
    course = {label: (old, new) for label, old, new in approved_version(project)}
    assert course[f"cả đề án: {source('KCDP')}"] == ("150.000.000", "180.000.000")


def test_a_decision_that_fails_leaves_everything_as_it_was(house, monkeypatch):
    project = contracted(house)
    amendment = funding(house, project, 120)

    def fail(*_args, **_kwargs):
        raise RuntimeError("power cut")

    monkeypatch.setattr("projects.services.amendments.take_snapshot", fail)
    before = AuditEntry.objects.count()
    with pytest.raises(RuntimeError):
        decide(house, amendment, appendix_number="PL 01", appendix_on=date(2026, 11, 17))
    amendment.refresh_from_db()
    assert (amendment.status, line(project).approved_amount) == (AmendmentStatus.SUBMITTED, 150 * MILLION)
    assert (AuditEntry.objects.count(), project.contract.appendices.count()) == (before, 0)
