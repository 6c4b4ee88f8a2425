"""What is calculated when a cycle opens, against the same rules in plain Python: day by day, door by door."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np
import pytest

from marketing.baseline.models import BaselineForecast
from marketing.baseline.vectors import FORECAST_WEEKS
from marketing.campaigns.choices import LiftUnit
from marketing.campaigns.models import CampaignLine
from marketing.catalogue.choices import DoorKind
from marketing.catalogue.models import Door, Product
from marketing.tests.factories import make_campaign, make_dc, make_door, make_product, make_sales, range_at
from planning.consensus.calculated import calculated_numbers, skus_whose_baseline_ends_early
from planning.consensus.choices import CALCULATED_LAYERS, Layer
from planning.consensus.door_groups import DoorGroups, door_group_of, door_groups
from planning.consensus.models import Cycle, ForecastVersion
from planning.consensus.packing import Numbers
from planning.tests.factories import make_stock
from sop_site.fiscal import WEEK, FiscalMonth, FiscalWeek, week_start

pytestmark = pytest.mark.django_db

NOVEMBER = FiscalMonth(2026, 10)
# Its December is followed by a January of five weeks, the 53rd of which ends fiscal year 2028.
NOVEMBER_OF_A_LONG_YEAR = FiscalMonth(2028, 10)


def version_of(month: FiscalMonth) -> ForecastVersion:
    """The forecast of a cycle held in ``month``, kept nowhere."""
    months = Cycle(month_start=month.start).months
    return ForecastVersion(first_week_start=months[0].start, weeks_of_months=[each.weeks for each in months])


def calculated(version: ForecastVersion, *products: Product, today: date) -> dict[str, Numbers]:
    """The numbers of ``products``, which ascend, by door group."""
    groups = door_groups(version.first_week_start, version.last_day)
    ids = np.array([product.pk for product in products], dtype=np.int64)
    return dict(zip(groups.names, calculated_numbers(ids, version, groups, today=today), strict=True))


def weekly(numbers: Numbers, layer: Layer) -> np.ndarray:
    """A calculated layer by SKU and week."""
    return numbers.weekly[CALCULATED_LAYERS.index(layer)]


def make_baseline(product: Product, door: Door, units: Sequence[float], first_week_start: date) -> None:
    """A ranged SKU with its baseline, the last week repeated."""
    range_at(product, door)
    BaselineForecast.objects.create(
        product=product,
        door=door,
        first_week_start=first_week_start,
        weekly_units=[*units, *[units[-1]] * (FORECAST_WEEKS - len(units))],
        basis="own_sales",
        weeks_used=8,
    )


@dataclass
class Plan:
    """A campaign as the oracle knows it; ``units`` over all its doors, or a ``ratio`` of the baseline."""

    products: list[Product]
    doors: list[Door]
    starts_on: date
    days: int
    ratio: float | None = None
    units: float | None = None

    def make(self, **facts) -> None:
        """The same in the database."""
        campaign = make_campaign(
            products=self.products,
            doors=self.doors,
            starts_on=self.starts_on,
            days=self.days,
            uplift_ratio=self.ratio or 0.0,
            **facts,
        )
        if self.units is not None:
            CampaignLine.objects.filter(campaign=campaign).update(
                lift_unit=LiftUnit.UNITS, lift_value=self.units, uplift_ratio=None, uplift_units=self.units
            )


@dataclass
class Retailer:
    """What the oracle knows: baselines by SKU and door from ``first`` on, planned campaigns, and sales."""

    today: date
    baselines: dict[tuple[Product, Door], list[float]] = field(default_factory=dict)
    plans: list[Plan] = field(default_factory=list)
    sales: dict[tuple[Product, Door, date], float] = field(default_factory=dict)

    def base(self, product: Product, door: Door, day: date) -> float:
        """Expected units of a day if the door is open: a seventh of its week."""
        of_weeks = self.baselines.get((product, door), [0.0])
        place = (week_start(day) - week_start(self.today)) // WEEK
        return of_weeks[min(place, len(of_weeks) - 1)] / 7

    def demand(self, product: Product, door: Door, day: date) -> float:
        """Expected units of a day with its campaigns, never below nothing."""
        if not is_open(door, day):
            return 0.0
        base = self.base(product, door, day)
        demand = base
        for plan in self.plans:
            ends_on = plan.starts_on + timedelta(days=plan.days - 1)
            if product in plan.products and door in plan.doors and plan.starts_on <= day <= ends_on:
                demand += base * plan.ratio if plan.ratio is not None else self.spread(plan, product, door)
        return max(demand, 0.0)

    def spread(self, plan: Plan, product: Product, door: Door) -> float:
        """Units a day of a campaign in units: by the doors' baselines while it runs, from today on."""
        days = [plan.starts_on + timedelta(days=place) for place in range(plan.days)]
        weights = {
            each: sum(self.base(product, each, day) for day in days if day >= self.today)
            for each in plan.doors
            if (product, each) in self.baselines
        }
        return plan.units * weights[door] / sum(weights.values()) / plan.days

    def expected(self, layer: Layer, product: Product, doors: Sequence[Door], week: date) -> float:
        """Units of a week at ``doors``."""
        days = [week + timedelta(days=place) for place in range(7)]
        if layer == Layer.STATISTICAL:
            return sum(self.base(product, door, day) for door in doors for day in days if is_open(door, day))
        if layer == Layer.CAMPAIGNS:
            return sum(self.demand(product, door, day) for door in doors for day in days)
        return max(0.0, sum(self.sales.get((product, door, a_year_before(week)), 0.0) for door in doors))


