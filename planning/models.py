"""Gathers Planning's tables."""

from planning.buying.models import BuyLine, BuyPlan, OpenToBuy
from planning.consensus.models import (
    Cycle,
    ForecastBlock,
    ForecastEntry,
    ForecastSignature,
    ForecastVersion,
    LayerAccuracy,
    RaiseOutcome,
    Remark,
    Submission,
)
from planning.remedies.models import Remedy
from planning.risk.models import (
    ApprovalSignature,
    Decision,
    Flag,
    FlagEvent,
    FlagLine,
    RecalculationRun,
    RiskAcceptance,
    RunChunk,
)
from planning.supply.models import Receipt, Route, StockPosition, Transfer

__all__ = [
    "ApprovalSignature",
    "BuyLine",
    "BuyPlan",
    "Cycle",
    "Decision",
    "Flag",
    "FlagEvent",
    "FlagLine",
    "ForecastBlock",
    "ForecastEntry",
    "ForecastSignature",
    "ForecastVersion",
    "LayerAccuracy",
    "OpenToBuy",
    "RaiseOutcome",
    "RecalculationRun",
    "Receipt",
    "Remark",
    "Remedy",
    "RiskAcceptance",
    "Route",
    "RunChunk",
    "StockPosition",
    "Submission",
    "Transfer",
]
