"""What judges the risk of campaign lines: the limits of an operating model, laid over SKUs and doors."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from marketing.catalogue.models import Category, Door
from planning.risk.choices import FLAGGED_STATES
from planning.risk.models import Flag
from sop_site import formats
from sop_site.columns import place_in
from sop_site.operating_model.limits import RISK_LIMITS, Limit, Limits, ResolvedLimit
from sop_site.operating_model.models import OperatingModel

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class LimitsByPlace:
    """The limits that differ, of every category in every region: ``tables [c + 1, r + 1]``.

    Categories and doors stand in ascending id, ``region_of_door [d + 1]`` is the region's column; the last
    of each stands for a SKU without a category and for a door that is not known.
    """

    category_ids: Integers
    door_ids: Integers
    region_of_door: Integers
    tables: Mapping[Limit, Floats]


@dataclass(frozen=True, slots=True)
class RiskLimits:
    """A version of the operating model; ``by_place`` is None where none of `RISK_LIMITS` differs."""

    operating_model: OperatingModel
    by_place: LimitsByPlace | None

    def differ(self, *limits: Limit) -> bool:
        """Whether any of ``limits`` is not the same everywhere."""
        return self.by_place is not None and any(limit in self.by_place.tables for limit in limits)

    def at(self, category_ids: Integers, door_ids: Integers, *limits: Limit) -> tuple[float | Floats, ...]:
        """Each of ``limits`` for the pairs of category and door ``[m]``: one number where it is the same."""
        by_place = self.by_place
        if by_place is None or not self.differ(*limits):
            return tuple(float(getattr(self.operating_model, limit)) for limit in limits)
        row = place_in(by_place.category_ids, category_ids)
        column = by_place.region_of_door[place_in(by_place.door_ids, door_ids)]
        return tuple(
            by_place.tables[limit][row, column]
            if limit in by_place.tables
            else float(getattr(self.operating_model, limit))
            for limit in limits
        )


def risk_limits(operating_model: OperatingModel) -> RiskLimits:
    """The limits of ``operating_model`` for the catalogue as it is now."""
    limits = Limits.of(operating_model)
    if not limits.differ(RISK_LIMITS):
        return RiskLimits(operating_model, None)
    category_ids, paths = _columns(Category.objects.order_by("pk").values_list("pk", "path"))
    door_ids, region_names = _columns(Door.objects.order_by("pk").values_list("pk", "region"))
    regions = sorted({"", *region_names})
    return RiskLimits(
        operating_model,
        LimitsByPlace(
            category_ids=category_ids,
            door_ids=door_ids,
            region_of_door=np.array([regions.index(name) for name in [*region_names, ""]], dtype=np.int64),
            tables={
                limit: limits.table(limit, [*paths, ""], regions)
                for limit in RISK_LIMITS
                if limits.differ([limit])
            },
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
    def words(self) -> str:
        """``threshold 1.25× (operating model v3, Women > Tops in North)``."""
        return f"threshold {self.threshold} ({self.source})"

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
        cover_threshold=limits.value(Limit.COVER_THRESHOLD, *place),
        watch_margin=limits.value(Limit.WATCH_MARGIN, *place),
        threshold_where=limits.resolved(Limit.COVER_THRESHOLD, *place).where,
        margin_where=limits.resolved(Limit.WATCH_MARGIN, *place).where,
    )


def lead_time_buffer_of(flag: Flag) -> ResolvedLimit:
    """The buffer of ``flag`` at the door that is short first, or the worst one where nothing is short.

    Under the version that it was calculated with, in days.
    """
    limits = Limits.of(flag.operating_model)
    region = _region_of_need(flag) if limits.differ([Limit.LEAD_TIME_BUFFER_DAYS]) else ""
    return limits.resolved(Limit.LEAD_TIME_BUFFER_DAYS, _category_path(flag), region)


def accepted_growth_of(flag: Flag, operating_model: OperatingModel) -> ResolvedLimit:
    """By how much the risk of ``flag`` may grow past its accepted size, at its worst door."""
    region = "" if flag.worst_door is None else flag.worst_door.region
    return Limits.of(operating_model).resolved(Limit.ACCEPTED_GROWTH, _category_path(flag), region)


def large_risk_of(flag: Flag, operating_model: OperatingModel) -> ResolvedLimit:
    """Above which revenue accepting ``flag`` takes two signatures.

    It is one decision for all its doors: the lowest amount of the regions in which the SKU is at risk.
    """
    limits, path = Limits.of(operating_model), _category_path(flag)
    regions = {""}
    if limits.differ([Limit.LARGE_RISK_AMOUNT]):
        at_risk = flag.lines.filter(state__in=FLAGGED_STATES)
        regions = set(at_risk.values_list("door__region", flat=True)) or regions
    found = [limits.resolved(Limit.LARGE_RISK_AMOUNT, path, region) for region in sorted(regions)]
    return min(found, key=lambda limit: limit.value or 0.0)


def _region_of_need(flag: Flag) -> str:
    if flag.first_short_date is not None:
        lines = flag.lines.filter(first_short_date=flag.first_short_date).order_by("door_id")
        region = lines.values_list("door__region", flat=True).first()
        if region is not None:
            return region
    return "" if flag.worst_door is None else flag.worst_door.region


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
