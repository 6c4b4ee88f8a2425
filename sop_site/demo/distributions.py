"""How strongly real promotions lift sales and how noisy real weeks are: the numbers the demo draws from.

Measured on dunnhumby's "Breakfast at the Frat: A Time Series Analysis" (weekly sales of 55 SKUs in 39
grocery stores over 104 weeks, 26,801 promotion events). Only the aggregates below are kept, no data.

How they were measured:
- Base of an event: mean of the last 8 (at least 4) weeks of the SKU-store among the 26 before it that
  were neither promoted nor next to a promoted week; bases below 5 units a week left out.
- Uplift: mean weekly units of the event ÷ base − 1 (definitions: Lift, incremental ÷ base), 14,518
  SKU-store events, by mechanic and by band of the mean discount.
- Spread: of log(1 + uplift). "Between" is the spread of whole events of a SKU over their stores (510
  events in 8 or more stores, interquartile range ÷ 1.349 as the standard deviation); "within" is the
  median spread over the stores of one event, in which the sampling noise of the weeks is contained.
- Share of doors: average stores of an event ÷ stores that sold the SKU then, over the 986 runs in which
  at least a quarter of the stores took part.
- Noise: 1,145 SKU-store series with 30 or more unpromoted weeks; variance around the 13-week centred
  mean of the other unpromoted weeks, less the variance of that mean itself. Over-dispersion is
  (variance − mean) ÷ mean², the reciprocal of the negative binomial's size.

The mechanics of a grocer stand in for ours by how they reach people: feature and display together for a
site-wide event, the printed feature for a social push, the display for a partnership drop, and the
shelf-tag cut for a price reduction.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Mechanic(StrEnum):
    """The demo retailer's mechanics, as they stand in its files."""

    SITE_WIDE_EVENT = "Site-wide event"
    SOCIAL_PUSH = "Social push"
    PARTNERSHIP_DROP = "Partnership drop"
    PRICE_REDUCTION = "Price reduction"


@dataclass(frozen=True, slots=True)
class MechanicPattern:
    """What one mechanic did in the measured data.

    ``median_uplift_by_discount`` maps a discount used in the demo (share of the base price) to the median
    uplift ratio (incremental ÷ base) of its band; ``between_events_log_sd`` is the standard deviation of
    log(1 + uplift) over events; ``door_shares`` are the 10th, 50th and 90th percentile of the share of
    doors that take part.
    """

    source_mechanic: str
    median_uplift_by_discount: dict[float, float]
    between_events_log_sd: float
    door_shares: tuple[float, float, float]


PATTERNS: Final[dict[Mechanic, MechanicPattern]] = {
    # Bands of the discount: 0-2 %, 10-20 %, 20-30 %; the demo's discounts lie inside them.
    Mechanic.SITE_WIDE_EVENT: MechanicPattern(
        "FEATURE+DISPLAY", {0.15: 1.85, 0.25: 2.84}, 0.46, (0.30, 0.51, 0.79)
    ),
    Mechanic.SOCIAL_PUSH: MechanicPattern("FEATURE", {0.15: 0.72, 0.25: 1.71}, 0.62, (0.29, 0.42, 0.69)),
    Mechanic.PARTNERSHIP_DROP: MechanicPattern("DISPLAY", {0.0: 0.28, 0.15: 0.98}, 0.67, (0.27, 0.35, 0.51)),
    Mechanic.PRICE_REDUCTION: MechanicPattern("TPR", {0.15: 0.25, 0.25: 0.43}, 0.27, (0.31, 0.51, 0.84)),
}

# Spread over the stores of one event: 0.37 measured for features and displays. Of its variance, 0.057 is
# left after the sampling noise of a typical event week (mean 40 units) and of its base.
WITHIN_EVENT_DOOR_LOG_SD: Final = 0.24

# (variance − mean) ÷ mean² of unpromoted weeks: medians 0.051 (6-12 units a week), 0.038 (12-25) and
# 0.039 (25-60); below 6 units the noise is Poisson within the error of measurement.
OVER_DISPERSION: Final = 0.04

# For comparison with what is generated: median coefficient of variation of unpromoted weeks by mean
# weekly units.
MEASURED_VARIATION: Final[dict[tuple[float, float], float]] = {
    (3, 6): 0.516,
    (6, 12): 0.408,
    (12, 25): 0.309,
    (25, 60): 0.266,
}

# Spread of the doors' sizes: standard deviation of the log of a store's weekly units.
DOOR_SIZE_LOG_SD: Final = 0.41

# Share of promoted and other SKU-door-weeks with some time out of stock, for scale 13.1 % and 7.4 %
# (definitions: Stockout rate on promoted items, B4). The grocer's data has no such flag.
STOCKOUT_SHARE_PROMOTED: Final = 0.11
STOCKOUT_SHARE_OTHERWISE: Final = 0.03
