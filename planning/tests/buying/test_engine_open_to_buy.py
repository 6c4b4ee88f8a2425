"""Open-to-buy: the vector of the definitions, and a month as the sum of its weeks."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from planning.buying.engine import carried_forward, is_over_bought, open_to_buy, weekly_open_to_buy
from planning.tests.buying.engine_cases import some


def money(*values):
    return np.array(values, dtype=np.float64)


def test_the_vector_of_the_definitions():
    """[T2]: sales of 500K less 50K of returns, end stock 1.0M, begin stock 900K, on order 439.9K."""
    found = open_to_buy(money([450e3]), money([0]), money([1.0e6]), money([900e3]), money([439.9e3]))

    assert found == pytest.approx(110.1e3)


def test_markdowns_are_bought_again_and_what_is_over_bought_is_negative():
    found = open_to_buy(
        planned_sales=money([100, 100]),
        planned_markdowns=money([10, 0]),
        planned_end_stock=money([150, 100]),
        planned_begin_stock=money([120, 150]),
        on_order=money([30, 80]),
    )

    assert found.tolist() == [[110, -30]]


def test_a_week_begins_with_the_planned_end_of_the_one_before():
    found = weekly_open_to_buy(
        planned_sales=money([10, 20], [5, 5]),
        planned_markdowns=money([1, 2], [0, 0]),
        planned_end_stock=money([30, 40], [5, 5]),
        opening_stock=money(25, 20),
        on_order=money([6, 0], [0, 7]),
    )

    assert found.tolist() == [[10 + 1 + 30 - 25 - 6, 20 + 2 + 40 - 30], [5 + 5 - 20, 5 + 5 - 5 - 7]]


@some
@given(data=st.data(), categories=st.integers(1, 3), weeks=st.integers(1, 6))
def test_weeks_add_up_to_their_month(data, categories, weeks):
    amounts = st.lists(st.integers(0, 10_000), min_size=categories * weeks, max_size=categories * weeks)
    sales, markdowns, ends, on_order = (
        money(data.draw(amounts)).reshape(categories, weeks) for _ in range(4)
    )
    opening = money(data.draw(amounts)[:categories])[0]
    by_week = weekly_open_to_buy(sales, markdowns, ends, opening, on_order)
    month = open_to_buy(
        *(part.sum(axis=1) for part in (sales, markdowns)), ends[:, -1], opening, on_order.sum(axis=1)
    )

    assert by_week.shape == (categories, weeks)
    assert by_week.sum(axis=1).tolist() == month.tolist()


def test_what_a_week_leaves_is_there_in_the_next():
    left = carried_forward(money([100, 50, 0], [-30, 20, 20]), money([40, 150, 0], [0, 0, 0]))

    assert left.tolist() == [[60, -40, -40], [-30, -10, 10]]


def test_packs_that_round_up_are_no_over_buy():
    left, stock = money(-100, -100.02, 50), money(1_000, 1_000, 0)

    assert is_over_bought(left, stock).tolist() == [False, True, False]


@some
@given(data=st.data(), weeks=st.integers(1, 6))
def test_what_is_carried_forward_is_the_planned_stock_less_what_comes_about(data, weeks):
    amounts = st.lists(st.integers(0, 10_000), min_size=weeks, max_size=weeks)
    sales, ends, on_order, buys = (money(data.draw(amounts)) for _ in range(4))
    opening = data.draw(st.integers(0, 10_000))
    open_amounts = weekly_open_to_buy(sales, np.zeros(sales.shape), ends, money(opening), on_order)
    stock = opening + np.cumsum(on_order + buys - sales, axis=-1)

    assert carried_forward(open_amounts, buys).tolist() == (ends - stock).tolist()
