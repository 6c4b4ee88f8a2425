"""Who is told when a campaign goes to Planning, and when Planning has decided on it."""

from collections.abc import Iterable, Sequence
from typing import Final

from marketing.campaigns.choices import CampaignStatus
from marketing.campaigns.models import Campaign
from sop_site.access.models import User
from sop_site.access.queries import people_who_may
from sop_site.formats import day_range
from sop_site.notifications.choices import Kind
from sop_site.notifications.domain import notify
from sop_site.notifications.told import all_but_last, by_thing

# What is told of a submitted plan: that it is, and that its approval waits for a second signature.
ASKED: Final = (CampaignStatus.SUBMITTED, "sign")


def tell_submitted(campaign: Campaign, by: User) -> None:
    """Tell Planning that a campaign waits for it."""
    days = day_range(campaign.starts_on, campaign.ends_on, with_year=True)
    planners = people_who_may("planning.approve_campaign")
    detail = f"It runs {days}, and waits to be approved or rejected."
    _tell(Kind.CAMPAIGN_WAITS, planners, campaign, f"is submitted by {by}", detail, by)


def tell_decided(campaign: Campaign, by: User) -> None:
    """Tell the owner of a campaign, or who submitted it where it has none, what Planning decided."""
    concerned = campaign.owner or campaign.submitted_by
    verb = "is approved" if campaign.status == CampaignStatus.APPROVED else "is rejected"
    people = [] if concerned is None else [concerned]
    _tell(Kind.CAMPAIGN_DECIDED, people, campaign, verb, campaign.decision_note[:500], by)


def _tell(kind: Kind, to: Iterable[User], campaign: Campaign, verb: str, detail: str, by: User) -> None:
    notify(
        kind=kind,
        to=to,
        key=f"campaign:{campaign.pk}:revision:{campaign.revision}:{campaign.status}",
        title=f"{campaign} {verb}",
        detail=detail,
        url=campaign.get_absolute_url(),
        by=by,
    )


def told_and_over(user: User, keys: Sequence[str]) -> set[str]:
    """Of the ``keys`` under which ``user`` was told, those of decisions on a plan that are not its last."""
    told = by_thing(keys, "campaign")
    stages = dict(Campaign.objects.filter(pk__in=told).values_list("pk", "status"))
    over = set()
    for pk, of_campaign in told.items():
        of_plan = [one for one in of_campaign if one.parts[0] == "revision"]
        over |= all_but_last(of_plan)
        # One that is approved goes on to run, and then to be over; that it was approved is still so.
        waits = stages.get(pk) == CampaignStatus.SUBMITTED
        over |= {one.key for one in of_plan if (one.parts[2] in ASKED) != waits}
    return over
