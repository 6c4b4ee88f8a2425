"""What Planning will see in the demo: enough flags, not too many, and for each remedy one that it clears."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache

import numpy as np
import pytest

from marketing.baseline.vectors import FORECAST_WEEKS
from planning.risk.engine import FlagRisk, State, assess_lines, roll_up
from planning.supply.engine import (
    NEVER,
    CampaignLines,
    Horizon,
    Receipts,
    SkuDoors,
    Transfers,
    expected_demand,
    project,
)
from sop_site.demo.assortment import Sku
from sop_site.demo.build import DemoRetailer
from sop_site.demo.learning import learned_baseline
from sop_site.demo.network import DC_CODE, SELLING_DOORS, WEB_CODE, routes
from sop_site.demo.plans import Campaign, Line, Story, typical_ratio
from sop_site.tests.demo.conftest import TODAY, retailer_of


@dataclass(frozen=True)
class Scene:
    """A demo retailer as arrays: rows are the DC's SKUs first, then the cells of its history."""

    retailer: DemoRetailer
    horizon: Horizon
    sku_doors: SkuDoors
    receipts: Receipts
    lines: CampaignLines
    featured: list[tuple[Campaign, Line, Sku, Story | None]]

    def flags(
        self,
        *,
        receipts: Receipts | None = None,
        transfers: Transfers | None = None,
        lines: CampaignLines | None = None,
    ) -> FlagRisk:
        """The flags with the operating model's first threshold, on the plan or on a changed one."""
        lines = self.lines if lines is None else lines
        demand = expected_demand(self.horizon, self.sku_doors, lines)
        planned = project(
            self.horizon,
            self.sku_doors,
            demand,
            self.receipts if receipts is None else receipts,
            transfers or Transfers.none(),
        )
        bare = project(self.horizon, self.sku_doors, demand, Receipts.none(), Transfers.none())
        money = np.ones(len(lines))
        return roll_up(lines, assess_lines(planned, bare, lines, 1.1, 0.1), money, money)

    def of_story(self, story: Story) -> np.ndarray:
        """Which featured SKUs carry ``story``."""
        return np.array([told is story for _, _, _, told in self.featured])


@cache
def set_the_scene(today: date) -> Scene:
    """The retailer of a day, which no test changes."""
    retailer = retailer_of(today)
    cells, skus = retailer.history.cells, retailer.skus
    codes = np.array([door.code for door in SELLING_DOORS])[cells.door_index]
    row_of = {(DC_CODE, sku.sku): row for row, sku in enumerate(skus)}
    for cell, (index, code) in enumerate(zip(cells.sku_index, codes, strict=True)):
        row_of[str(code), skus[index].sku] = len(skus) + cell
    rows = len(row_of)
    stock = np.zeros((3, rows))
    for position in retailer.positions:
        row = row_of[position.store, position.sku]
        stock[:, row] = position.on_hand, position.unavailable, position.committed
    days = {route.to_store: route.transit_days for route in routes() if route.from_store == DC_CODE}
    at_dc = np.zeros(len(skus))
    baseline = learned_baseline(retailer.history, skus, weeks=FORECAST_WEEKS)
    sku_doors = SkuDoors(
        on_hand=stock[0],
        unavailable=stock[1],
        committed=stock[2],
        presentation_minimum=np.concatenate([at_dc, retailer.outlook.minimum]),
        weekly_baseline=np.hstack([np.zeros((len(baseline), len(skus))), baseline]),
        dc_row=np.concatenate([np.full(len(skus), -1), cells.sku_index]),
        transit_days=np.concatenate([at_dc, [days.get(str(code), 0) for code in codes]]).astype(int),
        sells_from_dc=np.concatenate([at_dc, codes == WEB_CODE]).astype(bool),
        opening_day=np.zeros(rows, dtype=int),
        closing_day=np.full(rows, NEVER),
    )
    horizon = Horizon.covering(today, [campaign.ends_on for campaign in retailer.campaigns])
    coming = [order for order in retailer.orders if order.status == "open" and order.current_eta >= today]
    receipts = Receipts(
        row=np.array([order.sku_index for order in coming]),
        bucket=np.array([horizon.bucket_of_day(horizon.day_of(order.current_eta)) for order in coming]),
        units=np.array([float(order.ordered_units - order.received_units) for order in coming]),
    )
    featured = [
        (campaign, line, skus[line.sku_index], campaign.stories.get(skus[line.sku_index].group))
        for campaign in retailer.campaigns
        if campaign.counts_as_demand
        for line in campaign.lines
    ]
    return Scene(retailer, horizon, sku_doors, receipts, _campaign_lines(featured, row_of, horizon), featured)


