"""The simulated stock: units are conserved, targets are met, and an obvious second implementation agrees."""

from dataclasses import dataclass, field

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planning.supply.simulation import PolicyRoll, ReplenishmentPolicy, roll_policy

POLICY = ReplenishmentPolicy(rate_weeks=4, dc_lead_time_weeks=2, dc_safety_weeks=1.0)
# Eighths are exact in floating point, so that both implementations round up at the same places.
eighths = st.integers(0, 400).map(lambda number: number / 8)


@dataclass
class SlowDoor:
    """One SKU-door of the oracle."""

    sales: list[float]
    observed: list[bool]
    units: float = 0.0
    unserved: float = 0.0

    def rate(self, week: int, rate_weeks: int) -> float:
        if week == 0:
            return self.sales[0] if self.observed[0] else 0.0
        known = [sold for sold, seen in zip(self.sales[:week], self.observed, strict=False) if seen]
        last = known[-rate_weeks:]
        return sum(last) / len(last) if last else 0.0

    def target(self, week: int, policy: ReplenishmentPolicy) -> float:
        if not any(self.observed[: week + 1]):
            return 0.0
        wanted = policy.door_cover_weeks * self.rate(week, policy.rate_weeks)
        return float(np.ceil(max(wanted, policy.door_least_units)))


@dataclass
class SlowSku:
    """One SKU with its doors and its DC, week by week in plain words."""

    doors: list[SlowDoor]
    case: float
    policy: ReplenishmentPolicy
    dc: float = 0.0
    orders: list[float] = field(default_factory=list)

    def cases(self, units: float) -> float:
        return float(np.ceil(round(max(units, 0.0) / self.case, 9)) * self.case)

    def rate(self, week: int) -> float:
        return sum(door.rate(week, self.policy.rate_weeks) for door in self.doors)

    def roll(self, weeks: int) -> None:
        policy = self.policy
        self.dc = self.cases((1 + policy.dc_safety_weeks) * self.rate(0))
        self.orders = [self.cases(self.rate(0))] * policy.dc_lead_time_weeks
        for door in self.doors:
            door.units = door.target(0, policy)
        for week in range(weeks):
            if week > 0:
                up_to = (policy.dc_lead_time_weeks + 1 + policy.dc_safety_weeks) * self.rate(week)
                order = self.cases(up_to - self.dc - sum(self.orders))
                self.dc += self.orders.pop(0)
                self.orders.append(order)
            needs = [max(door.target(week, policy) - door.units, 0.0) for door in self.doors]
            share = min(1.0, self.dc / sum(needs)) if sum(needs) else 1.0
            for door, need in zip(self.doors, needs, strict=True):
                sent = float(np.floor(need * share + 1e-9))
                self.dc -= sent
                sold = door.sales[week] if door.observed[week] else 0.0
                left = door.units + sent - sold
                door.unserved += max(-left, 0.0)
                door.units = max(left, 0.0)


@st.composite
def histories(draw):
    weeks, count, skus = draw(st.integers(1, 12)), draw(st.integers(1, 5)), draw(st.integers(1, 3))
    units = np.array(draw(st.lists(eighths, min_size=weeks * count, max_size=weeks * count)))
    seen = draw(st.lists(st.booleans(), min_size=weeks * count, max_size=weeks * count))
    sku = np.array(draw(st.lists(st.integers(0, skus - 1), min_size=count, max_size=count)))
    cases = np.array(draw(st.lists(st.sampled_from([1.0, 6.0, 12.0]), min_size=skus, max_size=skus)))
    return units.reshape(weeks, count), np.array(seen).reshape(weeks, count), sku, cases


@given(histories())
@settings(deadline=None)
def test_it_agrees_with_the_obvious_way(history):
    units, observed, sku, cases = history

    stock = roll_policy(units, observed, sku, cases, POLICY)

    for number, case in enumerate(cases):
        columns = np.flatnonzero(sku == number)
        doors = [SlowDoor(units[:, i].tolist(), observed[:, i].tolist()) for i in columns]
        slow = SlowSku(doors, case, POLICY)
        slow.roll(len(units))
        assert stock.door_units[columns].tolist() == pytest.approx([door.units for door in doors])
        assert stock.unserved_units[columns].tolist() == pytest.approx([door.unserved for door in doors])
        assert stock.dc_units[number] == pytest.approx(slow.dc)
        assert stock.open_orders[:, number].tolist() == pytest.approx(slow.orders)


@given(histories())
@settings(deadline=None)
def test_nothing_is_negative_and_orders_are_whole_cases(history):
    units, observed, sku, cases = history

    stock = roll_policy(units, observed, sku, cases, POLICY)

    assert (stock.door_units >= 0).all()
    assert (stock.dc_units >= 0).all()
    assert np.allclose(stock.open_orders % cases, 0)


def test_steady_sales_are_served_without_a_gap():
    units = np.full((30, 3), 10.0)

    stock = roll_policy(units, units > 0, np.array([0, 0, 0]), np.array([12.0]), ReplenishmentPolicy())

    assert stock.unserved_units.sum() == 0
    # Two weeks' cover less the week just sold.
    assert stock.door_units.tolist() == [10.0, 10.0, 10.0]
    assert stock.open_orders.shape == (8, 1)
    assert 8 * 30 <= stock.open_orders.sum() <= 8 * 30 + 8 * 12


def test_a_rush_beyond_the_stock_leaves_the_door_at_zero_and_is_counted():
    units = np.array([[10.0]] * 9 + [[100.0]])

    stock = roll_policy(units, units > 0, np.array([0]), np.array([12.0]), ReplenishmentPolicy())

    assert stock.door_units.tolist() == [0.0]
    assert stock.unserved_units.tolist() == [80.0]


def test_a_lead_time_of_nothing_is_refused():
    with pytest.raises(ValueError, match="at least one week"):
        ReplenishmentPolicy(dc_lead_time_weeks=0)


def test_a_copy_goes_its_own_way():
    roll = PolicyRoll(np.array([0]), np.array([12.0]), POLICY, sku_doors=1)
    sold, seen = np.array([4.0]), np.array([True])
    roll.week(sold, seen)
    other = roll.copy()

    for _ in range(3):
        other.week(np.array([40.0]), seen)

    expected = roll_policy(
        np.full((2, 1), 4.0), np.full((2, 1), True), np.array([0]), np.array([12.0]), POLICY
    )
    week = roll.week(sold, seen)
    assert roll.stock().door_units.tolist() == expected.door_units.tolist()
    assert roll.stock().open_orders.tolist() == expected.open_orders.tolist()
    assert (week.available - sold).tolist() == expected.door_units.tolist()
