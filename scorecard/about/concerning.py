"""Which other things concern a thing: what was agreed about those is of interest on its page too."""

from typing import Any, Final

from django.db.models import CharField, Q, QuerySet
from django.db.models.functions import Cast

from marketing.campaigns.models import Campaign
from marketing.catalogue.models import Product
from planning.risk.queries import flags_visible_to
from planning.supply.models import Receipt
from scorecard.about.about import About, ids_of
from scorecard.about.choices import AboutKind
from scorecard.signals.models import DemandSignal
from sop_site.access.models import User

# What `concerning` looks at, in words; of any other kind there is nothing.
CONCERNS: Final = {
    AboutKind.FLAG: "its campaign and its SKU",
    AboutKind.CAMPAIGN: "its flags",
    AboutKind.SKU: "its demand signals and its flags",
    AboutKind.RECEIPT: "its SKU",
    AboutKind.SIGNAL: "its SKU",
}


def concerning(about: About, user: User) -> Q:
    """Rows about the things that concern a thing, one step away and none about itself.

    Only things that ``user`` may see. Asks nothing by itself: the things are looked up within the query that
    it goes into, however many there are.
    """
    ids = ids_of([about.key])
    match about.kind:
        case AboutKind.FLAG:
            flags = flags_visible_to(user).filter(pk__in=ids)
            campaigns = Campaign.objects.visible_to(user).filter(flags__in=flags)
            return _about(AboutKind.CAMPAIGN, campaigns) | _about(
                AboutKind.SKU, Product.objects.filter(flags__in=flags)
            )
        case AboutKind.CAMPAIGN:
            return _about(AboutKind.FLAG, flags_visible_to(user).filter(campaign__in=ids))
        case AboutKind.SKU:
            planned = flags_visible_to(user).filter(product__in=ids, campaign__in=Campaign.objects.planned())
            signals = DemandSignal.objects.filter(product__in=ids)
            return _about(AboutKind.SIGNAL, signals) | _about(AboutKind.FLAG, planned)
        case AboutKind.RECEIPT:
            return _about(AboutKind.SKU, Receipt.objects.filter(pk__in=ids), "product_id")
        case AboutKind.SIGNAL:
            return _about(AboutKind.SKU, DemandSignal.objects.filter(pk__in=ids), "product_id")
    return Q(pk__in=[])


def _about(kind: AboutKind, found: QuerySet[Any], column: str = "pk") -> Q:
    """Rows about any of the things that were ``found``, whose keys are in ``column``."""
    keys = found.order_by().annotate(as_key=Cast(column, CharField())).values("as_key")
    return Q(about_kind=kind, about_key__in=keys)
