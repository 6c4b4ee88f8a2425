"""Closed weeks that something changed afterwards, and the restatements there were, each in words."""

from dataclasses import dataclass
from typing import Final

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet

from scorecard.measures.editions import Restated, restated
from scorecard.measures.late_changes import weeks_changed_since_close
from scorecard.measures.models import WeekSnapshot
from sop_site import formats
from sop_site.fiscal import FiscalWeek, week_of

A_PAGE: Final = 25
# What a correction moves, in words.
WORDS: Final = {
    "sold_units": "units sold",
    "unmet_units": "units not met",
    "net_sales": "net sales",
    "door_days": "SKU-door-days",
    "out_door_days": "SKU-door-days out",
    "closing_units": "units in stock at the end",
}
# Smaller changes than this are of rounding.
LEAST_CHANGE: Final = 0.05


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
    return shown, [Restatement(each.snapshot, each.week, _changes(each)) for each in restated(list(shown))]


def _changes(moved: Restated) -> list[str]:
    """What moved, each from what it was to what it is."""
    return [
        f"{words.capitalize() if not words.startswith('SKU') else words}"
        f" {formats.units(moved.before[name])} → {formats.units(moved.after[name])}"
        for name, words in WORDS.items()
        if abs(moved.after[name] - moved.before[name]) >= LEAST_CHANGE
    ]
