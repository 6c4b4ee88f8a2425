"""What holds for every projection, and that a slow and obvious second engine says the same."""

from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from planning.supply.engine import Projection
from planning.tests.supply.engine_cases import (
    Case,
    Door,
    Line,
    Shipment,
    cases,
    choices,
    close,
    later,
    many,
    projection_of,
    with_less_lift,
    without_transfers_of_suppliers,
)
from planning.tests.supply.engine_oracle import Slow, project_slowly, with_own_units

SHOWN = [
    "receipts", "transfers_in", "transfers_out", "replenishment", "dispatched", "drawn_in", "drawn_out",
    "available", "sold", "closing", "dc_spare",
]  # fmt: skip


@many
@given(case=cases())
def test_every_projection_is_in_order(case):
    """All of these of each case: to draw and to project it takes longer than to look at what came of it."""
    projection = projection_of(case)

    the_oracle_agrees(case, projection)
    everything_adds_up(case, projection)
    what_is_sold_and_what_is_not_is_the_demand(case, projection)
    no_figure_is_negative(projection)
    units_are_conserved(projection)


def the_oracle_agrees(case: Case, projection: Projection) -> None:
    slow = project_slowly(case)

    assert close(projection.opening, slow.opening)
    for name in [*SHOWN, "sellable", "unmet"]:
        expected = getattr(slow, name)[: case.buckets]
        assert close(getattr(projection, name), expected, within=1e-7), name


def everything_adds_up(case: Case, projection: Projection) -> None:
    demand = projection.demand.total[: case.buckets]
    before = np.vstack([projection.opening, projection.closing[:-1]])
    raw_before = np.vstack([projection.opening, projection.raw[:-1]])

    parts = projection.receipts + projection.transfers_in + projection.replenishment + projection.drawn_in
    parts = parts - projection.transfers_out - projection.dispatched - projection.drawn_out
    assert close(projection.supply, parts)
    assert close(projection.available, before + projection.supply)
    assert close(projection.closing, projection.available - projection.sold)
    assert close(projection.raw, raw_before + projection.supply - demand)


def what_is_sold_and_what_is_not_is_the_demand(case: Case, projection: Projection) -> None:
    assert close(projection.sold + projection.unmet, projection.demand.total[: case.buckets])
    assert (projection.sold <= projection.sellable + 1e-9).all()


def no_figure_is_negative(projection: Projection) -> None:
    assert projection.closing.min() >= 0
    for name in [*SHOWN, "unmet", "sellable"]:
        assert getattr(projection, name).min() >= -1e-9, name


def units_are_conserved(projection: Projection) -> None:
    """What there was and what came in is sold, still there, gone out of the network, or on the way."""
    there = projection.opening.sum() + projection.receipts.sum()
    there += projection.transfers_in.sum() - projection.transfers_out.sum()
    on_the_way = projection.dispatched.cumsum(axis=0).sum(axis=1)
    on_the_way -= projection.replenishment.cumsum(axis=0).sum(axis=1)

    assert (on_the_way >= -1e-9).all()
    assert abs(there - projection.sold.sum() - projection.closing[-1].sum() - on_the_way[-1]) < 1e-6
    assert close(projection.drawn_in.sum(axis=1), projection.drawn_out.sum(axis=1))


@many
@given(case=cases())
def test_every_transferred_unit_has_left_its_sender(case):
    """Over a horizon that sees all arrivals, in equals out where both ends are in the network."""
    inside = [shipment for shipment in case.transfers if None not in (shipment.sender, shipment.receiver)]
    projection = projection_of(case.but(buckets=8, transfers=tuple(inside)))

    assert abs(projection.transfers_in.sum() - projection.transfers_out.sum()) < 1e-6


@many
@given(case=cases())
def test_where_supply_is_given_the_constrained_line_has_a_closed_form(case):
    """``S[w] - min(0, min S)`` (definitions: Projected on-hand), shifted only where units must leave."""
    doors = tuple(replace(door, dc=None, minimum=0.0) for door in case.doors)
    given_supply = case.but(doors=doors, transfers=tuple(s for s in case.transfers if s.sender is None))
    projection = projection_of(given_supply)

    running = projection.raw
    closed = running - np.minimum(0.0, np.minimum.accumulate(running, axis=0))
    assert close(projection.closing, closed)


