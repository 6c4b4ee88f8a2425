"""Campaigns, the doors they run at and the SKUs they feature."""

from typing import Any

import pghistory
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django_fsm import ConcurrentTransitionMixin, FSMField, transition

from marketing.campaigns.choices import PLANNED_STATUSES, CampaignStatus, Channel, LiftUnit
from marketing.catalogue.models import Door, Product
from marketing.demand.models import DemandFit
from marketing.sales.models import Mechanic


class CampaignQuerySet(models.QuerySet["Campaign"]):
    def visible_to(self, user) -> "CampaignQuerySet":
        """Drafts are Marketing's own; everything that was ever submitted is for everyone."""
        if user.has_perm("marketing.draft_campaign"):
            return self
        return self.exclude(submitted_at=None)

    def planned(self) -> "CampaignQuerySet":
        """Campaigns whose uplift counts as demand."""
        return self.filter(status__in=PLANNED_STATUSES)


def may_approve(campaign: models.Model, user: Any) -> bool:
    """Planning approves; under a campaign with a large accepted risk the CMO's signature may be the last.

    Which of them it takes, Planning's function decides, through which alone a campaign is approved.
    """
    return user.has_perm("planning.approve_campaign") or user.has_perm("planning.co_sign_large_risk")


def never(campaign: models.Model, user: object) -> bool:
    """The permission of transitions that only the clock makes."""
    return False


@pghistory.track()
class Campaign(ConcurrentTransitionMixin, models.Model):
    """A promotion that Marketing plans: when, where, what, and how much it is expected to add."""

    code = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=120)
    mechanic = models.ForeignKey(Mechanic, on_delete=models.PROTECT, related_name="campaigns")
    channel = models.CharField(max_length=12, choices=Channel.choices, default=Channel.ALL)
    starts_on = models.DateField()
    ends_on = models.DateField()
    doors = models.ManyToManyField(Door, related_name="campaigns", through="CampaignDoor")
    status = FSMField(choices=CampaignStatus.choices, default=CampaignStatus.DRAFT, protected=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="campaigns"
    )
    brief = models.TextField(blank=True, help_text="What it is for, in a sentence or two.")
    revision = models.PositiveIntegerField(
        default=1,
        help_text="Raised by every change of the plan, so that a signature or an open form knows its age.",
    )
    created_at = models.DateTimeField(auto_now_add=True)
    submitted_at = models.DateTimeField(null=True, blank=True)
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    decision_note = models.TextField(blank=True)

    objects = CampaignQuerySet.as_manager()

    class Meta:
        ordering = ["starts_on", "code"]
        constraints = [
            models.CheckConstraint(condition=Q(ends_on__gte=F("starts_on")), name="campaign_in_order"),
            models.CheckConstraint(
                condition=~Q(status__in=["submitted", "approved", "rejected", "running", "completed"])
                | Q(submitted_at__isnull=False),
                name="campaign_submitted_has_a_time",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["approved", "rejected", "running", "completed"])
                | Q(decided_at__isnull=False),
                name="campaign_decided_has_a_time",
            ),
        ]
        indexes = [models.Index(fields=["status", "starts_on"], name="campaign_by_status")]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("campaigns:detail", args=[self.pk])

    @property
    def is_editable(self) -> bool:
        """Whether its plan may be changed: before it is decided."""
        return self.status in (CampaignStatus.DRAFT, CampaignStatus.SUBMITTED)

    @property
    def is_planned(self) -> bool:
        """Whether its uplift counts as demand."""
        return self.status in PLANNED_STATUSES

    @property
    def days(self) -> int:
        """Length in days, both ends included."""
        return (self.ends_on - self.starts_on).days + 1

    @transition(
        status,
        source=CampaignStatus.DRAFT,
        target=CampaignStatus.SUBMITTED,
        permission="marketing.submit_campaign",
        custom={"label": "Submit to Planning"},
    )
    def submit(self) -> None:
        """Hand the plan to Planning."""

    @transition(
        status,
        source=CampaignStatus.SUBMITTED,
        target=CampaignStatus.DRAFT,
        permission="marketing.submit_campaign",
        custom={"label": "Withdraw"},
    )
    def withdraw(self) -> None:
        """Take a submitted plan back."""

    @transition(
        status,
        source=[CampaignStatus.REJECTED, CampaignStatus.APPROVED],
        target=CampaignStatus.DRAFT,
        permission="marketing.submit_campaign",
        custom={"label": "Revise"},
    )
    def revise(self) -> None:
        """Open a decided plan again; it must be submitted and decided anew."""

    @transition(
        status,
        source=[
            CampaignStatus.DRAFT,
            CampaignStatus.SUBMITTED,
            CampaignStatus.REJECTED,
            CampaignStatus.APPROVED,
            CampaignStatus.RUNNING,
        ],
        target=CampaignStatus.CANCELLED,
        permission="marketing.draft_campaign",
        custom={"label": "Cancel campaign"},
    )
    def cancel(self) -> None:
        """Call the campaign off."""

    @transition(
        status,
        source=CampaignStatus.SUBMITTED,
        target=CampaignStatus.APPROVED,
        permission=may_approve,
        custom={"label": "Approve"},
    )
    def approve(self) -> None:
        """Planning will serve the plan. Called through Planning alone, which looks at the flags first."""

    @transition(
        status,
        source=CampaignStatus.SUBMITTED,
        target=CampaignStatus.REJECTED,
        permission="planning.approve_campaign",
        custom={"label": "Reject"},
    )
    def reject(self) -> None:
        """Planning cannot serve the plan."""

    @transition(status, source=CampaignStatus.APPROVED, target=CampaignStatus.RUNNING, permission=never)
    def start(self) -> None:
        """Its first day has come."""

    @transition(status, source=CampaignStatus.RUNNING, target=CampaignStatus.COMPLETED, permission=never)
    def complete(self) -> None:
        """Its last day has passed."""


