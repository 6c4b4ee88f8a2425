"""A night's work: one step after the other, whatever becomes of each."""

import logging
from collections.abc import Callable
from typing import TypeVar

from django.db import connection

Result = TypeVar("Result")

logger = logging.getLogger(__name__)


def do_step(work: Callable[[], Result], *, otherwise: str) -> Result | None:
    """Do one step of a night; where it fails, log ``otherwise`` with the cause, and let the night go on.

    Returns what ``work`` does, None where it failed. A connection that was lost on the way is given
    up, so that the next step begins on another.
    """
    try:
        return work()
    except Exception:
        logger.exception(otherwise)
        if not connection.in_atomic_block and not connection.is_usable():
            connection.close()
        return None
