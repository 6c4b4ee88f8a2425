"""The numbers of a planned order in words."""

from collections.abc import Sequence

from django.conf import settings

from marketing.catalogue.models import Product
from planning.buying.models import BuyLine
from planning.buying.purchase_orders import PurchaseOrder
from sop_site import formats


def packs_words(units: float, product: Product) -> str:
    """How the supplier packs it: ``4 packs of 12``; "" for single units and for a number off the pack."""
    packs, off_pack = divmod(units, product.pack_units)
    if product.pack_units == 1 or off_pack or not packs:
        return ""
    return f"{formats.units(packs)} pack{'s' if packs > 1 else ''} of {formats.units(product.pack_units)}"


def acted_words(done: str, lines: Sequence[BuyLine]) -> str:
    """What was done with how many orders: ``Approved 3 planned orders: 144 units, $2,880 at cost.``"""
    units = sum(line.units for line in lines)
    cost = sum(line.units * float(line.unit_cost) for line in lines if line.unit_cost is not None)
    orders = f"{len(lines):,} planned order{'' if len(lines) == 1 else 's'}"
    money = formats.money_full(cost, settings.CURRENCY)
    return f"{done} {orders}: {formats.units(units)} units, {money} at cost."


def ordered_words(orders: Sequence[PurchaseOrder]) -> str:
    """On which purchase orders how many planned orders went."""
    lines = [line for order in orders for line in order.lines]
    numbers = orders[0].number if len(orders) == 1 else f"{orders[0].number} to {orders[-1].number}"
    word = "purchase order" if len(orders) == 1 else f"{len(orders):,} purchase orders,"
    return acted_words(f"Put on {word} {numbers}:", lines)
