"""The calculated layers of a forecast: what sold last year, the baseline, and the baseline with campaigns.

Demand is that of the projection, over a longer horizon: the same doors, the same days on which they are
open, the same arithmetic of a campaign's uplift. Where a baseline ends before the forecast does, its last
week is repeated.
"""

from collections.abc import Iterator, Sequence
from datetime import date

import numpy as np
from numpy.typing import NDArray

from marketing.baseline.models import BaselineForecast
from marketing.baseline.vectors import FORECAST_WEEKS
from planning.consensus.choices import CALCULATED_LAYERS, ENTERED_LAYERS, Layer
from planning.consensus.door_groups import NO_GROUP, DoorGroups
from planning.consensus.models import ForecastVersion
from planning.consensus.packing import PACKED, Numbers
from planning.risk.assessment import product_facts
from planning.risk.runs import chunks_of
from planning.supply.engine import Horizon, expected_demand
from planning.supply.queries import planned_lines, projection_inputs
from sop_site.columns import read_columns
from sop_site.fiscal import WEEK, same_week_last_year, week_start, weeks_from
from sop_site.operating_model.models import OperatingModel

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

SALES = """
SELECT product_id AS product, door_id AS door, (week_start - %(first)s) / 7 AS week, units
FROM marketing_weeklysales
WHERE product_id = ANY(%(products)s) AND week_start >= %(first)s AND week_start <= %(last)s
"""


def calculated_numbers(
    product_ids: Integers, version: ForecastVersion, groups: DoorGroups, *, today: date
) -> Iterator[Numbers]:
    """The numbers of these SKUs, ascending, in one door group after the other; nothing is entered yet.

    So every entered layer is what the campaigns make of it. Campaigns that are planned as of ``today``
    count, doors while they are open; last year are the sales of all doors of the group.
    """
    count = len(product_ids)
    shape = (len(groups.names), len(CALCULATED_LAYERS), count, version.weeks)
    # Held as it will be packed: a retailer without categories has all of its SKUs here.
    weekly = np.empty(shape, dtype=PACKED)
    first = 0
    for chunk in chunks_of(product_ids.tolist()):
        after = first + len(chunk)
        wanted = np.array(chunk, dtype=np.int64)
        layers = {
            Layer.NAIVE: _sold_last_year(wanted, version, groups),
            **expected_demand_by_group(wanted, version.first_week_start, version.weeks, groups, today=today),
        }
        for place, layer in enumerate(CALCULATED_LAYERS):
            weekly[:, place, first:after] = layers[layer]
        first = after
    facts = product_facts(product_ids)
    for of_group in weekly:
        numbers = Numbers(
            product_ids=product_ids,
            weekly=of_group.astype(np.float64),
            entered=np.empty(0),
            unit_price=facts.unit_price,
            unit_cost=facts.unit_cost,
        )
        campaigns = numbers.monthly(Layer.CAMPAIGNS, version.month_of_week)
        numbers.entered = np.repeat(campaigns[None], len(ENTERED_LAYERS), axis=0)
        yield numbers


def skus_whose_baseline_ends_early(version: ForecastVersion) -> int:
    """How many SKUs have a baseline of which the last week is repeated to the end of the forecast."""
    reaching = version.first_week_start + (version.weeks - FORECAST_WEEKS) * WEEK
    ending = BaselineForecast.objects.filter(first_week_start__lt=reaching)
    return ending.values("product").distinct().count()


def expected_demand_by_group(
    product_ids: Integers, first_week_start: date, weeks: int, groups: DoorGroups, *, today: date
) -> dict[Layer, Floats]:
    """Expected units by door group, SKU and week ``[G, n, weeks]``, without campaigns and with them.

    As of ``today`` or, where the weeks begin before it, of their first day, so that every week is whole. SKUs
    ascend.
    """
    as_of = min(today, first_week_start)
    weeks_ahead = (first_week_start - week_start(as_of)) // WEEK
    chosen = slice(weeks_ahead, weeks_ahead + weeks)
    inputs = projection_inputs(
        product_ids,
        planned_lines(product_ids, as_of),
        today=as_of,
        default_transit_days=OperatingModel.objects.in_force(today).default_transfer_days,
        horizon=Horizon(as_of, chosen.stop),
    )
    demand = expected_demand(inputs.horizon, inputs.sku_doors, inputs.lines)
    group = groups.place_of(inputs.door_ids)
    selling = np.flatnonzero(group != NO_GROUP)
    cell = group[selling] * len(product_ids) + np.searchsorted(product_ids, inputs.product_ids[selling])
    shape = (len(groups.names), len(product_ids))
    return {
        Layer.STATISTICAL: _added_up(demand.baseline[chosen, selling], cell, shape),
        Layer.CAMPAIGNS: _added_up(demand.total[chosen, selling], cell, shape),
    }


def _added_up(weekly: Floats, cell: Integers, shape: tuple[int, int]) -> Floats:
    """Sums of ``weekly [W, rows]`` over the rows of each cell ``[G, n, W]``."""
    cells = shape[0] * shape[1]
    sums = np.array([np.bincount(cell, weights=units, minlength=cells) for units in weekly])
    return np.moveaxis(sums.reshape(len(weekly), *shape), 0, 2)


def _sold_last_year(product_ids: Integers, version: ForecastVersion, groups: DoorGroups) -> Floats:
    """What the doors of each group sold in the same fiscal week last year ``[G, n, W]``, returns taken off.

    0 where nothing is known, and where more came back than was sold.
    """
    compared = _same_weeks_last_year(version)
    first, last = min(compared), max(compared)
    sold = read_columns(
        SALES,
        {"products": product_ids, "first": first, "last": last},
        {"product": "int8", "door": "int8", "week": "int4", "units": "float8"},
    )
    group = groups.place_of(sold["door"])
    known = np.flatnonzero(group != NO_GROUP)
    weeks = (last - first) // WEEK + 1
    sku = np.searchsorted(product_ids, sold["product"][known])
    shape = (len(groups.names), len(product_ids), weeks)
    cell = np.ravel_multi_index((group[known], sku, sold["week"][known]), shape)
    sums = np.bincount(cell, weights=sold["units"][known], minlength=int(np.prod(shape))).reshape(shape)
    return np.maximum(sums[:, :, [(week - first) // WEEK for week in compared]], 0.0)


def _same_weeks_last_year(version: ForecastVersion) -> Sequence[date]:
    """The week to compare with of each of its weeks, holidays lined up after a 53-week year."""
    weeks = weeks_from(version.first_week_start, version.weeks)
    return [same_week_last_year(week, restated=True).start for week in weeks]
