"""Which blocks and cells of a forecast a number is about, read and written whole."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from django.db.models import Q, QuerySet
from numpy.typing import NDArray

from marketing.catalogue.models import Category, Product
from planning.consensus.choices import Layer
from planning.consensus.models import ForecastBlock, ForecastVersion
from planning.consensus.packing import ENTERED, Numbers, pack, unpacked

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Scope:
    """What a number is about: a category with all below it, a style in it, or one SKU; all SKUs without any.

    ``door_group`` "" is all doors.
    """

    category_id: int | None = None
    style: str = ""
    product_id: int | None = None
    door_group: str = ""


@dataclass(slots=True)
class OpenBlock:
    """A block with its numbers unpacked, to be read or changed."""

    block: ForecastBlock
    numbers: Numbers


def below(category_ids: Iterable[int]) -> dict[int, set[int]]:
    """Each of these categories with the ids of itself and of all categories below it."""
    paths = dict(Category.objects.values_list("pk", "path"))
    wanted = [pk for pk in category_ids if pk in paths]
    return {
        top: {pk for pk, path in paths.items() if path == paths[top] or path.startswith(f"{paths[top]} > ")}
        for top in wanted
    }


def at_or_above(category_ids: Iterable[int]) -> set[int]:
    """These categories and all that are above one of them."""
    paths = dict(Category.objects.values_list("pk", "path"))
    names = [paths[pk].split(" > ") for pk in category_ids if pk in paths]
    tops = {" > ".join(of_one[: count + 1]) for of_one in names for count in range(len(of_one))}
    return {pk for pk, path in paths.items() if path in tops}


class Cells:
    """The cells of a version that some scopes speak of, read together in a fixed number of queries.

    With ``lock`` their blocks are held until the transaction ends, in ascending id, so that two writers
    never wait for one another in a circle.
    """

    def __init__(self, version: ForecastVersion, scopes: Sequence[Scope], *, lock: bool = False) -> None:
        self._categories = below({scope.category_id for scope in scopes if scope.category_id is not None})
        product_ids = {scope.product_id for scope in scopes if scope.product_id is not None}
        self._home = self._home_of(product_ids)
        self._styled = self._ids_of_styles({scope.style for scope in scopes if scope.style})
        self._found: dict[Scope, list[tuple[OpenBlock, Flags]]] = {}
        wanted = Q(pk__in=[])
        # The thousands of SKUs of a file stand in a few dozen blocks: each block is asked for once.
        for scope in {self._place_of(scope): scope for scope in scopes}.values():
            wanted |= self._blocks_wanted(scope)
        blocks = ForecastBlock.objects.filter(version=version).order_by("pk")
        if lock:
            blocks = blocks.select_for_update(no_key=True)
        self.open_blocks = [OpenBlock(block, unpacked(block)) for block in blocks.filter(wanted)]
        self._find_moved(product_ids, blocks)
        self._version = version

    def of(self, scope: Scope) -> list[tuple[OpenBlock, Flags]]:
        """The blocks that hold cells of ``scope``, each with which of its SKUs are meant."""
        if scope not in self._found:
            meant = [part for part in self.open_blocks if self._is_meant(part.block, scope)]
            chosen = [(part, self._chosen(part.numbers.product_ids, scope)) for part in meant]
            self._found[scope] = [(part, flags) for part, flags in chosen if flags.any()]
        return self._found[scope]

    def units(self, scope: Scope, layer: Layer, month_place: int) -> Floats:
        """The units of a layer in one month, cell by cell, in the order of ``of``."""
        parts = [
            part.numbers.monthly(layer, self._version.month_of_week)[chosen, month_place]
            for part, chosen in self.of(scope)
        ]
        return np.concatenate(parts) if parts else np.empty(0)

    def put(self, scope: Scope, layer: Layer, month_place: int, units: Floats) -> None:
        """Put ``units`` into the cells of an entered layer, in the order of ``of``; ``save`` writes them."""
        first = 0
        for part, chosen in self.of(scope):
            last = first + int(chosen.sum())
            part.numbers.entered[ENTERED.index(layer), chosen, month_place] = units[first:last]
            first = last

    def save(self) -> None:
        """Write every block."""
        for part in self.open_blocks:
            part.block.version = self._version
            pack(part.block, part.numbers)
        ForecastBlock.objects.bulk_update(
            [part.block for part in self.open_blocks], ["entered", "totals", "digest"], batch_size=50
        )

    def _find_moved(self, product_ids: set[int], blocks: QuerySet[ForecastBlock]) -> None:
        """Open the blocks of SKUs that the catalogue moved to another category since the freeze."""
        moved = product_ids.difference(*(part.block.product_ids for part in self.open_blocks))
        if moved:
            known = [part.block.pk for part in self.open_blocks]
            for block in blocks.filter(product_ids__overlap=list(moved)).exclude(pk__in=known):
                self.open_blocks.append(OpenBlock(block, unpacked(block)))
                self._home |= dict.fromkeys(moved.intersection(block.product_ids), block.category_id)

    def _place_of(self, scope: Scope) -> tuple[bool, int | None, str]:
        """What scopes that want the same blocks have in common."""
        if scope.product_id is not None:
            return True, self._home.get(scope.product_id), scope.door_group
        return False, scope.category_id, scope.door_group

    def _blocks_wanted(self, scope: Scope) -> Q:
        wanted = Q(door_group=scope.door_group) if scope.door_group else Q()
        if scope.product_id is not None:
            category = self._home.get(scope.product_id)
            return wanted & (Q(category=None) if category is None else Q(category=category))
        if scope.category_id is not None:
            return wanted & Q(category__in=self._categories.get(scope.category_id, set()))
        return wanted or Q(pk__gt=0)

    def _is_meant(self, block: ForecastBlock, scope: Scope) -> bool:
        if scope.door_group and block.door_group != scope.door_group:
            return False
        if scope.product_id is not None:
            return block.category_id == self._home.get(scope.product_id)
        if scope.category_id is not None:
            return block.category_id in self._categories.get(scope.category_id, set())
        return True

    def _chosen(self, product_ids: NDArray[np.int64], scope: Scope) -> Flags:
        if scope.product_id is not None:
            return product_ids == scope.product_id
        if scope.style:
            return np.isin(product_ids, self._styled.get(scope.style, []))
        return np.ones(len(product_ids), dtype=bool)

    @staticmethod
    def _home_of(product_ids: set[int]) -> dict[int, int | None]:
        return dict(Product.objects.filter(pk__in=product_ids).values_list("pk", "category_id"))

    @staticmethod
    def _ids_of_styles(styles: set[str]) -> dict[str, list[int]]:
        found: dict[str, list[int]] = {style: [] for style in styles}
        for style, pk in Product.objects.filter(style__in=styles).values_list("style", "pk"):
            found[style].append(pk)
        return found
