"""Kinds and states of remedies."""

from django.db import models


class RemedyKind(models.TextChoices):
    EXPEDITE = "expedite", "Expedite a receipt"
    REALLOCATE = "reallocate", "Reallocate from another door"
    SHIFT = "shift", "Shift the featured SKU"
    REDUCE = "reduce", "Reduce the demand expectation"


# These change Marketing's plan, so Marketing must consent.
NEEDS_CONSENT = (RemedyKind.SHIFT, RemedyKind.REDUCE)


class RemedyStatus(models.TextChoices):
    PROPOSED = "proposed", "Waits for Marketing's consent"
    IN_FORCE = "in_force", "In force"
    DECLINED = "declined", "Declined"
    WITHDRAWN = "withdrawn", "Withdrawn"
