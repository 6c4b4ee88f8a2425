"""The list of planned orders."""

from collections.abc import Callable
from datetime import date
from typing import Any

import django_tables2 as tables

from planning.buying.choices import BuyException
from planning.buying.models import BuyLine
from planning.buying.sentences import packs_words

NUMBER = {"th": {"class": "number"}, "td": {"class": "number"}}
CELLS = "planning/buying/cells"


def exceptions_of(line: BuyLine) -> list[BuyException]:
    """The exceptions as members, in the order in which they press."""
    return [exception for exception in BuyException if exception in line.exceptions]


def _packs_of(line: BuyLine) -> str:
    return packs_words(line.units, line.product)


class FactColumn(tables.TemplateColumn):
    """A cell whose template gets as ``value`` what ``fact`` says of its row."""

    def __init__(self, fact: Callable[[BuyLine], Any], **options: Any) -> None:
        super().__init__(**options)
        self.fact = fact

    def render(
        self, record: BuyLine, table: tables.Table, value: Any, bound_column: Any, **others: Any
    ) -> str:
        """The template, with the fact."""
        fact = self.fact(record)
        rendered: str = super().render(record, table, fact, bound_column, **others)
        return rendered


class BuyLineTable(tables.Table):
    """Planned orders: those to look at first, then by the day by which they are to be placed."""

    caption = "Planned orders"
    product = tables.TemplateColumn(
        template_name=f"{CELLS}/_sku.html", verbose_name="SKU", order_by=("product__sku", "pk")
    )
    exceptions = FactColumn(
        exceptions_of,
        template_name=f"{CELLS}/_exceptions.html",
        verbose_name="To look at",
        orderable=False,
    )
    door = tables.Column(verbose_name="Lands at", order_by=("door__name", "pk"))
    week_start = tables.TemplateColumn(
        template_name=f"{CELLS}/_week.html", verbose_name="Lands in", order_by=("week_start", "pk")
    )
    order_by_date = tables.TemplateColumn(
        template_name=f"{CELLS}/_order_by.html", verbose_name="Order by", order_by=("order_by_date", "pk")
    )
    needed_units = tables.TemplateColumn(
        template_name=f"{CELLS}/_need.html",
        verbose_name="Need",
        order_by=("needed_units", "pk"),
        attrs=NUMBER,
    )
    units_to_order = FactColumn(
        _packs_of,
        template_name=f"{CELLS}/_units.html",
        verbose_name="Order",
        order_by=("units_to_order", "pk"),
        attrs=NUMBER,
    )
    cost = tables.TemplateColumn(
        template_name=f"{CELLS}/_cost.html", verbose_name="At cost", order_by=("cost", "pk"), attrs=NUMBER
    )
    status = tables.TemplateColumn(
        template_name=f"{CELLS}/_status.html", verbose_name="Status", order_by=("status", "pk")
    )

    class Meta:
        model = BuyLine
        fields = (
            "product", "exceptions", "door", "week_start", "order_by_date", "needed_units", "units_to_order",
            "cost", "status",
        )  # fmt: skip

    def __init__(self, *args: Any, day: date, may_choose: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.day = day
        self.may_choose = may_choose
