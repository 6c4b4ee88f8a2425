"""The rows behind a figure as a page shows them, and as a file holds them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from math import fsum
from typing import Final

from django.conf import settings
from django.core.paginator import Page, Paginator
from django.urls import reverse

from marketing.catalogue.models import Door, Product
from scorecard.measures.asked import Asked
from scorecard.measures.behind import Counted, Drilled, Level, ValueKind
from scorecard.measures.choices import Group, Measure
from scorecard.measures.day_strip import DayStrip, day_strips
from scorecard.measures.drill import MOST_SKU_DOOR_WEEKS, drilled
from scorecard.measures.figure import Figure
from scorecard.measures.figures import not_kept
from scorecard.measures.forecast_rows import drilled_forecast
from scorecard.measures.wording import figure_text
from scorecard.outcomes.campaign_drill import HEADINGS, CampaignRow, campaign_rows
from scorecard.outcomes.drill_steps import Steps, figure_of, steps_of
from scorecard.outcomes.measure_page import drill_url
from sop_site import formats
from sop_site.access.permissions import NotNow
from sop_site.export import Column, ColumnKind, FileKind, Sheet
from sop_site.fiscal import week_of

ROWS_A_PAGE: Final = 50
# A workbook of more takes longer to write than people wait.
MOST_WORKBOOK_ROWS: Final = 100_000
TOO_MUCH: Final = "So many SKUs stand behind it that one file does not hold them: open one of these first."


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
class LevelTab:
    """How far the figure is opened."""

    label: str
    url: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class DrillPage:
    """The rows behind a figure, a page of them, and what all of them add up to.

    ``steps`` are the parts to choose from where it is too much for one page; ``why_not`` says why there are
    no rows.
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
    why_not: str = ""
    has_strips: bool = False

    @property
    def value(self) -> str:
        """The figure in words."""
        return figure_text(self.figure)


@dataclass(frozen=True, slots=True)
class Opened:
    """What the address opens: how far, of one SKU or of all, ``is_direct`` without the categories below."""

    level: Level
    product: Product | None
    is_direct: bool

    @classmethod
    def of(cls, level: str, product: Product | None, *, is_direct: bool) -> "Opened":
        """The level that the address names; of one SKU its doors."""
        known = [each.value for each in Level]
        asked = Level(level) if level in known else Level.SKU
        narrow = Level.DOOR if product is not None and asked == Level.SKU else asked
        return cls(narrow, product, is_direct and product is None)

    def tabs(self, measure: Measure, asked: Asked, place: str) -> list[LevelTab]:
        """The ways to open it."""
        labels = {
            Level.SKU: "SKUs",
            Level.DOOR: f"SKUs in {place.lower()}s" if place == "Region" else "SKUs at doors",
            Level.WEEK: "Weeks of each",
        }
        others = {"sku": self.product.pk if self.product else None, "direct": 1 if self.is_direct else None}
        return [
            LevelTab(label, drill_url(measure, asked, level=each.value, **others), each == self.level)
            for each, label in labels.items()
            if self.product is None or each != Level.SKU
        ]

    def rows(self, measure: Measure, asked: Asked) -> Drilled | Steps:
        """The rows behind the measure, or the parts to open first where they are too many to read.

        What opens no further comes to its rows, however many.
        """
        behind = drilled_forecast if measure.facts.group == Group.FORECAST else drilled
        most: int | None = MOST_SKU_DOOR_WEEKS
        while True:
            found = behind(
                measure,
                asked.period,
                asked.cut,
                self.level,
                self.product,
                is_direct=self.is_direct,
                at_most=most,
            )
            if found is not None:
                return found
            steps = steps_of(measure, asked, is_direct=self.is_direct)
            if steps is not None:
                return steps
            most = None


