"""Counting what belongs to each row of a list, without joining it in."""

from django.db.models import Count, IntegerField, QuerySet, Subquery
from django.db.models.functions import Coalesce


def count_of(belonging: QuerySet, by: str) -> Coalesce:
    """How many of ``belonging``, filtered by an ``OuterRef``, there are; ``by`` is the field of that filter.

    For ``annotate``. It is worked out for the rows of the page alone, where a joined Count would group
    all rows of the list first.
    """
    counted = belonging.order_by().values(by).annotate(number=Count("pk")).values("number")
    return Coalesce(Subquery(counted, output_field=IntegerField()), 0)
