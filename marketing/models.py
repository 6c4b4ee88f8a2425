"""Gathers Marketing's tables."""

from marketing.baseline.models import BaselineForecast
from marketing.campaigns.models import Campaign, CampaignDoor, CampaignLine, CampaignResult
from marketing.catalogue.models import Category, Door, Product, Ranging
from marketing.demand.models import DemandFit, DemandFitPart
from marketing.lift.models import LiftNorm, PastLift
from marketing.sales.models import Mechanic, PastPromotion, WeeklySales

__all__ = [
    "BaselineForecast",
    "Campaign",
    "CampaignDoor",
    "CampaignLine",
    "CampaignResult",
    "Category",
    "DemandFit",
    "DemandFitPart",
    "Door",
    "LiftNorm",
    "Mechanic",
    "PastLift",
    "PastPromotion",
    "Product",
    "Ranging",
    "WeeklySales",
]
