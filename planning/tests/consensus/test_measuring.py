"""Accuracy by layer and lag, against the same rules in plain Python: week by week, cell by cell."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np
import pytest

from marketing.catalogue.models import Category, Door, Product
from marketing.sales.models import WeeklySales
from marketing.tests.factories import make_dc, make_door, make_product, make_sales
from planning.consensus.choices import CALCULATED_LAYERS, ENTERED_LAYERS, Layer
from planning.consensus.domain.measuring import measure_accuracy
from planning.consensus.engine import value_added
from planning.consensus.in_force import PublishedVersions, published_before
from planning.consensus.models import ForecastBlock, ForecastVersion, LayerAccuracy
from planning.consensus.packing import Numbers, pack
from planning.consensus.track_record import LayerSums, steps_of, track_records
from planning.tests.consensus.cases import make_version, publish
from sop_site.fiscal import WEEK, FiscalMonth

pytestmark = pytest.mark.django_db

DECEMBER = FiscalMonth(2026, 11)
WEEKS = [DECEMBER.start + place * WEEK for place in range(5)]
DECEMBER_IS_OVER = DECEMBER.end + timedelta(days=2)
# A layer of a SKU in a door group and a week, or month by its first day.
Units = dict[tuple[Layer, int, str, date], float]
Cells = dict[tuple[int, str], tuple[float, list[float]]]


@dataclass
class Retailer:
    """What the oracle knows: which category a SKU is of, versions with their numbers, and what sold."""

    homes: dict[int, int | None]
    groups: dict[str, list[Door]]
    numbers: dict[int, Units] = field(default_factory=dict)
    sold: dict[tuple[int, str, date], float] = field(default_factory=lambda: defaultdict(float))

    def cells(self, month: FiscalMonth, version_of_week: dict[date, ForecastVersion]) -> Cells:
        """Actual units and those of every layer of each cell that all versions know."""
        found: Cells = {}
        for product in self.homes:
            for group in self.groups:
                layers = [self.month_units(layer, product, group, version_of_week) for layer in Layer]
                known = [units for units in layers if units is not None]
                actual = sum(self.sold[product, group, week] for week in version_of_week)
                if len(known) == len(Layer) and (any(known) or actual):
                    found[product, group] = (actual, known)
        return found

    def month_units(
        self, layer: Layer, product: int, group: str, version_of_week: dict[date, ForecastVersion]
    ) -> float | None:
        """Units of a layer over the weeks, each from the version in force; None where one has no number."""
        total = 0.0
        for week, version in version_of_week.items():
            numbers = self.numbers[version.pk]
            if (layer, product, group, week) not in numbers:
                return None
            if not layer.is_entered:
                total += numbers[layer, product, group, week]
                continue
            weeks = list(version_of_week)
            profile = [numbers[Layer.CAMPAIGNS, product, group, each] for each in weeks]
            share = profile[weeks.index(week)] / sum(profile) if sum(profile) else 1 / len(weeks)
            total += numbers[layer, product, group, weeks[0]] * share
        return total

    def make_version(self, month: FiscalMonth, published_on: date, *products: Product) -> ForecastVersion:
        """A published version about these SKUs, each number its own."""
        version = make_version(month)
        random = np.random.default_rng(version.pk)
        numbers = self.numbers[version.pk] = {}
        for category_id in {self.homes[product.pk] for product in products}:
            ids = sorted(product.pk for product in products if self.homes[product.pk] == category_id)
            for group in self.groups:
                weekly = random.integers(0, 40, (3, len(ids), version.weeks)).astype(float)
                entered = random.integers(20, 160, (4, len(ids), 6)).astype(float)
                # Where nothing gives a profile, months are spread evenly.
                weekly[CALCULATED_LAYERS.index(Layer.CAMPAIGNS), 0] = 0.0
                self._keep(numbers, version, ids, group, weekly, entered)
                _store(version, category_id, group, ids, weekly, entered)
        publish(version, published_on)
        return version

    def sell(self, product: Product, door: Door, units: dict[date, float]) -> None:
        """The SKU sold at the door in these weeks."""
        make_sales(product, door, units)
        for week, count in units.items():
            self.sold[product.pk, door.region, week] += count

    @staticmethod
    def _keep(numbers: Units, version: ForecastVersion, ids: list[int], group: str, weekly, entered) -> None:
        for sku, product in enumerate(ids):
            for place, month in enumerate(version.month_of_week):
                week = version.first_week_start + place * WEEK
                for at, layer in enumerate(CALCULATED_LAYERS):
                    numbers[layer, product, group, week] = weekly[at, sku, place]
                for at, layer in enumerate(ENTERED_LAYERS):
                    numbers[layer, product, group, week] = entered[at, sku, month]


def _store(version, category_id, group, ids, weekly, entered) -> None:
    nothing = np.full(len(ids), np.nan)
    block = ForecastBlock(version=version, category_id=category_id, door_group=group)
    pack(block, Numbers(np.array(ids, dtype=np.int64), weekly, entered, nothing, nothing))
    block.save()


@pytest.fixture
def retailer(today) -> Retailer:
    tops = Category.objects.create(path="Tops", name="Tops")
    groups = {
        "North": [make_door(region="North"), make_door(region="North")],
        "South": [make_door(region="South")],
    }
    homes = {make_product(category=tops).pk: tops.pk for _ in range(4)}
    homes |= {make_product().pk: None for _ in range(2)}
    return Retailer(homes, groups)


@pytest.fixture
def products(retailer) -> list[Product]:
    return list(Product.objects.filter(pk__in=retailer.homes).order_by("pk"))


@pytest.fixture
def sold_in_december(retailer, products) -> None:
    """One SKU sold nothing in the South; one had more returned than sold; a DC sells for no region."""
    make_sales(products[1], make_dc(region="North"), {WEEKS[0]: 1_000.0})
    random = np.random.default_rng(12)
    for group, doors in retailer.groups.items():
        for product in products:
            if (product, group) == (products[0], "South"):
                continue
            for door in doors:
                units = random.integers(0, 30, 5) - (40 if product == products[5] else 0)
                retailer.sell(product, door, dict(zip(WEEKS, units.astype(float).tolist(), strict=True)))


def told(lag_weeks: int) -> dict[tuple[int | None, Layer], tuple[int, float, float, float]]:
    """What is stored of December at a lag."""
    return {
        (row.category_id, Layer(row.layer)): (
            row.cells,
            row.actual_units,
            row.forecast_units,
            row.absolute_error_units,
        )
        for row in LayerAccuracy.objects.filter(month_start=DECEMBER.start, lag_weeks=lag_weeks)
    }


def expected(retailer: Retailer, cells: Cells) -> dict:
    """The same from the oracle's cells."""
    sums = {}
    for category_id in {retailer.homes[product] for product, _ in cells}:
        mine = [cell for (product, _), cell in cells.items() if retailer.homes[product] == category_id]
        for place, layer in enumerate(Layer):
            sums[category_id, layer] = pytest.approx(
                (
                    len(mine),
                    sum(actual for actual, _ in mine),
                    sum(units[place] for _, units in mine),
                    sum(abs(units[place] - actual) for actual, units in mine),
                ),
                rel=1e-6,
            )
    return sums


