"""What each campaign came to."""

from django.db import models
from django.db.models import F, Q

from marketing.campaigns.models import Campaign
from scorecard.measures.models import WeekSnapshot, closed_is_locked


class CampaignOutcome(models.Model):
    """Marketing's and Planning's figures of one campaign side by side, in the week in which it ends.

    Units and money are of its SKUs at its doors on its days. What was sold above the baseline is
    ``uplift_units``. ``media_wasted`` is the spend on demand that was not served: spend × unmet ÷ demand.
    ``leftover_units`` are those above the target cover at its doors a week after it ended. None where the
    source is missing; ``days_seen`` ÷ ``days`` says how much of it the nights saw.
    """

    snapshot = models.ForeignKey(WeekSnapshot, on_delete=models.CASCADE, related_name="outcomes")
    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="outcomes")
    skus = models.PositiveIntegerField()
    doors = models.PositiveIntegerField()
    is_late = models.BooleanField(help_text="Submitted less than the decision window before its start.")
    submitted_weeks_ahead = models.FloatField(null=True)

    planned_units = models.FloatField(help_text="Baseline and planned uplift.")
    sold_units = models.FloatField()
    unmet_units = models.FloatField()
    baseline_units = models.FloatField()
    uplift_units = models.FloatField()
    days = models.FloatField(help_text="SKU-door-days of the campaign, ranged and open.")
    days_seen = models.FloatField()
    days_out = models.FloatField()
    skus_out = models.PositiveIntegerField(default=0)
    net_sales = models.FloatField()
    margin = models.FloatField(null=True)
    lost_revenue = models.FloatField(null=True)
    lost_margin = models.FloatField(null=True)

    visits_target = models.PositiveIntegerField(null=True)
    visits_actual = models.PositiveIntegerField(null=True)
    orders_target = models.PositiveIntegerField(null=True)
    orders_actual = models.PositiveIntegerField(null=True)
    revenue_target = models.FloatField(null=True)
    revenue_actual = models.FloatField(null=True)
    spend_target = models.FloatField(null=True)
    spend_actual = models.FloatField(null=True)
    media_wasted = models.FloatField(null=True)
    leftover_units = models.FloatField(null=True)
    leftover_at_cost = models.FloatField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["snapshot", "campaign"], name="outcome_once"),
            models.CheckConstraint(
                condition=Q(days_seen__lte=F("days") + 0.001) & Q(days_out__lte=F("days_seen") + 0.001),
                name="outcome_days_in_order",
            ),
        ]
        triggers = [closed_is_locked()]

    def __str__(self) -> str:
        return f"Outcome of {self.campaign_id}"
