"""What the table of past lifts can be narrowed to."""

import django_filters

from marketing.lift.models import LiftNorm
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
