"""How far every layer of the signed forecasts was from what then sold (definitions: Forecast accuracy)."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby
from typing import Final

import numpy as np
from django.db import transaction
from django.db.models import Q
from numpy.typing import NDArray

from marketing.catalogue.models import Door
from marketing.demand.queries import LEAST_OBSERVED_DAYS
from planning.consensus.choices import CALCULATED_LAYERS, ENTERED_LAYERS, Layer
from planning.consensus.domain.raises import RENEWED_MONTHS, measure_raises
from planning.consensus.door_groups import door_group_of
from planning.consensus.engine import weeks_of_months
from planning.consensus.in_force import PublishedVersions
from planning.consensus.models import ForecastBlock, ForecastVersion, LayerAccuracy
from planning.consensus.packing import Numbers, unpacked
from sop_site.columns import place_in, read_columns
from sop_site.fiscal import WEEK, FiscalMonth, month_of

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

# The forecast that was in force so many weeks before each week began.
LAGS_WEEKS: Final = (0, 4, 8)
OBSERVED_WEEKS = """
SELECT DISTINCT week_start - %(first)s AS day
FROM marketing_weeklysales
WHERE week_start >= %(first)s AND week_start < %(until)s AND observed_days >= %(least)s
"""
SOLD = """
SELECT sold.product_id AS product, doors.door_group, sum(sold.units) AS units
FROM marketing_weeklysales sold
JOIN unnest(%(doors)s, %(groups)s) AS doors(door, door_group) ON doors.door = sold.door_id
WHERE sold.week_start >= %(first)s AND sold.week_start <= %(last)s
GROUP BY sold.product_id, doors.door_group
"""


@dataclass(frozen=True, slots=True)
class MonthAtLag:
    """A month with the version that was in force ``lag_weeks`` before the start of each of its weeks."""

    month: FiscalMonth
    lag_weeks: int
    versions: Sequence[ForecastVersion]


@dataclass(slots=True)
class _Sums:
    """Sums over the cells of a category: forecast and absolute error by layer ``[7]``."""

    cells: int = 0
    actual: float = 0.0
    forecast: Floats = field(default_factory=lambda: np.zeros(len(Layer)))
    absolute_error: Floats = field(default_factory=lambda: np.zeros(len(Layer)))

    def add(self, forecast: Floats, actual: Floats) -> None:
        """Count cells: ``forecast [7, n]`` against ``actual [n]``."""
        self.cells += len(actual)
        self.actual += float(actual.sum())
        self.forecast += forecast.sum(axis=1)
        self.absolute_error += np.abs(forecast - actual).sum(axis=1)


def measure_accuracy(*, today: date) -> list[MonthAtLag]:
    """Each night: measure the months that are over and whose every week was observed, at every lag.

    The last three of them anew, and older ones where they were not measured yet. A month is measured at a
    lag where a forecast was in force for each of its weeks then: the weeks may come from several versions.
    A cell is a SKU in a door group over the month: the weeks are added up first, then forecast and sales are
    compared. Cells that some version does not know are left out, and those in which no layer expects
    anything and nothing sold. Numbers that were raised a little are held against what they sold, too.
    Running it twice changes nothing. Returns the months that were measured.
    """
    measure_raises(today=today)
    wanted = _to_measure(PublishedVersions.read(), today)
    for month, lags in wanted.items():
        measured = _measured(month, lags)
        for at_lag in lags:
            _write(at_lag, measured[at_lag.lag_weeks])
    return [at_lag for lags in wanted.values() for at_lag in lags]


def _to_measure(published: PublishedVersions, today: date) -> dict[FiscalMonth, list[MonthAtLag]]:
    """What is to be measured now, by month."""
    over = _months_over(published, today)
    have = set(LayerAccuracy.objects.values_list("month_start", "lag_weeks").distinct())
    wanted: dict[FiscalMonth, list[MonthAtLag]] = {}
    for month in over:
        for lag in LAGS_WEEKS:
            if (month.start, lag) in have and month not in over[-RENEWED_MONTHS:]:
                continue
            in_force = [published.in_force(week - lag * WEEK, week) for week in _weeks(month)]
            versions = [version for version in in_force if version is not None]
            if len(versions) == month.weeks:
                wanted.setdefault(month, []).append(MonthAtLag(month, lag, versions))
    return wanted


def _months_over(published: PublishedVersions, today: date) -> list[FiscalMonth]:
    """The months of published forecasts that are over and fully observed, in order."""
    if not published.versions:
        return []
    month, until = month_of(min(version.first_week_start for version in published.versions)), month_of(today)
    observed = _observed_weeks(month.start, until.start)
    over = []
    while month < until:
        if all(week in observed for week in _weeks(month)):
            over.append(month)
        month += 1
    return over


def _observed_weeks(first: date, until: date) -> set[date]:
    """The weeks from ``first`` on, before ``until``, of which some sale was observed in full."""
    parameters = {"first": first, "until": until, "least": LEAST_OBSERVED_DAYS}
    days = read_columns(OBSERVED_WEEKS, parameters, {"day": "int4"})["day"]
    return {first + int(day) // 7 * WEEK for day in days}


def _weeks(month: FiscalMonth) -> list[date]:
    return [month.start + place * WEEK for place in range(month.weeks)]


def _measured(month: FiscalMonth, lags: Sequence[MonthAtLag]) -> dict[int, dict[int | None, _Sums]]:
    """Sums of a month by lag and category; of each lag's versions a category at a time is in memory."""
    versions = {version.pk: version for at_lag in lags for version in at_lag.versions}
    sold = _Sold.in_month(month)
    found: dict[int, dict[int | None, _Sums]] = {at_lag.lag_weeks: defaultdict(_Sums) for at_lag in lags}
    for category_id, door_group, numbers in _blocks_together(list(versions)):
        for at_lag in lags:
            forecast = _forecast_of(at_lag, numbers)
            if forecast is None:
                continue
            product_ids, units = forecast
            actual = sold.units(product_ids, door_group)
            counts = units.any(axis=0) | (actual != 0)
            if counts.any():
                found[at_lag.lag_weeks][category_id].add(units[:, counts], actual[counts])
    return found


