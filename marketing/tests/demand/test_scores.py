"""The scores, against vectors reckoned by hand (definitions: Forecast accuracy)."""

import numpy as np
import pytest

from marketing.demand.engine.forecaster import ItemQuantiles
from marketing.demand.engine.history import PromotionCalendar
from marketing.demand.engine.scores import (
    ForecastRows,
    ScoreSums,
    item_rows,
    mostly_promoted,
    pinball_loss,
    score_sums,
)


def rows(actual, mean, p10=None, p50=None, p90=None) -> ForecastRows:
    return ForecastRows(
        *(
            np.array(mean if values is None else values, dtype=np.float32)
            for values in (actual, mean, p10, p50, p90)
        )
    )


def test_wmape_and_bias_of_the_definitions_vector():
    sums = score_sums(rows([1000, 10], [950, 25]))

    assert sums.n == 2
    assert sums.wmape == 65 / 1010
    assert round(sums.wmape, 3) == 0.064
    assert sums.bias == -35 / 1010


def test_p10_and_p90_themselves_are_inside():
    sums = score_sums(rows([9, 10, 15, 20, 21], [15] * 5, p10=[10] * 5, p50=[15] * 5, p90=[20] * 5))

    assert sums.coverage80 == 3 / 5


@pytest.mark.parametrize(
    ("actual", "forecast", "quantile", "loss"),
    [(10, 6, 0.5, 2), (6, 10, 0.5, 2), (10, 0, 0.9, 9), (0, 10, 0.9, 1), (7, 7, 0.9, 0)],
)
def test_pinball_loss(actual, forecast, quantile, loss):
    assert pinball_loss(np.array([actual]), np.array([forecast]), quantile) == pytest.approx(loss)


def test_the_pinball_losses_are_means_per_row_in_units():
    sums = score_sums(rows([10, 0], [0, 0], p10=[0, 0], p50=[6, 4], p90=[0, 10]))

    assert sums.pinball50 == 2
    assert sums.pinball90 == 5


def test_where_nothing_was_sold_there_is_no_share_of_it():
    sums = score_sums(rows([0, 0], [1, 2]))

    assert (sums.wmape, sums.bias) == (None, None)
    assert sums.pinball50 == 0.75


def test_without_rows_there_is_no_score():
    sums = score_sums(rows([], []))

    assert sums == ScoreSums()
    assert (sums.wmape, sums.bias, sums.coverage80, sums.pinball50, sums.pinball90) == (None,) * 5


def test_sums_of_two_sets_of_rows_are_those_of_both():
    first, second = ([4, 6], [5, 5], [3, 3], [5, 4], [8, 8]), ([9], [2], [1], [2], [3])
    both = [one + two for one, two in zip(first, second, strict=True)]

    assert score_sums(rows(*first)) + score_sums(rows(*second)) == score_sums(rows(*both))


def test_items_are_added_up_and_take_their_own_quantiles():
    stores = rows([1, 2, 5], [2, 4, 8], p10=[0, 0, 0], p50=[2, 4, 8], p90=[90, 90, 90])
    # SKU 1 has no row in this week; the second horizon is meant.
    ratios = ItemQuantiles(
        p10=np.array([[0, 0, 0], [0.5, 9, 0.25]], dtype=np.float32),
        p50=np.array([[0, 0, 0], [1, 9, 0.5]], dtype=np.float32),
        p90=np.array([[0, 0, 0], [2, 9, 1.5]], dtype=np.float32),
    )
    items = item_rows(np.array([0, 0, 2]), np.array([True, False, False]), stores, ratios, 1)

    assert items.rows.actual.tolist() == [3, 5]
    assert items.rows.mean.tolist() == [6, 8]
    assert items.rows.p10.tolist() == [3, 2]
    assert items.rows.p50.tolist() == [6, 4]
    assert items.rows.p90.tolist() == [12, 12]
    assert items.promoted.tolist() == [True, False]
    assert items.calm.tolist() == [False, True]


@pytest.mark.parametrize(
    ("promoted", "doors", "is_promoted", "is_calm"),
    [(5, 10, True, False), (4, 10, False, False), (1, 10, False, False), (1, 11, False, True)],
)
def test_an_item_is_promoted_with_half_of_its_doors_and_calm_below_a_tenth(
    promoted, doors, is_promoted, is_calm
):
    ratios = ItemQuantiles(*(np.ones((1, 1), dtype=np.float32) for _ in range(3)))
    items = item_rows(
        np.zeros(doors, dtype=np.int64),
        np.arange(doors) < promoted,
        rows([1] * doors, [1] * doors),
        ratios,
        0,
    )

    assert items.promoted.tolist() == [is_promoted]
    assert items.calm.tolist() == [is_calm]


def test_a_week_counts_as_promoted_from_half_of_its_days_on():
    share = np.array([[0, 3 / 7, 0.5, 4 / 7, 1]], dtype=np.float32)
    calendar = PromotionCalendar((share > 0).astype(np.int16), share, share * 0, share)

    assert mostly_promoted(calendar).tolist() == [[False, False, True, True, True]]
