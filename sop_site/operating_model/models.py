"""Versions of the operating model."""

from datetime import date
from typing import Any

import pghistory
import pgtrigger
from django.conf import settings
from django.db import models
from django_fsm import ConcurrentTransitionMixin, FSMField, transition

from sop_site.operating_model.choices import OPEN_STATUSES, ModelStatus


class OperatingModelQuerySet(models.QuerySet["OperatingModel"]):
    def in_force(self, day: date) -> "OperatingModel":
        """The newest adopted version effective on ``day``, with what it says of single categories."""
        adopted = self.filter(status=ModelStatus.ADOPTED, effective_from__lte=day)
        return adopted.prefetch_related("scopes").latest("effective_from", "version")


def is_not_its_proposer(model: models.Model, user: Any) -> bool:
    """Whoever proposed a version does not review it."""
    return user.has_perm("sop_site.review_operating_model") and user.pk != getattr(model, "proposed_by_id", 0)


def is_its_proposer(model: models.Model, user: Any) -> bool:
    """Whoever proposed a version may withdraw it."""
    return user.has_perm("sop_site.propose_operating_model") and user.pk == getattr(
        model, "proposed_by_id", 0
    )


@pghistory.track()
class OperatingModel(ConcurrentTransitionMixin, models.Model):
    """One version of what leadership decided. A flag says under which version it was raised.

    A version is proposed, reviewed by another person and adopted; then it never changes. ``replaces`` is
    the version in force when it was proposed, which it is compared with.
    """

    version = models.PositiveIntegerField(unique=True)
    effective_from = models.DateField()
    note = models.TextField(blank=True, help_text="Why: what it is to bring about.")
    status = FSMField(choices=ModelStatus.choices, default=ModelStatus.PROPOSED, protected=True)
    replaces = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    proposed_at = models.DateTimeField(null=True, blank=True)
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    reviewed_at = models.DateTimeField(null=True, blank=True)
    reviewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    review_note = models.TextField(blank=True)
    decided_at = models.DateTimeField(null=True, blank=True, help_text="Adopted, declined or withdrawn.")
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    decision_note = models.TextField(blank=True)

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

    lead_time_buffer_days = models.PositiveSmallIntegerField(
        default=0,
        help_text="Days added to what a supplier or a route takes, so that a decision is asked for earlier.",
    )
    closing_days = models.PositiveSmallIntegerField(
        default=7,
        help_text="Days after a week's end in which its figures on the scorecard may change.",
    )
    demand_signal_limit = models.FloatField(
        default=4.0,
        help_text="A SKU whose tracking signal is further than this from 0 is out of its limits.",
    )
    demand_signal_least_share = models.FloatField(
        default=0.15,
        help_text="It goes to the weekly review if it is off its forecast by this share or more.",
    )

    objects = OperatingModelQuerySet.as_manager()

    class Meta:
        ordering = ["-version"]
        triggers = [
            pgtrigger.Protect(
                name="adopted_does_not_change",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition("OLD.status = 'adopted' AND OLD.* IS DISTINCT FROM NEW.*"),
            ),
            pgtrigger.Protect(
                name="adopted_stays",
                operation=pgtrigger.Delete,
                condition=pgtrigger.Q(old__status=ModelStatus.ADOPTED),
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(status=ModelStatus.PROPOSED)
                | models.Q(proposed_at__isnull=False, proposed_by__isnull=False),
                name="proposed_model_has_a_proposer",
            ),
            models.CheckConstraint(
                condition=~models.Q(status=ModelStatus.REVIEWED)
                | models.Q(reviewed_at__isnull=False, reviewed_by__isnull=False),
                name="reviewed_model_has_a_reviewer",
            ),
            models.CheckConstraint(
                condition=models.Q(reviewed_by=None) | ~models.Q(reviewed_by=models.F("proposed_by")),
                name="another_reviews_the_model",
            ),
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
            models.CheckConstraint(
                condition=models.Q(demand_signal_limit__gt=0, demand_signal_least_share__gte=0),
                name="demand_signal_limits_in_range",
            ),
        ]

    def __str__(self) -> str:
        return f"Operating model {self.version}"

    @transition(
        status,
        source=ModelStatus.PROPOSED,
        target=ModelStatus.REVIEWED,
        permission=is_not_its_proposer,
        custom={"label": "Review"},
    )
    def review(self) -> None:
        """Another head has looked at it, and at what it would have done."""

    @transition(
        status,
        source=ModelStatus.REVIEWED,
        target=ModelStatus.ADOPTED,
        permission="sop_site.adopt_operating_model",
        custom={"label": "Adopt"},
    )
    def adopt(self) -> None:
        """It comes into force on its date, and never changes again."""

    @transition(
        status,
        source=list(OPEN_STATUSES),
        target=ModelStatus.DECLINED,
        permission="sop_site.adopt_operating_model",
        custom={"label": "Decline"},
    )
    def decline(self) -> None:
        """Today's model stays."""

    @transition(
        status,
        source=list(OPEN_STATUSES),
        target=ModelStatus.WITHDRAWN,
        permission=is_its_proposer,
        custom={"label": "Withdraw"},
    )
    def withdraw(self) -> None:
        """Its proposer takes it back."""


