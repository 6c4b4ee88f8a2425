"""The limits of the demand signal as leadership has set them."""

from datetime import date

from scorecard.signals.engine import Limits
from sop_site.operating_model.models import OperatingModel


def limits_in_force(day: date) -> Limits:
    """Those of the operating model that is in force on ``day``."""
    model = OperatingModel.objects.in_force(day)
    return Limits(tracking=model.demand_signal_limit, least_share=model.demand_signal_least_share)
