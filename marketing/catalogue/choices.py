"""Kinds of doors."""

from django.db import models


class DoorKind(models.TextChoices):
    STORE = "store", "Store"
    DC = "dc", "Distribution centre"
    ECOMMERCE = "ecommerce", "E-commerce"
