"""The lists of SKUs and doors."""

import django_tables2 as tables

from marketing.catalogue.models import Door, Product

NUMBER = {"th": {"class": "number"}, "td": {"class": "number"}}


class ProductTable(tables.Table):
    """SKUs with what planning needs of them."""

    caption = "SKUs"
    name = tables.TemplateColumn(
        template_name="marketing/catalogue/_name_cell.html", verbose_name="SKU", order_by=("sku",)
    )
    category = tables.Column(order_by=("category__path", "sku"), default="–")
    supplier = tables.Column(default="–")
    unit_price = tables.TemplateColumn(
        "{% load bridge %}{{ value|price }}", verbose_name="Price", attrs=NUMBER
    )
    unit_cost = tables.TemplateColumn("{% load bridge %}{{ value|price }}", verbose_name="Cost", attrs=NUMBER)
    lead_time_days = tables.TemplateColumn(
        "{% load bridge %}{{ value|units }}", verbose_name="Lead time, days", attrs=NUMBER
    )
    door_count = tables.Column(verbose_name="Doors", attrs=NUMBER)

    class Meta:
        model = Product
        fields = (
            "name",
            "category",
            "supplier",
            "unit_price",
            "unit_cost",
            "lead_time_days",
            "door_count",
        )
        order_by = "name"


class DoorTable(tables.Table):
    """Stores, e-commerce and DCs."""

    caption = "Doors"
    name = tables.TemplateColumn(
        template_name="marketing/catalogue/_door_cell.html", verbose_name="Door", order_by=("name",)
    )
    kind = tables.Column()
    region = tables.Column(default="–")
    city = tables.Column(default="–")
    supplied_by = tables.Column(order_by=("supplied_by__name", "name"), default="–")
    opened_on = tables.TemplateColumn(
        template_name="marketing/catalogue/_open_cell.html", verbose_name="Open"
    )
    sku_count = tables.Column(verbose_name="SKUs ranged", attrs=NUMBER)

    class Meta:
        model = Door
        fields = ("name", "kind", "region", "city", "supplied_by", "opened_on", "sku_count")
        order_by = "name"
