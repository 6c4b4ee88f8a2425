"""The figures of periods, from facts to sentences."""

import pytest

from scorecard.measures.choices import Measure
from scorecard.measures.figures import Cut, figures_of
from scorecard.tests.factories import make_fact, make_week
from sop_site.fiscal import FiscalPeriod, PeriodKind

pytestmark = pytest.mark.django_db

WEEK_31 = FiscalPeriod(2026, PeriodKind.WEEK, 31)


def figure(measure, period=WEEK_31, cut=None):
    return figures_of([period], cut or Cut(), {measure})[0][measure]


def test_every_measure_of_the_facts_has_a_figure_or_says_why():
    (figures,) = figures_of([WEEK_31], Cut())
    assert {figure.missing for figure in figures.values()} == {"No week of it is recorded."}
    week = make_week(WEEK_31.start)
    (figures,) = figures_of([WEEK_31], Cut())
    assert all(figure.missing and figure.value is None for figure in figures.values())
    make_fact(week, door_days=70, out_door_days=7)
    assert figure(Measure.STOCKOUT_DAYS_OTHER).value == 0.1
