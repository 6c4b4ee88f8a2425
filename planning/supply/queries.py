"""What a projection is made from, read for a chunk of SKUs (definitions: Projected on-hand)."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from marketing.campaigns.choices import PLANNED_STATUSES
from marketing.campaigns.models import CampaignDoor, CampaignLine
from marketing.catalogue.choices import DoorKind
from planning.supply.choices import ReceiptStatus, TransferStatus
from planning.supply.engine import NEVER, CampaignLines, Horizon, Receipts, SkuDoors, Transfers
from planning.supply.models import Receipt, Route, Transfer
from sop_site.fiscal import week_start

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]

# A SKU-door is a row where the SKU is ranged, lies or is bound for, and at the DC behind each of
# these. Only a door that ranges the SKU has a baseline: elsewhere there is stock, but no demand.
SKU_DOORS = """
WITH known AS (
    SELECT product_id, door_id FROM marketing_ranging WHERE product_id = ANY(%(products)s)
    UNION SELECT product_id, door_id FROM planning_stockposition WHERE product_id = ANY(%(products)s)
    UNION SELECT product_id, door_id FROM planning_receipt
        WHERE product_id = ANY(%(products)s) AND status = %(open)s
    UNION SELECT product_id, unnest(ARRAY[from_door_id, to_door_id]) FROM planning_transfer
        WHERE product_id = ANY(%(products)s) AND status = ANY(%(under_way)s)
), sku_door AS (
    SELECT product_id, door_id FROM known
    UNION SELECT known.product_id, door.supplied_by_id
        FROM known JOIN marketing_door door ON door.id = known.door_id
        WHERE door.supplied_by_id IS NOT NULL
)
SELECT sku_door.product_id, sku_door.door_id, door.supplied_by_id, door.sells_from_dc,
    ranging.id IS NOT NULL, coalesce(ranging.presentation_minimum_units, 0),
    stock.on_hand_units, coalesce(stock.unavailable_units, 0), coalesce(stock.committed_units, 0),
    coalesce(stock.is_simulated, false),
    CASE WHEN ranging.id IS NOT NULL THEN baseline.weekly_units[
        least(greatest(1 + (%(week)s - baseline.first_week_start) / 7, 1), cardinality(baseline.weekly_units))
    ] END,
    coalesce(route.transit_days, %(default_transit_days)s), route.id IS NOT NULL,
    door.kind = %(dc)s, door.opened_on, door.closed_on
FROM sku_door
JOIN marketing_door door ON door.id = sku_door.door_id
LEFT JOIN marketing_ranging ranging USING (product_id, door_id)
LEFT JOIN planning_stockposition stock USING (product_id, door_id)
LEFT JOIN marketing_baselineforecast baseline USING (product_id, door_id)
LEFT JOIN planning_route route
    ON route.from_door_id = door.supplied_by_id AND route.to_door_id = sku_door.door_id
