"""What may come of handing a message over, whichever the way."""

from collections.abc import Callable

# To be called when all is ready and before anything is handed over: commits that it is about to happen.
Announce = Callable[[], None]


class Refused(Exception):
    """The other side did not take the message and surely does not have it; ``is_final``: nor will it ever."""

    def __init__(self, reason: str, *, is_final: bool = False) -> None:
        super().__init__(reason)
        self.is_final = is_final


class Unreachable(Exception):
    """There is nobody there to hand anything over to."""


class Unknown(Exception):
    """The message was being handed over, and no clear answer came."""
