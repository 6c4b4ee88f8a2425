"""The figures of each fiscal week: sums that add up, what stands behind them, and how they were corrected."""

from typing import Final

import pghistory
import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from marketing.campaigns.models import Campaign
from marketing.catalogue.models import Category, Door, Product
from marketing.sales.models import Mechanic
from scorecard.measures.choices import Measure, SellingChannel
from sop_site.locks import locked_since

# Of the forecasts whose errors are kept, before each week: definitions, Forecast accuracy.
LAGS_WEEKS: Final = (0, 4, 8)


def closed_is_locked() -> pgtrigger.Trigger:
    """The database itself refuses to change what belongs to a closed week."""
    return locked_since(
        name="closed_is_locked",
        through="snapshot_id",
        of="scorecard_weeksnapshot",
        since="closed_at",
        says="A closed week does not change.",
    )


class WeekSnapshotQuerySet(models.QuerySet["WeekSnapshot"]):
    def in_force(self) -> "WeekSnapshotQuerySet":
        """The newest edition of each week."""
        return self.filter(is_newest=True)


class WeekSnapshot(models.Model):
    """The figures of one fiscal week as they were last taken.

    While the week is open each night takes them anew; closed, they never change: a late correction is a
    further ``edition``, with its reason, and the earlier ones stay. ``source_digest`` is of what they were
    made from, so that a late change of a closed week is noticed.
    """

    week_start = models.DateField()
    edition = models.PositiveSmallIntegerField(default=1)
    is_newest = models.BooleanField(default=True)
    taken_at = models.DateTimeField()
    taken_on = models.DateField(help_text="The business date of the night.")
    closed_at = models.DateTimeField(null=True, blank=True)
    source_digest = models.CharField(max_length=64, blank=True)
    changed_on = models.DateField(
        null=True, blank=True, help_text="When a night noticed that what a closed week was made from changed."
    )
    has_stock = models.BooleanField(default=False, help_text="Whether stock was known in this week.")
    reason = models.TextField(blank=True, help_text="Why a closed week was restated.")
    restated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    objects = WeekSnapshotQuerySet.as_manager()

    class Meta:
        ordering = ["week_start", "edition"]
        constraints = [
            models.UniqueConstraint(fields=["week_start", "edition"], name="week_edition_once"),
            models.UniqueConstraint(
                fields=["week_start"], condition=Q(is_newest=True), name="one_newest_edition"
            ),
            models.CheckConstraint(
                condition=Q(edition=1, reason="", restated_by=None)
                | Q(edition__gt=1, restated_by__isnull=False) & ~Q(reason=""),
                name="restatement_says_why",
            ),
        ]

    def __str__(self) -> str:
        return f"week of {self.week_start}, edition {self.edition}"


class WeekFact(models.Model):
    """Sums over SKU-doors of one week that add up: of a category, a region, a channel and a mechanic.

    Without a ``mechanic`` they are of the days without promotion; stock, which a promotion does not divide,
    stands there too. A row ``is_total`` is a sum over categories, so that pages read few rows: over all of
    them where it has no category, else over its category with all below it, where several of these have rows.
    Demand is sold and unmet units. Money leaves out units whose price or cost is not known, which
    ``unpriced_units`` and ``uncosted_units`` count (of sold and unmet ones together).
    """

    snapshot = models.ForeignKey(WeekSnapshot, on_delete=models.CASCADE, related_name="facts")
    is_total = models.BooleanField(default=False)
    category = models.ForeignKey(Category, on_delete=models.PROTECT, null=True, related_name="+")
    region = models.CharField(max_length=80, blank=True)
    channel = models.CharField(max_length=12, choices=SellingChannel.choices)
    mechanic = models.ForeignKey(Mechanic, on_delete=models.PROTECT, null=True, related_name="+")

    sku_doors = models.PositiveIntegerField(default=0, help_text="Ranged and open on at least one day.")
    door_days = models.FloatField(default=0, help_text="SKU-door-days ranged, open and observed.")
    out_door_days = models.FloatField(default=0)
    sold_units = models.FloatField(default=0)
    unmet_units = models.FloatField(default=0)
    net_sales = models.FloatField(default=0)
    sales_at_cost = models.FloatField(default=0)
    margin = models.FloatField(default=0, help_text="Net sales less cost, where both are known.")
    markdown = models.FloatField(default=0, help_text="What units sold below their base price gave away.")
    lost_revenue = models.FloatField(default=0)
    lost_margin = models.FloatField(default=0)
    unpriced_units = models.FloatField(default=0)
    uncosted_units = models.FloatField(default=0)
    opening_units = models.FloatField(default=0)
    closing_units = models.FloatField(default=0)
    opening_at_cost = models.FloatField(default=0)
    closing_at_cost = models.FloatField(default=0)
    outlook_units = ArrayField(
        models.FloatField(),
        default=list,
        help_text="Expected demand of the weeks that follow, as the week knew it; where stock stands.",
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["snapshot", "is_total", "category", "region", "channel", "mechanic"],
                name="week_fact_once",
                nulls_distinct=False,
            ),
        ]
        indexes = [models.Index(fields=["category", "snapshot"], name="week_fact_by_category")]
        triggers = [closed_is_locked()]

    def __str__(self) -> str:
        return f"{self.snapshot_id}: {self.category_id}, {self.region}, {self.channel}"


