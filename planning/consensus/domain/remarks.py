"""Comments on a forecast, and the points that must be closed before it is signed."""

from django.db import transaction
from django.utils import timezone

from marketing.catalogue.models import Category, Product
from planning.consensus.choices import RemarkKind
from planning.consensus.domain.locking import locked, locked_open
from planning.consensus.models import ForecastVersion, Remark
from sop_site.access.models import User
from sop_site.access.permissions import NotNow, require
from sop_site.history import note_change


@transaction.atomic
def remark(
    *,
    version: ForecastVersion,
    kind: RemarkKind,
    text: str,
    by: User,
    category: Category | None = None,
    style: str = "",
    product: Product | None = None,
) -> Remark:
    """Say something about the forecast, a category, a ``style`` of it or a SKU.

    An open point keeps the forecast from being signed until it is closed.
    """
    require(by, "planning.comment_on_forecast")
    current = locked_open(version) if kind == RemarkKind.OPEN_POINT else locked(version)
    note_change(by=by)
    return Remark.objects.create(
        version=current,
        kind=kind,
        category=category,
        style=style,
        product=product,
        text=text,
        raised_at=timezone.now(),
        raised_by=by,
    )


@transaction.atomic
def close_point(*, remark: Remark, by: User, resolution: str) -> Remark:
    """Close an open point, and say how it was settled."""
    require(by, "planning.comment_on_forecast")
    locked_open(remark.version)
    current = Remark.objects.select_for_update(no_key=True).get(pk=remark.pk)
    if current.kind != RemarkKind.OPEN_POINT or current.closed_at is not None:
        raise NotNow("This point is closed already.")
    note_change(by=by, note=resolution)
    current.closed_at, current.closed_by, current.resolution = timezone.now(), by, resolution
    current.save()
    return current
