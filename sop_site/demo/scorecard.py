"""The demo's scorecard: past weeks with their stock, campaigns that ended, targets, a replay and the reviews.

Sales and promotions are the retailer's own. What no folder can bring is made here: the stock that the nights
would have counted, what they saw of campaigns, how the process served those, and what leadership said of it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from numpy.typing import NDArray

from marketing.campaigns.choices import CampaignStatus, LiftUnit
from marketing.campaigns.models import Campaign, CampaignDoor, CampaignLine, CampaignResult
from marketing.catalogue.models import Category, Door, Product
from marketing.sales.models import PastPromotion
from planning.supply.models import StockPosition
from scorecard.lab.domain import record_sighting, run_replay
from scorecard.lab.engine import SeenLines
from scorecard.lab.models import Replay, Sighting
from scorecard.lab.packing import SeenWeek, pack_sighting
from scorecard.lab.queries import replayable
from scorecard.measures.choices import DayState, Measure
from scorecard.measures.domain import see_promoted_days, take_snapshots, take_week
from scorecard.measures.domain.targets import set_target
from scorecard.measures.models import ProcessFact, PromotedDays, WeekSnapshot
from scorecard.measures.stock import DOOR_PLACES, StockOfWeek, sku_door_keys
from scorecard.outcomes.domain import record_outcomes
from scorecard.reviews.models import QuarterlyReview, ReviewDecision
from sop_site.access.models import User
from sop_site.columns import read_columns
from sop_site.demo.distributions import PATTERNS, Mechanic
from sop_site.demo.endings import leave_over, likely_out
from sop_site.demo.names import site_wide_name, social_name
from sop_site.demo.outlooks import expected_then
from sop_site.fiscal import WEEK, FiscalPeriod, PeriodKind, week_of, week_start
from sop_site.operating_model.domain import propose_operating_model
from sop_site.operating_model.models import OperatingModel

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]

SEED: Final = 20261123
QUARTERS_BACK: Final = 5
SALES: Final = """
SELECT product_id AS product, door_id AS door, (week_start - %(first)s) / 7 AS week, units,
    coalesce(revenue, 0) AS revenue, out_of_stock_share AS out, promoted_days AS promoted
