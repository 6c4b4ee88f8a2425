"""Small cases for the buy plan's engine: as plain records for the oracle, as arrays for the engine."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st

from planning.buying.engine import NettingInputs
from planning.tests.supply.engine_cases import many

# An example has several supply points, so that fewer do; `make mutants` takes fewer still.
some = settings(many, max_examples=min(many.max_examples, 150))


@dataclass(frozen=True)
class Point:
    """One supply point, in tenths of a unit, so that the oracle can be exact."""

    demand: tuple[int, ...]
    target: tuple[int, ...]
    receipts: tuple[int, ...]
    presentation: int = 0
    opening: int = 0
    first_week: int = 0
    minimum: int = 0
    multiple: int = 10

    def but(self, **changes) -> "Point":
        return replace(self, **changes)

    def units(self, name: str) -> Fraction | list[Fraction]:
        """A figure in exact units."""
        value = getattr(self, name)
        return [Fraction(v, 10) for v in value] if isinstance(value, tuple) else Fraction(value, 10)


def point(demand: Sequence[float], **given) -> Point:
    """A supply point written down in units; no target and no receipts where none are given."""
    tenths = {
        name: value
        if name == "first_week"
        else tuple(round(10 * v) for v in value)
        if isinstance(value, list)
        else round(10 * value)
        for name, value in given.items()
    }
    none = (0,) * len(demand)
    return Point(tuple(round(10 * v) for v in demand), **{"target": none, "receipts": none} | tenths)


def inputs_of(points: Sequence[Point]) -> NettingInputs:
    """The arrays of these supply points."""

    def units(name: str) -> np.ndarray:
        return np.array([getattr(p, name) for p in points], dtype=np.float64) / 10

    return NettingInputs(
        demand=units("demand"),
        target_stock=units("target"),
        presentation=units("presentation"),
        opening=units("opening"),
        receipts=units("receipts"),
        first_week=np.array([p.first_week for p in points]),
        minimum=units("minimum"),
        multiple=units("multiple"),
    )


def close(found: np.ndarray, expected: object) -> bool:
    """Equal but for the last digits of a sum."""
    return np.allclose(found, np.array(expected, dtype=np.float64), rtol=0, atol=1e-6)


@st.composite
def points_of(draw: st.DrawFn, whole: bool = False, lots: bool = True) -> list[Point]:
    """A few supply points over the same weeks; in whole units, or without minimum and pack, where asked."""
    step = 10 if whole else 1
    weeks = draw(st.integers(1, 5))
    amounts = st.integers(0, 300 // step).map(lambda tenths: tenths * step)
    often_none = st.one_of(st.just(0), amounts)

    def by_week(amount: st.SearchStrategy[int]) -> st.SearchStrategy[tuple[int, ...]]:
        return st.tuples(*[amount] * weeks)

    one = st.builds(
        Point,
        demand=by_week(often_none),
        target=by_week(often_none),
        receipts=by_week(often_none),
        presentation=often_none,
        opening=st.integers(-100 // step, 600 // step).map(lambda tenths: tenths * step),
        first_week=st.integers(0, weeks + 1),
        minimum=st.one_of(st.just(0), st.integers(1, 400)) if lots else st.just(0),
        multiple=st.sampled_from([10, 12, 25, 60, 120]) if lots else st.just(10),
    )
    return draw(st.lists(one, min_size=1, max_size=3))
