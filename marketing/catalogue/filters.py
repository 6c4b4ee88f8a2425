"""What the lists of SKUs and doors can be narrowed to."""

import django_filters
from django.db.models import Q

from marketing.catalogue.choices import DoorKind
from marketing.catalogue.models import Category, Door, DoorQuerySet, Product, ProductQuerySet
from marketing.catalogue.queries import regions


class ProductFilter(django_filters.FilterSet):
    """SKUs by text and by the top of the merchandise tree."""

    q = django_filters.CharFilter(method="by_text")
    category = django_filters.ModelChoiceFilter(
        queryset=lambda request: Category.objects.filter(parent=None),
        method="below",
        empty_label="Any",
    )

    class Meta:
        model = Product
        fields = ["q", "category"]

    def by_text(self, products: ProductQuerySet, name: str, text: str) -> ProductQuerySet:
        """SKUs whose code, name, style or colour holds every word."""
        return products.matching(text)

    def below(self, products: ProductQuerySet, name: str, category: Category) -> ProductQuerySet:
        """SKUs anywhere below the category."""
        inside = Q(category=category) | Q(category__path__startswith=f"{category.path} > ")
        return products.filter(inside)


class DoorFilter(django_filters.FilterSet):
    """Doors by text, kind and region."""

    q = django_filters.CharFilter(method="by_text")
    kind = django_filters.ChoiceFilter(choices=DoorKind.choices, empty_label="Any")
    region = django_filters.ChoiceFilter(
        choices=lambda: [(region, region) for region in regions()], empty_label="Any"
    )

    class Meta:
        model = Door
        fields = ["q", "kind", "region"]

    def by_text(self, doors: DoorQuerySet, name: str, text: str) -> DoorQuerySet:
        """Doors whose code, name or city holds every word."""
        for word in text.split():
            doors = doors.filter(Q(code__icontains=word) | Q(name__icontains=word) | Q(city__icontains=word))
        return doors
