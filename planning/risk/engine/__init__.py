"""The risk engine: which promoted SKU-doors cannot be served (definitions: Stockout risk).

Public names::

    State (IntEnum: OK < NO_DATA < WATCH < AT_RISK < STOCKOUT < OUT; .slug, .is_flagged, State.of_slug)
    Change (IntEnum: UNCHANGED, OPENED, WORSENED, EASED, CLEARED, REOPENED; .slug)
    window_supply(projection, lines) -> WindowSupply                                  per line and door
    assess_lines(projection, without_inbound, lines, cover_threshold, watch_margin) -> LineRisk
    assess_weeks(projection, without_inbound, lines, cover_threshold, watch_margin) -> WeekRisk
    roll_up(lines, risk, unit_price, unit_cost) -> FlagRisk                           per campaign line
    money_short(units_short, unit_price, unit_cost) -> (revenue_short, margin_short)
    covered_share(cover, expected_units, units_short) -> the part of the demand that is served in time
    short_probability(shares, ratios, covered) -> the chance that demand is more than that part
    reconcile(previous_state, previous_units_short, state, units_short) -> Change numbers
    worse_than_accepted(accepted_units_short, accepted_revenue_short, units_short, revenue_short,
                        growth_tolerance) -> flags
    NO_DAY = -1 (no short day), NO_FLAG = -1 (no previous state)

``cover = constrained supply available to the window / expected demand in the window``, from today on.
The supply is what the door itself can sell in the window, and its part of what its DC could still
send in time: a door that is replenished to its needs would otherwise never cover more than 1.0,
however full its DC. Days inside a bucket are even for the baseline; a campaign's uplift falls on its
own days only.

The whole way: ``demand = expected_demand(...)``; ``projection = project(..., receipts, transfers)``;
``bare = project(..., Receipts.none(), Transfers.none())``; ``risk = assess_lines(projection, bare,
lines, ...)``; ``flags = roll_up(lines, risk, ...)``; then ``reconcile`` with what is stored.
"""

from .flags import NO_FLAG, FlagRisk, money_short, reconcile, roll_up, worse_than_accepted
from .lines import NO_DAY, LineRisk, WindowSupply, assess_lines, window_supply
from .probability import covered_share, short_probability
from .states import Change, State
from .weeks import WeekRisk, assess_weeks

__all__ = [
    "NO_DAY",
    "NO_FLAG",
    "Change",
    "FlagRisk",
    "LineRisk",
    "State",
    "WeekRisk",
    "WindowSupply",
    "assess_lines",
    "assess_weeks",
    "covered_share",
    "money_short",
    "reconcile",
    "roll_up",
    "short_probability",
    "window_supply",
    "worse_than_accepted",
]
