"""The trailing baseline by example, and against one computed a week at a time."""

from math import isnan, nan

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marketing.baseline.engine import BaselinePolicy, Basis, trailing_baseline

many = settings(max_examples=1000, deadline=None)
POLICY = BaselinePolicy()


def baseline(units, promoted=(), in_stock=None, missing=(), policy=POLICY):
    """Of a single SKU-door: weeks as a list, promoted and missing weeks by index."""
    weeks = len(units)
    marked = np.isin(np.arange(weeks), list(promoted))
    observed = ~np.isin(np.arange(weeks), list(missing))
    share = np.ones(weeks) if in_stock is None else np.array(in_stock, dtype=np.float64)
    found = trailing_baseline(
        np.array(units, dtype=np.float64)[:, None],
        marked[:, None],
        share[:, None],
        observed[:, None],
        policy,
    )
    return float(found.units_per_week[0]), Basis(found.basis[0]), int(found.weeks_used[0])


def test_the_mean_of_the_last_eight_weeks():
    assert baseline([100, 100, 1, 2, 3, 4, 5, 6, 7, 8]) == (4.5, Basis.NON_PROMOTED, 8)


def test_a_promotion_and_the_weeks_next_to_it_are_left_out():
    assert baseline([10, 10, 5, 40, 2, 10, 10], promoted=[3]) == (10.0, Basis.NON_PROMOTED, 4)


def test_a_promotion_just_before_the_window_still_masks_its_neighbour():
    policy = BaselinePolicy(weeks=8, window_weeks=2)

    assert baseline([9, 1, 7], promoted=[0], policy=policy) == (7.0, Basis.NON_PROMOTED, 1)


def test_the_window_ends_the_look_back():
    policy = BaselinePolicy(weeks=8, window_weeks=3)

    assert baseline([50, 50, 4, 5, 6], policy=policy) == (5.0, Basis.NON_PROMOTED, 3)


def test_a_missing_week_is_not_a_week_without_sales():
    assert baseline([4, 0, 6], missing=[1]) == (5.0, Basis.NON_PROMOTED, 2)
    assert baseline([4, 0, 6]) == (pytest.approx(10 / 3), Basis.NON_PROMOTED, 3)


def test_half_a_week_out_of_stock_doubles_its_rate():
    """Definitions: Lost sales, I1: 10 sold with half of the time out means a demand of 20."""
    assert baseline([10], in_stock=[0.5]) == (20.0, Basis.NON_PROMOTED, 1)


def test_an_hour_in_stock_does_not_weigh_as_much_as_a_week():
    found, _, _ = baseline([10, 1], in_stock=[1.0, 0.01])

    assert found == pytest.approx(11 / 1.01)


def test_a_week_wholly_out_of_stock_is_left_out():
    assert baseline([10, 0, 10], in_stock=[1, 0, 1]) == (10.0, Basis.NON_PROMOTED, 2)


def test_an_unknown_share_in_stock_is_the_whole_week():
    assert baseline([10, 20], in_stock=[nan, 1.5]) == (15.0, Basis.NON_PROMOTED, 2)


def test_without_a_calm_week_all_weeks_count_and_it_says_so():
    assert baseline([10, 30, 20], promoted=[1]) == (20.0, Basis.ALL_WEEKS, 3)


def test_no_sales_is_no_baseline():
    value, basis, weeks = baseline([0, 0, 0])

    assert isnan(value)
    assert (basis, weeks) == (Basis.NO_SALES, 0)
    assert baseline([5], missing=[0])[1] is Basis.NO_SALES


def test_an_item_that_has_stopped_selling_has_a_baseline_of_zero():
    assert baseline([20, *[0] * 8]) == (0.0, Basis.NON_PROMOTED, 8)


def test_returns_do_not_make_a_baseline_negative():
    assert baseline([2, -10]) == (0.0, Basis.NON_PROMOTED, 2)


def test_without_weeks_there_is_no_baseline():
    empty = np.empty((0, 2))
    found = trailing_baseline(empty, empty.astype(bool), empty, empty.astype(bool), POLICY)

    assert np.isnan(found.units_per_week).all()
    assert found.basis.tolist() == [Basis.NO_SALES] * 2


@pytest.mark.parametrize("facts", [{"weeks": 0}, {"window_weeks": 0}, {"margin_weeks": -1}])
def test_an_impossible_policy_is_refused(facts):
    with pytest.raises(ValueError, match="at least one week"):
        BaselinePolicy(**facts)


def test_the_basis_is_named_as_stored():
    assert [(basis.slug, basis.value) for basis in Basis] == [
        ("no_sales", 0),
        ("all_weeks", 1),
        ("non_promoted", 2),
    ]


def test_eight_of_the_last_26_weeks_are_averaged_unless_told_otherwise():
    assert (POLICY.weeks, POLICY.window_weeks, POLICY.margin_weeks) == (8, 26, 1)


weeks = st.tuples(
    st.sampled_from([0.0, 0.0, 1.0, 4.0, 9.5, -2.0]),
    st.sampled_from([False, False, False, True]),
    st.sampled_from([1.0, 1.0, 0.5, 0.0, nan]),
    st.sampled_from([True, True, True, False]),
)


def slowly(series, policy) -> tuple[float, Basis, int]:
    """One SKU-door, one week at a time, from the newest back."""
    calm, usable = [], []
    for back, (sold, _, share, observed) in enumerate(reversed(series)):
        here = len(series) - 1 - back
        if back >= policy.window_weeks or not observed or share == 0:
            continue
        week = (sold, 1.0 if isnan(share) else share)
        usable.append(week)
        near = series[max(0, here - policy.margin_weeks) : here + policy.margin_weeks + 1]
        if not any(promoted for _, promoted, _, _ in near) and len(calm) < policy.weeks:
            calm.append(week)
    if not any(sold > 0 for sold, _ in usable):
        return nan, Basis.NO_SALES, 0
    used = calm or usable
    rate = max(0.0, sum(sold for sold, _ in used)) / sum(share for _, share in used)
    return rate, Basis.NON_PROMOTED if calm else Basis.ALL_WEEKS, len(used)


@many
@given(data=st.data(), count=st.integers(1, 12), doors=st.integers(1, 3))
def test_the_oracle_agrees(data, count, doors):
    policy = BaselinePolicy(
        weeks=data.draw(st.integers(1, 4)),
        window_weeks=data.draw(st.integers(1, 12)),
        margin_weeks=data.draw(st.integers(0, 2)),
    )
    all_series = [data.draw(st.lists(weeks, min_size=count, max_size=count)) for _ in range(doors)]

    def array(place, kind):
        return np.array([[week[place] for week in series] for series in all_series], dtype=kind).T

    found = trailing_baseline(array(0, float), array(1, bool), array(2, float), array(3, bool), policy)
    for door, series in enumerate(all_series):
        rate, basis, used = slowly(series, policy)
        assert found.units_per_week[door] == pytest.approx(rate, nan_ok=True)
        assert Basis(found.basis[door]) is basis
        assert found.weeks_used[door] == used
