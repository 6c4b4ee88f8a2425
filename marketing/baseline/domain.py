"""Writing the baselines."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from marketing.baseline.models import BaselineBasis, BaselineForecast
from marketing.baseline.vectors import FORECAST_WEEKS, PACKED, PACKED_BYTES
from marketing.catalogue.models import Product
from marketing.demand.queries import DOOR_PLACES, StoredHistory
from sop_site.changes import mark_changed
from sop_site.columns import place_in, read_columns
from sop_site.feeds.staging import MergeCount, merge
from sop_site.fiscal import week_start

# A SKU-door that sold nothing for so long is not sold there any more.
SOLD_WITHIN_WEEKS = 26
# With fewer weeks of its own a baseline leans on the SKU's other doors to a good part.
FEW_WEEKS = 4


@dataclass(frozen=True, slots=True)
class Baselines:
    """Baselines of SKU-doors: ids ``[n]``, packed weekly units ``[n, FORECAST_WEEKS]``, their basis.

    ``weeks_used`` says how many weeks of sales each rests on.
    """

    product_ids: NDArray[np.int64]
    door_ids: NDArray[np.int64]
    weekly_units: NDArray[np.float32]
    basis: list[BaselineBasis]
    weeks_used: NDArray[np.int64]


def baselines_of(stored: StoredHistory, weekly_units: NDArray[np.float32]) -> Baselines:
    """The baselines ``weekly_units [FORECAST_WEEKS, n]`` of the SKU-doors of a history that still sell."""
    units = stored.history.units
    lately = np.nan_to_num(units[-SOLD_WITHIN_WEEKS:]).max(axis=0, initial=0.0) > 0
    kept = np.flatnonzero(lately & ~np.isnan(weekly_units).any(axis=0))
    weeks_used = (~np.isnan(units)).sum(axis=0)[kept]
    return Baselines(
        product_ids=stored.cell_product_ids[kept],
        door_ids=stored.cell_door_ids[kept],
        weekly_units=weekly_units.T[kept].astype(PACKED),
        basis=[
            BaselineBasis.OTHER_DOORS if weeks < FEW_WEEKS else BaselineBasis.OWN_SALES
            for weeks in weeks_used.tolist()
        ],
        weeks_used=weeks_used,
    )


def write_baselines(parts: Iterable[Baselines], *, today: date) -> MergeCount:
    """Make the baselines those of ``parts`` and of the new SKUs that are like one of them; delete others.

    The first of their weeks is that of ``today``. SKUs whose baseline differs from the one that stood are
    marked for recalculation. Returns how many are new and how many changed. Expects a transaction.
    """
    before = _stored_units()
    fitted = list(parts)
    fitted += [_of_new_skus(fitted)]
    first_week = week_start(today)
    count = merge(
        BaselineForecast,
        keys=["product_id", "door_id"],
        columns=["first_week_start", "weekly_units", "basis", "weeks_used"],
        rows=(
            (product, door, first_week, weekly_units.tobytes(), basis.value, weeks)
            for part in fitted
            for product, door, weekly_units, basis, weeks in zip(
                part.product_ids.tolist(),
                part.door_ids.tolist(),
                part.weekly_units,
                part.basis,
                part.weeks_used.tolist(),
                strict=True,
            )
        ),
    )
    after = {name: np.concatenate([getattr(part, name) for part in fitted]) for name in COLUMNS}
    mark_changed(_changed_products(before, after))
    gone = np.setdiff1d(_cells(before), _cells(after))
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM marketing_baselineforecast AS baseline"
            " USING unnest(%s::bigint[], %s::bigint[]) AS gone (product_id, door_id)"
            " WHERE baseline.product_id = gone.product_id AND baseline.door_id = gone.door_id",
            [(gone // DOOR_PLACES).tolist(), (gone % DOOR_PLACES).tolist()],
        )
    return count


COLUMNS = ("product_ids", "door_ids", "weekly_units")


def _of_new_skus(fitted: list[Baselines]) -> Baselines:
    """The baselines of SKUs that have none but name a like item that has: its own, at the same doors."""
    known: dict[int, list[tuple[Baselines, int]]] = {}
    like_items = dict(Product.objects.exclude(like_item=None).values_list("pk", "like_item_id"))
    wanted = set(like_items.values())
    with_baseline: set[int] = set()
    for part in fitted:
        with_baseline |= set(part.product_ids.tolist())
        for row, product in enumerate(part.product_ids.tolist()):
            if product in wanted:
                known.setdefault(product, []).append((part, row))
    rows = [
        (product, part, row)
        for product, like_item in sorted(like_items.items())
        if product not in with_baseline
        for part, row in known.get(like_item, ())
    ]
    empty = np.empty((0, FORECAST_WEEKS), dtype=PACKED)
    return Baselines(
        product_ids=np.array([product for product, _, _ in rows], dtype=np.int64),
        door_ids=np.array([part.door_ids[row] for _, part, row in rows], dtype=np.int64),
        weekly_units=np.array([part.weekly_units[row] for _, part, row in rows]) if rows else empty,
        basis=[BaselineBasis.LIKE_ITEM for _ in rows],
        weeks_used=np.array([part.weeks_used[row] for _, part, row in rows], dtype=np.int64),
    )


def _stored_units() -> dict[str, NDArray]:
    """The baselines that stand, ascending by product and door."""
    read = read_columns(
        "SELECT product_id, door_id, weekly_units FROM marketing_baselineforecast",
        {},
        {"product_id": "int8", "door_id": "int8", "weekly_units": "bytea"},
    )
    order = np.lexsort((read["door_id"], read["product_id"]))
    weekly_units = read["weekly_units"].reshape(-1, PACKED_BYTES).view(PACKED)
    return {
        "product_ids": read["product_id"][order],
        "door_ids": read["door_id"][order],
        "weekly_units": weekly_units[order],
    }


def _cells(columns: dict[str, NDArray]) -> NDArray[np.int64]:
    return columns["product_ids"] * DOOR_PLACES + columns["door_ids"]


def _changed_products(before: dict[str, NDArray], after: dict[str, NDArray]) -> set[int]:
    """The products of which a baseline is new, gone, or another than before."""
    old, new = _cells(before), _cells(after)
    place = place_in(old, new)
    same = place >= 0
    same[same] = (before["weekly_units"][place[same]] == after["weekly_units"][same]).all(axis=1)
    gone = np.setdiff1d(old, new) // DOOR_PLACES
    return set(np.unique(after["product_ids"][~same]).tolist()) | set(np.unique(gone).tolist())
