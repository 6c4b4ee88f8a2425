"""What people decide: on a flag, that its risk is taken; on a campaign, that it will be served.

Remedies have a room of their own; they leave their decisions on the flag through ``record_decision``.
"""

from django.db import transaction
from django.utils import timezone
from django_fsm import has_transition_perm

import marketing.campaigns.domain as campaigns
from marketing.campaigns.models import Campaign
from marketing.catalogue.models import Product
from planning.risk import telling
from planning.risk.choices import AcceptanceStatus, DecisionKind, SigningSide
from planning.risk.models import (
    ApprovalSignature,
    Decision,
    Flag,
    RiskAcceptance,
    may_sign_large_risk,
)
from planning.risk.sentences import size_accepted, still_to_sign
from planning.risk.standing import (
    CampaignStanding,
    is_large_risk,
    open_acceptance_of,
    operating_model_now,
    signing_side,
    standing_of,
    why_not_accept,
    why_nothing_to_decide,
)
from sop_site.access.models import User
from sop_site.access.permissions import NotAllowed, NotNow, require
from sop_site.history import note_change


def record_decision(*, flag: Flag, kind: DecisionKind, by: User, summary: str, note: str = "") -> Decision:
    """Add to what was decided on ``flag``: ``summary`` in one sentence, ``note`` in the person's words.

    Decisions are only ever added; the flag itself, which the recalculation writes, is left alone.
    """
    return Decision.objects.create(
        flag=flag,
        kind=kind,
        summary=summary[:300],
        note=note,
        decide_by_date=flag.decide_by_date,
        at=timezone.now(),
        by=by,
    )


@transaction.atomic
def accept_risk(*, flag: Flag, by: User, reason: str) -> RiskAcceptance:
    """Take the risk of ``flag`` knowingly, at the size at which it stands in ``flag``.

    Up to the operating model's amount the acceptance is in force at once. Above it, or where a price is
    missing, it waits for the VP Planning and the CMO; a VP Planning who accepts has signed with it.
    The SKU is locked as the recalculation locks it, so that the size accepted is the size that stands;
    raises NotNow where the flag was recalculated since it was read, or asks for no decision.
    """
    require(by, "planning.accept_risk")
    current = locked_flag(flag)
    if obstacle := why_not_accept(current, open_acceptance_of(current)):
        raise NotNow(obstacle)
    if current.calculated_at != flag.calculated_at:
        raise NotNow("This risk was recalculated just now; look at its size again before you accept it.")
    note_change(by=by, note=reason)
    acceptance = RiskAcceptance(
        flag=current,
        reason=reason,
        accepted_state=current.state,
        accepted_units_short=current.units_short,
        accepted_revenue_short=current.revenue_short,
        is_large=is_large_risk(current, operating_model_now()),
        proposed_at=timezone.now(),
        proposed_by=by,
    )
    side = signing_side(by)
    if acceptance.is_large and side is not None:
        _sign(acceptance, side, by)
    acceptance.save()
    _put_in_force_or_wait(acceptance, by, note=reason)
    if acceptance.sides_to_sign:
        telling.tell_signature_asked(acceptance, by)
    return acceptance


@transaction.atomic
def sign_acceptance(*, acceptance: RiskAcceptance, by: User, note: str) -> RiskAcceptance:
    """Sign for a large risk, as VP Planning or as CMO; the second signature puts it in force.

    Raises NotNow where it no longer waits, the side has signed, or there is nothing left to accept.
    """
    if not may_sign_large_risk(acceptance, by):
        raise NotAllowed("The VP Planning and the CMO sign for large risks.")
    current = _locked_acceptance(acceptance)
    if obstacle := why_nothing_to_decide(current.flag):
        raise NotNow(obstacle)
    side = signing_side(by)
    if side is None or side not in current.sides_to_sign:
        raise NotNow(f"You have signed already; it waits for {still_to_sign(current)}.")
    if by.pk in (current.planning_signed_by_id, current.marketing_signed_by_id):
        raise NotNow("You signed for the other side; this signature is another person's.")
    note_change(by=by, note=note)
    _sign(current, side, by)
    _put_in_force_or_wait(current, by, note=note)
    return current


@transaction.atomic
def decline_acceptance(*, acceptance: RiskAcceptance, by: User, note: str) -> RiskAcceptance:
    """Refuse to sign for a large risk; the flag needs another decision. NotNow where it no longer waits."""
    if not may_sign_large_risk(acceptance, by):
        raise NotAllowed("The VP Planning and the CMO sign for large risks.")
    current = _locked_acceptance(acceptance)
    note_change(by=by, note=note)
    current.decline()
    current.save()
    record_decision(
        flag=current.flag,
        kind=DecisionKind.ACCEPTANCE_DECLINED,
        by=by,
        summary=f"Acceptance declined: {size_accepted(current)}",
        note=note,
    )
    return current


