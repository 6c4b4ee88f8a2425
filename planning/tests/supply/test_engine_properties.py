"""What holds for every projection, and that a slow and obvious second engine says the same."""

from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from planning.supply.engine import Projection
from planning.tests.supply.engine_cases import Case, cases, fewer, later, many, projection_of, units
from planning.tests.supply.engine_oracle import project_slowly

SHOWN = [
    field.name
    for field in fields(Projection)
    if field.name not in ("horizon", "sku_doors", "demand", "opening")
]


@many
@given(case=cases())
def test_the_oracle_agrees(case):
    projection, slow = projection_of(case), project_slowly(case)

    assert projection.opening == pytest.approx(slow.opening)
    for name in [*SHOWN, "sellable"]:
        if name in ("supply", "raw"):
            continue
        expected = np.array(getattr(slow, name))[: case.buckets]
        assert getattr(projection, name) == pytest.approx(expected, abs=1e-7), name


@fewer
@given(case=cases())
def test_everything_adds_up(case):
    projection = projection_of(case)
    demand = projection.demand.total[: case.buckets]
    before = np.vstack([projection.opening, projection.closing[:-1]])
    raw_before = np.vstack([projection.opening, projection.raw[:-1]])

    parts = projection.receipts + projection.transfers_in + projection.replenishment + projection.drawn_in
    parts = parts - projection.transfers_out - projection.dispatched - projection.drawn_out
    assert projection.supply == pytest.approx(parts, abs=1e-9)
    assert projection.available == pytest.approx(before + projection.supply, abs=1e-9)
    assert projection.closing == pytest.approx(projection.available - projection.sold, abs=1e-9)
    assert projection.sold + projection.unmet == pytest.approx(demand, abs=1e-9)
    assert projection.raw == pytest.approx(raw_before + projection.supply - demand, abs=1e-9)
    for name in SHOWN:
        if name not in ("raw", "supply"):
            assert getattr(projection, name).min() >= -1e-9, name
    assert projection.closing.min() >= 0


@fewer
@given(case=cases())
def test_units_are_conserved(case):
    """What there was and what came in is sold, still there, gone out of the network, or on the way."""
    projection = projection_of(case)
    there = projection.opening.sum() + projection.receipts.sum()
    there += projection.transfers_in.sum() - projection.transfers_out.sum()
    on_the_way = projection.dispatched.cumsum(axis=0).sum(axis=1)
    on_the_way -= projection.replenishment.cumsum(axis=0).sum(axis=1)

    assert (on_the_way >= -1e-9).all()
    assert there == pytest.approx(projection.sold.sum() + projection.closing[-1].sum() + on_the_way[-1])
    assert projection.drawn_in.sum(axis=1) == pytest.approx(projection.drawn_out.sum(axis=1), abs=1e-9)


@fewer
@given(case=cases())
def test_every_transferred_unit_has_left_its_sender(case):
    """Over a horizon that sees all arrivals, in equals out where both ends are in the network."""
    inside = [shipment for shipment in case.transfers if None not in (shipment.sender, shipment.receiver)]
    projection = projection_of(case.but(buckets=8, transfers=tuple(inside)))

    assert projection.transfers_in.sum() == pytest.approx(projection.transfers_out.sum())


@many
@given(case=cases())
def test_where_supply_is_given_the_constrained_line_has_a_closed_form(case):
    """``S[w] - min(0, min S)`` (definitions: Projected on-hand), shifted only where units must leave."""
    doors = tuple(replace(door, dc=None, minimum=0.0) for door in case.doors)
    given_supply = case.but(doors=doors, transfers=tuple(s for s in case.transfers if s.sender is None))
    projection = projection_of(given_supply)

    running = projection.raw
    closed = running - np.minimum(0.0, np.minimum.accumulate(running, axis=0))
    assert projection.closing == pytest.approx(closed, abs=1e-9)


@fewer
@given(case=cases(buckets=5), shown=st.integers(1, 4))
def test_a_bucket_does_not_depend_on_how_many_follow(case, shown):
    whole, part = projection_of(case), projection_of(case.but(buckets=shown))

    for name in SHOWN:
        assert getattr(part, name) == pytest.approx(getattr(whole, name)[:shown], abs=1e-9), name


