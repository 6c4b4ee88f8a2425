"""The reconcile page: where the functions differ, and what stands beside it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Final

from django.core.paginator import Page, Paginator
from django.db.models import Q

from marketing.catalogue.models import Category
from planning.consensus.bars import Bar, Waterfall
from planning.consensus.choices import CONSENSUS_MAY_CHANGE, FUNCTIONS, Layer, RemarkKind
from planning.consensus.comparison import Comparison, compared
from planning.consensus.cycle import change_ratio
from planning.consensus.engine import SMALL_SHARE
from planning.consensus.in_force import published_before
from planning.consensus.models import ForecastEntry, ForecastVersion, Remark
from planning.consensus.packing import Totals
from planning.consensus.reconcile_rows import LAYERS, LayerCell, Place, Row, RowSubject, rows_of
from planning.consensus.totals import totals_by_category
from planning.consensus.track_record import track_records
from planning.consensus.tweak_record import TweakRecord
from planning.consensus.waterfalls import from_layer_to_layer, since_the_last_signed
from sop_site.access.models import User

CAMPAIGNS: Final = LAYERS.index(Layer.CAMPAIGNS)
ROWS_A_PAGE: Final = 25
ENTRIES_A_ROW: Final = 8
MOST_ENTRIES: Final = 400


@dataclass(frozen=True, slots=True)
class ReconcilePage:
    """All that the page shows. ``agreed`` is how many rows all agree on; they are listed where asked for."""

    place: Place
    page: Page
    agreed: int
    rows: Sequence[Row]
    points: Sequence[Remark]
    others: Sequence[Remark]
    waterfall: Waterfall
    comparison: Comparison | None
    contributions: Sequence[Bar]
    may_settle: bool
    why_not: str
    may_remark: bool


def reconcile_page(place: Place, user: User, page_number: Any, *, with_agreed: bool = False) -> ReconcilePage:
    """The rows of ``place``, most money first, in a fixed number of queries.

    Those on which all agree are left out, but ``with_agreed``.
    """
    version = place.version
    by_category = totals_by_category(version, door_group=place.door_group)
    rows = rows_of(place, by_category)
    differing = [row for row in rows if not row.is_agreed]
    page = Paginator(rows if with_agreed else differing, ROWS_A_PAGE).get_page(page_number)
    remarks = list(version.remarks.select_related("raised_by", "closed_by", "category", "product"))
    previous = published_before(version)
    comparison = compared(previous, version) if previous else None
    why_not = why_not_settled(version, user)
    return ReconcilePage(
        place=place,
        page=page,
        agreed=len(rows) - len(differing),
        rows=_with_company(list(page), place, remarks),
        points=[one for one in remarks if one.kind == RemarkKind.OPEN_POINT and one.closed_at is None],
        others=[one for one in remarks if one.kind != RemarkKind.OPEN_POINT or one.closed_at is not None],
        waterfall=from_layer_to_layer(sum(by_category.values(), start=Totals.none())),
        comparison=comparison,
        contributions=since_the_last_signed(comparison) if comparison else (),
        may_settle=not why_not,
        why_not=why_not,
        may_remark=user.has_perm("planning.comment_on_forecast") and version.published_at is None,
    )


def why_not_settled(version: ForecastVersion, user: User) -> str:
    """Why this person cannot set the consensus now, in a sentence; "" where they can."""
    if version.published_at is not None:
        return f"{version} is published and locked. The chair can reopen it."
    if version.cycle.stage not in CONSENSUS_MAY_CHANGE:
        return "The consensus is set once reconciling has begun."
    if not user.has_perm(Layer.CONSENSUS.permission):
        return "Planning and the heads of the functions set the consensus."
    return ""


def _with_company(rows: Sequence[Row], place: Place, remarks: Sequence[Remark]) -> list[Row]:
    """The rows with the records of their functions, the entries behind them and what was said of them."""
    records = track_records({row.subject.category.pk if row.subject.category else None for row in rows})
    entries = _entries_about(rows, place)
    advice = cache(TweakRecord.read().advice)

    def cell(row: Row, layer: Layer) -> LayerCell:
        category = row.subject.category
        units, base = float(row.units[LAYERS.index(layer)]), float(row.units[CAMPAIGNS])
        change = change_ratio(units, base) if layer.is_entered else None
        is_small_raise = change is not None and 0 < change <= SMALL_SHARE
        return LayerCell(
            layer,
            units,
            change,
            records.get((category.pk if category else None, layer)) if layer in FUNCTIONS else None,
            advice(layer, category) if is_small_raise else "",
        )

    return [
        replace(
            row,
            cells=[cell(row, layer) for layer in LAYERS],
            entries=[entry for entry in entries if concerns(entry, row)][:ENTRIES_A_ROW],
            remarks=[one for one in remarks if _is_about(one, row.subject)],
            advice=advice(Layer.CONSENSUS, row.subject.category),
        )
        for row in rows
    ]


def _entries_about(rows: Sequence[Row], place: Place) -> list[ForecastEntry]:
    """The newest entries that can concern these rows."""
    categories = {row.subject.category for row in rows if row.subject.category}
    paths = {path for category in categories for path in _paths_down_to(category)}
    about = Q(category__path__in=paths) | Q(product__category__in=categories)
    about |= Q(category=None, product=None) | Q(product__in=[row.subject.product_id for row in rows])
    if place.door_group:
        about &= Q(door_group__in=["", place.door_group])
    months = {row.month_place for row in rows}
    found = place.version.entries_so_far.filter(about, month_place__in=months)
    return list(found.select_related("entered_by", "category", "product")[:MOST_ENTRIES])


def _paths_down_to(category: Category) -> list[str]:
    names = category.path.split(" > ")
    return [" > ".join(names[: count + 1]) for count in range(len(names))]


def concerns(entry: ForecastEntry, row: Row) -> bool:
    """Whether an entry changed the row's number or a part of it: about it, about more, or about less."""
    subject = row.subject
    if entry.month_place != row.month_place:
        return False
    if entry.product is not None:
        if subject.product_id is not None:
            return entry.product_id == subject.product_id
        category_id = subject.category.pk if subject.category else None
        is_of_style = not subject.style or entry.product.style == subject.style
        return entry.product.category_id == category_id and is_of_style
    if entry.style and subject.style and entry.style != subject.style:
        return False
    if entry.category is None:
        return True
    return subject.category is not None and entry.category.path in _paths_down_to(subject.category)


def _is_about(remark: Remark, subject: RowSubject) -> bool:
    """A remark on a category or a style stands with the row of it, not with each of its SKUs."""
    if remark.product_id is not None or subject.product_id is not None:
        return remark.product_id == subject.product_id
    is_of_category = remark.category is not None and remark.category == subject.category
    return is_of_category and remark.style == subject.style
