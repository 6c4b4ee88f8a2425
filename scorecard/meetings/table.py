"""The table beside a point of an agenda."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.conf import settings

from scorecard.about.about import Thing
from sop_site import formats

ROWS_SHOWN: Final = 10
THINGS_OFFERED: Final = 50

Head = tuple[str, bool]


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell: its words, where they lead, and whether it is a number."""

    words: str
    url: str = ""
    is_number: bool = False


@dataclass(frozen=True, slots=True)
class PointData:
    """A small table: its heads (with whether they stand over numbers) and rows; ``more`` are left out.

    ``things`` are what its rows are about, also of rows that are left out, for decisions and actions about
    one of them. ``repeats_detail`` where it says all that the words of the point do. ``is_wide`` where its
    columns are read beside one another: on a phone it scrolls, and its rows do not become cards.
    """

    heads: Sequence[Head]
    rows: Sequence[Sequence[Cell]]
    more: int = 0
    things: Sequence[Thing] = ()
    repeats_detail: bool = False
    is_wide: bool = False

    @property
    def labelled_rows(self) -> list[list[tuple[str, Cell]]]:
        """The rows, each cell with the head of its column, which stands before it on a phone."""
        labels = [head for head, _ in self.heads]
        return [list(zip(labels, cells, strict=True)) for cells in self.rows]


def table_of(
    heads: Sequence[Head],
    rows: Sequence[Sequence[Cell]],
    things: Sequence[Thing] = (),
    *,
    repeats_detail: bool = False,
) -> PointData | None:
    """The first rows with what all are about; None where there is no row."""
    if not rows:
        return None
    more = max(0, len(rows) - ROWS_SHOWN)
    return PointData(heads, rows[:ROWS_SHOWN], more, things[:THINGS_OFFERED], repeats_detail)


def number(words: str, url: str = "") -> Cell:
    """A cell that is a number."""
    return Cell(words, url, is_number=True)


def money_words(amount: float | None) -> str:
    """Money for a narrow place; in words where there is no price."""
    return "no price" if amount is None else formats.money(amount, settings.CURRENCY)


def signed_words(amount: float | None) -> str:
    """The same with its sign."""
    return "no price" if amount is None else formats.signed_money(amount, settings.CURRENCY)
