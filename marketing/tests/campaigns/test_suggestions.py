"""The suggested lift of a row: in each unit, and how far another may lie from it."""

import pytest

from marketing.campaigns.choices import LiftUnit
from marketing.campaigns.suggestions import RowSuggestion
from marketing.tests.lift.suggested import planned, suggested


def row(p50: float = 2.4, baseline_units: float | None = 50.0) -> RowSuggestion:
    return RowSuggestion(suggested(p50), planned(), None, baseline_units)


@pytest.mark.parametrize(
    ("unit", "p50", "baseline_units", "text"),
    [
        (LiftUnit.PERCENT, 2.4, None, "140"),
        (LiftUnit.PERCENT, 0.8, None, "-20"),
        (LiftUnit.PERCENT, 0.999, None, "0"),
        (LiftUnit.MULTIPLIER, 2.4123, None, "2.41"),
        (LiftUnit.MULTIPLIER, 2.0, None, "2"),
        (LiftUnit.UNITS, 2.4, 50.0, "70"),
        (LiftUnit.UNITS, 2.4, 5.1, "7.14"),
        (LiftUnit.UNITS, 1.5, 12345.0, "6172"),
        (LiftUnit.UNITS, 2.4, None, ""),
        (LiftUnit.UNITS, 2.4, 0.0, ""),
        ("furlongs", 2.4, 50.0, ""),
    ],
)
def test_it_is_told_as_it_would_be_typed(unit, p50, baseline_units, text):
    assert row(p50, baseline_units).lift_in(unit) == text


@pytest.mark.parametrize("p50", [0.3, 0.95, 1.04, 2.4, 17.3])
@pytest.mark.parametrize("unit", LiftUnit)
def test_what_it_fills_in_needs_no_reason(p50, unit):
    suggestion = row(p50, baseline_units=3.3)
    assert not suggestion.is_another(unit, float(suggestion.lift_in(unit)))


@pytest.mark.parametrize(
    ("unit", "value", "is_another"),
    [
        (LiftUnit.MULTIPLIER, 2.2, False),
        (LiftUnit.MULTIPLIER, 2.15, True),
        (LiftUnit.MULTIPLIER, 2.63, False),
        (LiftUnit.MULTIPLIER, 2.65, True),
        (LiftUnit.PERCENT, 120.0, False),
        (LiftUnit.PERCENT, 115.0, True),
        (LiftUnit.UNITS, 60.0, False),
        (LiftUnit.UNITS, 55.0, True),
    ],
)
def test_a_tenth_more_or_less_is_the_same_lift(unit, value, is_another):
    assert row(2.4, baseline_units=50.0).is_another(unit, value) is is_another


def test_units_without_a_baseline_cannot_be_compared():
    assert not row(2.4, baseline_units=None).is_another(LiftUnit.UNITS, 10_000.0)
