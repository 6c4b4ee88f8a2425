"""A week's figures while they are gathered chunk by chunk: sums, outlooks and the SKU-doors behind them."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import numpy as np
from numpy.typing import NDArray

from planning.consensus.door_groups import door_groups
from scorecard.measures.errors_of_forecasts import SoldByGroup
from scorecard.measures.outlook import outlook_of_chunk
from scorecard.measures.packing import Detail
from scorecard.measures.sources import (
    Chunk,
    Doors,
    WeekOfChunk,
    chunks,
    observed_days,
    sales_by_group,
    week_last_day,
    week_of_chunk,
)
from scorecard.measures.stock import StockOfWeek
from scorecard.measures.taking.engine import (
    DAYS_A_WEEK,
    NO_MECHANIC,
    Part,
    Tree,
    count_days,
    revenue_and_price,
    summed,
    summed_upwards,
    taken,
)
from sop_site.fiscal import week_start as start_of_week

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

# The figures of a part that become sums of a fact, and under which name.
PART_SUMS: Final = {
    "days": "door_days",
    "out_days": "out_door_days",
    "sold": "sold_units",
    "unmet": "unmet_units",
    "net_sales": "net_sales",
    "sales_at_cost": "sales_at_cost",
    "margin": "margin",
    "markdown": "markdown",
    "lost_revenue": "lost_revenue",
    "lost_margin": "lost_margin",
    "unpriced": "unpriced_units",
    "uncosted": "uncosted_units",
}
STOCK_SUMS: Final = ("opening_units", "closing_units", "opening_at_cost", "closing_at_cost")
FACT_SUMS: Final = ("sku_doors", *PART_SUMS.values(), *STOCK_SUMS)
MECHANIC_PLACES: Final = 2**31
# Expected units of the weeks that follow ``[w]``, by category, region and channel.
Outlooks = dict[tuple[int, str, str], Floats]


@dataclass(frozen=True, slots=True)
class FactColumns:
    """The facts of a week ``[n]``: a category, the place of a region and channel, and a mechanic each.

    Their ``sums [FACT_SUMS, n]``, and where ``has_outlook`` the ``outlooks [w, n]``. Those that are a total
    are over the category with all below it, or over everything with `NO_CATEGORY`.
    """

    is_total: NDArray[np.bool_]
    category_ids: Integers
    slice_places: Integers
    mechanic_ids: Integers
    sums: Floats
    outlooks: Floats
    has_outlook: NDArray[np.bool_]


@dataclass(slots=True)
class WeekTaking:
    """A week while its figures are taken, chunk by chunk."""

    week_start: date
    today: date
    stock: StockOfWeek
    doors: Doors
    parts: list[Chunk]
    observed: int
    sold: SoldByGroup
    keys: list[Integers]
    sums: list[Floats]
    ahead_keys: list[Integers]
    ahead: list[Floats]
    pending: dict[int, list[Detail]]

    @classmethod
    def of(cls, week_start: date, stock: StockOfWeek, today: date) -> "WeekTaking":
        """With nothing taken yet."""
        doors = Doors.in_week(week_start, week_last_day(week_start, today))
        groups = door_groups(week_start, week_start + timedelta(days=6))
        return cls(
            week_start=week_start,
            today=today,
            stock=stock,
            doors=doors,
            parts=chunks(len(doors.door_ids)),
            observed=observed_days(week_start),
            sold=SoldByGroup(groups),
            keys=[],
            sums=[],
            ahead_keys=[],
            ahead=[],
            pending={},
        )

    @property
    def is_current(self) -> bool:
        """Whether today lies in it."""
        return start_of_week(self.today) == self.week_start

    @property
    def is_over(self) -> bool:
        """Whether its last day has passed."""
        return (self.today - self.week_start).days > DAYS_A_WEEK - 1

    def take(self, chunk: Chunk) -> dict[int, Detail]:
        """Take a chunk; the details of the categories that are complete with it."""
        week = week_of_chunk(
            chunk,
            self.doors,
            self.week_start,
            self.stock,
            last_day=week_last_day(self.week_start, self.today),
            observed=self.observed,
        )
        promoted, other = taken(week.facts)
        shape = (len(chunk.product_ids), len(self.doors.door_ids))
        self.sold.add(
            chunk.product_ids,
            sales_by_group(week.facts.units.reshape(shape), self.doors, self.sold.groups),
            sales_by_group(
                (count_days(week.facts.offered & week.facts.promoted) > 0).astype(float).reshape(shape),
                self.doors,
                self.sold.groups,
            )
            > 0,
        )
        category = np.repeat(chunk.category_ids, len(self.doors.door_ids))
        self._sum(chunk, week, category, promoted, other)
        if self.is_current:
            self._look_ahead(chunk)
        return self._details(chunk, week, category, promoted, other)

    def _sum(self, chunk: Chunk, week: WeekOfChunk, category: Integers, promoted: Part, other: Part) -> None:
        """Add the chunk's sums by category, slice and mechanic."""
        slice_of = np.tile(self.doors.slice_of, len(chunk.product_ids))
        key = self._place_keys(category, slice_of) * MECHANIC_PLACES
        opening, closing = (np.maximum(np.nan_to_num(units), 0.0) for units in (week.opening, week.closing))
        cost = np.nan_to_num(week.facts.cost)
        of_others = [
            (week.facts.offered > 0).astype(np.float64),
            *(getattr(other, name) for name in PART_SUMS),
            *(opening, closing, opening * cost, closing * cost),
        ]
        self._add(key, np.array(of_others))
        is_promoted = (week.facts.offered & week.facts.promoted) > 0
        none = np.zeros(len(key))
        of_promoted = [
            is_promoted.astype(np.float64),
            *(getattr(promoted, name) for name in PART_SUMS),
            *(none, none, none, none),
        ]
        here = np.flatnonzero(is_promoted)
        self._add((key + week.mechanic_ids)[here], np.array(of_promoted)[:, here])

    def _add(self, key: Integers, columns: Floats) -> None:
        counts = columns.any(axis=0)
        found, sums = summed(key[counts], columns[:, counts])
        self.keys.append(found)
        self.sums.append(sums)

    def _look_ahead(self, chunk: Chunk) -> None:
        """Add what the chunk is expected to sell in the weeks that follow."""
        found = outlook_of_chunk(chunk.product_ids, self.today)
        door = np.searchsorted(self.doors.door_ids, found.door_ids)
        category = chunk.category_ids[np.searchsorted(chunk.product_ids, found.product_ids)]
        keys, units = summed(self._place_keys(category, self.doors.slice_of[door]), found.weekly)
        self.ahead_keys.append(keys)
        self.ahead.append(units)

    def _place_keys(self, category_ids: Integers, slice_places: Integers) -> Integers:
        """A category and the place of a region and channel as one number."""
        return (category_ids + 1) * len(self.doors.slices) + slice_places

    def keep_outlooks(self, standing: Outlooks) -> None:
        """Of a week that is over, what it expected itself; as far as its regions still have doors."""
        places = {each: place for place, each in enumerate(self.doors.slices)}
        kept = [
            (category_id, places[region, channel], units)
            for (category_id, region, channel), units in standing.items()
            if (region, channel) in places
        ]
        if kept:
            category_ids, slice_places, units = zip(*kept, strict=True)
            self.ahead_keys = [self._place_keys(np.array(category_ids), np.array(slice_places))]
            self.ahead = [np.array(units).T]

    def _details(
        self, chunk: Chunk, week: WeekOfChunk, category: Integers, promoted: Part, other: Part
    ) -> dict[int, Detail]:
        """What is known of the chunk's SKU-doors, kept until their category is complete."""
        facts = week.facts
        days, out_days = promoted.days + other.days, promoted.out_days + other.out_days
        net_sales, price = revenue_and_price(facts)
        known = week.is_sold | (facts.offered > 0) | (facts.seen > 0) | ~np.isnan(week.closing)
        here = np.flatnonzero(known)
        doors = len(self.doors.door_ids)
        detail = Detail(
            product_ids=chunk.product_ids[here // doors],
            door_ids=self.doors.door_ids[here % doors],
            mechanic_ids=week.mechanic_ids[here],
            promoted=(facts.promoted & facts.offered)[here],
            seen=facts.seen[here],
            out=facts.out[here],
            days=days[here],
            out_days=out_days[here],
            promoted_days=promoted.days[here],
            out_promoted_days=promoted.out_days[here],
            sold=(promoted.sold + other.sold)[here],
            unmet=(promoted.unmet + other.unmet)[here],
            sold_promoted=promoted.sold[here],
            unmet_promoted=promoted.unmet[here],
            opening_units=week.opening[here],
            closing_units=week.closing[here],
            net_sales=net_sales[here],
            markdown=(promoted.markdown + other.markdown)[here],
            price=price[here],
            cost=facts.cost[here],
        )
        complete, self.pending = self.pending, {}
        of_category = category[here]
        last = int(chunk.category_ids.max())
        for category_id in np.unique(chunk.category_ids).tolist():
            part = detail.chosen(of_category == category_id)
            complete.setdefault(category_id, []).append(part)
        # Chunks follow the categories: the last may go on in the next one.
        self.pending = {last: complete.pop(last)}
        return {category_id: Detail.joined(parts) for category_id, parts in complete.items()}

    def rest(self) -> dict[int, Detail]:
        """The details of the last category."""
        return {category_id: Detail.joined(parts) for category_id, parts in self.pending.items()}

    def facts(self, tree: Tree) -> FactColumns:
        """The facts of every category, and their sums over categories."""
        keys, sums = summed(*_joined(self.keys, self.sums, len(FACT_SUMS)))
        ahead_keys, ahead = summed(*_joined(self.ahead_keys, self.ahead, 0))
        # An outlook stands on the row without a mechanic, which is there for it alone if need be.
        ahead_keys = ahead_keys * MECHANIC_PLACES + NO_MECHANIC
        own = np.union1d(keys, ahead_keys)
        first_ahead = len(FACT_SUMS) + 1
        columns = np.zeros((first_ahead + len(ahead), len(own)))
        columns[: len(FACT_SUMS), np.searchsorted(own, keys)] = sums
        at = np.searchsorted(own, ahead_keys)
        columns[len(FACT_SUMS), at] = 1
        columns[first_ahead:, at] = ahead
        upper, upper_columns = summed_upwards(own, columns, len(self.doors.slices) * MECHANIC_PLACES, tree)
        every, columns = np.append(own, upper), np.concatenate([columns, upper_columns], axis=1)
        places = every // MECHANIC_PLACES
        return FactColumns(
            is_total=np.arange(len(every)) >= len(own),
            category_ids=places // len(self.doors.slices) - 1,
            slice_places=places % len(self.doors.slices),
            mechanic_ids=every % MECHANIC_PLACES,
            sums=columns[: len(FACT_SUMS)],
            outlooks=columns[first_ahead:],
            has_outlook=columns[len(FACT_SUMS)] > 0,
        )


def _joined(keys: list[Integers], columns: list[Floats], rows: int) -> tuple[Integers, Floats]:
    """All of them after one another; of none no key, and ``rows`` columns without a sum."""
    if not keys:
        return np.empty(0, dtype=np.int64), np.empty((rows, 0))
    return np.concatenate(keys), np.concatenate(columns, axis=1)
