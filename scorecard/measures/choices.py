"""The measures of the scorecard: in words, with formula and source, and which slices they know."""

from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Final

from django.db import models


class SellingChannel(models.TextChoices):
    """Where a door sells."""

    STORES = "stores", "Stores"
    ECOMMERCE = "ecommerce", "E-commerce"


class DayState(IntEnum):
    """One day of a SKU at a door in a campaign."""

    NOT_SEEN = 0
    IN_STOCK = 1
    OUT = 2
    # Not ranged, or the door was closed: in no denominator.
    NOT_OFFERED = 3


class Group(models.TextChoices):
    """Whose business a measure is; the shared outcome stands above both functions."""

    OUTCOME = "outcome", "The outcome we share"
    FORECAST = "forecast", "Forecast"
    INVENTORY = "inventory", "Planning: stock"
    MARKETING = "marketing", "Marketing: demand"
    PROCESS = "process", "How we decide"


class Unit(StrEnum):
    """How a figure is written."""

    SHARE = "share"  # 0.131 is 13.1 %
    POINTS = "points"  # a difference of shares: 0.021 is 2.1 points
    RATIO = "ratio"  # times
    WEEKS = "weeks"
    DAYS = "days"
    COUNT = "count"
    MONEY = "money"


class Better(StrEnum):
    """Which way is good."""

    LOWER = "lower"
    HIGHER = "higher"
    NEITHER = "neither"


class Slice(StrEnum):
    """What a measure can be divided by."""

    CATEGORY = "category"
    REGION = "region"
    CHANNEL = "channel"
    MECHANIC = "mechanic"


class Measure(models.TextChoices):
    """What the scorecard measures."""

    STOCKOUT_DAYS = "stockout_days", "Stockout rate on promoted items, door-days"
    STOCKOUT_DEMAND = "stockout_demand", "Stockout rate on promoted items, by demand"
    STOCKOUT_INCIDENCE = "stockout_incidence", "Promoted SKUs with a stockout"
    STOCKOUT_DAYS_OTHER = "stockout_days_other", "Stockout rate without promotion, door-days"
    LOST_MARGIN = "lost_margin", "Margin lost to stockouts"
    ACCURACY_PROMOTED = "accuracy_promoted", "Forecast accuracy, promoted"
    ACCURACY_OTHER = "accuracy_other", "Forecast accuracy, not promoted"
    BIAS = "bias", "Forecast bias"
    VALUE_MARKETING = "value_marketing", "Forecast value added by Marketing"
    VALUE_PLANNING = "value_planning", "Forecast value added by Planning"
    VALUE_MERCHANDISING = "value_merchandising", "Forecast value added by Merchandising"
    VALUE_CONSENSUS = "value_consensus", "Forecast value added by the consensus"
    TURN = "turn", "Inventory turn"
    WEEKS_BACK = "weeks_back", "Weeks of supply, on past sales"
    WEEKS_FORWARD = "weeks_forward", "Weeks of supply, on the forecast"
    SELL_THROUGH = "sell_through", "Sell-through"
    MARKDOWN = "markdown", "Markdown rate"
    GMROI = "gmroi", "Gross margin return on inventory"
    VISITS = "visits", "Visits against plan"
    CONVERSION = "conversion", "Conversion"
    REVENUE = "revenue", "Campaign revenue against plan"
    SEEN_EARLY = "seen_early", "Risks seen six weeks ahead or more"
    DECISION_LEAD = "decision_lead", "Lead time at decision, median"
    DECIDED_IN_TIME = "decided_in_time", "Decided before the decide-by date"
    REMEDIES_WORKED = "remedies_worked", "Remedies that worked"
    LATE_SUBMISSIONS = "late_submissions", "Campaigns submitted late"

    @property
    def facts(self) -> "MeasureFacts":
        """Its formula, source, unit and direction."""
        return FACTS[self]


@dataclass(frozen=True, slots=True)
class MeasureFacts:
    """How a measure is written, judged, explained and divided."""

    group: Group
    unit: Unit
    better: Better
    formula: str
    source: str
    slices: frozenset[Slice]


_ALL: Final = frozenset(Slice)
_STOCK: Final = frozenset({Slice.CATEGORY, Slice.REGION, Slice.CHANNEL})
_FORECAST: Final = frozenset({Slice.CATEGORY, Slice.REGION})
_CAMPAIGN: Final = frozenset({Slice.CHANNEL, Slice.MECHANIC})
_PROCESS: Final = frozenset({Slice.CATEGORY, Slice.MECHANIC})
_SALES_AND_STOCK: Final = "Weekly sales and the stock that each night counted"
_FORECASTS: Final = "The signed forecasts and weekly sales"
_RESULTS: Final = "What Marketing entered of its campaigns"
_FLAGS: Final = "Flags, decisions and remedies of the Bridge"


def _stock(unit: Unit, better: Better, formula: str) -> MeasureFacts:
    return MeasureFacts(Group.INVENTORY, unit, better, formula, _SALES_AND_STOCK, _STOCK)


def _process(unit: Unit, better: Better, formula: str) -> MeasureFacts:
    return MeasureFacts(Group.PROCESS, unit, better, formula, _FLAGS, _PROCESS)


def _outcome(unit: Unit, formula: str) -> MeasureFacts:
    return MeasureFacts(Group.OUTCOME, unit, Better.LOWER, formula, _SALES_AND_STOCK, _ALL)


