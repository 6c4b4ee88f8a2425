"""Small histories for tests, from plain lists."""

import numpy as np

from marketing.demand.engine.history import NO_PROMOTION, PromotionCalendar, SkuDoors, WeeklyHistory

UNKNOWN = np.nan


def history_of(
    units: list[list[float]],
    *,
    sku: list[int] | None = None,
    mechanic: list[list[int]] | None = None,
    planned_weeks: int = 0,
) -> WeeklyHistory:
    """A history of ``units`` (a list for each week), each SKU-door its own SKU where none is named.

    ``mechanic`` may be given of fewer weeks than there are; promotions last all week.
    """
    sales = np.array(units, dtype=np.float32)
    weeks, doors = len(sales) + planned_weeks, sales.shape[1]
    mechanics = np.full((weeks, doors), NO_PROMOTION, dtype=np.int16)
    if mechanic is not None:
        mechanics[: len(mechanic)] = mechanic
    sku_of = np.arange(doors) if sku is None else np.array(sku)
    return WeeklyHistory(
        sku_doors=SkuDoors(sku_of, np.arange(doors), np.zeros(doors, int), np.zeros(doors, int)),
        units=sales,
        in_stock_share=np.ones_like(sales),
        calendar=PromotionCalendar(
            mechanic=mechanics,
            promoted_share=(mechanics != NO_PROMOTION).astype(np.float32),
            discount=np.zeros((weeks, doors), dtype=np.float32),
            base_price=np.full((weeks, doors), np.nan, dtype=np.float32),
        ),
        week_of_year=np.arange(weeks) % 52,
        mechanics=max(int(mechanics.max()) + 1, 2),
    )
