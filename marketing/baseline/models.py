"""The baseline forecast per SKU and door."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from marketing.catalogue.models import Door, Product


class BaselineBasis(models.TextChoices):
    NON_PROMOTED = "non_promoted", "mean of recent weeks without promotion"
    ALL_WEEKS = "all_weeks", "mean of all recent weeks: none was free of promotion"


class BaselineForecast(models.Model):
    """Expected weekly units without promotions.

    ``weekly_units[k]`` belongs to the fiscal week that starts ``k`` weeks after ``first_week_start``.
    Written by the nightly fit, never by people.
    """

    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="+")
    door = models.ForeignKey(Door, on_delete=models.CASCADE, related_name="+")
    first_week_start = models.DateField()
    weekly_units = ArrayField(models.FloatField())
    basis = models.CharField(max_length=20, choices=BaselineBasis.choices)
    weeks_used = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["product", "door"], name="baseline_once")]

    def __str__(self) -> str:
        return f"Baseline of {self.product_id} at {self.door_id}"
