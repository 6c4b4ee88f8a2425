"""Flags, the lines under them, what people decided on them, and the runs that calculated them."""

from typing import Any, cast

import pghistory
from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django_fsm import ConcurrentTransitionMixin, FSMField, transition

from marketing.campaigns.models import Campaign
from marketing.catalogue.models import Door, Product
from planning.risk.choices import (
    FLAGGED_STATES,
    AcceptanceStatus,
    DecisionKind,
    FlagEventKind,
    RiskState,
    RunScope,
    SigningSide,
)
from sop_site.operating_model.models import OperatingModel


class RecalculationRun(models.Model):
    """One recalculation of a set of SKUs: when it was asked for, when it ran, and what it changed."""

    scope = models.CharField(max_length=12, choices=RunScope.choices)
    sku_count = models.PositiveIntegerField(default=0)
    chunk_count = models.PositiveIntegerField(
        default=0, help_text="Parts that were handed out to the workers; 0 where one did it all."
    )
    queued_at = models.DateTimeField()
    marked_at = models.DateTimeField(
        null=True, blank=True, help_text="When the last SKU was marked of a run that was handed out."
    )
    started_at = models.DateTimeField(null=True, blank=True)
    heartbeat_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    opened_count = models.PositiveIntegerField(default=0)
    worsened_count = models.PositiveIntegerField(default=0)
    eased_count = models.PositiveIntegerField(default=0)
    cleared_count = models.PositiveIntegerField(default=0)
    error = models.TextField(blank=True)

    class Meta:
        ordering = ["-queued_at"]
        indexes = [models.Index(fields=["-finished_at"], name="run_by_finish")]

    def __str__(self) -> str:
        return f"{self.get_scope_display()}, {self.sku_count} SKUs"


class RunChunk(models.Model):
    """A part of a run that is done in one transaction: which SKUs of it, by which worker, and when.

    ``number`` counts from 0. It is written once it is done, so a message that comes twice leaves one row.
    """

    run = models.ForeignKey(RecalculationRun, on_delete=models.CASCADE, related_name="chunks")
    number = models.PositiveIntegerField()
    sku_count = models.PositiveIntegerField(help_text="SKUs that still waited when it had their locks.")
    opened_count = models.PositiveIntegerField(default=0)
    worsened_count = models.PositiveIntegerField(default=0)
    eased_count = models.PositiveIntegerField(default=0)
    cleared_count = models.PositiveIntegerField(default=0)
    worker = models.CharField(max_length=120, help_text="The machine and process that did it.")
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "number"], name="run_chunk_once")]

    def __str__(self) -> str:
        return f"Chunk {self.number} of run {self.run_id}"


class FlagQuerySet(models.QuerySet["Flag"]):
    def live(self) -> "FlagQuerySet":
        """Flags of SKUs that a planned campaign features now."""
        return self.filter(closed_at=None)

    def undecided(self) -> "FlagQuerySet":
        """Live flags that need a decision and have no acceptance in force."""
        accepted = RiskAcceptance.objects.filter(flag=OuterRef("pk"), status=AcceptanceStatus.IN_FORCE)
        return self.live().filter(state__in=FLAGGED_STATES).exclude(Exists(accepted))


