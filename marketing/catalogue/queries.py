"""Reads about SKUs and doors."""

from django.db.models import OuterRef, Q

from marketing.catalogue.models import Category, Door, DoorQuerySet, Product, ProductQuerySet, Ranging
from sop_site.counting import count_of
from sop_site.history.queries import HistoryEntry, entries_of
from sop_site.operating_model.places import Places


def products_for_list() -> ProductQuerySet:
    """Every SKU with its category and the number of doors that range it."""
    return Product.objects.select_related("category").annotate(
        door_count=count_of(Ranging.objects.filter(product=OuterRef("pk")), "product")
    )


def doors_for_list() -> DoorQuerySet:
    """Every door with the DC that supplies it and the number of SKUs it ranges."""
    return Door.objects.select_related("supplied_by").annotate(
        sku_count=count_of(Ranging.objects.filter(door=OuterRef("pk")), "door")
    )


def rangings_of(product: Product) -> list[Ranging]:
    """The doors that range the SKU, by region."""
    return list(
        Ranging.objects.filter(product=product).select_related("door").order_by("door__region", "door__name")
    )


def regions() -> list[str]:
    """The regions that have doors."""
    return list(
        Door.objects.filter(~Q(region="")).order_by("region").values_list("region", flat=True).distinct()
    )


def places() -> Places:
    """The categories and regions for which the operating model may set limits of their own."""
    return Places(list(Category.objects.order_by("path").values_list("path", flat=True)), regions())


def history_of(product: Product) -> list[HistoryEntry]:
    """What was changed on the SKU itself; what others made of it, in drafts too, is not told here."""
    return [entry for entry in entries_of(product) if entry.subject_label == Product._meta.verbose_name]
