"""A campaign's way from draft to completed: one function per transition."""

from collections.abc import Callable

import pghistory
from django.db import transaction
from django.utils import timezone
from django_fsm import can_proceed, has_transition_perm

from marketing.campaigns import telling
from marketing.campaigns.choices import CampaignStatus
from marketing.campaigns.domain.locking import locked
from marketing.campaigns.models import Campaign
from marketing.campaigns.queries import ranged_pairs
from marketing.sales.models import PastPromotion
from sop_site.access.models import User
from sop_site.access.permissions import NotAllowed, NotNow
from sop_site.changes import mark_changed
from sop_site.clock import today
from sop_site.history import note_change

PARTICIPLES = {
    "submit": "submitted",
    "withdraw": "withdrawn",
    "revise": "revised",
    "cancel": "cancelled",
    "approve": "approved",
    "reject": "rejected",
}


@transaction.atomic
def submit_campaign(*, campaign: Campaign, by: User, note: str = "") -> Campaign:
    """Hand a draft to Planning; from now on its uplift counts as demand.

    Raises the revision, so that no earlier signature counts for it, and forgets the last decision
    (the history keeps it). Raises NotNow for a campaign of no door or no SKU, or one whose start has
    passed.
    """
    campaign = _may(campaign, "submit", by)
    if not campaign.lines.exists():
        raise NotNow(f"{campaign.code} features no SKU yet. Add at least one before you submit it.")
    if not campaign.campaign_doors.exists():
        raise NotNow(f"{campaign.code} runs at no door yet. Choose its doors before you submit it.")
    if campaign.starts_on < today():
        raise NotNow(
            f"{campaign.code} was to start on {campaign.starts_on:%a} {campaign.starts_on.day}"
            f" {campaign.starts_on:%b %Y}, which has passed. Change its dates before you submit it."
        )
    note_change(by=by, note=note)
    campaign.submit()
    campaign.submitted_at, campaign.submitted_by = timezone.now(), by
    campaign.decided_at, campaign.decided_by, campaign.decision_note = None, None, ""
    campaign.revision += 1
    campaign.save()
    _mark_featured(campaign)
    telling.tell_submitted(campaign, by)
    return campaign


@transaction.atomic
def withdraw_campaign(*, campaign: Campaign, by: User, note: str = "") -> Campaign:
    """Take a submitted campaign back to draft; its uplift no longer counts as demand."""
    campaign = _may(campaign, "withdraw", by)
    note_change(by=by, note=note)
    campaign.withdraw()
    campaign.save()
    _mark_featured(campaign)
    return campaign


@transaction.atomic
def revise_campaign(*, campaign: Campaign, by: User, note: str = "") -> Campaign:
    """Open a decided campaign's plan again; it must be submitted and decided anew.

    The last decision stays readable until it is submitted again.
    """
    campaign = _may(campaign, "revise", by)
    was_planned = campaign.is_planned
    note_change(by=by, note=note)
    campaign.revise()
    campaign.save()
    if was_planned:
        _mark_featured(campaign)
    return campaign


@transaction.atomic
def cancel_campaign(*, campaign: Campaign, by: User, note: str = "") -> Campaign:
    """Call a campaign off for good; where it counted as demand, it no longer does.

    Where it was running, its promoted SKU-doors were promoted up to today.
    """
    campaign = _may(campaign, "cancel", by)
    was_planned = campaign.is_planned
    note_change(by=by, note=note)
    campaign.cancel()
    campaign.save()
    PastPromotion.objects.filter(code=campaign.code, ends_on__gt=today()).update(ends_on=today())
    if was_planned:
        _mark_featured(campaign)
    return campaign


@transaction.atomic
def approve_campaign(*, campaign: Campaign, by: User, note: str = "") -> Campaign:
    """Planning will serve the plan. To be called by Planning alone, which has looked at the flags.

    ``by`` is whose signature came last: someone of Planning, or the CMO under a large accepted risk.
    Demand stays as it is. Raises NotNow where the campaign is over already.
    """
    campaign = _may(campaign, "approve", by)
    if campaign.ends_on < today():
        raise NotNow(f"{campaign.code} is over: its last day has passed. It can only be rejected.")
    note_change(by=by, note=note)
    campaign.approve()
    _decide(campaign, by, note)
    return campaign


@transaction.atomic
def reject_campaign(*, campaign: Campaign, by: User, note: str = "") -> Campaign:
    """Planning cannot serve the plan; its uplift no longer counts as demand. Called by Planning alone."""
    campaign = _may(campaign, "reject", by)
    note_change(by=by, note=note)
    campaign.reject()
    _decide(campaign, by, note)
    _mark_featured(campaign)
    return campaign


def start_due_campaigns() -> int:
    """Approved campaigns whose first day has come run from now on. Returns how many. For the nightly task.

    Each writes its promoted SKU-doors into the past promotions, so that no baseline learns from its weeks.
    """
    due = Campaign.objects.filter(status=CampaignStatus.APPROVED, starts_on__lte=today())
    return _by_the_clock(due.order_by("pk"), _start, "Its first day has come.")


def complete_due_campaigns() -> int:
    """Running campaigns whose last day has passed are completed. Returns how many. For the nightly task.

    Each has its promoted SKU-doors in the past promotions, once, from which lift is learned.
    """
    due = Campaign.objects.filter(status=CampaignStatus.RUNNING, ends_on__lt=today())
    return _by_the_clock(due.order_by("pk"), _complete, "Its last day has passed.")


def _start(campaign: Campaign) -> None:
    campaign.start()
    _write_promotions(campaign)


def _complete(campaign: Campaign) -> None:
    campaign.complete()
    _write_promotions(campaign)
    _mark_featured(campaign)


def _write_promotions(campaign: Campaign) -> None:
    """Its promoted SKU-doors as past promotions; those that stand already are left as they are."""
    PastPromotion.objects.bulk_create(
        (
            PastPromotion(
                code=campaign.code,
                product_id=product_id,
                door_id=door_id,
                mechanic_id=campaign.mechanic_id,
                starts_on=campaign.starts_on,
                ends_on=campaign.ends_on,
            )
            for product_id, door_id in ranged_pairs(campaign)
        ),
        ignore_conflicts=True,
    )


def _by_the_clock(due, act: Callable[[Campaign], None], note: str) -> int:
    """Do ``act`` to each campaign that is due, each in its own transaction, skipping what is locked."""
    done = 0
    for pk in list(due.values_list("pk", flat=True)):
        with transaction.atomic(), pghistory.context(user=None, note=note):
            campaign = due.select_for_update(no_key=True, skip_locked=True).filter(pk=pk).first()
            if campaign is None:
                continue
            act(campaign)
            campaign.save()
            done += 1
    return done


def _may(campaign: Campaign, name: str, by: User) -> Campaign:
    """The locked campaign, if its state and ``by`` allow the transition."""
    campaign = locked(campaign)
    method = getattr(campaign, name)
    if not can_proceed(method):
        raise NotNow(
            f"{campaign.code} is {campaign.get_status_display().lower()}:"
            f" it cannot be {PARTICIPLES[name]} now."
        )
    if not has_transition_perm(method, by):
        raise NotAllowed(f"{by} may not {name} a campaign.")
    return campaign


def _decide(campaign: Campaign, by: User, note: str) -> None:
    campaign.decided_at, campaign.decided_by, campaign.decision_note = timezone.now(), by, note
    campaign.save()
    telling.tell_decided(campaign, by)


def _mark_featured(campaign: Campaign) -> None:
    mark_changed(campaign.lines.values_list("product_id", flat=True))
