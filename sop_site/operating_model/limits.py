"""What an operating model asks for in a category and a region: its own limits, and those of its scopes.

The narrowest scope that says a limit counts: first the scopes of the category and of those above it, the
deepest first and with the region before without; then that of the region alone; then the version itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from sop_site.operating_model.models import OperatingModel, OperatingModelScope

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

SEPARATOR: Final = " > "


class Limit(StrEnum):
    """The limits that scopes may set, by their field; None among values means that none is set."""

    COVER_THRESHOLD = "cover_threshold"
    WATCH_MARGIN = "watch_margin"
    WINDOW_TO_WEEKS = "decision_window_to_weeks"
    WINDOW_FROM_WEEKS = "decision_window_from_weeks"
    LEAD_TIME_BUFFER_DAYS = "lead_time_buffer_days"
    LARGE_RISK_AMOUNT = "large_risk_amount"
    ACCEPTED_GROWTH = "accepted_growth_tolerance"
    CONSENSUS_DRIFT = "consensus_drift_tolerance"
    TARGET_COVER_WEEKS = "target_cover_weeks"
    BUY_SERVICE_LEVEL = "buy_service_level"


# What the recalculation lays over campaign lines; and what planned orders keep in stock.
RISK_LIMITS: Final = (
    Limit.COVER_THRESHOLD,
    Limit.WATCH_MARGIN,
    Limit.LEAD_TIME_BUFFER_DAYS,
    Limit.ACCEPTED_GROWTH,
)
BUY_LIMITS: Final = (Limit.TARGET_COVER_WEEKS, Limit.BUY_SERVICE_LEVEL)
# Both ends of the decision window: a scope sets the two together.
WINDOW_LIMITS: Final = (Limit.WINDOW_FROM_WEEKS, Limit.WINDOW_TO_WEEKS)


@dataclass(frozen=True, slots=True)
class ResolvedLimit:
    """A limit as it counts somewhere, and the scope that says it; both names are "" for the version's own."""

    value: float | None
    category_path: str = ""
    region: str = ""

    @property
    def where(self) -> str:
        """The scope in words: ``Women > Tops in North``, ``North``, or nothing for the version's own."""
        return " in ".join(filter(None, (self.category_path, self.region)))

    @property
    def depth(self) -> int:
        """How many names of the merchandise tree the scope has, 0 for all of it."""
        return len(self.category_path.split(SEPARATOR)) if self.category_path else 0


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of one version: ``own`` by limit, and ``scoped`` by category path, region and limit."""

    version: int
    own: dict[Limit, float | None]
    scoped: dict[tuple[str, str], dict[Limit, float]]

    @classmethod
    def of(cls, model: OperatingModel) -> Self:
        """Those of ``model``, with what it says of single categories and regions."""
        return cls(
            version=model.version,
            own={limit: _number(getattr(model, limit)) for limit in Limit},
            scoped={(scope.category_path, scope.region): limits_of(scope) for scope in model.scopes.all()},
        )

    def differ(self, limits: Sequence[Limit]) -> bool:
        """Whether any scope sets one of ``limits``, so that they are not the same everywhere."""
        return any(limit in said for said in self.scoped.values() for limit in limits)

    def resolved(self, limit: Limit, category_path: str, region: str) -> ResolvedLimit:
        """The limit in a category ("" for a SKU without one) and a region ("" where there is none)."""
        for path in _upwards(category_path):
            for narrowed in (region, "") if region else ("",):
                value = self.scoped.get((path, narrowed), {}).get(limit)
                if value is not None:
                    return ResolvedLimit(value, path, narrowed)
        value = self.scoped.get(("", region), {}).get(limit)
        return ResolvedLimit(self.own[limit]) if value is None else ResolvedLimit(value, "", region)

    def value(self, limit: Limit, category_path: str, region: str) -> float:
        """A limit that every version sets, in a category and a region."""
        value = self.resolved(limit, category_path, region).value
        if value is None:
            raise ValueError("Every version sets this limit.")
        return value

    def target_cover_weeks(self, category_path: str) -> ResolvedLimit:
        """The weeks of cover that planned orders of a category keep."""
        return self.resolved(Limit.TARGET_COVER_WEEKS, category_path, "")

    def service_level(self, category_path: str) -> ResolvedLimit:
        """The chance of staying in stock that planned orders of a category aim at, or None.

        None also where a narrower scope asks for weeks of cover instead: whoever sets these for a category
        means them. Orders are for DCs, which serve several regions, so regions say nothing here.
        """
        level = self.resolved(Limit.BUY_SERVICE_LEVEL, category_path, "")
        cover = self.target_cover_weeks(category_path)
        return level if level.depth >= cover.depth else ResolvedLimit(None, cover.category_path)

    def table(self, limit: Limit, category_paths: Sequence[str], regions: Sequence[str]) -> Floats:
        """What ``resolved`` says of each category in each region ``[c, r]``; NaN where nothing is set."""
        own = self.own[limit]
        table = np.full((len(category_paths), len(regions)), np.nan if own is None else own)
        widest_first = sorted(self.scoped.items(), key=lambda entry: _narrowness(*entry[0]))
        for (path, region), said in widest_first:
            if limit in said:
                rows = np.array([_lies_in(each, path) for each in category_paths], dtype=np.bool_)
                columns = np.array([region in ("", each) for each in regions], dtype=np.bool_)
                table[np.ix_(rows, columns)] = said[limit]
        return table


def limits_of(scope: OperatingModelScope) -> dict[Limit, float]:
    """The limits that a scope sets."""
    said = ((limit, _number(getattr(scope, limit))) for limit in Limit)
    return {limit: value for limit, value in said if value is not None}


def _upwards(category_path: str) -> list[str]:
    """The category and those above it, the deepest first; none for "" (no category)."""
    names = category_path.split(SEPARATOR) if category_path else []
    return [SEPARATOR.join(names[:count]) for count in range(len(names), 0, -1)]


def _lies_in(category_path: str, scope_path: str) -> bool:
    return not scope_path or f"{category_path}{SEPARATOR}".startswith(f"{scope_path}{SEPARATOR}")


def _narrowness(category_path: str, region: str) -> tuple[int, bool]:
    """Sorts scopes so that of two that hold the same place the one that counts comes last."""
    return ResolvedLimit(None, category_path).depth, bool(region)


def _number(value: float | Decimal | None) -> float | None:
    """Days and money are numbers like the others here."""
    return None if value is None else float(value)
