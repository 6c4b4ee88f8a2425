"""Projections on demand: what a page asks for when somebody looks at it."""

import time
from collections.abc import Sequence

import numpy as np

from marketing.catalogue.models import Product
from planning.risk.assessment import assess
from sop_site.bench.report import Report, p95
from sop_site.bench.retailer import SEED, TODAY
from sop_site.bench.sizes import Size

SKUS_OF_A_PAGE = 200


def measure_projections(report: Report, size: Size) -> None:
    """One SKU at all its doors, and as many SKUs as a full page shows."""
    random = np.random.default_rng(SEED)
    product_ids = np.array(Product.objects.order_by("pk").values_list("pk", flat=True))
    for name, skus in (("projection_one_sku", 1), ("projection_page", SKUS_OF_A_PAGE)):
        seconds = [
            _seconds_of(random.choice(product_ids, skus, replace=False).tolist())
            for _ in range(size.projections)
        ]
        report.add(name, size, seconds, p95_s=p95(seconds))


def _seconds_of(product_ids: Sequence[int]) -> float:
    began = time.perf_counter()
    assess(product_ids, today=TODAY)
    return time.perf_counter() - began
