"""What can be wrong with a feed, in sentences for the person who made it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from operator import attrgetter

SHOWN_ROW_ERRORS = 50


class FeedError(Exception):
    """A feed cannot be loaded; the message says which file and why."""


class NotATable(FeedError):
    """The file is no table of comma, semicolon or tab separated values with headings."""


@dataclass(frozen=True, slots=True)
class RowError:
    """One bad value: the file, the line in it (the heading is line 1), the column, and the reason."""

    file_name: str
    line_number: int
    column: str
    reason: str

    def __str__(self) -> str:
        return f"{self.file_name}, line {self.line_number}, column {self.column}: {self.reason}"


class BadRows(FeedError):
    """A file has rows that cannot be loaded, so nothing of it is written."""

    def __init__(self, errors: "RowErrors") -> None:
        self.errors = errors
        super().__init__("\n".join(errors.lines()))


@dataclass(slots=True)
class RowErrors:
    """The bad values of one file: all are counted, the first 50 are kept."""

    file_name: str
    kept: list[RowError] = field(default_factory=list)
    _places: set[tuple[int, str]] = field(default_factory=set)

    @property
    def count(self) -> int:
        """How many values are bad."""
        return len(self._places)

    def add(self, line_number: int, column: str, reason: str) -> None:
        """Note one bad value; of several reasons the first stands."""
        if (line_number, column) in self._places:
            return
        self._places.add((line_number, column))
        if len(self.kept) < SHOWN_ROW_ERRORS:
            self.kept.append(RowError(self.file_name, line_number, column, reason))

    def lines(self) -> Iterator[str]:
        """A sentence with the count, then one line for each kept error, in the order of the file."""
        what = "error" if self.count == 1 else "errors"
        shown = f"; the first {len(self.kept)} are" if self.count > len(self.kept) else ""
        yield f"{self.file_name} has {self.count:,} {what}; nothing was loaded{shown}:"
        yield from (str(error) for error in sorted(self.kept, key=attrgetter("line_number")))
