"""The stock and the forecasts that the demo's scorecard is made of."""

import numpy as np

from sop_site.demo.consensus import _errors
from sop_site.demo.scorecard import _smoothed


def test_the_rate_of_a_week_is_the_mean_of_the_weeks_around_it_and_shorter_at_the_ends():
    units = np.arange(10.0)[:, None]
    assert _smoothed(units)[:, 0].tolist() == [1.5, 2.0, 2.5, 3.0, 3.5, 4.5, 5.5, 6.0, 6.5, 7.0]


def test_what_sells_alike_has_the_same_rate_every_week():
    assert _smoothed(np.full((20, 2), 3.0)).tolist() == np.full((20, 2), 3.0).tolist()


def test_forecasts_err_more_the_further_ahead_and_where_promoted_but_are_right_on_the_whole():
    promoted = np.zeros((40_000, 2), dtype=np.bool_)
    promoted[20_000:] = True
    ratios = _errors(promoted, np.array([0, 3]), 1.0, np.random.default_rng(1))
    near, far = np.abs(ratios[:20_000] - 1).mean(axis=0)
    promoted_near, promoted_far = np.abs(ratios[20_000:] - 1).mean(axis=0)
    assert near < far < promoted_far
    assert near < promoted_near
    assert np.rint(ratios.mean() * 50) == 50
