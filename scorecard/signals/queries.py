"""What pages and the weekly agenda read of demand signals."""

from dataclasses import dataclass
from datetime import date

import numpy as np
from django.utils import timezone

from marketing.catalogue.models import Product
from scorecard.signals.held import cells_of, newest_week, prices_of
from scorecard.signals.models import DemandSignal, DemandSignalQuerySet, DemandWeek
from scorecard.signals.wording import against_forecast
from sop_site.formats import short_date

__all__ = ["SkuWeek", "WeekExceptions", "exceptions_of_week", "newest_week", "open_signals", "signals_of"]


@dataclass(frozen=True, slots=True)
class SkuWeek:
    """A SKU in one week, held against the forecast that was in force when the week began."""

    product: Product
    sold_units: float
    forecast_units: float
    unmet_units: float
    is_promoted: bool

    @property
    def error_units(self) -> float:
        """Units sold less units forecast."""
        return self.sold_units - self.forecast_units

    @property
    def error_money(self) -> float | None:
        """The same at the SKU's price; None where that is not known."""
        price = self.product.unit_price
        return None if price is None else self.error_units * float(price)

    @property
    def words(self) -> str:
        """How far off it was: ``Sold 38% above the forecast``."""
        return f"Sold {against_forecast(self.sold_units, self.forecast_units)}"


@dataclass(frozen=True, slots=True)
class WeekExceptions:
    """A week against its forecast: the SKUs that missed the most money, promoted first.

    ``skus`` were held against a forecast; ``unforecast_skus`` sold ``unforecast_units`` where none was
    published for them.
    """

    week: DemandWeek
    rows: list[SkuWeek]
    skus: int
    sold_units: float
    forecast_units: float
    unforecast_skus: int
    unforecast_units: float

    @property
    def has_forecast(self) -> bool:
        """Whether a forecast was in force when the week began."""
        return self.week.version_id is not None


def open_signals() -> DemandSignalQuerySet:
    """The signals that wait for a decision, promoted SKUs first, then by money; each with its SKU."""
    return DemandSignal.objects.open().by_money().select_related("product__category")


def why_decided(signal: DemandSignal) -> str:
    """Who decided a signal, when and what, as the reason why it is not decided again; "" of an open one."""
    if signal.decided_at is None:
        return ""
    day = short_date(timezone.localdate(signal.decided_at))
    return f"{signal.decided_by} decided this on {day}: “{signal.decision}”."


def signals_of(product: Product) -> DemandSignalQuerySet:
    """All signals of a SKU, the newest first, with who decided them."""
    return DemandSignal.objects.filter(product=product).select_related("decided_by").order_by("-pk")


def exceptions_of_week(week_start: date, limit: int = 10) -> WeekExceptions | None:
    """The week that begins on ``week_start`` against its forecast, with its ``limit`` largest misses.

    Promoted SKUs stand first, then by money, then those without a price by units. None where the week was not
    held: it is not over, its sales are not known in full, or it lies too far back.
    """
    week = DemandWeek.objects.select_related("version__cycle").filter(week_start=week_start).first()
    if week is None:
        return None
    columns: list[np.ndarray] = []
    unforecast_skus, unforecast_units = 0, 0.0
    for part in week.parts.order_by("pk").iterator(chunk_size=50):
        cells = cells_of(part, week)
        known = cells.is_forecast
        elsewhere = np.where(known, 0.0, cells.sold).sum(axis=1)
        unforecast_skus += int((elsewhere != 0).sum())
        unforecast_units += float(elsewhere.sum())
        told = known.any(axis=1)
        columns.append(
            np.stack(
                [
                    np.array(part.product_ids, dtype=np.float64),
                    np.where(known, cells.sold, 0.0).sum(axis=1),
                    np.where(known, cells.forecast, 0.0).sum(axis=1),
                    np.where(known, cells.unmet, 0.0).sum(axis=1),
                    cells.is_promoted.any(axis=1),
                ]
            )[:, told]
        )
    found = np.concatenate(columns, axis=1) if columns else np.zeros((5, 0))
    return WeekExceptions(
        week=week,
        rows=_largest(found, limit),
        skus=found.shape[1],
        sold_units=float(found[1].sum()),
        forecast_units=float(found[2].sum()),
        unforecast_skus=unforecast_skus,
        unforecast_units=unforecast_units,
    )


def _largest(found: np.ndarray, limit: int) -> list[SkuWeek]:
    """The largest misses of ``found [5, s]``: product ids, sold, forecast, unmet, promoted."""
    is_known, price = prices_of(found[0].astype(np.int64))
    found, price = found[:, is_known], price[is_known]
    product_ids, miss = found[0].astype(np.int64), np.abs(found[1] - found[2])
    # No price stands last of its kind; np.lexsort takes the last key first.
    money = np.where(np.isnan(price), -1.0, miss * np.nan_to_num(price))
    order = np.lexsort((product_ids, -miss, -money, -found[4]))
    order = order[miss[order] > 0][:limit]
    products = Product.objects.select_related("category").in_bulk(product_ids[order].tolist())
    return [
        SkuWeek(
            product=products[int(product_ids[place])],
            sold_units=float(found[1, place]),
            forecast_units=float(found[2, place]),
            unmet_units=float(found[3, place]),
            is_promoted=bool(found[4, place]),
        )
        for place in order.tolist()
    ]
