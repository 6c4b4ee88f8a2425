"""A flag as lists show it: with what people decided on it, and until when a decision works."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, TypedDict

from django.db.models import BooleanField, Case, Exists, IntegerField, OuterRef, Q, QuerySet, Value, When

from planning.risk.chances import chance_in_brief
from planning.risk.choices import FLAGGED_STATES, AcceptanceStatus, RiskState
from planning.risk.models import Decision, Flag, RiskAcceptance


class Standing(TypedDict):
    """What people decided on a flag, as ``live_flags`` reads it."""

    is_accepted: bool
    waits_for_signature: bool
    needs_decision: bool


if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations

    LiveFlag = WithAnnotations[Flag, Standing]

DUE_SOON = timedelta(days=7)
# The worst first, wherever states are listed.
SEVERITY = (
    RiskState.OUT,
    RiskState.STOCKOUT,
    RiskState.AT_RISK,
    RiskState.WATCH,
    RiskState.NO_DATA,
    RiskState.OK,
)


def by_severity() -> Case:
    """Order by state, the worst first."""
    places = [When(state=state, then=Value(place)) for place, state in enumerate(SEVERITY)]
    return Case(*places, default=Value(len(SEVERITY)), output_field=IntegerField())


def live_flags() -> "QuerySet[LiveFlag]":
    """Live flags with ``is_accepted``, ``waits_for_signature`` and ``needs_decision``."""
    acceptances = RiskAcceptance.objects.filter(flag=OuterRef("pk"))
    return (
        Flag.objects.live()
        .annotate(
            is_accepted=Exists(acceptances.filter(status=AcceptanceStatus.IN_FORCE)),
            waits_for_signature=Exists(acceptances.filter(status=AcceptanceStatus.PROPOSED)),
        )
        .annotate(
            needs_decision=Case(
                When(Q(state__in=FLAGGED_STATES, is_accepted=False), then=Value(True)),
                default=Value(False),
                output_field=BooleanField(),
            )
        )
    )


def latest_decisions(flags: Sequence[Flag]) -> dict[int, Decision]:
    """The newest decision of each flag that has one, by flag."""
    decisions = Decision.objects.filter(flag__in=[flag.pk for flag in flags]).select_related("by")
    newest = decisions.order_by("flag_id", "-at", "-pk").distinct("flag_id")
    return {decision.flag_id: decision for decision in newest}


@dataclass(frozen=True, slots=True)
class FlagRow:
    """A flag of ``live_flags`` on ``day``, with the newest decision on it."""

    flag: "LiveFlag"
    decision: Decision | None
    day: date

    @property
    def is_decided(self) -> bool:
        """Whether it would be red had its risk not been accepted."""
        return self.flag.is_accepted and self.flag.risk_state.needs_decision

    @property
    def badge(self) -> str:
        """The state to show."""
        return "decided" if self.is_decided else self.flag.state

    @property
    def badge_label(self) -> str:
        """Its word."""
        return "Decided" if self.is_decided else self.flag.risk_state.label

    @property
    def chance(self) -> str:
        """How likely demand exceeds supply at the worst door; empty where it is not known."""
        return chance_in_brief(self.flag.short_probability)

    @property
    def due(self) -> date | None:
        """The last date on which a decision works, where one is needed."""
        return self.flag.decide_by_date if self.flag.needs_decision else None

    @property
    def is_lapsed(self) -> bool:
        """Whether that date has passed."""
        return self.due is not None and self.due < self.day

    @property
    def is_due_soon(self) -> bool:
        """Whether it comes within a week."""
        return self.due is not None and not self.is_lapsed and self.due <= self.day + DUE_SOON

    @property
    def urgency(self) -> tuple[bool, date, int, str]:
        """Sorts what needs a decision first, by its date; the rest by state, the worst first."""
        severity = SEVERITY.index(self.flag.risk_state)
        return not self.flag.needs_decision, self.due or date.min, severity, self.flag.product.sku
