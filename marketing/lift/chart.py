"""The picture of what a SKU sold around a past promotion."""

from collections.abc import Sequence

from marketing.lift.models import PastLift
from marketing.lift.queries import WeekSold
from marketing.sales.chart import BarKind, ChartWeek, SalesChart, sales_chart
from sop_site import formats


def promotion_chart(
    past: PastLift, weeks: Sequence[WeekSold], baseline_units_a_week: float
) -> SalesChart | None:
    """``weeks``, oldest first, with the baseline over those of the promotion; None where none is of it."""
    if not any(week.in_promotion for week in weeks):
        return None
    return sales_chart(
        [
            ChartWeek(
                start=week.start,
                units=week.units,
                baseline=baseline_units_a_week if week.in_promotion else None,
                kind=_kind(week),
                in_band=week.in_promotion,
            )
            for week in weeks
        ],
        title=f"Units of {past.product.sku} sold each week around the promotion",
        words=f"{formats.units(past.sold_units)} units in the promotion against a baseline of"
        f" {formats.units(past.baseline_units)}. The table beside it holds every week.",
        band_word="promotion",
    )


def _kind(week: WeekSold) -> BarKind:
    if week.in_promotion:
        return BarKind.PROMOTED
    return BarKind.HATCHED if week.in_another else BarKind.CALM
