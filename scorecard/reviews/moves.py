"""What changed since the quarter before, the largest moves first, in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from planning.consensus.engine import LEAST_RANKED
from scorecard.measures.choices import Measure, Slice, Unit
from scorecard.measures.cut import Cut
from scorecard.measures.figure import Figure, Key, Part
from scorecard.measures.targets import GROWING
from scorecard.measures.wording import direction_word, value_text
from scorecard.outcomes.card import CardLine, breakdown_of
from scorecard.reviews.engine import move_size, rate_contributions
from sop_site.fiscal import FiscalPeriod

MOST_MOVES: Final = 6
# Smaller changes than this share of the larger value are no news.
LEAST_SIZE: Final = 0.05
# A value below this is no measure of its own change: 0.2% after 0.1% has not "doubled".
FLOORS: Final = {Unit.SHARE: 0.05, Unit.POINTS: 0.1, Unit.RATIO: 0.5, Unit.WEEKS: 1.0, Unit.DAYS: 7.0}
# Rates whose n is what they are divided by, and sums: only of these can a change be shared among the parts.
RATES_OVER_N: Final = (Measure.STOCKOUT_DAYS, Measure.STOCKOUT_DEMAND, Measure.STOCKOUT_DAYS_OTHER)
SUMS: Final = (Measure.LOST_MARGIN,)
# Whose n says how many weeks they are of, not on how many cases they stand.
OF_WEEKS: Final = (Measure.TURN, Measure.GMROI, Measure.WEEKS_BACK, Measure.WEEKS_FORWARD)
# A part is named where it makes at least this share of the change.
MOST_OF_IT: Final = 0.5
WITHOUT_NAME: Final = "no region"


@dataclass(frozen=True, slots=True)
class Move:
    """A measure that moved; ``direction`` is better, worse or "" where neither way is."""

    measure: Measure
    sentence: str
    direction: str


def biggest_moves(lines: Sequence[CardLine], period: FiscalPeriod, *, is_over: bool) -> list[Move]:
    """The moves from the quarter before to ``period``: the outcome that is shared first, then the largest.

    Nothing moves where one of the two is unknown. What grows with the length of a quarter is left out until
    it ``is_over``, and what is told of it says so far. What stands on too few to tell, or on a part of a
    quarter, is neither better nor worse.
    """
    found = []
    for line in lines:
        before, after = line.trend[-2], line.actual
        if before.value is None or after.value is None or (after.is_partial and line.measure in GROWING):
            continue
        floor = 0.1 if line.measure == Measure.BIAS else FLOORS.get(line.measure.facts.unit, 1.0)
        size = move_size(before.value, after.value, floor)
        if line.measure == Measure.STOCKOUT_DAYS or size >= LEAST_SIZE:
            unsure = bool(unsure_words(before, after, is_over=is_over))
            place = (line.measure != Measure.STOCKOUT_DAYS, unsure, -size)
            found.append((place, before, after))
    found.sort(key=lambda move: move[0])
    return [_move(before, after, period, is_over=is_over) for _, before, after in found[:MOST_MOVES]]


def unsure_words(before: Figure, after: Figure, *, is_over: bool) -> str:
    """Why a change is neither better nor worse; "" where it may be.

    One of the two stands on fewer cases than anything is ranked on (definitions: Forecast accuracy), which
    sums and what n says the weeks of do not know; or the quarter goes on.
    """
    n = min(before.n, after.n)
    if after.measure not in (*SUMS, *OF_WEEKS) and n < LEAST_RANKED:
        return f"too few to tell (n = {n})"
    return "" if is_over else "so far"


def _move(before: Figure, after: Figure, period: FiscalPeriod, *, is_over: bool) -> Move:
    measure = after.measure
    was, now = value_text(measure, before.value), value_text(measure, after.value)
    direction = direction_word(measure, after.value, before.value)
    if was == now:
        return Move(measure, f"{measure.label} stayed at {now}.", "")
    moved = f"{measure.label} {_verb(before, after)} from {was} to {now}"
    if unsure := unsure_words(before, after, is_over=is_over):
        return Move(measure, f"{moved}: {unsure}.", "")
    where = _where(before, after, period)
    return Move(measure, f"{moved}; most of it in {where}." if where else f"{moved}.", direction)


def _verb(before: Figure, after: Figure) -> str:
    if after.measure == Measure.BIAS:
        return "went"
    return "rose" if (after.value or 0.0) > (before.value or 0.0) else "fell"


def _where(before: Figure, after: Figure, period: FiscalPeriod) -> str:
    """The category and the region that made most of it, as far as one did: ``Tops, North``."""
    measure = after.measure
    if measure not in (*RATES_OVER_N, *SUMS):
        return ""
    names, cut = [], Cut()
    for by in (Slice.CATEGORY, Slice.REGION):
        found = _largest_part(measure, period, cut, by)
        if found is None:
            continue
        key, label = found
        names.append(label or WITHOUT_NAME)
        if key is None:
            break
        cut = cut.within(by, key)
    return ", ".join(names)


def _largest_part(measure: Measure, period: FiscalPeriod, cut: Cut, by: Slice) -> tuple[Key, str] | None:
    """The part of ``cut`` that made most of the change since the quarter before; None where none did."""
    sides = [
        {part.key: part for part in breakdown_of(measure, when, cut, by)} for when in (period - 1, period)
    ]
    keys = list(dict.fromkeys([*sides[0], *sides[1]]))
    before, after = ([_value_and_n(side.get(key)) for key in keys] for side in sides)
    if measure in SUMS:
        shares = [now - was for (was, _), (now, _) in zip(before, after, strict=True)]
    else:
        shares = rate_contributions(before, after)
    change = sum(shares)
    if not change or len(keys) < 2:
        return None
    largest = max(range(len(keys)), key=lambda place: shares[place] / change)
    if shares[largest] / change < MOST_OF_IT:
        return None
    key = keys[largest]
    return key, (sides[1].get(key) or sides[0][key]).label


def _value_and_n(part: Part | None) -> tuple[float, float]:
    if part is None or part.figure.value is None:
        return 0.0, 0.0
    return part.figure.value, float(part.figure.n)
