"""The tables of the consensus."""

from planning.consensus.models.agreement import ForecastSignature, Remark, Submission
from planning.consensus.models.forecast import (
    HORIZON_MONTHS,
    Cycle,
    ForecastBlock,
    ForecastEntry,
    ForecastVersion,
)
from planning.consensus.models.measured import LayerAccuracy, RaiseOutcome

__all__ = [
    "HORIZON_MONTHS",
    "Cycle",
    "ForecastBlock",
    "ForecastEntry",
    "ForecastSignature",
    "ForecastVersion",
    "LayerAccuracy",
    "RaiseOutcome",
    "Remark",
    "Submission",
]
