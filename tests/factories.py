"""Rows for tests: small, valid, without hidden side effects. Stories through the services are in tests/stories.py."""

import factory
from django.utils import timezone

from beneficiaries.models import Facility, Industry, LegalForm
from khuyencong.models import (
    AdministrativeUnit,
    DocumentStatus,
    IssuedDocument,
    Organisation,
    OrganisationKind,
    Role,
    StoredFile,
    User,
)
from programs.models import ActivityContent, AnnualPlan, FundingSource, PlanBudget, Program

PASSWORD = "mat-khau-thu-nghiem"


def unit(code, level="commune", division="new"):
    """A unit of the register that the migrations load."""
    return AdministrativeUnit.objects.get(code=code, level=level, division=division)


def vinh_long():
    return unit("86", "province")


def thai_nguyen():
    return unit("19", "province")


def commune_of(province, index=0):
    """One of today's communes of a province, in alphabetical order."""
    return AdministrativeUnit.objects.communes().filter(division="new", parent=province)[index]


def source(code):
    return FundingSource.objects.get(code=code)


def content(code="MACHINERY"):
    return ActivityContent.objects.get(code=code)


class OrganisationFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Organisation
        skip_postgeneration_save = True

    kind = OrganisationKind.PROVINCIAL_CENTRE
    name = factory.Sequence("Trung tâm Khuyến công {}".format)
    symbol = "TTKC"

    @factory.post_generation
    def areas(self, create, provinces, **kwargs):
        if create and provinces:
            self.areas.set(provinces)


class UserFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = User
        skip_postgeneration_save = True

    username = factory.Sequence("nguoi{}".format)
    full_name = factory.Sequence("Nguyễn Văn {}".format)
    role = Role.OFFICER
    organisation = factory.SubFactory(OrganisationFactory)

    @factory.post_generation
    def password(self, create, raw, **kwargs):
        if create and raw:
            self.set_password(raw)
            self.save()


class ProgramFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Program

    name = factory.Sequence("Chương trình khuyến công {}".format)
    area = factory.LazyFunction(vinh_long)
    period_start = 2026
    period_end = 2030
    created_by = factory.SubFactory(UserFactory, role=Role.REVIEWER)
    updated_by = factory.SelfAttribute("created_by")
    owner = factory.SelfAttribute("created_by.organisation")


class AnnualPlanFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = AnnualPlan

    program = factory.SubFactory(ProgramFactory)
    year = 2026
    round_no = factory.Sequence(lambda n: n + 1)
    name = factory.LazyAttribute(lambda plan: f"Kế hoạch khuyến công địa phương năm {plan.year}")
    created_by = factory.SelfAttribute("program.created_by")
    updated_by = factory.SelfAttribute("created_by")
    owner = factory.SelfAttribute("program.owner")


class PlanBudgetFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = PlanBudget

    plan = factory.SubFactory(AnnualPlanFactory)
    source = factory.LazyFunction(lambda: source("KCDP"))
    amount = 1_000_000_000


class FacilityFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Facility

    name = factory.Sequence("Hộ kinh doanh Kẹo dừa {}".format)
    legal_form = LegalForm.HOUSEHOLD
    unit = factory.LazyFunction(lambda: commune_of(vinh_long()))
    industry = factory.LazyFunction(lambda: Industry.objects.get(code="a"))
    created_by = factory.SubFactory(UserFactory)
    updated_by = factory.SelfAttribute("created_by")
    owner = factory.SelfAttribute("created_by.organisation")


class StoredFileFactory(factory.django.DjangoModelFactory):
    """A row without bytes: `file` names nothing."""

    class Meta:
        model = StoredFile

    file = factory.Sequence("files/2026/01/{:032x}".format)
    name = "bien-ban.pdf"
    content_type = "application/pdf"
    size = 1
    sha256 = "0" * 64
    uploaded_by = factory.SubFactory(UserFactory)


class IssuedDocumentFactory(factory.django.DjangoModelFactory):
    """A row of the register without its paper."""

    class Meta:
        model = IssuedDocument

    class Params:
        is_revoked = factory.Trait(
            status=DocumentStatus.REVOKED,
            closed_by=factory.SelfAttribute("issued_by"),
            closed_at=factory.LazyFunction(timezone.now),
            close_reason="Sai số tiền.",
        )

    kind = "handover_minutes"
    kind_label = "Biên bản bàn giao"
    title = "Bàn giao máy sấy cho cơ sở Kẹo dừa"
    subject_type = "projects.handoverminutes"
    subject_id = factory.Sequence(lambda n: n + 1)
    subject_name = "Biên bản bàn giao cho cơ sở Kẹo dừa"
    issued_by = factory.SubFactory(UserFactory)
    owner = factory.SelfAttribute("issued_by.organisation")
    issuer_name = factory.SelfAttribute("owner.name")
    series = factory.LazyAttribute(lambda row: f"{row.owner.pk}:BB-TTKC")
    year = 2026
    number = factory.Sequence(lambda n: n + 1)
    number_text = factory.LazyAttribute(lambda row: f"{row.number:02d}/BB-TTKC" if row.number else "")
    code = factory.Sequence("{:016x}".format)
    file = factory.SubFactory(StoredFileFactory, uploaded_by=factory.SelfAttribute("..issued_by"))
    sha256 = "0" * 64
    page_count = 1
    search_key = "ban giao may say"