def drill_page(measure: Measure, asked: Asked, opened: Opened, *, page: str | None) -> DrillPage:
    """The rows behind the measure, by SKU unless the address opens them further."""
    figure = figure_of(measure, asked.period, asked.cut, is_direct=opened.is_direct)
    if measure in HEADINGS:
        return _of_campaigns(measure, asked, figure, page)
    if not asked.cut.slices <= measure.facts.slices:
        return DrillPage(asked, measure, figure, product=opened.product, why_not=figure.missing)
    found = opened.rows(measure, asked)
    if isinstance(found, Steps):
        return DrillPage(asked, measure, figure, product=opened.product, steps=found)
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
        why_not="" if len(found) else figure.missing or "Nothing stands behind it in these weeks.",
        has_strips=found.days is not None,
    )


def _headings(found: Drilled) -> list[str]:
    """What stands above the numbers of a row."""
    arithmetic = found.arithmetic
    counted = [arithmetic.columns[place].heading for place in found.columns]
    return [*counted, arithmetic.value] if arithmetic.value else counted


def _rows(
    measure: Measure, asked: Asked, found: Drilled, at_places: list[int], level: Level
) -> list[DrillRow]:
    names = _Names.of(found, at_places)
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


@dataclass(frozen=True, slots=True)
class _Names:
    """The SKUs and doors of some rows, by id; in place of doors the names of their groups."""

    products: dict[int, Product]
    doors: dict[int, Door]
    groups: Sequence[str]

    @classmethod
    def of(cls, found: Drilled, at_places: Iterable[int]) -> "_Names":
        chosen = list(at_places)
        doors = set() if found.groups else {int(door) for door in found.place_ids[chosen] if door >= 0}
        return cls(
            Product.objects.select_related("category").in_bulk(
                {int(product) for product in found.product_ids[chosen]}
            ),
            Door.objects.in_bulk(doors),
            found.groups,
        )

    def place(self, place_id: int) -> str:
        """The door, or the door group."""
        return self.groups[place_id] if self.groups else str(self.doors[place_id])


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


def drill_sheet(measure: Measure, asked: Asked, kind: FileKind, opened: Opened) -> Sheet:
    """Every row behind the measure as a table. Raises NotNow where a file of that kind cannot hold them."""
    if measure in HEADINGS:
        return _campaign_sheet(measure, asked)
    if not asked.cut.slices <= measure.facts.slices:
        raise NotNow(not_kept(measure, asked.cut).missing)
    found = opened.rows(measure, asked)
    if isinstance(found, Steps):
        raise NotNow(TOO_MUCH)
    if kind is FileKind.XLSX and len(found) > MOST_WORKBOOK_ROWS:
        raise NotNow(f"An Excel file holds at most {MOST_WORKBOOK_ROWS:,} rows: these are {len(found):,}.")
    level, arithmetic = opened.level, found.arithmetic
    places = [Column("Region")] if found.groups else [*map(Column, ("Door", "Name of the door", "Region"))]
    columns = [
        *map(Column, ("SKU", "Name", "Category")),
        *([] if level == Level.SKU else places),
        *([Column("Week"), Column("Week begins", ColumnKind.DATE)] if level == Level.WEEK else []),
        *(
            Column(column.heading, ColumnKind.MONEY if column.is_money else ColumnKind.RATIO)
            for column in (arithmetic.columns[place] for place in found.columns)
        ),
        *([Column(arithmetic.value, ColumnKind.RATIO)] if arithmetic.value else []),
    ]
    return Sheet("Rows", columns, _plain_rows(found, level))


def _plain_rows(found: Drilled, level: Level) -> Iterator[list[object]]:
    names = _Names.of(found, range(len(found)))
    columns, has_value = found.columns, bool(found.arithmetic.value)
    for at in range(len(found)):
        product = names.products[int(found.product_ids[at])]
        values = found.values[:, at].tolist()
        row: list[object] = [product.sku, product.name, product.category.path if product.category else None]
        if level != Level.SKU and found.groups:
            row.append(names.place(int(found.place_ids[at])))
        elif level != Level.SKU:
            door = names.doors[int(found.place_ids[at])]
            row += [door.code, door.name, door.region]
        if level == Level.WEEK:
            start = found.weeks[int(found.week_places[at])].start
            row += [week_of(start).label, start]
        row += [values[place] for place in columns]
        if has_value:
            row.append(found.value_of(values))
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
