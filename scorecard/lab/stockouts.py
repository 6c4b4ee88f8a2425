"""Whether SKUs were out of stock in their campaigns, as the nights saw it."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from scorecard.lab.engine import Truth
from scorecard.lab.packing import SeenWeek
from scorecard.measures.choices import DayState
from sop_site.columns import place_in, read_columns

Integers = NDArray[np.int64]

# A day that was not offered is no stockout; a day that nobody saw may have been one.
PLACES: Final = """
SELECT seen.campaign_id AS campaign, seen.product_id AS product,
    coalesce(array_position(%(regions)s::text[], door.region), 0) - 1 AS region,
    bool_or(position(%(out)s::bytea IN seen.states) > 0) AS was_out,
    bool_or(position(%(in_stock)s::bytea IN seen.states) > 0)
        AND bool_and(position(%(not_seen)s::bytea IN seen.states) = 0) AS was_in_stock
FROM scorecard_promoteddays seen JOIN marketing_door door ON door.id = seen.door_id
WHERE seen.campaign_id = ANY(%(campaigns)s)
GROUP BY 1, 2, 3
"""


@dataclass(frozen=True, slots=True)
class Stockouts:
    """What the nights saw of campaign × SKU × region, in ascending ``keys``.

    Out is out on any day. In stock all the time is only what was seen on every day of the campaign, at every
    door: of the rest nothing is known.
    """

    campaign_ids: Integers
    product_ids: Integers
    regions: tuple[str, ...]
    keys: Integers
    was_out: NDArray[np.bool_]
    is_known: NDArray[np.bool_]

    @classmethod
    def of(cls, campaign_ids: Collection[int], regions: Collection[str]) -> "Stockouts":
        """Of these campaigns, in regions that have these names."""
        names = tuple(sorted(regions))
        found = read_columns(
            PLACES,
            {
                "campaigns": np.array(sorted(campaign_ids), dtype=np.int64),
                "regions": list(names),
                "out": bytes([DayState.OUT]),
                "in_stock": bytes([DayState.IN_STOCK]),
                "not_seen": bytes([DayState.NOT_SEEN]),
            },
            {
                **dict.fromkeys(("campaign", "product", "region"), "int8"),
                **dict.fromkeys(("was_out", "was_in_stock"), "bool"),
            },
        )
        campaigns, products = np.unique(found["campaign"]), np.unique(found["product"])
        keys = _keys(
            place_in(campaigns, found["campaign"]),
            place_in(products, found["product"]),
            found["region"],
            (len(products), len(names)),
        )
        order = np.argsort(keys)
        was_out = found["was_out"][order]
        return cls(campaigns, products, names, keys[order], was_out, was_out | found["was_in_stock"][order])

    def truth_of(self, seen: SeenWeek, chosen: NDArray[np.bool_]) -> Truth:
        """Whether the ``chosen`` lines were out in their campaign."""
        region_of = np.array([self.regions.index(name) for name in seen.regions], dtype=np.int64)
        keys = _keys(
            place_in(self.campaign_ids, seen.campaign_ids[chosen]),
            place_in(self.product_ids, seen.product_ids[chosen]),
            region_of[seen.region[chosen]],
            (len(self.product_ids), len(self.regions)),
        )
        place = place_in(self.keys, keys)
        found = place >= 0
        return Truth(*(_at(values, place, found) for values in (self.was_out, self.is_known)))


def _keys(campaign: Integers, product: Integers, region: Integers, sizes: tuple[int, int]) -> Integers:
    """One number for each three places, -1 where one of them is unknown."""
    products, regions = sizes
    keys = (campaign * products + product) * regions + region
    return np.where((campaign < 0) | (product < 0) | (region < 0), -1, keys)


def _at(values: NDArray[np.bool_], place: Integers, found: NDArray[np.bool_]) -> NDArray[np.bool_]:
    result = np.zeros(len(place), dtype=np.bool_)
    result[found] = values[place[found]]
    return result
