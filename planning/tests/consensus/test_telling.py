"""Who is told how a forecast moves on: functions of what they owe, seats of their signature, each once."""

from datetime import timedelta

import pytest

from planning.consensus.choices import CycleStatus, Layer, Seat
from planning.consensus.domain import Change, Scope, enter_units, reopen_forecast, send_back, submit_forecast
from planning.consensus.domain.opening import open_cycle
from planning.consensus.telling import remind_of_numbers
from planning.tests.consensus.cases import Forecast, advance, make_cycle, signed
from sop_site.access.roles import Role
from sop_site.fiscal import month_of
from sop_site.notifications.choices import Kind
from sop_site.tests.notifications.cases import newly_told

EVERYONE = sorted(role.value for role in Role if role != Role.ADMINISTRATOR)
RECONCILERS = ["executive", "marketing_lead", "merchandising_lead", "planning_lead", "planning_member"]
STAGE, SIGN = Kind.FORECAST_STAGE, Kind.SIGNATURE_ASKED


@pytest.fixture
def forecast(today, user_of) -> Forecast:
    for role in Role:
        user_of(role)
    return make_cycle()


def without(people: list[str], *roles: Role) -> list[str]:
    return [person for person in people if person not in roles]


def test_a_cycle_that_opens_is_told_to_all_who_work_on_it_once(today, user_of):
    for role in Role:
        user_of(role)
    for _ in range(2):
        cycle = open_cycle(month=month_of(today), today=today)
    assert newly_told() == [(STAGE, f"The {cycle} is open", EVERYONE)]


def test_each_stage_is_told_and_each_seat_asked(forecast, user_of):
    name, vp = str(forecast.cycle), user_of(Role.PLANNING_LEAD)
    advance(forecast, CycleStatus.SIGNING, user_of)
    assert newly_told() == [
        (STAGE, f"The {name} is being reconciled", without(RECONCILERS, Role.PLANNING_LEAD)),
        (SIGN, f"The {name} waits for the signature of the CMO", ["marketing_lead"]),
        (SIGN, f"The {name} waits for the signature of the Head of Merchandising", ["merchandising_lead"]),
        (STAGE, f"The {name} waits for signatures", ["executive", "planning_member"]),
    ]
    signed(forecast, Seat.CMO, user_of)
    assert newly_told() == []
    enter_units(
        version=forecast.version, layer=Layer.CONSENSUS, by=vp, reason="Late boot",
        changes=[Change(Scope(category_id=forecast.shoes.pk), 0, 30.0)],
    )  # fmt: skip
    assert newly_told() == [(SIGN, f"A number of the {name} changed after it was signed", ["marketing_lead"])]
    for seat in (Seat.CMO, Seat.VP_PLANNING, Seat.HEAD_OF_MERCHANDISING):
        signed(forecast, seat, user_of)
    chair = f"The {name} waits for the signature of the Executive in the chair"
    assert newly_told() == [(SIGN, chair, ["executive"])]
    signed(forecast, Seat.CHAIR, user_of)
    assert newly_told() == [(STAGE, f"The {name} is signed and published", without(EVERYONE, Role.EXECUTIVE))]
    executive = user_of(Role.EXECUTIVE)
    reopen_forecast(cycle=forecast.cycle, by=executive, reason="A supplier is gone.")
    assert newly_told() == [
        (STAGE, f"The {name} is reopened by Executive", without(EVERYONE, Role.EXECUTIVE))
    ]


def test_what_is_sent_back_is_told_each_time(forecast, user_of):
    name, cmo = str(forecast.cycle), user_of(Role.MARKETING_LEAD)
    cycle = advance(forecast, CycleStatus.SIGNING, user_of)
    newly_told()
    send_back(cycle=cycle, by=cmo, comment="Boots are missing.")
    told = (STAGE, f"The {name} is sent back by CMO", without(RECONCILERS, Role.MARKETING_LEAD))
    assert newly_told() == [told]


def test_a_function_that_has_not_handed_in_is_reminded_three_working_days_before(forecast, user_of):
    due = forecast.cycle.submit_by_date
    submit_forecast(version=forecast.version, layer=Layer.PLANNING, by=user_of(Role.PLANNING_MEMBER))
    seen = {}
    for days in range(8, -2, -1):
        for _ in range(2):
            remind_of_numbers(due - timedelta(days=days))
        if found := newly_told():
            seen[days] = found
    words = "owes its number for the"
    until = f"{forecast.cycle} by Wed 11 Nov"
    assert seen == {
        5: [
            (Kind.FORECAST_OWED, f"Marketing {words} {until}", ["marketing_lead", "marketing_member"]),
            (
                Kind.FORECAST_OWED,
                f"Merchandising {words} {until}",
                ["merchandising_lead", "merchandising_member"],
            ),
        ]
    }
