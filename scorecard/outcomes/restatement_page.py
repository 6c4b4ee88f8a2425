"""Closed weeks that something changed afterwards, and the restatements there were, each in words."""

from dataclasses import dataclass
from datetime import date
from typing import Final

from django.core.paginator import Page, Paginator
from django.db.models import F, FloatField, QuerySet, Sum
from django.db.models.functions import Coalesce

from scorecard.measures.late_changes import weeks_changed_since_close
from scorecard.measures.models import WeekFact, WeekSnapshot
from sop_site import formats
from sop_site.fiscal import FiscalWeek, week_of

A_PAGE: Final = 25
# What a correction moves, in words.
SUMS: Final = {
    "sold_units": "units sold",
    "unmet_units": "units not met",
    "net_sales": "net sales",
    "door_days": "SKU-door-days",
    "out_door_days": "SKU-door-days out",
    "closing_units": "units in stock at the end",
}
# Smaller changes than this are of rounding.
LEAST_CHANGE: Final = 0.05
# Sums of one edition, by name.
EditionSums = dict[str, float]


@dataclass(frozen=True, slots=True)
class ChangedWeek:
    """A closed week whose sources changed."""

    snapshot: WeekSnapshot
    week: FiscalWeek


@dataclass(frozen=True, slots=True)
class Restatement:
    """A further edition of a week; ``changes`` say what it moved."""

    snapshot: WeekSnapshot
    week: FiscalWeek
    changes: list[str]


def changed_weeks() -> list[ChangedWeek]:
    """The closed weeks that wait for a restatement, newest first."""
    return [ChangedWeek(snapshot, week_of(snapshot.week_start)) for snapshot in weeks_changed_since_close()]


def restatements(page: str | None) -> tuple[Page, list[Restatement]]:
    """A page of the restatements that were made, newest first, with what each moved, in few queries."""
    made: QuerySet[WeekSnapshot] = (
        WeekSnapshot.objects.filter(edition__gt=1)
        .select_related("restated_by")
        .order_by("-taken_at", "-week_start")
    )
    shown = Paginator(made, A_PAGE).get_page(page)
    sums = _sums_of([snapshot.week_start for snapshot in shown])
    return shown, [
        Restatement(
            snapshot,
            week_of(snapshot.week_start),
            _changes(
                sums.get((snapshot.week_start, snapshot.edition - 1), {}),
                sums.get((snapshot.week_start, snapshot.edition), {}),
            ),
        )
        for snapshot in shown
    ]


def _sums_of(starts: list[date]) -> dict[tuple[date, int], EditionSums]:
    """By week and edition the sums over everything."""
    rows = (
        WeekFact.objects.filter(snapshot__week_start__in=starts, is_total=True)
        .values(start=F("snapshot__week_start"), edition=F("snapshot__edition"))
        .annotate(**{f"sum_{name}": Coalesce(Sum(name), 0.0, output_field=FloatField()) for name in SUMS})
    )
    found = rows.values_list("start", "edition", *(f"sum_{name}" for name in SUMS))
    return {(start, edition): dict(zip(SUMS, sums, strict=True)) for start, edition, *sums in found}


def _changes(before: EditionSums, after: EditionSums) -> list[str]:
    """What moved, each from what it was to what it is."""
    return [
        f"{words.capitalize() if not words.startswith('SKU') else words}"
        f" {formats.units(before.get(name, 0.0))} → {formats.units(after.get(name, 0.0))}"
        for name, words in SUMS.items()
        if abs(after.get(name, 0.0) - before.get(name, 0.0)) >= LEAST_CHANGE
    ]
