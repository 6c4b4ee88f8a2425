"""The retailer that is measured: SKUs, doors, baselines, stock, receipts, transfers and campaigns, as arrays.

Door 0 is the DC, door 1 the e-commerce node that sells from it, the others are stores. What is *per door*
is in that order, what is per selling door (``[…, SELLING_DOORS]``) leaves the DC out. Days count from today.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from marketing.baseline.vectors import FORECAST_WEEKS
from planning.supply.engine import Horizon

Floats = NDArray[np.floating[Any]]
Integers = NDArray[np.integer[Any]]
Flags = NDArray[np.bool_]

# In the middle of a week, so that the first bucket is a part of one and some routes reach into the next.
TODAY = date(2026, 11, 25)
SEED = 20261125
DOORS = 20
DC, ECOMMERCE, FIRST_STORE = 0, 1, 2
SELLING_DOORS = DOORS - 1
STORES = DOORS - FIRST_STORE
HORIZON = Horizon(TODAY)
SKUS_A_CAMPAIGN = 40
CAMPAIGNS_A_SKU = 2
STORES_OF_A_SMALL_CAMPAIGN = 6
STORE_ROUTES = 36
SEASONS = 8
TRANSFERRED_SHARE = 0.05

# How a SKU is stocked, and how many are: so that about a quarter of the campaign lines need a decision and
# a fifth of their doors are not well, most of them because the DC of their SKU runs out.
SHORT_SHARE = 0.43
WATCHED_SHARE = 0.03
# Units of a SKU, at the DC and on order, per unit of its demand at all doors in all weeks.
AMPLE, ON_ORDER = (1.6, 2.4), (0.1, 0.3)
SHORT, SHORT_ON_ORDER = (0.05, 0.5), (0.01, 0.05)
WATCHED_AT_DC, WATCHED_ON_ORDER = (0.45, 0.75), (1.2, 1.8)
# Weeks that a door could sell from its own stock; some of them hold too much.
WEEKS_AT_DOOR, WEEKS_WELL_STOCKED = (1.0, 3.0), (10.0, 25.0)
WELL_STOCKED_SHARE = 0.4


@dataclass(frozen=True, slots=True)
class Receipts:
    """Open purchase order lines at the DC: SKU, day of arrival, units ``[r]``."""

    sku: Integers
    eta_day: Integers
    units: Floats


@dataclass(frozen=True, slots=True)
class Transfers:
    """Planned transfers from store to store ``[t]``."""

    sku: Integers
    from_door: Integers
    to_door: Integers
    ship_day: Integers
    arrive_day: Integers
    units: Floats


@dataclass(frozen=True, slots=True)
class Routes:
    """The ways on which units may be sent: those from the DC first, then those between stores."""

    from_door: Integers
    to_door: Integers
    transit_days: Integers


@dataclass(frozen=True, slots=True)
class Campaigns:
    """When and where each campaign runs ``[c]`` (``doors [c, SELLING_DOORS]``), and its lines ``[l]``.

    ``percent`` is the lift of each line; every line of a campaign that is planned ``in_units`` has
    ``units`` instead, to the same effect.
    """

    start_day: Integers
    days: Integers
    doors: Flags
    is_approved: Flags
    in_units: Flags
    line_campaign: Integers
    line_sku: Integers
    percent: Floats
    units: Floats


@dataclass(frozen=True, slots=True)
class Retailer:
    """Everything, ``s`` SKUs at ``DOORS`` doors.

    ``weekly_units [s, SELLING_DOORS, FORECAST_WEEKS]``, ``presentation_minimum [s, SELLING_DOORS]``,
    ``on_hand [s, DOORS]``, all units; prices and costs in cents ``[s]``.
    """

    price_cents: Integers
    cost_cents: Integers
    lead_time_days: Integers
    expedite_days: Integers
    weekly_units: Floats
    presentation_minimum: Integers
    on_hand: Floats
    routes: Routes
    receipts: Receipts
    transfers: Transfers
    campaigns: Campaigns

    @property
    def skus(self) -> int:
        """How many SKUs there are."""
        return len(self.price_cents)


def make_retailer(skus: int) -> Retailer:
    """A retailer of ``skus`` SKUs, a multiple of ``SKUS_A_CAMPAIGN``; the same one for the same number.

    Every SKU is ranged at every selling door, stocked at every door and featured by at least one campaign,
    by ``CAMPAIGNS_A_SKU`` on average, all of them within the horizon.
    """
    if skus % SKUS_A_CAMPAIGN:
        raise ValueError(f"The number of SKUs must be a multiple of {SKUS_A_CAMPAIGN}.")
    random = np.random.default_rng(SEED)
    price_cents = np.clip(random.lognormal(8.2, 0.6, skus), 500, 900_000).astype(np.int64)
    weekly_units = _weekly_units(random, skus)
    minimum = random.integers(0, 4, (skus, SELLING_DOORS))
    minimum[:, ECOMMERCE - 1] = 0
    routes = _routes(random)
    campaigns = _campaigns(random, weekly_units)
    on_hand, receipts = _supply(random, weekly_units, minimum, campaigns)
    return Retailer(
        price_cents=price_cents,
        cost_cents=(price_cents * random.uniform(0.35, 0.6, skus)).astype(np.int64),
        lead_time_days=random.integers(28, 71, skus),
        expedite_days=random.integers(7, 22, skus),
        weekly_units=weekly_units,
        presentation_minimum=minimum,
        on_hand=on_hand,
        routes=routes,
        receipts=receipts,
        transfers=_transfers(random, weekly_units, routes),
        campaigns=campaigns,
    )


def _weekly_units(random: np.random.Generator, skus: int) -> Floats:
    """Popularity of the SKU × size of the door × season of its category × the noise of a fit, each week."""
    popularity = random.lognormal(1.2, 0.8, skus).astype(np.float32)
    # The same doors at every size of the assortment.
    size = np.random.default_rng(SEED).lognormal(0.0, 0.4, SELLING_DOORS).astype(np.float32)
    size[ECOMMERCE - 1] = 3.0
    week = np.arange(FORECAST_WEEKS)
    phase = random.uniform(0, 2 * np.pi, (SEASONS, 1))
    season = (1 + 0.3 * np.sin(2 * np.pi * week / 52 + phase)).astype(np.float32)
    units = random.random((skus, SELLING_DOORS, FORECAST_WEEKS), dtype=np.float32)
    units *= 0.2
    units += 0.9
    units *= season[random.integers(0, SEASONS, skus), None, :]
    units *= (popularity[:, None] * size * random.uniform(0.6, 1.4, (skus, SELLING_DOORS)))[:, :, None]
    return units


def _routes(random: np.random.Generator) -> Routes:
    """1 to 6 days from the DC to each store; some pairs of stores, twice as long."""
    stores = np.arange(FIRST_STORE, DOORS)
    pair = random.choice(STORES * (STORES - 1), STORE_ROUTES, replace=False)
    origin, other = pair // (STORES - 1), pair % (STORES - 1)
    target = other + (other >= origin)
    return Routes(
        from_door=np.concatenate([np.full(STORES, DC), FIRST_STORE + origin]),
        to_door=np.concatenate([stores, FIRST_STORE + target]),
        transit_days=np.concatenate([1 + np.arange(STORES) % 6, random.integers(2, 9, STORE_ROUTES)]),
    )


def _campaigns(random: np.random.Generator, weekly_units: Floats) -> Campaigns:
    """As many campaigns as feature each SKU ``CAMPAIGNS_A_SKU`` times on average.

    The first half deals out every SKU once, the second draws from all of them; SKUs are never neighbours.
    """
    skus = len(weekly_units)
    count = skus * CAMPAIGNS_A_SKU // SKUS_A_CAMPAIGN
    dealt = random.permutation(skus).reshape(-1, SKUS_A_CAMPAIGN)
    drawn = _drawn_without_repeats(random, count - len(dealt), skus)
    order = random.permutation(count)
    line_sku = np.concatenate([dealt, drawn])[order].ravel()
    line_campaign = np.repeat(np.arange(count), SKUS_A_CAMPAIGN)

    doors = np.ones((count, SELLING_DOORS), dtype=np.bool_)
    chosen = random.random((count, STORES)).argsort(axis=1) < STORES_OF_A_SMALL_CAMPAIGN
    small = np.arange(count) % 2 == 1
    doors[small, ECOMMERCE - 1] = False
    doors[small, FIRST_STORE - 1 :] = chosen[small]
    days = random.integers(4, 22, count)
    start_day = np.minimum(random.integers(7, 71, count), HORIZON.days - days)

    percent = np.round(random.lognormal(4.3, 0.5, len(line_sku)), 1)
    a_week = weekly_units[:, :, : HORIZON.buckets].mean(axis=2)
    base = (a_week[line_sku] * doors[line_campaign]).sum(axis=1) / 7 * days[line_campaign]
    return Campaigns(
        start_day=start_day,
        days=days,
        doors=doors,
        is_approved=np.arange(count) % 4 >= 2,
        in_units=np.arange(count) % 10 == 9,
        line_campaign=line_campaign,
        line_sku=line_sku,
        percent=percent,
        units=np.round(percent / 100 * base, 1),
    )


def _drawn_without_repeats(random: np.random.Generator, campaigns: int, skus: int) -> Integers:
    """Distinct SKUs for each campaign, drawn from all of them ``[campaigns, SKUS_A_CAMPAIGN]``."""
    drawn = random.integers(0, skus, (campaigns, SKUS_A_CAMPAIGN))
    while len(again := np.flatnonzero((np.diff(np.sort(drawn, axis=1), axis=1) == 0).any(axis=1))):
        drawn[again] = random.integers(0, skus, (len(again), SKUS_A_CAMPAIGN))
    return drawn


def _supply(
    random: np.random.Generator, weekly_units: Floats, minimum: Integers, campaigns: Campaigns
) -> tuple[Floats, Receipts]:
    """Units on hand ``[s, DOORS]`` and on order, by what the DC of each SKU is meant to be able to serve."""
    skus = len(weekly_units)
    a_week = weekly_units[:, :, : HORIZON.buckets].mean(axis=2)
    demand = a_week.sum(axis=1) * HORIZON.buckets
    demand += np.bincount(campaigns.line_sku, weights=campaigns.units, minlength=skus)

    kind = random.random(skus)
    is_short = kind < SHORT_SHARE
    is_watched = (kind >= SHORT_SHARE) & (kind < SHORT_SHARE + WATCHED_SHARE)
    at_dc = random.uniform(*AMPLE, skus)
    on_order = random.uniform(*ON_ORDER, skus)
    at_dc[is_short] = random.uniform(*SHORT, is_short.sum())
    on_order[is_short] = random.uniform(*SHORT_ON_ORDER, is_short.sum())
    at_dc[is_watched] = random.uniform(*WATCHED_AT_DC, is_watched.sum())
    on_order[is_watched] = random.uniform(*WATCHED_ON_ORDER, is_watched.sum())

    weeks_of_supply = random.uniform(*WEEKS_AT_DOOR, (skus, SELLING_DOORS))
    well_stocked = random.random((skus, SELLING_DOORS)) < WELL_STOCKED_SHARE
    weeks_of_supply[well_stocked] = random.uniform(*WEEKS_WELL_STOCKED, well_stocked.sum())
    on_hand = np.empty((skus, DOORS))
    on_hand[:, DC] = np.round(at_dc * demand)
    on_hand[:, DC + 1 :] = np.round(minimum + weeks_of_supply * a_week)
    on_hand[:, ECOMMERCE] = 0.0

    count = random.choice([1, 2, 3], skus, p=[0.25, 0.5, 0.25])
    sku = np.repeat(np.arange(skus), count)
    number = np.arange(len(sku)) - np.repeat(np.cumsum(count) - count, count)
    # What is watched comes soon; the rest at any time, at least two weeks apart.
    first_week = np.where(is_watched, 1, random.integers(1, 8, skus))
    eta_day = 7 * (first_week[sku] + 2 * number) + random.integers(1, 6, len(sku))
    units = np.maximum(np.round((on_order * demand / count)[sku]), 1.0)
    return on_hand, Receipts(sku, eta_day, units)


def _transfers(random: np.random.Generator, weekly_units: Floats, routes: Routes) -> Transfers:
    """One planned transfer of some SKUs, on a route between stores, of about a week's sales."""
    skus = len(weekly_units)
    sku = np.sort(random.choice(skus, int(skus * TRANSFERRED_SHARE), replace=False))
    route = random.integers(STORES, len(routes.from_door), len(sku))
    ship_day = random.integers(0, 43, len(sku))
    to_door = routes.to_door[route]
    return Transfers(
        sku=sku,
        from_door=routes.from_door[route],
        to_door=to_door,
        ship_day=ship_day,
        arrive_day=ship_day + routes.transit_days[route],
        units=np.maximum(np.round(weekly_units[sku, to_door - 1, 0]), 1.0),
    )
