"""Until when a remedy still works, and who could give units away."""

from datetime import date, timedelta

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from planning.risk.engine.decide_by import (
    LEAST_SPARE_UNITS,
    NOT_POSSIBLE,
    BasisPart,
    Need,
    Remedy,
    RoutesOfRows,
    Source,
    decide_by_dates,
    fastest_transfer_days,
    last_decide_by_day,
    late_receipts,
    spare_units,
)
from planning.supply.engine import Receipts
from planning.tests.supply.engine_cases import (
    Case,
    Door,
    Shipment,
    cases,
    choices,
    close,
    many,
    projection_of,
    receipts_of,
)
from planning.tests.supply.engine_oracle import days_in, project_slowly

TODAY = date(2026, 11, 22)
CREATIVE = BasisPart("creative_lock_days", 21, Source.OPERATING_MODEL)
MEDIA = BasisPart("media_lock_days", 10, Source.OPERATING_MODEL)
EXPEDITE = (BasisPart("expedite_days", 9, Source.PRODUCT), BasisPart("route_days", 3, Source.ROUTE))
TRANSFER = (BasisPart("route_days", 4, Source.ROUTE),)


def dates(first_short_date, campaign_first_date, expedite=EXPEDITE, transfer=TRANSFER, buffer=0):
    options = decide_by_dates(
        supply_need_date=first_short_date or max(campaign_first_date, TODAY),
        is_short=first_short_date is not None,
        campaign_first_date=campaign_first_date,
        expedite=expedite,
        transfer=transfer,
        buffer=BasisPart("lead_time_buffer_days", buffer, Source.OPERATING_MODEL),
        creative_lock=CREATIVE,
        media_lock=MEDIA,
    )
    return {option.kind: option for option in options}


def test_remedies_of_supply_must_have_worked_by_the_first_short_day():
    found = dates(date(2027, 1, 10), date(2027, 1, 3))

    assert found[Remedy.EXPEDITE].decide_by_date == date(2026, 12, 29)
    assert found[Remedy.EXPEDITE].days == 12
    assert found[Remedy.EXPEDITE].basis == EXPEDITE
    assert found[Remedy.EXPEDITE].need is Need.FIRST_SHORT_DAY
    assert found[Remedy.REALLOCATE].decide_by_date == date(2027, 1, 6)


def test_remedies_on_the_plan_must_have_worked_by_the_first_day_of_the_campaign():
    found = dates(date(2027, 1, 10), date(2027, 1, 3))

    assert found[Remedy.SHIFT].decide_by_date == date(2026, 12, 13)
    assert found[Remedy.REDUCE].decide_by_date == date(2026, 12, 24)
    assert found[Remedy.SHIFT].need is Need.FIRST_CAMPAIGN_DAY


def test_a_thin_cover_is_needed_by_the_first_day_of_the_window():
    found = dates(None, date(2027, 1, 3))

    assert found[Remedy.EXPEDITE].need_date == date(2027, 1, 3)
    assert found[Remedy.EXPEDITE].need is Need.FIRST_WINDOW_DAY


def test_a_window_that_has_begun_needs_its_supply_today_and_its_plan_is_past():
    found = dates(None, date(2026, 11, 15))

    assert found[Remedy.REALLOCATE].need_date == TODAY
    assert found[Remedy.REDUCE].need_date == date(2026, 11, 15)


def test_a_buffer_is_added_once_to_what_supply_takes_and_never_to_the_plan():
    without, found = (
        dates(date(2027, 1, 10), date(2027, 1, 3)),
        dates(date(2027, 1, 10), date(2027, 1, 3), buffer=3),
    )

    for remedy in (Remedy.EXPEDITE, Remedy.REALLOCATE):
        assert found[remedy].decide_by_date == without[remedy].decide_by_date - timedelta(days=3)
        assert found[remedy].basis[-1] == BasisPart("lead_time_buffer_days", 3, Source.OPERATING_MODEL)
    assert [found[remedy] for remedy in (Remedy.SHIFT, Remedy.REDUCE)] == [
        without[remedy] for remedy in (Remedy.SHIFT, Remedy.REDUCE)
    ]


def test_what_cannot_be_done_is_not_offered():
    assert list(dates(None, date(2027, 1, 3), expedite=None, transfer=None)) == [Remedy.SHIFT, Remedy.REDUCE]


