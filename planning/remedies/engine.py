"""What the remedies room uses of the decide-by engine.

The numbers stand in the risk room, because the recalculation writes them on the flag.
"""

from planning.risk.engine.decide_by import (
    BasisPart,
    DecideBy,
    FlagDecideBy,
    Need,
    Remedy,
    Source,
    decide_by_dates,
    fastest_transfer_days,
    flag_decide_by,
    known_or_default,
    spare_units,
)

__all__ = [
    "BasisPart",
    "DecideBy",
    "FlagDecideBy",
    "Need",
    "Remedy",
    "Source",
    "decide_by_dates",
    "fastest_transfer_days",
    "flag_decide_by",
    "known_or_default",
    "spare_units",
]
