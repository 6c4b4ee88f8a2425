"""The roll-forward alone: the product's engine against what a user has today, a notebook and a loop."""

import time
from collections.abc import Callable, Iterable
from functools import partial
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from marketing.catalogue.models import Product
from planning.risk.runs import MOST_SKUS
from planning.supply.engine import Projection, expected_demand, project
from planning.supply.queries import ProjectionInputs, planned_lines, projection_inputs
from sop_site.bench import loop
from sop_site.bench.report import Report
from sop_site.bench.retailer import TODAY
from sop_site.bench.sizes import Size
from sop_site.embedded.processes import EmbeddedError
from sop_site.memory import keep_freed_memory
from sop_site.operating_model.models import OperatingModel

LARGEST_DIFFERENCE_UNITS = 1e-6
Result = TypeVar("Result")


class Disagreement(EmbeddedError):
    """Two roll-forwards of the same inputs end with different stock: what they took cannot be compared."""


def measure_roll_forward(report: Report, size: Size) -> None:
    """All SKU-doors by the engine, from inputs in memory; a sample of the SKUs by notebook and loop.

    The demand is worked out beforehand by each. The sample's times are scaled to all SKUs. Raises
    Disagreement.
    """
    # As each process of the worker does.
    keep_freed_memory()
    product_ids = np.array(Product.objects.order_by("pk").values_list("pk", flat=True))
    chunks = [
        read_inputs(product_ids[first : first + MOST_SKUS]) for first in range(0, len(product_ids), MOST_SKUS)
    ]
    seconds = [_seconds_of_all(chunks) for _ in range(size.runs)]
    per_sku_door_us = min(seconds) / size.sku_doors * 1e6
    report.add("rollforward", size, seconds, per_sku_door_us=per_sku_door_us)
    _measure_slow(report, size, "rollforward_notebook", product_ids, size.notebook_skus, by_notebook)
    _measure_slow(report, size, "rollforward_loop", product_ids, size.loop_skus, by_loop)


def read_inputs(product_ids: NDArray[np.int64]) -> ProjectionInputs:
    """What the projection of these SKUs, ascending, is made from, read as the product reads it."""
    days = OperatingModel.objects.in_force(TODAY).default_transfer_days
    planned = planned_lines(product_ids, TODAY)
    return projection_inputs(product_ids, planned, today=TODAY, default_transit_days=days)


def projected(inputs: ProjectionInputs) -> Projection:
    """The engine's projection, demand included."""
    demand = expected_demand(inputs.horizon, inputs.sku_doors, inputs.lines)
    return project(inputs.horizon, inputs.sku_doors, demand, inputs.receipts, inputs.transfers)


def _seconds_of_all(chunks: Iterable[ProjectionInputs]) -> float:
    """One chunk after another; none of the projections is kept, as in a recalculation."""
    total = 0.0
    for chunk in chunks:
        demand = expected_demand(chunk.horizon, chunk.sku_doors, chunk.lines)
        given = (chunk.horizon, chunk.sku_doors, demand, chunk.receipts, chunk.transfers)
        total += _timed(partial(project, *given))[0]
    return total


def by_notebook(inputs: ProjectionInputs) -> tuple[float, NDArray[np.float64]]:
    """Seconds that the notebook took, and its closing stock."""
    from sop_site.bench import notebook  # pandas is there for the bench alone

    frames = notebook.frames_of(inputs)
    demand = notebook.expected_demand(frames)
    seconds, closing = _timed(lambda: notebook.roll_forward(frames, demand))
    return seconds, notebook.closing_of(closing)


def by_loop(inputs: ProjectionInputs) -> tuple[float, NDArray[np.float64]]:
    """Seconds that the loop took, and its closing stock."""
    sku_doors = loop.sku_doors_of(inputs)
    loop.expect_demand(sku_doors, inputs.horizon)
    seconds, _ = _timed(lambda: loop.roll_forward(sku_doors, inputs.horizon))
    return seconds, loop.closing_of(sku_doors)


def check_agreement(name: str, inputs: ProjectionInputs, closing: NDArray[np.float64]) -> None:
    """Raises Disagreement where ``closing`` is not the engine's for the same inputs."""
    difference = float(np.abs(projected(inputs).closing - closing).max())
    if not difference <= LARGEST_DIFFERENCE_UNITS:
        raise Disagreement(f"{name} and the engine differ by {difference:g} units of closing stock.")


def _measure_slow(
    report: Report,
    size: Size,
    name: str,
    product_ids: NDArray[np.int64],
    sample: int,
    roll_forward: Callable[[ProjectionInputs], tuple[float, NDArray[np.float64]]],
) -> None:
    inputs = read_inputs(product_ids[:: len(product_ids) // sample][:sample])
    scale = size.skus / sample
    seconds = []
    for _ in range(size.runs):
        taken, closing = roll_forward(inputs)
        check_agreement(name, inputs, closing)
        seconds.append(taken * scale)
    engine = report.median_of("rollforward", size)
    ratio = None if engine is None else float(np.median(seconds)) / engine
    report.add(name, size, seconds, ratio_to_rollforward=ratio, sampled_skus=sample, scaled_by=scale)


def _timed(work: Callable[[], Result]) -> tuple[float, Result]:
    began = time.perf_counter()
    result = work()
    return time.perf_counter() - began, result
