"""Writes to catalogue facts by Merchandising."""

from collections.abc import Mapping
from typing import Final

from django.db import transaction

from marketing.catalogue.models import Product
from sop_site.access.models import User
from sop_site.access.permissions import require
from sop_site.changes import mark_changed
from sop_site.history import note_change

# Facts that flags are worked out from: money short, lead times and when a remedy still works.
CALCULATED_FROM: Final = frozenset({"unit_cost", "unit_price", "lead_time_days", "expedite_days"})
EDITABLE_FIELDS: Final = (
    "name",
    "unit_price",
    "unit_cost",
    "pack_units",
    "minimum_order_units",
    "supplier",
    "lead_time_days",
    "expedite_days",
    "expedite_cost_per_unit",
)


@transaction.atomic
def edit_product(*, product: Product, facts: Mapping[str, object], by: User, note: str = "") -> Product:
    """Set the given facts of a SKU (names out of EDITABLE_FIELDS) and leave every other as it is.

    Facts that are the same already are not written. Marks the SKU as changed where flags are worked
    out from what changed. Raises ValueError for a fact that people may not edit.
    """
    require(by, "marketing.edit_catalogue")
    if unknown := facts.keys() - set(EDITABLE_FIELDS):
        raise ValueError(f"Not facts that people edit: {sorted(unknown)}")
    product = Product.objects.select_for_update(no_key=True).get(pk=product.pk)
    changed = [name for name, value in facts.items() if getattr(product, name) != value]
    if not changed:
        return product
    note_change(by=by, note=note)
    for name in changed:
        setattr(product, name, facts[name])
    product.save(update_fields=changed)
    if CALCULATED_FROM.intersection(changed):
        mark_changed([product.pk])
    return product
