"""How large the measured retailer is, and how often each thing is measured."""

from dataclasses import dataclass

from sop_site.bench.retailer import DOORS


@dataclass(frozen=True, slots=True)
class Size:
    """One size: ``runs`` of what takes seconds, ``edits`` and ``clicks`` one after another, the SKUs on
    which the slow roll-forwards are tried, how often a projection is asked for, and how much is learned."""

    name: str
    skus: int
    runs: int
    edits: int
    clicks: int
    notebook_skus: int
    loop_skus: int
    projections: int
    learned_sku_doors: int

    @property
    def sku_doors(self) -> int:
        """Every SKU is stocked at every door."""
        return self.skus * DOORS


SMALL = Size(
    "small",
    skus=1_000,
    runs=3,
    edits=10,
    clicks=3,
    notebook_skus=5,
    loop_skus=40,
    projections=20,
    learned_sku_doors=2_000,
)
FULL = Size(
    "full",
    skus=100_000,
    runs=3,
    edits=40,
    clicks=20,
    notebook_skus=60,
    loop_skus=500,
    projections=100,
    learned_sku_doors=100_000,
)
SIZES = {size.name: size for size in (SMALL, FULL)}
