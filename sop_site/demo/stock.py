"""Stock and purchase orders: enough for most SKUs, and a story for those that are to be flagged.

Demand is planned per SKU-door over the 13 weeks from the current one, as the product itself will see
it: the baseline that it learns plus the uplift of every campaign that counts. Units are whole.
"""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from sop_site.demo.assortment import Sku
from sop_site.demo.history import Cells
from sop_site.demo.network import DC_CODE, SELLING_DOORS, WEB_CODE
from sop_site.demo.plans import Campaign, Story, is_sister, typical_ratio
from sop_site.fiscal import week_start

HORIZON_WEEKS = 13


@dataclass(frozen=True, slots=True)
class Position:
    """What a place holds of a SKU."""

    store: str
    sku: str
    on_hand: int
    unavailable: int = 0
    committed: int = 0


@dataclass(frozen=True, slots=True)
class OrderLine:
    """Units of a SKU on order, with the ETA first promised and the one that counts now."""

    sku_index: int
    ordered_units: int
    received_units: int
    original_eta: date
    current_eta: date
    status: str = "open"


@dataclass(frozen=True, slots=True)
class Outlook:
    """Units by cell: baseline and planned demand ``[HORIZON_WEEKS, n]``, presentation minimum ``[n]``.

    Week 0 is the rest of the current week.
    """

    base: np.ndarray
    demand: np.ndarray
    minimum: np.ndarray


def presentation_minimums(skus: list[Sku], cells: Cells) -> np.ndarray:
    """Units a display must keep: 1 of bulky styles, 2 or 3 of fast ones in bigger stores, none online."""
    found = np.zeros(len(cells), dtype=int)
    for cell, (index, column) in enumerate(zip(cells.sku_index, cells.door_index, strict=True)):
        door, style = SELLING_DOORS[column], skus[index].style
        if door.code == WEB_CODE:
            continue
        fast = style.weekly_units * skus[index].size_share >= 3
        found[cell] = (3 if door.size >= 1.2 else 2) if fast else 1
    return found


def outlook(
    skus: list[Sku], cells: Cells, baseline: np.ndarray, campaigns: list[Campaign], today: date
) -> Outlook:
    """What is expected to sell, by cell and week from ``today`` on (drafts do not count).

    ``baseline [HORIZON_WEEKS, n]`` are units of whole weeks without promotions, NaN where none is known.
    """
    base = np.nan_to_num(baseline)
    last_days = [week_start(today) + timedelta(weeks=week, days=6) for week in range(HORIZON_WEEKS)]
    first_days = [today, *(last - timedelta(days=6) for last in last_days[1:])]
    demand = np.array(
        [
            base[week] * ((last - first).days + 1) / 7
            for week, (first, last) in enumerate(zip(first_days, last_days, strict=True))
        ]
    )
    door_codes = np.array([SELLING_DOORS[column].code for column in cells.door_index])
    for campaign in campaigns:
        if not campaign.counts_as_demand:
            continue
        takes_part = np.isin(door_codes, campaign.door_codes)
        ratio = np.zeros(len(skus))
        for line in campaign.lines:
            ratio[line.sku_index] = 0 if np.isnan(line.uplift_ratio) else line.uplift_ratio
        uplift = np.where(takes_part, base * ratio[cells.sku_index], 0)
        for week, (first, last) in enumerate(zip(first_days, last_days, strict=True)):
            demand[week] += uplift[week] * campaign.days_between(first, last) / 7
    return Outlook(base, demand, presentation_minimums(skus, cells))