def _blocks_together(
    version_ids: Sequence[int],
) -> Iterator[tuple[int | None, str, dict[int, Numbers]]]:
    """The numbers of one category in one door group after the other, by version."""
    blocks = ForecastBlock.objects.filter(version__in=version_ids)
    places = sorted(
        set(blocks.values_list("category_id", "door_group")), key=lambda place: (place[0] or 0, place[1])
    )
    of_categories = groupby(places, key=lambda place: place[0])
    for category_id, of_category in of_categories:
        together: dict[str, dict[int, Numbers]] = {door_group: {} for _, door_group in of_category}
        category = Q(category=category_id) if category_id else Q(category=None)
        for block in blocks.filter(category).defer("totals", "digest"):
            together[block.door_group][block.version_id] = unpacked(block)
        for door_group, numbers in together.items():
            yield category_id, door_group, numbers


def _forecast_of(at_lag: MonthAtLag, numbers: dict[int, Numbers]) -> tuple[Integers, Floats] | None:
    """The SKUs that every version in force knows here, and their units of the month by layer ``[7, n]``."""
    weeks = _weeks(at_lag.month)
    of_version: dict[int, list[date]] = defaultdict(list)
    versions = {version.pk: version for version in at_lag.versions}
    for week, version in zip(weeks, at_lag.versions, strict=True):
        of_version[version.pk].append(week)
    if not of_version.keys() <= numbers.keys():
        return None
    product_ids = numbers[at_lag.versions[0].pk].product_ids
    for pk in of_version:
        product_ids = np.intersect1d(product_ids, numbers[pk].product_ids)
    units = np.zeros((len(Layer), len(product_ids)))
    for pk, chosen in of_version.items():
        place = place_in(numbers[pk].product_ids, product_ids)
        units += units_of_weeks(numbers[pk], versions[pk], chosen)[:, place].sum(axis=2)
    return product_ids, units