soon = st.integers(-30, 120).map(lambda days: TODAY + timedelta(days=days))


@many
@given(short=st.none() | soon, start=soon, route=st.integers(0, 30), longer=st.integers(0, 30))
def test_a_decide_by_date_opens_into_its_arithmetic(short, start, route, longer):
    transfer = [BasisPart("route_days", route, Source.ROUTE)]
    found = dates(short, start, transfer=transfer)
    for option in found.values():
        assert option.days == sum(part.days for part in option.basis)
        assert option.decide_by_date + timedelta(days=option.days) == option.need_date
    slower = dates(short, start, transfer=[*transfer, BasisPart("handling", longer, Source.ROUTE)])
    assert slower[Remedy.REALLOCATE].decide_by_date <= found[Remedy.REALLOCATE].decide_by_date


days = st.integers(0, 30)


@many
@given(
    need=soon,
    start=soon,
    expedite=st.none() | days,
    transfer=st.none() | days,
    buffer=st.just(0) | days,
    locks=st.tuples(days, days),
)
def test_the_flags_date_is_the_last_on_which_anything_still_works(
    need, start, expedite, transfer, buffer, locks
):
    def part(taken):
        return None if taken is None else [BasisPart("taken", taken, Source.ROUTE)]

    found = decide_by_dates(
        supply_need_date=need,
        is_short=True,
        campaign_first_date=start,
        expedite=part(expedite),
        transfer=part(transfer),
        buffer=BasisPart("lead_time_buffer_days", buffer, Source.OPERATING_MODEL),
        creative_lock=BasisPart("creative_lock_days", locks[0], Source.OPERATING_MODEL),
        media_lock=BasisPart("media_lock_days", locks[1], Source.OPERATING_MODEL),
    )
    last = last_decide_by_day(
        np.array([(need - TODAY).days]),
        np.array([NOT_POSSIBLE if expedite is None else expedite]),
        np.array([NOT_POSSIBLE if transfer is None else transfer]),
        buffer,
        np.array([(start - TODAY).days]),
        locks,
    )
    assert [TODAY + timedelta(days=int(last[0]))] == [max(option.decide_by_date for option in found)]


def test_spare_is_the_lowest_stock_above_the_minimum_until_then():
    doors = (Door(on_hand=40, baseline=7.0, minimum=5), Door(on_hand=3, baseline=7.0))
    projection = projection_of(Case(today=TODAY, buckets=3, doors=doors, receipts=((0, 2, 50.0),)))

    assert projection.closing[:, 0].tolist() == [33.0, 26.0, 69.0]
    assert spare_units(projection, np.array([0, 0])).tolist() == [28.0, 0.0]
    assert spare_units(projection, np.array([2, 0])).tolist() == [21.0, 0.0]


@many
@given(case=cases(), choose=choices())
def test_spare_is_what_a_search_finds(case, choose):
    last = [choose.up_to(case.buckets - 1) for _ in case.doors]
    closing = project_slowly(case).closing

    lowest = [min(closing[bucket][row] for bucket in range(until + 1)) for row, until in enumerate(last)]
    expected = [max(0.0, units - door.minimum) for units, door in zip(lowest, case.doors, strict=True)]
    assert close(spare_units(projection_of(case), np.array(last)), expected, within=1e-7)


@many
@given(case=cases(with_transfers=False))
def test_giving_the_spare_units_away_costs_the_giver_no_sale(case):
    alone = tuple(Door(door.on_hand, door.baseline, door.minimum) for door in case.doors)
    before = projection_of(case.but(doors=alone))
    gifts = [
        Shipment(row, None, 0, 0, float(units))
        for row, units in enumerate(spare_units(before, np.full(len(alone), case.buckets - 1)))
        if units > 0
    ]
    after = projection_of(case.but(doors=alone, transfers=tuple(gifts)))

    assert close(after.unmet, before.unmet)


def test_nobody_drives_for_less_than_a_unit():
    assert LEAST_SPARE_UNITS == 1.0


def test_days_of_a_remedy_that_cannot_help_are_no_days():
    assert NOT_POSSIBLE == -1


