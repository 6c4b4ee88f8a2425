"""The versions of what was learned from the sales."""

from django.db import models


class DemandFit(models.Model):
    """One fit of the demand model: the version that a suggestion or a baseline comes from.

    ``effects`` holds what it learned, as arrays; it is kept for the newest fits only.
    """

    fitted_at = models.DateTimeField(auto_now_add=True)
    last_week_start = models.DateField(help_text="The newest week of sales that it learned from.")
    weeks = models.PositiveIntegerField()
    sku_doors = models.PositiveIntegerField()
    event_count = models.PositiveIntegerField(help_text="Past promotions that it measured.")
    effects = models.BinaryField(null=True)

    class Meta:
        get_latest_by = "pk"

    def __str__(self) -> str:
        return f"fit {self.pk} of {self.last_week_start}"
