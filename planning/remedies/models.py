"""Remedies: expedite, reallocate, shift the SKU, reduce the expectation."""

from typing import Any, cast

import pghistory
from django.conf import settings
from django.db import models
from django.db.models import Q
from django_fsm import ConcurrentTransitionMixin, FSMField, transition

from marketing.campaigns.choices import LiftUnit
from marketing.catalogue.models import Product
from planning.remedies.choices import NEEDS_CONSENT, RemedyKind, RemedyStatus
from planning.risk.models import Flag
from planning.supply.models import Receipt, Transfer


def may_put_in_force(remedy: models.Model, user: Any) -> bool:
    """Planning acts on supply itself; what changes Marketing's plan takes Marketing's consent."""
    needs_consent = cast("Remedy", remedy).kind in NEEDS_CONSENT
    return user.has_perm("marketing.consent_to_remedy" if needs_consent else "planning.propose_remedy")


@pghistory.track()
class Remedy(ConcurrentTransitionMixin, models.Model):
    """One thing that Planning does, or proposes to Marketing, about a flag.

    Which fields are set depends on ``kind``: expedite has the receipt and both ETAs, reallocate the
    transfer, shift the replacement SKU, reduce the old and the new lift.
    """

    flag = models.ForeignKey(Flag, on_delete=models.CASCADE, related_name="remedies")
    kind = models.CharField(max_length=12, choices=RemedyKind.choices)
    status = FSMField(choices=RemedyStatus.choices, default=RemedyStatus.PROPOSED, protected=True)
    reason = models.TextField()
    cost_amount = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    proposed_at = models.DateTimeField()
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    settled_at = models.DateTimeField(null=True, blank=True)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    settled_note = models.TextField(blank=True)

    receipt = models.ForeignKey(
        Receipt, on_delete=models.PROTECT, null=True, blank=True, related_name="remedies"
    )
    eta_before = models.DateField(null=True, blank=True)
    eta_after = models.DateField(null=True, blank=True)
    transfer = models.ForeignKey(
        Transfer, on_delete=models.PROTECT, null=True, blank=True, related_name="remedies"
    )
    replacement = models.ForeignKey(
        Product, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    lift_unit_before = models.CharField(max_length=12, choices=LiftUnit.choices, blank=True)
    lift_value_before = models.FloatField(null=True, blank=True)
    lift_unit_after = models.CharField(max_length=12, choices=LiftUnit.choices, blank=True)
    lift_value_after = models.FloatField(null=True, blank=True)

    class Meta:
        ordering = ["-proposed_at"]
        verbose_name_plural = "remedies"
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    kind="expedite", receipt__isnull=False, eta_before__isnull=False, eta_after__isnull=False
                )
                | Q(kind="reallocate", transfer__isnull=False)
                | Q(kind="shift", replacement__isnull=False)
                | Q(kind="reduce", lift_value_before__isnull=False, lift_value_after__isnull=False),
                name="remedy_has_what_its_kind_needs",
            ),
            models.CheckConstraint(
                condition=Q(status="proposed", settled_at=None)
                | ~Q(status="proposed") & Q(settled_at__isnull=False),
                name="remedy_settled_has_a_time",
            ),
            models.CheckConstraint(
                condition=~Q(status="proposed") | Q(kind__in=["shift", "reduce"]),
                name="only_marketing_plan_changes_wait_for_consent",
            ),
            models.UniqueConstraint(
                fields=["flag", "kind"],
                condition=Q(status="proposed"),
                name="one_proposal_of_a_kind_at_a_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} on flag {self.flag_id}"

    @transition(
        status,
        source=RemedyStatus.PROPOSED,
        target=RemedyStatus.IN_FORCE,
        permission=may_put_in_force,
        custom={"label": "Consent"},
    )
    def come_into_force(self) -> None:
        """Planning acted itself, or Marketing consented."""

    @transition(
        status,
        source=RemedyStatus.PROPOSED,
        target=RemedyStatus.DECLINED,
        permission="marketing.consent_to_remedy",
        custom={"label": "Decline"},
    )
    def decline(self) -> None:
        """Marketing keeps its plan."""

    @transition(
        status,
        source=RemedyStatus.PROPOSED,
        target=RemedyStatus.WITHDRAWN,
        permission="planning.propose_remedy",
        custom={"label": "Withdraw"},
    )
    def withdraw(self) -> None:
        """Planning takes its proposal back."""
