"""The risk of planned campaign lines: the engines in their order, for the recalculation and for pages."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from marketing.catalogue.models import Product
from planning.risk.engine import FlagRisk, LineRisk, assess_lines, roll_up
from planning.supply.engine import Projection, Receipts, Transfers, expected_demand, project
from planning.supply.queries import ProjectionInputs, planned_lines, projection_inputs
from sop_site.operating_model.models import OperatingModel

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ProductFacts:
    """What a risk needs to know of a SKU beside its stock; None where nobody has entered it."""

    unit_price: float | None
    unit_cost: float | None
    expedite_days: int | None


@dataclass(frozen=True)
class Assessment:
    """What the engines say of a chunk of SKUs, on one reading of the inputs.

    ``without_inbound`` is the projection without receipts and transfers; ``risk`` speaks of the
    entries of ``inputs.lines`` ``[m]``, ``flags`` of those of ``inputs.planned`` that have entries.
    """

    inputs: ProjectionInputs
    products: dict[int, ProductFacts]
    operating_model: OperatingModel
    projection: Projection
    without_inbound: Projection
    risk: LineRisk

    @cached_property
    def flags(self) -> FlagRisk:
        """The risk of each planned line over all its doors."""
        return roll_up(
            self.inputs.lines, self.risk, self._per_entry("unit_price"), self._per_entry("unit_cost")
        )

    def _per_entry(self, fact: str) -> Floats:
        facts = [getattr(self.products[line.product_id], fact) for line in self.inputs.planned]
        return np.array(facts, dtype=np.float64)[self.inputs.lines.line]


def assess(product_ids: Collection[int], *, today: date, with_unfeatured: bool = False) -> Assessment:
    """Read everything about the planned campaign lines of these SKUs, and judge their risk.

    SKUs that no planned campaign features have no risk; they are read and projected only
    ``with_unfeatured``.
    """
    planned = planned_lines(product_ids, today)
    featured = set(product_ids) if with_unfeatured else {line.product_id for line in planned}
    operating_model = OperatingModel.objects.in_force(today)
    inputs = projection_inputs(
        featured, planned, today=today, default_transit_days=operating_model.default_transfer_days
    )
    return judged(inputs, product_facts(featured), operating_model)


def judged(
    inputs: ProjectionInputs, products: dict[int, ProductFacts], operating_model: OperatingModel
) -> Assessment:
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
    return (
        project(*rolled, inputs.receipts, inputs.transfers),
        project(*rolled, Receipts.none(), Transfers.none()),
    )


def product_facts(product_ids: Collection[int]) -> dict[int, ProductFacts]:
    """The facts of these SKUs, by id."""
    rows = Product.objects.filter(pk__in=product_ids).values_list(
        "pk", "unit_price", "unit_cost", "expedite_days"
    )
    return {
        product_id: ProductFacts(
            None if price is None else float(price), None if cost is None else float(cost), expedite_days
        )
        for product_id, price, cost, expedite_days in rows
    }
