"""The baseline forecast per SKU and door."""

from django.db import models
from django.db.models.functions import Length
from django.db.models.lookups import Exact

from marketing.baseline.vectors import PACKED_BYTES, WeeklyUnitsField
from marketing.catalogue.models import Door, Product


class BaselineBasis(models.TextChoices):
    """What a baseline rests on."""

    OWN_SALES = "own_sales", "its own sales"
    OTHER_DOORS = "other_doors", "few sales of its own, and its SKU at other doors"
    LIKE_ITEM = "like_item", "its like item"


class BaselineForecast(models.Model):
    """Expected weekly units without promotions.

    ``weekly_units[k]`` belongs to the fiscal week that starts ``k`` weeks after ``first_week_start``.
    Written by the nightly fit, never by people.
    """

    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="+")
    door = models.ForeignKey(Door, on_delete=models.CASCADE, related_name="+")
    first_week_start = models.DateField()
    weekly_units = WeeklyUnitsField()
    basis = models.CharField(max_length=20, choices=BaselineBasis.choices)
    weeks_used = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["product", "door"], name="baseline_once"),
            models.CheckConstraint(
                condition=Exact(Length("weekly_units"), PACKED_BYTES), name="baseline_has_all_weeks"
            ),
        ]

    def __str__(self) -> str:
        return f"Baseline of {self.product_id} at {self.door_id}"
