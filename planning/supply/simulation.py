"""Stock for a retailer whose data has none: a stated replenishment policy rolled over its real sales.

Public names::

    ReplenishmentPolicy(…)
    roll_policy(units, observed, sku, case_units, policy) -> SimulatedStock
    PolicyRoll(sku, case_units, policy, sku_doors).week(units, observed) -> PolicyWeek

Each fiscal week, in this order: what the DC ordered ``dc_lead_time_weeks`` ago arrives; the DC sends
every door what brings it to its target (it is there within the week); the real sales of the week leave
the doors; the DC orders. The policy knows past sales alone, no promotion to come: what it holds on the
last day is what a retailer that replenishes on averages would hold, and real promotions can outrun it.

Sales happened as they happened: where they exceed what the policy had sent, the door stands at zero and
the excess is counted, not carried.
"""

from copy import copy
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class ReplenishmentPolicy:
    """The parameters of the policy.

    ``rate_weeks``: the weekly rate of a SKU-door is its mean sales of so many last observed weeks.
    ``door_cover_weeks``: a door's target is so many weeks of its rate, but at least ``door_least_units``.
    ``dc_lead_time_weeks`` and ``dc_safety_weeks``: the DC orders up to the rate of all its doors over its
    lead time, the week until the next order, and the safety weeks.
    ``transit_days``: what the route from the DC to a door takes.
    """

    rate_weeks: int = 8
    door_cover_weeks: float = 2.0
    door_least_units: float = 3.0
    dc_lead_time_weeks: int = 8
    dc_safety_weeks: float = 2.0
    transit_days: int = 2

    def __post_init__(self) -> None:
        if self.rate_weeks < 1 or self.dc_lead_time_weeks < 1:
            raise ValueError("The rate and the lead time need at least one week.")


@dataclass(frozen=True, slots=True)
class SimulatedStock:
    """What stands at the end of the last week.

    ``door_units`` per SKU-door ``[n]``, ``dc_units`` per SKU ``[m]``; ``open_orders`` ``[lead time, m]``:
    row ``k`` arrives at the DC ``k + 1`` weeks after the last week began. ``unserved_units`` ``[n]`` is
    what was sold beyond what the policy had sent, over all weeks.
    """

    door_units: Floats
    dc_units: Floats
    open_orders: Floats
    unserved_units: Floats


@dataclass(frozen=True, slots=True)
class PolicyWeek:
    """One week of the policy at each door ``[n]``: units to sell in it, of which so many were sent in it.

    ``unserved`` is what was sold beyond them.
    """

    available: Floats
    sent: Floats
    unserved: Floats


class PolicyRoll:
    """The policy as it stands after some weeks; `week` takes it one week on, `copy` lets it go two ways."""

    def __init__(
        self, sku: Integers, case_units: Floats, policy: ReplenishmentPolicy, sku_doors: int
    ) -> None:
        self._sku, self._case_units, self._policy = sku, case_units, policy
        self._weeks = 0
        self._carried = np.zeros(sku_doors, dtype=np.bool_)
        # The sales of the last observed weeks of each SKU-door, the newest last; NaN where there are fewer.
        self._recent = np.full((policy.rate_weeks, sku_doors), np.nan)
        self._door = np.zeros(sku_doors)
        self._dc = np.zeros(len(case_units))
        self._orders = np.zeros((policy.dc_lead_time_weeks, len(case_units)))
        self._unserved = np.zeros(sku_doors)

    def copy(self) -> "PolicyRoll":
        """Another one that stands where this one stands, and goes its own way."""
        other = copy(self)
        other._recent = self._recent.copy()
        return other

    def stock(self) -> SimulatedStock:
        """What stands at the end of the last week."""
        return SimulatedStock(self._door, self._dc, self._orders, self._unserved)

    def week(self, units: Floats, observed: Flags) -> PolicyWeek:
        """One week on, in which ``units`` ``[n]`` are sold at the SKU-doors that are ``observed``."""
        sold = np.where(observed, np.maximum(units, 0.0), 0.0)
        self._carried = self._carried | observed
        rate = self._rate() if self._weeks else sold
        target = _targets(rate, self._carried, self._policy)
        if self._weeks:
            self._receive_and_order(rate)
        else:
            self._begin(rate, target)
        need = np.maximum(target - self._door, 0.0)
        needed = self._of_sku(need)
        share = np.divide(self._dc, needed, out=np.ones(len(self._dc)), where=needed > self._dc)
        sent = np.floor(need * share[self._sku] + 1e-9)
        available = self._door + sent
        unserved = np.maximum(sold - available, 0.0)
        self._dc = self._dc - self._of_sku(sent)
        self._door = np.maximum(available - sold, 0.0)
        self._unserved = self._unserved + unserved
        self._recent[:, observed] = np.vstack([self._recent[1:, observed], sold[observed]])
        self._weeks += 1
        return PolicyWeek(available, sent, unserved)

    def _begin(self, rate: Floats, target: Floats) -> None:
        """What stands and is on its way when the first week begins."""
        policy, of_all_doors = self._policy, self._of_sku(rate)
        self._door = target
        self._dc = self._in_cases((1 + policy.dc_safety_weeks) * of_all_doors)
        self._orders = np.tile(self._in_cases(of_all_doors), (policy.dc_lead_time_weeks, 1))

    def _receive_and_order(self, rate: Floats) -> None:
        """What the DC ordered at the end of the week before, and what arrives now."""
        policy = self._policy
        order_up_to_weeks = policy.dc_lead_time_weeks + 1 + policy.dc_safety_weeks
        wanted = order_up_to_weeks * self._of_sku(rate) - self._dc - self._orders.sum(axis=0)
        self._dc = self._dc + self._orders[0]
        self._orders = np.vstack([self._orders[1:], self._in_cases(wanted)])

    def _rate(self) -> Floats:
        """Mean sales of the last observed weeks, 0 where there was none."""
        count = np.isfinite(self._recent).sum(axis=0)
        total = np.nan_to_num(self._recent).sum(axis=0)
        return np.divide(total, count, out=np.zeros(len(total)), where=count > 0)

    def _of_sku(self, values: Floats) -> Floats:
        totals = np.bincount(self._sku, weights=values, minlength=len(self._case_units))
        return totals.astype(np.float64)

    def _in_cases(self, wanted: Floats) -> Floats:
        cases = np.ceil(np.round(np.maximum(wanted, 0.0) / self._case_units, 9))
        return cases * self._case_units


def roll_policy(
    units: Floats, observed: Flags, sku: Integers, case_units: Floats, policy: ReplenishmentPolicy
) -> SimulatedStock:
    """Roll ``policy`` over weekly sales ``[weeks, n]``, oldest first; the last week may be a part of one.

    ``sku[n]`` numbers the SKU of each SKU-door, ``case_units[m]`` is the multiple in which the DC orders
    a SKU. Weeks that are not ``observed`` sold nothing and do not enter the rate. Nothing is random: the
    same sales give the same stock.
    """
    roll = PolicyRoll(sku, case_units, policy, units.shape[1])
    for sold, seen in zip(units, observed, strict=True):
        roll.week(sold, seen)
    return roll.stock()


def _targets(rate: Floats, carried: Flags, policy: ReplenishmentPolicy) -> Floats:
    """Units to which each door is filled: whole ones, none where the SKU was never sold yet."""
    target = np.ceil(np.maximum(policy.door_cover_weeks * rate, policy.door_least_units))
    return np.where(carried, target, 0.0)
