"""Cycles, and the versions of their forecast with every function's numbers and the entries behind them."""

from datetime import date, timedelta

import pghistory
import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django_fsm import ConcurrentTransitionMixin, FSMField, transition

from marketing.catalogue.models import Category, Product
from planning.consensus.choices import CycleStatus, EntrySource, Layer
from sop_site.fiscal import WEEK, FiscalMonth, month_of
from sop_site.locks import locked_since

HORIZON_MONTHS = 6


def published_is_locked() -> pgtrigger.Trigger:
    """The database itself refuses to change what belongs to a published version."""
    return locked_since(
        name="published_is_locked",
        through="version_id",
        of="planning_forecastversion",
        since="published_at",
        says="A published forecast does not change.",
    )


@pghistory.track()
class Cycle(ConcurrentTransitionMixin, models.Model):
    """One round of the consensus: held in one fiscal month, about the six that follow it.

    ``month_start`` is the first day of the month in which it is held. Each date is the last day on which
    its step is in time.
    """

    month_start = models.DateField(unique=True)
    status = FSMField(choices=CycleStatus.choices, default=CycleStatus.COLLECTING, protected=True)
    submit_by_date = models.DateField()
    reconcile_by_date = models.DateField()
    sign_by_date = models.DateField()
    opened_at = models.DateTimeField(help_text="When the data was frozen.")
    published_at = models.DateTimeField(null=True, blank=True, help_text="When it was last published.")

    class Meta:
        ordering = ["-month_start"]
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    submit_by_date__gte=F("month_start"),
                    reconcile_by_date__gte=F("submit_by_date"),
                    sign_by_date__gte=F("reconcile_by_date"),
                ),
                name="cycle_timetable_in_order",
            ),
            models.CheckConstraint(
                condition=~Q(status="published") | Q(published_at__isnull=False),
                name="cycle_published_has_a_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.month.label} consensus"

    def get_absolute_url(self) -> str:
        return reverse("consensus:cycle", args=[self.pk])

    @property
    def month(self) -> FiscalMonth:
        """The fiscal month in which it is held."""
        return month_of(self.month_start)

    @property
    def months(self) -> tuple[FiscalMonth, ...]:
        """The six fiscal months that it is about."""
        return tuple(self.month + place for place in range(1, HORIZON_MONTHS + 1))

    @property
    def stage(self) -> CycleStatus:
        """The status as a member, with its tone."""
        return CycleStatus(self.status)

    @property
    def current_version(self) -> "ForecastVersion":
        """The version that is worked on, or was published last."""
        return self.versions.latest("number")

    @transition(
        status,
        source=CycleStatus.COLLECTING,
        target=CycleStatus.RECONCILING,
        permission="planning.run_consensus",
        custom={"label": "Begin to reconcile"},
    )
    def begin_reconciling(self) -> None:
        """The functions' numbers are in, or their time is over."""

    @transition(
        status,
        source=CycleStatus.RECONCILING,
        target=CycleStatus.SIGNING,
        permission="planning.run_consensus",
        custom={"label": "Ask for signatures"},
    )
    def ask_for_signatures(self) -> None:
        """The consensus is proposed for signature; no point may be open."""

    @transition(
        status,
        source=CycleStatus.SIGNING,
        target=CycleStatus.RECONCILING,
        permission="planning.send_forecast_back",
        custom={"label": "Send back"},
    )
    def send_back(self) -> None:
        """A signer does not agree; given signatures are void."""

    @transition(
        status,
        source=CycleStatus.SIGNING,
        target=CycleStatus.PUBLISHED,
        permission="planning.chair_forecast",
        custom={"label": "Publish"},
    )
    def publish(self) -> None:
        """The last signature publishes and locks."""

    @transition(
        status,
        source=CycleStatus.PUBLISHED,
        target=CycleStatus.RECONCILING,
        permission="planning.chair_forecast",
        custom={"label": "Reopen"},
    )
    def reopen(self) -> None:
        """The chair opens a published forecast again; the published version stays in force meanwhile."""


@pghistory.track()
class ForecastVersion(models.Model):
    """One version of a cycle's forecast. Once published it never changes.

    ``first_week_start`` is the Sunday of its first week, ``weeks_of_months`` how many weeks each of its
    months has. ``opened_reason`` says why a published one was opened again.
    """

    cycle = models.ForeignKey(Cycle, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField(default=1)
    first_week_start = models.DateField()
    weeks_of_months = ArrayField(models.PositiveSmallIntegerField(), size=HORIZON_MONTHS)
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    opened_reason = models.TextField(blank=True)
    published_at = models.DateTimeField(null=True, blank=True)
    published_on = models.DateField(
        null=True, blank=True, help_text="The business date on which it came into force."
    )
    snapshot = models.CharField(
        max_length=64, blank=True, help_text="The hash of every number and assumption that was signed."
    )

    class Meta:
        ordering = ["cycle", "number"]
        constraints = [
            models.UniqueConstraint(fields=["cycle", "number"], name="forecast_version_once"),
            models.UniqueConstraint(
                fields=["cycle"], condition=Q(published_at=None), name="one_forecast_is_worked_on"
            ),
            models.CheckConstraint(
                condition=Q(published_at=None, published_on=None)
                | Q(published_at__isnull=False, published_on__isnull=False) & ~Q(snapshot=""),
                name="published_forecast_has_its_snapshot",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.cycle}, version {self.number}"

    @property
    def weeks(self) -> int:
        """How many fiscal weeks it covers."""
        return sum(self.weeks_of_months)

    @property
    def last_day(self) -> date:
        """The last day that it covers."""
        return self.first_week_start + self.weeks * WEEK - timedelta(days=1)

    @property
    def entries_so_far(self) -> "models.QuerySet[ForecastEntry]":
        """The entries behind its numbers, newest first: its own and those of the versions before it."""
        return ForecastEntry.objects.filter(version__cycle=self.cycle_id, version__number__lte=self.number)

    @property
    def month_of_week(self) -> list[int]:
        """The place of the month of each week."""
        return [month for month, weeks in enumerate(self.weeks_of_months) for _ in range(weeks)]


class ForecastBlock(models.Model):
    """The numbers of the SKUs of one category at the doors of one region, packed (``packing.py``).

    ``calculated`` holds units by layer, SKU and week, frozen when the cycle opened; ``entered`` units by
    layer, SKU and month; ``money`` each SKU's price and cost as of the freeze. SKUs stand in the order of
    ``product_ids``. ``totals`` are the sums over them (``packing.Totals``) and ``digest`` the hash of all
    of it, both renewed with every write.
    """

    version = models.ForeignKey(ForecastVersion, on_delete=models.CASCADE, related_name="blocks")
    category = models.ForeignKey(Category, on_delete=models.PROTECT, null=True, related_name="+")
    door_group = models.CharField(max_length=80)
    product_ids = ArrayField(models.BigIntegerField())
    calculated = models.BinaryField()
    entered = models.BinaryField()
    money = models.BinaryField()
    totals = ArrayField(models.FloatField())
    digest = models.CharField(max_length=64)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["version", "category", "door_group"], nulls_distinct=False, name="forecast_block_once"
            ),
        ]
        triggers = [published_is_locked()]

    def __str__(self) -> str:
        return f"{self.version_id}: {self.category_id} in {self.door_group}"


class ForecastEntry(models.Model):
    """A number that someone entered, kept for ever: for what, from what to what, and why.

    Its scope is a category with all below it, or a style of that category, or one SKU; ``door_group``
    is "" for all doors. ``month_place`` counts from 0.
    """

    version = models.ForeignKey(ForecastVersion, on_delete=models.CASCADE, related_name="entries")
    layer = models.CharField(max_length=16, choices=Layer.choices)
    category = models.ForeignKey(Category, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    style = models.CharField(max_length=120, blank=True)
    product = models.ForeignKey(Product, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    door_group = models.CharField(max_length=80, blank=True)
    month_place = models.PositiveSmallIntegerField()
    units_before = models.FloatField()
    units_after = models.FloatField()
    reason = models.CharField(max_length=300)
    assumption = models.CharField(max_length=300, blank=True)
    source = models.CharField(max_length=8, choices=EntrySource.choices, default=EntrySource.TYPED)
    entered_at = models.DateTimeField()
    entered_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-pk"]
        verbose_name_plural = "forecast entries"
        constraints = [
            models.CheckConstraint(
                condition=Q(units_after__gte=0, units_before__gte=0), name="forecast_entry_not_negative"
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="forecast_entry_has_a_reason"),
            models.CheckConstraint(
                condition=Q(month_place__lt=HORIZON_MONTHS), name="forecast_entry_within_the_horizon"
            ),
            models.CheckConstraint(
                condition=Q(product=None) | Q(style=""), name="forecast_entry_of_style_or_sku"
            ),
        ]
        indexes = [models.Index(fields=["version", "layer", "month_place"], name="forecast_entry_lookup")]
        triggers = [published_is_locked()]

    def __str__(self) -> str:
        return f"{self.get_layer_display()}: {self.units_before:g} to {self.units_after:g}"

    @property
    def subject(self) -> str:
        """What the number is for, in words: ``Tops, style Classic in North``."""
        if self.product is not None:
            subject = self.product.sku
        elif self.category is not None:
            subject = f"{self.category.name}, style {self.style}" if self.style else self.category.name
        else:
            subject = f"style {self.style}" if self.style else "all categories"
        return f"{subject} in {self.door_group}" if self.door_group else subject
