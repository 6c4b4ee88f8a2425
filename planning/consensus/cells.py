"""The numbers of one part of a version, and the cells on which the functions differ most."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from django.db.models import Q

from marketing.catalogue.models import Category
from planning.consensus.choices import FUNCTIONS, Layer
from planning.consensus.engine import disagreement_money
from planning.consensus.models import HORIZON_MONTHS, ForecastVersion
from planning.consensus.packing import Totals, unpacked
from planning.consensus.reconcile_rows import ALIKE_SHARE, OF_FUNCTIONS, Floats
from planning.consensus.totals import name_of


@dataclass(frozen=True, slots=True)
class Difference:
    """How far the functions are apart on a category's own SKUs at the doors of one region, over all months.

    Of each month it is the highest less the lowest, so that months do not cancel out; ``money`` is None where
    no price is known. ``by_function`` are the units of each over all months.
    """

    category: Category | None
    door_group: str
    units: float
    money: float | None
    by_function: Mapping[Layer, float]

    @property
    def category_key(self) -> str:
        """The category's id as text, "" for SKUs without one."""
        return "" if self.category is None else str(self.category.pk)

    @property
    def name(self) -> str:
        """The cell in words: ``Apparel > Tops, North``."""
        return f"{name_of(self.category)}, {self.door_group}"


def differences_of(version: ForecastVersion) -> list[Difference]:
    """The cells on which the functions differ: by money, then those without a price; one query."""
    blocks = version.blocks.select_related("category").defer("product_ids", "calculated", "entered", "money")
    found = []
    for block in blocks.order_by("category__path", "door_group"):
        totals = Totals.kept(block.totals)
        units, money = _apart(totals.units), _apart(totals.at_price)
        if _is_alike(totals.units, units) and _is_alike(totals.at_price, money):
            continue
        found.append(
            Difference(
                category=block.category,
                door_group=block.door_group,
                units=units,
                money=money if totals.at_price.any() else None,
                by_function=dict(
                    zip(FUNCTIONS, totals.units[OF_FUNCTIONS].sum(axis=1).tolist(), strict=True)
                ),
            )
        )
    return sorted(found, key=lambda one: (one.money is None, -(one.money or 0.0), -one.units, one.name))


def totals_of_cell(version: ForecastVersion, category_id: int | None, door_group: str) -> Totals:
    """The sums of a category's own SKUs at the doors of one region."""
    return _kept(version, Q(category=category_id, door_group=door_group))


def totals_within(version: ForecastVersion, category: Category | None) -> Totals:
    """The sums of a category with all below it, of all categories for None."""
    if category is None:
        return _kept(version, Q())
    below = Q(category__path__startswith=f"{category.path} > ")
    return _kept(version, Q(category=category) | below)


def totals_of_sku(version: ForecastVersion, product_id: int) -> Totals:
    """The numbers of one SKU over all door groups."""
    blocks = version.blocks.filter(product_ids__contains=[product_id]).defer("totals", "digest")
    found = Totals.none()
    for block in blocks:
        numbers, at = unpacked(block), block.product_ids.index(product_id)
        units = numbers.all_monthly(version.month_of_week)[:, at]
        price, cost = np.nan_to_num(numbers.unit_price[at]), np.nan_to_num(numbers.unit_cost[at])
        found += Totals(units, units * price, units * cost)
    return found


def _kept(version: ForecastVersion, which: Q) -> Totals:
    kept: Iterable[list[float]] = version.blocks.filter(which).values_list("totals", flat=True)
    return sum((Totals.kept(totals) for totals in kept), start=Totals.none())


def _apart(by_layer: Floats) -> float:
    return float(disagreement_money(by_layer[OF_FUNCTIONS], np.ones(HORIZON_MONTHS)).sum())


def _is_alike(by_layer: Floats, apart: float) -> bool:
    """Whether a difference is but the last digits of the sums."""
    return apart <= ALIKE_SHARE * max(float(by_layer[OF_FUNCTIONS].max()), 1.0)
