"""Every write of the consensus."""

from planning.consensus.blocks import Scope
from planning.consensus.domain.entries import Change, Conflict, Entered, enter_units, take_layer
from planning.consensus.domain.remarks import close_point, remark
from planning.consensus.domain.signing import (
    StaleSnapshotError,
    WrongPasswordError,
    reopen_forecast,
    send_back,
    sign_forecast,
)
from planning.consensus.domain.stages import (
    ask_for_signatures,
    begin_due_reconciling,
    begin_reconciling,
    submit_forecast,
)

__all__ = [
    "Change",
    "Conflict",
    "Entered",
    "Scope",
    "StaleSnapshotError",
    "WrongPasswordError",
    "ask_for_signatures",
    "begin_due_reconciling",
    "begin_reconciling",
    "close_point",
    "enter_units",
    "remark",
    "reopen_forecast",
    "send_back",
    "sign_forecast",
    "submit_forecast",
    "take_layer",
]
