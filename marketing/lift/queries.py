"""What past promotions added, by mechanic."""

from marketing.lift.models import MechanicLift
from marketing.sales.models import Mechanic


def median_uplift_ratio_for(mechanic: Mechanic) -> float:
    """The median uplift ratio (incremental ÷ base) of the mechanic's past promotions; 0 without any."""
    found = MechanicLift.objects.filter(mechanic=mechanic).values_list("median_uplift_ratio", flat=True)
    return found.first() or 0.0
