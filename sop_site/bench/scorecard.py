"""The scorecard at the size of the retailer: a night that takes its figures, and its page over two years.

The night is that of a business date two weeks on, when some campaigns run and some have ended: all SKU-doors
have sales in the week of the night and the one before, and at each lag another forecast was in force. Half of
the categories are one division.
"""

import json
import subprocess
import sys
from datetime import date, timedelta
from statistics import median

import pgtrigger
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from marketing.catalogue.models import Category
from planning.consensus.models import Cycle, ForecastVersion
from scorecard.measures.choices import Measure
from scorecard.measures.models import LAGS_WEEKS
from scorecard.outcomes.models import CampaignOutcome
from sop_site.access.models import User
from sop_site.access.roles import Role
from sop_site.bench.consensus import HOST, put_into_categories, timed
from sop_site.bench.report import Report, p95
from sop_site.bench.retailer import TODAY
from sop_site.bench.sizes import Size
from sop_site.clock import set_today
from sop_site.embedded.places import REPOSITORY
from sop_site.embedded.processes import EmbeddedError
from sop_site.fiscal import WEEK, FiscalPeriod, PeriodKind, month_of, week_start

NIGHT = TODAY + timedelta(weeks=2)
WEEKS_KEPT = 104
DIVISION = "Division"
SALES = """
INSERT INTO marketing_weeklysales (product_id, door_id, week_start, units, revenue, base_price, observed_days,
    promoted_days, out_of_stock_share)
SELECT ranging.product_id, ranging.door_id, week, units, units * unit_price * 0.9, unit_price, 7, 0, 0
FROM marketing_ranging ranging
JOIN marketing_product product ON product.id = ranging.product_id
CROSS JOIN unnest(%(weeks)s::date[]) AS week
CROSS JOIN LATERAL (SELECT (ranging.product_id * 7 + ranging.door_id * 3) %% 11 AS units) AS sold
"""
SIGNED = "UPDATE planning_forecastversion SET published_at = %(at)s, published_on = %(day)s WHERE id = %(id)s"
BLOCKS_LIKE = """
INSERT INTO planning_forecastblock (version_id, {columns})
SELECT %(copy)s, {columns} FROM planning_forecastblock WHERE version_id = %(version)s
"""
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
WHERE snapshot.week_start = %(week)s AND earlier.week_start >= %(first)s
"""
# What is kept of each week, and of how many weeks before the last the pages that are measured read it.
KEPT = {
    "scorecard_weekfact": WEEKS_KEPT,
    "scorecard_accuracyfact": WEEKS_KEPT,
    "scorecard_campaignoutcome": WEEKS_KEPT,
    "scorecard_weekdetail": 26,
}
COLUMNS = """
SELECT string_agg(quote_ident(column_name), ', ') FROM information_schema.columns
WHERE table_name = %s AND column_name NOT IN ('id', %s)
"""


def measure_scorecard(report: Report, size: Size) -> None:
    """Some nights of one week, each in a process of its own as in the product, then pages of two years."""
    put_into_categories()
    _put_into_division()
    _make_past()
    nights = [_night(NIGHT + timedelta(days=place)) for place in range(size.runs)]
    report.add(
        "scorecard_night",
        size,
        [night["seconds"] for night in nights],
        rss_mb=max(night["rss_mb"] for night in nights),
        processor_s=median(night["processor_s"] for night in nights),
        weeks=2,
        campaigns_ended=CampaignOutcome.objects.count(),
    )
    _keep_two_years()
    set_today(NIGHT)
    client = Client(headers={"host": HOST})
    client.force_login(User.objects.get(username=Role.PLANNING_LEAD.value))
    for name, address in _addresses(client).items():
        pages = [_page_s(client, address) for _ in range(size.projections)]
        report.add(name, size, pages, p95_s=p95(pages))
    _forget_scorecard()


def _put_into_division() -> None:
    """One half of the categories below one that holds no SKU itself."""
    division, _ = Category.objects.get_or_create(path=DIVISION, name=DIVISION)
    flat = Category.objects.exclude(pk=division.pk).order_by("pk")
    half = flat[: flat.count() // 2].values_list("pk", flat=True)
    with pgtrigger.ignore("marketing.Category:category_stays"):
        Category.objects.filter(pk__in=list(half)).update(parent=division)


def _make_past() -> None:
    """Sales of two weeks, and at every lag another forecast that was in force."""
    _forget_scorecard()
    last_week = week_start(NIGHT) - WEEK
    with connection.cursor() as cursor:
        cursor.execute(SALES, {"weeks": [last_week, last_week + WEEK]})
        cursor.execute("VACUUM ANALYZE marketing_weeklysales")
    published = ForecastVersion.objects.filter(published_at__isnull=False).select_related("cycle")
    versions = list(published.order_by("-cycle__month_start"))
    while len(versions) < len(LAGS_WEEKS):
        versions.append(_copied(versions[-1]))
    for version, lag in zip(versions, LAGS_WEEKS, strict=True):
        # A week before it is read, so that each lag finds its own.
        day = last_week - (lag + 1) * WEEK
        with connection.cursor() as cursor:
            cursor.execute(SIGNED, {"at": timezone.now(), "day": day, "id": version.pk})


def _copied(version: ForecastVersion) -> ForecastVersion:
    """The same numbers as those of the cycle a month earlier, not published yet."""
    cycle = Cycle.objects.get(pk=version.cycle_id)
    cycle.pk = None
    cycle.month_start = (month_of(cycle.month_start) - 1).start
    cycle.save()
    copy = ForecastVersion.objects.get(pk=version.pk)
    copy.pk, copy.cycle, copy.published_at, copy.published_on = None, cycle, None, None
    copy.save()
    columns = _columns_of("planning_forecastblock", "version_id")
    with connection.cursor() as cursor:
        cursor.execute(BLOCKS_LIKE.format(columns=columns), {"copy": copy.pk, "version": version.pk})
    return copy


def _columns_of(table: str, owner: str) -> str:
    """The columns of a table but for its key and the one that says to what its rows belong."""
    with connection.cursor() as cursor:
        cursor.execute(COLUMNS, [table, owner])
        return cursor.fetchone()[0]


def _forget_scorecard() -> None:
    """What an earlier run left in a retailer that is kept."""
    with connection.cursor() as cursor:
        cursor.execute(
            "TRUNCATE marketing_weeklysales, scorecard_weeksnapshot, scorecard_promoteddays CASCADE"
        )


def _night(day: date) -> dict[str, float]:
    """The night of a business date: how long it took, its processor time, and its peak of memory."""
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
    """104 weeks, each like the last full one."""
    week = week_start(NIGHT) - WEEK
    with connection.cursor() as cursor:
        cursor.execute(EARLIER_SNAPSHOTS, {"week": week, "weeks": WEEKS_KEPT})
        for table, weeks in KEPT.items():
            statement = EARLIER_FACTS.format(table=table, columns=_columns_of(table, "snapshot_id"))
            cursor.execute(statement, {"week": week, "first": week - weeks * WEEK})
        cursor.execute("UPDATE scorecard_weeksnapshot SET closed_at = taken_at WHERE week_start < %s", [week])
        cursor.execute(f"VACUUM ANALYZE scorecard_weeksnapshot, {', '.join(KEPT)}")


def _addresses(client: Client) -> dict[str, str]:
    """The pages as a head of a function opens them, of the quarter that ended last."""
    card = reverse("scorecard:card")
    category = Category.objects.exclude(parent=None).order_by("pk")[0].pk
    drill = reverse("scorecard:drill", args=[Measure.STOCKOUT_DAYS.value])
    quarter = FiscalPeriod.of(PeriodKind.QUARTER, NIGHT) - 1
    return {
        "scorecard_page": card,
        "scorecard_page_division": f"{card}?category={Category.objects.get(path=DIVISION).pk}",
        "scorecard_page_category": f"{card}?category={category}",
        "scorecard_drill": f"{drill}?category={category}",
        "outcomes_page": reverse("outcomes:quarter", args=[quarter.key]),
        "review_page": reverse("reviews:detail", args=[quarter.year, quarter.number]),
    }


def _page_s(client: Client, address: str) -> float:
    """Seconds from the request for a page to its last byte."""
    answer, seconds = timed(lambda: client.get(address))
    if answer.status_code != 200:
        raise EmbeddedError(f"{address} answered {answer.status_code}.")
    return seconds
