"""The formats of `sop_site.formats` as template filters, and the small tags of the shared fragments."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from django import template
from django.conf import settings
from django.core.paginator import Page
from django.template.context import Context
from django.utils import timezone
from django.utils.html import Urlizer
from django.utils.safestring import mark_safe

from sop_site import formats

register = template.Library()

for plain_format in (
    formats.units,
    formats.signed_units,
    formats.compact,
    formats.percent,
    formats.signed_percent,
    formats.cover,
    formats.times,
    formats.week_label,
    formats.week_dates,
    formats.short_date,
    formats.short_date_year,
    formats.in_days,
):
    register.filter(plain_format.__name__, plain_format)


class Linker(Urlizer):
    """Makes links of addresses, which lead out of the product: to a page that knows nothing of this one."""

    url_template = (
        '<a href="{href}" target="_blank" rel="noopener noreferrer nofollow">{url}'
        '<span class="visually-hidden"> (opens in a new tab)</span></a>'
    )


LINKER: Final = Linker()
TONE_ICONS: Final = {"success": "check", "warning": "warning", "error": "stop"}


@register.filter
def money(value: object) -> str:
    """Compact money in the retailer's currency: ``$12.4k``."""
    return formats.money(value, settings.CURRENCY)


@register.filter
def money_full(value: object) -> str:
    """Money in whole units of the retailer's currency: ``$12,431``."""
    return formats.money_full(value, settings.CURRENCY)


@register.filter
def signed_money(value: object) -> str:
    """A change in compact money of the retailer's currency: ``+$12.4k``."""
    return formats.signed_money(value, settings.CURRENCY)


@register.filter
def price(value: object) -> str:
    """A price in the retailer's currency: ``$24.50``."""
    return formats.price(value, settings.CURRENCY)


@register.filter
def linked(words: str) -> str:
    """What people typed, escaped, with the addresses in it as links."""
    return mark_safe(LINKER(words, autoescape=True))  # noqa: S308  # all but the links is escaped there


@register.filter
def ago(value: datetime | None) -> str:
    """How long ago by the wall clock: ``12 s ago``."""
    return formats.ago(value, timezone.now())


@register.simple_tag
def day_range(first: Any, last: Any, with_year: bool = False) -> str:
    """Two dates as one range: ``22–28 Nov``."""
    return formats.day_range(first, last, with_year=with_year)


@register.inclusion_tag("_icon.html")
def icon(name: str) -> dict[str, str]:
    """An icon of the sprite, hidden from readers of the screen: a word stands beside it or in a label."""
    return {"name": name}


@register.filter
def tone_icon(tone: str) -> str:
    """The icon of a message or note by its tone."""
    return TONE_ICONS.get(tone, "info")


@register.filter
def page_numbers(page: Page) -> Sequence[int | None]:
    """The numbers a pager offers: first, last and those around the current page; None is a gap."""
    numbers = page.paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1)
    return [number if isinstance(number, int) else None for number in numbers]


@register.simple_tag(takes_context=True)
def query_with(context: Context, *names_and_values: Any) -> str:
    """The query string of this page with some parameters replaced: ``{% query_with "page" 3 %}``.

    Names and values alternate; None removes a parameter. All others, repeated ones too, are kept.
    """
    query = context["request"].GET.copy()
    for name, value in zip(names_and_values[::2], names_and_values[1::2], strict=True):
        if value is None:
            query.pop(name, None)
        else:
            query[name] = str(value)
    return f"?{query.urlencode()}"
