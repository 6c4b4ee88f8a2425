"""How the number of one planned order comes about: its SKU at its door, week by week, as of now."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from marketing.demand.queries import PromotionErrors, current_demand_errors
from planning.buying.engine import Netting, NettingInputs, net
from planning.buying.goals import goal_words
from planning.buying.inputs import BuyInputs, buy_inputs, cells_of
from planning.buying.models import BuyLine
from planning.buying.network import network_of
from planning.buying.sentences import packs_words
from planning.buying.stored import fixed_lines
from planning.buying.weeks import PlanWeeks
from planning.consensus.in_force import last_published
from planning.consensus.models import ForecastVersion
from planning.risk.ledger_table import Ledger, LedgerCell, LedgerGroup, LedgerRow
from planning.risk.sentences import plural
from sop_site import formats
from sop_site.operating_model.limits import Limit, Limits
from sop_site.operating_model.models import OperatingModel
from sop_site.operating_model.weeks import DecisionWindow, WeekColumn, week_columns

Floats = NDArray[np.float64]
Words = Callable[[float], str]
# As it is written, less than this is nothing.
LEAST = 0.05


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """The weeks of one SKU at one supply point.

    ``sentence`` is the sum of the order's own week, ``notes`` say where each number comes from.
    """

    ledger: Ledger
    sentence: str
    notes: Sequence[str]


def arithmetic_of(line: BuyLine, today: date) -> Arithmetic | None:
    """What the forecast in force and the supply of now make of the SKU at the line's door, without the line.

    None where its week is over, or where the forecast says nothing of the SKU there.
    """
    version = last_published()
    if version is None:
        return None
    weeks = PlanWeeks.until_end_of(version, today)
    week = weeks.place_of(line.week_start)
    if not 0 <= week < weeks.count:
        return None
    network, model = network_of(today), OperatingModel.objects.in_force(today)
    cells = cells_of(version, line.product, network, weeks)
    fixed = fixed_lines(weeks)
    others = (fixed["product"] == line.product_id) & (fixed["id"] != line.pk)
    errors = current_demand_errors()
    all_fixed, none_fixed = (
        buy_inputs(
            cells, network, weeks, {name: column[which] for name, column in fixed.items()}, model, errors
        )
        for which in (others, others & False)
    )
    here = np.flatnonzero(all_fixed.door_ids == line.door_id)
    if not len(here):
        return None
    sums = _Sums.of(all_fixed, none_fixed, int(here[0]))
    columns = week_columns(weeks.first, weeks.count, today=today, window=DecisionWindow.of(model))
    return Arithmetic(
        ledger=Ledger(
            key="arithmetic",
            title=f"{line.product.sku} for {line.door}, week by week",
            facts="The week of this order is underlined",
            columns=columns,
            groups=sums.groups(columns, week),
        ),
        sentence=sums.sentence(line, week),
        notes=_notes(line, version, model, errors, sums, week),
    )


@dataclass(frozen=True, slots=True)
class _Sums:
    """The figures of one supply point, in units ``[W]`` but for its presentation."""

    before: Floats
    receipts: Floats
    ordered: Floats
    planned: Floats
    demand: Floats
    unmet: Floats
    on_hand: Floats
    target: Floats
    presentation: float
    needs: Floats

    @classmethod
    def of(cls, all_fixed: BuyInputs, none_fixed: BuyInputs, place: int) -> "_Sums":
        """Of the supply point at that place; what only the fixed orders bring is kept apart."""
        inputs = _at(all_fixed.netting, place)
        netting: Netting = net(inputs)
        receipts = none_fixed.netting.receipts[place]
        return cls(
            before=np.append(np.maximum(inputs.opening, 0.0), netting.on_hand[0, :-1]),
            receipts=receipts,
            ordered=inputs.receipts[0] - receipts,
            planned=netting.orders[0],
            demand=inputs.demand[0],
            unmet=netting.unmet[0],
            on_hand=netting.on_hand[0],
            target=inputs.target_stock[0],
            presentation=float(inputs.presentation[0]),
            needs=netting.needs[0],
        )

    @property
    def words(self) -> Words:
        """Whole units, or one decimal throughout where any figure has a fraction."""
        figures = np.concatenate(
            [self.before, self.receipts, self.ordered, self.planned, self.demand, self.target]
        )
        decimals = 0 if np.allclose(figures, np.round(figures), atol=1e-6) else 1
        return lambda units: f"{units:,.{decimals}f}"

    def groups(self, columns: Sequence[WeekColumn], own_week: int) -> list[LedgerGroup]:
        """What is there and what becomes of it; and what is needed."""
        presentation = np.full(len(self.demand), self.presentation)
        stock = [
            ("On hand at the end of the week before", "", self.before),
            ("Receipts", "part plus", self.receipts),
            ("Orders that are approved, sent or changed", "part plus", self.ordered),
            ("Orders of this plan", "part plus", self.planned),
            ("Signed demand", "part minus", self.demand),
            ("Demand that cannot be served", "part plus", self.unmet),
            ("On hand at the end of the week", "closing", self.on_hand),
        ]
        need = [
            ("Signed demand", "part plus", self.demand),
            ("Target stock at the end of the week", "part plus", self.target),
            ("Presentation", "part plus", presentation),
            ("On hand at the end of the week before", "part minus", self.before),
            ("Receipts and orders that stand", "part minus", self.receipts + self.ordered),
            ("Needed, never below nothing", "total", self.needs),
        ]
        words = self.words

        def rows(parts: Sequence[tuple[str, str, Floats]]) -> list[LedgerRow]:
            return [
                LedgerRow(label, css, [_cell(float(units[at]), column, at == own_week, words)
                                       for at, column in enumerate(columns)])
                for label, css, units in parts
            ]  # fmt: skip

        return [LedgerGroup("Need", rows(need)), LedgerGroup("Stock", rows(stock))]

    def sentence(self, line: BuyLine, week: int) -> str:
        """``42 needed = 60 demand + 30 target stock + 6 presentation − 54 on hand; 4 packs of 12 = 48.``"""
        words = self.words
        wanted = [
            (float(self.demand[week]), "demand"),
            (float(self.target[week]), "target stock"),
            (self.presentation, "presentation"),
        ]
        there = [
            (float(self.before[week]), "on hand"),
            (float(self.receipts[week] + self.ordered[week]), "arriving"),
        ]
        plus = " + ".join(f"{words(units)} {name}" for units, name in wanted if units >= LEAST)
        minus = "".join(f" {formats.MINUS} {words(units)} {name}" for units, name in there if units >= LEAST)
        need = float(self.needs[week])
        if need < LEAST:
            return (
                f"Nothing is needed in {formats.week_label(line.week_start)}: {plus or 'no demand'}{minus}."
            )
        ordered = float(self.planned[week])
        packs = packs_words(ordered, line.product)
        order = f"{packs} = {words(ordered)}" if packs else f"{words(ordered)} to order"
        return f"{words(need)} needed = {plus}{minus}; {order}."


def _at(inputs: NettingInputs, place: int) -> NettingInputs:
    return NettingInputs(
        demand=inputs.demand[[place]],
        target_stock=inputs.target_stock[[place]],
        presentation=inputs.presentation[[place]],
        opening=inputs.opening[[place]],
        receipts=inputs.receipts[[place]],
        first_week=inputs.first_week[[place]],
        minimum=inputs.minimum[[place]],
        multiple=inputs.multiple[[place]],
    )


def _cell(units: float, column: WeekColumn, is_own: bool, words: Words) -> LedgerCell:
    is_nothing = abs(units) < LEAST
    marks = [column.css, "in-window" if is_own else "", "zero" if is_nothing else ""]
    return LedgerCell(formats.EN_DASH if is_nothing else words(units), " ".join(filter(None, marks)))


def _buffer_words(model: OperatingModel, category_path: str, region: str) -> str:
    """`` and 7 days of buffer (operating model v3, North), …``; nothing where there is no buffer."""
    limits = Limits.of(model)
    buffer = limits.resolved(Limit.LEAD_TIME_BUFFER_DAYS, category_path, region)
    if not buffer.value:
        return ""
    source = f"operating model v{limits.version}{f', {buffer.where}' if buffer.where else ''}"
    return f" and {plural(buffer.value, 'day')} of buffer ({source}), but not before the day of the plan"


def _notes(
    line: BuyLine,
    version: ForecastVersion,
    model: OperatingModel,
    errors: PromotionErrors | None,
    sums: _Sums,
    week: int,
) -> list[str]:
    product, door = line.product, line.door
    category_path = "" if product.category is None else product.category.path
    target = goal_words(model, category_path, knows_errors=errors is not None)
    lead = (
        "its own" if product.lead_time_days is not None else "the operating model's, it has none of its own"
    )
    days = product.lead_time_days if product.lead_time_days is not None else model.default_lead_time_days
    packs = "single units" if product.pack_units == 1 else f"packs of {formats.units(product.pack_units)}"
    minimum = formats.units(product.minimum_order_units) if product.minimum_order_units else ""
    notes = [
        f"Demand: the {version}, split to {door} by the baselines of the doors that it serves.",
        f"Target stock: {target}.",
        f"Presentation: {formats.units(sums.presentation)} units, which the displays of those doors keep.",
        f"On hand: sellable stock of {door} and of the doors that it serves.",
        "Receipts: what is on order and not past due, in the week of its ETA.",
        f"Order by: the first day of the week less {plural(days, 'day')} of lead time ({lead})"
        f"{_buffer_words(model, category_path, door.region)}.",
        f"Order: in {packs}, {f'at least {minimum} units' if minimum else 'without a minimum'}.",
    ]
    if abs(sums.needs[week] - line.needed_units) >= LEAST and line.edited_units is None:
        notes.append(
            f"When it was calculated, {formats.units(line.needed_units)} units were needed: stock, receipts,"
            " other orders or the forecast have changed since."
        )
    return notes
