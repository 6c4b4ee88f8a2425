"""The buy plan's engine a second time: slow, exact, one supply point and one week at a time."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from math import ceil, inf

from planning.tests.buying.engine_cases import Point


@dataclass
class Slow:
    """The plan of one supply point, by week."""

    needs: list[Fraction] = field(default_factory=list)
    orders: list[Fraction] = field(default_factory=list)
    on_hand: list[Fraction] = field(default_factory=list)
    unmet: list[Fraction] = field(default_factory=list)
    late: list[Fraction] = field(default_factory=list)


def net_slowly(point: Point) -> Slow:
    plan = Slow()
    stock, kept = max(Fraction(0), point.units("opening")), point.units("presentation")
    by_week = zip(point.units("demand"), point.units("target"), point.units("receipts"), strict=True)
    for week, (demand, target, receipt) in enumerate(by_week):
        need = max(Fraction(0), demand + target + kept - stock - receipt)
        order = Fraction(0)
        if need and week >= point.first_week:
            packs = ceil(max(need, point.units("minimum")) / point.units("multiple"))
            order = packs * point.units("multiple")
        stock += receipt + order
        sold = min(demand, max(Fraction(0), stock - kept))
        stock -= sold
        plan.needs.append(need)
        plan.orders.append(order)
        plan.on_hand.append(stock)
        plan.unmet.append(demand - sold)
        plan.late.append(need if week < point.first_week else Fraction(0))
    return plan


def demand_in(forecast: Sequence[Fraction], week: int) -> Fraction:
    return forecast[min(week, len(forecast) - 1)]


def cover_slowly(forecast: Sequence[Fraction], after: int, weeks: Fraction) -> Fraction:
    """What the weeks after one take: a week, or what is left of them, at a time."""
    taken, week = Fraction(0), after + 1
    while weeks > 0:
        taken += min(weeks, 1) * demand_in(forecast, week)
        weeks -= 1
        week += 1
    return taken


def weeks_slowly(stock: Fraction, forecast: Sequence[Fraction]) -> Fraction | float:
    """How long a stock lasts: week after week is sold, until one cannot be."""
    week = 0
    while stock >= demand_in(forecast, week):
        if week >= len(forecast) and demand_in(forecast, week) == 0:
            return inf
        stock -= demand_in(forecast, week)
        week += 1
    return week + stock / demand_in(forecast, week)


def exceptions_slowly(point: Point) -> list[set[str]]:
    """What holds in each week."""
    plan, demand = net_slowly(point), point.units("demand")
    found: list[set[str]] = []
    for week, order in enumerate(plan.orders):
        holds = set()
        was_late = week > 0 and plan.late[week - 1] > 0
        if plan.late[week] or (order and week == point.first_week and was_late):
            holds.add("TOO_LATE")
        if order > 2 * plan.needs[week] and order > sum(demand_in(demand, week + k) for k in range(4)):
            holds.add("ABOVE_NEED")
        found.append(holds)
    return found
