"""The consensus engine a second time: one cell, one row, one step at a time, to be checked by eye."""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from math import isnan, nan


def spread_slowly(units: float, mix: Sequence[float]) -> list[float]:
    """In fractions, so that nothing is lost on the way."""
    weights = [Fraction(part) if part > 0 else Fraction(0) for part in mix]
    if sum(weights) == 0:
        weights = [Fraction(1)] * len(mix)
    return [float(Fraction(units) * weight / sum(weights)) for weight in weights]


def with_total_slowly(
    values: Sequence[float], chosen: Sequence[bool], units: float, mix: Sequence[float]
) -> list[float]:
    parts = iter(spread_slowly(units, [part for part, is_in in zip(mix, chosen, strict=True) if is_in]))
    return [next(parts) if is_in else value for value, is_in in zip(values, chosen, strict=True)]


def months_of_weeks_slowly(
    weekly: Sequence[Sequence[float]], month_of_week: Sequence[int], months: int
) -> list[list[float]]:
    found = []
    for row in weekly:
        sums = [0.0] * months
        for month, units in zip(month_of_week, row, strict=True):
            sums[month] += units
        found.append(sums)
    return found


def weeks_of_months_slowly(
    monthly: Sequence[Sequence[float]], profile: Sequence[Sequence[float]], month_of_week: Sequence[int]
) -> list[list[float]]:
    found = []
    for months, weeks in zip(monthly, profile, strict=True):
        row = [nan] * len(weeks)
        for month, units in enumerate(months):
            places = [place for place, owner in enumerate(month_of_week) if owner == month]
            for place, part in zip(
                places, spread_slowly(units, [weeks[place] for place in places]), strict=True
            ):
                row[place] = part
        found.append(row)
    return found


def wmape_slowly(actual: Sequence[float], forecast: Sequence[float]) -> float | None:
    error = sum(abs(sold - expected) for sold, expected in zip(actual, forecast, strict=True))
    return error / sum(actual) if sum(actual) > 0 else None


def value_added_slowly(
    actual: Sequence[float], forecasts: Mapping[str, Sequence[float]]
) -> list[tuple[str, float | None, float | None, int]]:
    """Of each step: its name, its WMAPE, what it added, on how many items."""
    complete = [
        place
        for place, sold in enumerate(actual)
        if not isnan(sold) and not any(isnan(forecast[place]) for forecast in forecasts.values())
    ]
    sold = [actual[place] for place in complete]
    found: list[tuple[str, float | None, float | None, int]] = []
    for step, forecast in forecasts.items():
        error = wmape_slowly(sold, [forecast[place] for place in complete])
        before = found[-1][1] if found else None
        added = before - error if before is not None and error is not None else None
        found.append((step, error, added, len(complete)))
    return found


def tweaks_slowly(
    before: Sequence[float], after: Sequence[float], actual: Sequence[float], largest_share: float
) -> tuple[int, int, int, float]:
    """How many small upward changes there were, how many helped and worsened, and the units saved."""
    n, helped, worsened, saved = 0, 0, 0, 0.0
    for old, new, sold in zip(before, after, actual, strict=True):
        if isnan(old) or isnan(new) or isnan(sold) or new <= old:
            continue
        if old <= 0 or (new - old) / old > largest_share + 1e-9:
            continue
        n += 1
        helped += abs(new - sold) < abs(old - sold)
        worsened += abs(new - sold) > abs(old - sold)
        saved += abs(old - sold) - abs(new - sold)
    return n, helped, worsened, saved


def disagreement_slowly(layers: Sequence[Sequence[float]], unit_value: Sequence[float]) -> list[float]:
    found = []
    for place, value in enumerate(unit_value):
        numbers = [layer[place] for layer in layers if not isnan(layer[place])]
        apart = max(numbers) - min(numbers) if len(numbers) >= 2 else 0.0
        found.append(apart * value)
    return found
