"""Merging by business key: what is as it was is not written."""

import pytest
from django.apps import apps

from marketing.catalogue.models import Product
from marketing.tests.factories import make_product
from sop_site.feeds.staging import MergeCount, merge

pytestmark = pytest.mark.django_db
DEFAULTS = {
    "style": "", "colour": "", "size": "", "brand": "", "supplier": "",
    "pack_units": 1, "minimum_order_units": 0,
}  # fmt: skip


def merged(*rows: tuple, **options) -> MergeCount:
    return merge(
        Product, keys=["sku"], columns=["name", "unit_price"], rows=rows, defaults=DEFAULTS, **options
    )


def events() -> int:
    return apps.get_model("marketing", "ProductEvent").objects.count()


def test_new_rows_are_inserted_and_those_that_differ_updated():
    make_product(sku="A", name="Mug", unit_price=12)

    count = merged(("A", "Mug", 13), ("B", "Rug", 90))

    assert count == MergeCount(inserted=1, updated=1)
    assert list(Product.objects.values_list("sku", "unit_price")) == [("A", 13), ("B", 90)]


def test_rows_that_are_as_they_were_leave_no_trace():
    merged(("A", "Mug", 12.5))
    before = events()

    assert merged(("A", "Mug", 12.50004)) == MergeCount()
    assert events() == before


def test_an_empty_value_erases_or_leaves_what_stands():
    merged(("A", "Mug", 12), ("B", "Rug", 90))

    merged(("A", "Mug", None), keep_where_empty=True)
    merged(("B", "Rug", None))

    assert list(Product.objects.values_list("sku", "unit_price")) == [("A", 12), ("B", None)]


def test_new_rows_lie_in_the_order_that_is_asked_for():
    rows = [(f"{place * 37 % 100:02}", "Mug", place) for place in range(100)]

    merged(*rows, order=["unit_price"])

    assert list(Product.objects.order_by("pk").values_list("unit_price", flat=True)) == list(range(100))