@pghistory.track()
class OperatingModelScope(models.Model):
    """What a version says of a category with all below it, of a region, or of the one in the other.

    A limit that is None is that of the next wider scope: first those of a category, the deepest first and
    with the region before without; then that of the region alone; then the version's own.
    """

    model = models.ForeignKey(OperatingModel, on_delete=models.CASCADE, related_name="scopes")
    category_path = models.CharField(
        max_length=300, blank=True, help_text='The names from the top, joined by " > ".'
    )
    region = models.CharField(max_length=80, blank=True)
    cover_threshold = models.FloatField(null=True, blank=True)
    watch_margin = models.FloatField(null=True, blank=True)
    decision_window_from_weeks = models.PositiveSmallIntegerField(null=True, blank=True)
    decision_window_to_weeks = models.PositiveSmallIntegerField(null=True, blank=True)
    lead_time_buffer_days = models.PositiveSmallIntegerField(null=True, blank=True)
    large_risk_amount = models.DecimalField(max_digits=12, decimal_places=2, null=True, blank=True)
    accepted_growth_tolerance = models.FloatField(null=True, blank=True)
    consensus_drift_tolerance = models.FloatField(null=True, blank=True)
    target_cover_weeks = models.FloatField(null=True, blank=True)
    buy_service_level = models.FloatField(null=True, blank=True)

    class Meta:
        ordering = ["category_path", "region"]
        triggers = [
            pgtrigger.Trigger(
                name="scopes_of_adopted_do_not_change",
                operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
                when=pgtrigger.Before,
                func="""
                IF EXISTS (
                    SELECT FROM sop_site_operatingmodel
                    WHERE status = 'adopted' AND id IN (OLD.model_id, NEW.model_id)
                ) THEN
                    RAISE EXCEPTION 'pgtrigger: Cannot change the scopes of an adopted operating model';
                END IF;
                RETURN coalesce(NEW, OLD);
                """,
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["model", "category_path", "region"], name="model_scope_once"),
            models.CheckConstraint(
                condition=~models.Q(category_path="", region=""), name="model_scope_is_narrower"
            ),
            models.CheckConstraint(
                condition=(models.Q(cover_threshold=None) | models.Q(cover_threshold__gt=0))
                & (models.Q(watch_margin=None) | models.Q(watch_margin__gte=0))
                & (models.Q(large_risk_amount=None) | models.Q(large_risk_amount__gte=0))
                & (models.Q(accepted_growth_tolerance=None) | models.Q(accepted_growth_tolerance__gte=0))
                & (models.Q(consensus_drift_tolerance=None) | models.Q(consensus_drift_tolerance__gte=0))
                & (models.Q(target_cover_weeks=None) | models.Q(target_cover_weeks__gte=0))
                & (
                    models.Q(buy_service_level=None)
                    | models.Q(buy_service_level__gte=0.5, buy_service_level__lt=1)
                ),
                name="model_scope_limits_in_range",
            ),
            # Both ends or none: an end of a narrow place and one of a wide place might not make a window.
            models.CheckConstraint(
                condition=models.Q(decision_window_from_weeks=None, decision_window_to_weeks=None)
                | models.Q(
                    decision_window_from_weeks__isnull=False,
                    decision_window_to_weeks__isnull=False,
                    decision_window_from_weeks__lte=models.F("decision_window_to_weeks"),
                ),
                name="model_scope_window_in_order",
            ),
            models.CheckConstraint(
                condition=~models.Q(
                    cover_threshold=None,
                    watch_margin=None,
                    decision_window_to_weeks=None,
                    lead_time_buffer_days=None,
                    large_risk_amount=None,
                    accepted_growth_tolerance=None,
                    consensus_drift_tolerance=None,
                    target_cover_weeks=None,
                    buy_service_level=None,
                ),
                name="model_scope_says_something",
            ),
        ]

    def __str__(self) -> str:
        return " in ".join(filter(None, (self.category_path, self.region)))
