"""The two columns by which a row says what it is about."""

from django.db import models
from django.db.models import Q

from scorecard.about.choices import AboutKind


class AboutModel(models.Model):
    """A row that may be about something; the thing may be gone, the row stays."""

    about_kind = models.CharField(max_length=16, choices=AboutKind.choices, default=AboutKind.NOTHING)
    about_key = models.CharField(max_length=200, blank=True)

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                condition=Q(about_kind=AboutKind.NOTHING, about_key="")
                | ~Q(about_kind=AboutKind.NOTHING) & ~Q(about_key=""),
                name="%(class)s_about_has_a_key",
            )
        ]
        indexes = [models.Index(fields=["about_kind", "about_key"], name="%(class)s_about")]
