"""A demand signal in words: ``Sells 38% above the forecast for six weeks, tracking signal +5.2``."""

from typing import Final

from sop_site import formats

NUMBERS: Final = (
    "no",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
)
# A share that is not told: less than this of the missing units found no stock.
LEAST_UNMET_SHARE: Final = 0.2


def signal_words(
    *,
    side: tuple[int, float, float],
    whole: tuple[int, float, float],
    tracking_signal: float,
    side_unmet_units: float,
) -> str:
    """What a signal says of ``side``, the newest weeks on one side, and of the ``whole``: each is how many
    weeks, units sold and units forecast.

    Where fewer sold on that side than were expected, and ``side_unmet_units`` that found no stock may be why,
    it says so; of the whole it does not, whose errors partly cancel out.
    """
    is_current = side[0] > 1
    weeks, sold, forecast = side if is_current else whole
    verb = "Sells" if is_current else "Sold"
    over = f"for {weeks_words(weeks)}" if is_current else f"over {weeks_words(weeks)}"
    told = f"{verb} {against_forecast(sold, forecast)} {over}, tracking signal {signed(tracking_signal)}"
    missing = side[2] - side[1]
    if is_current and missing > 0 and side_unmet_units >= LEAST_UNMET_SHARE * missing:
        share = min(side_unmet_units / missing, 1.0)
        told += f"; about {formats.percent(share)} of what is missing found no stock"
    return told


def against_forecast(sold: float, forecast: float) -> str:
    """Sales beside their forecast: ``38% above the forecast``; units where nothing was expected."""
    if forecast <= 0:
        return f"{formats.units(sold)} where nothing was forecast"
    change = sold / forecast - 1
    if round(abs(change), 2) == 0:
        return "as forecast"
    if change >= 2:
        return f"{formats.times(sold / forecast, 1)} the forecast"
    return f"{formats.percent(abs(change))} {'above' if change > 0 else 'below'} the forecast"


def weeks_words(weeks: int) -> str:
    """How many weeks: ``six weeks``, ``one week``, ``13 weeks``."""
    number = NUMBERS[weeks] if weeks < len(NUMBERS) else str(weeks)
    return f"{number} week{'' if weeks == 1 else 's'}"


def plus_minus(limit: float) -> str:
    """The limits of a tracking signal: ``±4``, ``±4.5``."""
    return f"±{limit:g}"


def signed(tracking_signal: float) -> str:
    """A tracking signal with its sign: ``+5.2``, ``−4.1``."""
    text = f"{abs(tracking_signal):.1f}"
    return text if float(text) == 0 else f"{'+' if tracking_signal > 0 else formats.MINUS}{text}"
