"""What was learned of a part of the SKUs, packed for the database and unpacked for a suggestion."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO

import numpy as np
from numpy.typing import NDArray

from marketing.demand.engine.effects import BASELINE_GROUPS, EFFECTS
from marketing.demand.engine.errors import ErrorTable
from marketing.demand.engine.history import Integers
from marketing.demand.engine.model import DemandModel
from marketing.demand.queries import StoredHistory

TABLE = "table:"
SIZE = "size:"


@dataclass(frozen=True, slots=True)
class LearnedPromotions:
    """The effects of promotions on a part of the SKUs and their neighbours, and the ids of their places."""

    tables: dict[str, NDArray[np.float64]]
    sizes: dict[str, int]
    product_ids: Integers
    door_ids: Integers
    mechanic_ids: Integers
    category_names: Sequence[str]
    cell_product_ids: Integers
    cell_door_ids: Integers
    errors: ErrorTable


def packed_promotions(model: DemandModel, stored: StoredHistory) -> bytes:
    """What the pages need of a model: the effects of promotions and the errors of SKUs."""
    arrays: dict[str, NDArray] = {
        TABLE + effect.name: model.effects.tables[effect.name].astype(np.float32)
        for effect in EFFECTS
        if effect.group not in BASELINE_GROUPS
    }
    arrays |= {SIZE + name: np.array(size) for name, size in model.sizes.items()}
    errors = model.errors.sku_promoted
    kept = BytesIO()
    np.savez_compressed(
        kept,
        allow_pickle=False,
        **arrays,
        product_ids=stored.product_ids,
        door_ids=stored.door_ids,
        mechanic_ids=stored.mechanic_ids,
        category_names=np.array(stored.category_names, dtype=str),
        cell_product_ids=stored.cell_product_ids,
        cell_door_ids=stored.cell_door_ids,
        error_log_units=errors.log_units,
        error_ratios=errors.ratios,
        error_count=np.array(errors.count),
    )
    return kept.getvalue()


@lru_cache(maxsize=4)
def unpacked_promotions(packed: bytes) -> LearnedPromotions:
    """The reverse of `packed_promotions`; what is asked for again and again is unpacked once."""
    with np.load(BytesIO(packed), allow_pickle=False) as arrays:
        return LearnedPromotions(
            tables={
                name.removeprefix(TABLE): arrays[name].astype(np.float64)
                for name in arrays
                if name.startswith(TABLE)
            },
            sizes={name.removeprefix(SIZE): int(arrays[name]) for name in arrays if name.startswith(SIZE)},
            product_ids=arrays["product_ids"],
            door_ids=arrays["door_ids"],
            mechanic_ids=arrays["mechanic_ids"],
            category_names=arrays["category_names"].tolist(),
            cell_product_ids=arrays["cell_product_ids"],
            cell_door_ids=arrays["cell_door_ids"],
            errors=ErrorTable(arrays["error_log_units"], arrays["error_ratios"], int(arrays["error_count"])),
        )