@pytest.mark.usefixtures("sold_in_december")
def test_each_week_is_held_against_the_forecast_that_was_in_force_before_it(retailer, products):
    of_september = retailer.make_version(FiscalMonth(2026, 8), date(2026, 9, 28), *products[:5])
    of_october = retailer.make_version(FiscalMonth(2026, 9), date(2026, 10, 27), *products)
    of_november = retailer.make_version(FiscalMonth(2026, 10), date(2026, 11, 24), *products[1:])
    measure_accuracy(today=DECEMBER_IS_OVER)
    of_weeks = {
        0: [of_november] * 5,
        # Four weeks before the last week of December, 29 November, the forecast of November was in force.
        4: [of_october] * 4 + [of_november],
        # Eight weeks before, that was so with October's from the week of 27 December on: 1 November.
        8: [of_september] * 4 + [of_october],
    }
    for lag, versions in of_weeks.items():
        cells = retailer.cells(DECEMBER, dict(zip(WEEKS, versions, strict=True)))
        assert told(lag) == expected(retailer, cells)
        assert (products[0].pk, "North") not in cells or lag == 8


@pytest.mark.usefixtures("sold_in_december")
def test_a_month_is_measured_at_a_lag_if_a_forecast_was_in_force_for_every_week_then(retailer, products):
    # Three days after the first week began: lag 0 has no forecast for it.
    retailer.make_version(FiscalMonth(2026, 10), date(2026, 12, 2), *products)
    assert measure_accuracy(today=DECEMBER_IS_OVER) == []
    assert not LayerAccuracy.objects.exists()


