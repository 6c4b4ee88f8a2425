"""The engine of the monthly consensus: layers that spread and add up, and what each of them was worth.

Public names::

    spread(units, mix) -> units per cell [n]                       entered high: by the mix
    with_total(values, chosen, units, mix) -> values [n]           the chosen cells add up to units
    months_of_weeks(weekly, month_of_week, months) -> [n, M]       sums
    weeks_of_months(monthly, profile, month_of_week) -> [n, W]     by the profile within each month
    wmape, bias (actual, forecast) -> a share, None where nothing was sold; of_sold(units, sold) from sums
    value_added(actual, forecasts) -> [StepValue]                  same items for every step (.is_ranked)
    steps_from(errors) -> [StepValue]                              from (step, WMAPE, n), in order
    small_upward_tweaks(before, after, actual, largest_share) -> Tweaks    (.is_discouraged)
    waterfall(totals) -> [Step]                                    total after total, from 0
    bridge(before, after, largest) -> [Contribution]               the largest changes, then the rest
    disagreement_money(layers, unit_value) -> money per row [n]    highest less lowest, at value
    LEAST_RANKED = 20 (items below which no step is ranked and no tweak discouraged)
    SMALL_SHARE = 0.1 (a raise up to this share is a small one)
"""

from .accuracy import LEAST_RANKED, StepValue, bias, of_sold, steps_from, value_added, wmape
from .disagreement import disagreement_money
from .layers import months_of_weeks, spread, weeks_of_months, with_total
from .tweaks import SMALL_SHARE, Tweaks, small_upward_tweaks
from .waterfall import Contribution, Step, bridge, waterfall

__all__ = [
    "LEAST_RANKED",
    "SMALL_SHARE",
    "Contribution",
    "Step",
    "StepValue",
    "Tweaks",
    "bias",
    "bridge",
    "disagreement_money",
    "months_of_weeks",
    "of_sold",
    "small_upward_tweaks",
    "spread",
    "steps_from",
    "value_added",
    "waterfall",
    "weeks_of_months",
    "with_total",
    "wmape",
]
