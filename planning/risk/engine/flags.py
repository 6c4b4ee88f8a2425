"""From doors to a decision: the risk of a campaign line over all its doors, and how it moved."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from planning.supply.engine import CampaignLines

from .lines import LEAST_UNITS_SHORT, NO_DAY, Flags, Floats, Integers, LineRisk
from .states import Change, State

NO_FLAG = -1


@dataclass(frozen=True, slots=True)
class FlagRisk:
    """The risk of each campaign line over all its doors, ``[g]`` in ascending ``line``.

    - ``state`` and ``cover`` are those of the worst door, ``worst_entry`` its place in the arrays of
      the lines: the worst state, then the lowest cover, then the most units short.
    - ``expected_units``, ``units_short``, ``revenue_short`` and ``margin_short`` are sums; a sum of
      money is NaN where a short door has no price (margin: or no cost).
    - ``first_short_day`` is the earliest, or NO_DAY. ``doors_flagged`` counts the doors at risk or
      worse, ``doors_without_data`` those of which nothing is known.
    """

    line: Integers
    state: NDArray[np.int8]
    worst_entry: Integers
    cover: Floats
    expected_units: Floats
    units_short: Floats
    revenue_short: Floats
    margin_short: Floats
    first_short_day: Integers
    doors_flagged: Integers
    doors_without_data: Integers


def money_short(units_short: Floats, unit_price: Floats, unit_cost: Floats) -> tuple[Floats, Floats]:
    """Revenue and margin that the missing units would have brought.

    NaN where units are short and the price (for the margin: or the cost) is unknown; nothing short
    is 0 at any price.
    """
    short = units_short > 0
    revenue = np.where(short, units_short * unit_price, 0.0)
    margin = np.where(short, units_short * (unit_price - unit_cost), 0.0)
    return revenue, margin


def roll_up(lines: CampaignLines, risk: LineRisk, unit_price: Floats, unit_cost: Floats) -> FlagRisk:
    """The risk of each campaign line over its doors; ``unit_price`` and ``unit_cost`` are ``[m]``."""
    window = risk.window
    order = np.argsort(lines.line, kind="stable")
    line, first, doors = np.unique(lines.line[order], return_index=True, return_counts=True)
    revenue, margin = money_short(window.units_short, unit_price, unit_cost)
    never = np.iinfo(np.int64).max

    def total(values: Floats | Flags) -> Floats:
        return np.add.reduceat(values[order].astype(np.float64), first) if len(first) else np.empty(0)

    def lowest(values: NDArray[Any]) -> NDArray[Any]:
        return np.minimum.reduceat(values[order], first) if len(first) else values[:0]

    # Of the doors still in question keep those with the lowest value; the row settles it.
    in_question = np.ones(len(order), dtype=np.bool_)
    for values, excluded in (
        (-risk.state.astype(np.int64), never),
        (np.where(np.isnan(risk.cover), np.inf, risk.cover), np.inf),
        (-window.units_short, np.inf),
        (lines.row, never),
    ):
        left = np.where(in_question, values, excluded)
        in_question &= left == _per_entry(lowest(left), doors, order)
    worst = np.empty(len(line), dtype=np.int64)
    worst[np.searchsorted(line, lines.line[in_question])] = np.flatnonzero(in_question)
    earliest = lowest(np.where(window.first_short_day == NO_DAY, never, window.first_short_day))
    return FlagRisk(
        line=line,
        state=risk.state[worst],
        worst_entry=worst,
        cover=risk.cover[worst],
        expected_units=total(window.demand_units),
        units_short=total(window.units_short),
        revenue_short=total(revenue),
        margin_short=total(margin),
        first_short_day=np.where(earliest == never, NO_DAY, earliest),
        doors_flagged=total(risk.state >= State.AT_RISK).astype(np.int64),
        doors_without_data=total(risk.state == State.NO_DATA).astype(np.int64),
    )


def _per_entry(values: NDArray[Any], doors: Integers, order: Integers) -> NDArray[Any]:
    """One value a line, repeated for its doors, at their places ``[m]``."""
    entries = np.empty(len(order), dtype=values.dtype)
    entries[order] = np.repeat(values, doors)
    return entries


def reconcile(
    previous_state: Integers, previous_units_short: Floats, state: Integers, units_short: Floats
) -> NDArray[np.int8]:
    """How each flag moved from its previous state and size to the new ones: ``Change`` numbers.

    ``previous_state`` is NO_FLAG where there was none. A flag is open from ``AT_RISK`` up. Between two
    open states the worse state is worse; within one, more units short are (less than 0.005 is no
    change). A flag that was there and not open is reopened, not opened.
    """
    was_open, is_open = previous_state >= State.AT_RISK, state >= State.AT_RISK
    both = was_open & is_open
    more = units_short - previous_units_short
    same = state == previous_state
    change = np.select(
        [
            is_open & (previous_state == NO_FLAG),
            is_open & ~was_open,
            was_open & ~is_open,
            both & ((state > previous_state) | (same & (more >= LEAST_UNITS_SHORT))),
            both & ((state < previous_state) | (same & (more <= -LEAST_UNITS_SHORT))),
        ],
        [Change.OPENED, Change.REOPENED, Change.CLEARED, Change.WORSENED, Change.EASED],
        default=Change.UNCHANGED,
    )
    return change.astype(np.int8)


def worse_than_accepted(
    accepted_units_short: Floats,
    accepted_revenue_short: Floats,
    units_short: Floats,
    revenue_short: Floats,
    growth_tolerance: float | Floats,
) -> Flags:
    """Whether each accepted risk has outgrown the size at which it was accepted.

    The size is revenue short, or units short where either revenue is NaN. It may grow by the share
    ``growth_tolerance`` (0.1 is 10 %), one number or one each. What was accepted at nothing short, a thin
    cover, is outgrown by any shortage.
    """
    by_units = np.isnan(accepted_revenue_short) | np.isnan(revenue_short)
    accepted = np.where(by_units, accepted_units_short, accepted_revenue_short)
    size = np.where(by_units, units_short, revenue_short)
    return (units_short >= LEAST_UNITS_SHORT) & (
        size > accepted * (1.0 + growth_tolerance) + LEAST_UNITS_SHORT
    )
