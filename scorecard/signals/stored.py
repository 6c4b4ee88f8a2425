"""Demand signals in whole columns: what stands of them, and what a night writes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from scorecard.signals.choices import SignalStatus
from sop_site.columns import Columns, read_columns, write_columns

Integers = NDArray[np.int64]

NIGHT_LOCK: Final = 0x4453
LATEST: Final = """
SELECT DISTINCT ON (product_id) product_id AS product, status = %(open)s AS is_open,
    within_since IS NOT NULL AS was_within, sold_units - forecast_units AS error
FROM scorecard_demandsignal ORDER BY product_id, id DESC
"""
# What a night found of SKUs, a row each; weeks travel as days since the first one.
FOUND: Final = """
found AS (
    SELECT product_id, %(first)s::date + first_day::int AS first_week_start,
        %(first)s::date + last_day::int AS last_week_start, weeks, tracking_signal, sold_units,
        forecast_units, unmet_units, side_weeks, side_sold_units, side_forecast_units,
        side_unmet_units, nullif(unit_price, 'NaN') AS unit_price, is_promoted,
        (%(regions)s::text[])[region + 1] AS main_region, is_within, is_new
    FROM unnest(
        %(product)s::bigint[], %(first_day)s::bigint[], %(last_day)s::bigint[], %(weeks)s::bigint[],
        %(tracking_signal)s::float8[], %(sold)s::float8[], %(forecast)s::float8[], %(unmet)s::float8[],
        %(side_weeks)s::bigint[], %(side_sold)s::float8[], %(side_forecast)s::float8[],
        %(side_unmet)s::float8[], %(price)s::float8[],
        %(is_promoted)s::bool[], %(region)s::bigint[], %(is_within)s::bool[], %(is_new)s::bool[]
    ) AS told (
        product_id, first_day, last_day, weeks, tracking_signal, sold_units, forecast_units, unmet_units,
        side_weeks, side_sold_units, side_forecast_units, side_unmet_units, unit_price, is_promoted, region,
        is_within, is_new
    )
)
"""
FACTS: Final = (
    "first_week_start, last_week_start, weeks, tracking_signal, sold_units, forecast_units, unmet_units,"
    " side_weeks, side_sold_units, side_forecast_units, side_unmet_units, unit_price, is_promoted,"
    " main_region"
)
_FOUND_FACTS: Final = ", ".join(f"found.{name.strip()}" for name in FACTS.split(","))
_STOOD_FACTS: Final = ", ".join(f"stood.{name.strip()}" for name in FACTS.split(","))
# The week with which it came back stays as long as it does not leave its limits again.
_WITHIN: Final = "CASE WHEN found.is_within THEN coalesce(stood.within_since, found.last_week_start) END"
RENEW_OPEN: Final = f"""
WITH {FOUND}
UPDATE scorecard_demandsignal stood
SET ({FACTS}, within_since) = ROW ({_FOUND_FACTS}, {_WITHIN})
FROM found
WHERE stood.product_id = found.product_id AND stood.status = %(open)s
    AND ({_STOOD_FACTS}, stood.within_since) IS DISTINCT FROM ({_FOUND_FACTS}, {_WITHIN})
"""  # noqa: S608 the names are those of columns in the code
SEE_BACK: Final = f"""
WITH {FOUND}
UPDATE scorecard_demandsignal stood
SET within_since = found.last_week_start
FROM found
WHERE stood.product_id = found.product_id AND stood.status = %(decided)s AND stood.within_since IS NULL
    AND found.is_within
"""  # noqa: S608
RAISE: Final = f"""
WITH {FOUND}
INSERT INTO scorecard_demandsignal (product_id, status, opened_on, decision, {FACTS})
SELECT product_id, %(open)s, %(today)s, '', {FACTS} FROM found WHERE is_new
ORDER BY product_id
ON CONFLICT DO NOTHING
"""  # noqa: S608


@dataclass(frozen=True, slots=True)
class Latest:
    """The newest signal of each SKU that ever had one, ascending: open or decided, and its miss in units."""

    product_ids: Integers
    is_open: NDArray[np.bool_]
    was_within: NDArray[np.bool_]
    error: NDArray[np.float64]

    @classmethod
    def read(cls) -> "Latest":
        """All of them."""
        kinds = {"product": "int8", "is_open": "bool", "was_within": "bool", "error": "float8"}
        found = read_columns(LATEST, {"open": SignalStatus.OPEN.value}, kinds)
        order = np.argsort(found["product"])
        return cls(*(found[name][order] for name in kinds))


def one_night_at_a_time() -> None:
    """Until the transaction ends, let no other night write signals."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [NIGHT_LOCK])


def write_night(found: Columns, *, first: date, regions: Sequence[str], today: date) -> None:
    """Renew the open signals, see which decided ones are back within their limits, and raise new ones.

    In the caller's transaction; only rows that differ are written.
    """
    parameters: dict[str, Any] = {
        **found,
        "first": first,
        "regions": list(regions),
        "today": today,
        "open": SignalStatus.OPEN.value,
        "decided": SignalStatus.DECIDED.value,
    }
    for statement in (RENEW_OPEN, SEE_BACK, RAISE):
        write_columns(statement, parameters)
