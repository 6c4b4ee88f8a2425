"""What SKUs are expected to sell at doors in the weeks after this one."""

from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
from numpy.typing import NDArray

from planning.supply.engine import Horizon, expected_weekly
from planning.supply.queries import planned_lines, projection_inputs
from sop_site.operating_model.models import OperatingModel

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

# A quarter: weeks of supply beyond it are read from its last week.
OUTLOOK_WEEKS: Final = 13


@dataclass(frozen=True, slots=True)
class Outlook:
    """Expected units of SKUs at doors ``[n]`` in the weeks that follow ``[OUTLOOK_WEEKS, n]``."""

    product_ids: Integers
    door_ids: Integers
    weekly: Floats


def outlook_of_chunk(product_ids: Integers, today: date) -> Outlook:
    """What these SKUs, ascending, are expected to sell with planned campaigns, as of ``today``.

    The demand of the projection; only SKU-doors of which something is expected.
    """
    inputs = projection_inputs(
        product_ids,
        planned_lines(product_ids, today),
        today=today,
        default_transit_days=OperatingModel.objects.in_force(today).default_transfer_days,
        horizon=Horizon(today, 1 + OUTLOOK_WEEKS),
    )
    total = expected_weekly(inputs.horizon, inputs.sku_doors, inputs.lines)[1:]
    expected = np.flatnonzero(total.any(axis=0))
    return Outlook(inputs.product_ids[expected], inputs.door_ids[expected], total[:, expected])