WHERE door.closed_on IS NULL OR door.closed_on > %(today)s
ORDER BY sku_door.product_id, sku_door.door_id
"""
UNDER_WAY = (TransferStatus.PLANNED, TransferStatus.SHIPPED)


class PlannedLine(NamedTuple):
    """A SKU in a campaign that is planned and not over: its lift is one of ratio and units."""

    campaign_id: int
    product_id: int
    starts_on: date
    ends_on: date
    uplift_ratio: float | None
    uplift_units: float | None


@dataclass(frozen=True, slots=True)
class ProjectionInputs:
    """What the engines need of a chunk of SKUs, and which record each number belongs to.

    Rows ``[n]`` are SKU-doors in ascending SKU and door id: ``product_ids``, ``door_ids``,
    ``is_ranged``, ``is_simulated``, ``is_dc``, and ``has_route`` where the days from the DC are not the
    default. ``planned[k]`` is the campaign line that ``lines.line == k``
    speaks of, and ``unranged_doors[k]`` the codes of its doors that do not range the SKU. A line
    without any door that could serve it has no entry in ``lines``.
    """

    horizon: Horizon
    product_ids: Integers
    door_ids: Integers
    is_ranged: Flags
    is_simulated: Flags
    is_dc: Flags
    has_route: Flags
    sku_doors: SkuDoors
    planned: Sequence[PlannedLine]
    unranged_doors: Sequence[list[str]]
    lines: CampaignLines
    receipts: Receipts
    transfers: Transfers


def planned_lines(product_ids: Collection[int], today: date) -> list[PlannedLine]:
    """Lines of these SKUs in campaigns whose uplift counts as demand and that are not over."""
    rows = CampaignLine.objects.filter(
        product__in=product_ids, campaign__status__in=PLANNED_STATUSES, campaign__ends_on__gte=today
    ).order_by("product_id", "campaign_id")
    return [
        PlannedLine(*row)
        for row in rows.values_list(
            "campaign_id",
            "product_id",
            "campaign__starts_on",
            "campaign__ends_on",
            "uplift_ratio",
            "uplift_units",
        )
    ]


def projection_inputs(
    product_ids: Collection[int],
    planned: Sequence[PlannedLine],
    *,
    today: date,
    default_transit_days: int,
) -> ProjectionInputs:
    """Everything that a projection of these SKUs at all their doors is made from, as of ``today``.

    ``planned`` are the ``planned_lines`` of the same SKUs. Closed doors are left out, and so are
    receipts and transfers that are past due. ``default_transit_days`` stands in for a route that
    nobody has entered.
    """
    horizon = Horizon.covering(today, [line.ends_on for line in planned])
    rows = _sku_door_rows(product_ids, today, default_transit_days)
    columns = list(zip(*rows, strict=True)) or [()] * 16
    row_of = {key: row for row, key in enumerate(zip(columns[0], columns[1], strict=True))}
    is_ranged = np.array(columns[4], dtype=np.bool_)
    dc_rows = [row_of.get((product, dc), -1) for product, dc in zip(columns[0], columns[2], strict=True)]
    sku_doors = SkuDoors(
        on_hand=_floats(columns[6]),
        unavailable=_floats(columns[7]),
        committed=_floats(columns[8]),
        presentation_minimum=_floats(columns[5]),
        baseline_per_week=_floats(columns[10]),
        dc_row=_integers(dc_rows),
        transit_days=_integers(columns[11]),
        sells_from_dc=np.array(columns[3], dtype=np.bool_),
        opening_day=_integers([horizon.day_of(day) if day else 0 for day in columns[14]]),
        closing_day=_integers([horizon.day_of(day) if day else NEVER for day in columns[15]]),
    )
    ranged_row_of = {key: row for key, row in row_of.items() if is_ranged[row]}
    lines, unranged_doors = _campaign_lines(horizon, planned, ranged_row_of)
    return ProjectionInputs(
        horizon=horizon,
        product_ids=_integers(columns[0]),
        door_ids=_integers(columns[1]),
        is_ranged=is_ranged,
        is_simulated=np.array(columns[9], dtype=np.bool_),
        is_dc=np.array(columns[13], dtype=np.bool_),
        has_route=np.array(columns[12], dtype=np.bool_),
        sku_doors=sku_doors,
        planned=planned,
        unranged_doors=unranged_doors,
        lines=lines,
        receipts=_receipts(horizon, product_ids, row_of),
        transfers=_transfers(horizon, product_ids, row_of),
    )


@dataclass(frozen=True, slots=True)
class DoorRoutes:
    """The routes on which doors send units to one another; those from a DC are replenishment."""

    from_door_ids: Integers
    to_door_ids: Integers
    transit_days: Integers


def routes_between_doors() -> DoorRoutes:
    """Every route that does not start at a DC."""
    rows = Route.objects.exclude(from_door__kind=DoorKind.DC).order_by("pk")
    columns = _integers(list(rows.values_list("from_door_id", "to_door_id", "transit_days")))
    return DoorRoutes(*columns.reshape(-1, 3).T)


def _sku_door_rows(product_ids: Collection[int], today: date, default_transit_days: int) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(
            SKU_DOORS,
            {
                "products": list(product_ids),
                "open": ReceiptStatus.OPEN,
                "under_way": list(UNDER_WAY),
                "dc": DoorKind.DC,
                "week": week_start(today),
                "today": today,
                "default_transit_days": default_transit_days,
            },
        )
        return cursor.fetchall()


def _campaign_lines(
    horizon: Horizon, planned: Sequence[PlannedLine], ranged_row_of: dict[tuple[int, int], int]
) -> tuple[CampaignLines, list[list[str]]]:
    """Entries per line and door, and per line the codes of doors that do not range the SKU.

    A door that opens or closes during a campaign has a part in the days on which it is open; one
    that is closed on all of them has none.
    """
    doors_of: dict[int, list[tuple[int, str, date | None, date | None]]] = {}
    scopes = CampaignDoor.objects.filter(campaign__in={line.campaign_id for line in planned})
    for campaign_id, door_id, code, opened_on, closed_on in scopes.order_by(
        "campaign_id", "door_id"
    ).values_list("campaign_id", "door_id", "door__code", "door__opened_on", "door__closed_on"):
        doors_of.setdefault(campaign_id, []).append((door_id, code, opened_on, closed_on))
    entries: list[tuple[int, int, int, int]] = []
    unranged_doors: list[list[str]] = []
    for number, line in enumerate(planned):
        unranged_doors.append([])
        for door_id, code, opened_on, closed_on in doors_of.get(line.campaign_id, []):
            start, end = _open_days(horizon, line, opened_on, closed_on)
            if end < max(start, 0):
                continue
            row = ranged_row_of.get((line.product_id, door_id))
            if row is None:
                unranged_doors[number].append(code)
            else:
                entries.append((number, row, start, end))
    numbers, rows, start_days, end_days = _integers(entries).reshape(-1, 4).T
    lines = CampaignLines(
        line=numbers,
        row=rows,
        start_day=start_days,
        end_day=end_days,
        uplift_ratio=_floats(line.uplift_ratio for line in planned)[numbers],
        uplift_units=_floats(line.uplift_units for line in planned)[numbers],
    )
    return lines, unranged_doors


def _open_days(
    horizon: Horizon, line: PlannedLine, opened_on: date | None, closed_on: date | None
) -> tuple[int, int]:
    """First and last day of the campaign on which the door is open; it is closed from ``closed_on`` on."""
    start, end = horizon.day_of(line.starts_on), horizon.day_of(line.ends_on)
    if opened_on:
        start = max(start, horizon.day_of(opened_on))
    if closed_on:
        end = min(end, horizon.day_of(closed_on) - 1)
    return start, end


def _receipts(horizon: Horizon, product_ids: Collection[int], row_of: dict[tuple[int, int], int]) -> Receipts:
    found = Receipt.objects.still_to_come(horizon.today).filter(product__in=product_ids).order_by("pk")
    entries = [
        (row_of[product_id, door_id], horizon.day_of(eta), max(0.0, ordered - received))
        for product_id, door_id, eta, ordered, received in found.values_list(
            "product_id", "door_id", "current_eta", "ordered_units", "received_units"
        )
        if (product_id, door_id) in row_of
    ]
    row, day, units = zip(*entries, strict=True) if entries else ((), (), ())
    return Receipts(_integers(row), horizon.buckets_of_days(_integers(day)), _floats(units))


def _transfers(
    horizon: Horizon, product_ids: Collection[int], row_of: dict[tuple[int, int], int]
) -> Transfers:
    """Transfers that have yet to arrive; one that should have left and did not leaves today."""
    found = Transfer.objects.filter(
        product__in=product_ids, status__in=UNDER_WAY, arrive_on__gte=horizon.today
    ).order_by("pk")
    entries = []
    for product_id, from_id, to_id, ship_on, arrive_on, units, status in found.values_list(
        "product_id", "from_door_id", "to_door_id", "ship_on", "arrive_on", "units", "status"
    ):
        has_left = status == TransferStatus.SHIPPED
        from_row = -1 if has_left else row_of.get((product_id, from_id), -1)
        to_row = row_of.get((product_id, to_id), -1)
        if (from_row >= 0 or has_left) and (from_row, to_row) != (-1, -1):
            ship_day = max(0, horizon.day_of(ship_on))
            entries.append((from_row, to_row, ship_day, horizon.day_of(arrive_on), units))
    columns = list(zip(*entries, strict=True)) or [()] * 5
    return Transfers(
        from_row=_integers(columns[0]),
        to_row=_integers(columns[1]),
        ship_bucket=horizon.buckets_of_days(_integers(columns[2])),
        arrival_bucket=horizon.buckets_of_days(_integers(columns[3])),
        units=_floats(columns[4]),
    )


def _floats(values: Iterable[float | None]) -> Floats:
    """None becomes NaN."""
    return np.array(list(values), dtype=np.float64)


def _integers(values: Sequence) -> Integers:
    return np.array(values, dtype=np.int64)
