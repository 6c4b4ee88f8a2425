# The statements are made of this module's own names and expressions; values travel apart from them.
# ruff: noqa: S608
"""How the facts of a week are written: whole columns, a statement for each kind."""

from collections.abc import Collection, Mapping
from typing import Any, Final

from scorecard.measures.errors_of_forecasts import ABSOLUTE_ERROR, ACTUAL, CELLS, FORECAST, ErrorColumns
from scorecard.measures.gathering import FACT_SUMS, FactColumns
from scorecard.measures.taking.engine import NO_CATEGORY, NO_MECHANIC
from sop_site.columns import write_columns


def _insert(table: str, columns: Mapping[str, str], wanted: Collection[str]) -> str:
    """The statement that makes a row of each of the ``wanted`` arrays' places, ``columns`` by expression."""
    arrays = ", ".join(f"%({name})s" for name in wanted)
    return (
        f"INSERT INTO {table} (snapshot_id, {', '.join(columns)})"
        f" SELECT %(snapshot)s, {', '.join(columns.values())}"
        f" FROM unnest({arrays}) WITH ORDINALITY AS wanted ({', '.join(wanted)}, row)"
    )


def _of_row(name: str) -> str:
    """A row's part of an array that holds equally many numbers of each row."""
    return (
        f"(%({name})s)[((wanted.row - 1) * %({name}_each)s + 1)::int : (wanted.row * %({name}_each)s)::int]"
    )


def _told(name: str) -> str:
    """The text at a row's place in a list."""
    return f"(%({name})s::text[])[wanted.place + 1]"


CATEGORY: Final = f"nullif(wanted.category, {NO_CATEGORY})"
INSERT_FACTS: Final = _insert(
    "scorecard_weekfact",
    {
        "is_total": "wanted.is_total",
        "category_id": CATEGORY,
        "region": _told("regions"),
        "channel": _told("channels"),
        "mechanic_id": f"nullif(wanted.mechanic, {NO_MECHANIC})",
        "outlook_units": f"CASE WHEN wanted.has_outlook THEN {_of_row('outlooks')} ELSE '{{}}' END",
        **{name: f"wanted.{name}" for name in FACT_SUMS},
    },
    ("is_total", "category", "place", "mechanic", "has_outlook", *FACT_SUMS),
)
INSERT_ERRORS: Final = _insert(
    "scorecard_accuracyfact",
    {
        "is_total": "wanted.is_total",
        "category_id": CATEGORY,
        "region": _told("regions"),
        "is_promoted": "wanted.is_promoted",
        "lag_weeks": "wanted.lag_weeks",
        "cells": "wanted.cells",
        "actual_units": "wanted.actual",
        "forecast_units": _of_row("forecast"),
        "absolute_error_units": _of_row("absolute_error"),
    },
    ("is_total", "category", "place", "is_promoted", "lag_weeks", "cells", "actual"),
)


def write_facts(snapshot_id: int, slices: list[tuple[str, str]], facts: FactColumns) -> None:
    """Add the facts of a week, whose regions and channels are ``slices``; in the caller's transaction."""
    if not len(facts.is_total):
        return
    parameters: dict[str, Any] = {
        "snapshot": snapshot_id,
        "regions": [region for region, _ in slices],
        "channels": [channel for _, channel in slices],
        "is_total": facts.is_total,
        "category": facts.category_ids,
        "place": facts.slice_places,
        "mechanic": facts.mechanic_ids,
        "has_outlook": facts.has_outlook,
        "outlooks": facts.outlooks.T.ravel(),
        "outlooks_each": len(facts.outlooks),
        **dict(zip(FACT_SUMS, facts.sums, strict=True)),
    }
    write_columns(INSERT_FACTS, parameters)


def write_errors(snapshot_id: int, groups: list[str], errors: ErrorColumns) -> None:
    """Add the errors of a week's forecasts, with its door groups; in the caller's transaction."""
    if not len(errors.is_total):
        return
    forecast, absolute_error = errors.sums[FORECAST], errors.sums[ABSOLUTE_ERROR]
    parameters: dict[str, Any] = {
        "snapshot": snapshot_id,
        "regions": groups,
        "is_total": errors.is_total,
        "category": errors.category_ids,
        "place": errors.group_places,
        "is_promoted": errors.is_promoted,
        "lag_weeks": errors.lag_weeks,
        "cells": errors.sums[CELLS],
        "actual": errors.sums[ACTUAL],
        "forecast": forecast.T.ravel(),
        "forecast_each": len(forecast),
        "absolute_error": absolute_error.T.ravel(),
        "absolute_error_each": len(absolute_error),
    }
    write_columns(INSERT_ERRORS, parameters)