class Flag(models.Model):
    """The risk of one SKU in one campaign; written by the recalculation alone.

    It keeps its identity for as long as the campaign exists, so that what people decided stays on it.
    The days that the remedies of supply take are empty where a remedy cannot help.
    """

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="flags", db_index=False)
    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="flags")
    state = models.CharField(max_length=12, choices=RiskState.choices)
    cover = models.FloatField(
        null=True, help_text="Of the worst door; empty where nothing is expected to sell."
    )
    short_probability = models.FloatField(
        null=True,
        help_text="That demand exceeds supply at the worst door; empty where it is not known.",
    )
    worst_door = models.ForeignKey(
        Door, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False, db_constraint=False
    )
    expected_units = models.FloatField(default=0)
    units_short = models.FloatField(default=0)
    revenue_short = models.FloatField(null=True)
    margin_short = models.FloatField(null=True)
    first_short_date = models.DateField(null=True)
    decide_by_date = models.DateField(null=True, help_text="The last date on which any remedy still works.")
    supply_need_date = models.DateField(null=True, help_text="By when a remedy of supply must have worked.")
    expedite_days = models.PositiveIntegerField(null=True)
    expedite_is_default = models.BooleanField(default=False)
    route_days = models.PositiveIntegerField(null=True, help_text="From the DC on, for an expedited receipt.")
    route_is_default = models.BooleanField(default=False)
    transfer_days = models.PositiveIntegerField(null=True)
    transfer_is_default = models.BooleanField(default=False)
    doors_flagged = models.PositiveIntegerField(default=0)
    operating_model = models.ForeignKey(
        OperatingModel, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    opened_at = models.DateTimeField(null=True, help_text="When it last came to need a decision.")
    calculated_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, help_text="When the campaign ceased to plan this SKU.")

    objects = FlagQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["campaign", "product"], name="flag_once")]

    def __str__(self) -> str:
        return f"{self.campaign}: {self.product}"

    def get_absolute_url(self) -> str:
        return reverse("risk:flag", args=[self.pk])

    @property
    def risk_state(self) -> RiskState:
        """The state as a member, with its tone."""
        return RiskState(self.state)


class FlagLine(models.Model):
    """The risk of one SKU at one door in one campaign; written by the recalculation alone.

    Only doors that are not well have a line. Its one index is its key, and the database does not check
    what it points to: there are millions, every night many change, and the next recalculation puts
    right what a deleted door leaves behind.
    """

    pk = models.CompositePrimaryKey("flag_id", "door_id")
    flag = models.ForeignKey(
        Flag, on_delete=models.CASCADE, related_name="lines", db_index=False, db_constraint=False
    )
    door = models.ForeignKey(
        Door, on_delete=models.CASCADE, related_name="+", db_index=False, db_constraint=False
    )
    state = models.CharField(max_length=12, choices=RiskState.choices)
    cover = models.FloatField(null=True)
    expected_units = models.FloatField(default=0)
    units_short = models.FloatField(default=0)
    first_short_date = models.DateField(null=True)

    def __str__(self) -> str:
        return f"{self.flag_id} at {self.door_id}: {self.state}"

    @property
    def risk_state(self) -> RiskState:
        """The state as a member, with its tone."""
        return RiskState(self.state)


class FlagEvent(models.Model):
    """A change of a flag that a recalculation found."""

    flag = models.ForeignKey(Flag, on_delete=models.CASCADE, related_name="events")
    kind = models.CharField(max_length=20, choices=FlagEventKind.choices)
    at = models.DateTimeField()
    from_state = models.CharField(max_length=12, choices=RiskState.choices, blank=True)
    to_state = models.CharField(max_length=12, choices=RiskState.choices)
    units_short = models.FloatField()
    is_to_be_told = models.BooleanField(
        default=False, db_default=False, help_text="That people have yet to be told of it."
    )

    class Meta:
        ordering = ["-at", "-pk"]
        indexes = [models.Index(fields=["id"], name="event_to_be_told", condition=Q(is_to_be_told=True))]

    def __str__(self) -> str:
        return f"{self.flag_id} {self.get_kind_display()}"


class Decision(models.Model):
    """What people decided on a flag, one row a decision; rows are only ever added."""

    flag = models.ForeignKey(Flag, on_delete=models.CASCADE, related_name="decisions")
    kind = models.CharField(max_length=24, choices=DecisionKind.choices)
    summary = models.CharField(max_length=300)
    note = models.TextField(blank=True)
    decide_by_date = models.DateField(
        null=True, help_text="The last date on which a remedy still worked, as the flag said it then."
    )
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return self.summary


def may_put_acceptance_in_force(acceptance: models.Model, user: Any) -> bool:
    """A small risk is Planning's to accept; the last signature puts a large one in force."""
    if cast("RiskAcceptance", acceptance).is_large:
        return may_sign_large_risk(acceptance, user)
    return user.has_perm("planning.accept_risk")


def is_fully_signed(acceptance: models.Model) -> bool:
    """Whether it has the signatures that its size asks for."""
    return not cast("RiskAcceptance", acceptance).sides_to_sign