def a_year_before(week: date) -> date:
    """52 weeks before, also into a year of 53; a 53rd week is held against the last of the year before."""
    return week - (53 if week == FiscalWeek(2028, 53).start else 52) * WEEK


def is_open(door: Door, day: date) -> bool:
    """Whether the door sells on that day."""
    return (door.opened_on is None or day >= door.opened_on) and (
        door.closed_on is None or day < door.closed_on
    )


def test_a_door_is_of_its_region_or_else_of_its_kind():
    assert door_group_of(Door(region="North")) == "North"
    assert door_group_of(Door(kind=DoorKind.ECOMMERCE, region="North")) == "North"
    assert door_group_of(Door(kind=DoorKind.ECOMMERCE)) == "Online"
    assert door_group_of(Door()) == "Other doors"
    with pytest.raises(ValueError, match="no door group"):
        door_group_of(Door(kind=DoorKind.DC, region="North"))


def test_a_group_counts_while_one_of_its_doors_is_open_and_keeps_those_that_have_closed():
    first, last = date(2026, 11, 29), date(2027, 5, 29)
    dc = make_dc(region="North")
    closed = make_door(region="North", closed_on=first)
    open_door = make_door(region="North", closed_on=first + timedelta(days=1))
    make_door(region="West", closed_on=first)
    make_door(region="East", opened_on=last + timedelta(days=1))
    online = make_door(region="", kind=DoorKind.ECOMMERCE)
    groups = door_groups(first, last)
    assert groups.names == ["North", "Online"]
    asked = np.array([online.pk, dc.pk, closed.pk, open_door.pk])
    assert groups.place_of(asked).tolist() == [1, -1, 0, 0]
    assert door_groups(date(2020, 1, 1), date(2020, 1, 2)).names == ["North", "Online", "West"]


def test_without_doors_there_are_no_groups():
    assert door_groups(date(2026, 11, 29), date(2027, 5, 29)).place_of(np.array([7])).tolist() == [-1]


@pytest.mark.parametrize("month", [NOVEMBER, NOVEMBER_OF_A_LONG_YEAR], ids=str)
def test_every_layer_is_what_plain_arithmetic_makes_of_it(month):
    """Two regions, doors that open and close, campaigns of every kind, and sales with returns."""
    random = np.random.default_rng(20261122)
    version = version_of(month)
    today = month.start + timedelta(days=23)
    horizon = [version.first_week_start + place * WEEK for place in range(version.weeks)]
    dc = make_dc()
    doors = [
        make_door(region="North", supplied_by=dc),
        make_door(region="North", opened_on=horizon[2] + timedelta(days=3)),
        make_door(region="South", closed_on=horizon[9] + timedelta(days=5)),
        make_door(region="South"),
    ]
    closed = make_door(region="South", closed_on=today)
    products = [make_product() for _ in range(4)]
    retailer = Retailer(today)
    for product in products[:3]:
        make_stock(product, dc, 500.0)
        for door in doors:
            units = random.uniform(0, 40, FORECAST_WEEKS).astype(np.float32).tolist()
            retailer.baselines[product, door] = units
            make_baseline(product, door, units, week_start(today))
    # A baseline at a door that does not range the SKU is no demand.
    BaselineForecast.objects.create(
        product=products[3], door=doors[0], first_week_start=week_start(today),
        weekly_units=[9.0] * FORECAST_WEEKS, basis="own_sales", weeks_used=8,
    )  # fmt: skip
    middle = horizon[6] + timedelta(days=4)
    retailer.plans = [
        Plan(products[:2], doors, horizon[0] - timedelta(days=4), 10, ratio=0.5),
        Plan(products[:1], doors[2:], middle, 12, ratio=-0.8),
        Plan(products[:1], doors[1:], middle + timedelta(days=5), 12, ratio=-0.7),
        Plan(products[1:2], doors, middle, 9, units=120.0),
        Plan(products[2:3], [doors[0], doors[3]], today - timedelta(days=3), 30, units=90.0),
    ]
    for plan in retailer.plans:
        plan.make()
    Plan(products, doors, middle, 14, ratio=3.0).make(status="draft")
    Plan(products, doors, middle, 14, ratio=3.0).make(status="cancelled")
    for product in products:
        for door in (*doors, closed, dc):
            weeks = {
                a_year_before(week): float(units)
                for week, units in zip(horizon, random.integers(-30, 40, version.weeks), strict=True)
            }
            if door != dc:
                retailer.sales |= {(product, door, week): units for week, units in weeks.items()}
            make_sales(product, door, weeks)

    found = calculated(version, *products, today=today)

    by_region = {"North": doors[:2], "South": [*doors[2:], closed]}
    assert list(found) == list(by_region)
    for region, numbers in found.items():
        for layer in CALCULATED_LAYERS:
            expected = [
                [retailer.expected(layer, product, by_region[region], week) for week in horizon]
                for product in products
            ]
            np.testing.assert_allclose(
                weekly(numbers, layer), expected, rtol=1e-5, atol=1e-4, err_msg=f"{layer} in {region}"
            )
        assert not numbers.weekly[1:, 3].any()
        assert (numbers.entered == numbers.monthly(Layer.CAMPAIGNS, version.month_of_week)).all()


