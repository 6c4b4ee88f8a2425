"""The points of a demand signal review: what came near, opened, worsened or lapses, what sold, what moved."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import TYPE_CHECKING, Final, TypedDict

from django.db import connection
from django.db.models import Count, Q

from marketing.campaigns.models import Campaign
from planning.risk.choices import FlagEventKind
from planning.risk.models import Flag
from planning.risk.sentences import plural, size_of
from scorecard.about.about import About
from scorecard.about.choices import AboutKind
from scorecard.meetings.agenda.points import Since, Wanted
from scorecard.meetings.choices import PointSource
from scorecard.signals.queries import exceptions_of_week, open_signals
from scorecard.signals.wording import against_forecast
from sop_site import formats
from sop_site.fiscal import WEEK, week_of, week_start

WINDOW_FIRST: Final = 6 * WEEK
WINDOW_LAST: Final = 8 * WEEK
# A flag lapses when its decide-by date is at most so far off.
LAPSES_WITHIN: Final = WEEK
WORSE: Final = (FlagEventKind.WORSENED, FlagEventKind.OUTGREW_ACCEPTANCE)
RECEIPTS_TOLD: Final = 8
SIGNALS_TOLD: Final = 12
OTHER_SIGNALS: Final = "others"
MOVED_RECEIPTS = """
SELECT receipt.id, receipt.product_id, receipt.po_number, receipt.line, product.sku,
    before.current_eta, receipt.current_eta,
    greatest(receipt.ordered_units - receipt.received_units, 0)