@pytest.mark.usefixtures("sold_in_december")
def test_a_month_waits_until_it_is_over_and_fully_observed(retailer, products):
    retailer.make_version(FiscalMonth(2026, 10), date(2026, 11, 24), *products)
    assert measure_accuracy(today=DECEMBER.end) == []
    last = WeeklySales.objects.filter(week_start=WEEKS[-1])
    last.update(observed_days=3)
    assert measure_accuracy(today=DECEMBER_IS_OVER) == []
    last.update(observed_days=7)
    assert [(found.month, found.lag_weeks) for found in measure_accuracy(today=DECEMBER_IS_OVER)] == [
        (DECEMBER, 0)
    ]


def test_a_cell_of_which_nobody_expects_anything_and_nothing_sold_is_none(retailer, products):
    version = make_version(FiscalMonth(2026, 10))
    sold = products[4]
    none = np.zeros((3, 2, version.weeks)), np.zeros((4, 2, 6))
    for group in retailer.groups:
        _store(version, None, group, [sold.pk, products[5].pk], *none)
    publish(version, date(2026, 11, 24))
    retailer.sell(sold, retailer.groups["North"][0], dict.fromkeys(WEEKS, 4.0))
    measure_accuracy(today=DECEMBER_IS_OVER)
    assert set(told(0).values()) == {(1, 20.0, 0.0, 20.0)}


@pytest.mark.usefixtures("sold_in_december")
def test_corrected_sales_are_measured_anew_for_three_months_and_then_stay(retailer, products):
    retailer.make_version(FiscalMonth(2026, 10), date(2026, 11, 24), *products)
    measure_accuracy(today=DECEMBER_IS_OVER)
    before = told(0)
    measure_accuracy(today=DECEMBER_IS_OVER)
    assert told(0) == before
    WeeklySales.objects.filter(product=products[1], week_start=WEEKS[0]).update(units=500)
    measure_accuracy(today=DECEMBER_IS_OVER)
    corrected = told(0)
    assert corrected != before
    _observe_until(products[2], retailer.groups["South"][0], DECEMBER + 3)
    WeeklySales.objects.filter(product=products[1], week_start=WEEKS[0]).update(units=1)
    assert DECEMBER not in [found.month for found in measure_accuracy(today=(DECEMBER + 4).start)]
    assert told(0) == corrected


@pytest.mark.usefixtures("sold_in_december")
def test_a_category_that_a_month_no_longer_has_is_taken_out(retailer, products):
    retailer.make_version(FiscalMonth(2026, 10), date(2026, 11, 24), *products)
    gone = Category.objects.create(path="Gone", name="Gone")
    LayerAccuracy.objects.create(
        month_start=DECEMBER.start,
        lag_weeks=0,
        category=gone,
        layer=Layer.NAIVE,
        cells=1,
        actual_units=1.0,
        forecast_units=1.0,
        absolute_error_units=0.0,
    )
    measure_accuracy(today=DECEMBER_IS_OVER)
    assert {category for category, _ in told(0)} == {None, products[0].category_id}


