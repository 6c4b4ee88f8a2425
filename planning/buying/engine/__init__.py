"""The engine of the buy plan: needs netted into orders, covers, open-to-buy (definitions: Inventory).

Public names::

    NettingInputs(demand [n, W], target_stock [n, W], presentation [n], opening [n], receipts [n, W],
                  first_week [n], minimum [n], multiple [n])
    net(inputs) -> Netting(needs, orders, on_hand, unmet, late)                     all [n, W]
    cover_stock(demand, weeks); quantile_stock(demand, ratio, lead_weeks)           [n, W], a target stock
    weeks_of_cover(stock, forecast)                                                 [...]
    open_to_buy(planned_sales, planned_markdowns, planned_end_stock, planned_begin_stock, on_order)
    weekly_open_to_buy(planned_sales, planned_markdowns, planned_end_stock, opening_stock, on_order)
    carried_forward(open_amounts, planned_buys); is_over_bought(left, planned_end_stock)    [..., W]
    exceptions_of(inputs, netting) -> Exceptions [n, W]; too_late and above_need, each by itself

Arrays are float64 (weeks int64), supply points first; loops run over weeks only. A supply point is a SKU
at a DC with the doors that the DC serves: what lies at the doors is part of its stock, and their
presentation minimum part of what it must keep. Weeks are fiscal; week 0 is the current one.
"""

from .cover import cover_stock, quantile_stock, weeks_of_cover
from .exceptions import Exceptions, above_need, exceptions_of, too_late
from .netting import Netting, NettingInputs, net
from .open_to_buy import (
    CENT,
    ROUNDED_UP_SHARE,
    carried_forward,
    is_over_bought,
    open_to_buy,
    weekly_open_to_buy,
)

__all__ = [
    "CENT",
    "ROUNDED_UP_SHARE",
    "Exceptions",
    "Netting",
    "NettingInputs",
    "above_need",
    "carried_forward",
    "cover_stock",
    "exceptions_of",
    "is_over_bought",
    "net",
    "open_to_buy",
    "quantile_stock",
    "too_late",
    "weekly_open_to_buy",
    "weeks_of_cover",
]