class Stocktaker:
    """Builds stock and orders SKU by SKU from one random stream."""

    def __init__(
        self, skus: list[Sku], cells: Cells, plan: Outlook, current_week: date, rng: np.random.Generator
    ) -> None:
        self._skus = skus
        self._cells = cells
        self._plan = plan
        self._current_week = current_week
        self._rng = rng
        self.door_units = np.zeros(len(cells), dtype=int)
        self.dc_units = np.zeros(len(skus), dtype=int)
        self.orders: list[OrderLine] = []

    def cells_of(self, index: int) -> np.ndarray:
        """The cells of one SKU."""
        return np.flatnonzero(self._cells.sku_index == index)

    def fill_doors(self, index: int, weeks: float) -> None:
        """Gives every store its display and ``weeks`` weeks of demand or a bit more; the web none."""
        for cell in self.cells_of(index):
            if SELLING_DOORS[self._cells.door_index[cell]].code == WEB_CODE:
                continue
            ahead = self._demand_of_weeks(cell, weeks + self._rng.uniform(0, 0.8))
            self.door_units[cell] = int(np.ceil(self._plan.minimum[cell] + ahead))

    def _demand_of_weeks(self, cell: int, weeks: float) -> float:
        whole = int(weeks)
        course = self._plan.demand[:, cell]
        return float(course[:whole].sum() + course[min(whole, HORIZON_WEEKS - 1)] * (weeks - whole))

    def network_demand(self, index: int, first_week: int, last_week: int) -> float:
        """Planned demand of a SKU over all doors, weeks ``first_week`` to ``last_week`` inclusive."""
        return float(self._plan.demand[first_week : last_week + 1, self.cells_of(index)].sum())

    def sellable_at_doors(self, index: int) -> float:
        """Units in the stores of a SKU beyond their displays."""
        cells = self.cells_of(index)
        return float(np.maximum(0, self.door_units[cells] - self._plan.minimum[cells]).sum())

    def order(self, index: int, units: float, week: int, promised_week: int | None = None) -> None:
        """Puts ``units`` (rounded up to packs and the minimum order) on order for fiscal week ``week``."""
        sku = self._skus[index]
        pack = sku.style.pack_units
        packs = max(1, int(np.ceil(max(units, sku.minimum_order_units) / pack)))
        day = 1 + int(sum(map(ord, sku.style.supplier)) + 3 * week) % 4
        promised = week if promised_week is None else promised_week
        self.orders.append(
            OrderLine(
                sku_index=index,
                ordered_units=packs * pack,
                received_units=0,
                original_eta=self._current_week + timedelta(weeks=promised, days=day),
                current_eta=self._current_week + timedelta(weeks=week, days=day),
            )
        )

    def plenty(self, index: int, factor: float) -> None:
        """Stock at the DC for ``factor`` times the demand of all 13 weeks, and often more on order."""
        self.fill_doors(index, 2.2)
        total = self.network_demand(index, 0, HORIZON_WEEKS - 1)
        self.dc_units[index] = int(np.ceil(max(2, total * factor - 0.6 * self.sellable_at_doors(index))))
        if self._rng.random() < 0.45:
            week = int(self._rng.integers(6, 15))
            moved = int(self._rng.choice([0, 0, 0, 0, 1, 2]))
            self.order(index, total * self._rng.uniform(0.35, 0.6), week, promised_week=week - moved)

    def tell(self, index: int, campaign: Campaign, story: Story) -> None:
        """Builds the stock of one SKU so that ``story`` comes true in ``campaign``."""
        first = max(0, campaign.slot.week)
        last = min(HORIZON_WEEKS - 1, (campaign.ends_on - self._current_week).days // 7)
        if story is Story.UNEVEN:
            self._uneven(index, last)
            return
        self.fill_doors(index, 0.4 if story is Story.SOLD_OUT else 1.6)
        before = self.network_demand(index, 0, first - 1) if first else 0.0
        during = self.network_demand(index, first, last)
        after = self.network_demand(index, last + 1, HORIZON_WEEKS - 1)
        at_doors = self.sellable_at_doors(index)
        if story is Story.WATCH:
            dc = before * 1.05 - at_doors
            self.order(index, during * 1.5 + after * 1.2, max(1, first - 2))
        elif story is Story.THIN:
            dc = before + during * self._rng.uniform(0.99, 1.07) - at_doors
            self.order(index, after * 1.4, last + 2)
        elif story is Story.LATE_RECEIPT:
            dc = before + during * self._rng.uniform(0.1, 0.4) - at_doors
            self.order(index, during * 1.3 + after * 1.3, last + 1, promised_week=max(1, first - 2))
        elif story is Story.SISTER:
            # Nothing is on order: only another colour can take its place.
            dc = before + during * self._rng.uniform(0.2, 0.4) - at_doors
        elif story is Story.LIFT_TOO_HIGH:
            dc = before + self._at_usual_lift(index, campaign, first, last) * 1.25 - at_doors
            self.order(index, after * 1.5, HORIZON_WEEKS + 1)
        else:
            # Its order is past due: out of the projection and on the list of receipts to re-date.
            dc = 0.0
            self.order(index, during + after, -1, promised_week=-3)
        self.dc_units[index] = max(0, int(np.ceil(dc)))

    def _at_usual_lift(self, index: int, campaign: Campaign, first: int, last: int) -> float:
        planned = next(line.uplift_ratio for line in campaign.lines if line.sku_index == index)
        base = float(self._plan.base[first : last + 1, self.cells_of(index)].sum())
        uplift = self.network_demand(index, first, last) - base
        return base + uplift * typical_ratio(campaign.slot) / planned

    def _uneven(self, index: int, last: int) -> None:
        """No stock at the DC; in every region some doors hold more than enough and others run dry early."""
        by_region: dict[str, int] = {}
        for cell in self.cells_of(index):
            door = SELLING_DOORS[self._cells.door_index[cell]]
            turn = by_region.get(door.region, 0)
            by_region[door.region] = turn + 1
            through = self._plan.demand[: last + 1, cell].sum()
            held = through * self._rng.uniform(2.2, 2.8) if turn % 2 == 0 else through * 0.45
            self.door_units[cell] = int(np.ceil(self._plan.minimum[cell] + held))

    def add_received_and_past_due(self) -> None:
        """Orders that arrived in the last weeks, a few half-received, and two more that are past due."""
        rng = self._rng
        for index in sorted(rng.permutation(len(self._skus))[:70]):
            weekly = self.network_demand(int(index), 0, 3) / 4
            if weekly <= 0:
                continue
            self.order(int(index), weekly * rng.uniform(4, 8), -int(rng.integers(2, 9)))
            arrived = self.orders.pop()
            self.orders.append(
                OrderLine(
                    arrived.sku_index, arrived.ordered_units, arrived.ordered_units,
                    arrived.original_eta, arrived.current_eta, "received",
                )
            )  # fmt: skip
        plain = [number for number, line in enumerate(self.orders) if line.status == "open"]
        for number in rng.permutation(plain)[:9]:
            line = self.orders[number]
            part = int(line.ordered_units * 0.4) // self._skus[line.sku_index].style.pack_units
            received = part * self._skus[line.sku_index].style.pack_units
            self.orders[number] = OrderLine(
                line.sku_index, line.ordered_units + received, received, line.original_eta, line.current_eta
            )
        for weeks_late, index in zip((1, 2), rng.permutation(len(self._skus)), strict=False):
            self.order(int(index), self.network_demand(int(index), 0, 5), -weeks_late, -weeks_late - 1)

    def positions(self) -> list[Position]:
        """Every stock position, at the DC and in the stores; a few are odd, as in any feed."""
        found = [self._position(DC_CODE, index, int(units)) for index, units in enumerate(self.dc_units)]
        for cell, (index, column) in enumerate(
            zip(self._cells.sku_index, self._cells.door_index, strict=True)
        ):
            if SELLING_DOORS[column].code != WEB_CODE:
                found.append(self._position(SELLING_DOORS[column].code, index, int(self.door_units[cell])))
        odd = int(self._rng.integers(len(self._skus), len(found)))
        found[odd] = Position(found[odd].store, found[odd].sku, -3)
        return found

    def _position(self, store: str, index: int, sellable: int) -> Position:
        """``sellable`` units and now and then some that are returned goods or promised to a customer."""
        unavailable = int(self._rng.integers(1, 4)) if self._rng.random() < 0.04 else 0
        committed = int(self._rng.integers(1, 4)) if self._rng.random() < 0.03 else 0
        on_hand = sellable + unavailable + committed
        return Position(store, self._skus[index].sku, on_hand, unavailable, committed)


def take_stock(
    skus: list[Sku],
    cells: Cells,
    plan: Outlook,
    campaigns: list[Campaign],
    current_week: date,
    rng: np.random.Generator,
) -> Stocktaker:
    """Stock and orders of the whole assortment: the stories of the campaigns, plenty for the rest."""
    stocktaker = Stocktaker(skus, cells, plan, current_week, rng)
    told = {group: (campaign, story) for campaign in campaigns for group, story in campaign.stories.items()}
    short_colours = [group for group, (_, story) in told.items() if story is Story.SISTER]
    for index, sku in enumerate(skus):
        if sku.style.launched_weeks_ago <= 0:
            stocktaker.order(index, 12 * sku.style.weekly_units * sku.size_share * len(SELLING_DOORS), 3)
        # Of a colour that runs out, the size that sells least is still there.
        elif sku.group in told and not (told[sku.group][1] is Story.SISTER and sku.size_share < 0.2):
            stocktaker.tell(index, *told[sku.group])
        elif any(is_sister(sku.group, short) for short in short_colours):
            stocktaker.plenty(index, 2.4)
        else:
            stocktaker.plenty(index, rng.uniform(1.25, 1.7))
    stocktaker.add_received_and_past_due()
    return stocktaker
