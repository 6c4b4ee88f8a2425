"""Where a flag or a campaign stands on its way to a decision, and what each person may do about it.

Pages offer what these reads allow and the domain refuses what they do not, so that a button and its
check cannot disagree.
"""

from dataclasses import dataclass

from django.db.models import Exists, OuterRef, QuerySet

from marketing.campaigns.choices import CampaignStatus
from marketing.campaigns.models import Campaign
from planning.risk.choices import FLAGGED_STATES, AcceptanceStatus, SigningSide
from planning.risk.limits import large_risk_of
from planning.risk.models import ApprovalSignature, Flag, RiskAcceptance
from planning.risk.sentences import joined, plural, still_to_sign
from sop_site.access.models import User
from sop_site.changes.models import ChangedSku
from sop_site.clock import today
from sop_site.operating_model.models import OperatingModel

SIGNING_PERMISSIONS = {
    SigningSide.PLANNING: "planning.accept_large_risk",
    SigningSide.MARKETING: "planning.co_sign_large_risk",
}


def signing_side(user: User) -> SigningSide | None:
    """The side for which ``user`` signs large risks; None for nearly everyone."""
    sides = (side for side, permission in SIGNING_PERMISSIONS.items() if user.has_perm(permission))
    return next(sides, None)


def is_large_risk(flag: Flag, operating_model: OperatingModel) -> bool:
    """Whether accepting the flag takes two signatures.

    A shortage whose price is unknown counts as large: it cannot be shown to be small.
    """
    if flag.revenue_short is None:
        return flag.units_short > 0
    return flag.revenue_short > (large_risk_of(flag, operating_model).value or 0.0)


def open_acceptance_of(flag: Flag) -> RiskAcceptance | None:
    """The acceptance of the flag that is in force or waits for signatures."""
    return (
        flag.acceptances.filter(status__in=[AcceptanceStatus.PROPOSED, AcceptanceStatus.IN_FORCE])
        .select_related("proposed_by", "planning_signed_by", "marketing_signed_by")
        .first()
    )


def why_nothing_to_decide(flag: Flag) -> str:
    """Why the flag asks nobody for a decision, in a sentence; empty where it does ask."""
    if flag.closed_at is not None or not flag.campaign.is_planned:
        return f"{flag.campaign} no longer plans {flag.product.sku}, so there is nothing to decide."
    if not flag.risk_state.needs_decision:
        return f"{flag.product.sku} needs no decision: its state is {flag.risk_state.label}."
    return ""


def why_not_accept(flag: Flag, acceptance: RiskAcceptance | None) -> str:
    """Why the risk cannot be accepted now, in a sentence; empty where it can.

    ``acceptance`` is the flag's open one.
    """
    if acceptance is None:
        return why_nothing_to_decide(flag)
    if acceptance.status == AcceptanceStatus.IN_FORCE:
        return "This risk has been accepted already."
    return f"The acceptance of this risk already waits for {still_to_sign(acceptance)}."


@dataclass(frozen=True, slots=True)
class FlagActions:
    """What one person may do on a flag now."""

    accept: bool
    remedy: bool
    sign: bool
    decline: bool

    @property
    def any(self) -> bool:
        """Whether there is anything at all."""
        return self.accept or self.remedy or self.sign or self.decline


def actions_on(flag: Flag, acceptance: RiskAcceptance | None, user: User) -> FlagActions:
    """What ``user`` may do on ``flag`` now; ``acceptance`` is its open one."""
    asks = not why_nothing_to_decide(flag)
    waits = acceptance is not None and acceptance.status == AcceptanceStatus.PROPOSED
    side = signing_side(user)
    return FlagActions(
        accept=user.has_perm("planning.accept_risk") and not why_not_accept(flag, acceptance),
        remedy=user.has_perm("planning.propose_remedy") and asks,
        sign=asks and waits and acceptance is not None and side in acceptance.sides_to_sign,
        decline=waits and side is not None,
    )


