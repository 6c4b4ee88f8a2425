"""Reads for the pages of the buy plan."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import (
    Count,
    F,
    FloatField,
    Max,
    Q,
    QuerySet,
    Sum,
    Window,
)
from django.db.models.functions import Cast, Coalesce
from django.utils import timezone

from planning.buying.choices import BuyException, BuyStatus
from planning.buying.domain import MOST_WAITING
from planning.buying.engine import CENT, ROUNDED_UP_SHARE
from planning.buying.models import PRESSES, BuyLine, BuyPlan, OpenToBuy
from planning.consensus.in_force import last_published

UNITS = Coalesce(F("edited_units"), F("planned_units"))
COST = UNITS * Cast(F("unit_cost"), FloatField())


@dataclass(frozen=True, slots=True)
class PlanState:
    """The plan in force, None before there is one, and whether another is on its way.

    One is where the forecast in force has none of its own, or where somebody asked for it at ``asked_at``.
    """

    plan: BuyPlan | None
    waits_for_its_own: bool = False
    asked_at: datetime | None = None

    @property
    def is_calculating(self) -> bool:
        """Whether a plan is to be expected."""
        return self.waits_for_its_own or self.asked_at is not None

    @property
    def pulse(self) -> str:
        """Changes when a calculation begins to be due, and when it is there."""
        return f"{self.plan.pk if self.plan else 0}{'-' if self.is_calculating else ''}"


def plan_state(today: date) -> PlanState:
    """Which plan is in force, and whether one is on its way.

    A forecast whose last week is over is not planned any more.
    """
    plan = BuyPlan.objects.select_related("version__cycle").exclude(finished_at=None).order_by("-pk").first()
    version = last_published()
    if version is None or version.last_day < today:
        return PlanState(plan)
    asked = BuyPlan.objects.filter(finished_at=None, started_at__gt=timezone.now() - MOST_WAITING)
    return PlanState(
        plan,
        waits_for_its_own=plan is None or plan.version_id != version.pk,
        asked_at=asked.values_list("started_at", flat=True).first(),
    )


def buy_lines() -> QuerySet[BuyLine]:
    """Every planned order with its units and its cost, None without a unit cost; what presses, first.

    What it is about is fetched for the rows of a page alone: joined in, it would be sorted along.
    """
    lines = BuyLine.objects.annotate(
        units_to_order=UNITS,
        cost=COST,
        is_pressing=PRESSES,
    )
    return lines.prefetch_related("product", "door").order_by("-is_pressing", "order_by_date", "pk")


@dataclass(frozen=True, slots=True)
class Summary:
    """Planned orders added up: how many, their units, their cost, and how many have each exception."""

    orders: int
    units: float
    cost: float
    exceptions: Counter[str]

    @property
    def without_cost(self) -> int:
        """How many orders the cost leaves out."""
        return self.exceptions[BuyException.NO_COST]

    @property
    def too_late(self) -> int:
        """How many orders cannot arrive in time."""
        return self.exceptions[BuyException.TOO_LATE]

    @property
    def within_a_week(self) -> int:
        """How many orders have to be placed within a week."""
        return self.exceptions[BuyException.ORDER_NOW]


def summary_of(lines: QuerySet[BuyLine]) -> Summary:
    """``lines`` added up in one pass: they have few different sets of exceptions."""
    rows = (
        lines.order_by()
        .values("exceptions")
        .annotate(orders=Count("pk"), all_units=Sum(UNITS), all_cost=Sum(COST))
        .values_list("exceptions", "orders", "all_units", "all_cost")
    )
    orders, units, cost = 0, 0.0, 0.0
    exceptions: Counter[str] = Counter()
    for of_set, row_orders, row_units, row_cost in rows:
        orders += row_orders
        units += row_units
        cost += row_cost or 0.0
        for exception in of_set:
            exceptions[exception] += row_orders
    return Summary(orders, units, cost, exceptions)


def over_bought_categories(plan: BuyPlan) -> int:
    """How many categories are over-bought at the end of any week (the engine's `is_over_bought`)."""
    left = Window(
        Sum(F("open_to_buy_amount") - F("planned_buys_amount")),
        partition_by="category",
        order_by="week_start",
    )
    weeks = OpenToBuy.objects.filter(plan=plan).annotate(left=left)
    over = weeks.filter(left__lt=-ROUNDED_UP_SHARE * F("end_stock_amount") - CENT)
    # A DISTINCT would be put beneath the window, where it tells apart the weeks of a category.
    return len(set(over.values_list("category", flat=True)))


@dataclass(frozen=True, slots=True)
class PurchaseOrderRow:
    """A purchase order as the list shows it; units and cost are without what was cancelled."""

    number: str
    supplier: str
    door_name: str
    lines: int
    recognised: int
    cancelled: int
    units: float | None
    cost: float | None

    @property
    def status(self) -> BuyStatus:
        """That of most consequence: cancelled or loaded where all of it is, else still on its way."""
        if self.cancelled == self.lines:
            return BuyStatus.CANCELLED
        is_there = self.recognised == self.lines - self.cancelled
        return BuyStatus.RECOGNISED if is_there else BuyStatus.SENT

    @property
    def words(self) -> str:
        """How much of it came back as receipts, and what was cancelled."""
        words = f"{self.recognised} of {self.lines} loaded as receipts"
        return f"{words}, {self.cancelled} cancelled" if self.cancelled else words


def purchase_orders() -> QuerySet[BuyLine, tuple[Any, ...]]:
    """Every purchase order that was made, newest first: the fields of a `PurchaseOrderRow`."""
    live = ~Q(status=BuyStatus.CANCELLED)
    return (
        BuyLine.objects.exclude(po_number="")
        .order_by("-po_number")
        .values("po_number")
        .annotate(
            supplier=Max("product__supplier"),
            door_name=Max("door__name"),
            lines=Count("pk"),
            recognised=Count("pk", Q(status=BuyStatus.RECOGNISED)),
            cancelled=Count("pk", Q(status=BuyStatus.CANCELLED)),
            all_units=Sum(UNITS, filter=live),
            all_cost=Sum(COST, filter=live),
        )
        .values_list(
            "po_number", "supplier", "door_name", "lines", "recognised", "cancelled", "all_units", "all_cost"
        )
    )


def lines_on(po_number: str) -> list[BuyLine]:
    """The lines of a purchase order, cancelled ones too, by their number; none without a number."""
    if not po_number:
        return []
    return list(buy_lines().filter(po_number=po_number).order_by("po_line"))
