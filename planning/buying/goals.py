"""How much stock planned orders aim at: weeks of cover or a chance of staying in stock, by category.

Regions say nothing here: an order is for a DC, which serves several.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from marketing.catalogue.models import Category
from planning.risk.sentences import plural
from sop_site import formats
from sop_site.operating_model.limits import BUY_LIMITS, Limits
from sop_site.operating_model.models import OperatingModel

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class StockGoals:
    """What some SKUs are to have in stock: one figure where no category differs, or else by SKU ``[n]``.

    ``service_level`` is NaN where ``cover_weeks`` count.
    """

    cover_weeks: float | Floats
    service_level: float | Floats


def stock_goals(model: OperatingModel, category_ids: Integers) -> StockGoals:
    """The goals of SKUs of these categories ``[n]`` (an id that is none: no category) under ``model``."""
    limits = Limits.of(model)
    if not limits.differ(BUY_LIMITS):
        return StockGoals(model.target_cover_weeks, _or_nan(model.buy_service_level))
    ids, place = np.unique(category_ids, return_inverse=True)
    paths = dict(Category.objects.filter(pk__in=ids.tolist()).values_list("pk", "path"))
    of_ids = [paths.get(category_id, "") for category_id in ids.tolist()]
    cover = np.array([_or_nan(limits.target_cover_weeks(path).value) for path in of_ids])
    level = np.array([_or_nan(limits.service_level(path).value) for path in of_ids])
    return StockGoals(cover[place], level[place])


def goal_words(model: OperatingModel, category_path: str, *, knows_errors: bool) -> str:
    """The goal of SKUs of a category in words; without past errors the weeks of cover stand in."""
    limits = Limits.of(model)
    level, cover = limits.service_level(category_path), limits.target_cover_weeks(category_path)
    if level.value is None or not knows_errors:
        source = f"operating model v{limits.version}{f', {cover.where}' if cover.where else ''}"
        weeks = plural(_or_nan(cover.value), "week")
        return f"what the {weeks} after the week will take (target cover, {source})"
    source = f"operating model v{limits.version}{f', {level.where}' if level.where else ''}"
    chance = formats.percent(level.value)
    return f"safety stock from the errors of past forecasts, for {chance} in stock ({source})"


def _or_nan(value: float | None) -> float:
    return np.nan if value is None else value
