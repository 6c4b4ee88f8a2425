"""Planned orders: who may do what in which state, and that nothing is ever bought twice."""

import math
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.db import transaction

from marketing.catalogue.models import Product
from marketing.tests.factories import TODAY
from planning.buying.choices import BuyException, BuyStatus
from planning.buying.domain import (
    OffPackError,
    approve_buys,
    cancel_order,
    edit_buy,
    put_on_purchase_orders,
    recognise_receipts,
    start_buy_plan,
    take_back_approval,
    undo_edit,
)
from planning.buying.models import BuyLine
from planning.tests.buying.cases import (
    THIS_WEEK,
    Network,
    keep_weeks_of_cover,
    lines_of,
    plan,
    planned,
    published,
)
from planning.tests.factories import make_receipt
from planning.tests.messages import taken_from
from planning.tests.waiting import someone_waits_for_us, threads, until
from sop_site.access.permissions import NotAllowed, NotNow
from sop_site.access.roles import Role
from sop_site.fiscal import WEEK
from sop_site.history.queries import entries_of

pytestmark = pytest.mark.usefixtures("today")
REASON = "The mill is shut in January."


@pytest.fixture
def network(today) -> Network:
    keep_weeks_of_cover(0.0)
    return Network.make()


@pytest.fixture
def crew(network) -> Product:
    """20 a week are ordered for North from week 3 on."""
    product = network.make_sku("CREW")
    published({"North": {product: 20.0}})
    plan()
    return product


@pytest.fixture
def line(crew, network) -> BuyLine:
    """The order for week 5."""
    return lines_of(crew, network.north)[2]


@pytest.fixture
def planner(user_of):
    return user_of(Role.PLANNING_MEMBER)


@pytest.fixture
def approver(user_of):
    return user_of(Role.PLANNING_LEAD)


def edit(line, by):
    return edit_buy(line=line, units=40.0, by=by, reason=REASON)


def undo(line, by):
    return undo_edit(line=line, by=by)


def approve(line, by):
    return approve_buys(lines=[line], by=by)[0]


def take_back(line, by):
    return take_back_approval(lines=[line], by=by)[0]


def send(line, by):
    (order,) = put_on_purchase_orders(lines=[line], by=by)
    return order.lines[0]


def cancel(line, by):
    return cancel_order(line=line, by=by, reason=REASON)


def in_status(line: BuyLine, status: BuyStatus, approver) -> BuyLine:
    """The line, edited, as people bring it to ``status``."""
    edit(line, approver)
    if status == BuyStatus.PROPOSED:
        return BuyLine.objects.get(pk=line.pk)
    line = approve(line, approver)
    if status == BuyStatus.APPROVED:
        return line
    line = send(line, approver)
    if status == BuyStatus.CANCELLED:
        return cancel(line, approver)
    if status == BuyStatus.RECOGNISED:
        make_receipt(line.product, line.door, 40, po_number=line.po_number, line=line.po_line)
        assert recognise_receipts() == 1
    return BuyLine.objects.get(pk=line.pk)


