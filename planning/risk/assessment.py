"""The risk of planned campaign lines: the engines in their order, for the recalculation and for pages."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from planning.risk.engine import FlagRisk, LineRisk, assess_lines, roll_up
from planning.supply.engine import Projection, Receipts, Transfers, expected_demand, project
from planning.supply.queries import ProjectionInputs, planned_lines, projection_inputs
from sop_site.columns import read_columns
from sop_site.operating_model.models import OperatingModel

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


PRODUCTS = """
SELECT id AS product, unit_price, unit_cost, expedite_days
FROM marketing_product WHERE id = ANY(%(products)s) ORDER BY id
"""


@dataclass(frozen=True, slots=True)
class ProductFacts:
    """What a risk needs to know of SKUs beside their stock, in ascending id; NaN where nobody entered it."""

    product_ids: Integers
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
    """

    inputs: ProjectionInputs
    products: ProductFacts
    operating_model: OperatingModel
    projection: Projection
    without_inbound: Projection
    risk: LineRisk

    @cached_property
    def flags(self) -> FlagRisk:
        """The risk of each planned line over all its doors."""
        place = self.products.place_of(self.inputs.planned.product_ids)[self.inputs.lines.line]
        return roll_up(
            self.inputs.lines, self.risk, self.products.unit_price[place], self.products.unit_cost[place]
        )


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
    return judged(inputs, product_facts(featured), operating_model)


def judged(inputs: ProjectionInputs, products: ProductFacts, operating_model: OperatingModel) -> Assessment:
    """What the engines say of ``inputs``; call it again with changed ones to see what that would do."""
    projection, without_inbound = _projections(inputs)
    return Assessment(
        inputs=inputs,
        products=products,
        operating_model=operating_model,
        projection=projection,
        without_inbound=without_inbound,
        risk=assess_lines(
            projection,
            without_inbound,
            inputs.lines,
            operating_model.cover_threshold,
            operating_model.watch_margin,
        ),
    )


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
        PRODUCTS, {"products": product_ids}, {"product": "int8", **dict.fromkeys(names, "float8")}
    )
    return ProductFacts(*found.values())
