"""Records that facts tell of, to be named and linked as anywhere else; never to be saved."""

from programs.models import AnnualPlan
from projects.models import Contract, Project

CONTRACT = {"contract": "pk", "contract_kind": "kind", "contract_number": "number"}


def project_of(facts, **known):
    return Project(pk=facts.key, code=facts.code, name=facts.name, **known)


def plan_of(facts):
    return AnnualPlan(pk=facts.plan, name=facts.plan_name, round_no=facts.round, status=facts.plan_status)


def contract_of(facts):
    return Contract(pk=facts.contract, kind=facts.contract_kind, number=facts.contract_number)
