"""Versions of the operating model."""

from datetime import date

import pghistory
from django.db import models


class OperatingModelQuerySet(models.QuerySet["OperatingModel"]):
    def in_force(self, day: date) -> "OperatingModel":
        """The newest version effective on ``day``."""
        return self.filter(effective_from__lte=day).latest("effective_from", "version")


@pghistory.track()
class OperatingModel(models.Model):
    """One version of what leadership decided. A flag says under which version it was raised."""

    version = models.PositiveIntegerField(unique=True)
    effective_from = models.DateField()
    note = models.TextField(blank=True)

    cover_threshold = models.FloatField(
        default=1.1,
        help_text="A SKU is at risk when supply over the campaign covers less than this × demand.",
    )
    watch_margin = models.FloatField(
        default=0.1, help_text="Cover within this margin above the threshold is watched."
    )
    decision_window_from_weeks = models.PositiveSmallIntegerField(default=6)
    decision_window_to_weeks = models.PositiveSmallIntegerField(default=8)
    horizon_weeks = models.PositiveSmallIntegerField(default=13)
    large_risk_amount = models.DecimalField(
        max_digits=12,
        decimal_places=2,
        default=10_000,
        help_text="Accepting more revenue at risk than this needs the VP Planning and the CMO.",
    )
    accepted_growth_tolerance = models.FloatField(
        default=0.1,
        help_text="A risk that grows past its accepted size by this share is worse than accepted.",
    )
    lift_to_confirm_percent = models.FloatField(
        default=1000.0, help_text="A lift above this must be confirmed by the person who enters it."
    )
    creative_lock_days = models.PositiveSmallIntegerField(
        default=21, help_text="Days before a campaign's start after which its featured SKUs cannot change."
    )
    media_lock_days = models.PositiveSmallIntegerField(
        default=10, help_text="Days before a campaign's start after which its size cannot change."
    )
    default_lead_time_days = models.PositiveSmallIntegerField(default=42)
    default_expedite_days = models.PositiveSmallIntegerField(default=14)
    default_transfer_days = models.PositiveSmallIntegerField(default=5)
    consensus_submit_days = models.PositiveSmallIntegerField(
        default=10,
        help_text="Days into the fiscal month by which the functions submit their forecasts.",
    )
    consensus_reconcile_days = models.PositiveSmallIntegerField(
        default=17, help_text="Days into the fiscal month by which the consensus is reconciled."
    )
    consensus_sign_days = models.PositiveSmallIntegerField(
        default=24, help_text="Days into the fiscal month by which the forecast is signed."
    )
    consensus_drift_tolerance = models.FloatField(
        default=0.1,
        help_text="Expected units this share above or below the signed forecast go to the weekly review.",
    )
    target_cover_weeks = models.FloatField(
        default=3.0, help_text="Weeks of demand that planned orders keep in stock."
    )
    buy_service_level = models.FloatField(
        null=True,
        blank=True,
        help_text="The chance of staying in stock that planned orders aim at, instead of the cover.",
    )

    objects = OperatingModelQuerySet.as_manager()

    class Meta:
        ordering = ["-version"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(decision_window_from_weeks__lte=models.F("decision_window_to_weeks")),
                name="decision_window_in_order",
            ),
            models.CheckConstraint(
                condition=models.Q(cover_threshold__gt=0, watch_margin__gte=0),
                name="cover_threshold_positive",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    consensus_submit_days__lte=models.F("consensus_reconcile_days"),
                    consensus_reconcile_days__lte=models.F("consensus_sign_days"),
                    consensus_sign_days__lte=27,
                ),
                name="consensus_timetable_in_order",
            ),
            models.CheckConstraint(
                condition=models.Q(consensus_drift_tolerance__gte=0, target_cover_weeks__gte=0)
                & (
                    models.Q(buy_service_level=None)
                    | models.Q(buy_service_level__gte=0.5, buy_service_level__lt=1)
                ),
                name="consensus_limits_in_range",
            ),
        ]

    def __str__(self) -> str:
        return f"Operating model {self.version}"
