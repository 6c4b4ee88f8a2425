"""The table of what promotions did."""

import django_tables2 as tables
from django.utils.html import format_html
from django.utils.safestring import SafeString

from marketing.lift.models import LiftNorm
from sop_site.formats import times, units

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


def _all(words: str) -> SafeString:
    return format_html('<span class="quiet">{}</span>', words)
