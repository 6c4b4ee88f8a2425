"""The rows behind a figure as a page shows them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import fsum
from typing import Final

from django.conf import settings
from django.core.paginator import Page, Paginator
from django.urls import reverse

from marketing.catalogue.models import Product
from scorecard.measures.asked import Asked
from scorecard.measures.behind import Counted, Drilled, Level, ValueKind
from scorecard.measures.choices import Measure
from scorecard.measures.day_strip import DayStrip, day_strips
from scorecard.measures.figure import Figure
from scorecard.measures.supply_ahead import SupplyAhead, supply_ahead
from scorecard.measures.wording import figure_text
from scorecard.outcomes.campaign_drill import HEADINGS, CampaignRow, campaign_rows
from scorecard.outcomes.drill_opened import LevelTab, Opened, SkuNames
from scorecard.outcomes.drill_steps import Steps, figure_of
from scorecard.outcomes.measure_page import drill_url
from sop_site import formats
from sop_site.fiscal import week_of

ROWS_A_PAGE: Final = 50


@dataclass(frozen=True, slots=True)
class Cell:
    """A number of a row: what it says, the heading above it, and how it came about."""

    text: str
    heading: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class DrillRow:
    """One row in words."""

    name: str
    url: str
    note: str
    cells: list[Cell]
    place: str = ""
    week: str = ""
    strip: DayStrip | None = None


@dataclass(frozen=True, slots=True)
class DrillPage:
    """The rows behind a figure, a page of them, and what all of them add up to.

    ``steps`` are the parts to choose from where it is too much for one page; ``ahead`` are the weeks that use
    up the stock of one that looks ahead; ``why_not`` says why there are no rows, ``lacking`` what they lack.
    """

    asked: Asked
    measure: Measure
    figure: Figure
    note: str = ""
    level: Level | None = None
    place: str = ""
    product: Product | None = None
    tabs: list[LevelTab] = field(default_factory=list)
    page: Page | None = None
    rows: list[DrillRow] = field(default_factory=list)
    headings: list[str] = field(default_factory=list)
    sums: list[Cell] = field(default_factory=list)
    steps: Steps | None = None
    ahead: SupplyAhead | None = None
    why_not: str = ""
    lacking: str = ""
    has_strips: bool = False

    @property
    def value(self) -> str:
        """The figure in words."""
        return figure_text(self.figure)


def drill_page(measure: Measure, asked: Asked, opened: Opened, *, page: str | None) -> DrillPage:
    """The rows behind the measure, by SKU unless the address opens them further."""
    figure = figure_of(measure, asked.period, asked.cut, is_direct=opened.is_direct)
    if measure in HEADINGS:
        return _of_campaigns(measure, asked, figure, page)
    if not asked.cut.slices <= measure.facts.slices:
        return DrillPage(asked, measure, figure, product=opened.product, why_not=figure.missing)
    # What a single SKU was expected to sell is not kept.
    looks_ahead = measure == Measure.WEEKS_FORWARD and opened.product is None and not opened.is_direct
    ahead = supply_ahead(asked.period, asked.cut) if looks_ahead else None
    found = opened.rows(measure, asked)
    if isinstance(found, Steps):
        return DrillPage(asked, measure, figure, product=opened.product, steps=found, ahead=ahead)
    shown = Paginator(range(len(found)), ROWS_A_PAGE).get_page(page)
    arithmetic = found.arithmetic
    return DrillPage(
        asked,
        measure,
        figure,
        note=arithmetic.note,
        level=opened.level,
        place=arithmetic.place,
        product=opened.product,
        tabs=opened.tabs(measure, asked, arithmetic.place),
        page=shown,
        rows=_rows(measure, asked, found, list(shown.object_list), opened.level),
        headings=_headings(found),
        sums=_cells(measure, found, [fsum(column) for column in found.values]),
        ahead=ahead,
        why_not="" if len(found) else figure.missing or "Nothing stands behind it in these weeks.",
        lacking=_lacking(found),
        has_strips=found.days is not None,
    )


def _lacking(found: Drilled) -> str:
    """That weeks of the first days of the scorecard have units alone, so that the rows come to less."""
    if not found.unvalued:
        return ""
    starts = [found.weeks[place].start for place in found.unvalued]
    first, last = week_of(starts[0]).label, week_of(starts[-1]).label
    weeks = first if len(starts) == 1 else f"{len(starts)} weeks from {first} to {last}"
    return (
        f"Of {weeks} no money was kept by SKU and door when they closed: their units stand here without a"
        " price or a cost, and the rows do not add up to the figure."
    )


def _headings(found: Drilled) -> list[str]:
    """What stands above the numbers of a row."""
    arithmetic = found.arithmetic
    counted = [arithmetic.columns[place].heading for place in found.columns]
    return [*counted, arithmetic.value] if arithmetic.value else counted


def _rows(
    measure: Measure, asked: Asked, found: Drilled, at_places: list[int], level: Level
) -> list[DrillRow]:
    names = SkuNames.of(found, at_places)
    pairs = [(int(found.product_ids[at]), int(found.place_ids[at])) for at in at_places]
    strips = {} if found.days is None else day_strips(pairs, found.days, found.weeks, asked.period)
    rows = []
    for at, (product_id, place_id) in zip(at_places, pairs, strict=True):
        product = names.products[product_id]
        opens = level == Level.SKU
        rows.append(
            DrillRow(
                name=product.name,
                url=drill_url(measure, asked, sku=product_id)
                if opens
                else reverse("catalogue:product", args=[product_id]),
                note=product.sku,
                cells=_cells(measure, found, found.values[:, at].tolist()),
                place="" if level == Level.SKU else names.place(place_id),
                week="" if level != Level.WEEK else _week(found, at),
                strip=strips.get((product_id, place_id)),
            )
        )
    return rows


def _week(found: Drilled, at: int) -> str:
    return week_of(found.weeks[int(found.week_places[at])].start).label


def _cells(measure: Measure, found: Drilled, values: Sequence[float]) -> list[Cell]:
    """The numbers of a row, or of the sums of all, in the order of their headings."""
    arithmetic = found.arithmetic
    cells = [
        Cell(
            _counted(arithmetic.columns[place], values[place]),
            arithmetic.columns[place].heading,
            _how(measure, values) if place == arithmetic.part else "",
        )
        for place in found.columns
    ]
    if arithmetic.value:
        cells.append(Cell(_value(arithmetic.kind, found.value_of(values)), arithmetic.value))
    return cells


def _counted(column: Counted, value: float) -> str:
    return formats.money_full(value, settings.CURRENCY) if column.is_money else formats.units(value)


def _value(kind: ValueKind, value: float | None) -> str:
    if value is None:
        return ""
    match kind:
        case ValueKind.SHARE:
            return formats.percent(value, 1)
        case ValueKind.CHANGE:
            return formats.signed_percent(value, 1)
        case ValueKind.POINTS:
            return f"{formats.signed_percent(value, 1).removesuffix('%')} points"
        case ValueKind.TIMES:
            return formats.times(value, 1)


def _how(measure: Measure, values: Sequence[float]) -> str:
    """The sum that makes the margin lost of a row of which all is valued: ``4 × ($50.00 − $20.00)``."""
    if measure != Measure.LOST_MARGIN:
        return ""
    unmet, sales, cost, _, *left_out = values
    if unmet <= 0 or any(left_out):
        return ""
    price, unit_cost = (formats.price(money / unmet, settings.CURRENCY) for money in (sales, cost))
    return f"{formats.units(unmet)} {formats.TIMES} ({price} {formats.MINUS} {unit_cost})"


def _of_campaigns(measure: Measure, asked: Asked, figure: Figure, page: str | None) -> DrillPage:
    rows = campaign_rows(measure, asked.period, asked.cut)
    shown = Paginator(rows, ROWS_A_PAGE).get_page(page)
    part_heading, whole_heading = HEADINGS[measure]
    is_share = measure != Measure.DECISION_LEAD
    headings = [part_heading, whole_heading, *(["Share"] if is_share else [])]
    known = [row for row in rows if row.part is not None and row.whole is not None]
    part, whole = fsum(row.part or 0.0 for row in known), fsum(row.whole or 0.0 for row in known)
    sums = (
        [
            _number(measure, part),
            _number(measure, whole),
            formats.percent(part / whole, 1) if whole else "",
        ]
        if is_share
        else ["", formats.units(whole)]
    )
    return DrillPage(
        asked,
        measure,
        figure,
        note="" if is_share else "The figure is the median over all decided risks, not of these medians.",
        page=shown,
        rows=[_campaign_row(measure, row, headings) for row in shown],
        headings=headings,
        sums=[Cell(text, heading) for text, heading in zip(sums, headings, strict=True)],
        why_not="" if rows else figure.missing or "No campaign stands behind it in these weeks.",
    )


def _campaign_row(measure: Measure, row: CampaignRow, headings: Sequence[str]) -> DrillRow:
    campaign = row.campaign
    texts = ["not known", "", ""]
    if row.part is not None and row.whole is not None:
        texts = [
            _number(measure, row.part),
            _number(measure, row.whole) if measure != Measure.DECISION_LEAD else formats.units(row.whole),
            formats.percent(row.part / row.whole, 1) if row.whole else "",
        ]
    return DrillRow(
        name=campaign.name,
        url=reverse("campaigns:detail", args=[campaign.pk]),
        note=f"{campaign.code}, {formats.day_range(campaign.starts_on, campaign.ends_on, with_year=True)}",
        cells=[Cell(text, heading) for text, heading in zip(texts, headings, strict=False)],
    )


def _number(measure: Measure, value: float | None) -> str:
    if measure == Measure.REVENUE:
        return formats.money_full(value, settings.CURRENCY)
    return formats.units(value)
