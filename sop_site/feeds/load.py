"""One loading of a retailer folder: its tables, its dates, and the record of what was loaded."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from time import monotonic

import numpy as np

from sop_site.feeds.errors import FeedError
from sop_site.feeds.models import DataIssue, RetailerLoad
from sop_site.feeds.reading import find_file, read_table
from sop_site.feeds.staging import MergeCount
from sop_site.feeds.table import NO_DATE, Column, Table
from sop_site.fiscal import week_start

# A door of this code is made where a retailer's files know no doors.
ONLY_DOOR = "MAIN"
STORE = Column(
    "store", ("door", "store_code", "store_id", "store_number", "location", "location_code", "site")
)
SKU = Column("sku", ("upc", "sku_code", "item_code", "product_code", "product_id", "article", "variant_sku"))
DAY = Column("date", ("day", "sales_date"))
WEEK_END = Column("week_end", ("week_end_date", "week_ending"))
WEEK_START = Column("week_start", ("week_start_date", "week_beginning"))
SALES_FILES = ("sales_daily", "sales", "sales_weekly")


@dataclass(slots=True)
class RetailerFolder:
    """The files of one retailer; each is read once. ``shift_days`` moves every date in them."""

    path: Path
    shift_days: int = 0
    _tables: dict[str, Table | None] = field(default_factory=dict)

    def table(self, stem: str, columns: tuple[Column, ...]) -> Table | None:
        """The table of a file, or None where the folder does not hold it."""
        if stem not in self._tables:
            path = find_file(self.path, stem)
            headings = {heading for column in columns for heading in column.headings}
            self._tables[stem] = read_table(path, headings) if path else None
        table = self._tables[stem]
        if table is not None:
            table.shift_days = self.shift_days
        return table

    def sales_tables(self) -> Iterator[Table]:
        """The sales files there are, those by day first."""
        for stem in SALES_FILES:
            table = self.table(stem, (DAY, WEEK_END, WEEK_START, STORE, SKU))
            if table is not None:
                table.require(SKU)
                yield table

    def last_sales_day(self) -> date | None:
        """The last day that any sale is of, as the files say it, or None without sales."""
        last = NO_DATE
        for table in self.sales_tables():
            days = last_days_of(table, shifted=False)
            table.raise_if_bad()
            last = max(last, int(days.max(initial=NO_DATE)))
        return date.fromordinal(last) if last != NO_DATE else None

    def forget(self, stem: str) -> None:
        """Let go of a table that is not needed again."""
        self._tables.pop(stem, None)


def last_days_of(table: Table, *, shifted: bool = True) -> np.ndarray:
    """The last day of each sales row, as ordinals: of its day, or of its week."""
    if table.has(DAY):
        return table.dates(DAY, required=True, shifted=shifted)
    if table.has(WEEK_END):
        return table.dates(WEEK_END, required=True, shifted=shifted)
    table.require(Column("week_end", (*WEEK_END.synonyms, *WEEK_START.headings, *DAY.headings)))
    starts = table.dates(WEEK_START, required=True, shifted=shifted)
    return np.where(starts == NO_DATE, NO_DATE, starts + 6)


@dataclass(slots=True)
class Load:
    """A loading under way. Loaders read from ``folder`` and report here; nothing after ``as_of`` is loaded
    but plans."""

    folder: RetailerFolder
    as_of: date
    record: RetailerLoad
    tell: Callable[[str], None]
    changed_rows: int = 0
    issues: list[DataIssue] = field(default_factory=list)
    _since: float = field(default_factory=monotonic)

    def done(self, what: str, rows: int, count: MergeCount) -> None:
        """One part is loaded: keep its number of rows, and say it with what changed and the seconds."""
        now = monotonic()
        self.record.rows_by_file[what] = self.record.rows_by_file.get(what, 0) + rows
        self.changed_rows += count.changed
        self.tell(
            f"  {what:<24}{rows:>9,} rows  {count.inserted:>9,} new  {count.updated:>7,} changed"
            f"  {now - self._since:>5.1f} s"
        )
        self._since = now

    def issue(self, kind: DataIssue.Kind, file_name: str, message: str, **where) -> None:
        """Something odd that was loaded all the same."""
        self.issues.append(
            DataIssue(retailer_load=self.record, kind=kind, file_name=file_name, message=message, **where)
        )


def whole_weeks_between(earlier: date, later: date) -> timedelta:
    """The whole fiscal weeks from the week of one date to the week of another."""
    return week_start(later) - week_start(earlier)


def require_folder(path: Path) -> RetailerFolder:
    """The folder, or a FeedError that says what is wrong with the path."""
    if not path.is_dir():
        raise FeedError(f"{path} is not a folder. Name the folder that holds products.csv and sales.csv.")
    return RetailerFolder(path)