def units_of_weeks(numbers: Numbers, version: ForecastVersion, weeks: Sequence[date]) -> Floats:
    """Units by layer, SKU and week ``[7, n, weeks]`` of some weeks of one fiscal month.

    Entered layers are spread over the weeks of their month by the forecast with campaigns.
    """
    places = [(week - version.first_week_start) // WEEK for week in weeks]
    month = version.month_of_week[places[0]]
    of_month = np.flatnonzero(np.array(version.month_of_week) == month)
    chosen = np.searchsorted(of_month, places)
    profile = numbers.weekly[CALCULATED_LAYERS.index(Layer.CAMPAIGNS)][:, of_month]
    # All entered layers at once, one after the other.
    layers = len(ENTERED_LAYERS)
    spread = weeks_of_months(
        numbers.entered[:, :, month].reshape(-1, 1),
        np.tile(profile, (layers, 1)),
        np.zeros(len(of_month), dtype=np.int64),
    )
    entered = spread.reshape(layers, *profile.shape)
    return np.concatenate((numbers.weekly[:, :, of_month], entered))[:, :, chosen]


@dataclass(frozen=True, slots=True)
class _Sold:
    """Units sold in a month, by door group: SKUs, ascending, with their units; returns are taken off."""

    by_group: dict[str, tuple[Integers, Floats]]

    @classmethod
    def in_month(cls, month: FiscalMonth) -> "_Sold":
        """What was sold in all weeks of ``month``, of every SKU and door group."""
        doors = {door.pk: door_group_of(door) for door in Door.objects.selling()}
        names = sorted(set(doors.values()))
        parameters = {
            "doors": np.array(list(doors), dtype=np.int64),
            "groups": np.array([names.index(name) for name in doors.values()], dtype=np.int64),
            "first": month.start,
            "last": month.end,
        }
        found = read_columns(SOLD, parameters, {"product": "int8", "door_group": "int8", "units": "float8"})
        by_group = {}
        for place, name in enumerate(names):
            of_group = found["door_group"] == place
            products, units = found["product"][of_group], found["units"][of_group]
            order = np.argsort(products)
            by_group[name] = (products[order], units[order])
        return cls(by_group)

    def units(self, product_ids: Integers, door_group: str) -> Floats:
        """Units of each SKU, 0 where none is known."""
        products, units = self.by_group.get(door_group, (np.empty(0, np.int64), np.empty(0)))
        place = place_in(products, product_ids)
        return np.where(place < 0, 0.0, np.append(units, 0.0)[place])


@transaction.atomic
def _write(at_lag: MonthAtLag, by_category: dict[int | None, _Sums]) -> None:
    """Put what was measured of a month at a lag in the place of what stood there."""
    stood = LayerAccuracy.objects.filter(month_start=at_lag.month.start, lag_weeks=at_lag.lag_weeks)
    gone = {row.pk for row in stood if row.category_id not in by_category}
    LayerAccuracy.objects.filter(pk__in=gone).delete()
    LayerAccuracy.objects.bulk_create(
        [
            LayerAccuracy(
                month_start=at_lag.month.start,
                lag_weeks=at_lag.lag_weeks,
                category_id=category_id,
                layer=layer,
                cells=sums.cells,
                actual_units=sums.actual,
                forecast_units=sums.forecast[place],
                absolute_error_units=sums.absolute_error[place],
            )
            for category_id, sums in by_category.items()
            for place, layer in enumerate(Layer)
        ],
        update_conflicts=True,
        unique_fields=["month_start", "lag_weeks", "category", "layer"],
        update_fields=["cells", "actual_units", "forecast_units", "absolute_error_units"],
    )
