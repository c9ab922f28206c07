"""Evaluation reports for tests, drawn up as people do."""

from datetime import date

from programs.models import Indicator, Program
from reports import services
from reports.models import Basis, Evaluation, ManualFigure
from tests.stories import draft_plan


def evaluation_of(house, program=None, *, counted_with=None, **fields):
    """A report on 2026 by plan year, of the house's officer; of its own programme when none is given."""
    program = program or Program.objects.filter(owner=house.centre).first() or draft_plan(house).program
    values = {"starts_on": date(2026, 1, 1), "ends_on": date(2026, 12, 31), "basis": Basis.PLAN_YEAR}
    evaluation = Evaluation(program=program, **values | fields)
    return services.save_evaluation(evaluation, by=house.officer, counted_with=counted_with)


def known_sum(house, program, **fields):
    """A figure of 2026 that an article tells: more than 51,154 tỷ."""
    values = {
        "indicator": Indicator.objects.get(code="MONEY_TOTAL"), "starts_on": date(2026, 1, 1),
        "ends_on": date(2026, 12, 31), "value": 51_154_000_000, "is_at_least": True, "source_note": "Báo cáo 45/BC-SCT",
    }  # fmt: skip
    return services.save_manual_figure(ManualFigure(program=program, **values | fields), by=house.officer)
