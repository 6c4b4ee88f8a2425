"""How demand moves through the fiscal year, per kind of product."""

from functools import lru_cache

import numpy as np

# Bumps per profile: (height over the flat year, fiscal week of the peak, width in weeks).
# Fiscal week 1 begins around 1 February, so that Christmas lies in weeks 47-48.
_BUMPS: dict[str, tuple[tuple[float, float, float], ...]] = {
    "all_year": ((0.45, 45.5, 2.5), (0.12, 30, 4)),
    "knit": ((1.6, 43, 7), (0.5, 51, 5)),
    "outer": ((1.9, 40, 7), (0.5, 50, 5)),
    "light": ((1.7, 19, 7), (0.3, 30, 5)),
    "lounge": ((1.3, 46, 3.5), (0.4, 40, 8)),
    "gift": ((2.4, 45.5, 2.6), (0.5, 14, 1.5)),
    "bedding": ((0.45, 30, 5), (0.45, 44, 4), (0.7, 50, 3)),
    "tableware": ((1.0, 43.5, 3.5), (0.3, 15, 6)),
    "outdoor": ((1.3, 17, 6), (0.5, 27, 4)),
}
PROFILES = tuple(_BUMPS)


@lru_cache(maxsize=64)
def _curve(profile: str) -> np.ndarray:
    """The 53 factors of ``profile``, mean 1 over weeks 1-52."""
    weeks = np.arange(1, 54)
    factors = np.ones(53)
    for height, peak, width in _BUMPS[profile]:
        distance = np.minimum(np.abs(weeks - peak), 52 - np.abs(weeks - peak))
        factors += height * np.exp(-0.5 * (distance / width) ** 2)
    return factors / factors[:52].mean()


def season_factor(profile: str, fiscal_week: int) -> float:
    """Demand in ``fiscal_week`` (1-53) relative to the year's average of 1."""
    if not 1 <= fiscal_week <= 53:
        raise ValueError(f"No fiscal week {fiscal_week}")
    return float(_curve(profile)[fiscal_week - 1])
