"""Reads for the pages of a flag and of a campaign's decision."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.conf import settings
from django.db.models import QuerySet

from marketing.campaigns.choices import CampaignStatus
from marketing.campaigns.models import Campaign
from planning.risk.choices import AcceptanceStatus, DecisionKind, RiskState, SigningSide
from planning.risk.deadline_words import RemedyDeadline, remedy_deadlines
from planning.risk.doors import FlagDoors, doors_of
from planning.risk.figures import Figure, flag_figures
from planning.risk.limits import accepted_growth_of, large_risk_of
from planning.risk.models import Decision, Flag, FlagEvent, RiskAcceptance
from planning.risk.rows import FlagRow, latest_decisions, live_flags
from planning.risk.sentences import headline, plural, size_accepted, size_of, still_to_sign
from planning.risk.standing import (
    CampaignStanding,
    FlagActions,
    actions_on,
    is_large_risk,
    open_acceptance_of,
    operating_model_now,
    standing_of,
    why_not_accept,
    why_nothing_to_decide,
)
from sop_site import formats
from sop_site.access.models import User
from sop_site.changes.models import ChangedSku
from sop_site.clock import today
from sop_site.operating_model.models import OperatingModel

DECISION_TONES: Final = {
    DecisionKind.ACCEPTANCE_PROPOSED: "waiting",
    DecisionKind.ACCEPTED: "decided",
    DecisionKind.ACCEPTANCE_DECLINED: "rejected",
    DecisionKind.REMEDY_PROPOSED: "waiting",
    DecisionKind.REMEDY_IN_FORCE: "decided",
    DecisionKind.REMEDY_DECLINED: "rejected",
    DecisionKind.REMEDY_WITHDRAWN: "cancelled",
}


def flags_visible_to(user: User) -> QuerySet[Flag]:
    """Flags of the campaigns that ``user`` may see, with all that their pages name."""
    flags = Flag.objects.filter(campaign__in=Campaign.objects.visible_to(user))
    return flags.select_related("campaign__mechanic", "product", "worst_door", "operating_model")


def acceptances_visible_to(user: User) -> QuerySet[RiskAcceptance]:
    """Acceptances of the flags that ``user`` may see."""
    return RiskAcceptance.objects.filter(flag__in=flags_visible_to(user)).select_related("flag")


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """Something that happened to a flag: found by a recalculation or decided by a person."""

    at: datetime
    title: str
    tone: str
    who: str = "Recalculation"
    note: str = ""


@dataclass(frozen=True, slots=True)
class Signature:
    """Who signed a large acceptance for a side, and when."""

    side: SigningSide
    by: User
    at: datetime


@dataclass(frozen=True, slots=True)
class FlagPage:
    """All that the page of a flag shows; ``acceptance`` is its open one."""

    flag: Flag
    headline: str
    figures: Sequence[Figure]
    doors: FlagDoors
    deadlines: Sequence[RemedyDeadline]
    acceptance: RiskAcceptance | None
    actions: FlagActions
    operating_model: OperatingModel
    is_waiting: bool
    timeline: Sequence[TimelineEntry]

    @property
    def is_decided(self) -> bool:
        """Whether the risk that stands has been accepted."""
        in_force = self.acceptance is not None and self.acceptance.status == AcceptanceStatus.IN_FORCE
        return in_force and self.flag.risk_state.needs_decision

    @property
    def badge(self) -> str:
        """The state to show."""
        return "decided" if self.is_decided else self.flag.state

    @property
    def badge_label(self) -> str:
        """Its word."""
        return "Decided" if self.is_decided else self.flag.risk_state.label

    @property
    def why_nothing_to_decide(self) -> str:
        """Why the flag asks nobody for a decision; empty where it does."""
        return why_nothing_to_decide(self.flag)

    @property
    def why_not_accept(self) -> str:
        """Why the risk cannot be accepted now; empty where it can."""
        return why_not_accept(self.flag, self.acceptance)

    @property
    def acceptance_title(self) -> str:
        """The open acceptance in one line: what is accepted, by whom, who must still sign."""
        if self.acceptance is None:
            return ""
        size, by = size_accepted(self.acceptance), self.acceptance.proposed_by
        if self.acceptance.status == AcceptanceStatus.IN_FORCE:
            signed = " with VP Planning and CMO" if self.acceptance.is_large else ""
            return f"Risk accepted by {by}{signed}: {size}"
        return f"{by} proposes to accept {size}; waits for {still_to_sign(self.acceptance)}"

    @property
    def signatures(self) -> list[Signature]:
        """The signatures that the open acceptance has."""
        if self.acceptance is None:
            return []
        sides = (
            (SigningSide.PLANNING, self.acceptance.planning_signed_by, self.acceptance.planning_signed_at),
            (SigningSide.MARKETING, self.acceptance.marketing_signed_by, self.acceptance.marketing_signed_at),
        )
        return [Signature(side, by, at) for side, by, at in sides if by is not None and at is not None]

    @property
    def is_large(self) -> bool:
        """Whether accepting takes two signatures."""
        return is_large_risk(self.flag, self.operating_model)

    @property
    def why_large(self) -> str:
        """Why it takes two signatures."""
        if self.flag.revenue_short is None:
            return "The SKU has no price, so the risk cannot be shown to be small: VP Planning and CMO sign."
        limit = large_risk_of(self.flag, self.operating_model)
        where = f" ({limit.where})" if limit.where else ""
        amount = formats.money_full(limit.value or 0.0, settings.CURRENCY)
        first = f"Above {amount} of revenue{where},"
        return f"{first} VP Planning and CMO sign together before it counts as decided."

    @property
    def growth_tolerance(self) -> float:
        """The share by which the risk may grow past its accepted size."""
        return accepted_growth_of(self.flag, self.operating_model).value or 0.0

    @property
    def size_at_stake(self) -> str:
        """What would be accepted: the size at which the flag stands."""
        if not self.flag.units_short:
            return f"{self.flag.risk_state.label}: no unit short, cover {formats.cover(self.flag.cover)}"
        size = size_of(self.flag.units_short, self.flag.revenue_short)
        return f"{self.flag.risk_state.label}: {size}"


def flag_page(flag: Flag, user: User) -> FlagPage:
    """The page of ``flag`` (from ``flags_visible_to``) as ``user`` sees it."""
    day = today()
    is_waiting = ChangedSku.objects.filter(product_id=flag.product_id).exists()
    doors = doors_of(flag, is_calculated=not is_waiting)
    acceptance = open_acceptance_of(flag)
    return FlagPage(
        flag=flag,
        headline=headline(flag, doors.lines),
        figures=flag_figures(flag, day),
        doors=doors,
        deadlines=remedy_deadlines(flag, day),
        acceptance=acceptance,
        actions=actions_on(flag, acceptance, user),
        operating_model=operating_model_now(),
        is_waiting=is_waiting,
        timeline=_timeline(flag),
    )


def _timeline(flag: Flag) -> list[TimelineEntry]:
    """What was decided and what recalculations found, the newest first."""
    decided = [_decided(decision) for decision in flag.decisions.select_related("by")]
    found = [_found(event) for event in flag.events.all()]
    return sorted([*decided, *found], key=lambda entry: entry.at, reverse=True)


def _decided(decision: Decision) -> TimelineEntry:
    tone = DECISION_TONES[DecisionKind(decision.kind)]
    who = f"{decision.by}, {decision.by.job_title}" if decision.by.job_title else str(decision.by)
    return TimelineEntry(decision.at, decision.summary, tone, who, decision.note)


def _found(event: FlagEvent) -> TimelineEntry:
    state = RiskState(event.to_state)
    moved = event.from_state and event.from_state != event.to_state
    before = f", was {event.get_from_state_display().lower()}" if moved else ""
    size = f", {plural(round(event.units_short), 'unit')} short" if event.units_short else ""
    title = f"{event.get_kind_display()}: {state.label.lower()}{before}{size}"
    return TimelineEntry(event.at, title, state.value)


@dataclass(frozen=True, slots=True)
class CampaignDecision:
    """What Planning looks at before it decides on a campaign."""

    campaign: Campaign
    rows: Sequence[FlagRow]
    standing: CampaignStanding
    offers_approval: bool
    offers_rejection: bool

    @property
    def is_open(self) -> bool:
        """Whether the campaign waits for a decision."""
        return self.campaign.status == CampaignStatus.SUBMITTED

    @property
    def verdict(self) -> str:
        """What was decided on a campaign that does not wait any more."""
        return "Rejected" if self.campaign.status == CampaignStatus.REJECTED else "Approved"

    @property
    def summary(self) -> str:
        """How many flags there are, and how many are open."""
        open_count = self.standing.undecided_count
        if not self.rows:
            return "No SKU calculated"
        return f"{plural(len(self.rows), 'featured SKU')}, {open_count or 'none'} to decide"


def campaign_decision(campaign: Campaign, user: User) -> CampaignDecision:
    """The flags of ``campaign``, the most urgent first, what is still open, and what ``user`` may decide."""
    day = today()
    standing = standing_of(campaign)
    flags = list(live_flags().filter(campaign=campaign).select_related("product", "operating_model"))
    decisions = latest_decisions(flags)
    rows = [FlagRow(flag, decisions.get(flag.pk), day) for flag in flags]
    return CampaignDecision(
        campaign=campaign,
        rows=sorted(rows, key=lambda row: row.urgency),
        standing=standing,
        offers_approval=standing.offers_approval_to(user),
        offers_rejection=standing.offers_rejection_to(user),
    )
