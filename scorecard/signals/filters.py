"""What the list of demand signals can be narrowed to."""

from typing import Any

import django_filters
from django.db.models import Q

from marketing.catalogue.models import Category
from scorecard.signals.choices import Side, SignalStatus
from scorecard.signals.models import DemandSignal, DemandSignalQuerySet

EVERY_STATUS = "all"


class SignalFilter(django_filters.FilterSet):
    """By SKU, category, where most of the miss lies, side, promotion and status; at first the open ones."""

    q = django_filters.CharFilter(method="by_text", label="SKU code or name")
    status = django_filters.ChoiceFilter(
        choices=[(SignalStatus.DECIDED.value, SignalStatus.DECIDED.label), (EVERY_STATUS, "All")],
        method="by_status",
        empty_label=SignalStatus.OPEN.label,
        label="Status",
    )
    category = django_filters.ModelChoiceFilter(
        queryset=lambda request: Category.objects.filter(parent=None),
        method="below",
        empty_label="Any",
        label="Category",
    )
    region = django_filters.ChoiceFilter(
        field_name="main_region",
        choices=lambda: [
            (name, name)
            for name in DemandSignal.objects.order_by("main_region")
            .values_list("main_region", flat=True)
            .distinct()
        ],
        empty_label="Any",
        label="Mostly in",
    )
    side = django_filters.ChoiceFilter(
        choices=Side.choices, method="by_side", empty_label="Either side", label="Sells"
    )
    promoted = django_filters.ChoiceFilter(
        field_name="is_promoted",
        choices=[("True", "Promoted"), ("False", "Not promoted")],
        empty_label="Either",
        label="Promoted",
    )

    class Meta:
        model = DemandSignal
        fields = ["q", "status", "category", "region", "side", "promoted"]

    def filter_queryset(self, queryset: Any) -> Any:
        """The signals that are asked for; without a status the open ones."""
        found = super().filter_queryset(queryset)
        return found if self.form.cleaned_data.get("status") else found.open()

    def by_text(self, signals: DemandSignalQuerySet, name: str, text: str) -> DemandSignalQuerySet:
        """Signals of SKUs whose code or name holds every word."""
        for word in text.replace("\x00", "").split():
            signals = signals.filter(Q(product__sku__icontains=word) | Q(product__name__icontains=word))
        return signals

    def by_status(self, signals: DemandSignalQuerySet, name: str, status: str) -> DemandSignalQuerySet:
        """Those of a status, or all."""
        return signals if status == EVERY_STATUS else signals.filter(status=status)

    def below(self, signals: DemandSignalQuerySet, name: str, category: Category) -> DemandSignalQuerySet:
        """Signals of SKUs anywhere below the category."""
        path = category.path
        return signals.filter(
            Q(product__category=category) | Q(product__category__path__startswith=f"{path} > ")
        )

    def by_side(self, signals: DemandSignalQuerySet, name: str, side: str) -> DemandSignalQuerySet:
        """Those that sell more than was forecast, or less."""
        return signals.on_side(Side(side))
