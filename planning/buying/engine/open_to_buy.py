"""Open-to-buy: the money that a category may still order (definitions: Inventory)."""

import numpy as np
from numpy.typing import NDArray

from .netting import Floats

# Packs and minimums round every order up, so a plan that serves each need ends a little above its planned
# stock. From this share of that stock on, a category is over-bought.
ROUNDED_UP_SHARE = 0.1
# Amounts are kept on cents; sums of them differ by less.
CENT = 0.01


def open_to_buy(
    planned_sales: Floats,
    planned_markdowns: Floats,
    planned_end_stock: Floats,
    planned_begin_stock: Floats,
    on_order: Floats,
) -> Floats:
    """Planned sales + markdowns + end stock - begin stock - on order ``[categories, W]`` [E34].

    Money, all of it on one valuation basis: at cost, what is sold and what is marked down counts with
    what it cost. ``on_order`` stands in the week of its ETA. A negative figure is over-bought.

    The vector of [T2] is at cost: end stock 1.0M, sales 450K (500K less 50K of returns, no markdowns),
    begin stock 900K and on order 439.9K leave 110.1K.
    """
    return planned_sales + planned_markdowns + planned_end_stock - planned_begin_stock - on_order


def weekly_open_to_buy(
    planned_sales: Floats,
    planned_markdowns: Floats,
    planned_end_stock: Floats,
    opening_stock: Floats,
    on_order: Floats,
) -> Floats:
    """`open_to_buy` where each week begins with what is planned for the end of the one before.

    ``opening_stock [categories]`` is the begin stock of the first week. So the weeks of a month add up to
    the open-to-buy of the month.
    """
    begin_stock = np.column_stack([opening_stock, planned_end_stock[:, :-1]])
    return open_to_buy(planned_sales, planned_markdowns, planned_end_stock, begin_stock, on_order)


def carried_forward(open_amounts: Floats, planned_buys: Floats) -> Floats:
    """What the planned buys leave of the open-to-buy up to the end of each week ``[..., W]``.

    Money that a week leaves is there in the next, and what it spends beyond its own is missing there: so it
    is the planned end stock less the stock that comes about, if all of the planned sales are sold.
    """
    return np.cumsum(open_amounts - planned_buys, axis=-1)


def is_over_bought(left: Floats, planned_end_stock: Floats) -> NDArray[np.bool_]:
    """Where what is `carried_forward` is below zero by more than orders are rounded up ``[...]``."""
    return left < -ROUNDED_UP_SHARE * planned_end_stock - CENT
