"""Two years of weekly sales with promotions and stockouts, drawn from the measured distributions.

Arrays are weeks-major, ``[WEEKS, n]``: row 0 is the oldest week, column i the i-th SKU-door cell.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from statistics import NormalDist

import numpy as np

from sop_site.demo.assortment import Sku
from sop_site.demo.distributions import (
    OVER_DISPERSION,
    PATTERNS,
    STOCKOUT_SHARE_OTHERWISE,
    STOCKOUT_SHARE_PROMOTED,
    WITHIN_EVENT_DOOR_LOG_SD,
    Mechanic,
)
from sop_site.demo.network import SELLING_DOORS, WEB_CODE
from sop_site.demo.seasons import season_factor
from sop_site.fiscal import week_of

WEEKS = 106


@dataclass(frozen=True, slots=True)
class Cells:
    """The SKU-doors that are ranged: index into the SKUs and into `SELLING_DOORS`, and the usual rate.

    ``weekly_units`` is the year's average without promotions, in units a week.
    """

    sku_index: np.ndarray
    door_index: np.ndarray
    weekly_units: np.ndarray

    def __len__(self) -> int:
        return len(self.sku_index)


@dataclass(frozen=True, slots=True)
class PastEvent:
    """One promotion of the past; ``first_week`` is an index into the history, ``discount`` a share."""

    code: str
    mechanic: Mechanic
    first_week: int
    weeks: int
    discount: float
    groups: frozenset[tuple[str, str]]
    door_codes: frozenset[str]


@dataclass(frozen=True, slots=True)
class History:
    """What happened. ``event_index`` is -1 where a cell was not promoted in a week."""

    first_week_start: date
    cells: Cells
    events: list[PastEvent]
    units: np.ndarray
    observed: np.ndarray
    event_index: np.ndarray
    discount: np.ndarray
    stockout_days: np.ndarray

    def week_end(self, week: int) -> date:
        """The Saturday of a week of the history."""
        return self.first_week_start + timedelta(days=7 * week + 6)


def ranged_cells(skus: list[Sku], rng: np.random.Generator) -> Cells:
    """Which door carries which SKU: whole colours of a style, fewer in smaller doors."""
    sku_index, door_index, rates = [], [], []
    groups = list(dict.fromkeys(sku.group for sku in skus))
    popularity = dict(zip(groups, rng.lognormal(-0.06, 0.35, len(groups)), strict=True))
    taste = rng.lognormal(-0.02, 0.2, (len(groups), len(SELLING_DOORS)))
    ranged = rng.random((len(groups), len(SELLING_DOORS))) < [door.ranged_share for door in SELLING_DOORS]
    position = {group: index for index, group in enumerate(groups)}
    for index, sku in enumerate(skus):
        row = position[sku.group]
        for column, door in enumerate(SELLING_DOORS):
            if not ranged[row, column] or (door.code == WEB_CODE and sku.style.store_only):
                continue
            sku_index.append(index)
            door_index.append(column)
            rate = sku.style.weekly_units * sku.size_share * popularity[sku.group]
            rates.append(rate * door.size * taste[row, column])
    return Cells(np.array(sku_index), np.array(door_index), np.array(rates))


def expected_units(
    skus: list[Sku], cells: Cells, current_week: date, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Expected units without promotions and whether the SKU-door was on sale, both ``[WEEKS, n]``."""
    starts = [current_week - timedelta(weeks=WEEKS - week) for week in range(WEEKS)]
    profiles = sorted({sku.style.season for sku in skus})
    seasons = np.array([[season_factor(name, week_of(day).week) for name in profiles] for day in starts])
    profile_of_sku = np.array([profiles.index(sku.style.season) for sku in skus])
    styles = sorted({sku.style.code for sku in skus})
    style_of_sku = np.array([styles.index(sku.style.code) for sku in skus])
    growth = rng.normal(0.04, 0.08, len(styles))
    years = (np.arange(WEEKS) - WEEKS + 1)[:, None] / 52
    shock = np.zeros((WEEKS, len(styles)))
    steps = rng.normal(0, 0.02, (WEEKS, len(styles)))
    for week in range(1, WEEKS):
        shock[week] = 0.5 * shock[week - 1] + steps[week]
    style_course = np.exp(growth * years + shock)
    expected = seasons[:, profile_of_sku] * style_course[:, style_of_sku]
    weeks_ago = (WEEKS - np.arange(WEEKS))[:, None]
    launched = np.array([sku.style.launched_weeks_ago for sku in skus])[cells.sku_index]
    opened = np.array([door.opened_weeks_ago for door in SELLING_DOORS])[cells.door_index]
    observed = (weeks_ago <= launched) & (weeks_ago <= opened)
    return expected[:, cells.sku_index] * cells.weekly_units, observed


