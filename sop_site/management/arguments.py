"""Arguments that several commands take."""

from argparse import ArgumentTypeError
from datetime import date


def day_of(text: str) -> date:
    """A day written as 2026-11-22; ArgumentTypeError, which the command line shows, for any other text."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(f"“{text}” is not a date; write it as 2026-11-22.") from None
