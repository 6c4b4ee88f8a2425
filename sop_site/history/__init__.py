"""History: who changed what, when, from what to what, and why."""

import pghistory


def note_change(*, by, note: str = "") -> None:
    """Give the changes of this transaction their author and their reason.

    To be called inside a `pghistory.context` (every request has one; tasks and commands open their own).
    """
    pghistory.context(user=by.pk if by is not None else None, note=note)
