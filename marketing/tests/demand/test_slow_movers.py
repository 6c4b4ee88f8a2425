"""What SKU-doors that sell a few units a week will ask for."""

import numpy as np
import pytest

from marketing.demand.engine.slow_movers import COMMON_CLUMPING, forecast_counts

YEARS = 3
WEEKS = 52 * YEARS
WEEK_OF_YEAR = np.arange(WEEKS + 52) % 52
NOBODY = np.zeros(1, dtype=np.int64)


def forecast(units, in_stock_share=None, groups=None):
    units = np.asarray(units, dtype=float)
    groups = [np.zeros(units.shape[1], dtype=np.int64)] if groups is None else groups
    share = np.ones_like(units) if in_stock_share is None else in_stock_share
    return forecast_counts(units, share, WEEK_OF_YEAR[: len(units) + 4], groups, groups)


def test_what_never_changes_is_expected_to_go_on():
    result = forecast(np.full((WEEKS, 2), 3.0))

    assert result.mean == pytest.approx(np.full((4, 2), 3.0))


def test_a_week_out_of_stock_says_nothing_and_a_half_week_counts_as_half():
    units, share = np.full((WEEKS, 1), 4.0), np.ones((WEEKS, 1))
    units[-10:-5], share[-10:-5] = 0.0, 0.0
    units[-5:], share[-5:] = 2.0, 0.5

    assert forecast(units, share).mean == pytest.approx(np.full((4, 1), 4.0))


def test_what_was_never_seen_is_unknown():
    units = np.full((WEEKS, 2), 2.0)
    units[:, 1] = np.nan

    result = forecast(units)

    assert np.isnan(result.mean[:, 1]).all()
    assert np.isnan(result.clumping[1])
    assert result.mean[:, 0] == pytest.approx(np.full(4, 2.0))


def test_the_weeks_that_sold_double_every_year_are_expected_to_again():
    units = np.full((WEEKS, 200), 2.0)
    doubled = WEEK_OF_YEAR[:WEEKS] < 10
    units[doubled] *= 2

    # The year has ended: the next weeks are the first of the doubled ones; the bell takes in some before.
    assert forecast(units).mean[3] == pytest.approx(np.full(200, 4.0), rel=0.06)


def test_less_than_a_year_has_no_season():
    units = np.full((40, 50), 2.0)
    units[:10] = 8.0
    steady = forecast(units[10:])

    assert steady.mean == pytest.approx(np.full((4, 50), 2.0))


def test_a_sku_door_follows_its_group():
    """One SKU-door of each group stays as it was; those around it halve in one group alone."""
    groups = [np.repeat([0, 1], 100)]
    units = np.full((WEEKS, 200), 4.0)
    units[-6:, 1:100] = 2.0

    level = forecast(units, groups=groups).mean[0]

    assert level[0] < 0.75 * level[199]


def test_how_counts_clump_is_found_again():
    dice = np.random.default_rng(4)
    mean, clumping = 3.0, np.repeat([0.05, 1.0], 300)
    rate = mean * dice.gamma(1 / clumping, clumping, size=(WEEKS, 600))

    result = forecast(dice.poisson(rate))

    weight = WEEKS / (WEEKS + 50)
    expected = weight * clumping + (1 - weight) * COMMON_CLUMPING
    assert result.clumping[:300].mean() == pytest.approx(expected[0], abs=0.02)
    assert result.clumping[300:].mean() == pytest.approx(expected[300], rel=0.07)
    assert result.mean.mean() == pytest.approx(mean, rel=0.03)


def test_a_later_week_changes_nothing():
    """The forecast from a prefix is the same whatever came after it: nothing of the future is read."""
    dice = np.random.default_rng(5)
    units = dice.poisson(2.0, size=(WEEKS, 5)).astype(float)

    known = forecast(units[:120])
    units[120:] = 1_000.0

    assert np.array_equal(forecast(units[:120]).mean, known.mean)