def _campaign_lines(
    featured: list[tuple[Campaign, Line, Sku, Story | None]],
    row_of: dict[tuple[str, str], int],
    horizon: Horizon,
) -> CampaignLines:
    entries = []
    for number, (campaign, line, sku, _) in enumerate(featured):
        in_units = line.lift_kind == "units"
        for code in campaign.door_codes:
            if (code, sku.sku) in row_of:
                start, end = horizon.day_of(campaign.starts_on), horizon.day_of(campaign.ends_on)
                ratio = np.nan if in_units else line.uplift_ratio
                units = line.lift_value if in_units else np.nan
                entries.append((number, row_of[code, sku.sku], start, end, ratio, units))
    number, row, start, end, ratio, units = (np.array(column) for column in zip(*entries, strict=True))
    return CampaignLines(number, row, start, end, ratio, units)


@pytest.fixture(scope="module")
def scene() -> Scene:
    return set_the_scene(TODAY)


DAYS = [TODAY, date(2026, 11, 28), date(2027, 6, 9), date(2029, 1, 27)]


@pytest.mark.parametrize("today", DAYS)
def test_campaigns_lie_around_any_day(today: date) -> None:
    campaigns = retailer_of(today).campaigns
    assert len({campaign.name for campaign in campaigns}) == len(campaigns) == 15
    for campaign in campaigns:
        assert campaign.starts_on <= campaign.ends_on
        if campaign.slot.status == "completed":
            assert campaign.ends_on < today
        elif campaign.slot.status == "running":
            assert campaign.starts_on <= today <= campaign.ends_on
        else:
            assert today < campaign.starts_on <= today + timedelta(weeks=13)


@pytest.mark.parametrize("today", DAYS)
def test_about_three_in_ten_featured_skus_are_flagged(today: date) -> None:
    scene = set_the_scene(today)
    flags = scene.flags()
    assert len(flags.state) == len(scene.featured) >= 100
    assert 0.25 <= np.mean(flags.state >= State.AT_RISK) <= 0.35
    assert set(flags.state) == set(State)


def test_only_stories_are_flagged(scene: Scene) -> None:
    flagged = scene.flags().state >= State.AT_RISK
    told = np.array([story is not None for _, _, _, story in scene.featured])
    assert not flagged[~told].any()
    assert not flagged[scene.of_story(Story.WATCH)].any()


def test_the_decision_window_is_well_represented(scene: Scene) -> None:
    near = [campaign for campaign in scene.retailer.campaigns if 5 <= campaign.slot.week <= 8]
    assert len(near) >= 5
    codes = {campaign.code for campaign in near}
    flagged = scene.flags().state >= State.AT_RISK
    in_window = np.array([campaign.code in codes for campaign, _, _, _ in scene.featured])
    assert flagged[in_window].sum() >= 15


def test_a_style_that_is_not_yet_launched_has_no_data(scene: Scene) -> None:
    launches = np.array([sku.style.launched_weeks_ago <= 0 for _, _, sku, _ in scene.featured])
    assert launches.any()
    assert (scene.flags().state[launches] == State.NO_DATA).all()


