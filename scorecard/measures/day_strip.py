"""The promoted days of a SKU at a door as a strip: in stock, out, not offered, or not counted."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from itertools import groupby
from typing import Final

import numpy as np

from marketing.campaigns.models import Campaign
from scorecard.measures.behind import DaySets
from scorecard.measures.choices import DayState
from scorecard.measures.models import PromotedDays
from scorecard.measures.queries import RecordedWeek
from sop_site import formats
from sop_site.fiscal import FiscalPeriod

DAY_WIDTH: Final = 7.0
HEIGHT: Final = 16.0
# Between days that do not follow on one another.
GAP: Final = 4.0
DAYS_A_WEEK: Final = 7


class DayKind(StrEnum):
    """How one promoted day is drawn: the style that its colour and its height come from."""

    OUT = "out"
    IN_STOCK = "in_stock"
    NOT_OFFERED = "not_offered"
    NOT_COUNTED = "not_counted"


WORDS: Final = {
    DayKind.OUT: "out of stock",
    DayKind.IN_STOCK: "in stock",
    DayKind.NOT_OFFERED: "not offered",
    DayKind.NOT_COUNTED: "not counted by a night",
}
# Where a kind begins, from the top, and how high it is: the shape says what the colour says.
SHAPES: Final = {
    DayKind.OUT: (0.0, HEIGHT),
    DayKind.IN_STOCK: (HEIGHT / 2 - 1, HEIGHT / 2 + 1),
    DayKind.NOT_OFFERED: (HEIGHT - 2, 2.0),
    DayKind.NOT_COUNTED: (HEIGHT / 2 - 1, HEIGHT / 2 + 1),
}


@dataclass(frozen=True, slots=True)
class Run:
    """Days in a row of one kind."""

    kind: DayKind
    x: str
    y: str
    width: str
    height: str
    words: str


@dataclass(frozen=True, slots=True)
class DayStrip:
    """The days of one SKU-door."""

    width: str
    runs: list[Run]
    words: str

    height = f"{HEIGHT:g}"


SkuDoor = tuple[int, int]


def day_strips(
    sku_doors: Collection[SkuDoor], days: DaySets, weeks: Sequence[RecordedWeek], period: FiscalPeriod
) -> dict[SkuDoor, DayStrip]:
    """The strip of each of these SKU-doors that has promoted days in the period, in one query."""
    kinds: defaultdict[SkuDoor, dict[date, DayKind]] = defaultdict(dict)
    wanted = set(sku_doors)
    products = np.array([product for product, _ in wanted], dtype=np.int64)
    for at in np.flatnonzero(np.isin(days.product_ids, products)).tolist():
        sku_door = (int(days.product_ids[at]), int(days.door_ids[at]))
        if sku_door in wanted:
            start = weeks[int(days.week_places[at])].start
            promoted, seen, out = int(days.promoted[at]), int(days.seen[at]), int(days.out[at])
            for day in range(DAYS_A_WEEK):
                if promoted >> day & 1:
                    kinds[sku_door][start + timedelta(days=day)] = _kind(
                        bool(seen >> day & 1), bool(out >> day & 1)
                    )
    for sku_door, closed_day in _not_offered(wanted, period):
        kinds[sku_door].setdefault(closed_day, DayKind.NOT_OFFERED)
    return {sku_door: strip_of(of_days) for sku_door, of_days in kinds.items()}


def strip_of(kinds: dict[date, DayKind]) -> DayStrip:
    """The picture of some days, each of its kind."""
    runs: list[Run] = []
    at = 0.0
    before: date | None = None
    days = sorted(kinds)
    numbered = [(kinds[day], day.toordinal() - place, day) for place, day in enumerate(days)]
    for (kind, _), group in groupby(numbered, key=lambda each: each[:2]):
        of_run = [day for _, _, day in group]
        if before is not None and of_run[0] - before > timedelta(days=1):
            at += GAP
        top, height = SHAPES[kind]
        width = DAY_WIDTH * len(of_run)
        told = f"{formats.day_range(of_run[0], of_run[-1])}: {WORDS[kind]}"
        runs.append(Run(kind, f"{at:.0f}", f"{top:.0f}", f"{width - 1:.0f}", f"{height:.0f}", told))
        at += width
        before = of_run[-1]
    return DayStrip(f"{max(at, 1.0):.0f}", runs, "; ".join(run.words for run in runs))


def _kind(is_seen: bool, is_out: bool) -> DayKind:
    if not is_seen:
        return DayKind.NOT_COUNTED
    return DayKind.OUT if is_out else DayKind.IN_STOCK


def _not_offered(wanted: set[SkuDoor], period: FiscalPeriod) -> list[tuple[SkuDoor, date]]:
    """The days of the period on which a night found one of these not ranged, or its door closed."""
    if not wanted:
        return []
    campaigns = dict(
        Campaign.objects.filter(starts_on__lte=period.end, ends_on__gte=period.start).values_list(
            "pk", "starts_on"
        )
    )
    rows = PromotedDays.objects.filter(
        campaign__in=campaigns,
        product__in={product for product, _ in wanted},
        door__in={door for _, door in wanted},
    )
    found = []
    for campaign_id, product_id, door_id, states in rows.values_list(
        "campaign_id", "product_id", "door_id", "states"
    ):
        for place, state in enumerate(bytes(states)):
            day = campaigns[campaign_id] + timedelta(days=place)
            if state == DayState.NOT_OFFERED and period.start <= day <= period.end:
                found.append(((product_id, door_id), day))
    return [(sku_door, day) for sku_door, day in found if sku_door in wanted]
