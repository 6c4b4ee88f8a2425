"""What a baseline rests on, in words."""

from collections import Counter
from collections.abc import Sequence

from marketing.baseline.models import BaselineBasis, BaselineForecast
from marketing.catalogue.models import Product


def basis_words(baseline: BaselineForecast, product: Product) -> str:
    """What the baseline of ``product`` at one door rests on: ``its own sales, 104 weeks``."""
    weeks = f"{baseline.weeks_used} week{'' if baseline.weeks_used == 1 else 's'}"
    return f"{_basis(BaselineBasis(baseline.basis), product)}, {weeks}"


def bases_words(baselines: Sequence[BaselineForecast], product: Product) -> str:
    """What the baselines of ``product`` rest on, and at how many doors each: the most frequent first."""
    bases = Counter(BaselineBasis(baseline.basis) for baseline in baselines)
    if len(bases) == 1:
        return _basis(next(iter(bases)), product)
    return "; ".join(
        f"{_basis(basis, product)} at {count} door{'' if count == 1 else 's'}"
        for basis, count in bases.most_common()
    )


def _basis(basis: BaselineBasis, product: Product) -> str:
    if basis is BaselineBasis.LIKE_ITEM and product.like_item:
        return f"{basis.label} {product.like_item}"
    return str(basis.label)
