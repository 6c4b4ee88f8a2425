"""A figure of the scorecard, and what stands behind it."""

from dataclasses import dataclass, replace
from typing import NamedTuple

from scorecard.measures.choices import Measure

# What divides rows: a category's or a mechanic's id, a region, a channel; None for what has none.
Key = int | str | None


@dataclass(frozen=True, slots=True)
class Figure:
    """The value of a measure on ``n`` things (``n_of`` in words), or the sentence why there is none.

    ``is_partial`` where weeks are missing or not over; ``note`` says what thins it. A figure without a value
    always says why in ``missing``; raises ValueError otherwise.
    """

    measure: Measure
    value: float | None
    n: int
    n_of: str
    missing: str = ""
    is_partial: bool = False
    note: str = ""

    def __post_init__(self) -> None:
        if (self.value is None) != bool(self.missing):
            raise ValueError("A figure has a value, or says why it has none.")

    @classmethod
    def none(cls, measure: Measure, missing: str, *, n: int = 0, n_of: str = "") -> "Figure":
        """No figure, and why."""
        return cls(measure, None, n, n_of, missing)

    def noted(self, note: str) -> "Figure":
        """The same with a further note."""
        return replace(self, note=" ".join(filter(None, (self.note, note)))) if note else self


class Part(NamedTuple):
    """A figure of one part of the business; ``key`` is what a cut takes, None where it opens no further."""

    key: Key
    label: str
    figure: Figure
