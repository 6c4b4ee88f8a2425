"""Learning from the past: the baselines, what promotions did, and what they will do."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import NamedTuple

import numpy as np
from django.db import transaction
from numpy.typing import NDArray

from marketing.baseline.domain import Baselines, baselines_of, write_baselines
from marketing.baseline.vectors import FORECAST_WEEKS
from marketing.catalogue.models import Category
from marketing.demand.engine.errors import ErrorTable
from marketing.demand.engine.events import PastEvents, past_events
from marketing.demand.engine.model import MEASURED_HORIZONS, baseline_units, learned
from marketing.demand.models import DemandFit, DemandFitPart
from marketing.demand.packing import packed_promotions
from marketing.demand.queries import (
    UNKNOWN_MECHANIC,
    StoredHistory,
    category_of,
    latest_fit,
    learning_parts,
    stored_history,
)
from marketing.lift.choices import DiscountBand
from marketing.lift.models import LiftNorm, PastLift
from sop_site.feeds.staging import MergeCount, merge
from sop_site.fiscal import WEEK, week_start

# Of older fits only the figures are kept, not the arrays.
KEPT_FITS = 5


@dataclass(frozen=True, slots=True)
class LearningResult:
    """What a night's learning wrote; ``fit`` is None where there are no sales to learn from."""

    fit: DemandFit | None
    baselines: MergeCount


class _Lift(NamedTuple):
    """A row of `PastLift`; its first three columns are its key."""

    product_id: int
    mechanic_id: int
    starts_on: date
    ends_on: date
    door_count: int
    discount_ratio: float | None
    sold_units: float
    baseline_units: float


@dataclass
class _Night:
    """What the parts of a night's learning add up to."""

    parts: list[tuple[list[int], bytes]] = field(default_factory=list)
    weeks: int = 0
    sku_doors: int = 0
    lifts: list[_Lift] = field(default_factory=list)
    norms: list[tuple[int, str, float, float]] = field(default_factory=list)
    door_errors: list[ErrorTable] = field(default_factory=list)
    sku_errors: list[ErrorTable] = field(default_factory=list)


@transaction.atomic
def learn(*, today: date) -> LearningResult:
    """Learn from the whole fiscal weeks before ``today``: baselines, past lifts, norms, and their new fit.

    Where the sales teach what they taught before, the fit that stands stays the newest. SKUs whose baseline
    changed are marked for recalculation. Nothing that people entered is touched: a lift suggests, it does
    not enter a plan by itself.
    """
    night = _Night()
    count = write_baselines(_learned_parts(night, today), today=today)
    if not night.parts:
        return LearningResult(None, count)
    last_week = week_start(today) - WEEK
    newest = latest_fit()
    if newest is not None and newest.last_week_start == last_week and _taught(newest) == night.parts:
        return LearningResult(newest, count)
    fit = DemandFit.objects.create(
        last_week_start=last_week,
        weeks=night.weeks,
        sku_doors=night.sku_doors,
        event_count=len(night.lifts),
        door_error_ratios=_pooled(night.door_errors),
        sku_error_ratios=_pooled(night.sku_errors),
    )
    DemandFitPart.objects.bulk_create(
        DemandFitPart(fit=fit, number=number, product_ids=products, learned=learned)
        for number, (products, learned) in enumerate(night.parts)
    )
    _write_past_lifts(fit, night.lifts)
    _write_norms(fit, night.norms)
    kept = DemandFit.objects.order_by("-pk").values("pk")[:KEPT_FITS]
    DemandFitPart.objects.exclude(fit__in=kept).delete()
    return LearningResult(fit, count)


def _taught(fit: DemandFit) -> list[tuple[list[int], bytes]]:
    return [(part.product_ids, bytes(part.learned)) for part in fit.parts.order_by("number")]