def _value_added(before: str, after: str) -> MeasureFacts:
    formula = f"WMAPE of {before} − WMAPE of {after}, on the same SKUs, weeks and sales"
    return MeasureFacts(Group.FORECAST, Unit.POINTS, Better.HIGHER, formula, _FORECASTS, _FORECAST)


FACTS: Final[dict[Measure, MeasureFacts]] = {
    Measure.STOCKOUT_DAYS: _outcome(
        Unit.SHARE, "Promoted SKU-door-days out of stock ÷ promoted SKU-door-days ranged and open"
    ),
    Measure.STOCKOUT_DEMAND: _outcome(Unit.SHARE, "Unmet units of promoted demand ÷ promoted demand"),
    Measure.STOCKOUT_INCIDENCE: MeasureFacts(
        Group.OUTCOME,
        Unit.SHARE,
        Better.LOWER,
        "Promoted SKUs with at least one day out of stock ÷ promoted SKUs",
        "The days of each campaign, as each night saw them",
        _ALL,
    ),
    Measure.STOCKOUT_DAYS_OTHER: MeasureFacts(
        Group.OUTCOME,
        Unit.SHARE,
        Better.LOWER,
        "Other SKU-door-days out of stock ÷ other SKU-door-days ranged and open",
        _SALES_AND_STOCK,
        _STOCK,
    ),
    Measure.LOST_MARGIN: _outcome(Unit.MONEY, "Unmet units of promoted demand × (price − cost)"),
    Measure.ACCURACY_PROMOTED: MeasureFacts(
        Group.FORECAST,
        Unit.SHARE,
        Better.HIGHER,
        "1 − WMAPE, which is Σ|sold − forecast| ÷ Σ sold, of SKU-weeks with a promotion; not below 0",
        _FORECASTS,
        _FORECAST,
    ),
    Measure.ACCURACY_OTHER: MeasureFacts(
        Group.FORECAST,
        Unit.SHARE,
        Better.HIGHER,
        "1 − WMAPE, which is Σ|sold − forecast| ÷ Σ sold, of SKU-weeks without a promotion; not below 0",
        _FORECASTS,
        _FORECAST,
    ),
    Measure.BIAS: MeasureFacts(
        Group.FORECAST,
        Unit.SHARE,
        Better.NEITHER,
        "(Σ forecast − Σ sold) ÷ Σ sold: above zero is over-forecast",
        _FORECASTS,
        _FORECAST,
    ),
    Measure.VALUE_MARKETING: _value_added("the forecast with campaigns", "Marketing’s"),
    Measure.VALUE_PLANNING: _value_added("Marketing’s", "Planning’s"),
    Measure.VALUE_MERCHANDISING: _value_added("Planning’s", "Merchandising’s"),
    Measure.VALUE_CONSENSUS: _value_added("Merchandising’s", "the consensus"),
    Measure.TURN: _stock(
        Unit.RATIO,
        Better.HIGHER,
        "Sales at cost ÷ average inventory at cost, a year’s worth (× 52 ÷ weeks)",
    ),
    Measure.WEEKS_BACK: _stock(
        Unit.WEEKS, Better.NEITHER, "Stock at the start of the last week ÷ mean weekly sales of the 4 before"
    ),
    Measure.WEEKS_FORWARD: _stock(
        Unit.WEEKS,
        Better.NEITHER,
        "Whole weeks of forecast that the stock at the end covers, and the fraction",
    ),
    Measure.SELL_THROUGH: _stock(Unit.SHARE, Better.HIGHER, "Units sold ÷ units on hand at the start"),
    Measure.MARKDOWN: _stock(Unit.SHARE, Better.LOWER, "Given away below the base price ÷ net sales"),
    Measure.GMROI: _stock(Unit.RATIO, Better.HIGHER, "Gross margin ÷ average inventory at cost"),
    Measure.VISITS: MeasureFacts(
        Group.MARKETING, Unit.SHARE, Better.HIGHER, "Visits ÷ planned visits", _RESULTS, _CAMPAIGN
    ),
    Measure.CONVERSION: MeasureFacts(
        Group.MARKETING, Unit.SHARE, Better.HIGHER, "Orders ÷ visits", _RESULTS, _CAMPAIGN
    ),
    Measure.REVENUE: MeasureFacts(
        Group.MARKETING,
        Unit.SHARE,
        Better.HIGHER,
        "Campaign revenue ÷ planned campaign revenue",
        _RESULTS,
        _CAMPAIGN,
    ),
    Measure.SEEN_EARLY: _process(
        Unit.SHARE, Better.HIGHER, "Risks first seen 42 days before the campaign or earlier ÷ risks"
    ),
    Measure.DECISION_LEAD: _process(
        Unit.DAYS, Better.HIGHER, "Median days from the decision to the campaign’s start"
    ),
    Measure.DECIDED_IN_TIME: _process(
        Unit.SHARE, Better.HIGHER, "Decided by their decide-by date ÷ decided risks that have one"
    ),
    Measure.REMEDIES_WORKED: _process(
        Unit.SHARE,
        Better.HIGHER,
        "SKUs with a remedy that were never out in the campaign ÷ SKUs with a remedy",
    ),
    Measure.LATE_SUBMISSIONS: MeasureFacts(
        Group.PROCESS,
        Unit.SHARE,
        Better.LOWER,
        "Campaigns submitted less than the decision window before their start ÷ campaigns submitted",
        "Campaigns",
        _CAMPAIGN,
    ),
}
