"""The measures once more, slowly: fractions, one after the other, from the words of the definitions."""

from collections.abc import Sequence
from fractions import Fraction
from math import inf


def total(values: Sequence[float]) -> Fraction:
    """The sum, exactly."""
    return sum((Fraction(value) for value in values), Fraction(0))


def share_slowly(part: Sequence[float], whole: Sequence[float]) -> float | None:
    return float(total(part) / total(whole)) if total(whole) > 0 else None


def average_slowly(openings: Sequence[float], last_closing: float) -> Fraction | None:
    if not openings:
        return None
    points = [max(0.0, point) for point in [*openings, last_closing]]
    return total(points) / len(points)


def turn_slowly(
    sales: Sequence[float], openings: Sequence[float], last_closing: float, weeks: float
) -> float | None:
    average = average_slowly(openings, last_closing)
    if not average:
        return None
    return float(total(sales) / Fraction(weeks) * 52 / average)


def weeks_forward_slowly(stock: float, forecast: Sequence[float]) -> float | None:
    """Serve week after week until the stock is gone; after the last week, that one again."""
    if not forecast:
        return None
    left, weeks = max(Fraction(0), Fraction(stock)), 0
    weekly = [max(Fraction(0), Fraction(units)) for units in forecast]
    while left > 0:
        need = weekly[min(weeks, len(weekly) - 1)]
        if weeks >= len(weekly) - 1 and need == 0:
            return inf
        if need > left:
            return float(weeks + left / need)
        left -= need
        weeks += 1
    return float(weeks)
