"""The list of campaigns."""

import django_tables2 as tables

from marketing.campaigns.models import Campaign

NUMBER = {"th": {"class": "number"}, "td": {"class": "number"}}


class CampaignTable(tables.Table):
    """Campaigns with their dates, scope and status."""

    caption = "Campaigns"
    name = tables.TemplateColumn(
        template_name="marketing/campaigns/_name_cell.html", verbose_name="Campaign", order_by=("name",)
    )
    status = tables.TemplateColumn(template_name="marketing/campaigns/_status_cell.html")
    starts_on = tables.TemplateColumn(
        template_name="marketing/campaigns/_dates_cell.html", verbose_name="Dates"
    )
    mechanic = tables.Column(order_by=("mechanic__name", "starts_on"))
    channel = tables.Column()
    sku_count = tables.Column(verbose_name="SKUs", attrs=NUMBER)
    door_count = tables.Column(verbose_name="Doors", attrs=NUMBER)
    owner = tables.Column(order_by=("owner__first_name", "owner__last_name"), default="–")

    class Meta:
        model = Campaign
        fields = ("name", "status", "starts_on", "mechanic", "channel", "sku_count", "door_count", "owner")
        order_by = "starts_on"
