"""The scorecard at the size of the retailer: a night that takes its figures, and its page over two years.

The night is that of a business date two weeks on, when some campaigns run: all SKU-doors have sales in the
week of the night and the one before, and the forecast in force was signed ten weeks ago.
"""

import json
import subprocess
import sys
from datetime import date, timedelta

from django.db import connection
from django.test import Client
from django.urls import reverse

from marketing.catalogue.models import Category
from sop_site.access.models import User
from sop_site.access.roles import Role
from sop_site.bench.consensus import HOST, put_into_categories, timed
from sop_site.bench.report import Report, p95
from sop_site.bench.retailer import TODAY
from sop_site.bench.sizes import Size
from sop_site.embedded.places import REPOSITORY
from sop_site.embedded.processes import EmbeddedError
from sop_site.fiscal import WEEK, week_start

NIGHT = TODAY + timedelta(weeks=2)
WEEKS_KEPT = 104
SALES = """
INSERT INTO marketing_weeklysales (product_id, door_id, week_start, units, revenue, base_price, observed_days,
    promoted_days, out_of_stock_share)
SELECT ranging.product_id, ranging.door_id, week, units, units * unit_price * 0.9, unit_price, 7, 0, 0
FROM marketing_ranging ranging
JOIN marketing_product product ON product.id = ranging.product_id
CROSS JOIN unnest(%(weeks)s::date[]) AS week
CROSS JOIN LATERAL (SELECT (ranging.product_id * 7 + ranging.door_id * 3) %% 11 AS units) AS sold
"""
SIGNED_EARLIER = "UPDATE planning_forecastversion SET published_on = %(day)s WHERE published_at IS NOT NULL"
# The weeks before the last that was taken are like it.
EARLIER_SNAPSHOTS = """
INSERT INTO scorecard_weeksnapshot
    (week_start, edition, is_newest, taken_at, taken_on, source_digest, has_stock, reason)
SELECT week_start - 7 * ago, 1, true, taken_at, week_start - 7 * ago + 14, '', true, ''
FROM scorecard_weeksnapshot, generate_series(1, %(weeks)s) AS ago WHERE week_start = %(week)s
"""
EARLIER_FACTS = """
INSERT INTO {table} (snapshot_id, {columns})
SELECT earlier.id, {columns} FROM {table} fact
JOIN scorecard_weeksnapshot snapshot ON snapshot.id = fact.snapshot_id
JOIN scorecard_weeksnapshot earlier ON earlier.week_start < snapshot.week_start
WHERE snapshot.week_start = %(week)s
"""
FACTS = ("scorecard_weekfact", "scorecard_accuracyfact")
COLUMNS = """
SELECT string_agg(quote_ident(column_name), ', ') FROM information_schema.columns
WHERE table_name = %s AND column_name NOT IN ('id', 'snapshot_id')
"""


def measure_scorecard(report: Report, size: Size) -> None:
    """Some nights of one week, each in a process of its own as in the product, then the page of two years."""
    put_into_categories()
    _make_past()
    nights = [_night(NIGHT + timedelta(days=place)) for place in range(size.runs)]
    report.add(
        "scorecard_night",
        size,
        [night["seconds"] for night in nights],
        rss_mb=max(night["rss_mb"] for night in nights),
        weeks=2,
    )
    _keep_two_years()
    page = _Page()
    for name, address in (("scorecard_page", page.whole), ("scorecard_page_category", page.of_category)):
        pages = [page.page_s(address) for _ in range(size.projections)]
        report.add(name, size, pages, p95_s=p95(pages))
    _forget_scorecard()


def _make_past() -> None:
    """Sales of two weeks, and a forecast that was in force at every lag."""
    _forget_scorecard()
    last_week = week_start(NIGHT) - WEEK
    with connection.cursor() as cursor:
        cursor.execute(SALES, {"weeks": [last_week, last_week + WEEK]})
        cursor.execute(SIGNED_EARLIER, {"day": last_week - 10 * WEEK})
        cursor.execute("VACUUM ANALYZE marketing_weeklysales")


def _forget_scorecard() -> None:
    """What an earlier run left in a retailer that is kept."""
    with connection.cursor() as cursor:
        cursor.execute(
            "TRUNCATE marketing_weeklysales, scorecard_weeksnapshot, scorecard_promoteddays CASCADE"
        )


def _night(day: date) -> dict[str, float]:
    """The night of a business date: how long it took, and the peak of its process's memory."""
    command = [
        sys.executable,
        "-m",
        "sop_site.bench.scorecard_night",
        connection.settings_dict["NAME"],
        str(day),
    ]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    if done.returncode:
        raise EmbeddedError(f"The night failed:\n{done.stderr[-2000:]}")
    return json.loads(done.stdout)


def _keep_two_years() -> None:
    """104 weeks of facts, each like the last full one."""
    week = week_start(NIGHT) - WEEK
    with connection.cursor() as cursor:
        cursor.execute(EARLIER_SNAPSHOTS, {"week": week, "weeks": WEEKS_KEPT})
        for table in FACTS:
            cursor.execute(COLUMNS, [table])
            columns = cursor.fetchone()[0]
            cursor.execute(EARLIER_FACTS.format(table=table, columns=columns), {"week": week})
        cursor.execute("UPDATE scorecard_weeksnapshot SET closed_at = taken_at WHERE week_start < %s", [week])
        cursor.execute("VACUUM ANALYZE scorecard_weeksnapshot, scorecard_weekfact, scorecard_accuracyfact")


class _Page:
    """The scorecard as a head of a function has it open: of everything, and of one category."""

    def __init__(self) -> None:
        self.client = Client(headers={"host": HOST})
        self.client.force_login(User.objects.get(username=Role.PLANNING_LEAD.value))
        self.whole = reverse("scorecard:card")
        self.of_category = f"{self.whole}?category={Category.objects.order_by('pk')[0].pk}"

    def page_s(self, address: str) -> float:
        """Seconds from the request for the page to its last byte."""
        answer, seconds = timed(lambda: self.client.get(address))
        if answer.status_code != 200:
            raise EmbeddedError(f"The scorecard answered {answer.status_code}.")
        return seconds
