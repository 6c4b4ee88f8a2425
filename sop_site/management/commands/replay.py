"""`manage.py replay DIR`: what cover thresholds would have flagged in a folder's past; no database."""

import csv
from argparse import ArgumentParser, ArgumentTypeError
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from scorecard.lab.folder.replay import FolderReplay, ReplayRow, replay_folder
from sop_site.feeds.errors import FeedError
from sop_site.management.commands.backtest import horizons_of

HEADINGS = (
    "weeks_ahead",
    "threshold",
    "lines",
    "judged",
    "stockouts",
    "base_rate",
    "flags",
    "caught",
    "missed",
    "false_alarms",
    "precision",
    "recall",
    "extra_units",
    "flags_a_week",
)


class Command(BaseCommand):
    help = "Replays cover thresholds on the past promotions of a retailer folder. Touches no database."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path, metavar="DIR")
        parser.add_argument(
            "--thresholds",
            type=thresholds_of,
            default=(1.0, 1.1, 1.25),
            metavar="LIST",
            help="cover under which a line is flagged, as 1.0,1.1,1.25",
        )
        parser.add_argument(
            "--weeks-ahead",
            type=horizons_of,
            default=(6,),
            metavar="LIST",
            help="weeks before each promotion, as 6 or 1,2,3,4",
        )
        parser.add_argument("--out", type=Path, metavar="FILE.csv", help="write the table here too")

    def handle(
        self,
        *,
        folder: Path,
        thresholds: tuple[float, ...],
        weeks_ahead: tuple[int, ...],
        out: Path | None,
        **options: object,
    ) -> None:
        try:
            result = replay_folder(folder, thresholds=thresholds, weeks_ahead=weeks_ahead, tell=self._tell)
        except FeedError as problem:
            raise CommandError(str(problem)) from problem
        rows = [HEADINGS, *map(texts_of, result.rows)]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        for row in rows:
            self.stdout.write(
                "  ".join(text.rjust(width) for text, width in zip(row, widths, strict=True)).rstrip()
            )
        for line in remarks(result):
            self.stderr.write(line, style_func=str)
        if out is not None:
            write(rows, out)

    def _tell(self, line: str) -> None:
        """Progress: beside the result, and no error."""
        self.stderr.write(line, style_func=str)


def thresholds_of(text: str) -> tuple[float, ...]:
    """Thresholds written as 1.0,1.1,1.25, in ascending order; ArgumentTypeError for any other text."""
    try:
        found = sorted({float(part) for part in text.split(",")})
    except ValueError:
        found = []
    if not found or not all(0 < threshold < float("inf") for threshold in found):
        raise ArgumentTypeError(f"“{text}” is no list of thresholds; write it as 1.0,1.1,1.25.")
    return tuple(found)


def texts_of(row: ReplayRow) -> tuple[str, ...]:
    """A row of the table, in the order of `HEADINGS`; a share that is undefined is n/a."""
    judged = row.judged
    return (
        str(row.weeks_ahead),
        f"{row.cover_threshold:g}",
        str(judged.lines),
        str(judged.judged),
        str(judged.stockouts),
        _share(judged.base_rate),
        str(judged.flags),
        str(judged.caught),
        str(judged.missed),
        str(judged.false_alarms),
        _share(judged.precision),
        _share(judged.recall),
        f"{judged.extra_units:.0f}",
        "n/a" if judged.flags_a_week is None else f"{judged.flags_a_week:.1f}",
    )


def _share(value: float | None) -> str:
    return "n/a" if value is None else f"{value:.3f}"


def remarks(result: FolderReplay) -> list[str]:
    """What a reader of the table must know, in sentences."""
    source = (
        "Stock is simulated; a stockout is an hour out of stock on a day of the promotion, as reported."
        if result.has_hours
        else "Stock is simulated; a stockout is a promotion whose real sales were more than it could serve."
    )
    lines = [source]
    if result.partly_outside:
        lines.append(f"{result.partly_outside:,} promotions begin before or end after the sales.")
    for weeks, number in result.too_early.items():
        if number:
            lines.append(
                f"{number:,} have too few weeks of sales before them to be seen {weeks} weeks ahead."
            )
    without_data = {row.weeks_ahead: row.without_data for row in result.rows}
    for weeks, number in without_data.items():
        if number:
            lines.append(
                f"{number:,} could not be flagged {weeks} weeks ahead: nothing of their SKU had sold."
            )
    return lines


def write(rows: list[tuple[str, ...]], path: Path) -> None:
    """Write the table as CSV; a share that is undefined is empty."""
    try:
        with path.open("w", newline="", encoding="utf-8") as file:
            csv.writer(file, lineterminator="\n").writerows(
                tuple("" if text == "n/a" else text for text in row) for row in rows
            )
    except OSError as problem:
        raise CommandError(f"{path} cannot be written: {problem.strerror}.") from problem
