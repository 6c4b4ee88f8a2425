"""What a campaign came to, of the cells of its SKUs at its doors: numbers in, numbers out.

Public names::

    is_late(submitted_weeks_ahead, window_weeks)
    baseline_of_days(weekly_units, days) -> units
    measured_baseline(baseline_units, sku_door_days, own_days, otherwise) -> units
    planned_uplift(ratio, units, baseline_units) -> units
    media_wasted(spend, unmet, demand) -> money
    leftover_units(on_hand, kept, weekly_units, cover_weeks) -> units
    known_sum(values), known_money(money, left_out, of_units)
    money_lost(lost_margin, wasted) -> money

Units are of whole campaigns unless a name says otherwise; NaN stands for what is not known.
"""

from math import fsum

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Integers = NDArray[np.int64]

DAYS_A_WEEK = 7


def is_late(submitted_weeks_ahead: float | None, window_weeks: float) -> bool:
    """Whether a campaign was submitted less than the decision window before its start; not where unknown."""
    return submitted_weeks_ahead is not None and submitted_weeks_ahead < window_weeks


def baseline_of_days(weekly_units: Floats, days: Floats) -> Floats:
    """What SKU-doors ``[n]`` sell without promotion on so many ``days`` of a week, 1/7 of it each [O5]."""
    return weekly_units * days / DAYS_A_WEEK


def measured_baseline(
    baseline_units: Floats, sku_door_days: Floats, own_days: Floats, otherwise: Floats
) -> Floats:
    """Baselines of SKUs ``[s]`` for their ``own_days`` of a promotion whose lift was measured.

    ``baseline_units`` are those of the promotion as a whole, over its ``sku_door_days``; NaN where no lift
    was measured: there ``otherwise`` stays.
    """
    share = np.divide(own_days, sku_door_days, out=np.full(len(own_days), np.nan), where=sku_door_days > 0)
    measured = baseline_units * share
    return np.where(np.isnan(measured), otherwise, measured)


def planned_uplift(ratio: Floats, units: Floats, baseline_units: Floats) -> Floats:
    """The uplift planned of SKUs ``[s]``: ``units`` where it was entered so, else ``ratio`` × baseline."""
    return np.where(np.isnan(units), np.nan_to_num(ratio) * baseline_units, units)


def media_wasted(spend: float | None, unmet: float, demand: float) -> float | None:
    """The spend on demand that was not served: spend × unmet ÷ demand.

    None where nobody said what was spent, or where nobody wanted anything. Never more than the spend:
    returns can make what was sold, and so the demand, less than what was unmet.
    """
    if spend is None or demand <= 0:
        return None
    return spend * min(1.0, unmet / demand)


def leftover_units(on_hand: Floats, kept: Floats, weekly_units: Floats, cover_weeks: Floats) -> Floats:
    """Units of SKU-doors ``[n]`` above ``cover_weeks`` of their sales and the presentation stock ``kept``.

    Negative stock counts as none (definitions: Projected on-hand).
    """
    return np.maximum(0.0, np.maximum(on_hand, 0.0) - kept - weekly_units * cover_weeks)


def known_sum(values: Floats) -> float | None:
    """The sum of what is known of ``values [n]``; None where something is there and none of it is known."""
    known = values[~np.isnan(values)]
    return fsum(known) if len(known) or not len(values) else None


def known_money(money: float, left_out: float, of_units: float) -> float | None:
    """A sum of money that leaves out ``left_out`` units of ``of_units``; None where it leaves out all."""
    return None if left_out > 0 and left_out >= of_units else money


def money_lost(lost_margin: float | None, wasted: float | None) -> float | None:
    """Margin lost to stockouts and media wasted: the sum of what is known of the two; None where nothing is.

    What stock left over binds is not lost, and in no sum with it.
    """
    known = [each for each in (lost_margin, wasted) if each is not None]
    return fsum(known) if known else None
