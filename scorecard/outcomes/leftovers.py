"""What campaigns left over at their doors, above the cover that the operating model aims at."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from marketing.baseline.vectors import FORECAST_WEEKS, PACKED
from marketing.catalogue.models import Category
from scorecard.measures.sources import AT_DOOR, BASELINES
from scorecard.measures.stock import counted, sku_door_keys
from scorecard.measures.taking.engine import NO_CATEGORY
from scorecard.outcomes import engine
from scorecard.outcomes.taking import Taking
from sop_site.columns import BYTES, Read, place_in, read_together
from sop_site.fiscal import week_start
from sop_site.operating_model.limits import Limits
from sop_site.operating_model.models import OperatingModel

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

KEPT = """
SELECT product_id AS product, door_id AS door, presentation_minimum_units AS kept
FROM marketing_ranging WHERE product_id = ANY(%(products)s)
"""


@dataclass(frozen=True, slots=True)
class Leftover:
    """What a campaign left over, in units and at cost; None where the stock or its cost is not known."""

    units: float | None
    at_cost: float | None


def leftovers_of(takings: Sequence[Taking], today: date, model: OperatingModel) -> list[Leftover]:
    """What the doors of each campaign hold ``today`` above the target cover of ``model``.

    The cover is in weeks of the baseline of the current week. Counted are SKU-doors that are ranged, with a
    baseline, and whose stock is known.
    """
    if not takings:
        return []
    product_ids = np.unique(np.concatenate([taking.product_ids for taking in takings]))
    count = counted(today, product_ids)
    wanted = {"products": product_ids, "week": week_start(today), "last_place": FORECAST_WEEKS - 1}
    kept, baselines = read_together(
        [
            Read(KEPT, wanted, AT_DOOR | {"kept": "float8"}),
            Read(BASELINES, wanted, AT_DOOR | {"units": BYTES}),
        ]
    )
    weekly = baselines["units"].view(PACKED).astype(np.float64)
    stock = _Known(count.keys, count.on_hand)
    minimum = _Known.of(kept["product"], kept["door"], kept["kept"])
    expected = _Known.of(baselines["product"], baselines["door"], weekly)
    covers = _target_covers(model, takings)
    found = []
    for taking in takings:
        keys = sku_door_keys(taking.product_ids[:, None], taking.door_ids).ravel()
        sku = np.repeat(np.arange(len(taking.product_ids)), len(taking.door_ids))
        cover = np.array([covers[category_id] for category_id in taking.category_ids.tolist()])
        left = engine.leftover_units(stock.at(keys), minimum.at(keys), expected.at(keys), cover[sku])
        left = left[is_known := ~np.isnan(left)]
        at_cost = left * taking.unit_cost[sku[is_known]]
        if not len(left):
            found.append(Leftover(None, None))
            continue
        # What is not there costs nothing, whether or not its cost is known.
        found.append(Leftover(engine.known_sum(left), engine.known_sum(at_cost[left > 0])))
    return found


@dataclass(frozen=True, slots=True)
class _Known:
    """A figure of some SKU-doors, by key, ascending."""

    keys: Integers
    values: Floats

    @classmethod
    def of(cls, product_ids: Integers, door_ids: Integers, values: Floats) -> "_Known":
        """Of SKU-doors in any order."""
        keys = sku_door_keys(product_ids, door_ids)
        order = np.argsort(keys)
        return cls(keys[order], values[order])

    def at(self, keys: Integers) -> Floats:
        """The figure of each, NaN where it is not known."""
        return np.append(self.values, np.nan)[place_in(self.keys, keys)]


def _target_covers(model: OperatingModel, takings: Sequence[Taking]) -> dict[int, float]:
    """The target cover of each category of their SKUs, in weeks."""
    limits = Limits.of(model)
    ids = {category_id for taking in takings for category_id in taking.category_ids.tolist()}
    paths = dict(Category.objects.filter(pk__in=ids).values_list("pk", "path")) | {NO_CATEGORY: ""}
    covers = {category_id: limits.target_cover_weeks(paths[category_id]).value for category_id in ids}
    return {
        category_id: model.target_cover_weeks if cover is None else cover
        for category_id, cover in covers.items()
    }