class AccuracyFact(models.Model):
    """Errors of the forecasts of one week, summed over SKU × door group cells, by layer.

    The arrays are in the order of `planning.consensus.choices.Layer`: forecast units and absolute errors of
    every layer of the forecast in force ``lag_weeks`` before the week, on the same cells. Rows ``is_total``
    are sums over categories, as those of `WeekFact`.
    """

    snapshot = models.ForeignKey(WeekSnapshot, on_delete=models.CASCADE, related_name="accuracy_facts")
    is_total = models.BooleanField(default=False)
    category = models.ForeignKey(Category, on_delete=models.PROTECT, null=True, related_name="+")
    region = models.CharField(max_length=80, blank=True)
    is_promoted = models.BooleanField()
    lag_weeks = models.PositiveSmallIntegerField()
    cells = models.PositiveIntegerField()
    actual_units = models.FloatField()
    forecast_units = ArrayField(models.FloatField())
    absolute_error_units = ArrayField(models.FloatField())

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["snapshot", "is_total", "category", "region", "is_promoted", "lag_weeks"],
                name="accuracy_fact_once",
                nulls_distinct=False,
            ),
        ]
        indexes = [models.Index(fields=["category", "snapshot"], name="accuracy_fact_by_category")]
        triggers = [closed_is_locked()]

    def __str__(self) -> str:
        return f"{self.snapshot_id}: {self.category_id}, lag {self.lag_weeks}"


class WeekDetail(models.Model):
    """The SKU-doors behind a week's facts of one category, packed (`scorecard.measures.packing`)."""

    snapshot = models.ForeignKey(WeekSnapshot, on_delete=models.CASCADE, related_name="details")
    category = models.ForeignKey(Category, on_delete=models.PROTECT, null=True, related_name="+")
    sku_doors = models.PositiveIntegerField()
    packed = models.BinaryField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["snapshot", "category"], name="week_detail_once", nulls_distinct=False
            ),
        ]
        triggers = [closed_is_locked()]

    def __str__(self) -> str:
        return f"{self.snapshot_id}: {self.category_id}"


class PromotedDays(models.Model):
    """The days of a campaign on which a SKU was in stock at a door, or out, as each night saw them.

    ``states`` has one byte a day of the campaign: a member of `scorecard.measures.choices.DayState`.
    ``category`` is that of the SKU when a night first saw it, so that no SKU that moves later takes its days
    of closed weeks along.
    """

    pk = models.CompositePrimaryKey("campaign_id", "product_id", "door_id")
    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="promoted_days")
    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="+", db_index=False)
    door = models.ForeignKey(Door, on_delete=models.CASCADE, related_name="+", db_index=False)
    category = models.ForeignKey(
        Category, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    states = models.BinaryField()

    def __str__(self) -> str:
        return f"{self.campaign_id}: {self.product_id} at {self.door_id}"


class ProcessFact(models.Model):
    """How the process served one campaign, in the week in which it starts: its risks by category.

    Risks are the SKUs of it that ever needed a decision. ``lead_days`` says of each decided one how many days
    before the campaign's start it was decided. A remedy worked if its SKU was then never out in the campaign.
    """

    snapshot = models.ForeignKey(WeekSnapshot, on_delete=models.CASCADE, related_name="process_facts")
    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="+")
    category = models.ForeignKey(Category, on_delete=models.PROTECT, null=True, related_name="+")
    risks = models.PositiveIntegerField(default=0)
    seen_early = models.PositiveIntegerField(default=0, help_text="Seen six weeks ahead or more.")
    with_deadline = models.PositiveIntegerField(
        default=0, help_text="Decided risks that had a decide-by date."
    )
    decided_in_time = models.PositiveIntegerField(default=0)
    remedies = models.PositiveIntegerField(default=0, help_text="In force, of SKUs whose days were seen.")
    remedies_worked = models.PositiveIntegerField(default=0)
    lead_days = ArrayField(models.FloatField(), default=list)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["snapshot", "campaign", "category"], name="process_fact_once", nulls_distinct=False
            ),
            models.CheckConstraint(
                condition=Q(seen_early__lte=models.F("risks"))
                & Q(decided_in_time__lte=models.F("with_deadline"))
                & Q(remedies_worked__lte=models.F("remedies")),
                name="process_fact_in_order",
            ),
        ]
        triggers = [closed_is_locked()]

    def __str__(self) -> str:
        return f"{self.snapshot_id}: {self.campaign_id}"


@pghistory.track()
class MeasureTarget(models.Model):
    """What a measure should be from a day on, for everything or for a category with all below it."""

    measure = models.CharField(max_length=32, choices=Measure.choices)
    category = models.ForeignKey(Category, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    effective_from = models.DateField()
    value = models.FloatField()
    reason = models.CharField(max_length=300)
    set_at = models.DateTimeField()
    set_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["measure", "-effective_from"]
        constraints = [
            models.UniqueConstraint(
                fields=["measure", "category", "effective_from"],
                name="target_once_a_day",
                nulls_distinct=False,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_measure_display()} from {self.effective_from}: {self.value:g}"
