"""Reads of the facts, summed week by week: for one cut, whole or divided into the parts of a slice."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import numpy as np
from django.db import connection, models
from django.db.models import (
    BooleanField,
    Count,
    Exists,
    ExpressionWrapper,
    F,
    Func,
    OuterRef,
    Q,
    QuerySet,
    Sum,
    Value,
)
from numpy.typing import NDArray

from planning.consensus.choices import ENTERED_LAYERS, Layer
from scorecard.measures.choices import Slice
from scorecard.measures.cut import Cut
from scorecard.measures.figure import Key
from scorecard.measures.models import AccuracyFact, ProcessFact, WeekFact, WeekSnapshot
from scorecard.measures.places import Places

Floats = NDArray[np.float64]

WEEK_SUMS: Final = (
    "door_days",
    "out_door_days",
    "sold_units",
    "unmet_units",
    "net_sales",
    "sales_at_cost",
    "margin",
    "markdown",
    "lost_margin",
    "unpriced_units",
    "uncosted_units",
    "opening_units",
    "closing_units",
    "opening_at_cost",
    "closing_at_cost",
)
PROCESS_SUMS: Final = (
    "risks",
    "seen_early",
    "with_deadline",
    "decided_in_time",
    "remedies",
    "remedies_worked",
)


def forecast_of(layer: Layer) -> str:
    """The column of what a layer forecast, in units."""
    return f"forecast_units__{list(Layer).index(layer)}"


def error_of(layer: Layer) -> str:
    """The column of a layer's absolute errors, in units."""
    return f"absolute_error_units__{list(Layer).index(layer)}"


ACCURACY_SUMS: Final = (
    "cells",
    "actual_units",
    forecast_of(Layer.CONSENSUS),
    *(error_of(layer) for layer in (Layer.CAMPAIGNS, *ENTERED_LAYERS)),
)

SUMMED_AHEAD: Final = """
    SELECT snapshot_id, part, ahead, sum(units), count(*)
    FROM ({looked_ahead}) AS looked_ahead
    GROUP BY snapshot_id, part, ahead
    ORDER BY ahead
"""


@dataclass(frozen=True, slots=True)
class RecordedWeek:
    """The snapshot in force of a fiscal week; ``days_seen`` of its seven days were over when it was taken.

    Who was out is known where stock was, or where the sales say of anything that it was out: sales that say
    so of nothing at all do not mean that nothing was.
    """

    snapshot_id: int
    start: date
    days_seen: int
    has_stock: bool
    knows_who_was_out: bool


def recorded_weeks(starts: Collection[date]) -> list[RecordedWeek]:
    """The newest snapshots of those of the weeks that have one, in order."""
    of_everything = WeekFact.objects.filter(is_total=True, category=None)
    was_out = of_everything.filter(snapshot=OuterRef("pk"), out_door_days__gt=0)
    rows = (
        WeekSnapshot.objects.in_force()
        .filter(week_start__in=starts)
        .order_by("week_start")
        .values_list("pk", "week_start", "taken_on", "has_stock", Exists(was_out))
    )
    return [
        RecordedWeek(pk, start, max(0, min(7, (taken_on - start).days)), has_stock, has_stock or some_out)
        for pk, start, taken_on, has_stock, some_out in rows
    ]


def restatements_in(starts: Collection[date]) -> QuerySet[WeekSnapshot]:
    """The late corrections of these weeks, the newest first, with who made them."""
    return (
        WeekSnapshot.objects.filter(week_start__in=starts, edition__gt=1)
        .select_related("restated_by")
        .order_by("-taken_at", "-week_start")
    )


@dataclass(frozen=True, slots=True)
class Sums:
    """Sums of facts by week, ``values [2, weeks, columns]``: first those without promotion, then those on it.

    What a promotion does not divide stands among the first.
    """

    columns: tuple[str, ...]
    values: Floats

    @classmethod
    def none(cls, columns: tuple[str, ...], weeks: int) -> "Sums":
        """Nothing yet."""
        return cls(columns, np.zeros((2, weeks, len(columns))))

    def of(self, name: str, weeks: Sequence[int], *, promoted: bool | None = None) -> Floats:
        """A column of these weeks ``[w]``, of both together unless one is asked for."""
        column = self.values[:, weeks, self.columns.index(name)]
        return column.sum(axis=0) if promoted is None else column[int(promoted)]


@dataclass(frozen=True, slots=True)
class ProcessSums:
    """Sums of the process facts by week, and of each week the lead times of its decisions, in days."""

    counts: Sums
    lead_days: list[list[float]]

    @classmethod
    def none(cls, weeks: int) -> "ProcessSums":
        """Nothing yet."""
        return cls(Sums.none(PROCESS_SUMS, weeks), [[] for _ in range(weeks)])


