"""What each limit of the operating model does, in plain words, and how its values are written."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from django.conf import settings

from sop_site import formats
from sop_site.operating_model.limits import Limit


class LimitUnit(StrEnum):
    """How a limit is counted; a share is kept as a ratio and written, and typed, in percent."""

    COVER = "cover"
    SHARE = "share"
    PERCENT = "percent"
    DAYS = "days"
    WEEKS = "weeks"
    WHOLE_WEEKS = "whole weeks"
    MONEY = "money"
    PLUS_MINUS = "plus and minus"

    @property
    def suffix(self) -> str:
        """What stands behind the number that is typed."""
        if self is LimitUnit.COVER:
            return formats.TIMES
        if self is LimitUnit.MONEY:
            return settings.CURRENCY
        if self is LimitUnit.PLUS_MINUS:
            return "±"
        if self in (LimitUnit.SHARE, LimitUnit.PERCENT):
            return "%"
        return "days" if self is LimitUnit.DAYS else "weeks"

    @property
    def is_whole(self) -> bool:
        """Whether only whole numbers are values."""
        return self in (LimitUnit.DAYS, LimitUnit.WHOLE_WEEKS)

    def text(self, value: float | None) -> str:
        """A value as people write it: ``1.25×``, ``12.5%``, ``21 days``, ``$10,000``; ``none`` for None."""
        if value is None:
            return "none"
        if self is LimitUnit.MONEY:
            return formats.money_full(value, settings.CURRENCY)
        if self is LimitUnit.COVER:
            return f"{value:.2f}{formats.TIMES}"
        if self is LimitUnit.PLUS_MINUS:
            return f"±{_trimmed(value)}"
        if self in (LimitUnit.SHARE, LimitUnit.PERCENT):
            return f"{_trimmed(float(value) * (100 if self is LimitUnit.SHARE else 1))}%"
        noun = "day" if self is LimitUnit.DAYS else "week"
        return f"{_trimmed(value)} {noun}{'' if value == 1 else 's'}"


@dataclass(frozen=True, slots=True)
class LimitMeaning:
    """A limit by its field: its name, what it does, and the least and the most that it can be.

    The bounds are in what is typed, so in percent for a share. ``or_none`` where it may be left open.
    """

    field: str
    label: str
    help: str
    unit: LimitUnit
    least: float
    most: float
    or_none: bool = False


@dataclass(frozen=True, slots=True)
class LimitGroup:
    """Limits that are thought of together."""

    title: str
    about: str
    limits: tuple[LimitMeaning, ...]


ORDERS_SERVE_REGIONS: Final = (
    "Orders are for DCs, which serve several regions: set this for a category alone."
)
GROUPS: Final = (
    LimitGroup(
        "What counts as a risk",
        "Cover is the supply over a campaign divided by the demand that is expected in it.",
        (
            LimitMeaning(
                "cover_threshold",
                "Cover threshold",
                "A SKU is at risk where its cover is under this. Higher raises more flags.",
                LimitUnit.COVER,
                0.1,
                10,
            ),
            LimitMeaning(
                "watch_margin",
                "Watch margin",
                "Cover less than this above the threshold is watched, without asking for a decision.",
                LimitUnit.COVER,
                0,
                10,
            ),
        ),
    ),
    LimitGroup(
        "When and by whom it is decided",
        "The decision window is counted back from a campaign's first week. A campaign of several categories"
        " or regions has the longest of their windows.",
        (
            LimitMeaning(
                "decision_window_to_weeks",
                "Window begins",
                "From so many weeks before its start Planning wants to see a campaign.",
                LimitUnit.WHOLE_WEEKS,
                0,
                52,
            ),
            LimitMeaning(
                "decision_window_from_weeks",
                "Window ends",
                "By so many weeks before its start Planning wants to have decided on a campaign.",
                LimitUnit.WHOLE_WEEKS,
                0,
                52,
            ),
            LimitMeaning(
                "lead_time_buffer_days",
                "Lead-time buffer",
                "Added to what a supplier or a route takes, so that a decision is asked for, and an order is"
                " to be placed, so much earlier.",
                LimitUnit.DAYS,
                0,
                180,
            ),
            LimitMeaning(
                "large_risk_amount",
                "Large risk",
                "Accepting more revenue at risk than this takes the VP Planning and the CMO together. Where"
                " regions differ, the lowest of those at risk counts.",
                LimitUnit.MONEY,
                0,
                9_999_999_999,
            ),
            LimitMeaning(
                "accepted_growth_tolerance",
                "Accepted growth",
                "A risk that grows by more than this past its accepted size comes back for a decision.",
                LimitUnit.SHARE,
                0,
                1_000,
            ),
        ),
    ),
    LimitGroup(
        "How plans may change",
        "Days are counted back from a campaign's first day.",
        (
            LimitMeaning(
                "lift_to_confirm_percent",
                "Lift to confirm",
                "Whoever enters an expected lift above this is asked whether they mean it.",
                LimitUnit.PERCENT,
                0,
                100_000,
            ),
            LimitMeaning(
                "creative_lock_days",
                "Creative lock",
                "In the last so many days before a campaign its featured SKUs cannot change.",
                LimitUnit.DAYS,
                0,
                365,
            ),
            LimitMeaning(
                "media_lock_days",
                "Media lock",
                "In the last so many days before a campaign its size cannot change.",
                LimitUnit.DAYS,
                0,
                365,
            ),
        ),
    ),
    LimitGroup(
        "Where nobody has entered how long it takes",
        "What a SKU or a route says itself comes first.",
        (
            LimitMeaning(
                "default_lead_time_days",
                "Lead time",
                "From the order to the receipt.",
                LimitUnit.DAYS,
                0,
                730,
            ),
            LimitMeaning(
                "default_expedite_days",
                "Expedited",
                "From the decision to the receipt, where a supplier hurries.",
                LimitUnit.DAYS,
                0,
                730,
            ),
            LimitMeaning(
                "default_transfer_days",
                "Transfer",
                "From one door, or the DC, to another door.",
                LimitUnit.DAYS,
                0,
                365,
            ),
        ),
    ),
    LimitGroup(
        "Monthly consensus",
        "Days are counted from the first day of the fiscal month.",
        (
            LimitMeaning(
                "consensus_submit_days",
                "Submit",
                "By when the functions hand in their forecasts.",
                LimitUnit.DAYS,
                0,
                27,
            ),
            LimitMeaning(
                "consensus_reconcile_days",
                "Reconcile",
                "By when they agree on one number.",
                LimitUnit.DAYS,
                0,
                27,
            ),
            LimitMeaning(
                "consensus_sign_days",
                "Sign",
                "By when the forecast is signed.",
                LimitUnit.DAYS,
                0,
                27,
            ),
            LimitMeaning(
                "consensus_drift_tolerance",
                "Consensus drift",
                "Expected units this far above or below the signed forecast go to the weekly review.",
                LimitUnit.SHARE,
                0,
                1_000,
            ),
        ),
    ),
    LimitGroup(
        "What planned orders keep in stock",
        "Weeks of cover, or a chance of staying in stock in their place.",
        (
            LimitMeaning(
                "target_cover_weeks",
                "Target cover",
                "Planned orders keep so many weeks of demand in stock.",
                LimitUnit.WEEKS,
                0,
                52,
            ),
            LimitMeaning(
                "buy_service_level",
                "Service level",
                "If set, planned orders aim at this chance of staying in stock, whatever the weeks of cover.",
                LimitUnit.SHARE,
                50,
                99.9,
                or_none=True,
            ),
            LimitMeaning(
                "horizon_weeks",
                "Order horizon",
                "Planned orders are worked out that must be placed within so many weeks.",
                LimitUnit.WHOLE_WEEKS,
                1,
                104,
            ),
        ),
    ),
    LimitGroup(
        "Weekly demand signal",
        "The tracking signal is the sum of the weeks' errors divided by their mean size: near 0 where the"
        " forecast is right on average, and further off by 1 a week where it is always too low or too high.",
        (
            LimitMeaning(
                "demand_signal_limit",
                "Tracking signal",
                "A SKU beyond this, above or below, is out of its limits. Higher raises fewer signals.",
                LimitUnit.PLUS_MINUS,
                1,
                13,
            ),
            LimitMeaning(
                "demand_signal_least_share",
                "Least miss",
                "It is raised if what it sold is off its forecast by this share or more.",
                LimitUnit.SHARE,
                0,
                100,
            ),
        ),
    ),
    LimitGroup(
        "Scorecard",
        "",
        (
            LimitMeaning(
                "closing_days",
                "Closing",
                "So many days after its end a week's figures are closed and change no more.",
                LimitUnit.DAYS,
                0,
                90,
            ),
        ),
    ),
)
MEANINGS: Final = {limit.field: limit for group in GROUPS for limit in group.limits}
# What a category or a region may have of its own.
SCOPED_MEANINGS: Final = tuple(MEANINGS[limit] for limit in Limit)
# What a category alone may have, and why a region may not.
NOT_BY_REGION: Final = {
    Limit.TARGET_COVER_WEEKS: ORDERS_SERVE_REGIONS,
    Limit.BUY_SERVICE_LEVEL: ORDERS_SERVE_REGIONS,
    Limit.CONSENSUS_DRIFT: "A SKU is held against the signed forecast over all its doors: set this for a"
    " category alone.",
}


def _trimmed(value: float) -> str:
    """``1,000``, ``12.5``: no more decimals than there are."""
    return f"{round(float(value), 4):,.10g}"
