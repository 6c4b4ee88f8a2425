"""How a week's sighting is packed: few bytes a line, compressed."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from scorecard.lab.engine import SeenLines
from scorecard.measures.arrays import Arrays, packed_arrays, unpacked_arrays

Integers = NDArray[np.int64]

NUMBERS: Final = ("cover", "supply_units", "expected_units", "units_short", "unit_cost")
IDS: Final = ("campaign_ids", "product_ids")
PLACES: Final = ("category", "region")


@dataclass(frozen=True, slots=True)
class SeenWeek:
    """The ``n`` lines of a sighting, each a campaign × SKU × region.

    ``start_days`` says how many days after the sighting its campaign was to begin. ``category`` and
    ``region`` are places among ``category_paths`` and ``regions`` ("" for none), as they were then.
    """

    campaign_ids: Integers
    product_ids: Integers
    start_days: Integers
    category: Integers
    region: Integers
    lines: SeenLines
    category_paths: tuple[str, ...]
    regions: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.campaign_ids)


def pack_sighting(seen: SeenWeek) -> bytes:
    """The packed form, which `unpacked_sighting` reads; cover stays whole, other figures keep 7 digits."""
    arrays: Arrays = {
        "start_days": seen.start_days.astype("<i2"),
        "category": seen.category.astype("<i4"),
        "region": seen.region.astype("<i2"),
        "category_paths": np.array(seen.category_paths, dtype=np.str_),
        "regions": np.array(seen.regions, dtype=np.str_),
        **{name: getattr(seen, name).astype("<i8") for name in IDS},
        **{name: getattr(seen.lines, name).astype("<f4") for name in NUMBERS},
        # What a threshold judges now it must judge alike then.
        "cover": seen.lines.cover.astype("<f8"),
    }
    return packed_arrays(arrays)


def unpacked_sighting(packed: Any) -> SeenWeek:
    """What `pack_sighting` packed."""
    arrays = unpacked_arrays(packed)
    return SeenWeek(
        **{name: arrays[name].astype(np.int64) for name in (*IDS, "start_days", *PLACES)},
        lines=SeenLines(**{name: arrays[name].astype(np.float64) for name in NUMBERS}),
        category_paths=tuple(arrays["category_paths"].tolist()),
        regions=tuple(arrays["regions"].tolist()),
    )