@transaction.atomic
def approve_campaign(*, campaign: Campaign, by: User, note: str) -> CampaignStanding:
    """Approve a submitted campaign whose flags are all decided and calculated.

    Under a large accepted risk this is a signature: one of the VP Planning and one of the CMO, both under
    the same revision of the plan, and the second of them approves. Returns where the campaign stands then.
    Raises NotNow with a sentence where something is still open or the plan changed since it was read.
    """
    current = Campaign.objects.select_for_update(no_key=True).get(pk=campaign.pk)
    standing = standing_of(current)
    if not standing.may_be_approved_by(by):
        raise NotAllowed("With a large accepted risk, the VP Planning and the CMO approve together.")
    _same_plan(current, campaign)
    if standing.why_not_approve:
        raise NotNow(standing.why_not_approve)
    if standing.has_large_risk:
        _sign_approval(standing, by, note)
        standing = standing_of(current)
    if standing.sides_to_sign:
        telling.tell_approval_asked(standing, by)
    else:
        campaigns.approve_campaign(campaign=current, by=by, note=note)
    return standing_of(Campaign.objects.get(pk=current.pk))


@transaction.atomic
def reject_campaign(*, campaign: Campaign, by: User, note: str) -> None:
    """Send a submitted campaign back to Marketing; what was decided on its flags stays on them."""
    require(by, "planning.approve_campaign")
    current = Campaign.objects.select_for_update(no_key=True).get(pk=campaign.pk)
    _same_plan(current, campaign)
    if not has_transition_perm(current.reject, by):
        raise NotNow(f"{current} is {current.get_status_display().lower()}, not submitted.")
    campaigns.reject_campaign(campaign=current, by=by, note=note)


def locked_flag(flag: Flag) -> Flag:
    """The flag as it stands, with its SKU locked first: the order of the recalculation."""
    Product.objects.select_for_update(no_key=True).get(pk=flag.product_id)
    flags = Flag.objects.select_related("campaign", "product")
    return flags.select_for_update(no_key=True, of=("self",)).get(pk=flag.pk)


def _locked_acceptance(acceptance: RiskAcceptance) -> RiskAcceptance:
    """The acceptance as it stands, under the lock of its flag; NotNow unless it waits for signatures."""
    flag = locked_flag(acceptance.flag)
    current = RiskAcceptance.objects.select_for_update(no_key=True).get(pk=acceptance.pk)
    current.flag = flag
    if current.status != AcceptanceStatus.PROPOSED:
        raise NotNow(f"This acceptance no longer waits: {current.get_status_display().lower()}.")
    return current


def _sign(acceptance: RiskAcceptance, side: SigningSide, by: User) -> None:
    if side == SigningSide.PLANNING:
        acceptance.planning_signed_by, acceptance.planning_signed_at = by, timezone.now()
    else:
        acceptance.marketing_signed_by, acceptance.marketing_signed_at = by, timezone.now()


def _put_in_force_or_wait(acceptance: RiskAcceptance, by: User, *, note: str) -> None:
    """In force with its last signature; else it waits, and the flag says for whom."""
    if not acceptance.sides_to_sign:
        if not has_transition_perm(acceptance.come_into_force, by):
            raise NotAllowed("This risk is not yours to accept.")
        acceptance.come_into_force()
    acceptance.save()
    in_force = acceptance.status == AcceptanceStatus.IN_FORCE
    waits = "" if in_force else f"; waits for {still_to_sign(acceptance)}"
    record_decision(
        flag=acceptance.flag,
        kind=DecisionKind.ACCEPTED if in_force else DecisionKind.ACCEPTANCE_PROPOSED,
        by=by,
        summary=f"{'Risk accepted' if in_force else 'Acceptance'}: {size_accepted(acceptance)}{waits}",
        note=note,
    )


def _same_plan(current: Campaign, seen: Campaign) -> None:
    if current.revision != seen.revision:
        raise NotNow("Marketing changed this plan just now; look at it again before you decide.")


def _sign_approval(standing: CampaignStanding, by: User, note: str) -> None:
    side = signing_side(by)
    if side is None or side not in standing.sides_to_sign:
        raise NotNow(f"You have signed already; it waits for {standing.waits_for}.")
    if any(signature.by_id == by.pk for signature in standing.signatures):
        raise NotNow("You signed for the other side; this signature is another person's.")
    note_change(by=by, note=note)
    ApprovalSignature.objects.create(
        campaign=standing.campaign,
        campaign_revision=standing.campaign.revision,
        side=side,
        note=note,
        at=timezone.now(),
        by=by,
    )