@dataclass(frozen=True, slots=True)
class CampaignStanding:
    """What stands between a submitted campaign and its approval."""

    campaign: Campaign
    undecided_count: int
    waiting_count: int
    has_large_risk: bool
    signatures: tuple[ApprovalSignature, ...]

    @property
    def sides_to_sign(self) -> list[SigningSide]:
        """The sides whose signature under this revision is missing; none without a large risk."""
        signed = {signature.side for signature in self.signatures}
        return [side for side in SigningSide if self.has_large_risk and side not in signed]

    @property
    def why_not_approve(self) -> str:
        """Why the campaign cannot be approved now, in a sentence; empty where it can."""
        if self.campaign.status != CampaignStatus.SUBMITTED:
            return f"{self.campaign} is {self.campaign.get_status_display().lower()}, not submitted."
        if self.waiting_count:
            verb = "is" if self.waiting_count == 1 else "are"
            return f"{plural(self.waiting_count, 'SKU')} {verb} being recalculated; try again in a moment."
        if self.undecided_count:
            verb = "needs" if self.undecided_count == 1 else "need"
            return f"{plural(self.undecided_count, 'flag')} still {verb} a decision."
        return ""

    def may_be_approved_by(self, user: User) -> bool:
        """Whether it is the part of ``user`` to approve it, whatever still stands in the way."""
        if self.has_large_risk:
            return signing_side(user) is not None
        return user.has_perm("planning.approve_campaign")

    def offers_approval_to(self, user: User) -> bool:
        """Whether ``user`` may approve, or sign, now."""
        if self.why_not_approve or not self.may_be_approved_by(user):
            return False
        return not self.has_large_risk or signing_side(user) in self.sides_to_sign

    def offers_rejection_to(self, user: User) -> bool:
        """Whether ``user`` may reject it now."""
        return self.campaign.status == CampaignStatus.SUBMITTED and user.has_perm("planning.approve_campaign")

    @property
    def signature_words(self) -> str:
        """Why approving takes two signatures, and whose are missing; empty where one person approves."""
        if not self.has_large_risk:
            return ""
        return f"It carries a large accepted risk: VP Planning and CMO approve together. {self._missing}"

    @property
    def _missing(self) -> str:
        return f"Waits for {self.waits_for}." if self.sides_to_sign else "Both have signed."

    @property
    def waits_for(self) -> str:
        """Whose signatures are missing: ``VP Planning and CMO``."""
        return joined([side.label for side in self.sides_to_sign])


def standing_of(campaign: Campaign) -> CampaignStanding:
    """Where ``campaign`` stands.

    What waits for recalculation is read first: a recalculation that ends in between has then already
    written the flags that are counted after it.
    """
    waiting = ChangedSku.objects.filter(product_id__in=campaign.lines.values("product_id")).count()
    large = _large_risks().filter(flag__campaign=campaign)
    signatures = campaign.approval_signatures.filter(campaign_revision=campaign.revision)
    return CampaignStanding(
        campaign=campaign,
        undecided_count=Flag.objects.undecided().filter(campaign=campaign).count(),
        waiting_count=waiting,
        has_large_risk=large.exists(),
        signatures=tuple(signatures.select_related("by").order_by("at")),
    )


def campaigns_to_decide(user: User) -> QuerySet[Campaign]:
    """Submitted campaigns without an undecided flag whose approval, or signature, is the part of ``user``."""
    approves, side = user.has_perm("planning.approve_campaign"), signing_side(user)
    if not approves and side is None:
        return Campaign.objects.none()
    campaign = OuterRef("pk")
    has_large_risk = Exists(_large_risks().filter(flag__campaign=campaign))
    ready = Campaign.objects.filter(status=CampaignStatus.SUBMITTED).exclude(
        Exists(Flag.objects.undecided().filter(campaign=campaign))
    )
    if side is None:
        return ready.exclude(has_large_risk)
    signed = ApprovalSignature.objects.filter(campaign_revision=OuterRef("revision"), side=side)
    ready = ready.exclude(Exists(signed.filter(campaign=campaign)))
    return ready if approves else ready.filter(has_large_risk)


def _large_risks() -> QuerySet[RiskAcceptance]:
    """Acceptances in force of what still is a risk, above the operating model's amount."""
    return RiskAcceptance.objects.filter(
        flag__closed_at=None,
        flag__state__in=FLAGGED_STATES,
        status=AcceptanceStatus.IN_FORCE,
        is_large=True,
    )


def operating_model_now() -> OperatingModel:
    """The version of the operating model that is in force on the business date."""
    return OperatingModel.objects.in_force(today())
