"""What became of signed forecasts: how far each layer was from what sold, and what raised numbers sold."""

from django.db import models

from marketing.catalogue.models import Category
from planning.consensus.choices import Layer
from planning.consensus.models.forecast import ForecastEntry


class LayerAccuracy(models.Model):
    """How far a layer of the forecast in force was from what then sold: one fiscal month, one category.

    Sums over SKUs and door groups of that month at a lag, on the same cells for every layer: so the forecast
    value added of a step is the difference of two layers' errors. Sales are those observed.
    """

    month_start = models.DateField()
    lag_weeks = models.PositiveSmallIntegerField()
    category = models.ForeignKey(Category, on_delete=models.CASCADE, null=True, related_name="+")
    layer = models.CharField(max_length=16, choices=Layer.choices)
    cells = models.PositiveIntegerField()
    actual_units = models.FloatField()
    forecast_units = models.FloatField()
    absolute_error_units = models.FloatField()

    class Meta:
        verbose_name_plural = "layer accuracies"
        constraints = [
            models.UniqueConstraint(
                fields=["month_start", "lag_weeks", "category", "layer"],
                nulls_distinct=False,
                name="layer_measured_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_layer_display()}, {self.month_start}, lag {self.lag_weeks}"


class RaiseOutcome(models.Model):
    """What was sold of a number that someone raised a little: of its scope, in its month, in units."""

    entry = models.OneToOneField(
        ForecastEntry, on_delete=models.CASCADE, primary_key=True, related_name="outcome"
    )
    sold_units = models.FloatField()

    def __str__(self) -> str:
        return f"{self.entry}, sold {self.sold_units:g}"
