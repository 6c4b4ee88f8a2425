"""What stands beside the points of a monthly consensus: numbers by layer and month, signatures."""

from collections.abc import Collection
from datetime import date
from typing import Any

from django.conf import settings
from django.db.models import OuterRef, QuerySet, Subquery
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode

from planning.consensus.cells import totals_of_cell, totals_of_sku, totals_within
from planning.consensus.choices import FUNCTIONS, Layer
from planning.consensus.cycle import function_words, seat_states, total_rows
from planning.consensus.models import (
    Cycle,
    ForecastEntry,
    ForecastSignature,
    ForecastVersion,
    Remark,
    Submission,
)
from planning.consensus.packing import Totals
from planning.consensus.reconcile_rows import NO_CATEGORY
from planning.risk.sentences import joined
from scorecard.meetings.agenda.monthly import FURTHER, Cause, further_differences, thing_of
from scorecard.meetings.table import Cell, Head, PointData, money_words, number, table_of
from sop_site import formats
from sop_site.access.queries import people_who_may
from sop_site.fiscal import FiscalPeriod


def forecast_data(source_key: str, day: date) -> PointData | None:
    """What stands beside a point of the forecast, by what `Cause` its key names."""
    cause, _, key = source_key.partition(":")
    version_id, _, cell = key.partition(":")
    if cause == Cause.REMARK:
        remark = Remark.objects.select_related("version__cycle", "category").filter(pk=int(key)).first()
        return _of_remark(remark) if remark is not None else None
    version = ForecastVersion.objects.select_related("cycle").filter(pk=int(version_id)).first()
    if version is None:
        return None
    match cause:
        case Cause.OWED:
            return _owed(version, day)
        case Cause.SIGN:
            return _signatures(version)
        case Cause.DIFFER if cell == FURTHER:
            return _further(version)
        case Cause.DIFFER:
            category_id, _, door_group = cell.partition(":")
            totals = totals_of_cell(version, int(category_id) if category_id else None, door_group)
            return _by_layer(version, totals, _cut(category_id, door_group))
    return None


def forecast_stand(month: FiscalPeriod) -> list[object]:
    """What is another whenever the figures beside the points of a month's cycle are; one query."""

    def newest(rows: QuerySet[Any], column: str) -> Subquery:
        of_cycle = rows.filter(version__cycle=OuterRef("pk"), **{f"{column}__isnull": False})
        return Subquery(of_cycle.order_by(f"-{column}").values(column)[:1])

    cycles = Cycle.objects.filter(month_start=month.start)
    return list(
        cycles.values_list(
            "status",
            newest(ForecastEntry.objects.all(), "pk"),
            newest(Submission.objects.all(), "submitted_at"),
            newest(ForecastSignature.objects.all(), "signed_at"),
            newest(ForecastSignature.objects.all(), "voided_at"),
        )
    )


def cycle_that_owes(source_key: str) -> int | None:
    """The cycle of a point about numbers that are owed; None of any other."""
    cause, _, key = source_key.partition(":")
    versions = ForecastVersion.objects.filter(pk=int(key)) if cause == Cause.OWED else None
    return versions.values_list("cycle", flat=True).first() if versions is not None else None


def _owed(version: ForecastVersion, day: date) -> PointData | None:
    """Every layer over all categories, and of each function whether its number is in."""
    given = {found.layer: found for found in version.submissions.select_related("submitted_by")}
    stands = {layer: function_words(given.get(layer), version.cycle, day)[0] for layer in FUNCTIONS}
    data = _by_layer(version, totals_within(version, None))
    rows = [[*cells[:-1], Cell(stands.get(layer, ""))] for layer, cells in zip(Layer, data.rows, strict=True)]
    return PointData([*data.heads[:-1], ("Stands", False)], rows, is_wide=True)


def _of_remark(remark: Remark) -> PointData:
    """The layers of what the open point is about."""
    version = remark.version
    if remark.product_id is not None:
        return _by_layer(version, totals_of_sku(version, remark.product_id))
    category_id = str(remark.category_id or "")
    return _by_layer(version, totals_within(version, remark.category), [("category", category_id)])


def _by_layer(version: ForecastVersion, totals: Totals, cut: Collection[tuple[str, str]] = ()) -> PointData:
    """Units of every layer by month, their sum and value; a number that people enter leads to the grid."""
    grid = reverse("consensus:grid", args=[version.pk])
    heads: list[Head] = [
        ("Layer", False),
        *((month.name, True) for month in version.cycle.months),
        ("Units", True),
        ("At price", True),
    ]
    rows = [
        [
            Cell(
                row.layer.label,
                f"{grid}?{urlencode([('layer', row.layer.value), *cut])}" if row.layer.is_entered else "",
            ),
            *(number(formats.units(round(cell.value))) for cell in row.cells),
            number(formats.units(round(row.units.value))),
            number(formats.money_full(row.at_price, settings.CURRENCY)),
        ]
        for row in total_rows(totals, "units")
    ]
    return PointData(heads, rows, is_wide=True)


def _signatures(version: ForecastVersion) -> PointData | None:
    """Every seat: who has signed, or whose signature is missing."""
    page = reverse("consensus:sign", args=[version.cycle_id])
    rows = []
    for state in seat_states(version):
        signed = state.signature
        people = [] if signed else [str(person) for person in people_who_may(state.seat.permission)]
        missing = joined(people) if people else "nobody holds the role"
        rows.append(
            [
                Cell(state.seat.label, page),
                Cell("Signed" if signed else "Missing"),
                Cell(str(signed.signed_by) if signed else missing),
                Cell(formats.short_date(timezone.localdate(signed.signed_at)) if signed else ""),
            ]
        )
    return table_of([("Seat", False), ("Signature", False), ("Who", False), ("On", False)], rows)


def _further(version: ForecastVersion) -> PointData | None:
    """The cells that have no point of their own."""
    further = further_differences(version)
    grid = reverse("consensus:grid", args=[version.pk])
    rows = [
        [
            Cell(one.name, f"{grid}?{urlencode(_cut(one.category_key, one.door_group))}"),
            number(formats.units(round(one.units))),
            number(money_words(one.money)),
        ]
        for one in further
    ]
    things = [(thing_of(version, one), one.name) for one in further if one.category is not None]
    return table_of([("Category, doors in", False), ("Units apart", True), ("At price", True)], rows, things)


def _cut(category_key: str, door_group: str) -> list[tuple[str, str]]:
    """What the address of the grid says of a cell."""
    return [("category", category_key or NO_CATEGORY), ("door_group", door_group)]
