"""When Planning asks for a campaign: the decision window of what it features, and where."""

from marketing.campaigns.models import Campaign
from sop_site.operating_model.limits import WINDOW_LIMITS, Limits
from sop_site.operating_model.models import OperatingModel
from sop_site.operating_model.weeks import DecisionWindow


def decision_window_of(campaign: Campaign, model: OperatingModel) -> DecisionWindow:
    """The longest window of its SKUs' categories in the regions of its doors, under ``model``.

    Asks the database for these only where windows differ.
    """
    if not Limits.of(model).differ(WINDOW_LIMITS):
        return DecisionWindow.of(model)
    paths = campaign.lines.values_list("product__category__path", flat=True).distinct()
    regions = campaign.doors.values_list("region", flat=True).distinct()
    return DecisionWindow.longest(model, {path or "" for path in paths}, set(regions))
