"""The supply engine: demand, and both projected lines, of every SKU-door (definitions: Projected on-hand).

Public names::

    Horizon(today, buckets=13); Horizon.covering(today, last_days)          buckets, days from today
    SkuDoors(on_hand, unavailable, committed, presentation_minimum,
             weekly_baseline [weeks, n], dc_row, transit_days, sells_from_dc,
             opening_day, closing_day)                                      all others [n]
    CampaignLines(line, row, start_day, end_day, uplift_ratio, uplift_units)    all [m]
    Receipts(row, bucket, units); Receipts.none()
    Transfers(from_row, to_row, ship_bucket, arrival_bucket, units); Transfers.none()
    expected_demand(horizon, sku_doors, lines) -> Demand
    expected_weekly(horizon, sku_doors, lines) -> units [W, n]              where no projection follows
    project(horizon, sku_doors, demand, receipts, transfers) -> Projection
    expanded(first, count) -> (owner, place)

Arrays are float64 (rows and days int64) and weeks-major, ``[W, n]``; no loop runs over rows.

Buckets: bucket 0 is the rest of the current fiscal week, then whole fiscal weeks. Days are counted
from today. A campaign that has started counts its remaining days only; uplift is even over the days
of a campaign, baseline even over the days of a week (definitions: Retail time, O5).

Each bucket, in this order:

1. Every DC dispatches on the first day of the bucket from what it closed the last one with (at
   first: its opening stock), keeping back its own presentation minimum. What it receives in a bucket
   can be dispatched from the next one on. A dispatch arrives in the bucket that holds its first day
   plus the days of the route; past the horizon it has left the DC and is seen nowhere else.
2. The need of a door is what brings it to its target in the bucket of arrival: the demand of that
   bucket and the presentation minimum, less the position that it will have there anyway. The
   position is rolled forward as in 4, so sales lost on the way are not owed.
3. Where the needs exceed what can be dispatched, they are served in proportion to need. The demand
   of e-commerce rows that sell from the DC, and of the DC row's own customers, takes part in the
   sharing and waits at the DC.
4. Transfers out leave (never more than is there before replenishment; the receiver then gets less),
   receipts, transfers and replenishment arrive, and the sale takes
   ``min(demand, max(0, available - presentation minimum))``. An e-commerce row that sells from its DC
   sells what it has itself, and draws the rest from the DC. What was not sold is lost: retail does
   not back-order.

A row without a DC lives from its own receipts and transfers; there, with no presentation minimum,
``closing[w] = S[w] - min(0, min S up to w)`` with ``S`` the raw line. A row that supplies others may
itself be supplied; its need is then its own demand and minimum, not what it is going to dispatch.
The result for a bucket does not depend on how many buckets follow.

Past-due receipts, closed doors and doors that do not range a SKU are left out by the caller.
"""

from .demand import Demand, expected_demand, expected_weekly
from .horizon import DEFAULT_BUCKETS, MOST_BUCKETS, Horizon
from .inputs import NEVER, CampaignLines, Receipts, SkuDoors, Transfers
from .projection import Projection, project
from .spans import expanded

__all__ = [
    "DEFAULT_BUCKETS",
    "MOST_BUCKETS",
    "NEVER",
    "CampaignLines",
    "Demand",
    "Horizon",
    "Projection",
    "Receipts",
    "SkuDoors",
    "Transfers",
    "expanded",
    "expected_demand",
    "expected_weekly",
    "project",
]