def test_expediting_clears_a_late_receipt(scene: Scene) -> None:
    skus, late = scene.retailer.skus, scene.of_story(Story.LATE_RECEIPT)
    by_air = [scene.horizon.bucket_of_day(skus[row].supplier.expedite_days) for row in scene.receipts.row]
    earlier = replace(scene.receipts, bucket=np.minimum(scene.receipts.bucket, by_air))
    assert (scene.flags().state[late] == State.STOCKOUT).all()
    assert (scene.flags(receipts=earlier).state[late] < State.AT_RISK).all()


def test_the_usual_lift_clears_a_lift_too_high(scene: Scene) -> None:
    too_high = scene.of_story(Story.LIFT_TOO_HIGH)
    usual = np.array([typical_ratio(campaign.slot) for campaign, _, _, _ in scene.featured])
    planned = np.array([line.uplift_ratio for _, line, _, _ in scene.featured])
    cut = np.where(too_high, usual / planned, 1.0)[scene.lines.line]
    lines = replace(
        scene.lines,
        uplift_ratio=scene.lines.uplift_ratio * cut,
        uplift_units=scene.lines.uplift_units * cut,
    )
    assert (scene.flags().state[too_high] == State.STOCKOUT).all()
    assert (scene.flags(lines=lines).state[too_high] < State.AT_RISK).all()


def test_a_sister_colour_can_take_the_place_of_a_short_one(scene: Scene) -> None:
    skus, cells = scene.retailer.skus, scene.retailer.history.cells
    flagged = scene.flags().state >= State.AT_RISK
    short = np.flatnonzero(scene.of_story(Story.SISTER) & flagged)
    row_of_cell = {
        (int(index), int(door)): len(skus) + cell
        for cell, (index, door) in enumerate(zip(cells.sku_index, cells.door_index, strict=True))
    }
    row, shifted = scene.lines.row.copy(), np.isin(scene.lines.line, short)
    for entry in np.flatnonzero(shifted):
        sku = scene.featured[scene.lines.line[entry]][2]
        sister = next(
            index
            for index, other in enumerate(skus)
            if other.style is sku.style and other.size == sku.size and other.colour != sku.colour
        )
        row[entry] = row_of_cell.get((sister, int(cells.door_index[row[entry] - len(skus)])), -1)
    kept = row >= 0
    lines = CampaignLines(
        scene.lines.line[kept],
        row[kept],
        scene.lines.start_day[kept],
        scene.lines.end_day[kept],
        scene.lines.uplift_ratio[kept],
        scene.lines.uplift_units[kept],
    )
    after = scene.flags(lines=lines)
    assert len(short) >= 1
    assert (after.state[np.isin(after.line, short)] < State.AT_RISK).all()


def test_doors_with_too_much_can_help_those_that_are_short(scene: Scene) -> None:
    """Moves units from the doors that hold most to those that lack most, one SKU after the other."""
    uneven = np.flatnonzero(scene.of_story(Story.UNEVEN))
    demand = expected_demand(scene.horizon, scene.sku_doors, scene.lines).total
    moves: list[tuple[int, int, int, int, float]] = []
    for number in uneven:
        campaign, line, _, _ = scene.featured[number]
        cells = np.flatnonzero(scene.retailer.history.cells.sku_index == line.sku_index)
        rows = len(scene.retailer.skus) + cells
        last = scene.horizon.bucket_of_day(scene.horizon.day_of(campaign.ends_on))
        wanted = 1.3 * demand[: last + 1, rows].sum(axis=0) + scene.sku_doors.presentation_minimum[rows]
        balance = np.floor(scene.sku_doors.opening[rows] - wanted)
        for receiver in np.flatnonzero(balance < 0):
            while balance[receiver] < 0:
                sender = int(np.argmax(balance))
                units = min(balance[sender], -balance[receiver])
                assert units > 0, "the network holds too little of an uneven SKU"
                moves.append((rows[sender], rows[receiver], 0, 1, units))
                balance[sender] -= units
                balance[receiver] += units
    transfers = Transfers(*(np.array(column) for column in zip(*moves, strict=True)))
    assert (scene.flags().state[uneven] == State.STOCKOUT).all()
    assert (scene.flags(transfers=transfers).state[uneven] < State.AT_RISK).all()
