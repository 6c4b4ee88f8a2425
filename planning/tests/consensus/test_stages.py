"""The stages of a cycle, its signatures, and what may not happen: every state × role × step."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from django.db import transaction
from django.utils import timezone

from planning.consensus.choices import FUNCTIONS, CycleStatus, Layer, RemarkKind, Seat
from planning.consensus.domain import (
    Change,
    Scope,
    StaleSnapshotError,
    WrongPasswordError,
    ask_for_signatures,
    begin_due_reconciling,
    begin_reconciling,
    close_point,
    enter_units,
    remark,
    reopen_forecast,
    send_back,
    sign_forecast,
    submit_forecast,
)
from planning.consensus.models import Cycle, ForecastBlock, ForecastSignature, ForecastVersion, Submission
from planning.consensus.snapshots import snapshot_of
from planning.tests.consensus.cases import (
    HEAD_OF,
    PASSWORD,
    Forecast,
    advance,
    make_cycle,
    signed,
    signer,
    submitted,
)
from planning.tests.waiting import threads
from sop_site.access.permissions import NotAllowed, NotNow
from sop_site.access.roles import Role
from sop_site.clock import set_today

PLANNERS = {Role.PLANNING_LEAD}
SIGNERS = set(HEAD_OF.values())
STEPS: dict[str, tuple[Callable, CycleStatus, CycleStatus, set[Role]]] = {
    "begin to reconcile": (
        lambda cycle, by: begin_reconciling(cycle=cycle, by=by),
        CycleStatus.COLLECTING, CycleStatus.RECONCILING, PLANNERS,
    ),
    "ask for signatures": (
        lambda cycle, by: ask_for_signatures(cycle=cycle, by=by),
        CycleStatus.RECONCILING, CycleStatus.SIGNING, PLANNERS,
    ),
    "send back": (
        lambda cycle, by: send_back(cycle=cycle, by=by, comment="Shoes are too high"),
        CycleStatus.SIGNING, CycleStatus.RECONCILING, SIGNERS,
    ),
    "reopen": (
        lambda cycle, by: reopen_forecast(cycle=cycle, by=by, reason="A store closes"),
        CycleStatus.PUBLISHED, CycleStatus.RECONCILING, {Role.EXECUTIVE},
    ),
}  # fmt: skip


@pytest.fixture
def forecast(today) -> Forecast:
    return make_cycle()


@contextmanager
def undone() -> Iterator[None]:
    """Whatever is written in it is taken back."""
    before = transaction.savepoint()
    yield
    transaction.savepoint_rollback(before)


@pytest.mark.parametrize("status", list(CycleStatus))
def test_every_step_in_every_state_by_every_role(forecast, user_of, status):
    cycle = advance(forecast, status, user_of)
    found, expected = {}, {}
    for step, (do, source, target, roles) in STEPS.items():
        for role in Role:
            with undone():
                try:
                    do(Cycle.objects.get(pk=cycle.pk), user_of(role))
                    found[step, role] = Cycle.objects.get().status
                except (NotNow, NotAllowed) as refusal:
                    found[step, role] = type(refusal)
            allowed = target if role in roles else NotAllowed
            expected[step, role] = allowed if status == source else NotNow
    assert found == expected


def test_every_seat_is_signed_for_by_its_head_alone(forecast, user_of):
    advance(forecast, CycleStatus.SIGNING, user_of)
    found = {}
    for seat in Seat:
        for role in Role:
            by = user_of(role)
            by.set_password(PASSWORD)
            by.save()
            with undone():
                try:
                    found[seat, role] = signed(forecast, seat, user_of, by=by).seat
                except NotAllowed:
                    found[seat, role] = "not allowed"
        signed(forecast, seat, user_of)
    assert found == {
        (seat, role): seat if HEAD_OF[seat] == role else "not allowed" for seat in Seat for role in Role
    }


@pytest.mark.parametrize("status", [status for status in CycleStatus if status != CycleStatus.SIGNING])
def test_it_is_signed_only_when_it_waits_for_signatures(forecast, user_of, status):
    advance(forecast, status, user_of)
    with pytest.raises(NotNow):
        signed(forecast, Seat.CMO, user_of)
    assert ForecastSignature.objects.filter(voided_at=None, version__published_at=None).count() == 0


def test_the_third_function_that_hands_in_begins_the_reconciling(forecast, user_of):
    submitted(forecast, user_of)

    assert Cycle.objects.get().status == CycleStatus.RECONCILING
    assert list(Submission.objects.order_by("pk").values_list("layer", "is_late")) == [
        (layer.value, True) for layer in FUNCTIONS
    ]


def test_a_function_is_late_after_its_day(forecast, user_of):
    set_today(forecast.cycle.submit_by_date)
    in_time = submit_forecast(
        version=forecast.version, layer=Layer.MARKETING, by=user_of(Role.MARKETING_MEMBER)
    )
    set_today(forecast.cycle.sign_by_date)
    late = submit_forecast(version=forecast.version, layer=Layer.PLANNING, by=user_of(Role.PLANNING_MEMBER))
    again = submit_forecast(
        version=forecast.version, layer=Layer.MARKETING, by=user_of(Role.MARKETING_LEAD), note="May is higher"
    )

    assert (in_time.is_late, late.is_late, again.is_late) == (False, True, True)
    assert (again.pk, again.submitted_by) == (in_time.pk, user_of(Role.MARKETING_LEAD))


def test_the_night_after_its_day_goes_on_without_what_is_owed(forecast):
    assert begin_due_reconciling(forecast.cycle.submit_by_date) == []
    assert begin_due_reconciling(forecast.cycle.reconcile_by_date) == [forecast.cycle]
    assert begin_due_reconciling(forecast.cycle.reconcile_by_date) == []
    assert Cycle.objects.get().status == CycleStatus.RECONCILING


def test_the_last_signature_publishes_and_locks(forecast, user_of, today):
    advance(forecast, CycleStatus.SIGNING, user_of)
    snapshot = snapshot_of(forecast.version)
    for seat in Seat:
        signed(forecast, seat, user_of)

    version = ForecastVersion.objects.get()
    assert (version.published_on, version.snapshot) == (today, snapshot.hash)
    assert version.published_at <= timezone.now()
    assert {given.snapshot for given in ForecastSignature.objects.all()} == {snapshot.hash}
    with pytest.raises(NotNow, match="published and locked"):
        enter_units(
            version=version, layer=Layer.CONSENSUS, changes=[Change(Scope(), 0, 1.0)],
            by=user_of(Role.PLANNING_LEAD), reason="x",
        )  # fmt: skip


def test_the_chair_signs_last(forecast, user_of):
    advance(forecast, CycleStatus.SIGNING, user_of)
    signed(forecast, Seat.VP_PLANNING, user_of)
    with pytest.raises(NotNow, match=r"Still to sign: CMO, Head of Merchandising\."):
        signed(forecast, Seat.CHAIR, user_of)


def test_a_signature_needs_the_persons_password(forecast, user_of):
    advance(forecast, CycleStatus.SIGNING, user_of)
    with pytest.raises(WrongPasswordError):
        signed(forecast, Seat.CMO, user_of, password="guess")
    assert ForecastSignature.objects.count() == 0


def test_a_signature_on_a_stale_page_is_refused_with_the_difference(forecast, user_of):
    advance(forecast, CycleStatus.SIGNING, user_of)
    seen = snapshot_of(forecast.version).token
    change = Change(Scope(category_id=forecast.shoes.pk), 2, 500.0)
    made = enter_units(
        version=forecast.version, layer=Layer.CONSENSUS, changes=[change],
        by=user_of(Role.PLANNING_LEAD), reason="The boot is late",
    )  # fmt: skip
    with pytest.raises(StaleSnapshotError, match="One number changed since") as refused:
        signed(forecast, Seat.CMO, user_of, snapshot=seen)
    assert refused.value.changes == made.entries
    assert ForecastSignature.objects.count() == 0


def test_an_open_point_blocks_asking_and_signing_until_it_is_closed(forecast, user_of):
    cycle = advance(forecast, CycleStatus.RECONCILING, user_of)
    by, lead = user_of(Role.MARKETING_MEMBER), user_of(Role.PLANNING_LEAD)
    point = remark(version=forecast.version, kind=RemarkKind.OPEN_POINT, text="Is the boot in time?", by=by)
    remark(version=forecast.version, kind=RemarkKind.COMMENT, text="Fine", by=by)
    with pytest.raises(NotNow, match="One point is still open"):
        ask_for_signatures(cycle=cycle, by=lead)
    close_point(remark=point, by=lead, resolution="It lands on 3 December")
    ask_for_signatures(cycle=cycle, by=lead)
    remark(version=forecast.version, kind=RemarkKind.OPEN_POINT, text="And the polo?", by=by)
    with pytest.raises(NotNow, match="still open"):
        signed(forecast, Seat.CMO, user_of)
    with pytest.raises(NotNow, match="closed already"):
        close_point(remark=point, by=by, resolution="Again")


def test_what_is_sent_back_is_signed_anew(forecast, user_of):
    cycle = advance(forecast, CycleStatus.SIGNING, user_of)
    given = signed(forecast, Seat.CMO, user_of)
    send_back(cycle=cycle, by=user_of(Role.EXECUTIVE), comment="Shoes are too high")
    given.refresh_from_db()
    assert given.void_reason == f"{user_of(Role.EXECUTIVE)} sent the forecast back: Shoes are too high"
    ask_for_signatures(cycle=forecast.cycle, by=user_of(Role.PLANNING_LEAD))
    assert signed(forecast, Seat.CMO, user_of).pk != given.pk


def test_a_reopened_forecast_is_a_new_version_and_the_old_one_stays(forecast, user_of):
    cycle = advance(forecast, CycleStatus.PUBLISHED, user_of)
    old = forecast.version
    numbers = [bytes(block.entered) for block in old.blocks.order_by("pk")]

    new = reopen_forecast(cycle=cycle, by=user_of(Role.EXECUTIVE), reason="A store closes")
    enter_units(
        version=new, layer=Layer.CONSENSUS, changes=[Change(Scope(), 0, 700.0)],
        by=user_of(Role.PLANNING_LEAD), reason="A store closes",
    )  # fmt: skip

    old.refresh_from_db()
    assert (new.number, new.opened_reason, old.published_at is not None) == (2, "A store closes", True)
    assert [bytes(block.entered) for block in old.blocks.order_by("pk")] == numbers
    assert new.signatures.count() == 0
    assert snapshot_of(old).hash == old.snapshot != snapshot_of(new).hash


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_of_fifty_that_sign_at_once_one_succeeds(user_of, today):
    forecast = make_cycle()
    advance(forecast, CycleStatus.SIGNING, user_of)
    version, by = forecast.version, signer(Seat.CMO, user_of)
    token = snapshot_of(version).token

    def sign() -> str:
        try:
            sign_forecast(version=version, seat=Seat.CMO, snapshot=token, password=PASSWORD, by=by)
        except NotNow as refusal:
            return str(refusal)
        return "signed"

    with threads(50) as start:
        told = sorted(running.result() for running in [start(sign) for _ in range(50)])

    assert told == ["CMO has signed already."] * 49 + ["signed"]
    assert ForecastSignature.objects.count() == 1


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_a_number_entered_beside_signatures_never_leaves_one_on_other_numbers(user_of, today):
    forecast = make_cycle()
    advance(forecast, CycleStatus.SIGNING, user_of)
    version, planner = forecast.version, user_of(Role.PLANNING_LEAD)
    seats = [seat for seat in Seat if seat != Seat.CHAIR]
    people = {seat: signer(seat, user_of) for seat in seats}

    def sign(seat: Seat) -> None:
        token = snapshot_of(version).token
        try:
            sign_forecast(version=version, seat=seat, snapshot=token, password=PASSWORD, by=people[seat])
        except NotNow:
            return

    def enter(units: float) -> None:
        enter_units(
            version=version,
            layer=Layer.CONSENSUS,
            changes=[Change(Scope(), 0, units)],
            by=planner,
            reason="x",
        )

    with threads(6) as start:
        running = [start(sign, seat) for seat in seats] + [start(enter, 700.0 + step) for step in range(5)]
        for each in running:
            each.result()

    standing = ForecastSignature.objects.filter(voided_at=None)
    assert {signature.snapshot for signature in standing} <= {snapshot_of(version).hash}
    assert ForecastBlock.objects.filter(version=version).count() == 4
