"""The tables of what promotions did."""

import django_tables2 as tables
from django.utils.html import format_html
from django.utils.safestring import SafeString

from marketing.lift.models import LiftNorm, PastLift
from sop_site.formats import percent, times, units

NUMBER = {"th": {"class": "number"}, "td": {"class": "number"}}
ALL_DEPTHS, ALL_CATEGORIES = "all depths", "all categories"


class LiftNormTable(tables.Table):
    """Past lifts by mechanic, depth of discount and category, as multiples of the baseline."""

    caption = "What promotions did"
    mechanic = tables.Column(order_by=("mechanic__name", "category_path", "depth"))
    discount_band = tables.Column(
        verbose_name="Discount", order_by=("depth", "mechanic__name", "category_path"), empty_values=()
    )
    category = tables.Column(order_by=("category_path", "mechanic__name", "depth"), empty_values=())
    event_count = tables.Column(verbose_name="Promotions (n)", attrs=NUMBER)
    p10_multiplier = tables.Column(verbose_name="P10", attrs=NUMBER)
    p50_multiplier = tables.Column(verbose_name="P50", attrs=NUMBER)
    p90_multiplier = tables.Column(verbose_name="P90", attrs=NUMBER)

    class Meta:
        model = LiftNorm
        fields = (
            "mechanic",
            "discount_band",
            "category",
            "event_count",
            "p10_multiplier",
            "p50_multiplier",
            "p90_multiplier",
        )
        order_by = "mechanic"

    def render_discount_band(self, record: LiftNorm) -> str | SafeString:
        return record.get_discount_band_display() if record.discount_band else _all(ALL_DEPTHS)

    def render_category(self, record: LiftNorm) -> str | SafeString:
        return str(record.category) if record.category else _all(ALL_CATEGORIES)

    def render_event_count(self, value: int) -> str:
        return units(value)

    def render_p10_multiplier(self, value: float) -> str:
        return times(value)

    def render_p50_multiplier(self, value: float) -> str:
        return times(value)

    def render_p90_multiplier(self, value: float) -> str:
        return times(value)


class PastLiftTable(tables.Table):
    """Past promotions with what each did."""

    caption = "Past promotions"
    product = tables.TemplateColumn(
        template_name="marketing/lift/_past_cell.html",
        verbose_name="Promotion",
        order_by=("product__sku", "-starts_on"),
    )
    mechanic = tables.Column(order_by=("mechanic__name", "-starts_on"))
    starts_on = tables.TemplateColumn(
        "{% load bridge %}{% day_range record.starts_on record.ends_on True %}", verbose_name="Dates"
    )
    discount_ratio = tables.Column(verbose_name="Discount", default="–", attrs=NUMBER)
    door_count = tables.Column(verbose_name="Doors", attrs=NUMBER)
    sold_units = tables.Column(verbose_name="Sold", attrs=NUMBER)
    baseline_units = tables.Column(verbose_name="Baseline", attrs=NUMBER)
    times_baseline = tables.Column(verbose_name="Lift", attrs=NUMBER)

    class Meta:
        model = PastLift
        fields = (
            "product",
            "mechanic",
            "starts_on",
            "discount_ratio",
            "door_count",
            "sold_units",
            "baseline_units",
            "times_baseline",
        )
        order_by = "-starts_on"

    def render_discount_ratio(self, value: float) -> str:
        return percent(value)

    def render_door_count(self, value: int) -> str:
        return units(value)

    def render_sold_units(self, value: float) -> str:
        return units(value)

    def render_baseline_units(self, value: float) -> str:
        return units(value)

    def render_times_baseline(self, value: float) -> str:
        return times(value)


def _all(words: str) -> SafeString:
    return format_html('<span class="quiet">{}</span>', words)