@contextmanager
def undone():
    """What happens inside is rolled back, so that one line serves every role."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


ACTS = {
    "edit": (edit, BuyStatus.PROPOSED, BuyStatus.PROPOSED),
    "undo": (undo, BuyStatus.PROPOSED, BuyStatus.PROPOSED),
    "approve": (approve, BuyStatus.PROPOSED, BuyStatus.APPROVED),
    "take_back": (take_back, BuyStatus.APPROVED, BuyStatus.PROPOSED),
    "send": (send, BuyStatus.APPROVED, BuyStatus.SENT),
    "cancel": (cancel, BuyStatus.SENT, BuyStatus.CANCELLED),
}
CHANGING, APPROVING = ("edit", "undo"), ("approve", "take_back", "send", "cancel")
NOBODY: tuple[str, ...] = ()
MAY = {
    Role.MARKETING_MEMBER: NOBODY,
    Role.MARKETING_LEAD: NOBODY,
    Role.PLANNING_MEMBER: CHANGING,
    Role.PLANNING_LEAD: CHANGING + APPROVING,
    Role.MERCHANDISING_MEMBER: NOBODY,
    Role.MERCHANDISING_LEAD: APPROVING,
    Role.EXECUTIVE: NOBODY,
    Role.ADMINISTRATOR: NOBODY,
}


@pytest.mark.parametrize("status", BuyStatus)
def test_every_state_transition_and_role(line, user_of, approver, status):
    line = in_status(line, status, approver)
    for role in Role:
        user = user_of(role)
        offered = {found.method.__name__ for found in line.get_available_user_status_transitions(user)}
        for name, (act, source, target) in ACTS.items():
            may, is_now = name in MAY[role], status == source
            if name in APPROVING:
                assert (name in offered) == (may and is_now)
            if may and is_now:
                with undone():
                    assert act(line, user).status == target
                    assert BuyLine.objects.get(pk=line.pk).status == target
                continue
            with pytest.raises(NotNow if may else NotAllowed):
                act(line, user)
            assert BuyLine.objects.get(pk=line.pk).status == status
        assert "recognise" not in offered


def test_an_edited_line_keeps_its_number_and_what_is_missing_is_ordered_for_the_week_after(
    crew, network, line, planner
):
    edited = edit_buy(line=line, units=5, by=planner, reason=f" {REASON} ")
    assert (edited.units, edited.planned_units, edited.edit_reason) == (5.0, 20.0, REASON)
    assert BuyException.EDITED in edited.exceptions
    plan()
    found = planned(crew, network.north)
    assert [found[week] for week in (4, 5, 6, 7)] == [20.0, 5.0, 35.0, 20.0]
    edit_buy(line=line, units=50, by=planner, reason=REASON)
    plan()
    found = planned(crew, network.north)
    assert [found.get(week) for week in (4, 5, 6, 7)] == [20.0, 50.0, None, 10.0]
    told = line.events.order_by("pgh_id").values_list("pgh_label", "edited_units")
    assert list(told) == [("insert", None), ("update", 5.0), ("update", 50.0)]
    newest, *_, first = entries_of(line)
    assert [(change.before, change.after) for change in newest.changes] == [("5", "50")]
    assert (first.kind, first.by) == ("added", "Bridge")


def test_a_line_that_is_edited_to_nothing_is_not_proposed_again(crew, network, line, planner, approver):
    edit_buy(line=line, units=0, by=planner, reason=REASON)
    plan()
    found = planned(crew, network.north)
    assert [found[week] for week in (5, 6)] == [0.0, 40.0]
    with pytest.raises(NotNow, match="One order is of 0 units"):
        approve_buys(lines=[line], by=approver)


def test_undoing_an_edit_lets_the_plan_have_the_line_again(crew, network, line, planner):
    edit(line, planner)
    back = undo_edit(line=line, by=planner)
    assert (back.units, back.edit_reason, back.edited_units) == (20.0, "", None)
    assert BuyException.EDITED not in back.exceptions
    with pytest.raises(NotNow, match="Nobody has changed this order"):
        undo_edit(line=line, by=planner)


def test_an_edited_line_says_when_it_has_to_be_ordered(crew, network, line, planner):
    edit(line, planner)
    plan(today=TODAY + timedelta(days=6))
    assert BuyException.ORDER_NOW not in BuyLine.objects.get(pk=line.pk).exceptions
    plan(today=TODAY + timedelta(days=7))
    found = BuyLine.objects.get(pk=line.pk)
    assert set(found.exceptions) == {BuyException.EDITED, BuyException.ORDER_NOW}
    assert found.edited_units == 40.0


@pytest.mark.parametrize(
    ("units", "sentence"),
    [
        (12, "The minimum order of CREW is 24 units."),
        (30, "CREW comes in packs of 12: 30 units are no whole packs."),
        (36.5, "CREW comes in packs of 12: 36.5 units are no whole packs."),
    ],
)
def test_a_number_off_the_pack_or_the_minimum_has_to_be_confirmed(line, planner, units, sentence):
    Product.objects.update(pack_units=12, minimum_order_units=24)
    with pytest.raises(OffPackError) as refused:
        edit_buy(line=line, units=units, by=planner, reason=REASON)
    assert str(refused.value) == sentence
    assert BuyLine.objects.get(pk=line.pk).edited_units is None
    edited = edit_buy(line=line, units=units, by=planner, reason=REASON, confirmed_off_pack=True)
    assert edited.units == units


def test_half_a_unit_has_to_be_confirmed_and_nothing_is_no_number(line, planner):
    with pytest.raises(OffPackError, match="CREW is ordered in whole units"):
        edit_buy(line=line, units=1.5, by=planner, reason=REASON)
    for units in (-1.0, math.nan, math.inf):
        with pytest.raises(ValueError, match="cannot be ordered"):
            edit_buy(line=line, units=units, by=planner, reason=REASON)
    with pytest.raises(ValueError, match="says why"):
        edit_buy(line=line, units=10, by=planner, reason=" ")


def test_approving_is_all_or_nothing(crew, network, approver):
    lines = lines_of(crew, network.north)
    approve_buys(lines=lines[:1], by=approver)
    with pytest.raises(NotNow, match="One order is not “Proposed” now, but “Approved”"):
        approve_buys(lines=lines, by=approver)
    assert BuyLine.objects.filter(status=BuyStatus.APPROVED).count() == 1
    gone = lines[1]
    BuyLine.objects.filter(pk=gone.pk).delete()
    with pytest.raises(NotNow, match="One order is no longer in the plan"):
        approve_buys(lines=[gone], by=approver)


def test_approved_and_sent_lines_stay_and_are_counted_on(crew, network, line, approver):
    first = lines_of(crew, network.north)[0]
    approve_buys(lines=[first, line], by=approver)
    put_on_purchase_orders(lines=[first], by=approver)
    before = planned(crew, network.north)
    plan()
    assert planned(crew, network.north) == before
    # A week later the one on order has not come; it is still expected, and the other still fixed.
    plan(today=first.week_start + WEEK)
    stands = BuyLine.objects.filter(pk__in=[first.pk, line.pk]).values_list("status", "week_start")
    assert set(stands) == {("sent", first.week_start), ("approved", line.week_start)}


def test_a_late_order_that_has_not_left_is_counted_on_when_it_can_land(crew, network, approver):
    first = lines_of(crew, network.north)[0]
    approve_buys(lines=[first], by=approver)
    plan(today=first.week_start)
    # 20 approved ones land three weeks from then at the earliest: nothing more is needed there.
    weeks = [line.week_start for line in lines_of(crew, network.north)]
    assert weeks[:2] == [first.week_start, first.week_start + 4 * WEEK]


def test_taking_an_approval_back_makes_way_for_the_line(crew, network, line, approver, planner):
    approve_buys(lines=[line], by=approver)
    BuyLine.objects.filter(pk=line.pk).update(planned_units=15.0)
    plan()
    # 5 are missing in week 5, for which there is an approved line already.
    both = [found for found in lines_of(crew, network.north) if found.week_start == line.week_start]
    assert sorted(found.units for found in both) == [5.0, 15.0]
    take_back_approval(lines=[line], by=approver)
    (left,) = (found for found in lines_of(crew, network.north) if found.week_start == line.week_start)
    assert (left.pk, left.approved_at, left.approved_by) == (line.pk, None, None)
    approve_buys(lines=[line], by=approver)
    plan()
    (other,) = BuyLine.objects.filter(week_start=line.week_start, status=BuyStatus.PROPOSED)
    edit_buy(line=other, units=7, by=planner, reason=REASON)
    with pytest.raises(NotNow, match="has changed another order of CREW for the same week"):
        take_back_approval(lines=[line], by=approver)


def test_a_cancelled_order_is_planned_again(crew, network, line, approver):
    approve_buys(lines=[line], by=approver)
    put_on_purchase_orders(lines=[line], by=approver)
    cancel_order(line=line, by=approver, reason=REASON)
    with pytest.raises(ValueError, match="says why"):
        cancel_order(line=line, by=approver, reason="")
    plan()
    both = BuyLine.objects.filter(week_start=line.week_start).order_by("pk")
    assert [found.status for found in both] == [BuyStatus.CANCELLED, BuyStatus.PROPOSED]


def test_only_the_lines_of_the_skus_asked_for_are_recognised(crew, network, line, approver):
    sent = in_status(line, BuyStatus.SENT, approver)
    assert recognise_receipts() == 0
    make_receipt(crew, network.north, 40, po_number=sent.po_number, line=sent.po_line)
    assert recognise_receipts(product_ids=[]) == 0
    assert recognise_receipts(product_ids=[crew.pk]) == 1
    assert recognise_receipts(product_ids=[crew.pk]) == 0
    assert BuyLine.objects.get(pk=sent.pk).status == BuyStatus.RECOGNISED


def test_the_worker_is_called_once_the_transaction_is_committed(django_capture_on_commit_callbacks, today):
    taken_from("recalculation")
    with django_capture_on_commit_callbacks(execute=True):
        start_buy_plan()
        assert not taken_from("recalculation")
    assert [message.task for message in taken_from("recalculation")] == ["planning.calculate_buy_plan"]
    assert THIS_WEEK == TODAY


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_ten_people_who_send_the_same_orders_at_once_make_one_purchase_order(user_of):
    keep_weeks_of_cover(0.0)
    network = Network.make()
    crew = network.make_sku("CREW")
    published({"North": {crew: 20.0}})
    plan()
    lines = lines_of(crew, network.north)[:3]
    by = user_of(Role.PLANNING_LEAD)
    approve_buys(lines=lines, by=by)
    with threads(10) as start:
        tries = [start(put_on_purchase_orders, lines=lines, by=by) for _ in range(10)]
        errors = [found.exception() for found in tries]
    assert [type(error) for error in errors if error is not None] == [NotNow] * 9
    (orders,) = (found.result() for found, error in zip(tries, errors, strict=True) if error is None)
    assert len(orders) == 3
    assert BuyLine.objects.filter(status=BuyStatus.SENT).count() == 3


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_what_is_approved_while_a_plan_is_calculated_is_not_ordered_once_more(user_of):
    keep_weeks_of_cover(0.0)
    network = Network.make()
    crew, polo = network.make_sku("CREW"), network.make_sku("POLO")
    published({"North": {crew: 20.0, polo: 20.0}})
    plan()
    before = planned(crew, network.north)
    for product in (crew, polo):
        make_receipt(product, network.north, 5, eta=TODAY + 4 * WEEK)
    first = lines_of(crew, network.north)[0]
    with threads(1) as start:
        with transaction.atomic():
            approve_buys(lines=[first], by=user_of(Role.PLANNING_LEAD))
            calculating = start(plan)
            until(someone_waits_for_us, seconds=20, what="the plan to be written")
        found = calculating.result()
    # The plan was made without the approval: it leaves the SKU to the next one, and writes the other.
    assert planned(crew, network.north) == before
    assert planned(polo, network.north) == before | {4: 15.0}
    assert found.line_count == BuyLine.objects.filter(status=BuyStatus.PROPOSED).count()
    plan()
    assert planned(crew, network.north) == before | {4: 15.0}