@many
@given(case=cases(buckets=5), shown=st.integers(1, 4))
def test_a_bucket_does_not_depend_on_how_many_follow(case, shown):
    """Given each door's part of a lift in units, which goes by the baseline of the days in view."""
    case = with_own_units(case)
    whole, part = projection_of(case), projection_of(case.but(buckets=shown))

    for name in SHOWN:
        assert close(getattr(part, name), getattr(whole, name)[:shown]), name


@many
@given(case=cases(buckets=5), split=st.integers(1, 4))
def test_splitting_the_horizon_gives_the_same(case, split):
    """Stop after some weeks, take stock and what is on its way, and roll on from there.

    Given each door's part of a lift in units, which is taken anew with the days that are left. And without
    transfers that a replenished door sends: what its DC has on its way to it is for its own customers,
    which no document that stands for it would say.
    """
    case = with_own_units(case)
    case = case.but(transfers=tuple(s for s in case.transfers if not is_sent_by_a_replenished_door(case, s)))
    whole, first = projection_of(case), project_slowly(case.but(buckets=split))
    away = int(case.horizon.start_days[split])

    projection = projection_of(
        Case(
            today=later(case, split),
            buckets=5 - split,
            doors=tuple(door_later(door, row, first, split, away) for row, door in enumerate(case.doors)),
            lines=tuple(replace(line, start=line.start - away, end=line.end - away) for line in case.lines),
            receipts=tuple(
                (row, bucket - split, units) for row, bucket, units in case.receipts if bucket >= split
            ),
            transfers=tuple(transfers_under_way(case, first, split)),
        )
    )
    for name in ("closing", "sold", "unmet", "dispatched", "drawn_in", "dc_spare", "transfers_out"):
        assert close(getattr(projection, name), getattr(whole, name)[split:], within=1e-7), name


def is_sent_by_a_replenished_door(case: Case, shipment: Shipment) -> bool:
    if shipment.sender is None:
        return False
    sender = case.doors[shipment.sender]
    return sender.dc is not None and not sender.sells_from_dc


def door_later(door: Door, row: int, first: Slow, split: int, away: int) -> Door:
    """A door as it stands when the first buckets are over."""
    weekly = door.weekly_baseline
    return replace(
        door,
        on_hand=first.closing[split - 1][row],
        baseline=None if door.baseline is None else weekly[min(split, len(weekly) - 1) :],
        unavailable=0.0,
        committed=0.0,
        opens=door.opens - away,
        closes=door.closes - away,
    )


def transfers_under_way(case: Case, first: Slow, split: int) -> list[Shipment]:
    """What the first buckets have sent on its way, and the transfers that have yet to ship."""
    found = []
    for bucket in range(split, len(first.replenishment)):
        for row, units in enumerate(first.replenishment[bucket]):
            found.append(Shipment(None, row, 0, bucket - split, units))
    for shipment in case.transfers:
        ship, arrival, units = shipment.ship - split, shipment.arrival - split, shipment.units
        if shipment.sender is not None and ship < 0 <= arrival:
            together = [s for s in case.transfers if (s.sender, s.ship) == (shipment.sender, shipment.ship)]
            planned = sum(other.units for other in together)
            left = first.transfers_out[shipment.ship][shipment.sender]
            units *= left / planned if planned > 0 else 1.0
            found.append(Shipment(None, shipment.receiver, 0, arrival, units))
        elif arrival >= 0:
            found.append(replace(shipment, ship=ship, arrival=arrival))
    return found


@many
@given(case=cases(), choose=choices())
def test_the_order_of_skus_doors_and_campaigns_does_not_matter(case, choose):
    order = choose.order_of(range(len(case.doors)))
    place = {row: new for new, row in enumerate(order)}

    def moved(row: int | None) -> int | None:
        return None if row is None else place[row]

    shuffled = case.but(
        doors=tuple(replace(case.doors[row], dc=moved(case.doors[row].dc)) for row in order),
        lines=tuple(replace(line, row=place[line.row]) for line in choose.order_of(case.lines)),
        receipts=tuple((place[row], bucket, units) for row, bucket, units in choose.order_of(case.receipts)),
        transfers=tuple(
            replace(s, sender=moved(s.sender), receiver=moved(s.receiver))
            for s in choose.order_of(case.transfers)
        ),
    )
    straight, mixed = projection_of(case), projection_of(shuffled)
    for name in SHOWN:
        assert close(getattr(mixed, name), getattr(straight, name)[:, order]), name


