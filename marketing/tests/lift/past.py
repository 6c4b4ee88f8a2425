"""A SKU with a past promotion, its sales around it, and what was learned from them."""

from collections.abc import Sequence

from marketing.catalogue.models import Door, Product
from marketing.lift.models import PastLift
from marketing.tests.factories import (
    TODAY,
    make_fit,
    make_mechanic,
    make_norm,
    make_past_lift,
    make_past_promotion,
    make_sales,
)
from sop_site.fiscal import WEEK, week_start

PROMOTED_FROM = week_start(TODAY) - 20 * WEEK
CALM_UNITS, PROMOTED_UNITS, ANOTHER_UNITS = 25.0, 60.0, 30.0


def promoted_before(product: Product, doors: Sequence[Door]) -> PastLift:
    """Two weeks of a promotion twenty weeks ago, ten weeks after one of another mechanic.

    Each door sold 25 a week, 60 in the promotion and 30 in the other one, up to ten weeks after it.
    """
    fit = make_fit()
    weeks = {PROMOTED_FROM + number * WEEK: CALM_UNITS for number in range(-40, 12)}
    weeks[PROMOTED_FROM] = weeks[PROMOTED_FROM + WEEK] = PROMOTED_UNITS
    other = PROMOTED_FROM - 10 * WEEK
    del weeks[other]
    for door in doors:
        make_sales(product, door, weeks)
        make_sales(product, door, {other: ANOTHER_UNITS}, promoted_days=7)
        make_past_promotion(product, door, starts_on=PROMOTED_FROM)
        make_past_promotion(product, door, starts_on=other, weeks=1, mechanic=make_mechanic("EVENT"))
    make_norm(fit=fit)
    return make_past_lift(
        product,
        fit=fit,
        starts_on=PROMOTED_FROM,
        door_count=len(doors),
        sold_units=2 * PROMOTED_UNITS * len(doors),
        baseline_units=2 * CALM_UNITS * len(doors),
    )


def promoted_often(
    product: Product, doors: Sequence[Door], *, multiplier: float = 2.4, weeks: int = 104
) -> None:
    """A SKU that sold some twenty a week at each door, and in six promotions ``multiplier`` times as many.

    They lasted two weeks at a quarter off, every sixteen weeks up to six weeks ago.
    """
    last = week_start(TODAY) - WEEK
    promoted = {last - (6 + 16 * number + week) * WEEK for number in range(6) for week in (0, 1)}
    for place, door in enumerate(doors):
        units = {}
        for number in range(weeks):
            week = last - number * WEEK
            usual = 20.0 + (7 * number + 3 * place) % 5
            units[week] = round(usual * multiplier) if week in promoted else usual
        make_sales(product, door, units)
        for week in sorted(promoted)[::2]:
            make_past_promotion(product, door, starts_on=week)
