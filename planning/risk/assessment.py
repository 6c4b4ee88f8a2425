"""The risk of planned campaign lines: the engines in their order, for the recalculation and for pages."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from marketing.demand.queries import PromotionErrors, current_demand_errors
from planning.risk.engine import (
    FlagRisk,
    LineRisk,
    State,
    assess_lines,
    covered_share,
    roll_up,
    short_probability,
)
from planning.risk.limits import RiskLimits, risk_limits
from planning.supply.engine import Projection, Receipts, Transfers, expected_demand, project
from planning.supply.queries import ProjectionInputs, planned_lines, projection_inputs
from sop_site.columns import read_columns
from sop_site.operating_model.limits import Limit
from sop_site.operating_model.models import OperatingModel

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


PRODUCTS = """
SELECT id AS product, coalesce(category_id, -1) AS category, unit_price, unit_cost, expedite_days
FROM marketing_product WHERE id = ANY(%(products)s) ORDER BY id
"""


@dataclass(frozen=True, slots=True)
class ProductFacts:
    """What a risk needs to know of SKUs beside their stock, in ascending id; NaN where nobody entered it.

    ``category_ids`` are -1 where a SKU has no category.
    """

    product_ids: Integers
    category_ids: Integers
    unit_price: Floats
    unit_cost: Floats
    expedite_days: Floats

    def place_of(self, product_ids: Integers) -> Integers:
        """The place of each of these SKUs, all of which are known."""
        return np.searchsorted(self.product_ids, product_ids)


@dataclass(frozen=True)
class Assessment:
    """What the engines say of a chunk of SKUs, on one reading of the inputs.

    ``without_inbound`` is the projection without receipts and transfers; ``risk`` speaks of the
    entries of ``inputs.lines`` ``[m]``, ``flags`` of those of ``inputs.planned`` that have entries.
    ``errors`` are those that past expectations of promotions at a door made; None where none is measured.
    ``cover_threshold`` and ``watch_margin`` are those of ``limits``, by entry ``[m]`` where scopes differ.
    """

    inputs: ProjectionInputs
    products: ProductFacts
    limits: RiskLimits
    cover_threshold: float | Floats
    watch_margin: float | Floats
    projection: Projection
    without_inbound: Projection
    risk: LineRisk
    errors: PromotionErrors | None

    @property
    def operating_model(self) -> OperatingModel:
        """The version under which all this is judged."""
        return self.limits.operating_model

    @cached_property
    def flags(self) -> FlagRisk:
        """The risk of each planned line over all its doors."""
        place = self.products.place_of(self.inputs.planned.product_ids)[self.inputs.lines.line]
        return roll_up(
            self.inputs.lines, self.risk, self.products.unit_price[place], self.products.unit_cost[place]
        )

    def short_probability(self, entries: Integers) -> Floats:
        """The chance that demand exceeds supply of these entries of ``risk``; NaN where it is not known."""
        if self.errors is None:
            return np.full(len(entries), np.nan)
        return short_probability(self.errors.shares, self.errors.ratios, self.covered_share(entries))

    def covered_share(self, entries: Integers) -> Floats:
        """The part of the expected demand that supply serves in time; NaN where there is no telling."""
        window = self.risk.window
        covered = covered_share(
            self.risk.cover[entries], window.demand_units[entries], window.units_short[entries]
        )
        covered[self.risk.state[entries] == State.NO_DATA] = np.nan
        return covered


def assess(product_ids: Collection[int], *, today: date, with_unfeatured: bool = False) -> Assessment:
    """Read everything about the planned campaign lines of these SKUs, and judge their risk.

    SKUs that no planned campaign features have no risk; they are read and projected only
    ``with_unfeatured``.
    """
    wanted = np.unique(np.array(list(product_ids), dtype=np.int64))
    planned = planned_lines(wanted, today)
    featured = wanted if with_unfeatured else np.unique(planned.product_ids)
    operating_model = OperatingModel.objects.in_force(today)
    inputs = projection_inputs(
        featured, planned, today=today, default_transit_days=operating_model.default_transfer_days
    )
    return judged(inputs, product_facts(featured), risk_limits(operating_model), current_demand_errors())


def judged(
    inputs: ProjectionInputs,
    products: ProductFacts,
    limits: RiskLimits,
    errors: PromotionErrors | None = None,
) -> Assessment:
    """What the engines say of ``inputs``; call it again with changed ones to see what that would do."""
    projection, without_inbound = _projections(inputs)
    cover_threshold, watch_margin = _limits_of_lines(inputs, products, limits)
    return Assessment(
        inputs=inputs,
        products=products,
        limits=limits,
        cover_threshold=cover_threshold,
        watch_margin=watch_margin,
        projection=projection,
        without_inbound=without_inbound,
        risk=assess_lines(projection, without_inbound, inputs.lines, cover_threshold, watch_margin),
        errors=errors,
    )


def _limits_of_lines(
    inputs: ProjectionInputs, products: ProductFacts, limits: RiskLimits
) -> tuple[float | Floats, float | Floats]:
    """The threshold and the margin of the entries of the lines: one number each where no scope differs."""
    wanted = (Limit.COVER_THRESHOLD, Limit.WATCH_MARGIN)
    if not limits.differ(*wanted):
        return limits.operating_model.cover_threshold, limits.operating_model.watch_margin
    lines = inputs.lines
    product = products.place_of(inputs.planned.product_ids)[lines.line]
    threshold, margin = limits.at(products.category_ids[product], inputs.door_ids[lines.row], *wanted)
    return threshold, margin


def _projections(inputs: ProjectionInputs) -> tuple[Projection, Projection]:
    """The projection, and the same without anything that is still to come."""
    demand = expected_demand(inputs.horizon, inputs.sku_doors, inputs.lines)
    rolled = (inputs.horizon, inputs.sku_doors, demand)
    projection = project(*rolled, inputs.receipts, inputs.transfers)
    if not len(inputs.receipts) and not len(inputs.transfers):
        return projection, projection
    return projection, project(*rolled, Receipts.none(), Transfers.none())


def product_facts(product_ids: Integers) -> ProductFacts:
    """The facts of these SKUs."""
    names = ("unit_price", "unit_cost", "expedite_days")
    found = read_columns(
        PRODUCTS,
        {"products": product_ids},
        {"product": "int8", "category": "int8", **dict.fromkeys(names, "float8")},
    )
    return ProductFacts(*found.values())
