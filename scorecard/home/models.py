"""When a person was last here."""

from django.conf import settings
from django.db import models


class Visit(models.Model):
    """The newest visit of a person and the one before it, since which the front page tells what changed."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="visit")
    began_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()
    before_at = models.DateTimeField(null=True, blank=True, help_text="When the visit before it ended.")

    def __str__(self) -> str:
        return f"{self.user} at {self.last_seen_at}"
