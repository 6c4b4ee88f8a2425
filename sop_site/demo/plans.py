"""The campaigns that Pellwick has planned, is running and has just completed.

Each planned campaign features whole colours of styles. Some of those carry a `Story`: a stock situation
that puts the campaign at risk in a particular way, so that each remedy has a flag on which it helps.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from typing import TypeAlias

import numpy as np

from sop_site.demo.assortment import SUPPLIERS, Sku
from sop_site.demo.distributions import PATTERNS, Mechanic
from sop_site.demo.names import site_wide_name, social_name
from sop_site.demo.network import STORES, WEB_CODE
from sop_site.demo.seasons import season_factor
from sop_site.fiscal import week_of

Group: TypeAlias = tuple[str, str]


class Story(StrEnum):
    """What is the matter with the stock of a featured colour."""

    WATCH = "covered by a receipt that is still to come"
    THIN = "covered, but with little to spare"
    LATE_RECEIPT = "its purchase order slipped into the campaign; expediting brings it in time"
    UNEVEN = "some doors hold far too much, others run dry; reallocating helps"
    SISTER = "this colour is short, a sister colour is plentiful; shifting the feature helps"
    LIFT_TOO_HIGH = "the lift is far above what such campaigns did; reducing it helps"
    SOLD_OUT = "the campaign runs and doors have nothing left"


@dataclass(frozen=True, slots=True)
class Slot:
    """A campaign to be planned: when, relative to the current week, and with which stories.

    ``week`` counts fiscal weeks from the current one; ``weekday`` 0 is its Sunday. ``departments`` narrows
    the choice of styles to a partner's theme (department or class names).
    """

    mechanic: Mechanic
    week: int
    weekday: int
    days: int
    status: str
    owner_role: str
    group_count: int
    discount: float
    stories: tuple[Story, ...] = ()
    partner: str = ""
    departments: tuple[str, ...] = ()
    channel: str = "all"
    must_feature: Group | None = None


_SITE, _SOCIAL, _PARTNER = Mechanic.SITE_WIDE_EVENT, Mechanic.SOCIAL_PUSH, Mechanic.PARTNERSHIP_DROP
_MEMBER, _LEAD = "marketing_member", "marketing_lead"

COMPLETED_SLOTS: tuple[Slot, ...] = (
    Slot(_SOCIAL, -10, 0, 7, "completed", _MEMBER, 4, 0.15),
    Slot(
        _PARTNER, -7, 0, 14, "completed", _MEMBER, 4, 0.15,
        partner="Copperfold Coffee × Pellwick", departments=("Drinkware", "Tableware", "Stationery"),
    ),
    Slot(_SITE, -4, 0, 7, "completed", _LEAD, 12, 0.25),
)  # fmt: skip
PLANNED_SLOTS: tuple[Slot, ...] = (
    Slot(_SITE, 0, 0, 9, "running", _LEAD, 8, 0.25, (Story.SOLD_OUT, Story.THIN)),
    Slot(_SOCIAL, 2, 4, 7, "approved", _MEMBER, 4, 0.15, (Story.LATE_RECEIPT,)),
    Slot(
        _PARTNER, 3, 6, 9, "approved", _MEMBER, 4, 0.0, (Story.WATCH,),
        partner="Dunmore Pottery × Pellwick", departments=("Tableware", "Decor", "Linens"),
    ),
    Slot(
        _SITE, 5, 4, 7, "submitted", _LEAD, 11, 0.25,
        (Story.LATE_RECEIPT, Story.SISTER, Story.LIFT_TOO_HIGH, Story.WATCH),
    ),
    Slot(_SOCIAL, 6, 0, 7, "submitted", _MEMBER, 6, 0.15, (Story.LATE_RECEIPT, Story.UNEVEN, Story.THIN)),
    Slot(
        _PARTNER, 6, 4, 10, "submitted", _MEMBER, 5, 0.15, (Story.UNEVEN, Story.UNEVEN, Story.THIN),
        partner="The Reading Room × Pellwick", channel="stores",
        departments=("Lighting", "Rugs", "Storage", "Textiles", "Loungewear"),
    ),
    Slot(
        _SITE, 7, 0, 7, "submitted", _LEAD, 11, 0.25,
        (Story.LATE_RECEIPT, Story.LIFT_TOO_HIGH, Story.SISTER, Story.THIN, Story.WATCH),
    ),
    Slot(_SOCIAL, 8, 1, 6, "submitted", _MEMBER, 6, 0.25, (Story.SISTER, Story.LIFT_TOO_HIGH)),
    Slot(
        _PARTNER, 8, 5, 10, "submitted", _MEMBER, 4, 0.0, (Story.LATE_RECEIPT,),
        partner="Halden Mill × Pellwick", departments=("Knitwear", "Accessories"),
        must_feature=("KN106", "Heather"),
    ),
    Slot(_SOCIAL, 10, 0, 7, "draft", _MEMBER, 3, 0.15, (Story.SISTER,), channel="ecommerce"),
    Slot(
        _PARTNER, 11, 4, 10, "draft", _MEMBER, 3, 0.15, (Story.UNEVEN,),
        partner="Good Hound Society × Pellwick", departments=("Pet", "Outdoor"), channel="stores",
    ),
    Slot(_SITE, 12, 0, 7, "draft", _LEAD, 6, 0.25, (Story.LATE_RECEIPT,)),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    """A featured SKU with its lift as Marketing entered it, and what that means as a ratio.

    ``uplift_ratio`` is NaN where the lift is given in units because there is no base (a new style).
    """

    sku_index: int
    lift_kind: str
    lift_value: float
    uplift_ratio: float


@dataclass(frozen=True, slots=True)
class Campaign:
    """A campaign with its lines, doors and stories by colour of a style."""

    code: str
    name: str
    brief: str
    slot: Slot
    starts_on: date
    ends_on: date
    door_codes: tuple[str, ...]
    groups: tuple[Group, ...]
    stories: dict[Group, Story]
    lines: tuple[Line, ...] = field(default=())

    @property
    def counts_as_demand(self) -> bool:
        """Whether its uplift is planned for: submitted, approved or running."""
        return self.slot.status in ("submitted", "approved", "running")

    def days_between(self, first: date, last: date) -> int:
        """How many of its days lie from ``first`` to ``last``, both included."""
        return max(0, (min(self.ends_on, last) - max(self.starts_on, first)).days + 1)


def is_sister(group: Group, other: Group) -> bool:
    """Whether two groups are different colours of one style."""
    return group != other and group[0] == other[0]


class Casting:
    """Hands out colours of styles to campaigns, each colour once, fitting the season and the story."""

    def __init__(self, skus: list[Sku], rng: np.random.Generator) -> None:
        self._style_of = {sku.group: sku.style for sku in skus}
        self._sisters = {
            group: [other for other in self._style_of if is_sister(other, group)] for group in self._style_of
        }
        self._free = {group for group, style in self._style_of.items() if style.launched_weeks_ago > 26}
        self._rng = rng

    def pick(self, slot: Slot, start: date, story: Story | None) -> Group:
        """One free colour for ``slot``; a sister story takes its sister colours off the stage."""
        week = week_of(start).week
        pool = sorted(group for group in self._free if self._fits(group, slot, story))
        if not pool:
            raise ValueError(f"No style is left for {slot.mechanic} in week {slot.week} ({story})")
        weights = np.array([season_factor(self._style_of[group].season, week) ** 2 for group in pool])
        chosen = pool[int(self._rng.choice(len(pool), p=weights / weights.sum()))]
        self._free.discard(chosen)
        if story is Story.SISTER:
            self._free -= set(self._sisters[chosen])
        return chosen

    def _fits(self, group: Group, slot: Slot, story: Story | None) -> bool:
        style = self._style_of[group]
        if story is Story.UNEVEN:
            return style.store_only
        if style.store_only and slot.channel != "stores":
            return False
        sisters = self._sisters[group]
        if story is Story.SISTER and not (sisters and self._free.issuperset(sisters)):
            return False
        # Only a supplier who is quick enough can still save a campaign that is near.
        if story is Story.LATE_RECEIPT and SUPPLIERS[style.supplier].expedite_days > 7 * (slot.week - 1):
            return False
        return not slot.departments or bool(set(slot.departments) & set(style.category))


def _door_codes(slot: Slot, rng: np.random.Generator) -> tuple[str, ...]:
    """The web shop, unless it is for stores alone, and the measured share of stores."""
    if slot.channel == "ecommerce":
        return (WEB_CODE,)
    usual, wide = PATTERNS[slot.mechanic].door_shares[1:]
    share = wide if slot.status != "completed" else usual
    chosen = rng.permutation(len(STORES))[: max(4, round(share * len(STORES)))]
    stores = tuple(STORES[index].code for index in sorted(chosen))
    return stores if slot.channel == "stores" else (WEB_CODE, *stores)


def cast_campaigns(
    skus: list[Sku], slots: Iterable[Slot], current_week: date, rng: np.random.Generator
) -> list[Campaign]:
    """Campaigns with names, doors and featured colours; their lines are added by `with_lines`."""
    casting = Casting(skus, rng)
    taken: set[str] = set()
    numbers: dict[int, int] = {}
    campaigns = []
    for slot in slots:
        start = current_week + timedelta(weeks=slot.week, days=slot.weekday)
        fiscal_week = week_of(start)
        numbers[fiscal_week.year] = numbers.get(fiscal_week.year, 0) + 1
        groups = [slot.must_feature] if slot.must_feature else []
        stories = {}
        for index in range(slot.group_count - len(groups)):
            story = slot.stories[index] if index < len(slot.stories) else None
            group = casting.pick(slot, start, story)
            groups.append(group)
            if story:
                stories[group] = story
        name = slot.partner or (site_wide_name if slot.mechanic is _SITE else social_name)(start, taken)
        taken.add(name)
        campaigns.append(
            Campaign(
                code=f"C{fiscal_week.year % 100:02d}-W{fiscal_week.week:02d}-{_KIND_CODES[slot.mechanic]}",
                name=name,
                brief=_brief(slot),
                slot=slot,
                starts_on=start,
                ends_on=start + timedelta(days=slot.days - 1),
                door_codes=_door_codes(slot, rng),
                groups=tuple(groups),
                stories=stories,
            )
        )
    return campaigns


_KIND_CODES = {_SITE: "SITE", _SOCIAL: "SOCIAL", _PARTNER: "PARTNER"}


def _brief(slot: Slot) -> str:
    off = f"{slot.discount:.0%} off" if slot.discount else "at full price"
    if slot.mechanic is _SITE:
        return f"Home page, e-mail and windows: featured styles {off}."
    if slot.mechanic is _SOCIAL:
        return f"Creators post the featured styles for {slot.days} days, {off} with their code."
    return f"A joint edit with a table of its own in the stores that take part, {off}."


def typical_ratio(slot: Slot) -> float:
    """The median uplift ratio of campaigns like this one."""
    return PATTERNS[slot.mechanic].median_uplift_by_discount[slot.discount]


def lines_of(
    campaign: Campaign, skus: list[Sku], base_units: np.ndarray, rng: np.random.Generator
) -> tuple[Line, ...]:
    """The lines of ``campaign``; ``base_units`` is each SKU's base over its days and doors (0 if unknown)."""
    lines = []
    for index, sku in enumerate(skus):
        if sku.group not in campaign.groups:
            continue
        ratio = typical_ratio(campaign.slot) * rng.lognormal(0, 0.15)
        if campaign.stories.get(sku.group) is Story.LIFT_TOO_HIGH:
            # Above 1,000 % a lift would have to be confirmed by the person who enters it.
            ratio = min(2.8 * ratio, 9.5)
        kind = rng.choice(["percent", "multiplier", "units"], p=[0.65, 0.22, 0.13])
        if sku.style.launched_weeks_ago <= 0:
            lines.append(Line(index, "units", float(rng.integers(60, 140)), float("nan")))
        elif kind == "units" and base_units[index] * ratio >= 5:
            value = float(round(base_units[index] * ratio))
            lines.append(Line(index, "units", value, value / base_units[index]))
        elif kind == "multiplier":
            value = round(1 + ratio, 1)
            lines.append(Line(index, "multiplier", value, value - 1))
        else:
            value = max(5.0, 5.0 * round(20 * ratio))
            lines.append(Line(index, "percent", value, value / 100))
    return tuple(lines)
