"""`manage.py load_retailer DIR`: loads a retailer folder, all of it or nothing."""

from argparse import ArgumentParser
from datetime import date, timedelta
from pathlib import Path

import pghistory
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.db.models import Count
from django.utils import timezone

from marketing.campaigns.loading import load_campaigns, load_chain_calendar
from marketing.campaigns.loading_results import load_results
from marketing.catalogue.loading import (
    fill_missing_prices,
    load_doors,
    load_products,
    load_ranging,
    range_what_sells_or_is_held,
    report_missing_money,
)
from marketing.catalogue.models import Product
from marketing.lift.domain import learn
from marketing.sales.loading import door_codes_in_sales, load_sales
from planning.buying.domain import start_buy_plan
from planning.consensus.in_force import last_published
from planning.risk.choices import RiskState, RunScope
from planning.risk.domain import recalculate
from planning.risk.models import Flag
from planning.supply.loading import load_inventory, load_receipts, load_routes
from planning.supply.models import StockPosition
from planning.supply.simulated_loading import simulate_inventory as simulate_stock
from planning.supply.simulation import ReplenishmentPolicy
from sop_site.changes import mark_changed
from sop_site.changes.models import ChangedSku
from sop_site.clock import set_today
from sop_site.feeds.errors import FeedError
from sop_site.feeds.load import Load, RetailerFolder, require_folder, whole_weeks_between
from sop_site.feeds.models import DataIssue, RetailerLoad
from sop_site.management.arguments import day_of

# A SKU-door that sold in these weeks counts as ranged where the retailer does not say what is.
RANGED_BY_SALES_WEEKS = 26


class Command(BaseCommand):
    help = "Loads a retailer from a folder of CSV files (plain or .gz). Loading it twice changes nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path, metavar="DIR")
        parser.add_argument(
            "--as-of",
            type=day_of,
            metavar="DATE",
            help="hold the business date here (YYYY-MM-DD) and load nothing after it but plans",
        )
        parser.add_argument(
            "--shift-to-today",
            action="store_true",
            help="move every date by whole weeks so that the retailer's today falls in this week",
        )
        parser.add_argument(
            "--simulate-inventory",
            action="store_true",
            help="roll a replenishment policy over the sales of a retailer that has no stock",
        )
        parser.add_argument(
            "--no-recalculate",
            action="store_false",
            dest="recalculate_now",
            help="leave the flags to the worker",
        )

    def handle(
        self,
        *,
        folder: Path,
        as_of: date | None,
        shift_to_today: bool,
        simulate_inventory: bool,
        recalculate_now: bool,
        **options: object,
    ) -> None:
        try:
            with (
                pghistory.context(user=None, note=f"Loaded from the retailer folder {folder.name}."),
                transaction.atomic(),
            ):
                retailer = require_folder(folder)
                business_date = self._set_dates(retailer, as_of, shift_to_today)
                self._load(retailer, business_date, simulate_inventory)
                if last_published() is not None:
                    start_buy_plan()
        except FeedError as problem:
            raise CommandError(str(problem)) from problem
        if recalculate_now:
            self._recalculate()

    def _set_dates(self, retailer: RetailerFolder, as_of: date | None, shift_to_today: bool) -> date:
        """Set the clock and the folder's shift; the date as of which the folder is loaded."""
        last_sales_day = retailer.last_sales_day()
        if last_sales_day is None:
            raise FeedError(
                "The folder has no sales: sales.csv (or sales_daily, sales_weekly, .gz) is needed."
            )
        business_date = as_of or last_sales_day + timedelta(days=1)
        wall_date = timezone.localdate()
        if shift_to_today:
            shift = whole_weeks_between(business_date, wall_date)
            retailer.shift_days = shift.days
            set_today(None)
            self.stdout.write(f"Every date is moved by {shift.days // 7:+,} weeks.")
            return business_date + shift
        set_today(business_date if as_of or business_date < wall_date else None)
        return business_date

    def _load(self, retailer: RetailerFolder, as_of: date, simulate_inventory: bool) -> None:
        record = RetailerLoad.objects.create(
            folder=retailer.path.resolve().name[:255],
            as_of_date=as_of,
            started_at=timezone.now(),
        )
        load = Load(retailer, as_of, record, self.stdout.write)
        self.stdout.write(f"Loading {retailer.path} as of {as_of}:")
        load_products(load)
        load_doors(load, door_codes_in_sales(load))
        sales = load_sales(load)
        priced = fill_missing_prices(sales.last_prices, sales.last_costs)
        load.done("prices from the sales", priced.updated, priced)
        report_missing_money(load)
        held = load_inventory(load)
        recently = as_of - timedelta(weeks=RANGED_BY_SALES_WEEKS)
        if simulate_inventory:
            simulate_stock(load, sales, ReplenishmentPolicy(), sold_since=recently)
        load_receipts(load)
        load_routes(load)
        if not load_ranging(load):
            range_what_sells_or_is_held(load, {*held, *sales.pairs_sold_since(recently)})
        learned = learn(today=as_of)
        load.done("baselines", learned.baselines.changed, learned.baselines)
        if not load_campaigns(load):
            load_chain_calendar(load)
        load_results(load)
        self._finish(load)

    def _finish(self, load: Load) -> None:
        DataIssue.objects.bulk_create(load.issues, batch_size=2_000)
        if load.changed_rows:
            mark_changed(Product.objects.values_list("pk", flat=True))
        load.record.simulated_inventory = StockPosition.objects.filter(is_simulated=True).exists()
        load.record.finished_at = timezone.now()
        load.record.save()
        seconds = (load.record.finished_at - load.record.started_at).total_seconds()
        changed = f"{load.changed_rows:,} rows written" if load.changed_rows else "nothing had changed"
        self.stdout.write(f"Loaded in {seconds:.1f} s: {changed}, {_issues(len(load.issues))}.")

    def _recalculate(self) -> None:
        """Recalculate what waits, in this process, and say how many flags stand in each state."""
        waiting = list(ChangedSku.objects.values_list("product_id", flat=True))
        run = recalculate(product_ids=waiting, scope=RunScope.EDIT)
        if run is not None:
            self.stdout.write(f"Recalculated {run.sku_count:,} SKUs.")
        found = Flag.objects.filter(closed_at=None).order_by().values_list("state").annotate(Count("pk"))
        counts = dict(found.values_list("state", "pk__count"))
        named = ", ".join(
            f"{counts[state.value]:,} {state.label.lower()}" for state in RiskState if state.value in counts
        )
        self.stdout.write(f"Flags by state: {named or 'none'}.")


def _issues(count: int) -> str:
    return "1 data issue" if count == 1 else f"{count:,} data issues"
