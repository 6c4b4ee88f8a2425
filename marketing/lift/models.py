"""What promotions of each mechanic have added in the past."""

from django.db import models

from marketing.sales.models import Mechanic


class MechanicLift(models.Model):
    """The spread of past uplifts of one mechanic, as incremental ÷ base (definitions: Lift)."""

    mechanic = models.OneToOneField(Mechanic, on_delete=models.CASCADE, related_name="past_lift")
    median_uplift_ratio = models.FloatField()
    p10_uplift_ratio = models.FloatField()
    p90_uplift_ratio = models.FloatField()
    event_count = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"{self.mechanic}: +{self.median_uplift_ratio:.0%} (n {self.event_count})"
