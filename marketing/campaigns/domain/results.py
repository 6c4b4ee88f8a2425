"""Writes to what a campaign was to bring, and what it brought."""

from collections.abc import Mapping
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from marketing.campaigns.domain.locking import locked
from marketing.campaigns.models import Campaign, CampaignResult
from marketing.campaigns.results import ACTUALS, RESULT_FIELDS, has_started, orders_beyond_visits
from sop_site.access.models import User
from sop_site.access.permissions import NotNow, require
from sop_site.clock import today
from sop_site.history import note_change

Amount = int | Decimal | None


@transaction.atomic
def enter_results(
    *, campaign: Campaign, changes: Mapping[str, Amount], by: User, note: str = ""
) -> CampaignResult | None:
    """Keep these of a campaign's targets and actuals, by field of `CampaignResult`; None forgets one.

    Fields that are not among ``changes`` stay as they are, so that two people may enter different ones.
    What changes nothing is not written. Raises NotNow for actuals before the campaign has started, and for
    more orders than visits. Leaves the figures of a closed week of the scorecard alone. Returns what stands
    now, None where nothing does.
    """
    require(by, "marketing.enter_results")
    if unknown := set(changes) - set(RESULT_FIELDS):
        raise ValueError(f"No such figures: {', '.join(sorted(unknown))}.")
    campaign = locked(campaign)
    result = CampaignResult.objects.filter(campaign=campaign).first() or CampaignResult(campaign=campaign)
    changed = {name: value for name, value in changes.items() if getattr(result, name) != value}
    if not changed:
        return result if result.pk else None
    if not has_started(campaign, today()) and any(changed.get(name) is not None for name in ACTUALS):
        raise NotNow(f"{campaign.code} has not started: there is nothing yet that it could have brought.")
    for name, value in changed.items():
        setattr(result, name, value)
    for _, sentence in orders_beyond_visits({name: getattr(result, name) for name in RESULT_FIELDS}):
        raise NotNow(sentence)
    note_change(by=by, note=note)
    result.is_loaded, result.entered_at, result.entered_by = False, timezone.now(), by
    result.save()
    return result
