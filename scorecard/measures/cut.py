"""What part of the business a figure is about."""

from dataclasses import dataclass, replace
from typing import Any

from scorecard.measures.choices import Slice

DEFAULT_LAG_WEEKS = 4

_FIELDS = {
    Slice.CATEGORY: "category_id",
    Slice.REGION: "region",
    Slice.CHANNEL: "channel",
    Slice.MECHANIC: "mechanic_id",
}


@dataclass(frozen=True, slots=True)
class Cut:
    """A category with all below it, a region, a channel, a mechanic, or some of them together.

    ``lag_weeks`` says how long before each week the forecast was in force whose error is meant.
    """

    category_id: int | None = None
    region: str = ""
    channel: str = ""
    mechanic_id: int | None = None
    lag_weeks: int = DEFAULT_LAG_WEEKS

    @property
    def slices(self) -> frozenset[Slice]:
        """By what it is narrowed."""
        return frozenset(of for of, field in _FIELDS.items() if getattr(self, field))

    def within(self, by: Slice, key: int | str) -> "Cut":
        """This cut narrowed to one part of ``by``, whose key `breakdown_of` said."""
        values: dict[str, Any] = {_FIELDS[by]: key}
        return replace(self, **values)