@pytest.mark.usefixtures("sold_in_december")
def test_the_track_record_agrees_with_the_engine_on_the_same_cells(retailer, products):
    retailer.make_version(FiscalMonth(2026, 10), date(2026, 11, 24), *products)
    measure_accuracy(today=DECEMBER_IS_OVER)
    cells = retailer.cells(DECEMBER, dict.fromkeys(WEEKS, ForecastVersion.objects.get()))
    tops = products[0].category_id
    records = track_records([None, tops], lag_weeks=0)
    for category_id in (None, tops):
        mine = [cell for (product, _), cell in cells.items() if retailer.homes[product] == category_id]
        actual = np.array([actual for actual, _ in mine])
        layers = np.array([units for _, units in mine]).T
        by_engine = value_added(actual, {layer.value: layers[at] for at, layer in enumerate(Layer)})
        for layer, engine_says in zip(Layer, by_engine, strict=True):
            step = records[category_id, layer]
            assert (step.step, step.n) == (engine_says.step, engine_says.n)
            if engine_says.wmape is None:
                assert (step.wmape, step.value_added) == (None, None)
            else:
                assert step.wmape == pytest.approx(engine_says.wmape, rel=1e-6)
                assert (step.value_added or 0) == pytest.approx(engine_says.value_added or 0, abs=1e-7)
    assert track_records([None, tops], lag_weeks=4) == {}


def test_the_sums_give_the_error_and_the_bias_of_the_definitions():
    # A 1000 and 10, F 950 and 25: 65 of 1010.
    step = LayerSums(Layer.CONSENSUS, 2, 1010.0, 975.0, 65.0)
    assert step.wmape == pytest.approx(0.064, abs=0.0005)
    assert step.bias_words == "under-forecast by 3.5%"
    nothing = LayerSums(Layer.CONSENSUS, 2, 0.0, 5.0, 5.0)
    assert (nothing.wmape, nothing.bias, nothing.bias_words) == (None, None, "nothing was sold")
    exact = LayerSums(Layer.CONSENSUS, 2, 10_000.0, 10_001.0, 5.0)
    assert exact.bias_words == "neither over nor under"
    worse = LayerSums(Layer.MARKETING, 2, 1010.0, 1030.0, 85.0)
    (first, second) = steps_of([step, worse])
    assert (first.step, first.value_added, second.step) == ("marketing", None, "consensus")
    assert second.value_added == pytest.approx(20 / 1010)


def _observe_until(product: Product, door: Door, month: FiscalMonth) -> None:
    """Something sold in every week from January to the end of ``month``."""
    weeks = (month.end - DECEMBER.end).days // 7
    make_sales(product, door, {DECEMBER.end + timedelta(days=1) + week * WEEK: 1.0 for week in range(weeks)})


def test_in_force_is_the_newest_that_is_published_and_covers_the_week(today):
    january = (DECEMBER + 1).start
    older = publish(make_version(FiscalMonth(2026, 9)), date(2026, 10, 27))
    newer = publish(make_version(FiscalMonth(2026, 10)), date(2026, 11, 24))
    make_version(FiscalMonth(2026, 11))
    version_in_force = PublishedVersions.read().in_force
    assert version_in_force(date(2026, 10, 26)) is None
    assert version_in_force(date(2026, 10, 27)) == older
    assert version_in_force(date(2026, 11, 23), january) == older
    assert version_in_force(date(2026, 11, 24), january) == newer
    assert version_in_force(date(2027, 3, 1)) == newer
    # November's forecast begins with December: a week of November is the older one's.
    assert version_in_force(date(2026, 11, 24), date(2026, 11, 22)) == older
    assert version_in_force(date(2026, 11, 24), newer.last_day + timedelta(days=1)) is None


def test_what_was_signed_before_a_version_is_of_its_own_cycle_or_of_an_earlier_one(db):
    october, november = (make_version(FiscalMonth(2026, month)) for month in (9, 10))
    assert published_before(november) is None
    publish(october, date(2026, 10, 27))
    publish(november, date(2026, 11, 24))
    again = ForecastVersion.objects.create(
        cycle=november.cycle,
        number=2,
        first_week_start=november.first_week_start,
        weeks_of_months=november.weeks_of_months,
    )
    published = PublishedVersions.read()

    assert [published_before(version) for version in (again, november, october)] == [november, october, None]
    assert [published.of_earlier_cycle(version) for version in (again, november, october)] == [
        october, october, None,
    ]  # fmt: skip
