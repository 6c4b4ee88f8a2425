"""Projections on demand: what a page asks for when somebody looks at it."""

import time

import numpy as np
from numpy.typing import NDArray

from marketing.catalogue.models import Product
from planning.supply.queries import planned_lines, projection_inputs
from sop_site.bench.report import Report, p95
from sop_site.bench.retailer import SEED, TODAY
from sop_site.bench.rollforward import projected
from sop_site.bench.sizes import Size
from sop_site.operating_model.models import OperatingModel

SKUS_OF_A_PAGE = 200


def measure_projections(report: Report, size: Size) -> None:
    """One SKU at all its doors, and as many SKUs as a full page shows."""
    random = np.random.default_rng(SEED)
    product_ids = np.array(Product.objects.order_by("pk").values_list("pk", flat=True))
    days = OperatingModel.objects.in_force(TODAY).default_transfer_days
    for name, skus in (("projection_one_sku", 1), ("projection_page", SKUS_OF_A_PAGE)):
        seconds = [
            _seconds_of(np.sort(random.choice(product_ids, skus, replace=False)), days)
            for _ in range(size.projections)
        ]
        report.add(name, size, seconds, p95_s=p95(seconds))


def _seconds_of(product_ids: NDArray[np.int64], days: int) -> float:
    """Read all that the projection of these SKUs is made from, and project."""
    began = time.perf_counter()
    planned = planned_lines(product_ids, TODAY)
    projected(projection_inputs(product_ids, planned, today=TODAY, default_transit_days=days))
    return time.perf_counter() - began
