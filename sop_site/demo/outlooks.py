"""What the past weeks of the demo expected of the weeks after them."""

from datetime import date
from typing import Final

import numpy as np
from numpy.typing import NDArray

from marketing.catalogue.models import Product
from scorecard.measures.gathering import Outlooks
from scorecard.measures.outlook import OUTLOOK_WEEKS, outlook_of_chunk
from scorecard.measures.sources import Doors
from sop_site.columns import place_in
from sop_site.fiscal import WEEK, week_start

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

# How far a category's week in a region was from what it had been expected to be: the standard deviation of
# the logarithm.
ERROR: Final = 0.1


def expected_then(
    product_ids: Integers, door_ids: Integers, sold: Floats, today: date, rng: np.random.Generator
) -> list[Outlooks]:
    """Of each of the weeks up to the current one, what was expected of the weeks after it.

    ``sold [w, n]`` units at the SKU-doors, whose weeks end before ``today``: what they came to is what had
    been expected of them, with an error; the weeks that are still ahead are expected as they are now.
    """
    doors = Doors.in_week(week_start(today) - WEEK, WEEK.days - 1)
    now = outlook_of_chunk(np.unique(product_ids), today)
    ids, categories = np.array(sorted(Product.objects.values_list("pk", "category_id"))).T
    slices = len(doors.slices)

    def keys_of(products: Integers, at: Integers) -> Integers:
        category = categories[np.searchsorted(ids, products)]
        return category * slices + doors.slice_of[place_in(doors.door_ids, at)]

    past, ahead = keys_of(product_ids, door_ids), keys_of(now.product_ids, now.door_ids)
    keys = np.unique(np.concatenate([past, ahead]))
    expected = np.zeros((len(keys), len(sold) + 1 + OUTLOOK_WEEKS))
    np.add.at(expected[:, : len(sold)], np.searchsorted(keys, past), sold.T)
    np.add.at(expected[:, len(sold) + 1 :], np.searchsorted(keys, ahead), now.weekly.T)
    # The rest of the running week sells as the next one does.
    expected[:, len(sold)] = expected[:, len(sold) + 1]
    expected = np.maximum(expected, 0.0) * rng.lognormal(0.0, ERROR, expected.shape)
    places = [(int(key) // slices, *doors.slices[int(key) % slices]) for key in keys]
    return [
        {place: expected[row, week + 1 : week + 1 + OUTLOOK_WEEKS] for row, place in enumerate(places)}
        for week in range(len(sold))
    ]
