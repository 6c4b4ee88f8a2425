"""What the Bridge saw each week, and replays of it under another operating model."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from scorecard.lab.choices import ReplayStatus
from sop_site.operating_model.models import OperatingModel


class Sighting(models.Model):
    """What was known of every planned campaign line in one week, before thresholds judged it.

    Packed (`scorecard.lab.packing`): of each campaign × SKU × region the worst cover, expected units and
    units short, and the stock at its doors. Written once a week, never changed: a replay sees what was known
    then.
    """

    week_start = models.DateField(unique=True)
    seen_on = models.DateField()
    operating_model = models.ForeignKey(OperatingModel, on_delete=models.PROTECT, related_name="+")
    lines = models.PositiveIntegerField()
    packed = models.BinaryField()

    class Meta:
        ordering = ["week_start"]

    def __str__(self) -> str:
        return f"week of {self.week_start}"


class Replay(models.Model):
    """A replay of some past weeks under a version of the operating model, beside the one it would replace."""

    model = models.ForeignKey(OperatingModel, on_delete=models.CASCADE, related_name="replays")
    beside = models.ForeignKey(OperatingModel, on_delete=models.PROTECT, related_name="+")
    first_week_start = models.DateField()
    last_week_start = models.DateField()
    status = models.CharField(max_length=8, choices=ReplayStatus.choices, default=ReplayStatus.WAITING)
    asked_at = models.DateTimeField()
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    weeks_done = models.PositiveIntegerField(default=0)
    weeks_in_all = models.PositiveIntegerField(default=0)
    result = models.JSONField(null=True, blank=True)
    error = models.TextField(blank=True)

    class Meta:
        ordering = ["-asked_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(last_week_start__gte=F("first_week_start")), name="replay_in_order"
            ),
            models.CheckConstraint(
                condition=~Q(status="done") | Q(finished_at__isnull=False, result__isnull=False),
                name="finished_replay_has_a_result",
            ),
        ]

    def __str__(self) -> str:
        return f"Replay of {self.model} from {self.first_week_start}"
