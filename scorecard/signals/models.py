"""Sales against forecast of each week, packed, and the demand signals that come of them."""

import pghistory
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Abs
from django.urls import reverse
from django_fsm import ConcurrentTransitionMixin, FSMField, transition

from marketing.catalogue.models import Category, Product
from planning.consensus.models import ForecastVersion
from scorecard.signals.choices import Side, SignalStatus
from scorecard.signals.wording import signal_words, signed

# What the nights renew, which is no decision of anybody's and has no history.
NUMBERS = [
    "first_week_start",
    "last_week_start",
    "weeks",
    "tracking_signal",
    "sold_units",
    "forecast_units",
    "unmet_units",
    "side_weeks",
    "side_sold_units",
    "side_forecast_units",
    "side_unmet_units",
    "unit_price",
    "is_promoted",
    "main_region",
    "within_since",
]


class DemandWeek(models.Model):
    """A whole fiscal week whose sales are known, held against the forecast in force when it began.

    ``version`` is that forecast; without one nothing was forecast, and the week says nothing.
    ``figures_taken_at`` is when the scorecard's figures were taken from which this was made.
    """

    week_start = models.DateField(unique=True)
    version = models.ForeignKey(ForecastVersion, on_delete=models.PROTECT, null=True, related_name="+")
    figures_taken_at = models.DateTimeField()
    door_groups = ArrayField(models.CharField(max_length=80))

    class Meta:
        ordering = ["week_start"]

    def __str__(self) -> str:
        return f"week of {self.week_start}"


class DemandWeekPart(models.Model):
    """The SKUs of one category in a week, packed (`scorecard.signals.packing`), in the order of their ids."""

    week = models.ForeignKey(DemandWeek, on_delete=models.CASCADE, related_name="parts")
    category = models.ForeignKey(Category, on_delete=models.PROTECT, null=True, related_name="+")
    product_ids = ArrayField(models.BigIntegerField())
    packed = models.BinaryField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["week", "category"], name="demand_week_part_once", nulls_distinct=False
            ),
        ]

    def __str__(self) -> str:
        return f"{self.week_id}: {self.category_id}"


class DemandSignalQuerySet(models.QuerySet["DemandSignal"]):
    def open(self) -> "DemandSignalQuerySet":
        """Those that wait for a decision."""
        return self.filter(status=SignalStatus.OPEN)

    def on_side(self, side: Side) -> "DemandSignalQuerySet":
        """Those that sell more than was forecast, or less."""
        if side == Side.ABOVE:
            return self.filter(sold_units__gt=F("forecast_units"))
        return self.filter(sold_units__lte=F("forecast_units"))

    def by_money(self) -> "DemandSignalQuerySet":
        """Promoted SKUs first, then by the money that the forecast missed; without a price last, by units."""
        miss = Abs(F("sold_units") - F("forecast_units"))
        money = miss * F("unit_price")
        return self.order_by("-is_promoted", money.desc(nulls_last=True), miss.desc(), "pk")


@pghistory.track(exclude=NUMBERS)
class DemandSignal(ConcurrentTransitionMixin, models.Model):
    """That a SKU sells out of step with its forecast: a point for the weekly review, until it is decided.

    The numbers are those of the weeks from ``first_week_start`` to ``last_week_start``, of which ``weeks``
    say something; while it is open each night renews them, decided they stay as they were decided on.
    ``side_weeks`` of them, the newest, are on the same side without a break. ``within_since`` is the week
    with which the tracking signal came back within its limits.
    """

    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="demand_signals")
    status = FSMField(choices=SignalStatus.choices, default=SignalStatus.OPEN, protected=True)
    opened_on = models.DateField(help_text="The business date of the night that raised it.")
    first_week_start = models.DateField()
    last_week_start = models.DateField()
    weeks = models.PositiveSmallIntegerField()
    tracking_signal = models.FloatField(help_text="Cumulative error ÷ mean absolute deviation.")
    sold_units = models.FloatField()
    forecast_units = models.FloatField()
    unmet_units = models.FloatField(help_text="Estimated demand that found no stock.")
    side_weeks = models.PositiveSmallIntegerField()
    side_sold_units = models.FloatField()
    side_forecast_units = models.FloatField()
    side_unmet_units = models.FloatField(
        default=0.0, help_text="Estimated demand that found no stock in the weeks on one side."
    )
    unit_price = models.FloatField(null=True)
    is_promoted = models.BooleanField(help_text="On promotion somewhere in the last of its weeks.")
    main_region = models.CharField(max_length=80, blank=True, help_text="Where most of the miss lies.")
    within_since = models.DateField(null=True)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    decision = models.TextField(blank=True)

    objects = DemandSignalQuerySet.as_manager()

    class Meta:
        ordering = ["-opened_on", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["product"], condition=Q(status="open"), name="one_open_signal_a_sku"
            ),
            models.CheckConstraint(
                condition=Q(status="open", decision="", decided_at=None, decided_by=None)
                | Q(status="decided", decided_at__isnull=False, decided_by__isnull=False) & ~Q(decision=""),
                name="decided_signal_has_its_decision",
            ),
            models.CheckConstraint(
                condition=Q(
                    last_week_start__gte=F("first_week_start"), weeks__gte=1, side_weeks__lte=F("weeks")
                ),
                name="signal_weeks_in_order",
            ),
        ]

    def __str__(self) -> str:
        return str(self.product)

    def get_absolute_url(self) -> str:
        return reverse("signals:sku", args=[self.product_id])

    @property
    def state(self) -> SignalStatus:
        """The status as a member, with its tone."""
        return SignalStatus(self.status)

    @property
    def error_units(self) -> float:
        """Units sold less units forecast."""
        return self.sold_units - self.forecast_units

    @property
    def error_money(self) -> float | None:
        """The same at the SKU's price; None where that is not known."""
        return None if self.unit_price is None else self.error_units * self.unit_price

    @property
    def side(self) -> Side:
        """Which way it points."""
        return Side.ABOVE if self.error_units > 0 else Side.BELOW

    @property
    def words(self) -> str:
        """What it says, in a sentence: ``Sells 38% above the forecast for six weeks, …``."""
        return signal_words(
            side=(self.side_weeks, self.side_sold_units, self.side_forecast_units),
            whole=(self.weeks, self.sold_units, self.forecast_units),
            tracking_signal=self.tracking_signal,
            side_unmet_units=self.side_unmet_units,
        )

    @property
    def tracking_words(self) -> str:
        """The tracking signal with its sign: ``+5.2``."""
        return signed(self.tracking_signal)

    @property
    def is_back_within(self) -> bool:
        """Whether the sales came back to the forecast since it was raised."""
        return self.within_since is not None

    @transition(
        status,
        source=SignalStatus.OPEN,
        target=SignalStatus.DECIDED,
        permission="scorecard.decide_signal",
        custom={"label": "Decide"},
    )
    def decide(self) -> None:
        """Somebody said what follows from it, or that nothing does."""
