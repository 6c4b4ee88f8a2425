"""The rows behind a figure as a file holds them: those of the page, all of them."""

from collections.abc import Iterator
from typing import Final

from scorecard.measures.asked import Asked
from scorecard.measures.behind import Drilled, Level
from scorecard.measures.choices import Measure
from scorecard.measures.figures import not_kept
from scorecard.outcomes.campaign_drill import HEADINGS, campaign_rows
from scorecard.outcomes.drill_opened import Opened, SkuNames
from scorecard.outcomes.drill_steps import Steps
from sop_site.access.permissions import NotNow
from sop_site.export import Column, ColumnKind, FileKind, Sheet
from sop_site.fiscal import week_of

# A workbook of more takes longer to write than people wait.
MOST_WORKBOOK_ROWS: Final = 100_000
TOO_MUCH: Final = "So many SKUs stand behind it that one file does not hold them: open one of these first."


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
    names = SkuNames.of(found, range(len(found)))
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
