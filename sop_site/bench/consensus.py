"""The monthly consensus at the size of the retailer: opened, its grid read and saved, and the buy plan."""

import time
from collections.abc import Callable
from typing import TypeVar

from django.db import connection
from django.http import QueryDict
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from marketing.catalogue.models import Category, Product
from planning.buying.calculation import calculate_buy_plan
from planning.buying.models import BuyLine
from planning.consensus.choices import CycleStatus, Layer
from planning.consensus.domain.opening import open_cycle
from planning.consensus.grid import Row, grid_at
from planning.consensus.grid_forms import ALL_LAYERS, GridFilterForm
from planning.consensus.models import HORIZON_MONTHS, Cycle, ForecastVersion
from planning.consensus.snapshots import snapshot_of
from sop_site.access.models import User
from sop_site.access.roles import Role
from sop_site.bench.report import Report, p95
from sop_site.bench.retailer import TODAY
from sop_site.bench.sizes import Size
from sop_site.clock import set_today
from sop_site.embedded.processes import EmbeddedError
from sop_site.fiscal import month_of

Result = TypeVar("Result")

SKUS_A_CATEGORY = 500
HOST = "localhost"
CATEGORIES = """
WITH placed AS (SELECT id, (row_number() OVER (ORDER BY id) - 1) / %s AS place FROM marketing_product),
     named AS (SELECT id, row_number() OVER (ORDER BY id) - 1 AS place FROM marketing_category)
UPDATE marketing_product SET category_id = named.id
FROM placed JOIN named USING (place) WHERE placed.id = marketing_product.id
"""


def measure_consensus(report: Report, size: Size) -> None:
    """All of it on the server, without a browser; the second buy plan finds everything as it is."""
    set_today(TODAY)
    put_into_categories()
    _forget_consensus()
    cycle, opened_s = timed(lambda: open_cycle(month=month_of(TODAY), today=TODAY))
    report.add("consensus_open", size, [opened_s])
    grid = _Grid(cycle.current_version)
    pages = [grid.page_s() for _ in range(size.projections)]
    report.add("consensus_grid", size, pages, p95_s=p95(pages), rows=SKUS_A_CATEGORY)
    saves = [grid.save_s() for _ in range(size.edits)]
    report.add("consensus_cell_save", size, saves, p95_s=p95(saves))
    _publish(cycle)
    for name in ("buy_plan", "buy_plan_unchanged"):
        _, seconds = timed(lambda: calculate_buy_plan(version=None, today=TODAY))
        report.add(name, size, [seconds], lines=BuyLine.objects.count())


def timed(work: Callable[[], Result]) -> tuple[Result, float]:
    """What ``work`` returns, and how many seconds it took."""
    began = time.perf_counter()
    result = work()
    return result, time.perf_counter() - began


class _Grid:
    """A category of the forecast on one page with all seven layers, as a planner has it before them."""

    def __init__(self, version: ForecastVersion) -> None:
        self.version = version
        self.by = User.objects.get(username=Role.PLANNING_LEAD.value)
        self.client = Client(headers={"host": HOST})
        self.client.force_login(self.by)
        category = Category.objects.order_by("pk")[0]
        query = QueryDict(mutable=True)
        query.update(
            {
                "category": str(category.pk),
                "by": "sku",
                "rows": str(SKUS_A_CATEGORY),
                "layer": Layer.PLANNING.value,
                "layers": ALL_LAYERS,
            }
        )
        self.query = query
        self.address = f"{reverse('consensus:grid', args=[version.pk])}?{query.urlencode()}"
        self.saved = 0

    def page_s(self) -> float:
        """Seconds from the request for the page to its last byte."""
        answer, seconds = timed(lambda: self.client.get(self.address))
        if answer.status_code != 200:
            raise EmbeddedError(f"The grid answered {answer.status_code}.")
        return seconds

    def save_s(self) -> float:
        """Seconds to save one changed cell, and to have its row back."""
        row = self._rows()[self.saved]
        self.saved += 1
        posted = {
            f"seen-{row.key}": " ".join(str(units) for units in row.units[:HORIZON_MONTHS].tolist()),
            f"units-0-{row.key}": str(round(row.units[0] + 10)),
            "reason": "Measured",
        }
        answer, seconds = timed(
            lambda: self.client.post(self.address, posted, headers={"hx-request": "true"})
        )
        if answer.status_code != 200 or self.version.entries.count() != self.saved:
            raise EmbeddedError(f"The grid saved nothing: it answered {answer.status_code}.")
        return seconds

    def _rows(self) -> list[Row]:
        return grid_at(GridFilterForm(self.query, version=self.version, user=self.by).place).rows


def put_into_categories() -> None:
    """So many SKUs a category, in place of none at all."""
    count = -(-Product.objects.count() // SKUS_A_CATEGORY)
    if not Category.objects.exists():
        Category.objects.bulk_create(
            Category(path=f"Category {number:04d}", name=f"Category {number:04d}") for number in range(count)
        )
        with connection.cursor() as cursor:
            cursor.execute(CATEGORIES, [SKUS_A_CATEGORY])


def _forget_consensus() -> None:
    """What an earlier run left in a retailer that is kept."""
    with connection.cursor() as cursor:
        cursor.execute(
            "TRUNCATE planning_cycle, planning_forecastversion, planning_buyplan, planning_buyline CASCADE"
        )


def _publish(cycle: Cycle) -> None:
    """As the last signature does, without the people."""
    version, now = cycle.current_version, timezone.now()
    ForecastVersion.objects.filter(pk=version.pk).update(
        published_at=now, published_on=TODAY, snapshot=snapshot_of(version).hash
    )
    Cycle.objects.filter(pk=cycle.pk).update(status=CycleStatus.PUBLISHED, published_at=now)