def test_the_long_year_has_its_53rd_week_and_what_follows_moves_by_one():
    """January FY28 has five weeks; W01 of FY29 is held against W02 of FY28, as holidays fall."""
    version = version_of(NOVEMBER_OF_A_LONG_YEAR)
    assert version.weeks_of_months == [5, 5, 4, 5, 4, 4]
    product, door = make_product(), make_door()
    years = [FiscalMonth(2027, 1).start, FiscalMonth(2028, 1).start]
    week = {
        (fiscal, number): years[fiscal] + (number - 1) * WEEK for fiscal in (0, 1) for number in (1, 2, 52)
    }
    make_sales(product, door, {week[0, 52]: 52.0, week[1, 1]: 1.0, week[1, 2]: 2.0})
    (numbers,) = calculated(version, product, today=date(2028, 11, 20)).values()
    naive = weekly(numbers, Layer.NAIVE)[0]
    first_of_next_year = sum(version.weeks_of_months[:2])
    # W52 of FY28 and W53, which the year before does not have; then W01 of FY29.
    assert naive[first_of_next_year - 2 : first_of_next_year + 1].tolist() == [52.0, 52.0, 2.0]
    assert naive.sum() == 106.0


def test_a_campaign_counts_once_however_many_of_its_doors_are_in_a_group():
    version, today = version_of(NOVEMBER), date(2026, 11, 22)
    product, doors = make_product(), [make_door(), make_door()]
    for door in doors:
        make_baseline(product, door, [70.0], week_start(today))
    first = version.first_week_start
    Plan([product], doors, first, 7, units=210.0).make()
    (numbers,) = calculated(version, product, today=today).values()
    campaigns = weekly(numbers, Layer.CAMPAIGNS)[0]
    assert campaigns[:2].tolist() == [140.0 + 210.0, 140.0]
    assert weekly(numbers, Layer.STATISTICAL)[0].tolist() == [140.0] * version.weeks


def test_a_baseline_that_ends_early_goes_on_with_its_last_week_and_is_counted():
    version, today = version_of(NOVEMBER), date(2026, 11, 22)
    products, doors = [make_product(), make_product()], [make_door(), make_door()]
    # Fitted long ago: the last of its weeks, 32 after the first, is the fourth of the forecast.
    old = version.first_week_start - (FORECAST_WEEKS - 4) * WEEK
    for door in doors:
        make_baseline(products[0], door, [*range(FORECAST_WEEKS - 1), 99.0], old)
    make_baseline(products[1], doors[0], [5.0], week_start(today))
    (numbers,) = calculated(version, *products, today=today).values()
    statistical = weekly(numbers, Layer.STATISTICAL)
    assert statistical[0, :5].tolist() == [56.0, 58.0, 60.0, 198.0, 198.0]
    assert statistical[0, -1] == 198.0
    assert statistical[1].tolist() == [5.0] * version.weeks
    assert skus_whose_baseline_ends_early(version) == 1


def test_a_month_that_is_over_is_calculated_as_of_its_first_forecast_day():
    version, today = version_of(NOVEMBER), date(2027, 2, 10)
    product, door = make_product(), make_door()
    make_baseline(product, door, [7.0, 14.0], version.first_week_start)
    (numbers,) = calculated(version, product, today=today).values()
    assert weekly(numbers, Layer.STATISTICAL)[0, :3].tolist() == [7.0, 14.0, 14.0]


def test_prices_and_costs_are_those_of_the_day_and_unknown_where_nobody_entered_them():
    products = [make_product(unit_cost=None), make_product(unit_price=None)]
    make_door()
    (numbers,) = calculated(version_of(NOVEMBER), *products, today=date(2026, 11, 22)).values()
    np.testing.assert_array_equal(numbers.unit_price, [50.0, np.nan])
    np.testing.assert_array_equal(numbers.unit_cost, [np.nan, 20.0])


def test_no_door_no_numbers():
    groups = DoorGroups([], np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64))
    products = np.array([make_product().pk])
    assert not list(calculated_numbers(products, version_of(NOVEMBER), groups, today=date(2026, 11, 22)))