class Facts:
    """The facts of some recorded weeks in one cut, read as they are asked for, each kind in one query.

    Divided ``by`` a slice they are a mapping by part; undivided, the one part is None.
    """

    def __init__(self, weeks: Sequence[RecordedWeek], cut: Cut, by: Slice | None = None) -> None:
        self._ids = [week.snapshot_id for week in weeks]
        self._place = {snapshot_id: place for place, snapshot_id in enumerate(self._ids)}
        self._cut = cut
        self._by = by
        self.places = Places(cut, by)

    def week_sums(self) -> dict[Key, Sums]:
        """Of each part the sums of every week."""
        is_promoted = ExpressionWrapper(Q(mechanic__isnull=False), output_field=BooleanField())
        return self._summed(self._week_facts().annotate(is_promoted=is_promoted), WEEK_SUMS)

    def outlooks(self, places: Collection[int]) -> dict[Key, dict[int, Floats]]:
        """Of each part what the weeks at ``places`` expected of the weeks that followed, in units ``[w]``.

        Where rows of a week look ahead less far than others, only as far as all of them do.
        """
        if not places:
            return {}
        rows = self._week_facts().filter(snapshot__in=[self._ids[place] for place in places])
        units = Func(F("outlook_units"), function="unnest", output_field=models.FloatField())
        ahead = Func(
            F("outlook_units"), 1, function="generate_subscripts", output_field=models.IntegerField()
        )
        looked_ahead = rows.annotate(units=units, ahead=ahead).values("snapshot_id", "part", "units", "ahead")
        query, parameters = looked_ahead.query.sql_with_params()
        found: defaultdict[tuple[Key, int], dict[int, Floats]] = defaultdict(dict)
        with connection.cursor() as cursor:
            cursor.execute(SUMMED_AHEAD.format(looked_ahead=query), parameters)
            for snapshot_id, part, week, total, count in cursor.fetchall():
                by_week = found[self.places.part_of(part), self._place[snapshot_id]]
                by_week[week] = by_week.get(week, 0.0) + np.array([total, count])
        by_part: defaultdict[Key, dict[int, Floats]] = defaultdict(dict)
        for (part, place), by_week in found.items():
            totals, counts = np.array(list(by_week.values())).T
            by_part[part][place] = totals[counts == counts[0]]
        return dict(by_part)

    def accuracy_sums(self) -> dict[Key, Sums]:
        """Of each part the errors of every week's forecasts, at the cut's lag."""
        rows = self._divided(self._chosen(AccuracyFact.objects.filter(lag_weeks=self._cut.lag_weeks)))
        if self._cut.region:
            rows = rows.filter(region=self._cut.region)
        return self._summed(rows, ACCURACY_SUMS)

    def process_sums(self) -> dict[Key, ProcessSums]:
        """Of each part how the process served the campaigns that start in every week."""
        rows = self._divided(self._inside(ProcessFact.objects.all()), mechanic="campaign__mechanic_id")
        if self._cut.mechanic_id is not None:
            rows = rows.filter(campaign__mechanic=self._cut.mechanic_id)
        counts = self._summed(rows.annotate(is_promoted=Value(False)), PROCESS_SUMS)
        found = {part: ProcessSums(sums, [[] for _ in self._ids]) for part, sums in counts.items()}
        days = Func(F("lead_days"), function="unnest", output_field=models.FloatField())
        leads = rows.annotate(days=days).values("snapshot_id", "part", "days").annotate(decisions=Count("pk"))
        for lead in leads:
            of_part = found[self.places.part_of(lead["part"])]
            of_part.lead_days[self._place[lead["snapshot_id"]]].extend([lead["days"]] * lead["decisions"])
        return found

    @property
    def weeks(self) -> int:
        """How many there are."""
        return len(self._ids)

    def _week_facts(self) -> QuerySet[WeekFact]:
        rows = self._divided(self._chosen(WeekFact.objects.all()))
        if self._cut.region:
            rows = rows.filter(region=self._cut.region)
        if self._cut.channel:
            rows = rows.filter(channel=self._cut.channel)
        if self._cut.mechanic_id is not None:
            rows = rows.filter(mechanic=self._cut.mechanic_id)
        return rows.exclude(mechanic=None) if self._by == Slice.MECHANIC else rows

    def _chosen(self, facts: QuerySet[Any]) -> QuerySet[Any]:
        """Those that make up the cut in every week: as few as there are, unless they are divided by category.

        Of a category with others below it its own sums, and of weeks that have none the rows of all of them.
        """
        if self._by == Slice.CATEGORY:
            return self._inside(facts.filter(is_total=False))
        if self._cut.category_id is None:
            return self._inside(facts.filter(is_total=True, category=None))
        if self.places.inside == {self._cut.category_id}:
            return self._inside(facts.filter(is_total=False))
        sums = facts.filter(snapshot__in=self._ids, is_total=True, category=self._cut.category_id)
        summed = set(sums.values_list("snapshot_id", flat=True).distinct())
        if summed == set(self._ids):
            return sums
        others = self._inside(facts.filter(is_total=False)).exclude(snapshot__in=summed)
        return sums | others if summed else others

    def _inside(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """Those of the weeks, and of the categories of the cut where it names one."""
        rows = rows.filter(snapshot__in=self._ids)
        inside = self.places.inside
        return rows if inside is None else rows.filter(category__in=inside)

    def _divided(self, rows: QuerySet[Any], *, mechanic: str = "mechanic_id") -> QuerySet[Any]:
        """With the part that each belongs to."""
        fields = {
            None: Value(None, output_field=models.IntegerField()),
            Slice.CATEGORY: F("category_id"),
            Slice.REGION: F("region"),
            Slice.CHANNEL: F("channel"),
            Slice.MECHANIC: F(mechanic),
        }
        return rows.annotate(part=fields[self._by])

    def _summed(self, rows: QuerySet[Any], columns: tuple[str, ...]) -> dict[Key, Sums]:
        """The sums of each part, summed by the database as far as parts are its own."""
        found: defaultdict[Key, Sums] = defaultdict(lambda: Sums.none(columns, len(self._ids)))
        by = ("snapshot_id", "part", "is_promoted")
        sums = {f"sum_{name}": Sum(name) for name in columns}
        for snapshot_id, part, is_promoted, *row in rows.values(*by).annotate(**sums).values_list(*by, *sums):
            of_part = found[self.places.part_of(part)]
            of_part.values[int(is_promoted), self._place[snapshot_id]] += row
        return dict(found)
