"""Statuses, channels and units of a campaign, with the tone in which pages show them."""

from django.db import models


class CampaignStatus(models.TextChoices):
    DRAFT = "draft", "Draft"
    SUBMITTED = "submitted", "Submitted"
    APPROVED = "approved", "Approved"
    REJECTED = "rejected", "Rejected"
    CANCELLED = "cancelled", "Cancelled"
    RUNNING = "running", "Running"
    COMPLETED = "completed", "Completed"

    @property
    def tone(self) -> str:
        """The colour family of the status; the word always stands beside it."""
        return STATUS_TONES[self]


STATUS_TONES = {
    CampaignStatus.DRAFT: "muted",
    CampaignStatus.SUBMITTED: "info",
    CampaignStatus.APPROVED: "good",
    CampaignStatus.REJECTED: "bad",
    CampaignStatus.CANCELLED: "muted",
    CampaignStatus.RUNNING: "live",
    CampaignStatus.COMPLETED: "muted",
}

# Campaigns whose uplift counts as demand. A draft is nobody's business but Marketing's.
PLANNED_STATUSES = (CampaignStatus.SUBMITTED, CampaignStatus.APPROVED, CampaignStatus.RUNNING)


class Channel(models.TextChoices):
    ALL = "all", "Stores and e-commerce"
    STORES = "stores", "Stores"
    ECOMMERCE = "ecommerce", "E-commerce"


class LiftUnit(models.TextChoices):
    PERCENT = "percent", "% on top of the baseline"
    MULTIPLIER = "multiplier", "× the baseline"
    UNITS = "units", "units on top of the baseline"
