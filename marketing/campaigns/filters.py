"""What the calendar and the list of campaigns can be narrowed to."""

import django_filters
from django.db.models import Q

from marketing.campaigns.choices import CampaignStatus, Channel
from marketing.campaigns.models import Campaign, CampaignQuerySet
from marketing.sales.models import Mechanic

ALL = "all"
STATUS_CHOICES = [*CampaignStatus.choices, (ALL, "All, with cancelled")]


class CampaignFilter(django_filters.FilterSet):
    """By status, channel, mechanic and text. Cancelled campaigns are shown only when asked for."""

    q = django_filters.CharFilter(method="by_text")
    status = django_filters.ChoiceFilter(
        choices=STATUS_CHOICES, method="by_status", empty_label="All but cancelled"
    )
    mechanic = django_filters.ModelChoiceFilter(
        queryset=lambda request: Mechanic.objects.all(), empty_label="Any"
    )
    channel = django_filters.ChoiceFilter(choices=Channel.choices, empty_label="Any")

    class Meta:
        model = Campaign
        fields = ["q", "status", "mechanic", "channel"]

    @property
    def qs(self) -> CampaignQuerySet:
        found = super().qs
        asked = self.form.cleaned_data.get("status") if self.is_bound and self.form.is_valid() else ""
        return found if asked else found.exclude(status=CampaignStatus.CANCELLED)

    def by_text(self, campaigns: CampaignQuerySet, name: str, text: str) -> CampaignQuerySet:
        """Campaigns whose code, name or featured SKUs hold every word."""
        for word in text.split():
            campaigns = campaigns.filter(
                Q(code__icontains=word)
                | Q(name__icontains=word)
                | Q(
                    pk__in=Campaign.objects.filter(
                        Q(lines__product__sku__icontains=word) | Q(lines__product__name__icontains=word)
                    ).values("pk")
                )
            )
        return campaigns

    def by_status(self, campaigns: CampaignQuerySet, name: str, status: str) -> CampaignQuerySet:
        """Those of one status, or with ``all`` those of any."""
        return campaigns if status == ALL else campaigns.filter(status=status)
