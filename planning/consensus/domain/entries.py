"""Entering numbers: each stays beside the others, with its author, its reason and its assumption."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from marketing.catalogue.models import Product
from planning.consensus import telling
from planning.consensus.blocks import Cells, Scope, at_or_above
from planning.consensus.choices import CONSENSUS_MAY_CHANGE, FUNCTIONS_MAY_ENTER, EntrySource, Layer
from planning.consensus.domain.locking import locked_open, void_signatures
from planning.consensus.engine import spread
from planning.consensus.models import HORIZON_MONTHS, ForecastEntry, ForecastVersion
from sop_site.access.models import User
from sop_site.access.permissions import NotNow, require
from sop_site.history import note_change

# Pages show whole units: two numbers that look alike there are no conflict.
SEEN_ALIKE_UNITS = 0.5


@dataclass(frozen=True, slots=True)
class Change:
    """A number for a scope in one month; ``seen_units`` is what its author saw there, None if unknown."""

    scope: Scope
    month_place: int
    units: float
    seen_units: float | None = None


@dataclass(frozen=True, slots=True)
class Conflict:
    """A change that was not made, because someone else's came first.

    ``entry`` is the last one that changed a part of what the change is for; None where none did.
    """

    change: Change
    units_now: float
    entry: ForecastEntry | None


@dataclass(slots=True)
class Entered:
    """What was entered, and what was not because it had changed meanwhile."""

    entries: list[ForecastEntry] = field(default_factory=list)
    conflicts: list[Conflict] = field(default_factory=list)


@transaction.atomic
def enter_units(
    *,
    version: ForecastVersion,
    layer: Layer,
    changes: Sequence[Change],
    by: User,
    reason: str,
    assumption: str = "",
    source: EntrySource = EntrySource.TYPED,
) -> Entered:
    """Enter numbers into a layer, one after the other; all of them or, on an error, none.

    A number is spread over the SKUs and doors of its scope by the mix of the forecast with campaigns, so
    that they add up to it; all other cells stay. A change whose ``seen_units`` is no longer there is left
    out and returned as a conflict. A number that is there already is no entry. Where the forecast waits for
    signatures, those given become void. Raises NotAllowed, NotNow where the stage does not allow it, and
    ValueError for a number that is none, a month or a scope without SKUs.
    """
    require(by, layer.permission)
    current = locked_open(version)
    _keep_to_stage(current, layer)
    for change in changes:
        _check(change)
    cells = Cells(current, [change.scope for change in changes], lock=True)
    entered = Entered()
    for change in changes:
        mix = cells.units(change.scope, Layer.CAMPAIGNS, change.month_place)
        if not len(mix):
            raise ValueError("No SKU of this forecast is in what the number is for.")
        before = float(cells.units(change.scope, layer, change.month_place).sum())
        if change.seen_units is not None and abs(before - change.seen_units) > SEEN_ALIKE_UNITS:
            entered.conflicts.append(Conflict(change, before, _last_entry(current, layer, change, cells)))
        elif not math.isclose(before, change.units, rel_tol=1e-6, abs_tol=1e-6):
            cells.put(change.scope, layer, change.month_place, spread(change.units, mix))
            entered.entries.append(_entry(current, layer, change, before, by, reason, assumption, source))
    if entered.entries:
        _write(current, layer, cells, entered.entries, by)
    return entered


@transaction.atomic
def take_layer(
    *,
    version: ForecastVersion,
    places: Sequence[tuple[Scope, int]],
    source_layer: Layer,
    by: User,
    reason: str,
) -> Entered:
    """Make a layer's number the consensus, cell by cell, so that its mix comes with it.

    ``places`` are scopes and months. Raises as ``enter_units`` does.
    """
    require(by, Layer.CONSENSUS.permission)
    current = locked_open(version)
    _keep_to_stage(current, Layer.CONSENSUS)
    cells = Cells(current, [scope for scope, _ in places], lock=True)
    entered = Entered()
    for scope, month_place in places:
        units = cells.units(scope, source_layer, month_place)
        before = cells.units(scope, Layer.CONSENSUS, month_place)
        if not len(units):
            raise ValueError("No SKU of this forecast is in what the number is for.")
        if (units != before).any():
            cells.put(scope, Layer.CONSENSUS, month_place, units)
            change = Change(scope, month_place, float(units.sum()))
            assumption = f"{source_layer.label}'s number"
            entered.entries.append(
                _entry(
                    current, Layer.CONSENSUS, change, float(before.sum()), by, reason, assumption,
                    EntrySource.TAKEN,
                )
            )  # fmt: skip
    if entered.entries:
        _write(current, Layer.CONSENSUS, cells, entered.entries, by)
    return entered


def _keep_to_stage(version: ForecastVersion, layer: Layer) -> None:
    stage = version.cycle.stage
    if layer == Layer.CONSENSUS and stage not in CONSENSUS_MAY_CHANGE:
        raise NotNow("The consensus is set once reconciling has begun.")
    if layer != Layer.CONSENSUS and stage not in FUNCTIONS_MAY_ENTER:
        raise NotNow(f"{layer.label}'s number can no longer change: the forecast waits for signatures.")


def _check(change: Change) -> None:
    if not math.isfinite(change.units) or change.units < 0:
        raise ValueError("Units are a number of 0 or more.")
    if not 0 <= change.month_place < HORIZON_MONTHS:
        raise ValueError(f"The forecast has {HORIZON_MONTHS} months.")


def _entry(
    version: ForecastVersion,
    layer: Layer,
    change: Change,
    units_before: float,
    by: User,
    reason: str,
    assumption: str,
    source: EntrySource,
) -> ForecastEntry:
    scope = change.scope
    return ForecastEntry(
        version=version,
        layer=layer,
        category_id=scope.category_id,
        style="" if scope.product_id else scope.style,
        product_id=scope.product_id,
        door_group=scope.door_group,
        month_place=change.month_place,
        units_before=units_before,
        units_after=change.units,
        reason=reason,
        assumption=assumption,
        source=source,
        entered_at=timezone.now(),
        entered_by=by,
    )


def _last_entry(version: ForecastVersion, layer: Layer, change: Change, cells: Cells) -> ForecastEntry | None:
    """The newest entry that changed cells of the change: about them, about more, or about a part of them."""
    scope, covering = change.scope, Q()
    if scope != Scope(door_group=scope.door_group):
        parts = cells.of(scope)
        skus = [pk for part, chosen in parts for pk in part.numbers.product_ids[chosen].tolist()]
        homes = {part.block.category_id for part, _ in parts if part.block.category_id is not None}
        styles = set(Product.objects.filter(pk__in=skus).values_list("style", flat=True))
        is_above = Q(category=None) | Q(category__in=at_or_above(homes))
        covering = Q(product__in=skus) | Q(product=None, style__in=styles | {""}) & is_above
    if scope.door_group:
        covering &= Q(door_group__in=["", scope.door_group])
    of_month = version.entries.filter(covering, layer=layer, month_place=change.month_place)
    return of_month.select_related("entered_by").first()


def _write(
    version: ForecastVersion, layer: Layer, cells: Cells, entries: list[ForecastEntry], by: User
) -> None:
    cells.save()
    ForecastEntry.objects.bulk_create(entries)
    if layer == Layer.CONSENSUS:
        numbers = "a number" if len(entries) == 1 else f"{len(entries)} numbers"
        note_change(by=by, note=entries[0].reason)
        reason = f"{by} changed {numbers} of the consensus: {entries[0].reason}"
        signers = list(version.signatures.filter(voided_at=None).values_list("signed_by_id", flat=True))
        if void_signatures(version, reason):
            telling.tell_signatures_void(version, signers, reason, entries[0].pk, by)
