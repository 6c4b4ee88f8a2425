"""The full recalculation, from asking for it until its run says that it is finished."""

import time
from collections.abc import Callable
from datetime import datetime
from typing import cast

import numpy as np
from django.db import connection, transaction
from django.utils import timezone

from marketing.campaigns.models import CampaignLine
from marketing.catalogue.models import Door, Product
from planning.risk.choices import FLAGGED_STATES, RunScope
from planning.risk.domain import start_full_recalculation
from planning.risk.models import Flag, FlagLine, RecalculationRun
from planning.supply.models import StockPosition
from sop_site.bench.load import copy_stock, table_of, without_triggers
from sop_site.bench.report import Report
from sop_site.bench.retailer import Retailer
from sop_site.bench.servers import Worker
from sop_site.bench.sizes import Size
from sop_site.embedded.processes import EmbeddedError

UNITS_MORE = 0.5
LIFTS_TIMES = 1.01
LONGEST_RUN_SECONDS = 1_800
ASK_EVERY_SECONDS = 0.05


def measure_recalculations(report: Report, size: Size, retailer: Retailer, worker: Worker) -> None:
    """First run, nothing changed, the stock of a tenth of the SKUs changed, everything changed."""

    def all_changed(number: int) -> None:
        # Neither the stock as it was generated nor what a change of the tenth made of it.
        rewrite_stock(retailer, units_more=UNITS_MORE * (0.5 + number % 2))
        change_lifts(LIFTS_TIMES if number % 2 == 0 else 1 / LIFTS_TIMES)

    changes: dict[str, Callable[[int], None]] = {
        "recalc_first": lambda number: remove_flags(),
        "recalc_unchanged": lambda number: None,
        "recalc_tenth_changed": change_tenth,
        "recalc_all_changed": all_changed,
    }
    for name, change in changes.items():
        seconds = []
        for number in range(size.runs):
            change(number)
            settle()
            seconds.append(recalculate_everything())
        report.add(name, size, seconds, rss_mb=worker.peak_memory_mb(), **flag_counts())


def measure_unchanged(report: Report, size: Size, worker: Worker) -> None:
    """Only a recalculation that finds nothing changed."""
    recalculate_everything()
    settle()
    seconds = [recalculate_everything() for _ in range(size.runs)]
    report.add("recalc_unchanged", size, seconds, rss_mb=worker.peak_memory_mb(), **flag_counts())


def recalculate_everything() -> float:
    """Ask the worker for a full recalculation and wait for it; how many seconds that took."""
    began = timezone.now()
    run = ask_for_everything()
    wait_for(run)
    # By the database's clock, so that asking whether it is over may be rare and take nothing from it.
    return (cast(datetime, run.finished_at) - began).total_seconds()


def ask_for_everything() -> RecalculationRun:
    """A full recalculation, which the worker does from now on."""
    run = start_full_recalculation(scope=RunScope.NIGHTLY)
    if run is None:
        raise EmbeddedError("There is no SKU to recalculate.")
    return run


def is_over(run: RecalculationRun) -> bool:
    """Whether the run is finished. Raises EmbeddedError where it failed."""
    run.refresh_from_db(fields=["finished_at", "error"])
    if run.error:
        raise EmbeddedError(f"The recalculation failed: {run.error}")
    return run.finished_at is not None


def wait_for(run: RecalculationRun) -> None:
    """Return when the run is finished. Raises EmbeddedError where it failed or takes far too long."""
    deadline = time.monotonic() + LONGEST_RUN_SECONDS
    while not is_over(run):
        if time.monotonic() > deadline:
            raise EmbeddedError("The recalculation does not come to an end; see the worker's log.")
        time.sleep(ASK_EVERY_SECONDS)


def remove_flags() -> None:
    """As before the first run; what people decided on flags goes too."""
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {table_of(Flag)}, {table_of(FlagLine)} RESTART IDENTITY CASCADE")


def change_tenth(number: int) -> None:
    """Half a unit more, or in every other run less, of every tenth SKU at all its doors."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {table_of(StockPosition)} SET on_hand_units = on_hand_units + %s"  # noqa: S608
            " WHERE product_id %% 10 = 0",
            [UNITS_MORE if number % 2 == 0 else -UNITS_MORE],
        )


def rewrite_stock(retailer: Retailer, *, units_more: float) -> None:
    """The generated stock and so many units more of every SKU at every door."""
    product_ids = np.array(Product.objects.order_by("pk").values_list("pk", flat=True))
    door_ids = np.array(Door.objects.order_by("pk").values_list("pk", flat=True))
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(f"TRUNCATE {table_of(StockPosition)} RESTART IDENTITY")
        copy_stock(retailer.on_hand + units_more, product_ids, door_ids)


def change_lifts(times: float) -> None:
    """Another lift of every campaign line.

    More stock alone leaves a window as it is whose door has long sold out by then.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        without_triggers()
        cursor.execute(
            f"UPDATE {table_of(CampaignLine)}"  # noqa: S608
            " SET uplift_ratio = uplift_ratio * %(times)s, uplift_units = uplift_units * %(times)s",
            {"times": times},
        )


def settle() -> None:
    """Let the database do the work that the preparation left, so that it is not part of what is measured."""
    with connection.cursor() as cursor:
        written = ", ".join(map(table_of, (StockPosition, CampaignLine, Flag, FlagLine)))
        cursor.execute(f"VACUUM ANALYZE {written}")
        cursor.execute(
            "SELECT rolsuper OR pg_has_role(oid, 'pg_checkpoint', 'USAGE')"
            " FROM pg_roles WHERE rolname = current_user"
        )
        if cursor.fetchone()[0]:
            cursor.execute("CHECKPOINT")


def flag_counts() -> dict[str, int]:
    """What the retailer's risk looks like: flags that need a decision, and doors that are not well."""
    return {
        "open_flags": Flag.objects.live().filter(state__in=FLAGGED_STATES).count(),
        "flag_lines": FlagLine.objects.exclude(state="ok").count(),
    }
