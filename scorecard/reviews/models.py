"""Quarterly reviews, and what was decided in them."""

import pghistory
from django.conf import settings
from django.db import models
from django.db.models import Q

from sop_site.operating_model.models import OperatingModel


@pghistory.track()
class QuarterlyReview(models.Model):
    """The review of one fiscal quarter; when it is closed, its weeks are."""

    year = models.PositiveSmallIntegerField()
    quarter = models.PositiveSmallIntegerField()
    opened_at = models.DateTimeField()
    summary = models.TextField(blank=True, help_text="What the chair wants said first.")
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        ordering = ["-year", "-quarter"]
        constraints = [
            models.UniqueConstraint(fields=["year", "quarter"], name="quarter_reviewed_once"),
            models.CheckConstraint(condition=Q(quarter__gte=1, quarter__lte=4), name="quarter_of_a_year"),
            models.CheckConstraint(
                condition=Q(closed_at=None, closed_by=None)
                | Q(closed_at__isnull=False, closed_by__isnull=False),
                name="closed_quarter_has_a_closer",
            ),
        ]

    def __str__(self) -> str:
        return f"Q{self.quarter} FY{self.year % 100:02d}"


@pghistory.track()
class ReviewDecision(models.Model):
    """A decision that a review is asked for, and once it is taken what was decided, by whom, and on what."""

    review = models.ForeignKey(QuarterlyReview, on_delete=models.CASCADE, related_name="decisions")
    question = models.CharField(max_length=300)
    operating_model = models.ForeignKey(
        OperatingModel, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    asked_at = models.DateTimeField()
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    decision = models.TextField(blank=True)
    assumption = models.CharField(max_length=300, blank=True)
    would_change_it = models.CharField(max_length=300, blank=True, help_text="What would change our mind.")
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        ordering = ["asked_at"]
        constraints = [
            models.CheckConstraint(condition=~Q(question=""), name="review_decision_asks"),
            models.CheckConstraint(
                condition=Q(decision="", decided_at=None, decided_by=None)
                | Q(decided_at__isnull=False, decided_by__isnull=False) & ~Q(decision=""),
                name="review_decision_has_a_decider",
            ),
        ]

    def __str__(self) -> str:
        return self.question


class PreRead(models.Model):
    """The pre-read of a review as a file, made by the worker; the newest counts."""

    review = models.ForeignKey(QuarterlyReview, on_delete=models.CASCADE, related_name="pre_reads")
    asked_at = models.DateTimeField()
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(null=True, blank=True)
    pdf = models.BinaryField(null=True, blank=True)
    error = models.TextField(blank=True)

    class Meta:
        ordering = ["-asked_at"]

    def __str__(self) -> str:
        return f"Pre-read of {self.review_id}"