def test_the_fastest_route_leads_from_spare_stock_to_a_short_door():
    may_give = np.array([False, True, True, True])
    routes = RoutesOfRows(
        from_row=np.array([1, 3, 0, 1, 2]), to_row=np.array([0, 2, 3, 3, 3]), days=np.array([1, 1, 1, 5, 4])
    )
    flag, row = np.array([0, 1, 1, 2]), np.array([3, 2, 3, 1])

    assert fastest_transfer_days(routes, flag, row, may_give, 4).tolist() == [
        4,
        5,
        NOT_POSSIBLE,
        NOT_POSSIBLE,
    ]


@many
@given(choose=choices())
def test_the_fastest_transfer_is_the_one_a_search_finds(choose):
    rows, flags = 1 + choose.up_to(4), 3
    ways = sorted(
        (choose.up_to(rows - 1), choose.up_to(rows - 1), choose.up_to(30)) for _ in range(choose.up_to(5))
    )
    short = sorted({(choose.up_to(flags - 1), choose.up_to(rows - 1)) for _ in range(choose.up_to(5))})
    may_give = np.array([choose.of(False, True) for _ in range(rows)])
    columns = np.array(ways, dtype=np.int64).reshape(-1, 3)
    found = fastest_transfer_days(
        RoutesOfRows(from_row=columns[:, 1], to_row=columns[:, 0], days=columns[:, 2]),
        *np.array(short, dtype=np.int64).reshape(-1, 2).T,
        may_give,
        flags,
    )
    for flag in range(flags):
        mine = {row for number, row in short if number == flag}
        usable = [taken for to, giver, taken in ways if to in mine and giver not in mine and may_give[giver]]
        assert found[flag] == min(usable, default=NOT_POSSIBLE)


def test_a_receipt_for_the_dc_must_be_sent_on_and_one_for_the_door_not():
    doors = (Door(on_hand=0), Door(dc=0, transit_days=2), Door(dc=0, sells_from_dc=True), Door())
    projection = projection_of(Case(today=TODAY, buckets=3, doors=doors))
    rows = np.array([0, 1, 2, 3])

    def late(receipts: list[tuple[int, int]], need_day: int) -> list[tuple[bool, bool]]:
        row, bucket = np.array(receipts, dtype=np.int64).reshape(-1, 2).T
        units = np.ones(len(receipts))
        found = late_receipts(projection, Receipts(row, bucket, units), rows, np.full(4, need_day))
        return list(zip(found.possible.tolist(), found.by_dc.tolist(), strict=True))

    nothing = (False, False)
    assert late([], 7) == [nothing] * 4
    assert late([(0, 2)], 13) == [(True, False), (True, True), (True, False), nothing]
    assert late([(0, 2)], 14) == [nothing, (True, True), nothing, nothing]
    assert late([(0, 1)], 15) == [nothing, (True, True), nothing, nothing]
    assert late([(0, 1)], 16) == [nothing] * 4
    assert late([(1, 2)], 13) == [nothing, (True, False), nothing, nothing]
    assert late([(3, 9)], 13) == [nothing, nothing, nothing, (True, False)]


@many
@given(case=cases(), choose=choices())
def test_a_late_receipt_is_the_one_a_search_finds(case, choose):
    """A receipt lands on the first day of its bucket, past the horizon too, and leaves a DC in the next."""
    case = case.but(receipts=tuple((row, 2 * bucket, units) for row, bucket, units in case.receipts))
    rows = range(len(case.doors))
    need_days = [choose.up_to(case.horizon.days - 1) for _ in rows]

    expected = []
    for row, need_day in zip(rows, need_days, strict=True):
        door = case.doors[row]
        sold_at = {row, door.dc} if door.sells_from_dc else {row}
        lands = [days_in(case, bucket)[0] for at, bucket, _ in case.receipts if at in sold_at]
        leaves = [days_in(case, bucket + 1)[0] for at, bucket, _ in case.receipts if at == door.dc]
        is_late = any(first > need_day for first in lands)
        by_dc = not door.sells_from_dc and any(first + door.transit_days > need_day for first in leaves)
        expected.append((is_late or by_dc, by_dc and not is_late))
    found = late_receipts(projection_of(case), receipts_of(case), np.array(rows), np.array(need_days))
    assert list(zip(found.possible.tolist(), found.by_dc.tolist(), strict=True)) == expected
