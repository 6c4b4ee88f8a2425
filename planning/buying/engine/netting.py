"""What to order in which week: needs netted week by week, on each supplier's minimum and multiple."""

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

# Demand and supply that are equal on paper differ in the last digits of a sum: a millionth of a unit more
# than a pack is one pack, and so little missing is nothing.
ROUNDING = 1e-6


@dataclass(frozen=True, slots=True)
class NettingInputs:
    """``n`` supply points, each a SKU at a DC with the doors that it serves, over ``W`` fiscal weeks.

    Units unless said otherwise; only ``opening`` may be negative:

    - ``demand [n, W]``: the signed forecast.
    - ``target_stock [n, W]``: wanted at the end of each week above the presentation: the target cover,
      or the safety stock.
    - ``presentation [n]``: kept on display, not available to sell.
    - ``opening [n]``: sellable stock before the first week; what is negative in the feed counts as none.
    - ``receipts [n, W]``: open receipts, and the orders that are already fixed.
    - ``first_week [n]``: the first week in which an order placed today can land, ``W`` or more for none.
    - ``minimum [n]``: the least that can be ordered at once, 0 for no such limit.
    - ``multiple [n]``: orders are whole multiples of this, at least 1; 1 is whole units.
    """

    demand: Floats
    target_stock: Floats
    presentation: Floats
    opening: Floats
    receipts: Floats
    first_week: Integers
    minimum: Floats
    multiple: Floats

    def __post_init__(self) -> None:
        if self.demand.ndim != 2:
            raise ValueError("The demand of a netting has supply points and weeks.")
        for field in fields(self):
            values = getattr(self, field.name)
            by_week = field.name in ("demand", "target_stock", "receipts")
            if values.shape != self.demand.shape[: 2 if by_week else 1]:
                raise ValueError(f"The {field.name} of a netting does not fit its demand.")
            # One NaN would compare as no need at all.
            if not np.all(np.isfinite(values)):
                raise ValueError(f"The {field.name} of a netting is not known everywhere.")
            if field.name != "opening" and np.any(values < 0):
                raise ValueError(f"The {field.name} of a netting cannot be negative.")
        if np.any(self.multiple < 1):
            raise ValueError("Orders are multiples of at least one unit.")


@dataclass(frozen=True, slots=True)
class Netting:
    """The plan, in units ``[n, W]``. Every week adds up::

        needs   = max(0, demand + target + presentation - on hand of the week before - receipts)
        sold    = min(demand, max(0, on hand of the week before + receipts + orders - presentation))
        on_hand = on hand of the week before + receipts + orders - sold
        unmet   = demand - sold                         lost: retail does not back-order

    ``needs`` and ``unmet`` of no more than `ROUNDING` are 0. ``late`` are the needs of the weeks that no
    order can reach any more. What is missing for the target in one of them is, if nothing comes, missing
    in the next one too: late needs of several weeks are not to be added up.
    """

    needs: Floats
    orders: Floats
    on_hand: Floats
    unmet: Floats
    late: Floats


def net(inputs: NettingInputs) -> Netting:
    """The orders that bring every supply point to its target at the end of each week it can reach.

    An order is the need of its week or the minimum, whichever is more, rounded up to the multiple; it is
    never less than the need (but for `ROUNDING`) and stands in the week in which it lands. A week with
    no need has no order. In the first week that an order can reach, the need holds whatever is then still
    missing; sales lost until then are not bought any more.

    Each supply point is planned by itself, and each week from those before it alone.
    """
    # A week is worked on for all supply points at once, so its figures should lie side by side.
    demand, target, receipts = (
        np.ascontiguousarray(units.T) for units in (inputs.demand, inputs.target_stock, inputs.receipts)
    )
    needs, orders, on_hand, unmet, late = (np.zeros(demand.shape) for _ in range(5))
    stock = np.maximum(inputs.opening, 0.0)
    for week, expected in enumerate(demand):
        there = stock + receipts[week]
        need = _counted(expected + target[week] + inputs.presentation - there)
        reachable = inputs.first_week <= week
        orders[week] = np.where(reachable & (need > 0), _on_multiple(need, inputs), 0.0)
        there += orders[week]
        sold = np.minimum(expected, np.maximum(there - inputs.presentation, 0.0))
        needs[week], late[week] = need, np.where(reachable, 0.0, need)
        unmet[week] = _counted(expected - sold)
        on_hand[week] = stock = there - sold
    return Netting(needs.T, orders.T, on_hand.T, unmet.T, late.T)


def _counted(missing: Floats) -> Floats:
    """``missing``, where it is more than rounding; 0 elsewhere."""
    return np.where(missing > ROUNDING, missing, 0.0)


def _on_multiple(need: Floats, inputs: NettingInputs) -> Floats:
    """The least order that serves the need ``[n]``."""
    least = np.maximum(need, inputs.minimum)
    return np.ceil((least - ROUNDING) / inputs.multiple) * inputs.multiple
