"""Flags that a threshold raises on what was seen, against what came (definitions: Stockout risk)."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

# Cover is a quotient: what differs from a threshold by less than this is the threshold.
ROUNDING: Final = 1e-9


@dataclass(frozen=True, slots=True)
class SeenLines:
    """``n`` campaign lines as they were seen before their campaign, each array ``[n]``.

    ``cover`` is supply available to the window / expected demand, that of the worst door where a line is of
    several; NaN where nothing was known of one of the two. ``supply_units``, ``expected_units`` and
    ``units_short``, the demand that was expected to go unserved in the window, are of all its doors.
    ``unit_cost`` is NaN where nobody entered it.
    """

    cover: Floats
    supply_units: Floats
    expected_units: Floats
    units_short: Floats
    unit_cost: Floats

    def __len__(self) -> int:
        return len(self.cover)

    def where(self, chosen: Flags) -> "SeenLines":
        """Those that a mask chooses."""
        return SeenLines(*(getattr(self, field.name)[chosen] for field in fields(self)))

    @classmethod
    def joined(cls, parts: Sequence["SeenLines"]) -> "SeenLines":
        """All of ``parts``, in their order."""
        names = [field.name for field in fields(cls)]
        return cls(
            *(np.concatenate([np.zeros(0), *(getattr(part, name) for part in parts)]) for name in names)
        )


@dataclass(frozen=True, slots=True)
class Truth:
    """Whether each line was out of stock in its campaign ``[n]``; where that is not known, it is not out."""

    was_out: Flags
    is_known: Flags

    def where(self, chosen: Flags) -> "Truth":
        """Those that a mask chooses."""
        return Truth(self.was_out[chosen], self.is_known[chosen])


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a threshold would have done on ``lines`` lines in ``weeks`` weeks.

    ``stockouts``, ``caught``, ``missed`` and ``false_alarms`` speak of lines whose truth is known;
    ``flags`` are all that would have been raised, ``flags_unjudged`` of them on the ``unjudged`` lines whose
    truth is not known. ``extra_units`` would bring every flagged line up to its threshold;
    ``inventory_cost`` is what they cost, and leaves out ``uncosted_units`` of them.
    """

    lines: int
    unjudged: int
    stockouts: int
    flags: int
    flags_unjudged: int
    caught: int
    extra_units: float
    inventory_cost: float
    uncosted_units: float
    weeks: int

    def __add__(self, other: "Judgement") -> "Judgement":
        """Both together: other lines, of other weeks."""
        return Judgement(*(getattr(self, field.name) + getattr(other, field.name) for field in fields(self)))

    @classmethod
    def none(cls) -> "Judgement":
        """Of no line in no week."""
        return cls(0, 0, 0, 0, 0, 0, 0.0, 0.0, 0.0, 0)

    @property
    def judged(self) -> int:
        """Lines whose truth is known."""
        return self.lines - self.unjudged

    @property
    def missed(self) -> int:
        """Stockouts that no flag foretold."""
        return self.stockouts - self.caught

    @property
    def false_alarms(self) -> int:
        """Flags, of lines whose truth is known, that no stockout followed."""
        return self.flags - self.flags_unjudged - self.caught

    @property
    def precision(self) -> float | None:
        """Stockouts caught / flags whose truth is known; None without such a flag."""
        return _share(self.caught, self.flags - self.flags_unjudged)

    @property
    def recall(self) -> float | None:
        """Stockouts caught / stockouts; None without a stockout."""
        return _share(self.caught, self.stockouts)

    @property
    def base_rate(self) -> float | None:
        """Stockouts / lines whose truth is known: the precision of a flag on every line."""
        return _share(self.stockouts, self.judged)

    @property
    def flags_a_week(self) -> float | None:
        """The workload; None without a week."""
        return _share(self.flags, self.weeks)


def flagged(lines: SeenLines, cover_threshold: float | Floats) -> Flags:
    """Lines that were expected to run short, or to be covered less than the threshold ``[n]``.

    Where nothing was known no flag is raised. A higher threshold never raises fewer.
    """
    with np.errstate(invalid="ignore"):
        return (lines.units_short > ROUNDING) | (lines.cover < np.asarray(cover_threshold) - ROUNDING)


def extra_units(lines: SeenLines, cover_threshold: float | Floats) -> Floats:
    """Units that bring flagged lines up to the threshold, and to no unit short; 0 for the others ``[n]``.

    What one door of a line has to spare counts for its others: it can be sent there.
    """
    wanted = np.asarray(cover_threshold) * lines.expected_units - lines.supply_units
    missing = np.maximum(np.maximum(wanted, lines.units_short), 0.0)
    return np.where(flagged(lines, cover_threshold), missing, 0.0)


def judgement(lines: SeenLines, cover_threshold: float | Floats, truth: Truth, weeks: int) -> Judgement:
    """What ``cover_threshold``, one number or one a line, would have done on lines of ``weeks`` weeks."""
    is_flagged = flagged(lines, cover_threshold)
    extra = extra_units(lines, cover_threshold)
    has_cost = np.isfinite(lines.unit_cost)
    was_out = truth.was_out & truth.is_known
    return Judgement(
        lines=len(lines),
        unjudged=int((~truth.is_known).sum()),
        stockouts=int(was_out.sum()),
        flags=int(is_flagged.sum()),
        flags_unjudged=int((is_flagged & ~truth.is_known).sum()),
        caught=int((is_flagged & was_out).sum()),
        extra_units=float(extra.sum()),
        inventory_cost=float((extra * np.nan_to_num(lines.unit_cost)).sum()),
        uncosted_units=float(extra[~has_cost].sum()),
        weeks=weeks,
    )


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
