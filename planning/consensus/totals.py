"""Sums of a version, by category and door group, as its blocks keep them: no number is unpacked for it."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Final

from marketing.catalogue.models import Category
from planning.consensus.models import ForecastVersion
from planning.consensus.packing import Totals

WITHOUT_CATEGORY: Final = "Without a category"


def totals_by_category(version: ForecastVersion, *, door_group: str = "") -> dict[Category | None, Totals]:
    """The sums of each category that has SKUs of its own, by its path; None stands for SKUs without one."""
    blocks = version.blocks.filter(door_group=door_group) if door_group else version.blocks.all()
    found: defaultdict[Category | None, Totals] = defaultdict(Totals.none)
    named = blocks.select_related("category").defer("product_ids", "calculated", "entered", "money")
    for block in named.order_by("category__path", "door_group"):
        found[block.category] += Totals.kept(block.totals)
    return dict(found)


def door_groups_of(version: ForecastVersion) -> list[str]:
    """The door groups that a version has numbers for, by name."""
    return sorted(set(version.blocks.values_list("door_group", flat=True)))


def name_of(category: Category | None) -> str:
    """How pages call a category, or the SKUs that have none."""
    return category.path if category else WITHOUT_CATEGORY


def without_data(by_category: Mapping[Category | None, Totals]) -> list[str]:
    """The names of the categories of which no layer expects anything."""
    return [name_of(category) for category, totals in by_category.items() if not totals.units.any()]
