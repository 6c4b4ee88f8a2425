"""The lab's engine: what thresholds would have flagged, and how that compares with what came.

Public names::

    SeenLines(cover, supply_units, expected_units, units_short, unit_cost)   all [n]
    Truth(was_out, is_known)                                                 all [n]
    flagged(lines, cover_threshold) -> [n]
    extra_units(lines, cover_threshold) -> [n]
    judgement(lines, cover_threshold, truth, weeks) -> Judgement
    Windows(column, first_day, after_day)                                    all [m]
    supply_of(windows, available, sent, units), units_of(windows, units), short_of(windows, available, units)

A line is a SKU at a place in one campaign, as it was seen some weeks before the campaign.
"""

from .judging import Judgement, SeenLines, Truth, extra_units, flagged, judgement
from .windows import Windows, short_of, supply_of, units_of

__all__ = [
    "Judgement",
    "SeenLines",
    "Truth",
    "Windows",
    "extra_units",
    "flagged",
    "judgement",
    "short_of",
    "supply_of",
    "units_of",
]
