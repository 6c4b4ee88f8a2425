"""The open-to-buy by category, week and month, as tables."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from itertools import groupby
from typing import Final

import numpy as np
from django.conf import settings
from numpy.typing import NDArray

from planning.buying.engine import carried_forward, is_over_bought
from planning.buying.models import BuyPlan, OpenToBuy
from planning.risk.ledger_table import LedgerCell, LedgerRow
from sop_site import formats
from sop_site.fiscal import FiscalMonth, FiscalWeek, month_of, week_of, week_start

Amounts = NDArray[np.float64]
Flags = NDArray[np.bool_]

MEASURES: Final = (
    "sales_amount",
    "end_stock_amount",
    "begin_stock_amount",
    "on_order_amount",
    "open_to_buy_amount",
    "planned_buys_amount",
)
SALES, END, BEGIN, ON_ORDER, OPEN, BUYS = range(len(MEASURES))
NO_CATEGORY: Final = 0
# Half of what is written as the least amount: less than that is nothing.
LEAST: Final = 0.5


@dataclass(frozen=True, slots=True)
class Period:
    """A column: a fiscal week, or the month that ends with the week before it; ``weeks`` are its places."""

    week: FiscalWeek | None
    month: FiscalMonth
    weeks: Sequence[int]
    is_now: bool

    @property
    def css(self) -> str:
        """The classes of its cells."""
        return f"wk{' is-now' if self.is_now else ''}{'' if self.week else ' is-month'}"


@dataclass(frozen=True, eq=False)
class Budget:
    """The open-to-buy of one category, or of all together: amounts ``[6, W]`` at cost by `MEASURES`."""

    key: int
    name: str
    amounts: Amounts

    @cached_property
    def left(self) -> Amounts:
        """What the buys leave of the open-to-buy by the end of each week ``[W]``; negative is over-bought."""
        return carried_forward(self.amounts[OPEN], self.amounts[BUYS])

    @cached_property
    def is_over(self) -> Flags:
        """At the end of which weeks it is over-bought ``[W]``."""
        return is_over_bought(self.left, self.amounts[END])

    @property
    def most_over_bought(self) -> float:
        """By how much it is over-bought at the end of the worst of its weeks; 0 where it never is."""
        return max(0.0, -float(self.left[self.is_over].min(initial=0.0)))

    @property
    def words(self) -> str:
        """By how much and in how many weeks it is over-bought; "" where it is not."""
        weeks = int(self.is_over.sum())
        if not weeks:
            return ""
        amount = formats.money_full(self.most_over_bought, settings.CURRENCY)
        return (
            f"Over-bought by {amount}" if weeks == 1 else f"Over-bought in {weeks} weeks, by up to {amount}"
        )

    def of_period(self, period: Period) -> Amounts:
        """The amounts of a period ``[6]``: a month begins with its first stock and ends with its last.

        So its open-to-buy, the sum of its weeks', is that of the formula over the month.
        """
        weeks = list(period.weeks)
        amounts: Amounts = self.amounts[:, weeks].sum(axis=1)
        amounts[BEGIN] = self.amounts[BEGIN, weeks[0]]
        amounts[END] = self.amounts[END, weeks[-1]]
        return amounts

    def left_after(self, period: Period) -> float:
        """What is left by the end of a period."""
        return float(self.left[period.weeks[-1]])


@dataclass(frozen=True)
class OpenToBuyTable:
    """All of a plan's open-to-buy: the over-bought categories first, and all of them together."""

    periods: Sequence[Period]
    budgets: Sequence[Budget]
    whole: Budget

    def budget(self, key: str | None) -> Budget:
        """That of the category whose key an address says, or else that of all together."""
        return next((budget for budget in self.budgets if str(budget.key) == key), self.whole)

    def arithmetic(self, budget: Budget) -> list[LedgerRow]:
        """How the open-to-buy of a budget comes about, and what the planned buys leave of it."""
        by_period = [budget.of_period(period) for period in self.periods]
        parts = (
            ("Planned sales", "part plus", SALES),
            ("Planned end stock", "part plus", END),
            ("Planned begin stock", "part minus", BEGIN),
            ("On order", "part minus", ON_ORDER),
            ("Open-to-buy", "total", OPEN),
            ("Planned buys", "part minus", BUYS),
        )
        rows = [
            self._row(label, css, [float(amounts[place]) for amounts in by_period])
            for label, css, place in parts
        ]
        return [*rows, self._left(budget, "Left, carried forward", "closing")]

    def row_of(self, budget: Budget) -> LedgerRow:
        """What the planned buys leave of a budget by the end of each period."""
        return self._left(budget, budget.name, "")

    @property
    def months(self) -> list[Period]:
        """The months among the periods."""
        return [period for period in self.periods if period.week is None]

    def months_of(self, budget: Budget) -> list[LedgerCell]:
        """Open-to-buy, planned buys and what is then left of a budget, three cells a month."""
        cells = []
        for month in self.months:
            amounts = budget.of_period(month)
            parts = (float(amounts[OPEN]), float(amounts[BUYS]), budget.left_after(month))
            cells += [
                _cell(amount, "wk is-month" if place == 2 else "wk", marks_over=place != 1)
                for place, amount in enumerate(parts)
            ]
        return cells

    def _left(self, budget: Budget, label: str, css: str) -> LedgerRow:
        left = [budget.left_after(period) for period in self.periods]
        return self._row(label, css, left, marks_over=True)

    def _row(self, label: str, css: str, amounts: Sequence[float], *, marks_over: bool = False) -> LedgerRow:
        cells = [
            _cell(amount, period.css, marks_over=marks_over)
            for amount, period in zip(amounts, self.periods, strict=True)
        ]
        return LedgerRow(label, css, cells)


def _cell(amount: float, css: str, *, marks_over: bool) -> LedgerCell:
    is_nothing = abs(amount) < LEAST
    mark = " zero" if is_nothing else " short" if marks_over and amount < 0 else ""
    text = formats.EN_DASH if is_nothing else formats.money(amount, settings.CURRENCY)
    return LedgerCell(text, f"{css}{mark}")


def open_to_buy_table(plan: BuyPlan, today: date) -> OpenToBuyTable:
    """The open-to-buy as ``plan`` found it."""
    rows = list(
        OpenToBuy.objects.filter(plan=plan)
        .order_by("category__path", "category_id", "week_start")
        .values_list("category_id", "category__path", "week_start", *MEASURES)
    )
    weeks = sorted({row[2] for row in rows})
    place = {week: at for at, week in enumerate(weeks)}
    budgets = []
    for (key, path), of_category in groupby(rows, key=lambda row: row[:2]):
        amounts = np.zeros((len(MEASURES), len(weeks)))
        for row in of_category:
            amounts[:, place[row[2]]] = row[3:]
        budgets.append(Budget(key or NO_CATEGORY, path or "Without a category", amounts))
    whole = np.zeros((len(MEASURES), len(weeks)))
    for budget in budgets:
        whole += budget.amounts
    budgets.sort(key=lambda budget: -budget.most_over_bought)
    return OpenToBuyTable(_periods(weeks, today), budgets, Budget(NO_CATEGORY, "All categories", whole))


def _periods(weeks: Sequence[date], today: date) -> list[Period]:
    periods = []
    for month, of_month in groupby(enumerate(weeks), key=lambda placed: month_of(placed[1])):
        placed = list(of_month)
        for place, week in placed:
            periods.append(Period(week_of(week), month, [place], week == week_start(today)))
        periods.append(Period(None, month, [place for place, _ in placed], False))
    return periods
