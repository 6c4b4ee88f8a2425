"""Planned campaigns from a retailer folder: from its campaign files, or from a chain's promotion calendar.

A campaign that Bridge already knows by its code is left as people have made it since.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np
from django.utils import timezone

from marketing.campaigns.choices import CampaignStatus, Channel, LiftUnit
from marketing.campaigns.domain import SuggestedLift, calculated_lift, suggested_lifts
from marketing.campaigns.models import Campaign, CampaignDoor, CampaignLine
from marketing.campaigns.suggestions import REASON_BEYOND
from marketing.catalogue.loading import door_ids, product_ids
from marketing.catalogue.models import Door, Product
from marketing.lift.queries import median_uplift_ratio_for
from marketing.sales.columns import END, MECHANIC, PROMOTION_COLUMNS, START
from marketing.sales.loading import doors_of, mechanic_ids
from marketing.sales.models import Mechanic
from sop_site.access.models import User
from sop_site.access.roles import MARKETING, Role
from sop_site.feeds.load import SKU, STORE, Load
from sop_site.feeds.staging import MergeCount
from sop_site.feeds.table import NO_DATE, Column, Table, optional_number

CODE = Column("code", ("campaign", "campaign_code", "campaign_id"))
NAME = Column("name", ("campaign_name", "title"))
CHANNEL = Column("channel")
STATUS = Column("status")
OWNER_ROLE = Column("owner_role")
BRIEF = Column("brief", ("description", "notes"))
LIFT_KIND = Column("lift_kind", ("lift_unit",))
LIFT_VALUE = Column("lift_value", ("lift", "lift_percent"))
DISCOUNT = Column("discount")
DISCOUNT_PERCENT = Column("discount_percent")
CAMPAIGN_COLUMNS = (CODE, NAME, MECHANIC, CHANNEL, START, END, STATUS, OWNER_ROLE, BRIEF)
CALENDAR_COLUMNS = (SKU, START, END, MECHANIC)

DECIDED = (
    CampaignStatus.APPROVED,
    CampaignStatus.REJECTED,
    CampaignStatus.RUNNING,
    CampaignStatus.COMPLETED,
)
DECIDED_BEFORE = "Decided before it was loaded."
LOADED = "Loaded with this lift."


@dataclass(frozen=True, slots=True)
class _Line:
    """What is planned for a SKU: its lift in its unit, and its discount where one is given."""

    lift_unit: str
    lift_value: float
    discount_percent: float | None = None


@dataclass(slots=True)
class _Plan:
    """A campaign that is not in Bridge yet, with its lines by product and its doors."""

    campaign: Campaign
    lines: dict[int, _Line] = field(default_factory=dict)
    doors: dict[int, None] = field(default_factory=dict)


def load_campaigns(load: Load) -> bool:
    """campaigns.csv with campaign_lines.csv and campaign_doors.csv. False where there is no such file."""
    table = load.folder.table("campaigns", CAMPAIGN_COLUMNS)
    if table is None:
        return False
    plans, codes = _plans(table, load)
    _add_lines(load, plans, codes)
    _add_doors(load, plans, codes)
    load.done(table.file_name, len(table), _write(list(plans.values())))
    return True


def _plans(table: Table, load: Load) -> tuple[dict[str, _Plan], set[str]]:
    """The plans of campaigns that are new, by code; and every code of the file."""
    table.require(CODE, MECHANIC, START, END)
    codes = table.texts(CODE, required=True, longest=40)
    table.unique(CODE, codes)
    names = table.texts(NAME, longest=120)
    mechanics = table.texts(MECHANIC, required=True, longest=80)
    channels = _words(table, CHANNEL, Channel.values, Channel.ALL.value)
    statuses = _words(table, STATUS, CampaignStatus.values, CampaignStatus.SUBMITTED.value)
    owner_roles = _words(table, OWNER_ROLE, [role.value for role in Role], "")
    briefs = table.texts(BRIEF)
    starts, ends = table.dates(START, required=True), table.dates(END, required=True)
    for index in np.flatnonzero((ends < starts) & (ends != NO_DATE)).tolist():
        table.error(index, END, "is before the start.")
    table.raise_if_bad()
    ids = mechanic_ids(set(mechanics))
    standing = set(Campaign.objects.filter(code__in=codes).values_list("code", flat=True))
    owners = {role: _first_person([Role(role)] if role else sorted(MARKETING)) for role in set(owner_roles)}
    planner = _first_person([Role.PLANNING_MEMBER])
    plans = {}
    for index, code in enumerate(codes):
        if code in standing:
            continue
        campaign = Campaign(
            code=code,
            name=names[index] or code,
            mechanic_id=ids[mechanics[index]],
            channel=channels[index],
            starts_on=date.fromordinal(int(starts[index])),
            ends_on=date.fromordinal(int(ends[index])),
            status=statuses[index],
            owner=owners[owner_roles[index]],
            brief=briefs[index],
        )
        _date_status(campaign, planner)
        plans[code] = _Plan(campaign)
    return plans, set(codes)


def _words(table: Table, column: Column, allowed: Sequence[str], default: str) -> list[str]:
    words = [word.lower() or default for word in table.texts(column)]
    for index, word in enumerate(words):
        if word and word not in allowed:
            table.error(index, column, f"“{word}” is none of {', '.join(allowed)}.")
    return words


def _first_person(roles: Sequence[Role]) -> User | None:
    """The first active person, by user name, who holds one of the roles."""
    people = User.objects.filter(is_active=True, groups__name__in=[role.value for role in roles])
    return people.order_by("username").first()


def _date_status(campaign: Campaign, planner: User | None) -> None:
    """Give a campaign that comes submitted or decided its times and people."""
    if campaign.status in (CampaignStatus.DRAFT, CampaignStatus.CANCELLED):
        return
    campaign.submitted_at, campaign.submitted_by = timezone.now(), campaign.owner
    if campaign.status in DECIDED:
        campaign.decided_at, campaign.decided_by = timezone.now(), planner
        campaign.decision_note = DECIDED_BEFORE


def _add_lines(load: Load, plans: dict[str, _Plan], codes: set[str]) -> None:
    table = load.folder.table(
        "campaign_lines", (CODE, SKU, LIFT_KIND, LIFT_VALUE, DISCOUNT, DISCOUNT_PERCENT)
    )
    if table is None:
        return
    table.require(CODE, SKU, LIFT_VALUE)
    of_campaign = table.texts(CODE, required=True)
    products = table.references(SKU, product_ids(), "SKU").tolist()
    kinds = _words(table, LIFT_KIND, LiftUnit.values, LiftUnit.PERCENT.value)
    values = table.numbers(LIFT_VALUE, required=True)
    least: dict[str, float] = {LiftUnit.PERCENT: -100.0, LiftUnit.MULTIPLIER: 0.0}
    for index, (code, kind) in enumerate(zip(of_campaign, kinds, strict=True)):
        if code not in codes:
            table.error(index, CODE, f"“{code}” is no campaign of campaigns.csv.")
        if values[index] < least.get(kind, -np.inf):
            table.error(
                index,
                LIFT_VALUE,
                f"{values[index]:g} is below {least[kind]:g}: less than nothing would sell.",
            )
    table.unique(SKU, of_campaign, products)
    discounts = _discount_percents(table)
    table.raise_if_bad()
    for code, product, *planned in zip(of_campaign, products, kinds, values.tolist(), discounts, strict=True):
        if code in plans:
            plans[code].lines[product] = _Line(*planned)
    load.done(table.file_name, len(table), MergeCount())


def _discount_percents(table: Table) -> list[float | None]:
    """The discount of each row in per cent, None where there is none; one out of range is a row error.

    ``discount`` is the share taken off, as among the past promotions; a column that holds more than 1 is
    in per cent.
    """
    column = DISCOUNT_PERCENT if table.has(DISCOUNT_PERCENT) else DISCOUNT
    numbers = table.numbers(column, least=0, most=100)
    if column is DISCOUNT and not np.any(numbers > 1):
        numbers = numbers * 100
    return [optional_number(round(number, 4)) for number in numbers.tolist()]


def _add_doors(load: Load, plans: dict[str, _Plan], codes: set[str]) -> None:
    table = load.folder.table("campaign_doors", (CODE, STORE))
    if table is None:
        return
    table.require(CODE, STORE)
    of_campaign = table.texts(CODE, required=True)
    doors = table.references(STORE, door_ids(), "door").tolist()
    for index, code in enumerate(of_campaign):
        if code not in codes:
            table.error(index, CODE, f"“{code}” is no campaign of campaigns.csv.")
    table.unique(STORE, of_campaign, doors)
    table.raise_if_bad()
    for code, door in zip(of_campaign, doors, strict=True):
        if code in plans:
            plans[code].doors[door] = None
    load.done(table.file_name, len(table), MergeCount())


def load_chain_calendar(load: Load) -> None:
    """chain_calendar.csv: one submitted campaign for each run that starts after the as-of date.

    Its doors are those that promotions.csv has for the SKU and mechanic during the run, its lift is the
    mechanic's median up to the as-of date, its code the run's position in the file. A run that no door
    takes part in makes no campaign.
    """
    table = load.folder.table("chain_calendar", CALENDAR_COLUMNS)
    promotions = load.folder.table("promotions", PROMOTION_COLUMNS)
    if table is None or promotions is None:
        return
    table.require(*CALENDAR_COLUMNS)
    products = table.references(SKU, product_ids(), "SKU").tolist()
    starts, ends = table.dates(START, required=True), table.dates(END, required=True)
    mechanics = table.texts(MECHANIC, required=True, longest=80)
    table.raise_if_bad()
    ids = mechanic_ids(set(mechanics))
    lifts = {
        mechanic.pk: round(100 * median_uplift_ratio_for(mechanic), 1)
        for mechanic in Mechanic.objects.filter(pk__in=ids.values())
    }
    spoken = dict(Mechanic.objects.values_list("pk", "name"))
    names = dict(Product.objects.values_list("pk", "name"))
    doors_during = _PromotedDoors(promotions)
    owner = _first_person(sorted(MARKETING))
    plans = []
    to_come = np.flatnonzero(starts > load.as_of.toordinal()).tolist()
    codes = {index: f"CAL-{index + 1:05d}" for index in to_come}
    standing = set(Campaign.objects.filter(code__in=codes.values()).values_list("code", flat=True))
    for index, code in codes.items():
        doors = doors_during(products[index], mechanics[index], int(starts[index]), int(ends[index]))
        if not doors or code in standing:
            continue
        mechanic_id = ids[mechanics[index]]
        campaign = Campaign(
            code=code,
            name=f"{spoken[mechanic_id]}: {names[products[index]]}"[:120],
            mechanic_id=mechanic_id,
            channel=Channel.STORES,
            starts_on=date.fromordinal(int(starts[index])),
            ends_on=date.fromordinal(int(ends[index])),
            status=CampaignStatus.SUBMITTED,
            owner=owner,
        )
        _date_status(campaign, None)
        line = {products[index]: _Line(LiftUnit.PERCENT, lifts[mechanic_id])}
        plans.append(_Plan(campaign, line, dict.fromkeys(doors)))
    load.done(table.file_name, len(table), _write(plans))


class _PromotedDoors:
    """Answers which doors promoted a SKU with a mechanic during some days."""

    def __init__(self, promotions: Table) -> None:
        products = promotions.references(SKU, product_ids(), "SKU").tolist()
        doors = doors_of(promotions).tolist()
        mechanics = promotions.texts(MECHANIC)
        starts, ends = promotions.dates(START).tolist(), promotions.dates(END).tolist()
        self._events: dict[tuple[int, str], list[tuple[int, int, int]]] = {}
        for product, mechanic, start, end, door in zip(products, mechanics, starts, ends, doors, strict=True):
            self._events.setdefault((product, mechanic), []).append((start, end, door))

    def __call__(self, product: int, mechanic: str, first_day: int, last_day: int) -> list[int]:
        events = self._events.get((product, mechanic), [])
        return sorted({door for start, end, door in events if start <= last_day and end >= first_day})


def _write(plans: list[_Plan]) -> MergeCount:
    Campaign.objects.bulk_create([plan.campaign for plan in plans], batch_size=500)
    CampaignLine.objects.bulk_create(_lines(plans), batch_size=2_000)
    CampaignDoor.objects.bulk_create(
        [CampaignDoor(campaign=plan.campaign, door_id=door) for plan in plans for door in plan.doors],
        batch_size=2_000,
    )
    return MergeCount(inserted=len(plans))


def _lines(plans: list[_Plan]) -> Iterator[CampaignLine]:
    """The lines of the plans, each with the lift that the past suggests beside the planned one."""
    featured = {product for plan in plans for product in plan.lines}
    products = Product.objects.select_related("category", "like_item").in_bulk(featured)
    doors = Door.objects.in_bulk({door for plan in plans for door in plan.doors})
    for plan in plans:
        suggested = suggested_lifts(
            campaign=plan.campaign,
            doors=[doors[door] for door in plan.doors],
            discounts={products[product]: line.discount_percent for product, line in plan.lines.items()},
        )
        for product, line in plan.lines.items():
            yield _line(plan.campaign, product, line, suggested.get(product))


def _line(campaign: Campaign, product_id: int, line: _Line, suggested: SuggestedLift | None) -> CampaignLine:
    uplift_ratio, uplift_units = calculated_lift(line.lift_unit, line.lift_value)
    return CampaignLine(
        campaign=campaign,
        product_id=product_id,
        lift_unit=line.lift_unit,
        lift_value=line.lift_value,
        uplift_ratio=uplift_ratio,
        uplift_units=uplift_units,
        discount_percent=line.discount_percent,
        suggested_by_id=suggested.fit_id if suggested else None,
        suggested_p10=suggested.p10 if suggested else None,
        suggested_p50=suggested.p50 if suggested else None,
        suggested_p90=suggested.p90 if suggested else None,
        override_reason=LOADED if suggested and _is_another(uplift_ratio, suggested) else "",
    )


def _is_another(uplift_ratio: float | None, suggested: SuggestedLift) -> bool:
    """Whether a planned lift needs a reason; one in units is not held against a baseline here."""
    if uplift_ratio is None:
        return True
    return abs(uplift_ratio + 1.0 - suggested.p50) > REASON_BEYOND * suggested.p50
