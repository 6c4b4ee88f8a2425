"""The rows behind a figure as a page shows them, and as a file holds them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from math import fsum
from typing import Final

from django.conf import settings
from django.core.paginator import Page, Paginator
from django.urls import reverse

from marketing.catalogue.models import Door, Product
from scorecard.measures.asked import Asked
from scorecard.measures.choices import Group, Measure, Slice
from scorecard.measures.day_strip import DayStrip, day_strips
from scorecard.measures.drill import ARITHMETIC, Arithmetic, Drilled, Level, drilled
from scorecard.measures.figure import Figure
from scorecard.measures.wording import figure_text
from scorecard.outcomes.campaign_drill import HEADINGS, CampaignRow, campaign_rows
from scorecard.outcomes.card import figures_of
from scorecard.outcomes.measure_page import PartRow, drill_url, part_rows
from sop_site import formats
from sop_site.access.permissions import NotNow
from sop_site.export import Column, ColumnKind, FileKind, Sheet
from sop_site.fiscal import week_of

ROWS_A_PAGE: Final = 50
# A workbook of more takes longer to write than people wait.
MOST_WORKBOOK_ROWS: Final = 100_000
LEVELS: Final = {Level.SKU: "SKUs", Level.DOOR: "SKUs at doors", Level.WEEK: "Weeks of SKUs at doors"}
BY_FORECAST: Final = (
    "Errors are kept by category and region, on every SKU and week together. Layer by layer they stand on the"
    " page of the forecast’s accuracy."
)
TOO_MUCH: Final = (
    "So many SKUs at doors stand behind it that a page of them says little: choose a shorter period."
)


@dataclass(frozen=True, slots=True)
class DrillRow:
    """One row in words."""

    name: str
    url: str
    note: str
    door: str
    week: str
    part: str
    whole: str
    value: str
    strip: DayStrip | None = None


@dataclass(frozen=True, slots=True)
class LevelTab:
    """How far the figure is opened."""

    label: str
    url: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class DrillPage:
    """The rows behind a figure, a page of them, and what all of them add up to.

    ``narrower`` are the categories to choose from where it is too much for one page; ``why_not`` says why
    there are no rows.
    """

    asked: Asked
    measure: Measure
    figure: Figure
    value: str
    arithmetic: Arithmetic
    level: Level | None
    product: Product | None = None
    tabs: list[LevelTab] = field(default_factory=list)
    page: Page | None = None
    rows: list[DrillRow] = field(default_factory=list)
    sums: tuple[str, str, str] = ("", "", "")
    narrower: list[PartRow] = field(default_factory=list)
    why_not: str = ""
    has_strips: bool = False


def drill_page(
    measure: Measure, asked: Asked, *, level: str, product: Product | None, page: str | None
) -> DrillPage:
    """The rows behind the measure, by SKU unless the address opens them further."""
    figure = figures_of([asked.period], asked.cut, {measure})[0][measure]
    if measure.facts.group == Group.FORECAST:
        return DrillPage(
            asked, measure, figure, figure_text(figure), Arithmetic(""), None, why_not=BY_FORECAST
        )
    if measure in HEADINGS:
        return _of_campaigns(measure, asked, figure, page)
    chosen = _level(level, product)
    arithmetic = ARITHMETIC[measure]
    tabs = [
        LevelTab(
            label,
            drill_url(measure, asked, level=each.value, sku=product.pk if product else None),
            each == chosen,
        )
        for each, label in LEVELS.items()
        if product is None or each != Level.SKU
    ]
    found = drilled(measure, asked.period, asked.cut, chosen, product)
    if found is None:
        parts = part_rows(measure, asked, Slice.CATEGORY)
        return DrillPage(
            asked,
            measure,
            figure,
            figure_text(figure),
            arithmetic,
            chosen,
            product,
            tabs,
            # The SKUs directly in a category open no further.
            narrower=[part for part in parts if part.doors_url],
            why_not=TOO_MUCH,
        )
    shown = Paginator(range(len(found)), ROWS_A_PAGE).get_page(page)
    part, whole = fsum(found.part), fsum(found.whole)
    return DrillPage(
        asked,
        measure,
        figure,
        figure_text(figure),
        arithmetic,
        chosen,
        product,
        tabs,
        page=shown,
        rows=_rows(measure, asked, found, list(shown.object_list), chosen),
        sums=(
            formats.units(part),
            formats.units(whole) if arithmetic.whole else "",
            _value(arithmetic, found, part, whole),
        ),
        why_not="" if len(found) else figure.missing or "Nothing stands behind it in these weeks.",
        has_strips=found.days is not None,
    )


def _level(level: str, product: Product | None) -> Level:
    """The level that the address names; of one SKU its doors."""
    known = [each.value for each in Level]
    asked = Level(level) if level in known else Level.SKU
    return Level.DOOR if product is not None and asked == Level.SKU else asked


def _rows(measure: Measure, asked: Asked, found: Drilled, places: list[int], level: Level) -> list[DrillRow]:
    arithmetic = ARITHMETIC[measure]
    names = _Names.of(found, places)
    pairs = [(int(found.product_ids[at]), int(found.door_ids[at])) for at in places]
    strips = {} if found.days is None else day_strips(pairs, found.days, found.weeks, asked.period)
    rows = []
    for at, (product_id, door_id) in zip(places, pairs, strict=True):
        product = names.products[product_id]
        part, whole = float(found.part[at]), float(found.whole[at])
        opens = level == Level.SKU
        rows.append(
            DrillRow(
                name=product.name,
                url=drill_url(measure, asked, sku=product_id)
                if opens
                else reverse("catalogue:product", args=[product_id]),
                note=product.sku,
                door=str(names.doors.get(door_id, "")),
                week="" if level != Level.WEEK else _week(found, at),
                part=formats.units(part),
                whole=formats.units(whole) if arithmetic.whole else "",
                value=_value(arithmetic, found, part, whole),
                strip=strips.get((product_id, door_id)),
            )
        )
    return rows


def _week(found: Drilled, at: int) -> str:
    return week_of(found.weeks[int(found.week_places[at])].start).label


def _value(arithmetic: Arithmetic, found: Drilled, part: float, whole: float) -> str:
    if not arithmetic.value:
        return ""
    value = found.value_of(part, whole)
    return formats.percent(value, 1) if arithmetic.is_share else formats.times(value, 1)


@dataclass(frozen=True, slots=True)
class _Names:
    """The SKUs and doors of some rows, by id."""

    products: dict[int, Product]
    doors: dict[int, Door]

    @classmethod
    def of(cls, found: Drilled, places: Iterable[int]) -> "_Names":
        chosen = list(places)
        return cls(
            Product.objects.select_related("category").in_bulk(
                {int(product) for product in found.product_ids[chosen]}
            ),
            Door.objects.in_bulk({int(door) for door in found.door_ids[chosen] if door >= 0}),
        )


def _of_campaigns(measure: Measure, asked: Asked, figure: Figure, page: str | None) -> DrillPage:
    rows = campaign_rows(measure, asked.period, asked.cut)
    shown = Paginator(rows, ROWS_A_PAGE).get_page(page)
    part_heading, whole_heading = HEADINGS[measure]
    is_share = measure != Measure.DECISION_LEAD
    arithmetic = Arithmetic(
        part_heading,
        whole_heading,
        "Share" if is_share else "",
        note="" if is_share else "The figure is the median over all decided risks, not of these medians.",
    )
    known = [row for row in rows if row.part is not None and row.whole is not None]
    part, whole = fsum(row.part or 0.0 for row in known), fsum(row.whole or 0.0 for row in known)
    return DrillPage(
        asked,
        measure,
        figure,
        figure_text(figure),
        arithmetic,
        None,
        page=shown,
        rows=[_campaign_row(measure, row) for row in shown],
        sums=(
            _number(measure, part) if is_share else "",
            _number(measure, whole) if is_share else formats.units(whole),
            formats.percent(part / whole, 1) if is_share and whole else "",
        ),
        why_not="" if rows else figure.missing or "No campaign stands behind it in these weeks.",
    )


def _campaign_row(measure: Measure, row: CampaignRow) -> DrillRow:
    campaign = row.campaign
    known = row.part is not None and row.whole is not None
    share = measure != Measure.DECISION_LEAD
    return DrillRow(
        name=campaign.name,
        url=reverse("campaigns:detail", args=[campaign.pk]),
        note=f"{campaign.code}, {formats.day_range(campaign.starts_on, campaign.ends_on, with_year=True)}",
        door="",
        week="",
        part=_number(measure, row.part) if known else "not known",
        whole=(_number(measure, row.whole) if share else formats.units(row.whole)) if known else "",
        value=formats.percent((row.part or 0.0) / row.whole, 1) if share and known and row.whole else "",
    )


def _number(measure: Measure, value: float | None) -> str:
    if measure == Measure.REVENUE:
        return formats.money_full(value, settings.CURRENCY)
    return formats.units(value)


def drill_sheet(
    measure: Measure, asked: Asked, kind: FileKind, *, level: str, product: Product | None
) -> Sheet:
    """Every row behind the measure as a table. Raises NotNow where a file of that kind cannot hold them."""
    if measure in HEADINGS:
        return _campaign_sheet(measure, asked)
    if measure not in ARITHMETIC:
        raise NotNow(BY_FORECAST)
    chosen = _level(level, product)
    found = drilled(measure, asked.period, asked.cut, chosen, product)
    if found is None:
        raise NotNow(TOO_MUCH)
    if kind is FileKind.XLSX and len(found) > MOST_WORKBOOK_ROWS:
        raise NotNow(f"An Excel file holds at most {MOST_WORKBOOK_ROWS:,} rows: these are {len(found):,}.")
    arithmetic = ARITHMETIC[measure]
    columns = [
        Column("SKU"),
        Column("Name"),
        Column("Category"),
        *([] if chosen == Level.SKU else [Column("Door"), Column("Name of the door"), Column("Region")]),
        *([Column("Week"), Column("Week begins", ColumnKind.DATE)] if chosen == Level.WEEK else []),
        Column(arithmetic.part, ColumnKind.RATIO),
        *([Column(arithmetic.whole, ColumnKind.RATIO)] if arithmetic.whole else []),
        *([Column(arithmetic.value, ColumnKind.RATIO)] if arithmetic.value else []),
    ]
    return Sheet("Rows", columns, _plain_rows(arithmetic, found, chosen))


def _plain_rows(arithmetic: Arithmetic, found: Drilled, level: Level) -> Iterator[list[object]]:
    names = _Names.of(found, range(len(found)))
    for at in range(len(found)):
        product = names.products[int(found.product_ids[at])]
        part, whole = float(found.part[at]), float(found.whole[at])
        row: list[object] = [product.sku, product.name, product.category.path if product.category else None]
        if level != Level.SKU:
            door = names.doors[int(found.door_ids[at])]
            row += [door.code, door.name, door.region]
        if level == Level.WEEK:
            start = found.weeks[int(found.week_places[at])].start
            row += [week_of(start).label, start]
        row.append(part)
        if arithmetic.whole:
            row.append(whole)
        if arithmetic.value:
            row.append(found.value_of(part, whole))
        yield row


def _campaign_sheet(measure: Measure, asked: Asked) -> Sheet:
    part, whole = HEADINGS[measure]
    return Sheet(
        "Rows",
        [
            Column("Campaign"),
            Column("Name"),
            Column("First day", ColumnKind.DATE),
            Column("Last day", ColumnKind.DATE),
            Column(part, ColumnKind.RATIO),
            Column(whole, ColumnKind.RATIO),
        ],
        [
            (
                row.campaign.code,
                row.campaign.name,
                row.campaign.starts_on,
                row.campaign.ends_on,
                row.part,
                row.whole,
            )
            for row in campaign_rows(measure, asked.period, asked.cut)
        ],
    )
