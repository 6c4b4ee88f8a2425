"""Gathers Marketing's tables."""

from marketing.baseline.models import BaselineForecast
from marketing.campaigns.models import Campaign, CampaignDoor, CampaignLine
from marketing.catalogue.models import Category, Door, Product, Ranging
from marketing.lift.models import MechanicLift
from marketing.sales.models import Mechanic, PastPromotion, WeeklySales

__all__ = [
    "BaselineForecast",
    "Campaign",
    "CampaignDoor",
    "CampaignLine",
    "Category",
    "Door",
    "Mechanic",
    "MechanicLift",
    "PastPromotion",
    "Product",
    "Ranging",
    "WeeklySales",
]
