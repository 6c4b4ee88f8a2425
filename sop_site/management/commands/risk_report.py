"""`manage.py risk_report DIR`: how likely each SKU-door of a folder runs short, week by week; no database."""

import csv
import math
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

import numpy as np
from django.core.management.base import BaseCommand, CommandError, OutputWrapper

from planning.supply.folder_risk import FolderRisk, risk_of_folder
from sop_site.feeds.errors import FeedError

HEADINGS = ("door", "sku", "week", "projected_raw", "projected_constrained", "expected_unmet", "p_short")
MOST_WEEKS = 52


class Command(BaseCommand):
    help = "Writes how likely a folder's SKU-doors run short, as CSV by week. Touches no database."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path, metavar="DIR")
        parser.add_argument(
            "--weeks", type=int, default=8, help="weeks after the stock was counted (default: 8)"
        )
        parser.add_argument(
            "--out", type=Path, metavar="FILE.csv", help="write here instead of to the screen"
        )

    def handle(self, *, folder: Path, weeks: int, out: Path | None, **options: object) -> None:
        if not 1 <= weeks <= MOST_WEEKS:
            raise CommandError(f"--weeks must be from 1 to {MOST_WEEKS}.")
        try:
            risk = risk_of_folder(folder, weeks)
        except FeedError as problem:
            raise CommandError(str(problem)) from problem
        if out is None:
            write(risk, self.stdout)
        else:
            with out.open("w", newline="", encoding="utf-8") as file:
                write(risk, file)
        for line in remarks(risk):
            self.stderr.write(line, style_func=str)


def write(risk: FolderRisk, file: TextIO | OutputWrapper) -> None:
    """The table as CSV; figures of a SKU-door that never sold are empty."""
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(HEADINGS)
    for door, sku, week, *figures in risk.rows():
        writer.writerow((door, sku, week, *("" if math.isnan(each) else f"{each:.4f}" for each in figures)))


def remarks(risk: FolderRisk) -> Iterator[str]:
    """What a reader of the table must know, in sentences."""
    stock = risk.stock
    named = "first" if stock.names_weeks_by_start else "last"
    yield f"{len(stock.sku_doors):,} SKU-doors as of {stock.as_of}; weeks are named by their {named} day."
    unknown = int(np.isnan(risk.short_probability[0]).sum())
    if unknown:
        yield f"{unknown:,} never sold: nothing is known of their demand, and their figures are empty."
    if stock.past_due:
        yield f"{stock.past_due:,} receipts are past due and left out until they have a new date."
    if stock.bound_elsewhere:
        yield f"{stock.bound_elsewhere:,} receipts are for places without a stock record and left out."
