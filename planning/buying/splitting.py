"""How the forecast of a SKU in a door group is split to the supply points behind the group's doors."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from marketing.baseline.vectors import FORECAST_WEEKS, PACKED
from planning.buying.network import NOWHERE, Network
from planning.buying.weeks import DAYS_A_WEEK, PlanWeeks
from planning.supply.engine import expanded, expected_demand
from planning.supply.queries import planned_lines, projection_inputs
from sop_site.columns import place_in, read_columns

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

BASELINES = """
SELECT product_id AS product, door_id AS door, (%(week)s - first_week_start) / 7 AS weeks_ago, weekly_units
FROM marketing_baselineforecast WHERE product_id = ANY(%(products)s)
"""


def split_to_points(
    product: Integers, group: Integers, weekly: Floats, products: Integers, network: Network, weeks: PlanWeeks
) -> tuple[Integers, Floats]:
    """The supply points that cells draw on, as ascending keys of SKU and door, and their demand ``[n, W]``.

    The cells ``[c]`` are SKUs (places in ``products``, ascending ids) in door groups, ``weekly [c, W]``
    their units. Each is split by the baselines of the group's doors, and by the number of its doors where
    there is none. A week that a cell is silent of (NaN) takes the baselines and the campaigns that are
    planned. Of the current week only the rest counts.
    """
    silent = np.flatnonzero(np.isnan(weekly).any(axis=0)).max(initial=-1) + 1
    shares = _Shares.of(product * len(network.groups) + group, group, products, network, weeks, silent)
    parts = weekly[shares.cell] * shares.share[:, None]
    parts[:, 0] *= weeks.rest_of_current
    parts[:, :silent] = np.where(np.isnan(parts[:, :silent]), shares.known, parts[:, :silent])
    order = np.argsort(shares.key, kind="stable")
    keys, first = np.unique(shares.key[order], return_index=True)
    demand = np.add.reduceat(parts[order], first, axis=0) if len(keys) else parts
    return keys, np.maximum(demand, 0.0)


def summed(place: Integers, units: Floats, places: int) -> Floats:
    """The sums of ``units`` at each of so many places."""
    return np.bincount(place, weights=units, minlength=places).astype(np.float64)


@dataclass(frozen=True, slots=True)
class _Shares:
    """Which part ``share [t]`` of which ``cell`` is drawn from which SKU and supply point (``key``).

    The shares of a cell add up to 1. ``known [t, E]`` is what the doors of the part sell by baselines and
    campaigns in the first ``E`` weeks.
    """

    cell: Integers
    key: Integers
    share: Floats
    known: Floats

    @classmethod
    def of(
        cls,
        cell_keys: Integers,
        groups_of_cells: Integers,
        products: Integers,
        network: Network,
        weeks: PlanWeeks,
        silent: int,
    ) -> "_Shares":
        """Of these cells, with ``silent`` weeks."""
        width, groups = len(network.door_ids), len(network.groups)
        part, weight, known = _baselines(products, network, weeks, silent)
        if silent:
            known += _uplift(part, products, network, weeks, silent)
        order = np.argsort(cell_keys)
        place = place_in(cell_keys[order], part // width)
        told = np.flatnonzero((place != NOWHERE) & (weight > 0))
        part, weight, known = part[told], weight[told], known[told]
        cell = order[place[told]]
        untold = np.flatnonzero(np.bincount(cell, minlength=len(cell_keys)) == 0)
        owner, point, doors = _by_doors(groups_of_cells[untold], network)
        cell = np.append(cell, untold[owner])
        part = np.append(part, cell_keys[untold[owner]] * width + point)
        weight = np.append(weight, doors)
        known = np.concatenate([known, np.zeros((len(owner), silent))])
        total = summed(cell, weight, len(cell_keys))
        key = part // width // groups * width + part % width
        return cls(cell, key, weight / total[cell], known)


def _baselines(
    products: Integers, network: Network, weeks: PlanWeeks, silent: int
) -> tuple[Integers, Floats, Floats]:
    """Parts (SKU, group and supply point as one number), their baseline in all, and in the first weeks."""
    found = read_columns(
        BASELINES,
        {"products": products, "week": weeks.first},
        {"product": "int8", "door": "int8", "weeks_ago": "int4", "weekly_units": "bytea"},
    )
    packed = found["weekly_units"].view(PACKED).reshape(-1, FORECAST_WEEKS)
    door = place_in(network.door_ids, found["door"])
    sells = np.flatnonzero((door != NOWHERE) & (network.group[door] != NOWHERE))
    door, packed, weeks_ago = door[sells], packed[sells], found["weeks_ago"][sells]
    cell = np.searchsorted(products, found["product"][sells]) * len(network.groups) + network.group[door]
    part, of_part = np.unique(cell * len(network.door_ids) + network.point[door], return_inverse=True)
    weight = summed(of_part, packed.sum(axis=1, dtype=np.float64), len(part))
    known = np.zeros((len(part), silent))
    for week in range(silent):
        column = np.clip(weeks_ago + week, 0, FORECAST_WEEKS - 1)
        units = packed[np.arange(len(packed)), column]
        known[:, week] = summed(of_part, units, len(part))
    known[:, :1] *= weeks.rest_of_current
    return part, weight, known


def _uplift(part: Integers, products: Integers, network: Network, weeks: PlanWeeks, silent: int) -> Floats:
    """What planned campaigns add to these parts in the first ``silent`` weeks ``[t, silent]``."""
    uplift = np.zeros((len(part), silent))
    planned = planned_lines(products, weeks.today)
    begins_in_time = planned.start_days < silent * DAYS_A_WEEK
    if not begins_in_time.any():
        return uplift
    # The days of routes play no part in what doors sell.
    inputs = projection_inputs(
        np.unique(planned.product_ids), planned, today=weeks.today, default_transit_days=0
    )
    expected = expected_demand(inputs.horizon, inputs.sku_doors, inputs.lines).uplift[:silent]
    door = place_in(network.door_ids, inputs.door_ids)
    cell = np.searchsorted(products, inputs.product_ids) * len(network.groups) + network.group[door]
    place = place_in(part, cell * len(network.door_ids) + network.point[door])
    here = np.flatnonzero((place != NOWHERE) & (network.group[door] != NOWHERE))
    for week, units in enumerate(expected):
        uplift[:, week] = summed(place[here], units[here], len(part))
    return uplift


def _by_doors(groups: Integers, network: Network) -> tuple[Integers, Integers, Integers]:
    """The supply points of each of these groups, with how many doors they serve in it.

    ``(owner, point, doors)``, ``owner`` being the place in ``groups``.
    """
    width = len(network.door_ids)
    sells = network.group != NOWHERE
    pairs, doors = np.unique(network.group[sells] * width + network.point[sells], return_counts=True)
    first = np.searchsorted(pairs, groups * width)
    after = np.searchsorted(pairs, (groups + 1) * width)
    owner, place = expanded(first, after - first)
    return owner, pairs[place] % width, doors[place]
