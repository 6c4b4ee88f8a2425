"""The vectors and edge cases of the definitions, and what holds of all numbers."""

from math import inf

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from planning.tests.supply.engine_cases import many
from scorecard.measures import engine
from scorecard.tests.measures import engine_oracle as oracle

enough = settings(many, max_examples=min(many.max_examples, 150))

# Forecast of the worksheet on inventory cover (definitions: E26).
COVER = [80, 76, 72, 68, 64, 60, 56, 52, 48, 44, 40, 40, 44, 48, 52, 56, 60, 64, 68, 72]

# In eighths, so that sums are exact; stock and sales may be negative.
amounts = st.integers(0, 80_000).map(lambda eighths: eighths / 8)
signed = st.integers(-8_000, 80_000).map(lambda eighths: eighths / 8)


def numbers(*values):
    return np.array(values, dtype=np.float64)


def table(*columns, most=12):
    """Rows of so many columns, as arrays."""
    return st.lists(st.tuples(*columns), max_size=most).map(
        lambda rows: [numbers(*column) for column in zip(*rows, strict=True)] or [numbers() for _ in columns]
    )


# Days, and those of them out; demand, and what of it was not met.
parts_of_wholes = table(amounts, st.integers(0, 8)).map(
    lambda columns: (columns[0] * columns[1] / 8, columns[0])
)


class TestVectors:
    def test_wmape_of_1000_and_10_is_6_4_percent_where_mape_is_77_5(self):
        actual, forecast = numbers(1000, 10), numbers(950, 25)
        error = np.abs(actual - forecast)
        assert engine.wmape_of_sums(error, actual) == pytest.approx(0.064, abs=0.0005)
        assert engine.accuracy_of_sums(error, actual) == pytest.approx(1 - 65 / 1010)
        assert (error / actual).mean() == pytest.approx(0.775)

    def test_weeks_of_supply_forward(self):
        assert engine.weeks_of_supply_forward(500, numbers(*COVER)) == pytest.approx(7.4615, abs=5e-5)
        assert engine.weeks_of_supply_forward(2000, numbers(*COVER)) == pytest.approx(31.611, abs=5e-4)

    def test_an_item_of_30_sold_at_24_is_marked_down_by_25_percent(self):
        assert engine.markdown_rate(numbers(30 - 24), numbers(24)) == 0.25

    def test_out_on_131_of_1000_promoted_days_is_13_1_percent(self):
        assert engine.stockout_rate(numbers(100, 31), numbers(600, 400)) == 0.131

    def test_over_and_under_forecast_have_a_sign(self):
        assert engine.bias_of_sums(numbers(103), numbers(100)) == 0.03
        assert engine.bias_of_sums(numbers(98), numbers(100)) == -0.02

    def test_value_added_is_the_error_before_less_the_error_after(self):
        assert engine.value_added_of_sums(numbers(30), numbers(20), numbers(100)) == pytest.approx(0.1)

    def test_turn_of_a_quarter_is_annualised_by_its_13_weeks(self):
        openings = np.full(13, 200.0)
        assert engine.inventory_turn(np.full(13, 50.0), openings, 200.0, 13) == 50 * 13 * 4 / 200

    def test_average_inventory_counts_each_start_and_the_last_end(self):
        assert engine.average_inventory(numbers(100, 80, 60), 40) == 70.0


class TestEdges:
    def test_without_demand_nothing_is_said(self):
        none, some = numbers(0), numbers(5)
        assert engine.stockout_rate(none, none) is None
        assert engine.demand_weighted_rate(none, none) is None
        assert engine.wmape_of_sums(some, none) is None
        assert engine.accuracy_of_sums(some, none) is None
        assert engine.bias_of_sums(some, none) is None
        assert engine.value_added_of_sums(some, some, none) is None
        assert engine.markdown_rate(some, none) is None

    def test_without_anything_nothing_is_said(self):
        empty = numbers()
        assert engine.quotient(empty, empty) is None
        assert engine.incidence(np.array([], dtype=bool)) is None
        assert engine.median(empty) is None
        assert engine.average_inventory(empty, 0.0) is None
        assert engine.inventory_turn(empty, empty, 0.0, 0.0) is None
        assert engine.gross_margin_return(empty, empty, 0.0) is None
        assert engine.weeks_of_supply_back(10.0, empty) is None
        assert engine.weeks_of_supply_forward(10.0, empty) is None

    def test_without_stock_there_is_no_turn(self):
        assert engine.inventory_turn(numbers(10), numbers(0), 0.0, 1) is None
        assert engine.gross_margin_return(numbers(10), numbers(0), 0.0) is None
        assert engine.sell_through(numbers(10), numbers(0)) is None

    def test_negative_stock_counts_as_none(self):
        assert engine.average_inventory(numbers(-50, 100), -10) == 100 / 3
        assert engine.sell_through(numbers(10), numbers(-5)) is None
        assert engine.weeks_of_supply_back(-5.0, numbers(10)) == 0.0
        assert engine.weeks_of_supply_forward(-5.0, numbers(10)) == 0.0

    def test_a_zero_tail_never_runs_out(self):
        assert engine.weeks_of_supply_forward(101, numbers(60, 40, 0)) == inf
        assert engine.weeks_of_supply_forward(100, numbers(60, 40, 0)) == 2.0

    def test_what_does_not_sell_never_runs_out(self):
        assert engine.weeks_of_supply_back(10.0, numbers(0, 0, 0, 0)) == inf
        assert engine.weeks_of_supply_back(10.0, numbers(4, -4)) == inf
        assert engine.weeks_of_supply_back(0.0, numbers(0)) == 0.0

    def test_a_week_without_demand_is_waited_through(self):
        assert engine.weeks_of_supply_forward(15, numbers(10, 0, 10)) == 2.5

    def test_an_error_above_what_sold_is_an_accuracy_of_none(self):
        assert engine.accuracy_of_sums(numbers(150), numbers(100)) == 0.0

    def test_returns_do_not_take_the_demand_weighted_rate_above_1(self):
        assert engine.demand_weighted_rate(numbers(10), numbers(10 - 4)) == 1.0

    @pytest.mark.parametrize("weeks", [52, 53])
    def test_years_of_52_and_53_weeks_that_sell_alike_turn_alike(self, weeks):
        turn = engine.inventory_turn(np.full(weeks, 10.0), np.full(weeks, 130.0), 130.0, weeks)
        assert turn == pytest.approx(4.0)

    def test_half_a_week_is_annualised_as_half_a_week(self):
        whole = engine.inventory_turn(numbers(10), numbers(130), 130.0, 1.0)
        half = engine.inventory_turn(numbers(5), numbers(130), 130.0, 0.5)
        assert half == whole == 4.0

    def test_the_median_of_an_even_number_lies_between(self):
        assert engine.median(numbers(40, 10, 30, 20)) == 25.0
        assert engine.median(numbers(40, 10, 30)) == 30.0

    def test_one_of_four_skus_out(self):
        assert engine.incidence(np.array([False, True, False, False])) == 0.25


