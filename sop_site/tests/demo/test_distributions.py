"""What is generated is distributed as what was measured."""

from collections import defaultdict

import numpy as np
import pytest

from sop_site.demo.build import DemoRetailer
from sop_site.demo.distributions import (
    DOOR_SIZE_LOG_SD,
    MEASURED_VARIATION,
    PATTERNS,
    STOCKOUT_SHARE_OTHERWISE,
    STOCKOUT_SHARE_PROMOTED,
    Mechanic,
)
from sop_site.demo.network import STORES
from sop_site.demo.seasons import PROFILES, season_factor


def _clean_weeks(retailer: DemoRetailer) -> np.ndarray:
    """Weeks on sale that are neither promoted nor next to a promotion, ``[WEEKS, n]``."""
    promoted = retailer.history.event_index >= 0
    near = promoted.copy()
    near[1:] |= promoted[:-1]
    near[:-1] |= promoted[1:]
    return retailer.history.observed & ~near


@pytest.fixture(scope="module")
def uplifts(retailer: DemoRetailer) -> dict[tuple[Mechanic, float], list[float]]:
    """Uplift ratios of events × SKUs over the doors that took part, measured as the source was."""
    history = retailer.history
    clean, found = _clean_weeks(retailer), defaultdict(list)
    demand = history.units / (1 - history.stockout_days / 7)
    for number, event in enumerate(history.events):
        weeks = slice(event.first_week, event.first_week + event.weeks)
        taking_part = history.event_index[event.first_week] == number
        for sku_index in np.unique(history.cells.sku_index[taking_part]):
            cells = np.flatnonzero(taking_part & (history.cells.sku_index == sku_index))
            before = slice(max(0, event.first_week - 26), event.first_week)
            usable = np.flatnonzero(clean[before, cells].all(axis=1))[-8:]
            if len(usable) < 4:
                continue
            base = demand[before, cells][usable].sum(axis=1).mean()
            if base >= 8:
                found[event.mechanic, event.discount].append(
                    demand[weeks, cells].sum(axis=1).mean() / base - 1
                )
    return found


def test_median_uplift_of_each_mechanic_and_discount(
    uplifts: dict[tuple[Mechanic, float], list[float]],
) -> None:
    expected = {
        (mechanic, discount): median
        for mechanic, pattern in PATTERNS.items()
        for discount, median in pattern.median_uplift_by_discount.items()
    }
    assert set(uplifts) == set(expected)
    for key, values in uplifts.items():
        assert len(values) >= 30, key
        # The season moves the base of few events; the log keeps a wide and a narrow lift comparable.
        assert np.log1p(np.median(values)) == pytest.approx(np.log1p(expected[key]), abs=0.2), key


def test_spread_of_uplifts(uplifts: dict[tuple[Mechanic, float], list[float]]) -> None:
    for (mechanic, discount), values in uplifts.items():
        spread = np.log1p(np.maximum(values, -0.95)).std()
        measured = PATTERNS[mechanic].between_events_log_sd
        # The noise of the weeks comes on top of the spread of the events.
        assert 0.8 * measured < spread < measured + 0.3, (mechanic, discount)


def test_week_to_week_noise(retailer: DemoRetailer) -> None:
    history = retailer.history
    usable = _clean_weeks(retailer) & (history.stockout_days == 0)
    variation = defaultdict(list)
    window = np.ones(13)
    for column in range(len(history.cells)):
        weeks = usable[:, column]
        units = np.where(weeks, history.units[:, column], 0.0)
        others = np.convolve(units, window, "same") - units
        count = np.convolve(weeks.astype(float), window, "same") - weeks
        known = weeks & (count >= 6) & (others > 0)
        if known.sum() < 30:
            continue
        around = others[known] / count[known]
        variance = np.mean((units[known] - around) ** 2) * np.mean(count[known] / (count[known] + 1))
        mean = units[known].mean()
        for low, high in MEASURED_VARIATION:
            if low <= mean < high:
                variation[low, high].append(np.sqrt(variance) / mean)
    for band, measured in MEASURED_VARIATION.items():
        assert len(variation[band]) >= 30
        assert np.median(variation[band]) == pytest.approx(measured, rel=0.25), band


def test_stockouts_are_more_frequent_on_promotion(retailer: DemoRetailer) -> None:
    history = retailer.history
    promoted = history.event_index >= 0
    out = history.stockout_days > 0
    assert out[promoted].mean() == pytest.approx(STOCKOUT_SHARE_PROMOTED, abs=0.02)
    assert out[history.observed & ~promoted].mean() == pytest.approx(STOCKOUT_SHARE_OTHERWISE, abs=0.01)


def test_doors_differ_in_size_as_measured() -> None:
    assert np.log([door.size for door in STORES]).std() == pytest.approx(DOOR_SIZE_LOG_SD, abs=0.08)


def test_some_sku_doors_sell_only_now_and_then(retailer: DemoRetailer) -> None:
    history = retailer.history
    weeks = history.observed.sum(axis=0)
    on_sale = weeks > 0
    without_a_sale = ((history.units == 0) & history.observed).sum(axis=0)[on_sale] / weeks[on_sale]
    assert 0.02 < (without_a_sale > 0.5).mean() < 0.2


@pytest.mark.parametrize("profile", PROFILES)
def test_a_season_is_an_average_year(profile: str) -> None:
    factors = [season_factor(profile, week) for week in range(1, 53)]
    assert np.mean(factors) == pytest.approx(1)
    assert min(factors) > 0


@pytest.mark.parametrize("week", [0, 54])
def test_there_is_no_such_week(week: int) -> None:
    with pytest.raises(ValueError, match="No fiscal week"):
        season_factor("knit", week)
