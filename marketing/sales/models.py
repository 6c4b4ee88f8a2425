"""Weekly sales by SKU and door, and the promotions of the past."""

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import F, Q

from marketing.catalogue.models import Door, Product


class Mechanic(models.Model):
    """How a promotion works: a price cut, a feature, a site-wide event, …"""

    code = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=80)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class WeeklySales(models.Model):
    """Units of a SKU sold at a door in one fiscal week (``week_start`` is its Sunday).

    Units may be fractional (normalised histories) and may be negative (returns). ``observed_days``
    says how many days of the week the source covers; ``promoted_days`` of them were on promotion and
    ``out_of_stock_share`` (0 to 1) of their selling time had no stock.
    """

    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="+")
    door = models.ForeignKey(Door, on_delete=models.CASCADE, related_name="+")
    week_start = models.DateField()
    units = models.DecimalField(max_digits=14, decimal_places=4)
    revenue = models.DecimalField(max_digits=14, decimal_places=4, null=True)
    base_price = models.DecimalField(max_digits=12, decimal_places=4, null=True)
    observed_days = models.PositiveSmallIntegerField(default=7)
    promoted_days = models.PositiveSmallIntegerField(default=0)
    out_of_stock_share = models.FloatField(default=0.0)

    class Meta:
        verbose_name_plural = "weekly sales"
        constraints = [
            models.UniqueConstraint(fields=["product", "door", "week_start"], name="sales_once_a_week"),
            models.CheckConstraint(
                condition=Q(observed_days__gte=1, observed_days__lte=7), name="sales_observed_within_week"
            ),
            models.CheckConstraint(
                condition=Q(out_of_stock_share__gte=0, out_of_stock_share__lte=1), name="sales_out_share"
            ),
        ]
        # Weeks are added one after the other, so that a few kilobytes say where each of them lies.
        indexes = [BrinIndex(fields=["week_start"], name="sales_by_week", autosummarize=True)]

    def __str__(self) -> str:
        return f"{self.product_id} at {self.door_id}, week of {self.week_start}: {self.units}"


class PastPromotion(models.Model):
    """A SKU that was promoted at a door from one day to another."""

    code = models.CharField(max_length=40, help_text="The retailer's own number for the promotion.")
    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="+")
    door = models.ForeignKey(Door, on_delete=models.CASCADE, related_name="+")
    mechanic = models.ForeignKey(Mechanic, on_delete=models.PROTECT, related_name="+")
    starts_on = models.DateField()
    ends_on = models.DateField()
    promo_price = models.DecimalField(max_digits=12, decimal_places=4, null=True)
    discount_ratio = models.FloatField(null=True, help_text="1 − promotion price ÷ base price")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["code", "product", "door"], name="past_promotion_once"),
            models.CheckConstraint(condition=Q(ends_on__gte=F("starts_on")), name="past_promotion_in_order"),
        ]
        indexes = [models.Index(fields=["product", "door", "starts_on"], name="past_promotion_lookup")]

    def __str__(self) -> str:
        return f"{self.code}: {self.product_id} at {self.door_id}"
