"""What the list of planned orders can be narrowed to."""

import django_filters
from django.db.models import Q, QuerySet

from marketing.catalogue.choices import DoorKind
from marketing.catalogue.models import Category, Door, Product
from planning.buying.choices import OPEN_STATUSES, BuyException, BuyStatus
from planning.buying.models import BuyLine


def _suppliers() -> list[tuple[str, str]]:
    names = Product.objects.exclude(supplier="").order_by("supplier").values_list("supplier", flat=True)
    return [(name, name) for name in names.distinct()]


class BuyLineFilter(django_filters.FilterSet):
    """By text (SKU or PO), exception, category, supplier, DC and status; without a status, what is open."""

    q = django_filters.CharFilter(method="by_text", label="SKU or PO")
    exception = django_filters.ChoiceFilter(
        choices=BuyException.choices, method="by_exception", empty_label="Any or none", label="To look at"
    )
    category = django_filters.ModelChoiceFilter(
        queryset=Category.objects.all(), method="by_category", empty_label="Any", label="Category"
    )
    supplier = django_filters.ChoiceFilter(
        choices=_suppliers, field_name="product__supplier", empty_label="Any", label="Supplier"
    )
    door = django_filters.ModelChoiceFilter(
        queryset=Door.objects.filter(Q(kind=DoorKind.DC) | Q(supplied_by=None)),
        empty_label="Any",
        label="Lands at",
    )
    status = django_filters.ChoiceFilter(
        choices=BuyStatus.choices, empty_label="To approve or to order", label="Status"
    )

    class Meta:
        model = BuyLine
        fields = ["q", "exception", "category", "supplier", "door", "status"]

    @property
    def is_narrowed(self) -> bool:
        """Whether the list is anything but all that is open; what the address says in vain does not count."""
        self.form.is_valid()
        return any(self.form.cleaned_data.values())

    def filter_queryset(self, queryset: QuerySet[BuyLine]) -> QuerySet[BuyLine]:
        """What was sent or cancelled long ago shows when it is asked for."""
        lines = super().filter_queryset(queryset)
        return lines if self.form.cleaned_data.get("status") else lines.filter(status__in=OPEN_STATUSES)

    def by_text(self, lines: QuerySet[BuyLine], name: str, text: str) -> QuerySet[BuyLine]:
        """Orders whose SKU or PO holds every word."""
        for word in text.split():
            lines = lines.filter(
                Q(product__in=Product.objects.filter(Q(sku__icontains=word) | Q(name__icontains=word)))
                | Q(po_number__icontains=word)
            )
        return lines

    def by_exception(self, lines: QuerySet[BuyLine], name: str, exception: str) -> QuerySet[BuyLine]:
        """Orders that have this exception, alone or beside others."""
        return lines.filter(exceptions__contains=[exception])

    def by_category(self, lines: QuerySet[BuyLine], name: str, category: Category) -> QuerySet[BuyLine]:
        """Orders of a category and of all below it."""
        below = Category.objects.filter(Q(pk=category.pk) | Q(path__startswith=f"{category.path} > "))
        return lines.filter(product__category__in=below)
