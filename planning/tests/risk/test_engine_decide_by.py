"""Until when a remedy still works, and who could give units away."""

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from planning.risk.engine.decide_by import (
    BasisPart,
    Need,
    Remedy,
    Source,
    decide_by_dates,
    fastest_transfer_days,
    flag_decide_by,
    known_or_default,
    spare_units,
)
from planning.tests.supply.engine_cases import Case, Door, Shipment, cases, fewer, many, projection_of

TODAY = date(2026, 11, 22)
CREATIVE = BasisPart("creative_lock_days", 21, Source.OPERATING_MODEL)
MEDIA = BasisPart("media_lock_days", 10, Source.OPERATING_MODEL)
EXPEDITE = (BasisPart("expedite_days", 9, Source.PRODUCT), BasisPart("route_days", 3, Source.ROUTE))
TRANSFER = (BasisPart("route_days", 4, Source.ROUTE),)


def dates(first_short_date, campaign_first_date, expedite=EXPEDITE, transfer=TRANSFER):
    options = decide_by_dates(
        today=TODAY,
        first_short_date=first_short_date,
        campaign_first_date=campaign_first_date,
        expedite=expedite,
        transfer=transfer,
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


def test_what_cannot_be_done_is_not_offered():
    assert list(dates(None, date(2027, 1, 3), expedite=None, transfer=None)) == [Remedy.SHIFT, Remedy.REDUCE]


def test_the_flags_date_is_the_last_on_which_anything_still_works():
    last = flag_decide_by(list(dates(date(2027, 1, 10), date(2027, 1, 3)).values()), TODAY)

    assert (last.decide_by_date, last.kind, last.lapsed) == (date(2027, 1, 6), Remedy.REALLOCATE, False)


def test_a_flag_has_lapsed_when_the_last_date_is_past_and_not_on_that_date():
    on_the_day = list(dates(TODAY + timedelta(days=4), TODAY + timedelta(days=1)).values())
    past = list(dates(TODAY + timedelta(days=3), TODAY + timedelta(days=1)).values())

    assert not flag_decide_by(on_the_day, TODAY).lapsed
    assert flag_decide_by(past, TODAY).lapsed
    assert flag_decide_by(past, TODAY).decide_by_date == TODAY - timedelta(days=1)


def test_unknown_days_come_from_the_operating_model_and_say_so():
    assert known_or_default("expedite_days", 0, Source.PRODUCT, 14) == BasisPart(
        "expedite_days", 0, Source.PRODUCT
    )
    assert known_or_default("expedite_days", None, Source.PRODUCT, 14) == BasisPart(
        "expedite_days", 14, Source.OPERATING_MODEL
    )


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
    last = flag_decide_by(list(found.values()), TODAY)
    assert last.decide_by_date == max(option.decide_by_date for option in found.values())
    assert last.lapsed == all(option.decide_by_date < TODAY for option in found.values())


def test_spare_is_the_lowest_stock_above_the_minimum_from_then_on():
    doors = (Door(on_hand=40, baseline=7.0, minimum=5), Door(on_hand=3, baseline=7.0))
    projection = projection_of(Case(today=TODAY, buckets=3, doors=doors, receipts=((0, 2, 50.0),)))

    assert projection.closing[:, 0].tolist() == [33.0, 26.0, 69.0]
    assert spare_units(projection, 0).tolist() == [21.0, 0.0]
    assert spare_units(projection, 2).tolist() == [64.0, 0.0]


@fewer
@given(case=cases(with_transfers=False))
def test_giving_the_spare_units_away_costs_the_giver_no_sale(case):
    alone = tuple(Door(door.on_hand, door.baseline, door.minimum) for door in case.doors)
    before = projection_of(case.but(doors=alone))
    gifts = [
        Shipment(row, None, 0, 0, float(units))
        for row, units in enumerate(spare_units(before, 0))
        if units > 0
    ]
    after = projection_of(case.but(doors=alone, transfers=tuple(gifts)))

    assert after.unmet == pytest.approx(before.unmet, abs=1e-9)


def test_the_fastest_route_leads_from_spare_stock_to_a_short_door():
    spare = np.array([0.5, 20.0, 30.0, 40.0])
    from_row, to_row = np.array([0, 1, 2, 3, 1]), np.array([3, 3, 3, 2, 0])
    days = np.array([1, 5, 4, 1, 1])

    assert fastest_transfer_days(from_row, to_row, days, spare, np.array([3])) == 4
    assert fastest_transfer_days(from_row, to_row, days, spare, np.array([2, 3])) == 5
    assert fastest_transfer_days(from_row, to_row, days, spare, np.array([1])) is None