FROM planning_receipt receipt
JOIN marketing_product product ON product.id = receipt.product_id
JOIN LATERAL (
    SELECT current_eta FROM planning_receiptevent event
    WHERE event.pgh_obj_id = receipt.id AND event.pgh_created_at <= %(since)s
    ORDER BY event.pgh_created_at DESC, event.pgh_id DESC LIMIT 1
) before ON before.current_eta <> receipt.current_eta
WHERE receipt.status = 'open' AND receipt.id IN (
    SELECT pgh_obj_id FROM planning_receiptevent WHERE pgh_created_at > %(since)s AND pgh_label = 'update'
)
ORDER BY (receipt.current_eta - before.current_eta) * receipt.ordered_units DESC, receipt.id
"""


class Size(TypedDict):
    """How large a campaign is."""

    sku_count: int
    door_count: int


if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations

    NearCampaign = WithAnnotations[Campaign, Size]


@dataclass(frozen=True, slots=True)
class MovedReceipt:
    """An open receipt whose ETA is another than it was."""

    pk: int
    product_id: int
    po_number: str
    line: int
    sku: str
    eta_before: date
    eta: date
    units: float

    @property
    def name(self) -> str:
        """As people call it: ``PO-1/1``."""
        return f"{self.po_number}/{self.line}"

    @property
    def days_later(self) -> int:
        """By how many days; negative where it comes earlier."""
        return (self.eta - self.eta_before).days


def weekly_points(since: Since) -> list[Wanted]:
    """All of them, in no order."""
    return [
        *_campaigns_near(since),
        *_flags(since),
        *_signals(),
        *_sales(since),
        *_receipts(since),
    ]


def campaigns_near(since: Since) -> "list[NearCampaign]":
    """Planned campaigns that came within 8 weeks of their start since the meeting before, the next first.

    One that was submitted later than 8 weeks ahead came in with its submission.
    """
    near = (
        Campaign.objects.planned()
        .filter(starts_on__gt=since.day, starts_on__lte=since.day + WINDOW_LAST)
        .filter(Q(starts_on__gt=since.first_day + WINDOW_LAST) | Q(submitted_at__gt=since.at))
    )
    return list(
        near.annotate(
            sku_count=Count("lines__product", distinct=True), door_count=Count("doors", distinct=True)
        ).order_by("starts_on", "pk")
    )


def moved_receipts(since: Since) -> list[MovedReceipt]:
    """Open receipts whose ETA is another than at the meeting before; the most delayed units first."""
    with connection.cursor() as cursor:
        cursor.execute(MOVED_RECEIPTS, {"since": since.at})
        return [MovedReceipt(*row) for row in cursor.fetchall()]


def _campaigns_near(since: Since) -> Iterator[Wanted]:
    for campaign in campaigns_near(since):
        weeks = max(1, round((campaign.starts_on - since.day) / WEEK))
        is_late = campaign.starts_on - since.day < WINDOW_FIRST
        late = " Less than six weeks are left for it." if is_late else ""
        yield Wanted(
            PointSource.CAMPAIGN_NEAR,
            str(campaign.pk),
            f"{campaign} starts in {plural(weeks, 'week')}: "
            f"{plural(campaign.sku_count, 'SKU')} at {plural(campaign.door_count, 'door')}",
            f"{formats.day_range(campaign.starts_on, campaign.ends_on)}, "
            f"{campaign.get_status_display().lower()}.{late}",
            about=About(AboutKind.CAMPAIGN, str(campaign.pk)),
            # What is short of it has a point of its own.
            planned_minutes=2,
        )


def _flags(since: Since) -> Iterator[Wanted]:
    """The undecided flags of each campaign once, by what is most pressing about them."""
    undecided = Flag.objects.undecided().select_related("campaign", "product").order_by("campaign_id", "pk")
    lapsing = undecided.filter(decide_by_date__lte=since.day + LAPSES_WITHIN)
    worsened = undecided.filter(events__kind__in=WORSE, events__at__gt=since.at).distinct()
    opened = undecided.filter(opened_at__gt=since.at)
    told: set[int] = set()
    for source, flags, what in (
        (PointSource.FLAG_LAPSING, lapsing, "must be decided"),
        (PointSource.FLAG_WORSENED, worsened, "got worse"),
        (PointSource.FLAG_OPENED, opened, "came to need a decision"),
    ):
        found = [flag for flag in flags if flag.pk not in told]
        told |= {flag.pk for flag in found}
        yield from _by_campaign(source, found, what, since)


def _by_campaign(source: PointSource, flags: Iterable[Flag], what: str, since: Since) -> Iterator[Wanted]:
    for campaign, group in groupby(flags, key=lambda flag: flag.campaign):
        of_campaign = list(group)
        money = [flag.revenue_short for flag in of_campaign]
        known = [amount for amount in money if amount is not None]
        revenue = sum(known) if len(known) == len(money) else None
        size = size_of(sum(flag.units_short for flag in of_campaign), revenue)
        one = of_campaign[0] if len(of_campaign) == 1 else None
        yield Wanted(
            source,
            str(campaign.pk),
            f"{campaign}: {one.product.sku if one else plural(len(of_campaign), 'SKU')} {what}, {size} short",
            _deadline(of_campaign, since.day),
            money=sum(known),
            about=About(AboutKind.FLAG, str(one.pk)) if one else About(AboutKind.CAMPAIGN, str(campaign.pk)),
        )


def _deadline(flags: Sequence[Flag], day: date) -> str:
    dates = sorted(flag.decide_by_date for flag in flags if flag.decide_by_date is not None)
    said = []
    if dates and dates[0] < day:
        said.append(f"The last day to decide was {formats.short_date(dates[0])}.")
    if comes := [one for one in dates if one >= day]:
        said.append(f"Decide by {formats.short_date(comes[0])}.")
    return " ".join(said)


def _signals() -> Iterator[Wanted]:
    """The largest open signals one by one, the others together: no meeting goes through hundreds."""
    signals = open_signals()
    for signal in signals[:SIGNALS_TOLD]:
        money = signal.error_money
        yield Wanted(
            PointSource.SIGNAL,
            str(signal.pk),
            f"{signal.product.sku} {signal.product.name}: {signal.words[0].lower()}{signal.words[1:]}",
            money=None if money is None else abs(money),
            is_promoted=signal.is_promoted,
            about=About(AboutKind.SIGNAL, str(signal.pk)),
            planned_minutes=2,
        )
    count = signals.count()
    if count > SIGNALS_TOLD:
        yield Wanted(
            PointSource.SIGNAL,
            OTHER_SIGNALS,
            f"{plural(count, 'demand signal')} in all",
            "The smaller ones stand on the page Demand signal, where each is decided.",
        )


def _sales(since: Since) -> Iterator[Wanted]:
    last_week = week_start(since.day) - WEEK
    found = exceptions_of_week(last_week)
    if found is None or not found.has_forecast or not found.rows:
        return
    yield Wanted(
        PointSource.SALES,
        str(last_week),
        f"Sales of {week_of(last_week).label}: {plural(found.sold_units, 'unit')}, "
        f"{against_forecast(found.sold_units, found.forecast_units)}",
        f"{plural(len(found.rows), 'SKU')} that missed the most money, promoted first.",
    )


def _receipts(since: Since) -> Iterator[Wanted]:
    moved = moved_receipts(since)
    if not moved:
        return
    later = [receipt for receipt in moved if receipt.days_later > 0]
    lines = [
        f"{receipt.name} ({receipt.sku}, {plural(receipt.units, 'unit')}): "
        f"{formats.short_date(receipt.eta_before)} → {formats.short_date(receipt.eta)}"
        for receipt in moved[:RECEIPTS_TOLD]
    ]
    if len(moved) > RECEIPTS_TOLD:
        lines.append(f"and {len(moved) - RECEIPTS_TOLD} more.")
    yield Wanted(
        PointSource.RECEIPT_MOVED,
        str(since.first_day),
        f"{plural(len(moved), 'receipt')} moved, {len(later)} of them later",
        "\n".join(lines),
    )