FROM marketing_weeklysales WHERE week_start >= %(first)s AND week_start < %(end)s
"""
# How likely a SKU-door is out one to three days of a week beside those of its sales: otherwise, promoted.
ALSO_OUT: Final = (0.23, 0.3)
WEEKS_BEFORE: Final = 8
DOOR_WEEKS, DC_REORDER_WEEKS, DC_FULL_WEEKS = 2.6, 8.0, 14.0
EARLIER_CAMPAIGNS: Final = 9
EARLIER_ENDED_WEEKS_AGO: Final = 15
PARTNERS: Final = ("Marlow Glass × Pellwick", "Sixpenny Press × Pellwick", "Fernhill Farm × Pellwick")
KINDS: Final = {
    Mechanic.SITE_WIDE_EVENT: "SITE",
    Mechanic.SOCIAL_PUSH: "SOCIAL",
    Mechanic.PARTNERSHIP_DROP: "PARTNER",
}
SUBMITTED_WEEKS_AHEAD: Final = (9, 8, 4, 10, 8, 9, 5, 8)
SIGHTED_WEEKS: Final = 34
REPLAYED_WEEKS: Final = 26
PROPOSED_COVER: Final = 1.2
TARGETS: Final = (
    (Measure.STOCKOUT_DAYS, 0.12),
    (Measure.STOCKOUT_DAYS_OTHER, 0.08),
    (Measure.ACCURACY_PROMOTED, 0.72),
    (Measure.ACCURACY_OTHER, 0.75),
    (Measure.BIAS, 0.03),
    (Measure.TURN, 4.0),
    (Measure.MARKDOWN, 0.02),
    (Measure.VISITS, 1.0),
    (Measure.REVENUE, 1.0),
    (Measure.SEEN_EARLY, 0.7),
)


@dataclass(frozen=True, slots=True)
class _Past:
    """The weeks from ``first`` on ``[w]`` at the ranged SKU-doors ``[n]``, by their ``keys``, ascending.

    ``out`` has one bit a day on which there was nothing to sell.
    """

    first: date
    keys: Integers
    units: Floats
    revenue: Floats
    is_observed: Flags
    out: NDArray[np.uint8]

    @property
    def product_ids(self) -> Integers:
        """Of each SKU-door."""
        return self.keys // DOOR_PLACES

    @property
    def door_ids(self) -> Integers:
        """Of each SKU-door."""
        return self.keys % DOOR_PLACES


@transaction.atomic
def seed_scorecard(*, today: date) -> None:
    """Take the past quarters as their nights would have, and hold the reviews of the last one and this one.

    The same data and the same day give the same scorecard.
    """
    rng = np.random.default_rng(SEED)
    people = {user.username: user for user in User.objects.all()}
    first = (FiscalPeriod.of(PeriodKind.QUARTER, today) - QUARTERS_BACK).start
    campaigns = _ended_campaigns(first, today, people, rng)
    past = _past(first, week_start(today), campaigns, rng)
    _enter_results(campaigns, past, people, rng)
    _see_campaigns(campaigns, past)
    outlooks = expected_then(past.product_ids, past.door_ids, past.units, today, rng)
    for week, stock in enumerate(_stock_of_weeks(past, rng)):
        take_week(week_start=first + week * WEEK, stock=stock, today=today, outlooks=outlooks[week])
    _serve(campaigns, rng)
    record_outcomes(today)
    leave_over(campaigns, rng)
    _set_targets(first, people)
    _close(today)
    see_promoted_days(today)
    take_snapshots(today)
    _sight(campaigns, today, rng)
    record_sighting(today)
    proposed = _propose(today, people)
    _hold_reviews(today, proposed, people)


def _past(first: date, end: date, campaigns: Sequence[Campaign], rng: np.random.Generator) -> _Past:
    kinds = {"product": "int8", "door": "int8", "week": "int4"}
    kinds |= {"units": "float8", "revenue": "float8", "out": "float8", "promoted": "int4"}
    sold = read_columns(SALES, {"first": first, "end": end}, kinds)
    keys, place = np.unique(sku_door_keys(sold["product"], sold["door"]), return_inverse=True)
    shape = ((end - first).days // WEEK.days, len(keys))

    def laid_out(values: NDArray) -> Floats:
        found = np.zeros(shape)
        found[sold["week"], place] = values
        return found

    is_observed = laid_out(np.ones(len(place))) > 0
    days_out = np.rint(7 * laid_out(sold["out"])).astype(np.int64)
    likely = np.take(ALSO_OUT, (laid_out(sold["promoted"]) > 0).astype(int))
    units = laid_out(sold["units"])
    for campaign in campaigns:
        cells, weeks = _cells_of(campaign, keys), _weeks_of(campaign, first)
        before = units[max(0, weeks.start - WEEKS_BEFORE) : max(1, weeks.start), cells]
        likely[weeks, cells] = likely_out(campaign, keys[cells] // DOOR_PLACES, before, units[weeks, cells])
    also = rng.random(shape) < likely
    days_out = np.where(days_out > 0, days_out, np.where(also, rng.integers(1, 4, shape), 0))
    # Its days of a week lie together.
    bits = ((1 << days_out) - 1) << np.floor(rng.random(shape) * (8 - days_out)).astype(np.int64)
    return _Past(
        first=first,
        keys=keys,
        units=units,
        revenue=laid_out(sold["revenue"]),
        is_observed=is_observed,
        out=np.where(is_observed, bits, 0).astype(np.uint8),
    )


def _smoothed(units: Floats) -> Floats:
    """The mean of the eight weeks around each week ``[w, n]``."""
    total = np.vstack([np.zeros(units.shape[1]), units.cumsum(axis=0)])
    weeks = np.arange(len(units))
    low, high = np.maximum(weeks - 4, 0), np.minimum(weeks + 4, len(units))
    return (total[high] - total[low]) / (high - low)[:, None]


def _stock_of_weeks(past: _Past, rng: np.random.Generator) -> Iterable[StockOfWeek]:
    """Stores are filled up each week; the DC orders when its weeks of supply run low."""
    from_dc = set(Door.objects.filter(sells_from_dc=True).values_list("pk", flat=True))
    at_dc = np.isin(past.door_ids, sorted(from_dc))
    dc_id = Door.objects.filter(sells_from_dc=True).values_list("supplied_by", flat=True).get()
    products, of_product = np.unique(past.product_ids, return_inverse=True)
    network = np.zeros((len(past.units), len(products)))
    np.add.at(network.T, of_product, past.units.T)
    rate, network_rate = _smoothed(past.units), _smoothed(network)
    level = np.ceil(1 + DOOR_WEEKS * rate * rng.uniform(0.8, 1.2, rate.shape[1]))
    stock = level[0]
    stocked = set(StockPosition.objects.filter(door=dc_id).values_list("product_id", flat=True))
    is_stocked = np.isin(products, sorted(stocked))
    dc = np.ceil(network_rate[0] * rng.uniform(DC_REORDER_WEEKS, DC_FULL_WEEKS, len(products)))
    for week, out in enumerate(past.out):
        opening = np.where(at_dc | (out & 1 > 0), 0.0, np.maximum(stock, 1.0))
        stock = np.maximum(np.maximum(level[week], opening) - past.units[week] / 7, 1.0).round()
        stock = np.where(at_dc | (out & 64 > 0), 0.0, stock)
        dc_opening = dc
        dc = np.maximum(dc - network[week], 0.0)
        is_low = dc < DC_REORDER_WEEKS * network_rate[week]
        dc = np.where(is_low, np.ceil(DC_FULL_WEEKS * network_rate[week]), dc)
        here = past.is_observed[week]
        of_dc = is_stocked & (dc_opening + dc > 0)
        none = np.zeros(int(of_dc.sum()), np.uint8)
        yield StockOfWeek(
            product_ids=np.concatenate([past.product_ids[here], products[of_dc]]),
            door_ids=np.concatenate([past.door_ids[here], np.full(len(none), dc_id)]),
            opening=np.concatenate([opening[here], dc_opening[of_dc]]),
            closing=np.concatenate([stock[here], dc[of_dc]]),
            seen=np.concatenate([np.full(int(here.sum()), 127, np.uint8), none]),
            out=np.concatenate([out[here], none]),
        )


def _ended_campaigns(
    first: date, today: date, people: dict[str, User], rng: np.random.Generator
) -> list[Campaign]:
    """The completed campaigns, before them some made of promotions since ``first``, the oldest first."""
    promotions = PastPromotion.objects.filter(
        starts_on__gte=first,
        ends_on__lte=today - EARLIER_ENDED_WEEKS_AGO * WEEK,
        mechanic__name__in=_mechanic_names(),
    )
    codes = list(promotions.order_by("-starts_on", "code").values_list("code", "starts_on").distinct())
    # Spread over all of the time.
    for code, _ in codes[:: max(1, len(codes) // EARLIER_CAMPAIGNS)][:EARLIER_CAMPAIGNS]:
        _make_campaign(code, people, rng)
    ended = list(
        Campaign.objects.filter(status=CampaignStatus.COMPLETED)
        .select_related("mechanic")
        .order_by("starts_on", "pk")
    )
    for number, campaign in enumerate(ended):
        weeks = SUBMITTED_WEEKS_AHEAD[number % len(SUBMITTED_WEEKS_AHEAD)]
        campaign.submitted_at = _moment(campaign.starts_on - weeks * WEEK, 10)
        campaign.decided_at = _moment(campaign.starts_on - (weeks - 1) * WEEK, 15)
        campaign.save(update_fields=["submitted_at", "decided_at"])
    return ended


def _mechanic_names() -> list[str]:
    return [mechanic.value for mechanic in KINDS]


def _make_campaign(code: str, people: dict[str, User], rng: np.random.Generator) -> None:
    rows = PastPromotion.objects.filter(code=code)
    one = rows.select_related("mechanic").order_by("pk")[0]
    mechanic, week = Mechanic(one.mechanic.name), week_of(one.starts_on)
    campaign_code = f"C{week.year % 100:02d}-W{week.week:02d}-{KINDS[mechanic]}"
    if Campaign.objects.filter(code=campaign_code).exists():
        return
    taken = set(Campaign.objects.values_list("name", flat=True))
    if mechanic == Mechanic.PARTNERSHIP_DROP:
        name = next((partner for partner in PARTNERS if partner not in taken), PARTNERS[0])
    else:
        named = site_wide_name if mechanic == Mechanic.SITE_WIDE_EVENT else social_name
        name = named(one.starts_on, taken)
    owner = people["maya.marketing"]
    campaign = Campaign.objects.create(
        code=campaign_code, name=name, mechanic=one.mechanic, starts_on=one.starts_on, ends_on=one.ends_on,
        status=CampaignStatus.COMPLETED, owner=owner, submitted_at=_moment(one.starts_on - 8 * WEEK, 10),
        submitted_by=owner, decided_at=_moment(one.starts_on - 7 * WEEK, 15), decided_by=people["victor.vp"],
    )  # fmt: skip
    discount = one.discount_ratio or 0.0
    ratios = PATTERNS[mechanic].median_uplift_by_discount
    usual = ratios[min(ratios, key=lambda known: abs(known - discount))]
    products = list(rows.order_by("product").values_list("product", flat=True).distinct())
    CampaignDoor.objects.bulk_create(
        CampaignDoor(campaign=campaign, door_id=door)
        for door in rows.order_by("door").values_list("door", flat=True).distinct()
    )
    lifts = np.rint(20 * usual * rng.lognormal(0, 0.15, len(products))) * 5
    CampaignLine.objects.bulk_create(
        CampaignLine(
            campaign=campaign, product_id=product, lift_unit=LiftUnit.PERCENT, lift_value=max(lift, 5.0),
            uplift_ratio=max(lift, 5.0) / 100, discount_percent=100 * discount,
        )
        for product, lift in zip(products, lifts.tolist(), strict=True)
    )  # fmt: skip


def _cells_of(campaign: Campaign, keys: Integers) -> Integers:
    """The places of its SKUs at its doors among SKU-doors by their key."""
    products = sorted(campaign.lines.values_list("product_id", flat=True))
    doors = sorted(campaign.campaign_doors.values_list("door_id", flat=True))
    return np.flatnonzero(np.isin(keys // DOOR_PLACES, products) & np.isin(keys % DOOR_PLACES, doors))


def _weeks_of(campaign: Campaign, first: date) -> slice:
    """The places of its weeks from that of ``first`` on."""
    return slice((campaign.starts_on - first) // WEEK, (campaign.ends_on - first) // WEEK + 1)


def _enter_results(
    campaigns: Sequence[Campaign], past: _Past, people: dict[str, User], rng: np.random.Generator
) -> None:
    """What Marketing expected of each campaign and what it brought: around what its SKUs sold."""
    made = []
    for campaign in campaigns:
        cells, weeks = _cells_of(campaign, past.keys), _weeks_of(campaign, past.first)
        revenue, units = past.revenue[weeks, cells].sum(), past.units[weeks, cells].sum()
        orders = max(1, round(units / 1.6))
        visits = round(orders / rng.uniform(0.022, 0.034))
        reached = rng.uniform(0.84, 1.14)
        spend = 0.06 * revenue * rng.uniform(0.9, 1.2)
        made.append(
            CampaignResult(
                campaign=campaign, visits_actual=visits,
                visits_target=round(visits / rng.uniform(0.88, 1.12), -2),
                orders_actual=orders, orders_target=round(orders / reached, -1),
                revenue_actual=_money(revenue), revenue_target=_money(round(revenue / reached, -2)),
                spend_actual=_money(spend), spend_target=_money(round(spend / rng.uniform(0.95, 1.1), -2)),
                entered_at=_moment(campaign.ends_on + timedelta(days=3), 11),
                entered_by=people["maya.marketing"],
            )
        )  # fmt: skip
    CampaignResult.objects.bulk_create(made)


def _see_campaigns(campaigns: Sequence[Campaign], past: _Past) -> None:
    """Write the days that the nights saw of each campaign."""
    made, category_of = [], dict(Product.objects.values_list("pk", "category"))
    for campaign in campaigns:
        cells = _cells_of(campaign, past.keys)
        days = np.arange((campaign.starts_on - past.first).days, (campaign.ends_on - past.first).days + 1)
        is_out = (past.out[days // 7][:, cells] >> (days % 7)[:, None].astype(np.uint8)) & 1 > 0
        state = np.where(is_out, DayState.OUT, DayState.IN_STOCK)
        state = np.where(past.is_observed[days // 7][:, cells], state, DayState.NOT_OFFERED).astype(np.uint8)
        made += [
            PromotedDays(
                campaign=campaign,
                product_id=product,
                door_id=door,
                category_id=category_of[product],
                states=states.tobytes(),
            )
            for product, door, states in zip(
                past.product_ids[cells].tolist(), past.door_ids[cells].tolist(), state.T, strict=True
            )
        ]
    PromotedDays.objects.bulk_create(made, batch_size=5_000)


def _serve(campaigns: Sequence[Campaign], rng: np.random.Generator) -> None:
    """How the process served each campaign, by category: what was loaded as completed has no flags."""
    snapshots = {snapshot.week_start: snapshot for snapshot in WeekSnapshot.objects.in_force()}
    made = []
    for campaign in campaigns:
        snapshot = snapshots.get(week_start(campaign.starts_on))
        if snapshot is None:
            continue
        categories = list(campaign.lines.order_by("pk").values_list("product__category", flat=True))
        for category in dict.fromkeys(categories):
            risks = int(rng.binomial(categories.count(category), 0.3))
            if not risks:
                continue
            decided = int(rng.binomial(risks, 0.9))
            remedies = int(rng.binomial(decided, 0.7))
            made.append(
                ProcessFact(
                    snapshot=snapshot, campaign=campaign, category_id=category, risks=risks,
                    seen_early=int(rng.binomial(risks, 0.66)), with_deadline=decided,
                    decided_in_time=int(rng.binomial(decided, 0.8)), remedies=remedies,
                    remedies_worked=int(rng.binomial(remedies, 0.75)),
                    lead_days=sorted(float(days) for days in rng.integers(14, 52, decided)),
                )
            )  # fmt: skip
    ProcessFact.objects.bulk_create(made)


def _close(today: date) -> None:
    """Close what its nights would have closed; each at the time at which it would have been."""
    closing = timedelta(days=WEEK.days + OperatingModel.objects.in_force(today).closing_days)
    due = list(WeekSnapshot.objects.in_force().filter(week_start__lt=today - closing + timedelta(days=1)))
    for snapshot in due:
        snapshot.taken_on = snapshot.week_start + closing
        snapshot.taken_at = snapshot.closed_at = _moment(snapshot.taken_on, 3)
    WeekSnapshot.objects.bulk_update(due, ["taken_on", "taken_at", "closed_at"])


def _set_targets(first: date, people: dict[str, User]) -> None:
    for measure, value in TARGETS:
        set_target(
            measure=measure, category=None, effective_from=first, value=value,
            reason="Agreed for the fiscal year.", by=people["erik.executive"],
        )  # fmt: skip


def _sight(campaigns: Sequence[Campaign], today: date, rng: np.random.Generator) -> None:
    """What was known of each campaign in the weeks before it: where it was short later, often too little."""
    places = _SightedPlaces()
    lines = [places.lines_of(campaign) for campaign in campaigns]
    model = OperatingModel.objects.in_force(today)
    made = []
    for back in range(SIGHTED_WEEKS, 0, -1):
        week = week_start(today) - back * WEEK
        ahead = [
            (campaign, *of)
            for campaign, of in zip(campaigns, lines, strict=True)
            if timedelta(0) < campaign.starts_on - week <= 10 * WEEK
        ]
        seen = places.seen(week, ahead, rng)
        made.append(
            Sighting(
                week_start=week, seen_on=week, operating_model=model, lines=len(seen),
                packed=pack_sighting(seen),
            )
        )  # fmt: skip
    Sighting.objects.bulk_create(made)


class _SightedPlaces:
    """Categories and regions by their place, as sightings keep them, "" first."""

    def __init__(self) -> None:
        categories = list(Category.objects.order_by("pk").values_list("pk", "path"))
        self._category = {pk: place for place, (pk, _) in enumerate(categories, start=1)}
        self._paths = ("", *(path for _, path in categories))
        doors = dict(Door.objects.values_list("pk", "region"))
        self._regions = tuple(sorted({"", *doors.values()}))
        self._region_of = {pk: self._regions.index(region) for pk, region in doors.items()}
        self._products = {
            pk: (self._category.get(category, 0), float(cost or np.nan))
            for pk, category, cost in Product.objects.values_list("pk", "category_id", "unit_cost")
        }

    def lines_of(self, campaign: Campaign) -> tuple[list[tuple[int, int]], list[bool]]:
        """The SKUs in regions of a campaign, and which of them were out."""
        out: dict[tuple[int, int], bool] = {}
        rows = PromotedDays.objects.filter(campaign=campaign).order_by("product", "door")
        for product, door, states in rows.values_list("product_id", "door_id", "states"):
            key = (product, self._region_of[door])
            out[key] = out.get(key, False) or DayState.OUT in bytes(states)
        return list(out), list(out.values())

    def seen(
        self,
        week: date,
        ahead: Sequence[tuple[Campaign, list[tuple[int, int]], list[bool]]],
        rng: np.random.Generator,
    ) -> SeenWeek:
        """The lines of the campaigns that are ahead, as a week knew them."""
        keys = [
            (campaign.pk, product, (campaign.starts_on - week).days, region)
            for campaign, of, _ in ahead
            for product, region in of
        ]
        columns = np.array(keys, dtype=np.int64).reshape(-1, 4).T
        out = np.array([each for _, _, of in ahead for each in of], dtype=np.bool_)
        count = len(keys)
        # The nearer the start, the more is known of what will run out.
        weeks_ahead = columns[2] / WEEK.days
        known_cover = np.where(out, 0.98 + 0.025 * weeks_ahead, 1.5)
        cover = known_cover * np.exp(rng.normal(0, 0.13 + 0.015 * weeks_ahead))
        expected = np.ceil(rng.lognormal(2.6, 0.6, count))
        known = [self._products[product] for product in columns[1].tolist()]
        return SeenWeek(
            campaign_ids=columns[0],
            product_ids=columns[1],
            start_days=columns[2],
            category=np.array([category for category, _ in known], dtype=np.int64),
            region=columns[3],
            lines=SeenLines(
                cover=cover,
                supply_units=np.floor(cover * expected),
                expected_units=expected,
                units_short=np.maximum(expected - np.floor(cover * expected), 0.0),
                unit_cost=np.array([cost for _, cost in known], dtype=np.float64),
            ),
            category_paths=self._paths,
            regions=self._regions,
        )


def _propose(today: date, people: dict[str, User]) -> OperatingModel:
    """A version that asks for more cover, with its replay."""
    in_force = OperatingModel.objects.in_force(today)
    proposed = propose_operating_model(
        limits={"cover_threshold": PROPOSED_COVER},
        scopes=[],
        effective_from=today + 2 * WEEK,
        note="See the SKUs that ran out late: ask for 20% above what campaigns are expected to sell.",
        by=people["victor.vp"],
    )
    weeks = replayable(today).weeks[-REPLAYED_WEEKS:]
    replay = Replay.objects.create(
        model=proposed, beside=in_force, first_week_start=weeks[0].start, last_week_start=weeks[-1].start,
        asked_at=timezone.now(), asked_by=people["victor.vp"], weeks_in_all=len(weeks),
    )  # fmt: skip
    run_replay(replay.pk)
    return proposed


def _hold_reviews(today: date, proposed: OperatingModel, people: dict[str, User]) -> None:
    """The last quarter's review, closed a fortnight after its end, and this quarter's with its question."""
    running = FiscalPeriod.of(PeriodKind.QUARTER, today)
    last = running - 1
    met_on = last.end + 2 * WEEK
    is_held = met_on < today
    opened = _moment(last.start, 9)
    review = QuarterlyReview.objects.create(
        year=last.year, quarter=last.number, opened_at=opened,
        summary="Promoted items ran out more often than others. Most of them had been flagged in time.",
        closed_at=_moment(met_on, 16) if is_held else None,
        closed_by=people["erik.executive"] if is_held else None,
    )  # fmt: skip
    asked_at = _moment(last.end + timedelta(days=3), 10)
    ReviewDecision.objects.create(
        review=review, question="Do campaigns go on that are submitted inside the decision window?",
        asked_at=min(asked_at, _moment(today, 1)), asked_by=people["victor.vp"],
        **(
            _decided(
                met_on, people,
                "Yes, one a quarter, and only of SKUs with stock at hand.",
                "Partners do not confirm earlier than five weeks ahead.",
                "A quarter in which a late campaign runs out at more than one door in five.",
            ) if is_held else {}
        ),
    )  # fmt: skip
    if is_held:
        ReviewDecision.objects.create(
            review=review, question="Who owns the media spend on demand that was not served?",
            asked_at=asked_at, asked_by=people["carla.cmo"],
            **_decided(
                met_on, people, "Both: it stands on the scorecard of Marketing and of Planning.",
                "Spend is known a week after a campaign.", "",
            ),
        )  # fmt: skip
    this = QuarterlyReview.objects.create(
        year=running.year, quarter=running.number, opened_at=_moment(min(met_on, today), 1)
    )
    ReviewDecision.objects.create(
        review=this, question="Do we ask for 20% cover above what campaigns are expected to sell?",
        operating_model=proposed, asked_at=timezone.now(), asked_by=people["victor.vp"],
    )  # fmt: skip


def _decided(
    day: date, people: dict[str, User], decision: str, assumption: str, would_change_it: str
) -> dict[str, object]:
    return {
        "decision": decision,
        "assumption": assumption,
        "would_change_it": would_change_it,
        "decided_at": _moment(day, 15),
        "decided_by": people["erik.executive"],
    }


def _money(amount: float) -> Decimal:
    return Decimal(f"{amount:.2f}")


def _moment(day: date, hour: int) -> datetime:
    return datetime.combine(day, time(hour), tzinfo=ZoneInfo(settings.TIME_ZONE))
