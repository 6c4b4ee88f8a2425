"""A shop whose week the nights counted, with a promotion that ran out at one door: what the pages show."""

from dataclasses import dataclass
from datetime import date, timedelta

from marketing.campaigns.choices import CampaignStatus
from marketing.campaigns.models import Campaign
from marketing.tests.factories import TODAY, make_campaign
from scorecard.measures.domain import see_promoted_days, take_snapshots
from scorecard.tests.measures.cases import LAST_WEEK, SATURDAY, Shop, make_shop, nights, sell, stock
from sop_site.clock import set_today
from sop_site.fiscal import FiscalPeriod, PeriodKind

# The week that the pages are about.
WEEK = FiscalPeriod.of(PeriodKind.WEEK, LAST_WEEK)
# The promoted boot is out at the first store from Tuesday to Friday.
OUT_DAYS = tuple(LAST_WEEK + timedelta(days=day) for day in range(2, 6))


@dataclass(frozen=True)
class Counted:
    """The shop, and its campaign."""

    shop: Shop
    campaign: Campaign


def counted_week() -> Counted:
    """What the nights of last week saw of its campaign, its stock at both ends, and its sales.

    Today is the Sunday after it.
    """
    shop = make_shop()
    campaign = make_campaign(
        products=[shop.crew, shop.boot],
        doors=shop.doors,
        starts_on=LAST_WEEK,
        days=7,
        status=CampaignStatus.RUNNING,
        name="Boot week",
    )

    def before(day: date) -> None:
        stock(shop.boot, shop.first, 0.0 if day in OUT_DAYS else 8.0)

    nights(LAST_WEEK, SATURDAY, see_promoted_days, before=before)
    for day in (LAST_WEEK, SATURDAY):
        take_snapshots(day)
    for product in (shop.crew, shop.boot):
        for door in shop.doors:
            sell(product, door, 6)
    set_today(TODAY)
    take_snapshots(TODAY)
    return Counted(shop, campaign)
