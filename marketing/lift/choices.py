"""Depths of discount, and the parts of a lift."""

from django.db import models

# Below, a price differs by rounding.
LEAST_PRICE_CUT = 0.01


class DiscountBand(models.TextChoices):
    """How deep a price cut was."""

    NONE = "none", "no price cut"
    TO_10 = "to_10", "up to 10%"
    TO_20 = "to_20", "10 to 20%"
    TO_30 = "to_30", "20 to 30%"
    TO_40 = "to_40", "30 to 40%"
    OVER_40 = "over_40", "over 40%"

    @classmethod
    def of(cls, discount_ratio: float) -> "DiscountBand":
        """The band of a discount as a ratio; a NaN is none."""
        if not discount_ratio > LEAST_PRICE_CUT:
            return cls.NONE
        places = zip((0.1, 0.2, 0.3, 0.4), (cls.TO_10, cls.TO_20, cls.TO_30, cls.TO_40), strict=True)
        return next((band for deepest, band in places if discount_ratio <= deepest), cls.OVER_40)


class LiftPart(models.TextChoices):
    """What multiplies to a lift, in the order in which it is told."""

    MECHANIC = "mechanic", "Mechanic"
    DISCOUNT = "discount", "Discount depth"
    SKU = "sku", "This SKU"
    DOORS = "doors", "Chosen doors"
    LENGTH = "length", "Length"
    SEASON = "season", "Season"


class Borrowed(models.TextChoices):
    """Whose past promotions a suggestion rests on, where the SKU has none of its own."""

    OWN = "own", "its own past promotions"
    LIKE_ITEM = "like_item", "its like item"
    SUBCLASS = "subclass", "its subclass"
    RETAILER = "retailer", "all SKUs"
