"""Gathers Planning's tables."""

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
    "Decision",
    "Flag",
    "FlagEvent",
    "FlagLine",
    "RecalculationRun",
    "Receipt",
    "Remedy",
    "RiskAcceptance",
    "Route",
    "RunChunk",
    "StockPosition",
    "Transfer",
]