def _normal_scores(count: int, rng: np.random.Generator) -> np.ndarray:
    """``count`` standard normal values in random order, evenly spread so that even few have median 0."""
    scores = [NormalDist().inv_cdf((rank + 0.5) / count) for rank in range(count)]
    return rng.permutation(scores)


def simulate(
    skus: list[Sku], cells: Cells, events: list[PastEvent], current_week: date, rng: np.random.Generator
) -> History:
    """The sales of ``WEEKS`` whole fiscal weeks before ``current_week`` (a Sunday).

    Uplift is lognormal per event and SKU with a smaller spread over its doors; weeks are negative
    binomial; a stockout takes the sales of its days away.
    """
    expected, observed = expected_units(skus, cells, current_week, rng)
    event_index = np.full(expected.shape, -1, dtype=np.int16)
    discount = np.zeros(expected.shape)
    multiplier = np.ones(expected.shape)
    group_of_cell = [skus[index].group for index in cells.sku_index]
    code_of_cell = [SELLING_DOORS[index].code for index in cells.door_index]
    for number, event in enumerate(events):
        weeks = slice(event.first_week, event.first_week + event.weeks)
        taking_part = np.array(
            [
                group in event.groups and code in event.door_codes
                for group, code in zip(group_of_cell, code_of_cell, strict=True)
            ]
        )
        # Of two overlapping promotions the first one stands, over its whole length.
        taking_part &= (event_index[weeks] == -1).all(axis=0) & observed[weeks].all(axis=0)
        pattern = PATTERNS[event.mechanic]
        centre = np.log1p(pattern.median_uplift_by_discount[event.discount])
        of_sku = np.zeros(len(skus))
        featured = [index for index, sku in enumerate(skus) if sku.group in event.groups]
        of_sku[featured] = centre + pattern.between_events_log_sd * _normal_scores(len(featured), rng)
        of_door = rng.normal(0, WITHIN_EVENT_DOOR_LOG_SD, len(cells))
        lift = np.exp(of_sku[cells.sku_index] + of_door)
        event_index[weeks, taking_part] = number
        discount[weeks, taking_part] = event.discount
        multiplier[weeks, taking_part] = lift[taking_part]
    mean = expected * multiplier
    demand = rng.poisson(mean * rng.gamma(1 / OVER_DISPERSION, OVER_DISPERSION, mean.shape))
    share = np.where(event_index >= 0, STOCKOUT_SHARE_PROMOTED, STOCKOUT_SHARE_OTHERWISE)
    out = (rng.random(mean.shape) < share) & observed
    stockout_days = np.where(out, rng.integers(1, 7, mean.shape), 0)
    units = rng.binomial(demand, 1 - stockout_days / 7)
    return History(
        first_week_start=current_week - timedelta(weeks=WEEKS),
        cells=cells,
        events=events,
        units=np.where(observed, units, 0),
        observed=observed,
        event_index=event_index,
        discount=discount,
        stockout_days=stockout_days,
    )
