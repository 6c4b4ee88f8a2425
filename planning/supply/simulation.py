"""Stock for a retailer whose data has none: a stated replenishment policy rolled over its real sales.

Public names::

    ReplenishmentPolicy(…)
    roll_policy(units, observed, sku, case_units, policy) -> SimulatedStock

Each fiscal week, in this order: what the DC ordered ``dc_lead_time_weeks`` ago arrives; the DC sends
every door what brings it to its target (it is there within the week); the real sales of the week leave
the doors; the DC orders. The policy knows past sales alone, no promotion to come: what it holds on the
last day is what a retailer that replenishes on averages would hold, and real promotions can outrun it.

Sales happened as they happened: where they exceed what the policy had sent, the door stands at zero and
the excess is counted, not carried.
"""

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


def roll_policy(
    units: Floats, observed: Flags, sku: Integers, case_units: Floats, policy: ReplenishmentPolicy
) -> SimulatedStock:
    """Roll ``policy`` over weekly sales ``[weeks, n]``, oldest first; the last week may be a part of one.

    ``sku[n]`` numbers the SKU of each SKU-door, ``case_units[m]`` is the multiple in which the DC orders
    a SKU. Weeks that are not ``observed`` sold nothing and do not enter the rate. Nothing is random: the
    same sales give the same stock.
    """
    weeks, skus = len(units), len(case_units)
    sold = np.where(observed, np.maximum(units, 0.0), 0.0)
    carried = np.maximum.accumulate(observed, axis=0)
    rate = _weekly_rates(sold, observed, policy.rate_weeks)

    def of_sku(values: Floats) -> Floats:
        return np.bincount(sku, weights=values, minlength=skus).astype(np.float64)

    def in_cases(wanted: Floats) -> Floats:
        return np.ceil(np.round(np.maximum(wanted, 0.0) / case_units, 9)) * case_units

    door = _targets(rate[0], carried[0], policy)
    dc = in_cases((1 + policy.dc_safety_weeks) * of_sku(rate[0]))
    orders = np.tile(in_cases(of_sku(rate[0])), (policy.dc_lead_time_weeks, 1))
    unserved = np.zeros(units.shape[1])
    order_up_to_weeks = policy.dc_lead_time_weeks + 1 + policy.dc_safety_weeks
    for week in range(weeks):
        if week > 0:
            wanted = order_up_to_weeks * of_sku(rate[week]) - dc - orders.sum(axis=0)
            dc = dc + orders[0]
            orders = np.vstack([orders[1:], in_cases(wanted)])
        need = np.maximum(_targets(rate[week], carried[week], policy) - door, 0.0)
        needed = of_sku(need)
        share = np.divide(dc, needed, out=np.ones(skus), where=needed > dc)
        sent = np.floor(need * share[sku] + 1e-9)
        dc = dc - of_sku(sent)
        door = door + sent - sold[week]
        unserved += np.maximum(-door, 0.0)
        door = np.maximum(door, 0.0)
    return SimulatedStock(door, dc, orders, unserved)


def _weekly_rates(sold: Floats, observed: Flags, rate_weeks: int) -> Floats:
    """Mean sales of the last ``rate_weeks`` observed weeks before each week; in the first, its own sales."""
    rates = np.zeros_like(sold)
    rates[0] = sold[0]
    for week in range(1, len(sold)):
        earlier = observed[:week]
        latest = earlier & (np.cumsum(earlier[::-1], axis=0)[::-1] <= rate_weeks)
        count = latest.sum(axis=0)
        total = np.where(latest, sold[:week], 0.0).sum(axis=0)
        np.divide(total, count, out=rates[week], where=count > 0)
    return rates


def _targets(rate: Floats, carried: Flags, policy: ReplenishmentPolicy) -> Floats:
    """Units to which each door is filled: whole ones, none where the SKU was never sold yet."""
    target = np.ceil(np.maximum(policy.door_cover_weeks * rate, policy.door_least_units))
    return np.where(carried, target, 0.0)
