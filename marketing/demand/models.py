"""The versions of what was learned from the sales."""

from django.contrib.postgres.fields import ArrayField
from django.db import models


class DemandFit(models.Model):
    """One fit of the demand model: the version that a suggestion or a baseline comes from.

    The error ratios are quantiles of actual / expected demand of promoted weeks, at 5 %, 10 %, … 95 %: of
    a SKU at one door, and of a SKU over all its doors; None where too few promotions tell.
    """

    fitted_at = models.DateTimeField(auto_now_add=True)
    last_week_start = models.DateField(help_text="The newest week of sales that it learned from.")
    weeks = models.PositiveIntegerField()
    sku_doors = models.PositiveIntegerField()
    event_count = models.PositiveIntegerField(help_text="Past promotions that it measured.")
    door_error_ratios = ArrayField(models.FloatField(), null=True)
    sku_error_ratios = ArrayField(models.FloatField(), null=True)

    class Meta:
        get_latest_by = "pk"

    def __str__(self) -> str:
        return f"fit {self.pk} of {self.last_week_start}"


class DemandFitPart(models.Model):
    """What a fit learned of some of the SKUs, as arrays; a large retailer is learned in parts.

    Kept for the newest fits only.
    """

    fit = models.ForeignKey(DemandFit, on_delete=models.CASCADE, related_name="parts")
    number = models.PositiveIntegerField()
    product_ids = ArrayField(models.BigIntegerField())
    learned = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["fit", "number"], name="fit_part_once")]

    def __str__(self) -> str:
        return f"part {self.number} of {self.fit_id}"
