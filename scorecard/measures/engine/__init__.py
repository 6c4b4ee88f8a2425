"""The engine of the measures: sums of weeks in, one figure out.

Public names, each with the letter of its source; None where the denominator is 0 or nothing is known::

    stockout_rate(out_days, days)                            door-days [B4]
    demand_weighted_rate(unmet, demand)                      by demand
    incidence(is_out)                                        SKUs with a day out, of those promoted
    wmape_of_sums, accuracy_of_sums(absolute_error, actual)  [E1] [E4]
    bias_of_sums(forecast, actual)                           [E18]
    value_added_of_sums(error_before, error_after, actual)   [E21]
    average_inventory(openings, last_closing)                [E23]
    inventory_turn(sales, openings, last_closing, weeks)     [E23]
    gross_margin_return(margin, openings, last_closing)      [E28]
    weeks_of_supply_back(opening, trailing_sales)            [E25]
    weeks_of_supply_forward(stock, forecast)                 [E26]
    sell_through(sold, opening)                              [E23]
    markdown_rate(markdown, net_sales)                       [E27]
    quotient(part, whole), median(values)

Sums are exact (`math.fsum`), so that the order of what is summed never shows.
"""

from .forecast import accuracy_of_sums, bias_of_sums, value_added_of_sums, wmape_of_sums
from .rates import (
    demand_weighted_rate,
    incidence,
    markdown_rate,
    median,
    quotient,
    sell_through,
    stockout_rate,
)
from .stock import (
    WEEKS_IN_A_YEAR,
    average_inventory,
    gross_margin_return,
    inventory_turn,
    weeks_of_supply_back,
    weeks_of_supply_forward,
)

__all__ = [
    "WEEKS_IN_A_YEAR",
    "accuracy_of_sums",
    "average_inventory",
    "bias_of_sums",
    "demand_weighted_rate",
    "gross_margin_return",
    "incidence",
    "inventory_turn",
    "markdown_rate",
    "median",
    "quotient",
    "sell_through",
    "stockout_rate",
    "value_added_of_sums",
    "weeks_of_supply_back",
    "weeks_of_supply_forward",
    "wmape_of_sums",
]
