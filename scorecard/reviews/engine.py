"""Which part of the business a change came from."""

from collections.abc import Sequence
from math import fsum


def rate_contributions(
    before: Sequence[tuple[float, float]], after: Sequence[tuple[float, float]]
) -> list[float]:
    """What each part adds to the change of a rate that is made of all of them; together they are the change.

    Each part is its rate and its weight (the denominator), the same parts in the same order; a weight may be
    0. A part adds as much as it lies above the whole rate before, by its share of the weight, now and then:
    so a part that merely grew adds nothing where its rate is the whole one's. All are 0 where one of the two
    has no weight at all.
    """
    weight_before, weight_after = fsum(weight for _, weight in before), fsum(weight for _, weight in after)
    if weight_before <= 0 or weight_after <= 0:
        return [0.0] * len(after)
    whole = fsum(rate * weight for rate, weight in before) / weight_before
    return [
        (rate_after - whole) * (heavy_after / weight_after)
        - (rate_before - whole) * (heavy_before / weight_before)
        for (rate_before, heavy_before), (rate_after, heavy_after) in zip(before, after, strict=True)
    ]


def move_size(before: float, after: float, floor: float) -> float:
    """How large a change is beside the larger of its two values, 0 to 2; small values count as ``floor``."""
    return abs(after - before) / max(abs(before), abs(after), floor)
