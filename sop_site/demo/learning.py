"""The baseline that the product will learn from the demo retailer's sales, for its stock to be planned on."""

import numpy as np

from marketing.demand.engine.history import (
    NO_PROMOTION,
    PromotionCalendar,
    SkuDoors,
    WeeklyHistory,
    week_of_year,
)
from marketing.demand.engine.model import MEASURED_HORIZONS, baseline_units, learned
from sop_site.demo.assortment import Sku
from sop_site.demo.history import History

DAYS = 7


def learned_baseline(history: History, skus: list[Sku], *, weeks: int) -> np.ndarray:
    """Units a week without promotions, of each cell in the ``weeks`` after the history ``[weeks, n]``.

    NaN for a cell that has not sold.
    """
    known = _weekly_history(history, skus, weeks)
    _, ahead = baseline_units(learned(known, MEASURED_HORIZONS), known)
    sold = (np.where(history.observed, history.units, 0)[-26:] > 0).any(axis=0)
    return np.where(sold, ahead, np.nan)


def _weekly_history(history: History, skus: list[Sku], planned_weeks: int) -> WeeklyHistory:
    promoted = history.event_index >= 0
    mechanics = sorted({event.mechanic for event in history.events})
    number = np.array([mechanics.index(event.mechanic) + 1 for event in history.events], dtype=np.int16)
    mechanic = np.where(promoted, number[history.event_index], NO_PROMOTION).astype(np.int16)
    ahead = np.zeros((planned_weeks, len(history.cells)), dtype=np.float32)
    categories = [sku.style.category for sku in skus]
    top, leaf = ([path[:depth] for path in categories] for depth in (1, None))
    of_cell = history.cells.sku_index
    last_days = [history.week_end(week) for week in range(len(history.units) + planned_weeks)]
    return WeeklyHistory(
        sku_doors=SkuDoors(
            of_cell, history.cells.door_index, _numbered(leaf)[of_cell], _numbered(top)[of_cell]
        ),
        units=np.where(history.observed, history.units, np.nan).astype(np.float32),
        in_stock_share=(1 - history.stockout_days / DAYS).astype(np.float32),
        calendar=PromotionCalendar(
            mechanic=np.vstack([mechanic, ahead.astype(np.int16)]),
            promoted_share=np.vstack([promoted.astype(np.float32), ahead]),
            discount=np.vstack([history.discount.astype(np.float32), ahead]),
            base_price=np.full((len(last_days), len(of_cell)), np.nan, dtype=np.float32),
        ),
        week_of_year=np.array([week_of_year(day) for day in last_days]),
        mechanics=len(mechanics) + 1,
    )


def _numbered(paths: list[tuple[str, ...]]) -> np.ndarray:
    known = sorted(set(paths))
    return np.array([known.index(path) for path in paths])
