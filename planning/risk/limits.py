"""What judges the risk of campaign lines: the limits of an operating model, laid over SKUs and doors."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from marketing.catalogue.models import Category, Door
from planning.risk.models import Flag
from sop_site import formats
from sop_site.columns import place_in
from sop_site.operating_model.limits import RISK_LIMITS, Limit, Limits
from sop_site.operating_model.models import OperatingModel

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class LimitsByPlace:
    """The threshold and the margin of every category in every region ``[c + 1, r + 1]``.

    Categories and doors stand in ascending id, ``region_of_door [d + 1]`` is the region's column; the last
    of each stands for a SKU without a category and for a door that is not known.
    """

    category_ids: Integers
    door_ids: Integers
    region_of_door: Integers
    cover_threshold: Floats
    watch_margin: Floats

    def at(self, category_ids: Integers, door_ids: Integers) -> tuple[Floats, Floats]:
        """The threshold and the margin of each pair ``[m]``."""
        row = place_in(self.category_ids, category_ids)
        column = self.region_of_door[place_in(self.door_ids, door_ids)]
        return self.cover_threshold[row, column], self.watch_margin[row, column]


@dataclass(frozen=True, slots=True)
class RiskLimits:
    """A version of the operating model; ``by_place`` is None where it judges every line alike."""

    operating_model: OperatingModel
    by_place: LimitsByPlace | None


def risk_limits(operating_model: OperatingModel) -> RiskLimits:
    """The limits of ``operating_model`` for the catalogue as it is now."""
    limits = Limits.of(operating_model)
    if not limits.differ(RISK_LIMITS):
        return RiskLimits(operating_model, None)
    category_ids, paths = _columns(Category.objects.order_by("pk").values_list("pk", "path"))
    door_ids, region_names = _columns(Door.objects.order_by("pk").values_list("pk", "region"))
    regions = sorted({"", *region_names})
    threshold, margin = (limits.table(limit, [*paths, ""], regions) for limit in RISK_LIMITS)
    return RiskLimits(
        operating_model,
        LimitsByPlace(
            category_ids=category_ids,
            door_ids=door_ids,
            region_of_door=np.array([regions.index(name) for name in [*region_names, ""]], dtype=np.int64),
            cover_threshold=threshold,
            watch_margin=margin,
        ),
    )


@dataclass(frozen=True, slots=True)
class LineLimits:
    """What one SKU is judged by in one region, and which scope of which version says so."""

    version: int
    cover_threshold: float
    watch_margin: float
    threshold_where: str
    margin_where: str

    @property
    def threshold(self) -> str:
        """``1.25×``."""
        return formats.cover(self.cover_threshold)

    @property
    def source(self) -> str:
        """``operating model v3, Women > Tops in North``."""
        where = f", {self.threshold_where}" if self.threshold_where else ""
        return f"operating model v{self.version}{where}"

    @property
    def watched_up_to(self) -> str:
        """``1.35×``, and the scope of the margin where it is another than that of the threshold."""
        where = f" ({self.margin_where})" if self.margin_where not in ("", self.threshold_where) else ""
        return f"{formats.cover(round(self.cover_threshold + self.watch_margin, 6))}{where}"


def limits_of_flag(flag: Flag) -> LineLimits:
    """What the worst door of ``flag`` was judged by, under the version that it was calculated with."""
    region = "" if flag.worst_door is None else flag.worst_door.region
    return line_limits(flag.operating_model, _category_path(flag), region)


def limits_in_region(flag: Flag, operating_model: OperatingModel, region: str) -> LineLimits:
    """What the SKU of ``flag`` is judged by at doors of ``region``, under ``operating_model``."""
    return line_limits(operating_model, _category_path(flag), region)


def line_limits(operating_model: OperatingModel, category_path: str, region: str) -> LineLimits:
    """What SKUs of a category are judged by in a region, in words for people."""
    limits, place = Limits.of(operating_model), (category_path, region)
    return LineLimits(
        version=limits.version,
        cover_threshold=limits.cover_threshold(*place),
        watch_margin=limits.watch_margin(*place),
        threshold_where=limits.resolved(Limit.COVER_THRESHOLD, *place).where,
        margin_where=limits.resolved(Limit.WATCH_MARGIN, *place).where,
    )


def _category_path(flag: Flag) -> str:
    category = flag.product.category
    return "" if category is None else category.path


def _columns(rows: Iterable[tuple[int, str]]) -> tuple[Integers, list[str]]:
    """Ids, and the names beside them."""
    ids, names = [], []
    for number, name in rows:
        ids.append(number)
        names.append(name)
    return np.array(ids, dtype=np.int64), names
