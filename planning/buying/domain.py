"""What people do to planned orders, and what is done when their receipts come back.

Each function holds the lines against a calculation first, and then locks those it writes in ascending id:
so a calculation sees all of it or nothing, and two people never write the same line.
"""

import logging
import math
from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from typing import Final

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone
from django_fsm import has_transition_perm
from kombu.exceptions import OperationalError

from planning.buying.choices import BuyException, BuyStatus
from planning.buying.models import BuyLine, BuyPlan
from planning.buying.purchase_orders import PurchaseOrder, numbered
from planning.buying.stored import hold_lines, keep_first_state
from planning.consensus.domain.signing import BUY_PLAN_TASK
from planning.consensus.in_force import last_published
from planning.supply.models import Receipt
from sop_site.access.models import User
from sop_site.access.permissions import NotAllowed, NotNow, require
from sop_site.celery import app
from sop_site.clock import today
from sop_site.history import note_change

logger = logging.getLogger(__name__)

# A task is ended after so long; then a plan that was asked for will not come.
MOST_WAITING: Final = timedelta(seconds=settings.CELERY_TASK_TIME_LIMIT)


class OffPackError(NotNow):
    """The number is off the SKU's pack or below its minimum; the planner may confirm it."""


def start_buy_plan() -> None:
    """Call the worker for a new buy plan once the caller's transaction is committed.

    A message that cannot be sent is only logged: the next night calculates one.
    """
    transaction.on_commit(_call_worker)


@transaction.atomic
def ask_for_buy_plan(*, by: User) -> None:
    """Have the plan calculated now; until it is there, a plan that is not finished says since when.

    NotNow where no forecast with weeks to come is signed, and where one was asked for a moment ago.
    """
    require(by, "planning.edit_buy")
    version, now = last_published(), timezone.now()
    if version is None or version.last_day < today():
        raise NotNow("There is no signed forecast of weeks to come, from which to calculate a plan.")
    if BuyPlan.objects.filter(finished_at=None, started_at__gt=now - MOST_WAITING).exists():
        raise NotNow("The plan is being calculated already.")
    BuyPlan.objects.create(version=version, as_of_date=today(), started_at=now)
    start_buy_plan()


@transaction.atomic
def edit_buy(
    *, line: BuyLine, units: float, by: User, reason: str, confirmed_off_pack: bool = False
) -> BuyLine:
    """Order ``units`` instead of what was calculated, 0 for nothing; calculations leave it so.

    Raises ValueError for a number below 0 or no number, and without a reason; OffPackError, unless
    confirmed, for one that is off the SKU's pack or below its minimum; NotNow unless the line is proposed.
    """
    require(by, "planning.edit_buy")
    if not math.isfinite(units) or units < 0:
        raise ValueError(f"{units} units cannot be ordered.")
    if not reason.strip():
        raise ValueError("A changed order says why.")
    current = _proposed(line)
    why_not = why_off_pack(current, units)
    if why_not and not confirmed_off_pack:
        raise OffPackError(why_not)
    note_change(by=by, note=reason)
    current.edited_units, current.edit_reason = units, reason.strip()
    current.exceptions = [*_other_exceptions(current), BuyException.EDITED.value]
    current.save()
    return current


@transaction.atomic
def undo_edit(*, line: BuyLine, by: User) -> BuyLine:
    """Take the planner's number away; the calculated one, as it was, stands until the next plan."""
    require(by, "planning.edit_buy")
    current = _proposed(line)
    if current.edited_units is None:
        raise NotNow("Nobody has changed this order.")
    note_change(by=by)
    current.edited_units, current.edit_reason = None, ""
    current.exceptions = _other_exceptions(current)
    current.save()
    return current


@transaction.atomic
def approve_buys(*, lines: Iterable[BuyLine], by: User) -> list[BuyLine]:
    """Approve these lines, all of them or none: from now on plans count on them.

    Raises NotNow where one is not proposed any more, or orders nothing.
    """
    current = _all_in(lines, BuyStatus.PROPOSED, by)
    empty = sum(line.units <= 0 for line in current)
    if empty:
        raise NotNow(f"{_orders_are(empty)} of 0 units: there is nothing to approve.")
    now = timezone.now()
    for line in current:
        line.approved_at, line.approved_by = now, by
    return _moved(current, BuyLine.approve, by)


@transaction.atomic
def take_back_approval(*, lines: Iterable[BuyLine], by: User) -> list[BuyLine]:
    """Make approved lines proposed again, all of them or none.

    Where a plan has since proposed another order of the SKU for the same week, that one makes way; NotNow
    where a planner has changed it.
    """
    current = _all_in(lines, BuyStatus.APPROVED, by)
    for line in current:
        _make_way_for(line)
        line.approved_at, line.approved_by = None, None
    return _moved(current, BuyLine.take_back, by)