def may_sign_large_risk(acceptance: models.Model, user: Any) -> bool:
    """The VP Planning and the CMO sign for large risks."""
    return user.has_perm("planning.accept_large_risk") or user.has_perm("planning.co_sign_large_risk")


def never(acceptance: models.Model, user: object) -> bool:
    """The permission of transitions that only a recalculation makes."""
    return False


@pghistory.track()
class RiskAcceptance(ConcurrentTransitionMixin, models.Model):
    """That the business takes a risk knowingly, at the size it had then.

    Above the operating model's amount it comes into force only with the signatures of the VP Planning
    and the CMO; it is outgrown when the risk grows past its accepted size and the tolerance.
    """

    flag = models.ForeignKey(Flag, on_delete=models.CASCADE, related_name="acceptances")
    status = FSMField(choices=AcceptanceStatus.choices, default=AcceptanceStatus.PROPOSED, protected=True)
    reason = models.TextField()
    accepted_state = models.CharField(max_length=12, choices=RiskState.choices)
    accepted_units_short = models.FloatField()
    accepted_revenue_short = models.FloatField(null=True)
    is_large = models.BooleanField(help_text="Above the operating model's amount: two signatures.")
    proposed_at = models.DateTimeField()
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    planning_signed_at = models.DateTimeField(null=True, blank=True)
    planning_signed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    marketing_signed_at = models.DateTimeField(null=True, blank=True)
    marketing_signed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        ordering = ["-proposed_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["flag"],
                condition=Q(status__in=["proposed", "in_force"]),
                name="one_acceptance_at_a_time",
            ),
            models.CheckConstraint(
                condition=~Q(status="in_force", is_large=True)
                | Q(planning_signed_by__isnull=False, marketing_signed_by__isnull=False),
                name="large_risk_has_two_signatures",
            ),
            models.CheckConstraint(
                condition=Q(planning_signed_at__isnull=True, planning_signed_by__isnull=True)
                | Q(planning_signed_at__isnull=False, planning_signed_by__isnull=False),
                name="planning_signature_has_a_time",
            ),
            models.CheckConstraint(
                condition=Q(marketing_signed_at__isnull=True, marketing_signed_by__isnull=True)
                | Q(marketing_signed_at__isnull=False, marketing_signed_by__isnull=False),
                name="marketing_signature_has_a_time",
            ),
        ]

    def __str__(self) -> str:
        return f"Acceptance of flag {self.flag_id}"

    @property
    def sides_to_sign(self) -> list[SigningSide]:
        """The sides whose signature its size asks for and that have not signed."""
        signed_by = {
            SigningSide.PLANNING: self.planning_signed_by_id,
            SigningSide.MARKETING: self.marketing_signed_by_id,
        }
        return [side for side in SigningSide if self.is_large and signed_by[side] is None]

    @transition(
        status,
        source=AcceptanceStatus.PROPOSED,
        target=AcceptanceStatus.IN_FORCE,
        permission=may_put_acceptance_in_force,
        conditions=[is_fully_signed],
    )
    def come_into_force(self) -> None:
        """It has every signature it needs."""

    @transition(
        status,
        source=AcceptanceStatus.PROPOSED,
        target=AcceptanceStatus.DECLINED,
        permission=may_sign_large_risk,
        custom={"label": "Decline"},
    )
    def decline(self) -> None:
        """One of those who must sign will not."""

    @transition(
        status,
        source=[AcceptanceStatus.PROPOSED, AcceptanceStatus.IN_FORCE],
        target=AcceptanceStatus.OUTGROWN,
        permission=never,
    )
    def outgrow(self) -> None:
        """The risk is worse than what was accepted."""


@pghistory.track()
class ApprovalSignature(models.Model):
    """One of the two signatures under a campaign that carries a large accepted risk.

    It counts for the revision of the plan under which it was given, and for no other.
    """

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="approval_signatures")
    campaign_revision = models.PositiveIntegerField()
    side = models.CharField(max_length=12, choices=SigningSide.choices)
    note = models.TextField(blank=True)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["campaign", "campaign_revision", "side"], name="one_signature_a_side_and_revision"
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_side_display()} for {self.campaign_id}, revision {self.campaign_revision}"
