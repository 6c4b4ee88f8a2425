"""The list of demand signals, and the same as a file."""

from collections.abc import Iterator
from typing import Any, Final

import django_tables2 as tables
from django.db.models import F, FloatField
from django.db.models.functions import Abs, Greatest
from django.utils import timezone

from scorecard.signals.models import DemandSignal, DemandSignalQuerySet
from sop_site.export import Column, ColumnKind, Sheet

NUMBER = {"th": {"class": "number"}, "td": {"class": "number"}}
MISS: Final = Abs(F("sold_units") - F("forecast_units"))


class SignalTable(tables.Table):
    """Signals, promoted SKUs first and then by money, until somebody sorts them otherwise."""

    caption = "Demand signals"
    product = tables.TemplateColumn(
        template_name="scorecard/signals/cells/_product.html", verbose_name="SKU", order_by=("product__sku",)
    )
    says = tables.TemplateColumn(
        template_name="scorecard/signals/cells/_says.html", verbose_name="What it says", empty_values=()
    )
    missed = tables.TemplateColumn(
        template_name="scorecard/signals/cells/_missed.html",
        verbose_name="Off the forecast",
        attrs=NUMBER,
        empty_values=(),
    )
    tracking_signal = tables.TemplateColumn(
        template_name="scorecard/signals/cells/_tracking.html", verbose_name="Tracking signal", attrs=NUMBER
    )
    main_region = tables.Column(verbose_name="Mostly in", default="–")
    opened_on = tables.TemplateColumn(
        template_name="scorecard/signals/cells/_opened.html", verbose_name="Raised"
    )

    class Meta:
        model = DemandSignal
        fields = ("product", "says", "missed", "tracking_signal", "main_region", "opened_on")

    def order_says(self, signals: DemandSignalQuerySet, descending: bool) -> tuple[Any, bool]:
        """By how far off it is for its size."""
        off = MISS / Greatest(F("forecast_units"), 1.0, output_field=FloatField())
        return signals.order_by(off.desc() if descending else off.asc(), "pk"), True

    def order_missed(self, signals: DemandSignalQuerySet, descending: bool) -> tuple[Any, bool]:
        """By the money that the forecast missed; SKUs without a price last."""
        money = MISS * F("unit_price")
        by_money = money.desc(nulls_last=True) if descending else money.asc(nulls_last=True)
        return signals.order_by(by_money, "pk"), True

    def order_tracking_signal(self, signals: DemandSignalQuerySet, descending: bool) -> tuple[Any, bool]:
        """By how far it is from nothing, on either side."""
        away = Abs("tracking_signal")
        return signals.order_by(away.desc() if descending else away.asc(), "pk"), True


COLUMNS: Final = (
    Column("SKU"),
    Column("Name"),
    Column("Category"),
    Column("What it says"),
    Column("Promoted"),
    Column("Mostly in"),
    Column("From week", ColumnKind.DATE),
    Column("To week", ColumnKind.DATE),
    Column("Weeks", ColumnKind.UNITS),
    Column("Units sold", ColumnKind.UNITS),
    Column("Units forecast", ColumnKind.UNITS),
    Column("Units off", ColumnKind.UNITS),
    Column("Money off", ColumnKind.MONEY),
    Column("Units not served, estimated", ColumnKind.UNITS),
    Column("Tracking signal", ColumnKind.RATIO),
    Column("Raised", ColumnKind.DATE),
    Column("Back within limits since week", ColumnKind.DATE),
    Column("Status"),
    Column("Decision"),
    Column("Decided by"),
    Column("Decided on", ColumnKind.DATE),
)


def signals_sheet(signals: DemandSignalQuerySet) -> Sheet:
    """The signals as rows, in their order."""
    return Sheet("Demand signals", COLUMNS, _rows(signals))


def _rows(signals: DemandSignalQuerySet) -> Iterator[tuple[object, ...]]:
    for signal in signals.select_related("decided_by").iterator(chunk_size=500):
        yield (
            signal.product.sku,
            signal.product.name,
            signal.product.category.path if signal.product.category else "",
            signal.words,
            "promoted" if signal.is_promoted else "",
            signal.main_region,
            signal.first_week_start,
            signal.last_week_start,
            signal.weeks,
            signal.sold_units,
            signal.forecast_units,
            signal.error_units,
            signal.error_money,
            signal.unmet_units,
            signal.tracking_signal,
            signal.opened_on,
            signal.within_since,
            signal.state.label,
            signal.decision,
            str(signal.decided_by or ""),
            timezone.localdate(signal.decided_at) if signal.decided_at else None,
        )