@pghistory.track()
class CampaignDoor(models.Model):
    """That a campaign runs at a door."""

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="campaign_doors")
    door = models.ForeignKey(Door, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["campaign", "door"], name="campaign_door_once")]

    def __str__(self) -> str:
        return f"{self.campaign_id} at {self.door_id}"


@pghistory.track()
class CampaignLine(models.Model):
    """A featured SKU and the lift expected of it.

    ``lift_value`` is what was entered, in ``lift_unit``. What is calculated with is ``uplift_ratio``
    (incremental ÷ base) where it was entered as % or multiplier, and ``uplift_units`` (over the whole
    campaign and all its doors) where it was entered in units; exactly one of the two is set.

    ``suggested_p10``, ``_p50`` and ``_p90`` are the multipliers of the baseline that the fit
    ``suggested_by`` expected when the line was saved; ``override_reason`` says why Marketing plans
    another lift.
    """

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="lines")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="campaign_lines")
    lift_unit = models.CharField(max_length=12, choices=LiftUnit.choices, default=LiftUnit.PERCENT)
    lift_value = models.FloatField()
    uplift_ratio = models.FloatField(null=True, blank=True)
    uplift_units = models.FloatField(null=True, blank=True)
    discount_percent = models.FloatField(null=True, blank=True)
    suggested_by = models.ForeignKey(
        DemandFit, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    suggested_p10 = models.FloatField(null=True, blank=True)
    suggested_p50 = models.FloatField(null=True, blank=True)
    suggested_p90 = models.FloatField(null=True, blank=True)
    override_reason = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["product__sku"]
        constraints = [
            models.UniqueConstraint(fields=["campaign", "product"], name="sku_featured_once"),
            models.CheckConstraint(
                condition=Q(uplift_ratio__isnull=False, uplift_units=None)
                | Q(uplift_ratio=None, uplift_units__isnull=False),
                name="lift_as_ratio_or_units",
            ),
            models.CheckConstraint(
                condition=Q(uplift_ratio__gte=-1) | Q(uplift_ratio=None),
                name="lift_not_below_minus_100_percent",
            ),
            models.CheckConstraint(
                condition=Q(discount_percent=None) | Q(discount_percent__gte=0, discount_percent__lte=100),
                name="discount_within_the_price",
            ),
            models.CheckConstraint(
                condition=Q(suggested_p10=None, suggested_p50=None, suggested_p90=None)
                | Q(
                    suggested_p10__gte=0,
                    suggested_p50__gte=F("suggested_p10"),
                    suggested_p90__gte=F("suggested_p50"),
                ),
                name="suggested_lift_in_order",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.campaign_id}: {self.product_id}"


@pghistory.track()
class CampaignResult(models.Model):
    """What Marketing expected of a campaign as a whole, and what it brought: typed, or loaded from a file.

    Visits are those of its doors and pages while it ran, orders the sales that came of them (so conversion is
    orders ÷ visits), spend is what media cost. None where nobody has said.
    """

    campaign = models.OneToOneField(Campaign, on_delete=models.CASCADE, related_name="result")
    visits_target = models.PositiveIntegerField(null=True, blank=True)
    visits_actual = models.PositiveIntegerField(null=True, blank=True)
    orders_target = models.PositiveIntegerField(null=True, blank=True)
    orders_actual = models.PositiveIntegerField(null=True, blank=True)
    revenue_target = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    revenue_actual = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    spend_target = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    spend_actual = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    is_loaded = models.BooleanField(default=False, help_text="From a file; else typed.")
    entered_at = models.DateTimeField()
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(orders_actual=None)
                | Q(visits_actual=None)
                | Q(orders_actual__lte=F("visits_actual")),
                name="result_orders_within_visits",
            ),
            models.CheckConstraint(
                condition=Q(orders_target=None)
                | Q(visits_target=None)
                | Q(orders_target__lte=F("visits_target")),
                name="result_target_orders_within_visits",
            ),
            *(
                models.CheckConstraint(
                    condition=Q(**{name: None}) | Q(**{f"{name}__gte": 0}), name=f"result_{name}_not_negative"
                )
                for name in ("revenue_target", "revenue_actual", "spend_target", "spend_actual")
            ),
        ]

    def __str__(self) -> str:
        return f"Result of {self.campaign_id}"
