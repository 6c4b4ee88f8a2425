"""How the scorecard's figures are written: each unit its own way, a change with its sign, bias in words."""

from typing import Final

from django.conf import settings

from scorecard.measures.choices import Better, Measure, Unit
from scorecard.measures.figure import Figure
from scorecard.measures.targets import GROWING
from sop_site import formats

NO_DATA: Final = "no data"
# What people type of a share or of points is a hundred times what is kept.
TYPED: Final = {Unit.SHARE: 100.0, Unit.POINTS: 100.0}
TYPED_IN: Final = {
    Unit.SHARE: "in percent",
    Unit.POINTS: "in points",
    Unit.RATIO: "as a multiple",
    Unit.WEEKS: "in weeks",
    Unit.DAYS: "in days",
    Unit.COUNT: "as a number",
    Unit.MONEY: "in money",
}
# With how many decimals a value is shown: a share in percent with one.
DECIMALS: Final = {Unit.SHARE: 3, Unit.POINTS: 3, Unit.RATIO: 1, Unit.WEEKS: 1, Unit.DAYS: 0}
# What is counted, where there is one of it.
ONE: Final = {
    "weeks": "week",
    "campaigns that ended": "campaign that ended",
    "decided risks": "decided risk",
    "risks": "risk",
    "SKU-weeks": "SKU-week",
}
# Shorter names, for where a group's heading already says the half of them.
SHORT: Final = {
    Measure.STOCKOUT_DAYS: "Promoted items out of stock, door-days",
    Measure.STOCKOUT_DEMAND: "Promoted demand not met",
    Measure.STOCKOUT_DAYS_OTHER: "Other items out of stock, door-days",
    Measure.ACCURACY_PROMOTED: "Accuracy, promoted",
    Measure.ACCURACY_OTHER: "Accuracy, not promoted",
    Measure.BIAS: "Bias",
    Measure.VALUE_MARKETING: "Value added by Marketing",
    Measure.VALUE_PLANNING: "Value added by Planning",
    Measure.VALUE_MERCHANDISING: "Value added by Merchandising",
    Measure.VALUE_CONSENSUS: "Value added by the consensus",
}


def short_name(measure: Measure) -> str:
    """Its name on the card, under the heading of its group."""
    return SHORT.get(measure, measure.label)


def value_text(measure: Measure, value: float | None) -> str:
    """A value of a measure: ``13.1%``, ``+2.1 points``, ``7.5 weeks``, ``3.2% over-forecast``."""
    if value is None:
        return NO_DATA
    if measure == Measure.BIAS:
        return _bias(value)
    match measure.facts.unit:
        case Unit.SHARE:
            return formats.percent(value, 1)
        case Unit.POINTS:
            return f"{_signed(value * 100, 1)} points"
        case Unit.RATIO:
            return formats.times(value, 1)
        case Unit.WEEKS:
            return f"{_fixed(value, 1)} weeks"
        case Unit.DAYS:
            return f"{_fixed(value, 0)} days"
        case Unit.MONEY:
            return formats.money(value, settings.CURRENCY)
        case Unit.COUNT:
            return formats.units(value)


def scale_text(measure: Measure, value: float) -> str:
    """A value beside the scale of a picture, in few characters: ``15%``, ``+5%``, ``−2``, ``$900k``."""
    match measure.facts.unit:
        case Unit.SHARE if measure == Measure.BIAS:
            return formats.signed_percent(value)
        case Unit.SHARE:
            return formats.percent(value, 0 if abs(value) >= 0.1 or not value else 1)
        case Unit.POINTS:
            return _signed(value * 100, 1)
        case Unit.MONEY:
            return formats.money(value, settings.CURRENCY)
        case _:
            return _fixed(value, 1)


def target_text(measure: Measure, value: float | None) -> str:
    """A target as it is judged: of a bias both sides count."""
    if value is not None and measure == Measure.BIAS:
        return f"±{formats.percent(abs(value), 1)}"
    return "" if value is None else value_text(measure, value)


def figure_text(figure: Figure) -> str:
    """The figure as people read it; without a value ``no data``."""
    return value_text(figure.measure, figure.value)


def n_text(figure: Figure) -> str:
    """On how many things it stands: ``n 1,240 promoted SKU-door-days``; empty where on none."""
    of = ONE.get(figure.n_of, figure.n_of) if figure.n == 1 else figure.n_of
    return f"n {formats.units(figure.n)} {of}".rstrip() if figure.n else ""


def change_text(measure: Measure, value: float | None, before: float | None) -> str:
    """From one value to a later one, with its sign: of shares in points; empty where one is missing.

    Both are taken as they are written, so that whoever takes one from the other finds the same.
    """
    if value is None or before is None:
        return ""
    return _changed(measure, _written(measure, value) - _written(measure, before))


def direction_word(measure: Measure, value: float | None, before: float | None) -> str:
    """Whether a change is ``better`` or ``worse``; empty where neither way is, or none of it shows."""
    if value is None or before is None:
        return ""
    # Two values that are written apart may still be nearer to one another than a change is written.
    if _changed(measure, value - before) == _changed(measure, 0.0):
        return ""
    if measure == Measure.BIAS:
        return "better" if abs(value) < abs(before) else "worse"
    better = measure.facts.better
    if better == Better.NEITHER:
        return ""
    return "better" if (value < before) == (better == Better.LOWER) else "worse"


def typed_value(measure: Measure, typed: float) -> float:
    """What people typed as a target, as it is kept."""
    return typed / TYPED.get(measure.facts.unit, 1.0)


def typed_help(measure: Measure) -> str:
    """How a target is typed, and what it is of."""
    words = TYPED_IN[measure.facts.unit].capitalize()
    if measure == Measure.BIAS:
        return f"{words}: how far from zero the bias may be, to either side."
    if measure in GROWING:
        return f"{words}, for a quarter of 13 weeks: other lengths take their share of it."
    return f"{words}."


def _bias(value: float) -> str:
    if formats.percent(abs(value), 1) == formats.percent(0, 1):
        return "neither over nor under"
    return f"{formats.percent(abs(value), 1)} {'over' if value > 0 else 'under'}-forecast"


def _changed(measure: Measure, change: float) -> str:
    match measure.facts.unit:
        case Unit.SHARE | Unit.POINTS:
            return f"{_signed(change * 100, 1)} points"
        case Unit.RATIO:
            return f"{_signed(change, 1)}{formats.TIMES}"
        case Unit.WEEKS:
            return f"{_signed(change, 1)} weeks"
        case Unit.DAYS:
            return f"{_signed(change, 0)} days"
        case Unit.MONEY:
            return formats.signed_money(change, settings.CURRENCY)
        case Unit.COUNT:
            return formats.signed_units(change)


def _written(measure: Measure, value: float) -> float:
    """The value with as many decimals as it is shown with; of money and counts the value itself."""
    decimals = DECIMALS.get(measure.facts.unit)
    if decimals is None:
        return value
    return float(_fixed(value, decimals).replace(formats.MINUS, "-").replace(",", ""))


def _fixed(value: float, decimals: int) -> str:
    """With this many decimals, and a true minus."""
    return formats.times(value, decimals).removesuffix(formats.TIMES)


def _signed(value: float, decimals: int) -> str:
    text = _fixed(value, decimals)
    return f"+{text}" if value > 0 and text != _fixed(0, decimals) else text
