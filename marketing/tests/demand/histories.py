"""Small histories for tests, from plain lists or from dice."""

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


def drawn_history(
    seed: int, *, weeks: int = 30, planned_weeks: int = 4, skus: int = 5, doors: int = 3
) -> WeeklyHistory:
    """Any history: unknown weeks, weeks without stock, promotions of three mechanics, prices that move.

    A SKU stands at each door; every second SKU shares a subclass, every third a category.
    """
    dice = np.random.default_rng(seed)
    sku, door = np.divmod(np.arange(skus * doors), doors)
    shape = (weeks + planned_weeks, skus * doors)
    mechanic = np.where(dice.random(shape) < 0.25, dice.integers(1, 4, shape), NO_PROMOTION)
    promoted = mechanic != NO_PROMOTION
    lower_shelf_price = dice.random(shape) < 0.1
    discount = np.where(promoted | lower_shelf_price, dice.uniform(-0.1, 0.9, shape), 0.0)
    base_price = dice.uniform(5.0, 6.0, shape) * dice.choice([1.0, 1.3], shape)
    units = dice.poisson(dice.uniform(0.0, 30.0, shape[1]), (weeks, shape[1])).astype(np.float32)
    units[dice.random(units.shape) < 0.1] = UNKNOWN
    in_stock_share = np.where(dice.random(units.shape) < 0.2, dice.random(units.shape), 1.0)
    return WeeklyHistory(
        sku_doors=SkuDoors(sku, door, sku // 2, sku // 2 // 3),
        units=units,
        in_stock_share=in_stock_share.astype(np.float32),
        calendar=PromotionCalendar(
            mechanic=mechanic.astype(np.int16),
            promoted_share=np.where(promoted, dice.integers(1, 8, shape) / 7, 0.0).astype(np.float32),
            discount=discount.astype(np.float32),
            base_price=np.where(dice.random(shape) < 0.2, UNKNOWN, base_price).astype(np.float32),
        ),
        week_of_year=(int(dice.integers(52)) + np.arange(shape[0])) % 53,
        mechanics=4,
    )