def _learned_parts(night: _Night, today: date) -> Iterator[Baselines]:
    """Learn one part after the other, so that one alone is in memory; the rest is added to ``night``."""
    for products in learning_parts():
        stored = stored_history(products, before=today, planned_weeks=FORECAST_WEEKS)
        if not stored.history.weeks:
            continue
        model = learned(stored.history, MEASURED_HORIZONS)
        past, ahead = baseline_units(model, stored.history)
        events = past_events(stored.history, past)
        night.parts.append((stored.product_ids.tolist(), packed_promotions(model, stored)))
        night.weeks = max(night.weeks, stored.history.weeks)
        night.sku_doors += len(stored.history.sku_doors)
        night.door_errors.append(model.errors.door_promoted)
        night.sku_errors.append(model.errors.sku_promoted)
        night.lifts += _lifts(stored, events)
        night.norms += _norm_facts(stored, events)
        yield baselines_of(stored, ahead)


def _lifts(stored: StoredHistory, events: PastEvents) -> Iterator[_Lift]:
    for place in range(len(events)):
        mechanic = int(stored.mechanic_ids[events.mechanic[place]])
        if mechanic == UNKNOWN_MECHANIC:
            continue
        discount = float(events.discount[place])
        yield _Lift(
            product_id=int(stored.product_ids[events.sku[place]]),
            mechanic_id=mechanic,
            starts_on=stored.first_week_start + int(events.first_week[place]) * WEEK,
            ends_on=stored.first_week_start + int(events.last_week[place]) * WEEK + timedelta(days=6),
            door_count=int(events.doors[place]),
            discount_ratio=None if np.isnan(discount) else discount,
            sold_units=float(events.sold_units[place]),
            baseline_units=float(events.baseline_units[place]),
        )


def _norm_facts(stored: StoredHistory, events: PastEvents) -> Iterator[tuple[int, str, float, float]]:
    """Mechanic id, category name, discount and multiplier of each event."""
    category_of_sku = np.zeros(len(stored.product_ids), dtype=np.int64)
    category_of_sku[stored.history.sku_doors.sku] = stored.history.sku_doors.category
    multiplier = events.sold_units / events.baseline_units
    for place in range(len(events)):
        mechanic = int(stored.mechanic_ids[events.mechanic[place]])
        if mechanic != UNKNOWN_MECHANIC:
            name = stored.category_names[category_of_sku[events.sku[place]]]
            yield mechanic, name, float(events.discount[place]), float(multiplier[place])


def _write_past_lifts(fit: DemandFit, lifts: list[_Lift]) -> None:
    merge(
        PastLift,
        keys=_Lift._fields[:3],
        columns=(*_Lift._fields[3:], "fit_id"),
        rows=((*lift, fit.pk) for lift in lifts),
    )
    PastLift.objects.exclude(fit=fit).delete()


def _write_norms(fit: DemandFit, facts: list[tuple[int, str, float, float]]) -> None:
    """The spread of lifts by mechanic, with and without category and depth of discount."""
    category_ids = {
        category_of(path): pk
        for path, pk in Category.objects.order_by("-path").values_list("path", "pk")
        if category_of(path) == path
    }
    groups: dict[tuple[int, int | None, str], list[float]] = {}
    for mechanic, name, discount, multiplier in facts:
        band = DiscountBand.of(discount)
        category = category_ids.get(name)
        keys = {
            (mechanic, None, ""),
            (mechanic, None, band),
            (mechanic, category, ""),
            (mechanic, category, band),
        }
        for key in keys:
            groups.setdefault(key, []).append(multiplier)
    LiftNorm.objects.all().delete()
    LiftNorm.objects.bulk_create(
        LiftNorm(
            fit=fit,
            mechanic_id=mechanic,
            category_id=category,
            discount_band=band,
            event_count=len(multipliers),
            p10_multiplier=np.quantile(multipliers, 0.1),
            p50_multiplier=np.quantile(multipliers, 0.5),
            p90_multiplier=np.quantile(multipliers, 0.9),
        )
        for (mechanic, category, band), multipliers in sorted(groups.items(), key=str)
    )


def _pooled(tables: list[ErrorTable]) -> list[float] | None:
    """The error quantiles of all sizes and parts in one, weighted by how many errors they rest on."""
    known = [table for table in tables if table.count]
    if not known:
        return None
    weights = [table.count for table in known]
    means: NDArray[np.float64] = np.average(
        [table.ratios.mean(axis=0) for table in known], axis=0, weights=weights
    )
    return means.tolist()