@fewer
@given(case=cases(buckets=5, with_transfers=False), split=st.integers(1, 4))
def test_splitting_the_horizon_gives_the_same(case, split):
    """Stop after some weeks, take stock and what is on its way, and roll on from there."""
    whole, first = projection_of(case), project_slowly(case.but(buckets=split))
    away = int(case.horizon.start_days[split])
    doors = tuple(
        replace(
            door,
            on_hand=first.closing[split - 1][row],
            unavailable=0.0,
            committed=0.0,
            opens=door.opens - away,
            closes=door.closes - away,
        )
        for row, door in enumerate(case.doors)
    )
    coming = [(row, bucket - split, units) for row, bucket, units in case.receipts if bucket >= split]
    for bucket in range(split, len(first.replenishment)):
        coming += [(row, bucket - split, sent) for row, sent in enumerate(first.replenishment[bucket])]
    lines = tuple(replace(line, start=line.start - away, end=line.end - away) for line in case.lines)
    rest = Case(later(case, split), 5 - split, doors, lines, tuple(coming))

    projection = projection_of(rest)
    for name in ("closing", "sold", "unmet", "dispatched", "drawn_in", "dc_spare"):
        assert getattr(projection, name) == pytest.approx(getattr(whole, name)[split:], abs=1e-7), name


@fewer
@given(case=cases(), data=st.data())
def test_the_order_of_rows_and_documents_does_not_matter(case, data):
    order = data.draw(st.permutations(range(len(case.doors))))
    place = {row: new for new, row in enumerate(order)}

    def moved(row: int | None) -> int | None:
        return None if row is None else place[row]

    shuffled = case.but(
        doors=tuple(replace(case.doors[row], dc=moved(case.doors[row].dc)) for row in order),
        lines=tuple(replace(line, row=place[line.row]) for line in data.draw(st.permutations(case.lines))),
        receipts=tuple(
            (place[row], bucket, units) for row, bucket, units in data.draw(st.permutations(case.receipts))
        ),
        transfers=tuple(
            replace(s, sender=moved(s.sender), receiver=moved(s.receiver))
            for s in data.draw(st.permutations(case.transfers))
        ),
    )
    straight, mixed = projection_of(case), projection_of(shuffled)
    for name in SHOWN:
        assert getattr(mixed, name) == pytest.approx(getattr(straight, name)[:, list(order)], abs=1e-9), name


@fewer
@given(first=cases(buckets=4), second=cases(buckets=4))
def test_what_happens_to_one_sku_does_not_touch_another(first, second):
    shift = len(first.doors)

    def away(row: int | None) -> int | None:
        return None if row is None else row + shift

    both = first.but(
        doors=first.doors + tuple(replace(door, dc=away(door.dc)) for door in second.doors),
        lines=first.lines + tuple(replace(x, row=x.row + shift, line=x.line + 9) for x in second.lines),
        receipts=first.receipts + tuple((row + shift, b, u) for row, b, u in second.receipts),
        transfers=first.transfers
        + tuple(replace(s, sender=away(s.sender), receiver=away(s.receiver)) for s in second.transfers),
    )
    together, apart = projection_of(both), projection_of(first)
    for name in SHOWN:
        assert getattr(together, name)[:, :shift] == pytest.approx(getattr(apart, name), abs=1e-9), name


@many
@given(case=cases(), data=st.data())
def test_one_more_receipt_never_costs_a_sale_anywhere(case, data):
    row = data.draw(st.integers(0, len(case.doors) - 1))
    extra = (row, data.draw(st.integers(0, case.buckets - 1)), data.draw(units))
    before = projection_of(case)
    after = projection_of(case.but(receipts=(*case.receipts, extra)))

    assert (after.unmet <= before.unmet + 1e-7).all()
    assert (after.closing >= before.closing - 1e-7).all()


@many
@given(case=cases(lowest_ratio=0.0), data=st.data())
def test_less_lift_never_costs_a_sale_anywhere(case, data):
    assume(case.lines)
    number = data.draw(st.sampled_from(sorted({line.line for line in case.lines})))
    share = data.draw(st.sampled_from([0.0, 0.3, 0.9]))
    smaller = tuple(
        line
        if line.line != number
        else replace(
            line,
            ratio=None if line.ratio is None else line.ratio * share,
            units=None if line.units is None else line.units * share,
        )
        for line in case.lines
    )
    before, after = projection_of(case), projection_of(case.but(lines=smaller))

    assert (after.unmet <= before.unmet + 1e-7).all()
