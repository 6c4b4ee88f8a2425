"""What a row is about, in words and with an address."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Any, Final

from django.urls import reverse
from django.utils.http import urlencode

from marketing.campaigns.models import Campaign
from marketing.catalogue.models import Category, Product
from planning.consensus.models import ForecastBlock, ForecastVersion
from planning.risk.queries import flags_visible_to
from planning.supply.models import Receipt
from scorecard.about.choices import AboutKind
from scorecard.about.models import AboutModel
from scorecard.measures.choices import Measure
from scorecard.signals.models import DemandSignal
from sop_site.access.models import User


@dataclass(frozen=True, slots=True)
class About:
    """A thing, by its kind and key (see `AboutKind`); whether there is such a thing, `lines_of` knows."""

    kind: AboutKind = AboutKind.NOTHING
    key: str = ""

    @classmethod
    def of(cls, row: AboutModel) -> "About":
        """What a row is about."""
        return cls(AboutKind(row.about_kind), row.about_key)

    @classmethod
    def asked(cls, kind: str, key: str) -> "About":
        """What an address names; nothing where there is no such kind."""
        return cls(AboutKind(kind), key) if kind in AboutKind.values else cls()

    @property
    def columns(self) -> dict[str, Any]:
        """The columns of a row that is about it, for filters and new rows."""
        return {"about_kind": self.kind, "about_key": self.key}


@dataclass(frozen=True, slots=True)
class AboutLine:
    """A thing in a few words, and its page."""

    label: str
    url: str


Lines = dict[str, AboutLine]
# A thing with what it is called where somebody chooses it.
Thing = tuple[About, str]


def line_of(about: About, user: User) -> AboutLine | None:
    """The thing, or None where there is none, or none any more, that ``user`` may see."""
    return lines_of([about], user).get(about)


def lines_of(abouts: Iterable[About], user: User) -> dict[About, AboutLine]:
    """The things that there are and that ``user`` may see, in one query a kind."""
    keys: dict[AboutKind, set[str]] = {}
    for about in abouts:
        keys.setdefault(about.kind, set()).add(about.key)
    return {
        About(kind, key): line
        for kind, of_kind in keys.items()
        if kind in RESOLVERS
        for key, line in RESOLVERS[kind](of_kind, user).items()
    }


def ids_of(keys: Collection[str]) -> list[int]:
    """The ids of rows that keys name; what is no id is left out."""
    return [int(key) for key in keys if key.isdecimal() and len(key) < 19]


def _flags(keys: Collection[str], user: User) -> Lines:
    found = flags_visible_to(user).filter(pk__in=ids_of(keys))
    return {
        str(flag.pk): AboutLine(f"{flag.product.sku} in {flag.campaign}", flag.get_absolute_url())
        for flag in found
    }


def _campaigns(keys: Collection[str], user: User) -> Lines:
    found = Campaign.objects.visible_to(user).filter(pk__in=ids_of(keys))
    return {
        str(campaign.pk): AboutLine(str(campaign), reverse("campaigns:detail", args=[campaign.pk]))
        for campaign in found
    }


def _skus(keys: Collection[str], user: User) -> Lines:
    found = Product.objects.filter(pk__in=ids_of(keys))
    return {
        str(product.pk): AboutLine(
            f"{product.sku} {product.name}", reverse("catalogue:product", args=[product.pk])
        )
        for product in found
    }


def _forecasts(keys: Collection[str], user: User) -> Lines:
    """A category of a cycle at a door group, or at all of them; the page is that of its newest version."""
    parts = {key: key.split(":", 2) for key in keys if key.count(":") >= 2}
    cycles = ids_of([cycle for cycle, _, _ in parts.values()])
    newest = ForecastVersion.objects.filter(cycle__in=cycles).order_by("cycle_id", "-number")
    versions = {version.cycle_id: version for version in newest.distinct("cycle_id")}
    categories = Category.objects.in_bulk(ids_of([category for _, category, _ in parts.values()]))
    blocks = ForecastBlock.objects.filter(version__in=list(versions.values())).order_by()
    groups = set(blocks.values_list("version_id", "door_group").distinct())
    lines = {}
    for key, (cycle_key, category_key, door_group) in parts.items():
        version = versions.get(int(cycle_key)) if cycle_key.isdecimal() else None
        category = categories.get(int(category_key)) if category_key.isdecimal() else None
        if version is None or category is None or (door_group and (version.pk, door_group) not in groups):
            continue
        cut = urlencode([("category", str(category.pk)), ("door_group", door_group)])
        address = reverse("consensus:grid", args=[version.pk])
        where = f", {door_group}" if door_group else ""
        lines[key] = AboutLine(f"Forecast of {category.path}{where}", f"{address}?{cut}")
    return lines


def _measures(keys: Collection[str], user: User) -> Lines:
    known = {measure.value for measure in Measure}
    return {
        key: AboutLine(str(Measure(key).label), reverse("scorecard:measure", args=[key]))
        for key in keys
        if key in known
    }


def _receipts(keys: Collection[str], user: User) -> Lines:
    found = Receipt.objects.filter(pk__in=ids_of(keys)).select_related("product")
    address = reverse("supply:receipts")
    return {
        str(receipt.pk): AboutLine(
            f"Receipt {receipt} of {receipt.product.sku}",
            f"{address}?{urlencode({'q': receipt.po_number})}",
        )
        for receipt in found
    }


def _signals(keys: Collection[str], user: User) -> Lines:
    found = DemandSignal.objects.filter(pk__in=ids_of(keys)).select_related("product")
    return {
        str(signal.pk): AboutLine(f"Demand signal of {signal.product.sku}", signal.get_absolute_url())
        for signal in found
    }


RESOLVERS: Final[dict[AboutKind, Callable[[Collection[str], User], Lines]]] = {
    AboutKind.FLAG: _flags,
    AboutKind.CAMPAIGN: _campaigns,
    AboutKind.SKU: _skus,
    AboutKind.FORECAST_CELL: _forecasts,
    AboutKind.MEASURE: _measures,
    AboutKind.RECEIPT: _receipts,
    AboutKind.SIGNAL: _signals,
}