@transaction.atomic
def put_on_purchase_orders(*, lines: Iterable[BuyLine], by: User) -> list[PurchaseOrder]:
    """Give approved lines their purchase orders, all of them or none, each line once and for all.

    One purchase order for each supplier, DC and week of ordering; its lines count from 1 in the order of
    their landing week and SKU. Plans count on them until their receipts are loaded.
    """
    current = _all_in(lines, BuyStatus.APPROVED, by)
    orders = numbered(current, today=today())
    for order in orders:
        for number, line in enumerate(order.lines, start=1):
            line.po_number, line.po_line = order.number, number
    _moved(current, BuyLine.send, by)
    return orders


@transaction.atomic
def cancel_order(*, line: BuyLine, by: User, reason: str) -> BuyLine:
    """Note that the supplier will not deliver a line on a purchase order; plans no longer count on it."""
    if not reason.strip():
        raise ValueError("A cancelled order says why.")
    current = _all_in([line], BuyStatus.SENT, by, note=reason)
    return _moved(current, BuyLine.cancel, by)[0]


@transaction.atomic
def recognise_receipts(product_ids: Sequence[int] | None = None) -> int:
    """Recognise lines on purchase orders whose receipts are loaded: these count from now on in their place.

    Of all SKUs without ``product_ids``. Returns how many lines it was; a second time there is none.
    """
    hold_lines(alone=False)
    receipt = Receipt.objects.filter(po_number=OuterRef("po_number"), line=OuterRef("po_line"))
    waiting = BuyLine.objects.filter(Exists(receipt), status=BuyStatus.SENT)
    if product_ids is not None:
        waiting = waiting.filter(product__in=product_ids)
    found = list(waiting.select_for_update(no_key=True, of=("self",)).order_by("pk"))
    for line in found:
        line.recognise()
    BuyLine.objects.bulk_update(found, ["status"], batch_size=1_000)
    return len(found)


def why_off_pack(line: BuyLine, units: float) -> str:
    """Why ``units`` of the line's SKU are not what its supplier sells, in a sentence; "" where they are."""
    product = line.product
    if units == 0:
        return ""
    if units < product.minimum_order_units:
        return f"The minimum order of {product.sku} is {product.minimum_order_units:,} units."
    if units % product.pack_units == 0:
        return ""
    if product.pack_units == 1:
        return f"{product.sku} is ordered in whole units."
    return f"{product.sku} comes in packs of {product.pack_units:,}: {units:,g} units are no whole packs."


def _call_worker() -> None:
    try:
        app.send_task(BUY_PLAN_TASK)
    except OperationalError:
        logger.warning("The broker is away; the buy plan waits for the night.")


def _locked(lines: Iterable[BuyLine]) -> list[BuyLine]:
    """The lines as they stand, held and locked until the transaction ends."""
    hold_lines(alone=False)
    wanted = {line.pk for line in lines}
    locked = BuyLine.objects.select_for_update(no_key=True, of=("self",))
    found = list(locked.select_related("product", "door").filter(pk__in=wanted).order_by("pk"))
    gone = len(wanted) - len(found)
    if gone:
        raise NotNow(f"{_orders_are(gone)} no longer in the plan. Look at it again.")
    keep_first_state(wanted)
    return found


def _proposed(line: BuyLine) -> BuyLine:
    """The line, locked, for someone who changes its number."""
    (current,) = _locked([line])
    if current.status != BuyStatus.PROPOSED:
        raise NotNow(f"This order is “{current.state.label}” already and cannot be changed.")
    return current


def _all_in(lines: Iterable[BuyLine], status: BuyStatus, by: User, note: str = "") -> list[BuyLine]:
    """The lines, locked, for someone who approves; NotNow unless all are in ``status``."""
    require(by, "planning.approve_buy")
    found = _locked(lines)
    others = [line for line in found if line.status != status]
    if others:
        raise NotNow(
            f"{_orders_are(len(others))} not “{status.label}” now, but “{others[0].state.label}”."
            " Look at the plan again."
        )
    note_change(by=by, note=note)
    return found


def _make_way_for(line: BuyLine) -> None:
    """Delete what is proposed of the line's SKU for its week; NotNow where a planner has changed it."""
    proposed = BuyLine.objects.select_for_update(no_key=True).filter(
        product=line.product_id, door=line.door_id, week_start=line.week_start, status=BuyStatus.PROPOSED
    )
    for other in proposed:
        if other.edited_units is not None:
            raise NotNow(
                f"A planner has changed another order of {line.product.sku} for the same week."
                " Undo that change first."
            )
        other.delete()


def _moved(lines: list[BuyLine], transition: Callable[[BuyLine], None], by: User) -> list[BuyLine]:
    for line in lines:
        if not has_transition_perm(getattr(line, transition.__name__), by):
            raise NotAllowed("Planned orders are for the heads of Planning and of Merchandising to approve.")
        transition(line)
    fields = ["status", "approved_at", "approved_by", "po_number", "po_line"]
    BuyLine.objects.bulk_update(lines, fields, batch_size=1_000)
    return lines


def _other_exceptions(line: BuyLine) -> list[str]:
    return [exception for exception in line.exceptions if exception != BuyException.EDITED]


def _orders_are(count: int) -> str:
    return "One order is" if count == 1 else f"{count} orders are"
