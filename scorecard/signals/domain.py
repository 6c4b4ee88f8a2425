"""Every write of demand signals: what a night finds, and what people decide."""

from datetime import date

import numpy as np
from django.db import transaction
from django.utils import timezone
from numpy.typing import NDArray

from scorecard.signals.engine import Standing, grew, says_something, standing, worth_a_meeting
from scorecard.signals.held import Window, prices_of, window
from scorecard.signals.limits import limits_in_force
from scorecard.signals.models import DemandSignal
from scorecard.signals.queries import why_decided
from scorecard.signals.stored import Latest, one_night_at_a_time, write_night
from scorecard.signals.taking import take_weeks
from sop_site.access.models import User
from sop_site.access.permissions import NotNow, require
from sop_site.columns import Columns, place_in
from sop_site.fiscal import WEEK
from sop_site.history import note_change

Flags = NDArray[np.bool_]


@transaction.atomic
def read_signals(today: date) -> None:
    """Each night: hold the weeks that are over against forecast, and raise what is out of its limits.

    A SKU has one open signal at most, which each night renews and which stays until somebody decides it,
    also when the SKU comes back within its limits. One that was decided is raised again when the SKU leaves
    its limits after having been back within them, or when its miss has grown by half since. Running it twice
    changes nothing.
    """
    one_night_at_a_time()
    take_weeks(today)
    held = window()
    if held is None:
        return
    is_known, prices = prices_of(held.product_ids)
    found = standing(held.sold, held.forecast)
    latest = Latest.read()
    limits = limits_in_force(today)
    is_new = worth_a_meeting(found, prices, limits) & _may_rise(held, found, latest)
    # Few of the SKUs of a large retailer are out, or were: the others need not travel.
    told = is_known & ~np.isnan(found.tracking_signal)
    chosen = told & (is_new | np.isin(held.product_ids, latest.product_ids))
    write_night(
        _columns(held, found, prices, is_new, found.is_within(limits), chosen),
        first=held.weeks[0],
        regions=held.door_groups,
        today=today,
    )


@transaction.atomic
def decide_signal(*, signal: DemandSignal, by: User, text: str) -> DemandSignal:
    """Say what follows from a signal, or that nothing does; its numbers stay as they are now.

    Raises NotAllowed where ``by`` may not, and NotNow where nothing is said or it was decided before.
    """
    require(by, "scorecard.decide_signal")
    if not text.strip():
        raise NotNow("Say in a sentence what follows from it, or that nothing does.")
    current = _locked(signal.pk)
    if current.decided_at is not None:
        raise NotNow(why_decided(current))
    return _decided(current, by, text)


@transaction.atomic
def settle_signal(*, signal_id: int, by: User, text: str) -> DemandSignal:
    """Keep what a meeting decided on a signal, which ``by`` wrote down; one decided before stays as it is."""
    current = _locked(signal_id)
    return current if current.decided_at is not None else _decided(current, by, text)


def _locked(signal_id: int) -> DemandSignal:
    held = DemandSignal.objects.select_for_update(of=("self",)).select_related("decided_by")
    return held.get(pk=signal_id)


def _decided(signal: DemandSignal, by: User, text: str) -> DemandSignal:
    note_change(by=by)
    signal.decide()
    signal.decided_at, signal.decided_by, signal.decision = timezone.now(), by, text.strip()
    signal.save()
    return signal


def _may_rise(held: Window, found: Standing, latest: Latest) -> Flags:
    """Which SKUs have no signal yet, or a decided one that is over or was outgrown ``[s]``."""
    place = place_in(latest.product_ids, held.product_ids)
    may = np.ones(len(place), dtype=bool)
    had = place >= 0
    at = place[had]
    may[had] = ~latest.is_open[at] & (latest.was_within[at] | grew(found.error[had], latest.error[at]))
    return may


def _columns(
    held: Window,
    found: Standing,
    prices: NDArray[np.float64],
    is_new: Flags,
    is_within: Flags,
    chosen: Flags,
) -> Columns:
    """What the night found of the SKUs ``chosen``, a column each."""
    counts = says_something(held.sold, held.forecast)
    newest = len(held.weeks) - 1 - counts[:, ::-1].argmax(axis=1)
    columns = {
        "product": held.product_ids,
        "first_day": counts.argmax(axis=1) * WEEK.days,
        "last_day": newest * WEEK.days,
        "weeks": found.weeks,
        "tracking_signal": found.tracking_signal,
        "sold": found.sold,
        "forecast": found.forecast,
        "unmet": held.unmet.sum(axis=1),
        "side_weeks": found.side_weeks,
        "side_sold": found.side_sold,
        "side_forecast": found.side_forecast,
        "side_unmet": np.where(found.is_side, held.unmet, 0.0).sum(axis=1),
        "price": prices,
        "is_promoted": held.is_promoted,
        "region": held.main_group,
        "is_within": is_within,
        "is_new": is_new,
    }
    return {name: column[chosen] for name, column in columns.items()}