@enough
@given(parts_of_wholes)
def test_rates_are_shares_as_counted_slowly(days):
    out, seen = days
    expected = oracle.share_slowly(out, seen)
    for rate in (engine.stockout_rate, engine.demand_weighted_rate, engine.quotient):
        assert rate(out, seen) == (None if expected is None else pytest.approx(expected))
    assert expected is None or 0 <= engine.stockout_rate(out, seen) <= 1


@enough
@given(parts_of_wholes, st.integers(0, 12))
def test_a_whole_is_its_parts_weighted_by_their_size(days, cut):
    out, seen = days
    whole = engine.stockout_rate(out, seen)
    parts = [
        (engine.stockout_rate(out[rows], seen[rows]) or 0.0, seen[rows].sum())
        for rows in (slice(None, cut), slice(cut, None))
    ]
    assume(whole is not None)
    assert whole == pytest.approx(sum(rate * size for rate, size in parts) / seen.sum())


@enough
@given(table(amounts, amounts, signed), st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(columns, random):
    before, after, actual = columns
    order = list(range(len(actual)))
    random.shuffle(order)
    for measure, rows in (
        (engine.value_added_of_sums, columns),
        (engine.wmape_of_sums, (before, actual)),
        (engine.bias_of_sums, (before, actual)),
        (engine.sell_through, (after, actual)),
        (engine.stockout_rate, (np.minimum(before, after), after)),
    ):
        assert measure(*rows) == measure(*(column[order] for column in rows))
    assert engine.median(before) == engine.median(before[order])


@enough
@given(table(signed, signed), signed, st.integers(1, 370))
def test_turn_as_counted_slowly(columns, last_closing, days):
    sales, openings = columns
    turn = engine.inventory_turn(sales, openings, last_closing, days / 7)
    expected = oracle.turn_slowly(sales.tolist(), openings.tolist(), last_closing, days / 7)
    assert turn == (None if expected is None else pytest.approx(expected))


@enough
@given(st.integers(-10, 3000), st.lists(st.integers(-20, 300), max_size=12))
def test_weeks_of_supply_as_served_week_after_week(stock, forecast):
    weeks = engine.weeks_of_supply_forward(stock, numbers(*forecast))
    expected = oracle.weeks_forward_slowly(stock, forecast)
    assert weeks == (None if expected is None else pytest.approx(expected))


@enough
@given(st.integers(0, 3000), st.lists(st.integers(0, 300), min_size=1, max_size=12), st.integers(1, 500))
def test_more_stock_never_lasts_shorter(stock, forecast, more):
    weekly = numbers(*forecast)
    assert engine.weeks_of_supply_forward(stock + more, weekly) >= engine.weeks_of_supply_forward(
        stock, weekly
    )


@enough
@given(table(amounts, amounts))
def test_accuracy_is_a_share(columns):
    error, actual = columns
    accuracy = engine.accuracy_of_sums(error, actual)
    assert accuracy is None or 0 <= accuracy <= 1


@enough
@given(table(amounts, amounts, amounts))
def test_the_steps_of_a_chain_add_up_to_what_it_added(columns):
    before, after, actual = columns
    between = (before + after) / 2
    steps = [engine.value_added_of_sums(*errors, actual) for errors in ((before, between), (between, after))]
    whole = engine.value_added_of_sums(before, after, actual)
    assert (whole is None) == (None in steps)
    assert whole is None or whole == pytest.approx(sum(steps))
