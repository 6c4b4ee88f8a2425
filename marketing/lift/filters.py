"""What the table of past lifts can be narrowed to."""

import django_filters
from django.db.models import QuerySet

from marketing.catalogue.models import Product
from marketing.lift.models import LiftNorm, PastLift
from marketing.lift.queries import measured_categories, measured_mechanics


class LiftNormFilter(django_filters.FilterSet):
    """Past lifts by mechanic and by category."""

    mechanic = django_filters.ModelChoiceFilter(
        queryset=lambda request: measured_mechanics(), empty_label="Any"
    )
    category = django_filters.ModelChoiceFilter(
        queryset=lambda request: measured_categories(), empty_label="Any"
    )

    class Meta:
        model = LiftNorm
        fields = ["mechanic", "category"]


class PastLiftFilter(django_filters.FilterSet):
    """Past promotions by SKU and by mechanic."""

    q = django_filters.CharFilter(method="by_text")
    mechanic = django_filters.ModelChoiceFilter(
        queryset=lambda request: measured_mechanics(), empty_label="Any"
    )

    class Meta:
        model = PastLift
        fields = ["q", "mechanic"]

    def by_text(self, past: QuerySet[PastLift], name: str, text: str) -> QuerySet[PastLift]:
        """Those of SKUs whose code, name, style or colour holds every word."""
        return past.filter(product__in=Product.objects.matching(text))
