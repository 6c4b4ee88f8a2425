"""The spread of errors: quantiles of what forecasts really missed by."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marketing.demand.engine.errors import LEAST_ERRORS_A_BIN, SHARES, SIZE_BINS, error_table

few = settings(max_examples=20, deadline=None)
seeds = st.integers(0, 2**32 - 1)


def drawn(seed: int, count: int) -> tuple[np.ndarray, np.ndarray]:
    dice = np.random.default_rng(seed)
    expected = dice.lognormal(2.0, 1.0, count)
    return dice.poisson(expected).astype(float), expected


@few
@given(seed=seeds)
def test_one_class_has_the_quantiles_of_all_errors(seed):
    actual, expected = drawn(seed, 2 * LEAST_ERRORS_A_BIN - 1)

    table = error_table(actual, expected)

    assert (table.ratios.shape, table.count) == ((1, len(SHARES)), len(actual))
    asked = np.array([0.5, 7.0, 400.0], dtype=np.float32)
    for share in SHARES:
        wanted = np.quantile(actual / expected, share)
        assert table.quantile(float(share), asked) == pytest.approx(np.full(3, wanted), rel=1e-6)


@few
@given(seed=seeds)
def test_classes_hold_as_many_errors_each_from_small_to_large(seed):
    actual, expected = drawn(seed, 700)
    table = error_table(actual, expected)
    assert len(table.log_units) == SIZE_BINS
    order = np.argsort(expected)
    parts = np.array_split(order, SIZE_BINS)
    for number, part in enumerate(parts):
        assert table.log_units[number] == pytest.approx(np.log(expected[part]).mean())
        assert table.ratios[number] == pytest.approx(np.quantile(actual[part] / expected[part], SHARES))
    assert (np.diff(table.log_units) > 0).all()


@few
@given(seed=seeds)
def test_a_larger_share_is_never_less(seed):
    table = error_table(*drawn(seed, 400))
    asked = np.random.default_rng(seed).lognormal(2.0, 2.0, 20).astype(np.float32)
    by_share = [table.quantile(share, asked) for share in (0.02, 0.1, 0.33, 0.5, 0.77, 0.9, 0.99)]
    assert (np.diff(by_share, axis=0) >= 0).all()


def test_too_few_errors_leave_a_wide_guess():
    actual, expected = drawn(1, LEAST_ERRORS_A_BIN - 1)
    table = error_table(actual, expected)
    assert table.count == 0
    low, middle, high = (table.quantile(share, np.array([5.0], np.float32))[0] for share in (0.1, 0.5, 0.9))
    assert middle == pytest.approx(1.0)
    assert low == pytest.approx(1 / high)
    assert 1.8 < high < 2.2


def test_what_was_not_seen_or_not_expected_is_no_error():
    actual, expected = drawn(1, 200)
    some = error_table(actual[:100], expected[:100])
    actual[100:150], expected[150:] = np.nan, 0.0
    all_of_them = error_table(actual, expected)
    assert all_of_them.count == some.count == 100
    assert np.array_equal(all_of_them.ratios, some.ratios)


def test_what_is_not_expected_has_no_spread():
    table = error_table(*drawn(1, 200))
    spread = table.quantile(0.9, np.array([np.nan, 3.0], np.float32))
    assert np.isnan(spread).tolist() == [True, False]
