"""A table of text by column, read into typed columns; every bad value becomes a row error."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from sop_site.feeds.errors import BadRows, FeedError, RowErrors

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

# Stands for an empty date in a column of ordinals.
NO_DATE = 0
FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(2199, 12, 31)
# More units, money or days than any retailer has of anything; what is stored has room for it.
MOST = 99_999_999.0
TRUE_WORDS = frozenset({"1", "true", "yes", "y", "t", "x", "1.0"})
FALSE_WORDS = frozenset({"", "0", "false", "no", "n", "f", "0.0"})
DOTTED_DATE = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})$")


@dataclass(frozen=True, slots=True)
class Column:
    """A column by its name in Bridge, and the other headings under which retailers hold it."""

    name: str
    synonyms: tuple[str, ...] = ()

    @property
    def headings(self) -> tuple[str, ...]:
        """Every heading that is understood, the preferred one first."""
        return (self.name, *self.synonyms)


@dataclass(slots=True)
class Table:
    """The rows of one file, column by column, as text. ``shift_days`` is added to every date."""

    file_name: str
    columns: dict[str, list[str]]
    line_numbers: list[int]
    decimal_comma: bool
    errors: RowErrors
    shift_days: int = 0

    def __len__(self) -> int:
        return len(self.line_numbers)

    def heading_of(self, column: Column) -> str | None:
        """The heading under which the file holds the column, or None."""
        return next((heading for heading in column.headings if heading in self.columns), None)

    def has(self, column: Column) -> bool:
        """Whether the file holds the column."""
        return self.heading_of(column) is not None

    def require(self, *columns: Column) -> None:
        """Raise FeedError where one of the columns is missing altogether."""
        for column in columns:
            if not self.has(column):
                raise FeedError(
                    f"{self.file_name} has no column {column.name}"
                    f" (understood headings: {', '.join(column.headings)})."
                )

    def error(self, index: int, column: Column | str, reason: str) -> None:
        """Note that the value of ``column`` in row ``index`` is bad."""
        heading = (self.heading_of(column) or column.name) if isinstance(column, Column) else column
        self.errors.add(self.line_numbers[index], heading, reason)

    def raise_if_bad(self) -> None:
        """Raise BadRows where any row error was noted."""
        if self.errors.count:
            raise BadRows(self.errors)

    def texts(self, column: Column, *, required: bool = False, longest: int | None = None) -> list[str]:
        """The column without surrounding spaces; empty strings where the file does not hold it."""
        heading = self.heading_of(column)
        if heading is None:
            return [""] * len(self)
        values = [value.strip() for value in self.columns[heading]]
        for index, value in enumerate(values):
            if required and not value:
                self.error(index, column, "is empty.")
            elif longest is not None and len(value) > longest:
                self.error(index, column, f"is longer than {longest} characters.")
        return values

    def numbers(
        self,
        column: Column,
        *,
        required: bool = False,
        least: float | None = None,
        most: float = MOST,
        whole: bool = False,
    ) -> Floats:
        """The column as numbers ``[rows]``, NaN where it is empty or the file does not hold it.

        A number beyond ``most``, above or below 0, is a row error.
        """
        heading = self.heading_of(column)
        if heading is None:
            return np.full(len(self), np.nan)
        texts = [value.strip() or "nan" for value in self.columns[heading]]
        if self.decimal_comma:
            texts = [value.replace(",", ".") for value in texts]
        try:
            values = np.fromiter(map(float, texts), dtype=np.float64, count=len(texts))
        except ValueError:
            values = np.array([self._number(index, text, column) for index, text in enumerate(texts)])
        for index in np.flatnonzero(np.isinf(values)):
            self.error(int(index), column, f"“{texts[index]}” is not a number.")
        for index in np.flatnonzero(np.isfinite(values) & (np.abs(values) > most)):
            self.error(int(index), column, f"{values[index]:g} is beyond {most:,.0f}.")
        if required:
            for index in np.flatnonzero(np.isnan(values)):
                self.error(int(index), column, "is empty.")
        if least is not None:
            for index in np.flatnonzero(values < least):
                self.error(int(index), column, f"{values[index]:g} is below {least:g}.")
        if whole:
            for index in np.flatnonzero(np.isfinite(values) & (values != np.floor(values))):
                self.error(int(index), column, f"{values[index]:g} is not a whole number.")
        return values

    def _number(self, index: int, text: str, column: Column) -> float:
        try:
            return float(text)
        except ValueError:
            self.error(index, column, f"“{text}” is not a number.")
            return math.nan

    def flags(self, column: Column) -> NDArray[np.bool_]:
        """The column as yes or no; an empty field is a no."""
        values = [value.lower() for value in self.texts(column)]
        for index, value in enumerate(values):
            if value not in TRUE_WORDS and value not in FALSE_WORDS:
                self.error(index, column, f"“{value}” is neither yes (1) nor no (0).")
        return np.array([value in TRUE_WORDS for value in values], dtype=bool)

    def dates(self, column: Column, *, required: bool = False, shifted: bool = True) -> Integers:
        """The column as ordinals of `datetime.date`, `NO_DATE` where empty, moved by ``shift_days``."""
        heading = self.heading_of(column)
        if heading is None:
            return np.full(len(self), NO_DATE, dtype=np.int64)
        texts = self.columns[heading]
        ordinals: dict[str, int | None] = {text: _ordinal(text.strip()) for text in set(texts)}
        shift = self.shift_days if shifted else 0
        for index, text in enumerate(texts):
            ordinal = ordinals[text]
            if ordinal is None:
                self.error(index, column, f"“{text}” is not a date; write it as 2026-11-22.")
            elif ordinal != NO_DATE and not FIRST_DAY.toordinal() <= ordinal <= LAST_DAY.toordinal():
                self.error(
                    index, column, f"“{text}” is not between the years {FIRST_DAY.year} and {LAST_DAY.year}."
                )
            elif required and ordinal == NO_DATE:
                self.error(index, column, "is empty.")
        moved = {text: ordinal + shift if ordinal else NO_DATE for text, ordinal in ordinals.items()}
        return np.array([moved[text] for text in texts], dtype=np.int64)

    def references(self, column: Column, known: Mapping[str, int], noun: str) -> Integers:
        """The column as keys of ``known``, a row error for each value that is not among them."""
        texts = self.texts(column, required=True)
        keys = [known.get(text, -1) for text in texts]
        for index, (key, text) in enumerate(zip(keys, texts, strict=True)):
            if key < 0 and text:
                self.error(index, column, f"“{text}” is no {noun} of this retailer.")
        return np.array(keys, dtype=np.int64)

    def unique(self, column: Column, *keys: Sequence | NDArray) -> None:
        """Note a row error for each row whose keys stood in an earlier row."""
        first: dict[tuple, int] = {}
        for index, key in enumerate(zip(*keys, strict=True)):
            earlier = first.setdefault(key, index)
            if earlier != index:
                self.error(index, column, f"stands already in line {self.line_numbers[earlier]}.")


def _ordinal(text: str) -> int | None:
    """The ordinal of a date in text, `NO_DATE` for an empty one, None for what is no date."""
    if not text:
        return NO_DATE
    try:
        dotted = DOTTED_DATE.match(text)
        if dotted:
            return date(int(dotted[3]), int(dotted[2]), int(dotted[1])).toordinal()
        return date.fromisoformat(text[:10] if text[10:11] in ("T", " ") else text).toordinal()
    except ValueError:
        return None


def optional_date(ordinal: int) -> date | None:
    """The date of an ordinal, None for `NO_DATE`."""
    return date.fromordinal(int(ordinal)) if ordinal != NO_DATE else None


def optional_number(value: float) -> float | None:
    """The number, or None for NaN."""
    return None if math.isnan(value) else float(value)
