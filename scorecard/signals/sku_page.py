"""The page of one SKU: its sales against forecast week by week and by region, and what was made of it."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np

from marketing.catalogue.models import Product
from marketing.sales.chart import SalesChart
from scorecard.signals.chart import CourseWeek, TrackingChart, course_chart, tracking_chart
from scorecard.signals.engine import WINDOW_WEEKS, standing
from scorecard.signals.held import HeldWeek, weeks_of_sku
from scorecard.signals.limits import limits_in_force
from scorecard.signals.models import DemandSignal
from scorecard.signals.queries import signals_of
from scorecard.signals.wording import against_forecast, plus_minus, signal_words, signed
from sop_site.fiscal import WEEK

# A week in which so much of the demand found no stock is marked.
OUT_OF_STOCK_SHARE: Final = 0.05


@dataclass(frozen=True, slots=True)
class WeekRow:
    """A held week of the SKU, with the tracking signal as the night after it read it."""

    held: HeldWeek
    tracking_signal: float | None
    unit_price: float | None

    @property
    def start(self) -> date:
        """The Sunday of the week."""
        return self.held.week.week_start

    @property
    def has_version(self) -> bool:
        """Whether any forecast was in force when the week began."""
        return self.held.week.version_id is not None

    @property
    def error_units(self) -> float | None:
        """Units sold less units forecast, where a forecast was published."""
        forecast = self.held.forecast_units
        return None if forecast is None else self.held.held_units - forecast

    @property
    def error_money(self) -> float | None:
        """The same at the SKU's price."""
        error = self.error_units
        return None if error is None or self.unit_price is None else error * self.unit_price

    @property
    def words(self) -> str:
        """How far off it was."""
        forecast = self.held.forecast_units
        return "" if forecast is None else against_forecast(self.held.held_units, forecast)

    @property
    def tracking_words(self) -> str:
        """The tracking signal with its sign; "" where it has none."""
        return "" if self.tracking_signal is None else signed(self.tracking_signal)

    @property
    def is_out_of_stock(self) -> bool:
        """Whether a part of the demand found no stock."""
        unmet = self.held.unmet_units
        return unmet > OUT_OF_STOCK_SHARE * (unmet + self.held.sold_units)


@dataclass(frozen=True, slots=True)
class RegionRow:
    """A door group over the quarter that ends with the newest week."""

    name: str
    sold_units: float
    forecast_units: float

    @property
    def error_units(self) -> float:
        """Units sold less units forecast."""
        return self.sold_units - self.forecast_units

    @property
    def words(self) -> str:
        """How far off it was."""
        return against_forecast(self.sold_units, self.forecast_units)


@dataclass(frozen=True, slots=True)
class SkuPage:
    """What the page shows; ``rows`` are the newest week first."""

    product: Product
    rows: list[WeekRow]
    regions: list[RegionRow]
    chart: SalesChart | None
    tracking: TrackingChart | None
    limit_words: str
    words: str
    signal: DemandSignal | None
    decided: list[DemandSignal]

    @property
    def newest(self) -> WeekRow | None:
        """The last week that was held."""
        return self.rows[0] if self.rows else None


def sku_page(product: Product, day: date) -> SkuPage:
    """The page of a SKU on ``day``, whether or not it has a signal."""
    limits = limits_in_force(day)
    price = None if product.unit_price is None else float(product.unit_price)
    held = weeks_of_sku(product)
    tracked = _tracked(held)
    rows = [WeekRow(each, tracked[each.week.week_start], price) for each in held]
    signals = list(signals_of(product))
    signal = next((each for each in signals if each.decided_at is None), None)
    course = _course(rows, signal)
    return SkuPage(
        product=product,
        rows=rows[::-1],
        regions=_regions(held),
        chart=course_chart(product.sku, course),
        tracking=tracking_chart(course, limits.tracking),
        limit_words=plus_minus(limits.tracking),
        words=_words(held),
        signal=signal,
        decided=[each for each in signals if each.decided_at is not None],
    )


def _quarter(held: list[HeldWeek], last: date) -> list[HeldWeek]:
    """The weeks of the quarter that ends with that of ``last``."""
    return [each for each in held if last - WINDOW_WEEKS * WEEK < each.week.week_start <= last]


def _grid(held: list[HeldWeek]) -> tuple[np.ndarray, np.ndarray]:
    """What sold where a forecast was published, and the forecast ``[1, w]``; NaN where there was none."""
    forecast = [np.nan if each.forecast_units is None else each.forecast_units for each in held]
    return np.array([[each.held_units for each in held]]), np.array([forecast])


def _tracked(held: list[HeldWeek]) -> dict[date, float | None]:
    """The tracking signal of the quarter that ended with each week."""
    found: dict[date, float | None] = {}
    for each in held:
        last = each.week.week_start
        value = float(standing(*_grid(_quarter(held, last))).tracking_signal[0])
        found[last] = None if np.isnan(value) else value
    return found


def _words(held: list[HeldWeek]) -> str:
    """The quarter in words; "" where it says too little."""
    if not held:
        return ""
    quarter = _quarter(held, held[-1].week.week_start)
    found = standing(*_grid(quarter))
    if np.isnan(found.tracking_signal[0]):
        return ""
    return signal_words(
        side=(int(found.side_weeks[0]), float(found.side_sold[0]), float(found.side_forecast[0])),
        whole=(int(found.weeks[0]), float(found.sold[0]), float(found.forecast[0])),
        tracking_signal=float(found.tracking_signal[0]),
        side_unmet_units=sum(
            each.held_unmet_units for each, is_side in zip(quarter, found.is_side[0], strict=True) if is_side
        ),
    )


def _course(rows: list[WeekRow], signal: DemandSignal | None) -> list[CourseWeek]:
    """The weeks from the first to the last without a gap; one that was not held is empty."""
    by_start = {row.start: row for row in rows}
    if not rows:
        return []
    count = (rows[-1].start - rows[0].start) // WEEK + 1
    return [
        _course_week(rows[0].start + place * WEEK, by_start.get(rows[0].start + place * WEEK), signal)
        for place in range(count)
    ]


def _course_week(start: date, row: WeekRow | None, signal: DemandSignal | None) -> CourseWeek:
    in_signal = signal is not None and signal.first_week_start <= start <= signal.last_week_start
    if row is None:
        return CourseWeek(start, None, None, None, False, False, in_signal)
    return CourseWeek(
        start=start,
        sold=row.held.sold_units,
        forecast=row.held.forecast_units,
        tracking_signal=row.tracking_signal,
        is_promoted=row.held.is_promoted,
        is_out_of_stock=row.is_out_of_stock,
        in_signal=in_signal,
    )


def _regions(held: list[HeldWeek]) -> list[RegionRow]:
    """The quarter by door group, the largest miss first."""
    if not held:
        return []
    sums: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
    for each in _quarter(held, held[-1].week.week_start):
        if each.cells is None:
            continue
        known = each.cells.is_forecast[0]
        for place, name in enumerate(each.week.door_groups):
            if known[place]:
                sums[name][0] += float(each.cells.sold[0, place])
                sums[name][1] += float(each.cells.forecast[0, place])
    rows = [RegionRow(name, sold, forecast) for name, (sold, forecast) in sums.items()]
    return sorted(rows, key=lambda row: (-abs(row.error_units), row.name))