@many
@given(first=cases(buckets=4), second=cases(buckets=4))
def test_what_happens_to_one_sku_does_not_touch_another(first, second):
    """Given each door's part of a lift in units, which goes by the baseline of the days in view."""
    first, second = with_own_units(first), with_own_units(second)
    together, apart = projection_of(beside(first, second)), projection_of(first)

    for name in SHOWN:
        assert close(getattr(together, name)[:, : len(first.doors)], getattr(apart, name)), name


def beside(first: Case, second: Case) -> Case:
    """Both cases in one chunk, as of the first one's day."""
    shift = len(first.doors)

    def away(row: int | None) -> int | None:
        return None if row is None else row + shift

    return first.but(
        doors=first.doors + tuple(replace(door, dc=away(door.dc)) for door in second.doors),
        lines=first.lines + tuple(replace(x, row=x.row + shift, line=x.line + 500) for x in second.lines),
        receipts=first.receipts + tuple((row + shift, b, u) for row, b, u in second.receipts),
        transfers=first.transfers
        + tuple(replace(s, sender=away(s.sender), receiver=away(s.receiver)) for s in second.transfers),
    )


@many
@given(case=cases(), choose=choices())
def test_doors_that_are_closed_or_sell_nothing_have_no_part(case, choose):
    """Of a SKU at the same DC or alone, with stock: nothing comes, nothing goes, and no other row moves."""
    case = with_own_units(case)
    suppliers = {door.dc for door in case.doors if door.dc is not None}
    idle = [
        Door(
            on_hand=choose.of(0.0, 50.0, None),
            baseline=baseline,
            dc=choose.of(None, *suppliers),
            transit_days=choose.up_to(16),
            sells_from_dc=choose.of(False, True),
            opens=opens,
            closes=closes,
        )
        for baseline, opens, closes in ((None, 0, 99), (0.0, 0, 99), (7.0, -50, 0), (7.0, 90, 99))
    ]
    before, after = projection_of(case), projection_of(case.but(doors=(*case.doors, *idle)))

    rows = len(case.doors)
    for name in SHOWN:
        assert close(getattr(after, name)[:, :rows], getattr(before, name)), name
    for name in ("replenishment", "dispatched", "drawn_in", "sold", "unmet"):
        assert getattr(after, name)[:, rows:].sum() == 0, name
    assert (after.closing[:, rows:] == after.opening[rows:]).all()


@many
@given(case=cases(), choose=choices())
def test_one_more_receipt_never_costs_a_sale_anywhere(case, choose):
    case = without_transfers_of_suppliers(case)
    extra = (choose.up_to(len(case.doors) - 1), choose.up_to(case.buckets - 1), choose.units())
    before = projection_of(case)
    after = projection_of(case.but(receipts=(*case.receipts, extra)))

    assert (after.unmet <= before.unmet + 1e-7).all()
    assert (after.closing >= before.closing - 1e-7).all()


@many
@given(case=cases(least_lines=1), choose=choices())
def test_less_lift_never_costs_a_sale_anywhere(case, choose):
    case = without_transfers_of_suppliers(case)
    _, smaller = with_less_lift(case, choose)
    before, after = projection_of(case), projection_of(smaller)

    assert (after.demand.total <= before.demand.total + 1e-9).all()
    assert (after.unmet <= before.unmet + 1e-7).all()


def test_a_transfer_takes_from_what_a_dc_keeps_for_its_own_customers():
    """Why the properties above leave it out: where those ask for less, less is kept, and less can leave."""
    door, receiver = Door(baseline=14.0, dc=0), Door(baseline=20.0)
    case = Case(buckets=1, transfers=(Shipment(0, 2, 0, 0, 16.0),))

    def unmet(own_customers: float) -> list[float]:
        doors = (Door(on_hand=20, baseline=own_customers), door, receiver)
        return projection_of(case.but(doors=doors)).unmet[0].tolist()

    assert unmet(21.0) == [21.0, 6.0, 8.0]
    assert unmet(14.0) == [14.0, 4.0, 10.0]


def test_a_lift_in_units_is_one_for_all_its_doors():
    """The helper of the properties above says what it does."""
    doors = (Door(baseline=30.0), Door(baseline=10.0))
    case = Case(doors=doors, lines=tuple(Line(0, row, 0, 6, units=80.0) for row in range(2)))

    assert [line.units for line in with_own_units(case).lines] == [60.0, 20.0]
