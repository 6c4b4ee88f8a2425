"""What promotions did in the past."""

from django.db import models

from marketing.catalogue.models import Category, Product
from marketing.demand.models import DemandFit
from marketing.lift.choices import DiscountBand
from marketing.sales.models import Mechanic


class PastLift(models.Model):
    """What one past promotion of a SKU did, over all the doors that took part.

    A promotion here is a run of weeks in which the same mechanic ran at a good part of the SKU's doors.
    Written by the nightly fit, never by people.
    """

    fit = models.ForeignKey(DemandFit, on_delete=models.CASCADE, related_name="+")
    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="past_lifts")
    mechanic = models.ForeignKey(Mechanic, on_delete=models.CASCADE, related_name="+")
    starts_on = models.DateField()
    ends_on = models.DateField()
    door_count = models.PositiveIntegerField()
    discount_ratio = models.FloatField(null=True, help_text="1 − promotion price ÷ base price")
    sold_units = models.FloatField(help_text="What sold; more where it ran out and had to be completed.")
    baseline_units = models.FloatField(help_text="What would have sold without the promotion.")

    class Meta:
        ordering = ["-starts_on", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["product", "mechanic", "starts_on"], name="past_lift_once"),
            models.CheckConstraint(condition=models.Q(baseline_units__gt=0), name="past_lift_has_a_base"),
        ]

    def __str__(self) -> str:
        return f"{self.product_id}, {self.starts_on}: {self.multiplier:.2g} ×"

    @property
    def multiplier(self) -> float:
        """Units sold ÷ baseline units: 2.4 is 140 % on top of the base."""
        return self.sold_units / self.baseline_units


class LiftNorm(models.Model):
    """The spread of past lifts of a mechanic in a category at a depth of discount, as multipliers.

    Without a category it speaks of all of them, without a band of all depths.
    """

    fit = models.ForeignKey(DemandFit, on_delete=models.CASCADE, related_name="+")
    mechanic = models.ForeignKey(Mechanic, on_delete=models.CASCADE, related_name="+")
    category = models.ForeignKey(Category, on_delete=models.CASCADE, null=True, related_name="+")
    discount_band = models.CharField(max_length=12, choices=DiscountBand.choices, blank=True)
    event_count = models.PositiveIntegerField()
    p10_multiplier = models.FloatField()
    p50_multiplier = models.FloatField()
    p90_multiplier = models.FloatField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["mechanic", "category", "discount_band"],
                name="lift_norm_once",
                nulls_distinct=False,
            )
        ]

    def __str__(self) -> str:
        return f"{self.mechanic} {self.discount_band}: {self.p50_multiplier:.2g} × (n {self.event_count})"

    @property
    def p50_uplift_ratio(self) -> float:
        """The middle of the lifts as incremental ÷ base."""
        return self.p50_multiplier - 1.0
