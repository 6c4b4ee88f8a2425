"""History: who changed what, when, from what to what, and why."""

from typing import Any

import pghistory
from django.db import models


def note_change(*, by, note: str = "") -> None:
    """Give the changes of this transaction their author and their reason.

    To be called inside a `pghistory.context` (every request has one; tasks and commands open their own).
    """
    pghistory.context(user=by.pk if by is not None else None, note=note)


def state_number_of(row: models.Model) -> int:
    """How often a row with a history was written, its first time included.

    It grows with every change, also with one back to what was, so that it names a state that no earlier or
    later one has: in the key under which people are told of it.
    """
    tracked: Any = type(row)
    count: int = tracked.pgh_event_model.objects.filter(pgh_obj=row.pk).count()
    return count
