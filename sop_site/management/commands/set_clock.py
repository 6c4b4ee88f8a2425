"""`manage.py set_clock DATE` or `--wall`: which day Bridge takes for today."""

from argparse import ArgumentParser
from datetime import date

import pghistory
from django.core.management.base import BaseCommand
from django.db import transaction

from marketing.catalogue.models import Product
from marketing.lift.domain import learn
from sop_site.changes import mark_changed
from sop_site.clock import set_today, today
from sop_site.fiscal import week_of
from sop_site.management.arguments import day_of


class Command(BaseCommand):
    help = "Holds the business date at DATE, to replay a retailer of the past, or follows the wall clock."

    def add_arguments(self, parser: ArgumentParser) -> None:
        which = parser.add_mutually_exclusive_group(required=True)
        which.add_argument("as_of_date", nargs="?", type=day_of, metavar="DATE", help="YYYY-MM-DD")
        which.add_argument("--wall", action="store_true", help="follow the wall clock again")

    def handle(self, *, as_of_date: date | None, wall: bool, **options: object) -> None:
        with (
            pghistory.context(user=None, note="Set with the command set_clock."),
            transaction.atomic(),
        ):
            set_today(None if wall else as_of_date)
            learn(today=today())
            products = list(Product.objects.values_list("pk", flat=True))
            mark_changed(products)
        held = "follows the wall clock" if wall else "is held"
        self.stdout.write(
            f"Today is {today()} ({week_of(today()).label}); the clock {held}."
            f" {len(products):,} SKUs wait for recalculation."
        )
