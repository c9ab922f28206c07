"""Rows for tests: small, valid, without hidden side effects. Stories through the services are in tests/stories.py."""

import factory

from beneficiaries.models import Facility, Industry, LegalForm
from khuyencong.models import AdministrativeUnit, Organisation, OrganisationKind, Role, User
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
