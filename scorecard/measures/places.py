"""Where in the merchandise tree a cut stands, and the parts that it opens into."""

from collections.abc import Iterable, Mapping

from marketing.catalogue.models import Category
from marketing.sales.models import Mechanic
from scorecard.measures.choices import SellingChannel, Slice
from scorecard.measures.cut import Cut
from scorecard.measures.figure import Figure, Key, Part


class Places:
    """The category of a cut with all below it, and the parts of it ``by`` a slice.

    Reads the tree only where a category is asked about.
    """

    def __init__(self, cut: Cut, by: Slice | None = None) -> None:
        self._top = cut.category_id
        self._by = by
        asks_for_categories = cut.category_id is not None or by == Slice.CATEGORY
        self._tree: dict[int, Category] = Category.objects.in_bulk() if asks_for_categories else {}

    @property
    def inside(self) -> set[int] | None:
        """The categories of the cut; None where it is of everything."""
        if self._top is None:
            return None
        return {self._top, *(pk for pk in self._tree if self._child_with(pk) is not None)}

    def part_of(self, value: Key) -> Key:
        """The part that a row with this value belongs to: of categories the one next below the cut's own.

        SKUs that stand in the cut's own category make a part of their own.
        """
        if self._by == Slice.CATEGORY and value is not None:
            return self._child_with(int(value))
        return value

    def named(self, figures: Mapping[Key, Figure]) -> list[Part]:
        """The parts in the order of their names; what holds nothing further has no key."""
        labels = self._labels(figures)
        parts = [
            Part(None if part in (None, "", self._top) else part, labels[part], figure)
            for part, figure in figures.items()
        ]
        return sorted(parts, key=lambda part: (part.key is None, part.label))

    def _labels(self, parts: Iterable[Key]) -> dict[Key, str]:
        if self._by == Slice.CHANNEL:
            # A distribution centre sells nowhere.
            channels: dict[Key, str] = {channel.value: channel.label for channel in SellingChannel}
            return {part: channels.get(part, "Distribution centres") for part in parts}
        if self._by == Slice.MECHANIC:
            mechanics = Mechanic.objects.in_bulk([int(part) for part in parts if part is not None])
            return {pk: mechanic.name for pk, mechanic in mechanics.items()}
        if self._by == Slice.REGION:
            return {part: str(part) or "Without region" for part in parts}
        return {part: self._category_label(part) for part in parts}

    def _category_label(self, part: Key) -> str:
        if part is None:
            return "Without category"
        name = self._tree[int(part)].name
        return f"{name}, directly in it" if part == self._top else name

    def _child_with(self, category_id: int) -> int | None:
        """The category next below the top on the way to this one; the top itself; None elsewhere."""
        if category_id == self._top:
            return category_id
        here = self._tree.get(category_id)
        while here is not None and here.parent_id != self._top:
            here = None if here.parent_id is None else self._tree.get(here.parent_id)
        return None if here is None else here.pk
