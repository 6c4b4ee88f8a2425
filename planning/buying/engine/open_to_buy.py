"""Open-to-buy: the money that a category may still order (definitions: Inventory)."""

import numpy as np

from .netting import Floats


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
