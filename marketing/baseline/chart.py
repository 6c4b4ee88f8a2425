"""The picture of a SKU's baseline behind what it sold before."""

from collections.abc import Sequence

from marketing.baseline.queries import WeekAhead, WeekSold
from marketing.catalogue.models import Product
from marketing.sales.chart import BarKind, ChartWeek, SalesChart, sales_chart
from sop_site import formats
from sop_site.fiscal import WEEK


def baseline_chart(
    product: Product, place: str, sold: Sequence[WeekSold], ahead: Sequence[WeekAhead]
) -> SalesChart | None:
    """The weeks ``sold`` as bars and those ``ahead`` as a line, each oldest first; None without any.

    ``place`` says where: at a door, or at all doors.
    """
    sold_in = {week.start: week for week in sold}
    ahead_in = {week.start: week.units for week in ahead}
    starts = sold_in.keys() | ahead_in.keys()
    if not starts:
        return None
    first = min(starts)
    return sales_chart(
        [
            ChartWeek(
                start=week,
                units=(was := sold_in.get(week, WeekSold(week))).units,
                baseline=ahead_in.get(week),
                kind=BarKind.HATCHED if was.promoted_door_count else BarKind.CALM,
                note=_note(was),
                is_marked=was.is_partly_out,
                in_band=week in ahead_in,
            )
            for week in (first + number * WEEK for number in range((max(starts) - first) // WEEK + 1))
        ],
        title=f"Units of {product.sku} {place}, week by week",
        words=f"{formats.units(sum(week.units or 0.0 for week in sold))} units sold in {len(sold)} weeks,"
        f" and a baseline of {formats.units(sum(week.units for week in ahead))} in {len(ahead)} weeks."
        " The tables below hold every week.",
        band_word="baseline",
    )


def _note(week: WeekSold) -> str:
    notes = ["promoted"] if week.promoted_door_count else []
    if week.is_partly_out:
        notes.append(f"in stock {formats.percent(week.in_stock_share)}")
    return ", ".join(notes)
